"""The messages that Atelier posts on its own account."""

from enum import StrEnum


class PostKind(StrEnum):
    """What a message shows; its subject is a task or a drawing."""

    TRAINING = "training"
    COMPLETION = "completion"
    PICTURES = "pictures"
    APPROVAL = "approval"
