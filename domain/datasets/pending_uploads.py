"""Pictures on their way into a dataset."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.datasets.dataset import TrainingImage, room_for
from domain.datasets.pictures import RefusedPicture, are_alike


@dataclass(frozen=True, slots=True)
class ReceivedPicture:
    """A picture that was cleaned and stored under `sha256`.

    Width and height are pixels, size is bytes.
    """

    filename: str
    sha256: str
    phash: str
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken, and why."""

    filename: str
    refusal: RefusedPicture


@dataclass(frozen=True, slots=True)
class PendingUpload:
    """What one message or command brought: it waits here, safe, until it has a dataset; UNIX seconds."""

    id: str
    guild_id: int
    owner_id: int
    contributor_id: int
    created_at: float
    pictures: tuple[ReceivedPicture, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Added:
    """A picture that got the next number, and the number of one that looks almost the same."""

    picture: ReceivedPicture
    number: int
    alike: int | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A picture that the dataset holds already, under `number`."""

    picture: ReceivedPicture
    number: int


@dataclass(frozen=True, slots=True)
class NoRoom:
    """A picture for which the dataset has no room left."""

    picture: ReceivedPicture


Placement = Added | Duplicate | NoRoom


def place(have: Sequence[TrainingImage], pictures: Sequence[ReceivedPicture]) -> tuple[Placement, ...]:
    """Decide in order what becomes of each picture in a dataset that holds `have`."""
    placements: list[Placement] = []
    by_content = {image.sha256: image.number for image in have}
    looks = [(image.phash, image.number) for image in have]
    for picture in pictures:
        if picture.sha256 in by_content:
            placements.append(Duplicate(picture, by_content[picture.sha256]))
        elif not room_for(len(by_content), 1):
            placements.append(NoRoom(picture))
        else:
            number = len(by_content) + 1
            alike = next((n for phash, n in looks if are_alike(phash, picture.phash)), None)
            placements.append(Added(picture, number, alike))
            by_content[picture.sha256] = number
            looks.append((picture.phash, number))
    return tuple(placements)
