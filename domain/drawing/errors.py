"""What stops a drawing, as values. The face makes the sentences."""

from dataclasses import dataclass

from domain.datasets.pictures import RefusedPicture
from domain.errors import InvalidInput, NotAllowed
from domain.money.errors import PriceUnknown


@dataclass(eq=False)
class StrengthOutOfBounds(InvalidInput):
    """A model can't show that strongly."""

    given: float


@dataclass(eq=False)
class CountOutOfBounds(InvalidInput):
    """So many pictures are not drawn at once."""

    given: int


class SeedOutOfBounds(InvalidInput):
    """A seed is too low or too high."""


@dataclass(eq=False)
class ChangeOutOfBounds(InvalidInput):
    """A source image can't be changed that much."""

    given: float


@dataclass(eq=False)
class TooManyWaiting(InvalidInput):
    """The member has as many drawings waiting as they may."""

    waiting: int


@dataclass(eq=False)
class NoSourceImages(InvalidInput):
    """A backend draws from words alone."""

    backend: str


@dataclass(eq=False)
class CheckpointGone(InvalidInput):
    """A model needs a checkpoint that does not run here any more."""

    checkpoint: str


@dataclass(eq=False)
class BackendSwitchedOff(InvalidInput):
    """The backend of a model is switched off."""

    backend: str


class DrawingGone(InvalidInput):
    """There is no such drawing on this server, or it was deleted."""


class DrawingOver(InvalidInput):
    """A drawing is finished, so it can't be stopped."""


class DrawingOpen(InvalidInput):
    """A drawing is not finished, so it can't be deleted."""


@dataclass(eq=False)
class CannotStopDrawing(InvalidInput):
    """A backend can't stop a drawing once it has it."""

    backend: str


class NotTheirDrawing(NotAllowed):
    """A drawing belongs to another member."""


class NotTheirSourceImage(NotAllowed):
    """A drawing starts from a picture that another member attached."""


class NotTheirModel(NotAllowed):
    """A drawing was made with another member's model."""


class ModelDeleted(InvalidInput):
    """The model of a drawing was deleted."""


class SourceImageGone(InvalidInput):
    """The source image of a drawing is not stored any more."""


@dataclass(eq=False)
class SourceImageRefused(InvalidInput):
    """What a member attached can't be used as a source image."""

    filename: str
    verdict: RefusedPicture


class DrawingPriceUnknown(PriceUnknown):
    """Nobody knows what a drawing would cost."""
