"""What stops a training, as values. The face makes the sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import InvalidInput, NotAllowed, NotFound, OrderRefused
from domain.money.errors import PriceUnknown


@dataclass(eq=False)
class SettingOutOfBounds(InvalidInput):
    """A setting lies outside of what its checkpoint takes."""

    name: str
    low: float
    high: float
    given: float


@dataclass(eq=False)
class ResolutionUneven(InvalidInput):
    """A resolution is no multiple of its step."""

    step: int
    given: int


@dataclass(eq=False)
class LearningRateUnknown(InvalidInput):
    """A checkpoint takes only certain learning rates."""

    known: Sequence[float]
    given: float


@dataclass(eq=False)
class MethodUnknown(InvalidInput):
    """A checkpoint has no such way of training."""

    known: Sequence[str]


@dataclass(eq=False)
class TargetUnknown(InvalidInput):
    """There is no checkpoint of that name here."""

    known: Sequence[str]


class NoOtherTarget(InvalidInput):
    """There is no other backend to train at."""


@dataclass(eq=False)
class ImageCountUnfit(InvalidInput):
    """A dataset has more or fewer images than a backend takes."""

    images: int
    fewest: int
    most: int


class TargetSwitchedOff(InvalidInput):
    """The backend or the checkpoint of a quote was switched off."""


class QuoteOver(InvalidInput):
    """The time of a quote is over."""


class ApprovalPending(InvalidInput):
    """A quote was confirmed already and waits for an approval."""


class QuoteCancelled(InvalidInput):
    """A quote was cancelled."""


class AlreadyStarted(InvalidInput):
    """A training was started already."""


class StillOpen(InvalidInput):
    """A training is not over, so it can't be repeated."""


class ImagesDeleted(InvalidInput):
    """Images of an old training were deleted for good."""


class ApprovalOver(InvalidInput):
    """An approval was decided already, or its time is over."""


class NotAModerator(NotAllowed):
    """Only who manages the server decides about its money."""


@dataclass(eq=False)
class TooManyOpen(OrderRefused):
    """The member has as many trainings on their way as they may."""

    open_count: int


class TrainingOver(InvalidInput):
    """A training is over already."""


class BeingSaved(InvalidInput):
    """A training has finished, and its model is being saved."""


@dataclass(eq=False)
class CannotStop(InvalidInput):
    """A backend can't stop a training once it has it."""

    backend: str


@dataclass(eq=False)
class TrainingNotFound(NotFound):
    """There is no such training among the member's own."""

    is_named: bool = True


@dataclass(eq=False)
class NotTheirTraining(NotAllowed):
    """A training belongs to another member."""

    staff_may: bool


class TrainingPriceUnknown(PriceUnknown):
    """Nobody knows what a training would cost."""
