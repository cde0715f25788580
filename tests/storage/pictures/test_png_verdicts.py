"""Every colour type, depth and interlacing of PNG comes out right to the pixel, every broken one is refused."""

import io
from collections.abc import Sequence

import pytest
from PIL import Image

from domain.datasets.pictures import CleanPicture, RefusedPicture
from domain.datasets.refusals import Refusal
from storage.pictures.pool import PicturePool
from tests.storage.pictures import png_writer
from tests.storage.pictures.png_writer import (
    GREY,
    GREY_ALPHA,
    PALETTE,
    RGB,
    RGB_ALPHA,
    SIGNATURE,
    chunk,
    header,
    pixels,
)

pytestmark = pytest.mark.asyncio(loop_scope="package")

CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    RGB_ALPHA: (8, 16),
}
GOOD = [
    (colour, depth, interlaced, side)
    for colour, depths in DEPTHS.items()
    for depth in depths
    for interlaced in (False, True)
    for side in (32, 35, 37)
]
PALETTE_COLOURS = [((i * 7) % 256, (i * 31) % 256, (i * 101) % 256) for i in range(256)]


def _sample(x: int, y: int, channel: int, depth: int) -> int:
    """Return a sample that takes every value of its depth somewhere."""
    return (x * 2_655 + y * 40_503 + channel * 9_973) % (1 << depth)


def _in_8_bits(sample: int, depth: int) -> int:
    return sample >> 8 if depth == 16 else sample * 255 // ((1 << depth) - 1)


def _wanted(x: int, y: int, colour: int, depth: int) -> Sequence[float]:
    raw = [_sample(x, y, channel, depth) for channel in range(CHANNELS[colour])]
    if colour == PALETTE:
        return PALETTE_COLOURS[raw[0]]
    seen = [_in_8_bits(sample, depth) for sample in raw]
    alpha = seen.pop() / 255 if colour in {GREY_ALPHA, RGB_ALPHA} else 1.0
    channels = seen if len(seen) == 3 else seen * 3
    return [channel * alpha + 255 * (1 - alpha) for channel in channels]


def _palette(depth: int) -> bytes:
    return chunk(b"PLTE", bytes(value for colour in PALETTE_COLOURS[: 1 << depth] for value in colour))


async def _image(pool: PicturePool, data: bytes) -> Image.Image:
    clean = await pool.clean(data)
    assert isinstance(clean, CleanPicture), clean
    return Image.open(io.BytesIO(clean.content))


@pytest.mark.parametrize(("colour", "depth", "interlaced", "side"), GOOD)
async def test_a_good_png_comes_out_right_to_the_pixel(
    pool: PicturePool, *, colour: int, depth: int, interlaced: bool, side: int
) -> None:
    def pixel(x: int, y: int) -> list[int]:
        return [_sample(x, y, channel, depth) for channel in range(CHANNELS[colour])]

    between = _palette(depth) if colour == PALETTE else b""
    image = await _image(
        pool,
        png_writer.write(side, side, pixel, depth=depth, colour=colour, interlaced=interlaced, between=between),
    )

    for y in range(side):
        for x in range(side):
            assert image.getpixel((x, y)) == pytest.approx(_wanted(x, y, colour, depth), abs=1.01)


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
async def test_a_transparent_grey_becomes_white(pool: PicturePool, depth: int) -> None:
    key = (1 << depth) - 2  # the last but one of its values
    between = chunk(b"tRNS", key.to_bytes(2, "big"))

    def pixel(x: int, _: int) -> list[int]:
        return [key if x < 20 else 0 if key else 1]

    image = await _image(pool, png_writer.write(40, 40, pixel, depth=depth, colour=GREY, between=between))

    assert image.getpixel((5, 5)) == (255, 255, 255)
    assert image.getpixel((30, 5)) == ((0, 0, 0) if key else (255, 255, 255))


async def test_a_grey_next_to_the_transparent_one_of_16_bits_is_kept(pool: PicturePool) -> None:
    between = chunk(b"tRNS", (1_000).to_bytes(2, "big"))
    data = png_writer.write(40, 40, lambda x, _: [1_000 if x < 20 else 1_001], depth=16, colour=GREY, between=between)
    image = await _image(pool, data)

    assert image.getpixel((5, 5)) == (255, 255, 255)
    assert image.getpixel((30, 5)) == (3, 3, 3)


@pytest.mark.parametrize("depth", [8, 16])
async def test_a_transparent_colour_becomes_white(pool: PicturePool, depth: int) -> None:
    unit = 257 if depth == 16 else 1
    key = [10 * unit, 20 * unit, 30 * unit]
    between = chunk(b"tRNS", b"".join(value.to_bytes(2, "big") for value in key))

    def pixel(x: int, _: int) -> list[int]:
        return key if x < 20 else [200 * unit, 20 * unit, 30 * unit]

    image = await _image(pool, png_writer.write(40, 40, pixel, depth=depth, between=between))

    assert image.getpixel((5, 5)) == (255, 255, 255)
    assert image.getpixel((30, 5)) == (200, 20, 30)


