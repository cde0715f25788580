"""How members read the name of a backend in a sentence."""

LOCAL = "local"  # the backend that is this bot's own machine
SPOKEN = {
    "novita": "Novita",
    "scenario": "Scenario",
    "octoai": "the OctoAI-compatible server",
    "replicate": "Replicate",
    "fal": "fal",
    "krea": "Krea",
}


def spoken(backend: str, *, first: bool = False) -> str:
    """Return what a sentence calls a backend; `first` when the sentence begins with it."""
    name = "my own worker" if backend == LOCAL else SPOKEN.get(backend, backend)
    return name if not first or name in ("fal", backend) else f"{name[0].upper()}{name[1:]}"
