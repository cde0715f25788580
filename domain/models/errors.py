"""What a member can't do with models."""

from domain.errors import InvalidInput, NotAllowed, NotFound


class ModelNotFound(NotFound):
    """No model of this member has that id or name."""


class ModelNotTheirs(NotAllowed):
    """Only the owner of a model may draw with it."""


class ModelGone(InvalidInput):
    """A deleted model can't be brought back."""
