"""How members read the name of a backend in a sentence."""

LOCAL = "local"  # the backend that is this bot's own machine


def spoken(backend: str, *, first: bool = False) -> str:
    """Return what a sentence calls a backend; `first` when the sentence begins with it."""
    if backend != LOCAL:
        return backend
    return "My own worker" if first else "my own worker"
