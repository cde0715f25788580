"""The limits of a picture, with a code and a sentence for each way to break them."""

from enum import StrEnum

from domain.datasets.file_kinds import FileKind

MOST_BYTES = 10 * 1024 * 1024  # per file, as Discord's own upload limit
MOST_PIXELS = 40_000_000
MOST_SCANS = 64  # of a JPEG; cameras write 1, progressive ones about 10
MOST_FRAMES = 1_000
MOST_ANIMATED_PIXELS = 12_000_000  # of one frame: the decoder keeps four canvases of 4 bytes a pixel
SHORTEST_SIDE = 32  # pixels; less teaches nothing


class Refusal(StrEnum):
    """Why a picture is refused."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    NOT_A_PICTURE = "not_a_picture"
    OTHER_FORMAT = "other_format"
    BROKEN = "broken"
    TOO_SMALL = "too_small"
    TOO_NARROW = "too_narrow"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_SCANS = "too_many_scans"
    ANIMATION_TOO_LARGE = "animation_too_large"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    DECODER_DIED = "decoder_died"


def sentence(reason: Refusal, *, kind: FileKind, width: int, height: int, count: int) -> str:
    """Say to the member what is wrong with a picture, why that matters and what to do.

    `width` and `height` are pixels (0 when unknown), `count` is the number of frames.
    """
    size = f"{width:,} × {height:,}"
    match reason:
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
            return _other_format(kind)
        case Refusal.BROKEN:
            return (
                f"This {kind} file is damaged or incomplete, so I can't read the whole picture. "
                "Save or download it once more, then attach it again."
            )
        case Refusal.TOO_SMALL:
            return (
                f"This picture is {size} pixels; below {SHORTEST_SIDE} × {SHORTEST_SIDE} there is nothing "
                "to learn from. Attach a larger one, best 512 × 512 or more."
            )
        case Refusal.TOO_NARROW:
            return (
                f"This picture is {size} pixels, so narrow that hardly anything of it would be left at the size "
                "I train with. Crop it closer to a square, then attach it again."
            )
        case Refusal.TOO_MANY_PIXELS:
            return (
                f"This picture {_measures(width, height)}more than the {MOST_PIXELS // 1_000_000} megapixels "
                f"I can read. Scale it down (2,048 pixels on the long side are plenty), then attach it again."
            )
        case Refusal.TOO_MANY_SCANS:
            return (
                f"This JPEG is stored in more than {MOST_SCANS} layers, which takes too long to read. "
                "Open it in any picture editor, save it as a new JPEG or PNG, then attach that."
            )
        case Refusal.ANIMATION_TOO_LARGE:
            return (
                f"This animated picture is too large ({size}, {count:,} frames); I only use its first "
                "frame. Save that frame as a PNG or JPEG, then attach it."
            )
        case Refusal.TOO_SLOW | Refusal.TOO_MUCH_MEMORY | Refusal.DECODER_DIED:
            return _beyond_reading(reason)


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


def _measures(width: int, height: int) -> str:
    if not width:
        return "has "
    millions = width * height / 1_000_000
    return f"is {width:,} × {height:,} pixels ({millions:,.0f} megapixels), "


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
