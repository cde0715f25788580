"""The names under which backends know our work."""

PREFIX = "atelier-"  # an account may hold other work too


def training_name(task_id: str) -> str:
    """Return the idempotency name of a training."""
    return f"{PREFIX}{task_id}"


def drawing_name(drawing_id: str) -> str:
    """Return the idempotency name of a drawing."""
    return f"{PREFIX}draw-{drawing_id}"


def is_ours(name: str) -> bool:
    """Whether that is the name of work of ours."""
    return name.startswith(PREFIX)
