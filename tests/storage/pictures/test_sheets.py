"""Contact sheets, strips and thumbnails as members see them."""

import io

import pytest
from PIL import Image

from storage.pictures.layout import MARGIN, WIDEST, tile_side
from storage.pictures.pool import Column, PicturePool, SheetFailed, Tile
from tests.storage.pictures.hostile import drawing, saved

pytestmark = pytest.mark.asyncio(loop_scope="package")

MOST_BYTES = 8 * 1024**2
Colour = tuple[int, int, int]
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def _plain(colour: Colour, width: int = 64, height: int = 64) -> bytes:
    return saved(Image.new("RGB", (width, height), colour), "PNG")


def _seen(data: bytes) -> Image.Image:
    assert len(data) <= MOST_BYTES
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.format == "JPEG"
    assert image.width <= WIDEST
    assert not image.getexif()
    return image


def _near(image: Image.Image, at: tuple[float, float], colour: Colour) -> bool:
    seen = image.getpixel((round(at[0]), round(at[1])))
    assert isinstance(seen, tuple)
    return max(abs(a - b) for a, b in zip(seen, colour, strict=True)) <= 8


@pytest.mark.parametrize(("tiles", "columns", "rows"), [(1, 1, 1), (4, 4, 1), (5, 4, 2), (12, 4, 3), (48, 8, 6)])
async def test_a_sheet_has_a_tile_for_every_picture(pool: PicturePool, tiles: int, columns: int, rows: int) -> None:
    pictures = [Tile(_plain(RED if i % 2 else BLUE), str(i + 1)) for i in range(tiles)]
    sheet = _seen(await pool.sheet(pictures, columns=columns, title="Rusty", note="page 1 of 1"))
    side = tile_side(columns)
    step = side + 14
    top = MARGIN + 56

    assert sheet.size == (2 * MARGIN + columns * step - 14, top + rows * step - 14 + MARGIN)
    for i in range(tiles):
        middle = MARGIN + i % columns * step + side * 0.7, top + i // columns * step + side * 0.7
        assert _near(sheet, middle, RED if i % 2 else BLUE)


async def test_badges_title_and_note_are_drawn(pool: PicturePool) -> None:
    with_words = _seen(await pool.sheet([Tile(_plain(RED), "12")], title="Rusty", note="page 1 of 2"))
    without = _seen(await pool.sheet([Tile(_plain(RED))]))

    assert with_words.height == without.height + 56
    assert len(with_words.crop((0, 0, with_words.width, MARGIN + 40)).getcolors(100_000) or []) > 20
    left, top, right, bottom = (MARGIN + 14, MARGIN + 14, MARGIN + 70, MARGIN + 58)
    assert _lightest(with_words.crop((left, top + 56, right, bottom + 56))) > 200
    assert _lightest(without.crop((left, top, right, bottom))) < 100


def _lightest(image: Image.Image) -> int:
    """Return the highest green value: white words on red have it, red alone does not."""
    highest = image.getchannel("G").getextrema()[1]
    assert isinstance(highest, int)
    return highest


async def test_a_picture_is_shown_whole_whatever_its_shape(pool: PicturePool) -> None:
    wide = _seen(await pool.sheet([Tile(_plain(RED, 400, 100))], columns=1))
    tile = wide.crop((MARGIN, MARGIN, wide.width - MARGIN, wide.height - MARGIN))

    assert _near(tile, (tile.width * 0.5, tile.height * 0.5), RED)
    assert _near(tile, (tile.width * 0.02, tile.height * 0.5), RED)
    assert _near(tile, (tile.width * 0.98, tile.height * 0.5), RED)
    assert not _near(tile, (tile.width * 0.5, tile.height * 0.2), RED)


async def test_one_unreadable_picture_does_not_cost_the_sheet(pool: PicturePool) -> None:
    tiles = [Tile(_plain(RED), "1"), Tile(b"nothing", "2"), Tile(_plain(BLUE)[:60], "3"), Tile(_plain(GREEN), "4")]
    sheet = _seen(await pool.sheet(tiles))
    side = tile_side(4)

    assert _near(sheet, (MARGIN + side * 0.5, MARGIN + side * 0.5), RED)
    assert _near(sheet, (MARGIN + 3 * (side + 14) + side * 0.5, MARGIN + side * 0.5), GREEN)


async def test_a_strip_has_the_base_model_first_and_a_row_per_prompt(pool: PicturePool) -> None:
    columns = [
        Column("base model", [_plain(RED), _plain(BLUE)]),
        Column("step 50", [_plain(GREEN), _plain(RED)]),
        Column("step 100", [_plain(BLUE)]),
    ]
    strip = _seen(await pool.strip(columns, rows=["a robot waving", "a robot at night"], title="Rusty"))
    side = 300
    first, second = (MARGIN + 56 + 36 + 34 + row * (side + 34 + 14) + side / 2 for row in (0, 1))
    lefts = [MARGIN + i * (side + 14) + side / 2 for i in range(3)]

    assert [_near(strip, (lefts[0], first), RED), _near(strip, (lefts[0], second), BLUE)] == [True, True]
    assert [_near(strip, (lefts[1], first), GREEN), _near(strip, (lefts[1], second), RED)] == [True, True]
    assert _near(strip, (lefts[2], first), BLUE)
    labels = [strip.getpixel((round(left - side * 0.4), MARGIN + 56 + 14)) for left in lefts]
    assert labels[0] != labels[1]
    assert labels[1] == labels[2]


async def test_words_far_too_long_or_in_any_script_are_no_trouble(pool: PicturePool) -> None:
    words = "робот ロボット روبوت 🤖 \u202e\n" * 60
    tiles = [Tile(_plain(RED), words)] * 3
    sheet = _seen(await pool.sheet(tiles, title=words, note=words))
    strip = _seen(await pool.strip([Column(words, [_plain(RED)])] * 12, rows=[words], title=words))

    assert sheet.width == 2 * MARGIN + 3 * 480 + 2 * 14
    assert strip.width <= WIDEST


async def test_the_largest_sheet_of_the_grainiest_pictures_fits_into_a_message(pool: PicturePool) -> None:
    grain = Image.merge("RGB", [Image.effect_noise((480, 480), 120) for _ in range(3)])
    data = saved(grain, "JPEG", quality=95)

    _seen(await pool.sheet([Tile(data, str(i)) for i in range(48)], columns=3))


async def test_a_thumbnail_fits_and_keeps_its_shape(pool: PicturePool) -> None:
    small = _seen(await pool.thumbnail(saved(drawing(512).resize((512, 256)), "PNG"), side=128))

    assert small.size == (128, 64)


async def test_a_thumbnail_of_no_picture_fails(pool: PicturePool) -> None:
    with pytest.raises(SheetFailed):
        await pool.thumbnail(b"nothing")


@pytest.mark.parametrize(("tiles", "columns"), [(0, 4), (49, 4), (4, 0), (4, 13)])
async def test_a_sheet_of_no_or_too_many_pictures_is_the_callers_mistake(
    pool: PicturePool, tiles: int, columns: int
) -> None:
    with pytest.raises(ValueError, match="a sheet of"):
        await pool.sheet([Tile(b"")] * tiles, columns=columns)


@pytest.mark.parametrize(("columns", "pictures"), [(0, 1), (13, 1), (2, 0), (2, 25)])
async def test_a_strip_of_no_or_too_many_pictures_is_the_callers_mistake(
    pool: PicturePool, columns: int, pictures: int
) -> None:
    with pytest.raises(ValueError, match="a strip of"):
        await pool.strip([Column("step", [b""] * pictures)] * columns)