@pytest.mark.parametrize("alphas", [b"\x00", b"\xff\x00\xff\x80"])
async def test_a_transparent_palette_colour_becomes_white(pool: PicturePool, alphas: bytes) -> None:
    between = _palette(2) + chunk(b"tRNS", alphas)
    gone = alphas.index(0)
    data = png_writer.write(40, 40, lambda x, _: [gone if x < 20 else 2], depth=2, colour=PALETTE, between=between)
    image = await _image(pool, data)

    assert image.getpixel((5, 5)) == (255, 255, 255)
    assert image.getpixel((30, 5)) == PALETTE_COLOURS[2]


ANCILLARY = {
    "gamma": chunk(b"gAMA", (45_455).to_bytes(4, "big")),
    "chromaticity": chunk(b"cHRM", bytes(32)),
    "physical size": chunk(b"pHYs", bytes(9)),
    "background": chunk(b"bKGD", bytes(6)),
    "significant bits": chunk(b"sBIT", b"\x05\x05\x05"),
    "text": chunk(b"tEXt", b"Title\x00a picture"),
    "time": chunk(b"tIME", bytes(7)),
    "unknown": chunk(b"teSt", b"anything"),
}


@pytest.mark.parametrize("name", list(ANCILLARY))
async def test_further_chunks_change_nothing(pool: PicturePool, name: str) -> None:
    data = png_writer.write(40, 40, lambda x, y: (x, y, 7), between=ANCILLARY[name])
    image = await _image(pool, data)

    assert image.getpixel((20, 30)) == (20, 30, 7)


GOOD_HEADER, GOOD_PIXELS = header(40, 40), pixels(40, 40, 8, lambda x, y: (x, y, 0))
END = chunk(b"IEND", b"")
BODY = GOOD_HEADER + GOOD_PIXELS + END
BROKEN = {
    "signature without its first byte set": b"\x09PNG\r\n\x1a\n" + BODY,
    "signature in small letters": b"\x89png\r\n\x1a\n" + BODY,
    "signature without its carriage return": b"\x89PNG\n\x1a\n" + BODY,
    "signature with a line feed too many": b"\x89PNG\r\r\n\x1a\n" + BODY,
    "signature cut short": SIGNATURE[:4] + BODY,
    "carriage returns added everywhere": (SIGNATURE + BODY).replace(b"\n", b"\r\n"),
    "carriage returns removed everywhere": (SIGNATURE + BODY).replace(b"\r\n", b"\n"),
    "wrong checksum of the header": SIGNATURE + chunk(b"IHDR", GOOD_HEADER[8:-4], crc=1) + GOOD_PIXELS + END,
    "wrong checksum of the pixels": SIGNATURE + GOOD_HEADER + GOOD_PIXELS[:-4] + b"\x00\x00\x00\x01" + END,
    "depth 0": SIGNATURE + header(40, 40, depth=0) + GOOD_PIXELS + END,
    "depth 3": SIGNATURE + header(40, 40, depth=3) + GOOD_PIXELS + END,
    "depth 99": SIGNATURE + header(40, 40, depth=99) + GOOD_PIXELS + END,
    "colour type 1": SIGNATURE + header(40, 40, colour=1) + GOOD_PIXELS + END,
    "colour type 9": SIGNATURE + header(40, 40, colour=9) + GOOD_PIXELS + END,
    "no header": SIGNATURE + GOOD_PIXELS + END,
    "no pixels": SIGNATURE + GOOD_HEADER + END,
    "no end": SIGNATURE + GOOD_HEADER + GOOD_PIXELS,
    "pixels that do not unpack": SIGNATURE + GOOD_HEADER + chunk(b"IDAT", b"not compressed") + END,
    "a palette picture without palette": png_writer.write(40, 40, lambda x, _: [x % 4], depth=2, colour=PALETTE),
    "size 0": SIGNATURE + header(0, 0) + GOOD_PIXELS + END,
    "nothing but the signature": SIGNATURE,
}


@pytest.mark.parametrize("name", list(BROKEN))
async def test_a_broken_png_is_refused(pool: PicturePool, name: str) -> None:
    refused = await pool.clean(BROKEN[name])

    assert isinstance(refused, RefusedPicture), refused
    assert refused.reason in {Refusal.BROKEN, Refusal.NOT_A_PICTURE, Refusal.TOO_SMALL}
    assert "Errno 24" not in refused.cause


async def test_lines_that_are_missing_come_out_black_and_never_as_old_memory(pool: PicturePool) -> None:
    await pool.clean(png_writer.write(40, 40, lambda *_: (200, 200, 200)))
    half = pixels(40, 20, 8, lambda x, y: (x, y, 100))
    image = await _image(pool, SIGNATURE + GOOD_HEADER + half + END)

    assert image.getpixel((39, 19)) == (39, 19, 100)
    assert image.crop((0, 20, 40, 40)).getcolors() == [(800, (0, 0, 0))]
