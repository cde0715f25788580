"""Contact sheets, sample strips and thumbnails, drawn in a child process in Discord's dark colours."""

import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from storage.pictures import sanitise
from storage.pictures.layout import GAP, MARGIN, tile_side

GROUND = (43, 45, 49)
TILE = (30, 31, 34)
TEXT = (242, 243, 245)
BADGE = (64, 66, 73)  # stands out on pictures as well as on an empty tile
QUIET = (181, 186, 193)
ACCENT = (88, 101, 242)
RADIUS = 14  # pixels of a tile's corners
FINER = 4  # corners are drawn so much larger and scaled down, to be smooth
QUALITIES = (92, 80, 60, 40)  # the first whose file is small enough to post
MOST_BYTES = 8 * 1024 * 1024

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Box = tuple[int, int, int, int]


def prepare() -> None:
    """Load all that drawing uses, while this process may still open files."""
    sample = io.BytesIO()
    Image.new("RGB", (64, 64)).save(sample, "PNG")
    draw_strip({"title": "1", "labels": ["0"], "rows": ["1"], "counts": [1]}, [sample.getvalue()])
    draw_sheet({"title": "1", "note": "1", "labels": ["1"], "columns": 1}, [sample.getvalue()])


def draw_sheet(fields: dict[str, object], pictures: Sequence[bytes]) -> bytes:
    """Return a JPEG of `pictures` in a grid, each with its label as a badge, under a title."""
    labels, columns = _words(fields["labels"]), min(_count(fields["columns"]), max(1, len(pictures)))
    side, rows = tile_side(columns), math.ceil(len(pictures) / columns)
    title, note = str(fields["title"]), str(fields["note"])
    top = MARGIN + (56 if title or note else 0)
    sheet = _ground(columns, rows, side, top)
    _heading(sheet, title, note)
    for i, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        at = MARGIN + i % columns * (side + GAP), top + i // columns * (side + GAP)
        _tile(sheet, picture, at, side)
        if label:
            _badge(sheet, label, at, side)
    return _jpeg(sheet)


def draw_strip(fields: dict[str, object], pictures: Sequence[bytes]) -> bytes:
    """Return a JPEG with one labelled column per training step, the base model first, one row per prompt."""
    labels, rows = _words(fields["labels"]), _words(fields["rows"])
    counts = [_count(count) for count in _list(fields["counts"])]
    title, side = str(fields["title"]), tile_side(len(labels), widest_tile=300)
    above = 34 if any(rows) else 0  # pixels for the prompt over each row
    top = MARGIN + (56 if title else 0) + 36
    deep = max(counts, default=0)
    sheet = _ground(len(labels), deep, side, top, above=above)
    _heading(sheet, title, "")
    rest = list(pictures)
    for column, (label, count) in enumerate(zip(labels, counts, strict=True)):
        left = MARGIN + column * (side + GAP)
        _column_label(sheet, label, (left, top - 36, left + side, top - 6), is_base=column == 0)
        for row in range(count):
            _tile(sheet, rest.pop(0), (left, top + row * (side + above + GAP) + above), side)
    for row, prompt in enumerate(rows[:deep]):
        at = MARGIN, top + row * (side + above + GAP) + above // 2
        _text(sheet, prompt, at, 17, QUIET, anchor="lm", widest=sheet.width - 2 * MARGIN)
    return _jpeg(sheet)


def draw_thumbnail(picture: bytes, side: int) -> bytes:
    """Return a JPEG of one picture that fits into a square of `side` pixels."""
    image, _ = sanitise.decode(picture, largest=(side, side))
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _jpeg(image)


def _ground(columns: int, rows: int, side: int, top: int, *, above: int = 0) -> Image.Image:
    width = 2 * MARGIN + columns * side + (columns - 1) * GAP
    height = top + rows * (side + above + GAP) - GAP + MARGIN
    return Image.new("RGB", (width, max(height, top)), GROUND)


def _heading(sheet: Image.Image, title: str, note: str) -> None:
    room = sheet.width - 2 * MARGIN
    middle = MARGIN + 18
    used = _text(sheet, note, (sheet.width - MARGIN, middle), 20, QUIET, anchor="rm", widest=room // 2)
    _text(sheet, title, (MARGIN, middle), 30, TEXT, anchor="lm", widest=room - used - (GAP if used else 0))


def _tile(sheet: Image.Image, picture: bytes, at: tuple[int, int], side: int) -> None:
    tile = Image.new("RGB", (side, side), TILE)
    try:
        image, _ = sanitise.decode(picture, largest=(side, side))
    except Exception:  # noqa: BLE001 - one unreadable picture must not cost the sheet, and what it raises has no list
        _text(tile, "unreadable", (side // 2, side // 2), max(12, side // 14), QUIET, anchor="mm", widest=side)
    else:
        fitted = _fitted(image, side)
        tile.paste(fitted, ((side - fitted.width) // 2, (side - fitted.height) // 2))
    sheet.paste(tile, at, _rounded((side, side), RADIUS))


def _fitted(image: Image.Image, side: int) -> Image.Image:
    scale = side / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _badge(sheet: Image.Image, label: str, at: tuple[int, int], side: int) -> None:
    size = max(16, min(28, side // 12))
    font = _font(size)
    words = _cut(label, font, side - 4 * size)
    width, height = max(round(font.getlength(words)) + size, 2 * size), round(1.6 * size)
    inset = size // 2
    pill = Image.new("RGB", (width, height), BADGE)
    ImageDraw.Draw(pill).text((width / 2, height / 2), words, TEXT, font, anchor="mm")
    mask = _rounded((width, height), height // 2).point([round(value * 0.92) for value in range(256)])
    sheet.paste(pill, (at[0] + inset, at[1] + inset), mask)


def _column_label(sheet: Image.Image, label: str, box: Box, *, is_base: bool) -> None:
    left, top, right, bottom = box
    size = max(13, min(18, (right - left) // 9))
    pill = Image.new("RGB", (right - left, bottom - top), TILE if is_base else ACCENT)
    middle = pill.width // 2, pill.height // 2
    _text(pill, label, middle, size, TEXT, anchor="mm", widest=pill.width - size)
    sheet.paste(pill, (left, top), _rounded(pill.size, 9))


def _text(
    image: Image.Image,
    words: str,
    at: tuple[int, int],
    size: int,
    colour: tuple[int, int, int],
    *,
    anchor: str,
    widest: int,
) -> int:
    """Draw `words`, cut to `widest` pixels, and return the pixels they take."""
    if not words:
        return 0
    font = _font(size)
    cut = _cut(words, font, widest)
    ImageDraw.Draw(image).text(at, cut, colour, font, anchor=anchor)
    return round(font.getlength(cut))


def _cut(words: str, font: Font, widest: int) -> str:
    if font.getlength(words) <= widest:
        return words
    while words and font.getlength(f"{words}…") > widest:
        words = words[:-1]
    return f"{words.rstrip()}…"


def _font(size: int) -> Font:
    return ImageFont.load_default(size)


def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    large = Image.new("L", (size[0] * FINER, size[1] * FINER), 0)
    box = 0, 0, large.width - 1, large.height - 1
    ImageDraw.Draw(large).rounded_rectangle(box, radius * FINER, fill=255)
    return large.resize(size, Image.Resampling.BOX)


def _jpeg(image: Image.Image) -> bytes:
    for quality in QUALITIES:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, subsampling=0)
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise ValueError("a sheet too large to post")


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _words(value: object) -> list[str]:
    return [str(each) for each in _list(value)]


def _count(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("not a number")
    return value
