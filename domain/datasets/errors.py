"""What a member can't do with datasets, their pictures and captions."""

from dataclasses import dataclass
from enum import StrEnum

from domain.datasets.pictures import RefusedPicture
from domain.errors import InvalidInput, NotFound


class DatasetNotFound(NotFound):
    """No dataset of this member has that id or name."""


class DatasetGone(NotFound):
    """The dataset was deleted while pictures for it were on their way."""


class DeletedDatasetNotFound(NotFound):
    """No dataset can be brought back under that id."""


class PictureNotFound(NotFound):
    """No picture of this member has that id."""


class PlannedChangeNotFound(NotFound):
    """The find and replace was carried out already, or is too old."""


class RemovalNotFound(NotFound):
    """The removed pictures are back already, or are gone for good."""


class UploadNotFound(NotFound):
    """No received pictures of this member wait under that id."""


class FilesMissing(InvalidInput):
    """A message carries no files."""


class AlreadyPlaced(InvalidInput):
    """The received pictures are in a dataset already."""


class WordsMissing(InvalidInput):
    """A find and replace does not say what to look for."""


class CaptionsChanged(InvalidInput):
    """Captions are no longer those for which a find and replace was counted."""


class NumbersChanged(InvalidInput):
    """Picture numbers mean other pictures now than on the sheet that the member looked at."""


class PicturesChanged(InvalidInput):
    """Pictures changed while some of them were to be removed."""


class NumbersUnreadable(InvalidInput):
    """A text holds no picture numbers."""


@dataclass(eq=False)
class NoSuchPicture(InvalidInput):
    """A dataset of the pictures 1 to `highest` has no picture of that number."""

    number: int
    highest: int


@dataclass(eq=False)
class NoPictures(InvalidInput):
    """The dataset of that name holds no pictures any more."""

    dataset: str


@dataclass(eq=False)
class TooFewPictures(InvalidInput):
    """A dataset of so many pictures can't be trained on."""

    pictures: int


@dataclass(eq=False)
class DatasetChanged(InvalidInput):
    """A dataset no longer holds as many pictures as the member was asked about."""

    dataset: str
    pictures: int


@dataclass(eq=False)
class SourcePictureRefused(InvalidInput):
    """A picture to draw from can't be used, so nothing was drawn."""

    filename: str
    refusal: RefusedPicture


class WordFault(StrEnum):
    """Why a word can't be a trigger word."""

    SHAPE = "shape"
    COMMON = "common"  # a checkpoint draws it in its own way
    TAKEN = "taken"


@dataclass(eq=False)
class TriggerWordRefused(InvalidInput):
    """A word can't be a trigger word, while `suggestion` can."""

    fault: WordFault
    word: str
    suggestion: str


class Clash(StrEnum):
    """What stands in the way of a dataset."""

    NAME = "name"
    TRIGGER_WORD = "trigger word"
    TOO_MANY = "too many"


@dataclass(eq=False)
class DatasetClash(InvalidInput):
    """A new dataset can't be made."""

    clash: Clash
    name: str
    trigger_word: str


@dataclass(eq=False)
class UndeleteClash(InvalidInput):
    """A deleted dataset can't come back now.

    `holder` is the member's own dataset that has its trigger word.
    """

    clash: Clash
    name: str
    trigger_word: str
    holder: str | None
