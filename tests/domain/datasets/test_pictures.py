"""What a file is, why it is refused and when two look alike, case by case."""

import pytest

from domain.datasets.file_kinds import FileKind, recognise
from domain.datasets.pictures import RefusedPicture, are_alike, distance, kept_size, screen, screen_size
from domain.datasets.refusals import MOST_BYTES, Refusal


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\xff\xd8\xff\xe0", FileKind.JPEG),
        (b"\x89PNG\r\n\x1a\n....", FileKind.PNG),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", FileKind.WEBP),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", FileKind.UNKNOWN),
        (b"GIF89a", FileKind.GIF),
        (b"II*\x00", FileKind.TIFF),
        (b"MM\x00*", FileKind.TIFF),
        (b"%!PS-Adobe-3.0 EPSF", FileKind.EPS),
        (b"\xc5\xd0\xd3\xc6", FileKind.EPS),
        (b"%PDF-1.7", FileKind.PDF),
        (b"BM\x00\x00", FileKind.BMP),
        (b"\x00\x00\x01\x00", FileKind.ICON),
        (b"\x00\x00\x00\x0cjP  \r\n", FileKind.JPEG_2000),
        (b"\x00\x00\x00\x0cJXL \r\n", FileKind.JPEG_XL),
        (b"8BPS", FileKind.PHOTOSHOP),
        (b"PK\x03\x04", FileKind.ZIP),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", FileKind.HEIC),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", FileKind.HEIC),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf", FileKind.AVIF),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1miafMA1B", FileKind.AVIF),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42", FileKind.VIDEO),
        (b"\xff\xff\xff\xffftypisom", FileKind.VIDEO),
        (b'<svg xmlns="http://www.w3.org/2000/svg">', FileKind.SVG),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->\n<svg>', FileKind.SVG),
        (b"\n  <!DOCTYPE html><html>", FileKind.WEB_PAGE),
        (b"<script>alert(1)</script>", FileKind.WEB_PAGE),
        (b"<nothing>", FileKind.UNKNOWN),
        (b"just some text", FileKind.UNKNOWN),
        (b"\x89PNG\n\x1a\n", FileKind.UNKNOWN),
        (b"\x00", FileKind.UNKNOWN),
    ],
)
def test_a_file_is_what_its_first_bytes_say(start: bytes, kind: FileKind) -> None:
    assert recognise(start) is kind


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Refusal.EMPTY),
        (b"\xff\xd8\xff" + bytes(MOST_BYTES), Refusal.TOO_BIG),
        (b"hello, I am a picture", Refusal.NOT_A_PICTURE),
        (b"GIF89a", Refusal.OTHER_FORMAT),
    ],
)
def test_length_and_first_bytes_already_refuse(data: bytes, reason: Refusal) -> None:
    screened = screen(data)

    assert isinstance(screened, RefusedPicture)
    assert screened.reason is reason


def test_ten_mebibytes_are_still_screened_as_a_picture() -> None:
    assert screen(b"\xff\xd8\xff".ljust(MOST_BYTES, b"\x00")) is FileKind.JPEG


@pytest.mark.parametrize(
    ("width", "height", "frames", "reason"),
    [
        (32, 32, 1, None),
        (31, 400, 1, Refusal.TOO_SMALL),
        (400, 31, 1, Refusal.TOO_SMALL),
        (8_000, 5_000, 1, None),
        (8_000, 5_001, 1, Refusal.TOO_MANY_PIXELS),
        (20_000, 100, 1, Refusal.TOO_NARROW),
        (2_048, 32, 1, None),
        (512, 512, 60, None),
        (6_000, 6_000, 8, Refusal.ANIMATION_TOO_LARGE),
        (64, 64, 1_001, Refusal.ANIMATION_TOO_LARGE),
    ],
)
def test_measures_are_checked_before_anything_is_decoded(
    width: int, height: int, frames: int, reason: Refusal | None
) -> None:
    refused = screen_size(FileKind.WEBP, width, height, frames)

    assert (refused.reason if refused else None) is reason


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((100, 50), (100, 50)),
        ((2_048, 2_048), (2_048, 2_048)),
        ((4_000, 3_000), (2_048, 1_536)),
        ((3_000, 4_000), (1_536, 2_048)),
        ((40_000, 1), (2_048, 1)),
    ],
)
def test_a_picture_is_kept_no_larger_than_2048_pixels(size: tuple[int, int], kept: tuple[int, int]) -> None:
    assert kept_size(*size) == kept


def test_two_hashes_are_alike_up_to_32_differing_bits() -> None:
    one, near, far = "0" * 64, "f" * 8 + "0" * 56, "f" * 8 + "1" + "0" * 55

    assert distance(one, near) == 32
    assert are_alike(one, near)
    assert not are_alike(one, far)
