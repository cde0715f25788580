"""What a member's picture may be, why it is refused, and when two pictures look alike."""

import re
from dataclasses import dataclass
from enum import StrEnum

MOST_BYTES = 10 * 1024 * 1024  # per file, as Discord's own upload limit
MOST_PIXELS = 40_000_000
MOST_SCANS = 64  # of a JPEG; cameras write 1, progressive ones about 10
MOST_FRAMES = 1_000
MOST_ANIMATED_PIXELS = 12_000_000  # of one frame: an animation's decoder keeps four canvases at 4 bytes a pixel
SHORTEST_SIDE = 32  # pixels; less teaches nothing
LONGEST_KEPT = 2_048  # pixels on the long side of what is stored
HASH_BITS = 256
# Of 256. Measured on drawn figures: the same picture re-saved, halved, brightened or cropped by 2 % differs
# by at most 32 bits, another pose of the same figure by at least 50.
ALIKE_BITS = 32

_SEARCHED = 1_024  # bytes at the start of a text file in which its kind shows


class FileKind(StrEnum):
    """What a file is by its first bytes, whatever its name says; the value is the word members know."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    HEIC = "HEIC"
    AVIF = "AVIF"
    GIF = "GIF"
    SVG = "SVG"
    TIFF = "TIFF"
    EPS = "EPS"
    PDF = "PDF"
    BMP = "BMP"
    ICON = "icon (ICO)"
    JPEG_2000 = "JPEG 2000"
    JPEG_XL = "JPEG XL"
    PHOTOSHOP = "Photoshop (PSD)"
    VIDEO = "video"
    WEB_PAGE = "web page (HTML)"
    ZIP = "zip archive"
    UNKNOWN = "unknown"

    @property
    def is_accepted(self) -> bool:
        """Say whether intake reads this kind at all."""
        return self in ACCEPTED

    @property
    def media_type(self) -> str:
        """Return the media type of an accepted kind, such as `image/png`."""
        return f"image/{self.value.lower()}"

    @property
    def extension(self) -> str:
        """Return the usual file ending of an accepted kind, without the dot."""
        return "jpg" if self is FileKind.JPEG else self.value.lower()


ACCEPTED = frozenset({FileKind.JPEG, FileKind.PNG, FileKind.WEBP})

_STARTS = {
    b"\xff\xd8\xff": FileKind.JPEG,
    b"\x89PNG\r\n\x1a\n": FileKind.PNG,
    b"GIF87a": FileKind.GIF,
    b"GIF89a": FileKind.GIF,
    b"II*\x00": FileKind.TIFF,
    b"MM\x00*": FileKind.TIFF,
    b"II+\x00": FileKind.TIFF,
    b"MM\x00+": FileKind.TIFF,
    b"%!PS": FileKind.EPS,
    b"\xc5\xd0\xd3\xc6": FileKind.EPS,
    b"%PDF-": FileKind.PDF,
    b"BM": FileKind.BMP,
    b"\x00\x00\x01\x00": FileKind.ICON,
    b"\x00\x00\x00\x0cjP  ": FileKind.JPEG_2000,
    b"\xff\x4f\xff\x51": FileKind.JPEG_2000,
    b"\x00\x00\x00\x0cJXL ": FileKind.JPEG_XL,
    b"\xff\x0a": FileKind.JPEG_XL,
    b"8BPS": FileKind.PHOTOSHOP,
    b"\x1a\x45\xdf\xa3": FileKind.VIDEO,
    b"PK\x03\x04": FileKind.ZIP,
}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


class Refusal(StrEnum):
    """Why a picture is refused."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    NOT_A_PICTURE = "not_a_picture"
    OTHER_FORMAT = "other_format"
    BROKEN = "broken"
    TOO_SMALL = "too_small"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_SCANS = "too_many_scans"
    ANIMATION_TOO_LARGE = "animation_too_large"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    DECODER_DIED = "decoder_died"


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture decoded, oriented, flattened, scaled down and encoded anew, without any metadata.

    `content` holds the new bytes, `sha256` names them, `phash` is 64 hexadecimal digits; sizes are pixels.
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
    """A picture that was not taken, and the facts that its sentence names."""

    reason: Refusal
    kind: FileKind = FileKind.UNKNOWN
    width: int = 0  # pixels
    height: int = 0
    count: int = 0  # of scans or frames
    cause: str = ""  # for the log only

    @property
    def sentence(self) -> str:
        """Say to the member what is wrong, why that matters and what to do."""
        return _sentence(self)


