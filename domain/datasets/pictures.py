"""What a member's picture may be, how it is kept, and when two pictures look alike."""

from dataclasses import dataclass

from domain.datasets.file_kinds import FileKind, recognise
from domain.datasets.refusals import (
    MOST_ANIMATED_PIXELS,
    MOST_BYTES,
    MOST_FRAMES,
    MOST_PIXELS,
    SHORTEST_SIDE,
    Refusal,
)

__all__ = [
    "CleanPicture",
    "FileKind",
    "Refusal",
    "RefusedPicture",
    "are_alike",
    "distance",
    "kept_size",
    "screen",
    "screen_size",
]

LONGEST_KEPT = 2_048  # pixels on the long side of what is stored
# Of the 256 bits of a hash. Measured on drawn figures: the same picture re-saved, halved, brightened or cropped
# by 2 % differs by at most 32, another pose of the same figure by at least 44.
ALIKE_BITS = 32


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture that was decoded, oriented, flattened, scaled down and encoded again without any metadata.

    `content` holds the new bytes, `sha256` names them, `phash` is 64 hexadecimal digits. Sizes are pixels.
    """

    sha256: str
    phash: str
    kind: FileKind  # of `content`
    width: int
    height: int
    content: bytes
    arrived_as: FileKind

    @property
    def size(self) -> int:
        """Return the length of `content` in bytes."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class RefusedPicture:
    """A picture that was not taken, and the facts that explain it."""

    reason: Refusal
    kind: FileKind = FileKind.UNKNOWN
    width: int = 0  # pixels
    height: int = 0
    count: int = 0  # of scans or frames
    cause: str = ""  # for the log only


def screen(data: bytes) -> FileKind | RefusedPicture:
    """Return the kind of a file worth decoding, or why its length and first bytes already refuse it."""
    if not data:
        return RefusedPicture(Refusal.EMPTY)
    if len(data) > MOST_BYTES:
        return RefusedPicture(Refusal.TOO_BIG)
    kind = recognise(data)
    if kind.is_accepted:
        return kind
    known = kind is not FileKind.UNKNOWN
    return RefusedPicture(Refusal.OTHER_FORMAT if known else Refusal.NOT_A_PICTURE, kind)


def kept_size(width: int, height: int) -> tuple[int, int]:
    """Return the size in pixels at which a picture is stored, the long side at most 2,048."""
    longest = max(width, height)
    if longest <= LONGEST_KEPT:
        return width, height
    return (
        max(1, round(width * LONGEST_KEPT / longest)),
        max(1, round(height * LONGEST_KEPT / longest)),
    )


def screen_size(kind: FileKind, width: int, height: int, frames: int) -> RefusedPicture | None:
    """Return why a picture's measures refuse it, or None."""
    refused = None
    if width * height > MOST_PIXELS:
        refused = Refusal.TOO_MANY_PIXELS
    elif min(width, height) < SHORTEST_SIDE:
        refused = Refusal.TOO_SMALL
    elif min(kept_size(width, height)) < SHORTEST_SIDE:
        refused = Refusal.TOO_NARROW
    elif frames > 1 and (width * height > MOST_ANIMATED_PIXELS or frames > MOST_FRAMES):
        refused = Refusal.ANIMATION_TOO_LARGE
    return RefusedPicture(refused, kind, width, height, frames) if refused else None


def distance(one: str, other: str) -> int:
    """Return in how many bits two perceptual hashes (hexadecimal digits) differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def are_alike(one: str, other: str) -> bool:
    """Say whether two perceptual hashes belong to nearly the same picture."""
    return distance(one, other) <= ALIKE_BITS
