"""Datasets and their training images."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.datasets.errors import TooFewPictures

FEWEST_TO_TRAIN = 4  # images; fewer leave nothing to hold out and teach only the pictures themselves
MOST_IMAGES = 200  # per dataset
MOST_DATASETS = 50  # per member and server
UNDO_SECONDS = 24 * 3600  # a removal can be undone for a day
HELD_OUT_SHARE = 0.12  # of the images are kept out of training for an honest score
HELD_OUT_FEWEST = 2


class Kind(StrEnum):
    """What a dataset shows, which decides captions, checks and training settings."""

    CHARACTER = "character"
    STYLE = "style"
    OBJECT = "object"
    CONCEPT = "concept"

    @property
    def label(self) -> str:
        """Return the word that members see."""
        return "character or person" if self is Kind.CHARACTER else self.value


@dataclass(frozen=True, slots=True)
class Dataset:
    """A member's usable images of one thing, with a trigger word.

    Times are UNIX seconds.
    """

    id: str
    guild_id: int
    owner_id: int
    name: str
    kind: Kind
    trigger_word: str
    created_at: float
    deleted_at: float | None = None
    images: int = 0  # how many it holds now
    is_trained: bool = False  # a training learned from it, or may have: its pictures stay with that


@dataclass(frozen=True, slots=True)
class TrainingImage:
    """One picture of a dataset.

    `sha256` names the stored bytes, `number` stands on the contact sheet.
    """

    id: str
    dataset_id: str
    number: int
    sha256: str
    phash: str
    width: int
    height: int
    size: int
    contributor_id: int
    caption: str
    captioned_by: int | None
    added_at: float
    deleted_at: float | None = None


@dataclass(frozen=True, slots=True)
class VersionImage:
    """One image as a training saw it."""

    sha256: str
    size: int
    caption: str
    contributor_id: int
    held_out: bool


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """The immutable list of images that one training points to."""

    id: str
    dataset_id: str
    images: tuple[VersionImage, ...]
    created_at: float


def fingerprint(images: Sequence[TrainingImage]) -> str:
    """Return a short mark that changes when an image comes or goes."""
    return hashlib.sha256(" ".join(image.id for image in images).encode()).hexdigest()[:12]


def room_for(have: int, more: int) -> int:
    """Return how many of `more` images still fit."""
    return max(0, min(more, MOST_IMAGES - have))


def check_trainable(images: Sequence[TrainingImage]) -> None:
    """Raise `TooFewPictures` when these images can't be trained on."""
    if len(images) < FEWEST_TO_TRAIN:
        raise TooFewPictures(len(images))


def held_out_count(count: int) -> int:
    """Return how many of `count` pictures are held out, at most a third of them."""
    return min(max(HELD_OUT_FEWEST, round(count * HELD_OUT_SHARE)), count // 3)


def split(images: Sequence[TrainingImage]) -> tuple[VersionImage, ...]:
    """Freeze the images in order, a spread-out share of them held out of training.

    Never holds out a contributor's only picture, and always leaves at least two thirds to train on.
    """
    wanted = held_out_count(len(images))
    by_contributor: dict[int, int] = {}
    for image in images:
        by_contributor[image.contributor_id] = by_contributor.get(image.contributor_id, 0) + 1
    candidates = [i for i, image in enumerate(images) if by_contributor[image.contributor_id] > 1]
    step = max(1, len(candidates) // max(1, wanted))
    chosen = set(candidates[step // 2 :: step][:wanted])
    return tuple(
        VersionImage(image.sha256, image.size, image.caption, image.contributor_id, i in chosen)
        for i, image in enumerate(images)
    )
