"""What a file is by its first bytes, not by its name."""

import re
from enum import StrEnum

_SEARCHED = 1_024  # bytes at the start of a text file in which its kind shows


class FileKind(StrEnum):
    """What a file is by its first bytes, with the word that members know as its value."""

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
        return self in {FileKind.JPEG, FileKind.PNG, FileKind.WEBP}

    @property
    def extension(self) -> str:
        """Return the usual file ending of an accepted kind, without the dot."""
        return "jpg" if self is FileKind.JPEG else self.value.lower()


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


def recognise(data: bytes) -> FileKind:
    """Return what a file is by its first bytes."""
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
    is_page = re.search(rb"<(!doctype html|html|head|body|script)\b", words)
    return FileKind.WEB_PAGE if is_page else FileKind.UNKNOWN
