"""Why a picture was not taken, in words."""

from domain.datasets.file_kinds import FileKind
from domain.datasets.pictures import RefusedPicture
from domain.datasets.refusals import MOST_AT_ONCE, MOST_BYTES, MOST_PIXELS, MOST_SCANS, SHORTEST_SIDE, Refusal


def refusal(picture: RefusedPicture) -> str:
    """Return what is wrong with a picture, why that matters and what to do."""
    size = f"{picture.width:,} × {picture.height:,}"
    match picture.reason:
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
            return "This file is not a picture, although its name may say so. Attach a JPEG, PNG or WebP instead."
        case Refusal.OTHER_FORMAT:
            return _other_format(picture.kind)
        case Refusal.BROKEN:
            return (
                f"This {picture.kind} file is damaged or incomplete, so I can't read the whole picture. "
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
                f"This picture {_measures(picture)}more than the {MOST_PIXELS // 1_000_000} megapixels "
                f"I can read. Scale it down (2,048 pixels on the long side are plenty), then attach it again."
            )
        case Refusal.TOO_MANY_SCANS:
            return (
                f"This JPEG is stored in more than {MOST_SCANS} layers, which takes too long to read. "
                "Open it in any picture editor, save it as a new JPEG or PNG, then attach that."
            )
        case Refusal.ANIMATION_TOO_LARGE:
            return (
                f"This animated picture is too large ({size}, {picture.count:,} frames); I only use its first "
                "frame. Save that frame as a PNG or JPEG, then attach it."
            )
        case Refusal.TOO_SLOW | Refusal.TOO_MUCH_MEMORY | Refusal.DECODER_DIED:
            return _beyond_reading(picture.reason)
        case _:
            return _not_received(picture.reason)


def _not_received(reason: Refusal) -> str:
    match reason:
        case Refusal.TOO_MANY_AT_ONCE:
            return f"I take {MOST_AT_ONCE} files at a time, and this one came after them. Please send it again alone."
        case Refusal.FOREIGN_LINK:
            return "This file does not come from Discord itself, so I did not fetch it. Attach it here."
        case Refusal.LINK_EXPIRED:
            return "Discord's link to this file has expired. Please attach the file once more."
        case Refusal.SENT_TOO_SLOWLY:
            return "Discord sent this file too slowly, so I gave up. Please attach it once more."
        case _:
            return "Discord did not give me this file just now. Please attach it once more."


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


def _measures(picture: RefusedPicture) -> str:
    if not picture.width:
        return "has "
    millions = picture.width * picture.height / 1_000_000
    return f"is {picture.width:,} × {picture.height:,} pixels ({millions:,.0f} megapixels), "


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
                f"This is {_article(kind)} {kind} file; I read JPEG, PNG and WebP. "
                "Export it as PNG, then attach that."
            )
        case _:
            return (
                f"This is {_article(kind)} {kind} picture; I read JPEG, PNG and WebP. "
                "Save it as JPEG or PNG, then attach that."
            )


def _article(kind: FileKind) -> str:
    return "an" if kind.value[0] in "AEiS" else "a"
