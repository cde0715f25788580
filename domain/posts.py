"""The messages that Atelier posts on its own account."""

from enum import StrEnum


class PostKind(StrEnum):
    """What a message shows of its subject, a training or a drawing."""

    TRAINING = "training"
    COMPLETION = "completion"
    PICTURES = "pictures"
    APPROVAL = "approval"