def recognise(data: bytes) -> FileKind:
    """Tell what a file is from its first bytes."""
    for start, kind in _STARTS.items():
        if data.startswith(start):
            return kind
    match data[:4], data[4:8], data[8:12]:
        case b"RIFF", _, b"WEBP":
            return FileKind.WEBP
        case _, b"ftyp", _:
            return _by_brand(data)
        case _:
            return _by_words(data[:_SEARCHED])


def _by_brand(data: bytes) -> FileKind:
    length = min(int.from_bytes(data[:4], "big"), _SEARCHED)
    brands = [data[8:12], *(data[i : i + 4] for i in range(16, length, 4))]
    if any(brand in _AVIF_BRANDS for brand in brands):  # an AVIF may also call itself mif1
        return FileKind.AVIF
    return FileKind.HEIC if any(brand in _HEIC_BRANDS for brand in brands) else FileKind.VIDEO


def _by_words(start: bytes) -> FileKind:
    words = start.lower().removeprefix(b"\xef\xbb\xbf").lstrip()
    if not words.startswith(b"<"):
        return FileKind.UNKNOWN
    if b"<svg" in words:
        return FileKind.SVG
    return FileKind.WEB_PAGE if re.search(rb"<(!doctype html|html|head|body|script)\b", words) else FileKind.UNKNOWN


def screen(data: bytes) -> FileKind | RefusedPicture:
    """Return the kind of a file worth decoding, or the refusal that its length and first bytes already earn."""
    if not data:
        return RefusedPicture(Refusal.EMPTY)
    if len(data) > MOST_BYTES:
        return RefusedPicture(Refusal.TOO_BIG)
    kind = recognise(data)
    if kind.is_accepted:
        return kind
    known = kind is not FileKind.UNKNOWN
    return RefusedPicture(Refusal.OTHER_FORMAT if known else Refusal.NOT_A_PICTURE, kind)


def screen_size(kind: FileKind, width: int, height: int, frames: int) -> RefusedPicture | None:
    """Return the refusal that a picture's measures earn, or None."""
    refused = None
    if width * height > MOST_PIXELS:
        refused = Refusal.TOO_MANY_PIXELS
    elif min(width, height) < SHORTEST_SIDE:
        refused = Refusal.TOO_SMALL
    elif frames > 1 and (width * height > MOST_ANIMATED_PIXELS or frames > MOST_FRAMES):
        refused = Refusal.ANIMATION_TOO_LARGE
    return refused and RefusedPicture(refused, kind, width, height, frames)


def kept_size(width: int, height: int) -> tuple[int, int]:
    """Return the size in pixels at which a picture is stored: never larger, the long side at most 2,048."""
    longest = max(width, height)
    if longest <= LONGEST_KEPT:
        return width, height
    return (
        max(1, round(width * LONGEST_KEPT / longest)),
        max(1, round(height * LONGEST_KEPT / longest)),
    )


