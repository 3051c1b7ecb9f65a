"""Replaces private names of MiniStack. requirements.txt pins its version; with another one, a missing name ends the launcher."""


def replace(owner, name, replacement_for):
    """Replaces a function of a module with `replacement_for(function)`."""
    setattr(owner, name, replacement_for(getattr(owner, name)))
