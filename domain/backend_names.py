"""How members read the name of a backend in a sentence."""

from collections.abc import Mapping

LOCAL = "local"  # the backend that is this bot's own machine
_spoken = {LOCAL: "my own worker"}


def introduce(names: Mapping[str, str]) -> None:
    """Take the spoken names of backends, by name, once at the start."""
    _spoken.update(names)


def spoken(backend: str, *, first: bool = False) -> str:
    """Return what a sentence calls a backend.

    `first` when the sentence begins with it.
    """
    name = _spoken.get(backend, backend)
    return name if not first or name == backend else f"{name[0].upper()}{name[1:]}"