def distance(one: str, other: str) -> int:
    """Return in how many bits two perceptual hashes (hexadecimal digits) differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def are_alike(one: str, other: str) -> bool:
    """Say whether two perceptual hashes belong to nearly the same picture."""
    return distance(one, other) <= ALIKE_BITS


def _sentence(refused: RefusedPicture) -> str:
    size = f"{refused.width:,} × {refused.height:,}"
    match refused.reason:
        case Refusal.EMPTY:
            return (
                "This file is empty (0 bytes), so there is no picture in it. "
                "Open it on your device to see that it was saved, then attach it again."
            )
        case Refusal.TOO_BIG:
            return (
                f"This file is larger than {MOST_BYTES // 1024**2} MiB, the most I take for one picture. "
                "Save it smaller or as JPEG, then attach it again."
            )
        case Refusal.NOT_A_PICTURE:
            return "This file is not a picture, whatever its name says. Attach a JPEG, PNG or WebP picture instead."
        case Refusal.OTHER_FORMAT:
            return _other_format(refused.kind)
        case Refusal.BROKEN:
            return (
                f"This {refused.kind} file is damaged or incomplete, so I can't read the whole picture. "
                "Save or download it once more, then attach it again."
            )
        case Refusal.TOO_SMALL:
            return (
                f"This picture is {size} pixels; below {SHORTEST_SIDE} × {SHORTEST_SIDE} there is nothing "
                "to learn from. Attach a larger one, best 512 × 512 or more."
            )
        case Refusal.TOO_MANY_PIXELS:
            return (
                f"This picture {_measures(refused)}more than the {MOST_PIXELS // 1_000_000} megapixels "
                f"I can read. Scale it down (2,048 pixels on the long side are plenty), then attach it again."
            )
        case Refusal.TOO_MANY_SCANS:
            return (
                f"This JPEG is stored in more than {MOST_SCANS} layers, which takes too long to read. "
                "Open it in any picture editor, save it as a new JPEG or PNG, then attach that."
            )
        case Refusal.ANIMATION_TOO_LARGE:
            return (
                f"This animated picture is too large ({size}, {refused.count:,} frames); I only use its first "
                "frame. Save that frame as a PNG or JPEG, then attach it."
            )
        case Refusal.TOO_SLOW | Refusal.TOO_MUCH_MEMORY | Refusal.DECODER_DIED:
            return _beyond_reading(refused.reason)


def _beyond_reading(reason: Refusal) -> str:
    match reason:
        case Refusal.TOO_SLOW:
            why = "took too long"
        case Refusal.TOO_MUCH_MEMORY:
            why = "needed too much memory"
        case _:
            why = "made the picture reader stop"
    return (
        f"Reading this picture {why}, so I left it out. "
        "Open it in any picture editor, save it as a new PNG or JPEG, then attach that."
    )


def _measures(refused: RefusedPicture) -> str:
    if not refused.width:
        return "has "
    millions = refused.width * refused.height / 1_000_000
    return f"is {refused.width:,} × {refused.height:,} pixels ({millions:,.0f} megapixels), "


def _other_format(kind: FileKind) -> str:
    match kind:
        case FileKind.HEIC:
            return (
                "This is a HEIC picture, the format of iPhone cameras, which I can't read. "
                "Share or export it as JPEG, then attach that."
            )
        case FileKind.GIF:
            return "This is a GIF; I read JPEG, PNG and WebP. Save the frame you want as PNG, then attach that."
        case FileKind.VIDEO:
            return (
                "This is a video; I read JPEG, PNG and WebP pictures. "
                "Save the frames you want as pictures, then attach those."
            )
        case FileKind.ZIP:
            return "This is a zip archive; I read single pictures. Unpack it, then attach the pictures."
        case FileKind.WEB_PAGE:
            return (
                "This is a web page, not a picture. "
                "Open it, save the picture itself as JPEG or PNG, then attach that."
            )
        case FileKind.SVG | FileKind.EPS | FileKind.PDF:
            return (
                f"This is {_article(kind)} {kind} drawing; I read JPEG, PNG and WebP. "
                "Export it as PNG, then attach that."
            )
        case _:
            return (
                f"This is {_article(kind)} {kind} picture; I read JPEG, PNG and WebP. "
                "Save it as JPEG or PNG, then attach that."
            )


def _article(kind: FileKind) -> str:
    return "an" if kind.value[0] in "AEiS" else "a"
