"""Replaces private functions of MiniStack. The Python files here need the version in requirements.txt: another one can lack private names."""


def replace(owner, name, replacement_for):
    """Replaces a function of a module with `replacement_for(function)`."""
    setattr(owner, name, replacement_for(getattr(owner, name)))
