"""Replaces private names of MiniStack. Fails with one sentence if this version lacks one."""
import sys
from importlib import metadata

VERSION = "1.5.33"


def require_version():
    """Ends the process unless exactly the pinned MiniStack is installed."""
    try:
        installed = metadata.version("ministack")
    except metadata.PackageNotFoundError:
        installed = "no version"
    if installed != VERSION:
        sys.exit(f"The emulator needs MiniStack {VERSION}, whose private names it replaces, but {installed} is installed.")


def require(owner, *names):
    """Ends the process unless a module or a dispatch table of MiniStack has these names."""
    table = owner if isinstance(owner, dict) else vars(owner)
    missing = [name for name in names if name not in table]
    if missing:
        sys.exit(f"MiniStack {VERSION} has no {', '.join(missing)}, which the emulator replaces.")


def replace(owner, name, replacement_for):
    """Replaces a function of a module with `replacement_for(function)`."""
    require(owner, name)
    setattr(owner, name, replacement_for(getattr(owner, name)))
