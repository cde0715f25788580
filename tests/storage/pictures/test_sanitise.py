"""What intake makes of good, odd, broken and hostile files; each goes through a real child process."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms

from domain.datasets.file_kinds import FileKind
from domain.datasets.pictures import CleanPicture, RefusedPicture, are_alike, distance
from domain.datasets.refusals import Refusal
from storage.pictures.pool import PicturePool
from tests.storage.pictures import hostile, png_writer
from tests.storage.pictures.hostile import drawing, saved
from tests.storage.pictures.png_writer import GREY, RGB

pytestmark = pytest.mark.asyncio(loop_scope="package")

CORNERS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)]


def _photo(width: int = 300, height: int = 200) -> Image.Image:
    channels = [Image.effect_noise((30, 20), 90).resize((width, height)) for _ in range(3)]
    return Image.merge("RGB", channels)


async def _taken(pool: PicturePool, data: bytes) -> tuple[CleanPicture, Image.Image]:
    clean = await pool.clean(data)
    assert isinstance(clean, CleanPicture), clean
    image = Image.open(io.BytesIO(clean.content))
    image.load()
    assert image.mode == "RGB"
    assert image.size == (clean.width, clean.height)
    return clean, image


async def _refused(pool: PicturePool, data: bytes) -> RefusedPicture:
    refused = await pool.clean(data)
    assert isinstance(refused, RefusedPicture), refused
    assert "Errno 24" not in refused.cause  # a file that Pillow wanted to open: the child lacks something
    return refused


def _corners(image: Image.Image) -> list[object]:
    quarter = image.width // 4
    places = [(1, 1), (3, 1), (3, 3), (1, 3)]
    return [image.getpixel((quarter * x, quarter * y)) for x, y in places]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_the_three_formats_are_taken(pool: PicturePool, form: str) -> None:
    clean, image = await _taken(pool, saved(drawing(), form, quality=95))

    assert clean.arrived_as.name == form
    assert clean.kind is FileKind.PNG
    for seen, wanted in zip(_corners(image), CORNERS, strict=True):
        assert seen == pytest.approx(wanted, abs=12)


async def test_the_same_file_twice_gives_the_same_bytes(pool: PicturePool) -> None:
    data = saved(_photo(), "JPEG")
    one, other = await pool.clean(data), await pool.clean(data)

    assert one == other


async def test_a_large_picture_is_scaled_down_and_kept_as_jpeg(pool: PicturePool) -> None:
    clean, _ = await _taken(pool, saved(_photo(3_000, 1_500), "PNG", compress_level=1))

    assert (clean.width, clean.height, clean.kind) == (2_048, 1_024, FileKind.JPEG)


async def test_a_photo_of_twelve_megapixels_is_halved_while_it_is_decoded(pool: PicturePool) -> None:
    clean, _ = await _taken(pool, saved(_photo(4_032, 3_024), "JPEG", quality=80))

    assert (clean.width, clean.height) == (2_016, 1_512)


async def test_a_smaller_copy_of_a_picture_looks_alike_and_another_does_not(pool: PicturePool) -> None:
    photo, other = _photo(600, 400), _photo(600, 400)
    whole, _ = await _taken(pool, saved(photo, "PNG"))
    small, _ = await _taken(pool, saved(photo.resize((300, 200)), "JPEG", quality=70))
    different, _ = await _taken(pool, saved(other, "PNG"))

    assert are_alike(whole.phash, small.phash)
    assert distance(whole.phash, different.phash) > 60
    assert len(whole.phash) == 64


# --- broken and hostile -----------------------------------------------------------------------------------


def _cut(form: str, **settings: object) -> bytes:
    data = saved(_photo(), form, **settings)
    return data[: len(data) // 2]


def _scaled_header(width: int, height: int) -> bytes:
    return png_writer.SIGNATURE + png_writer.header(width, height)


HOSTILE: dict[str, tuple[Callable[[], bytes], Refusal]] = {
    "nothing": (lambda: b"", Refusal.EMPTY),
    "text": (lambda: b"I am a picture, honestly.", Refusal.NOT_A_PICTURE),
    "half a JPEG": (lambda: _cut("JPEG"), Refusal.BROKEN),
    "half a progressive JPEG": (lambda: _cut("JPEG", progressive=True), Refusal.BROKEN),
    "half a PNG": (lambda: _cut("PNG"), Refusal.BROKEN),
    "half a WebP": (lambda: _cut("WEBP"), Refusal.BROKEN),
    "a PNG of 30,000 squared": (
        lambda: png_writer.zeros(30_000, 30_000, depth=1, colour=GREY),
        Refusal.TOO_MANY_PIXELS,
    ),
    "a PNG header of 30,000 squared": (
        lambda: _scaled_header(30_000, 30_000) + png_writer.chunk(b"IDAT", b""),
        Refusal.TOO_MANY_PIXELS,
    ),
    "a PNG of 13,000 squared": (
        lambda: png_writer.zeros(13_000, 13_000, depth=1, colour=GREY),
        Refusal.TOO_MANY_PIXELS,
    ),
    "a PNG header of 2,000,000 × 16": (
        lambda: _scaled_header(2_000_000, 16) + png_writer.chunk(b"IDAT", b""),
        Refusal.TOO_SMALL,
    ),
    "a PNG header of 2,147,483,647 squared": (
        lambda: _scaled_header(2**31 - 1, 2**31 - 1) + png_writer.chunk(b"IDAT", b""),
        Refusal.TOO_MANY_PIXELS,
    ),
    "a PNG of 7,000 squared": (
        lambda: png_writer.zeros(7_000, 7_000, depth=1, colour=GREY),
        Refusal.TOO_MANY_PIXELS,
    ),
    "a WebP header of 16,383 squared": (
        lambda: hostile.webp_of_nothing(16_383, 16_383),
        Refusal.TOO_MANY_PIXELS,
    ),
    "an animated WebP bomb": (lambda: hostile.webp_bomb(6_000, 6_000, 8), Refusal.ANIMATION_TOO_LARGE),
    "a WebP of 2,000 frames": (lambda: hostile.webp_bomb(40, 40, 2_000), Refusal.ANIMATION_TOO_LARGE),
    "a JPEG of 5,000 scans": (lambda: hostile.jpeg_of_many_scans(5_000), Refusal.TOO_MANY_SCANS),
    "a JPEG of markers only": (lambda: b"\xff\xd8" + b"\xff\x01" * 4_000_000, Refusal.BROKEN),
    "a JPEG of 0xFF only": (lambda: b"\xff\xd8" + b"\xff" * 8_000_000, Refusal.BROKEN),
    "a JPEG after 8 MB of padding": (
        lambda: b"\xff\xd8" + b"\xff" * 8_000_000 + saved(drawing(), "JPEG")[2:],
        Refusal.BROKEN,
    ),
    "a PNG of 800,000 empty chunks": (
        lambda: png_writer.write(40, 40, lambda x, y: (x, y, 0), between=png_writer.chunk(b"prVt", b"") * 800_000),
        Refusal.BROKEN,
    ),
    "a zTXt bomb": (lambda: hostile.text_bomb(b"zTXt", b"Comment\x00\x00", 80), Refusal.BROKEN),
    "an iTXt bomb": (lambda: hostile.text_bomb(b"iTXt", b"a\x00\x01\x00\x00\x00", 80), Refusal.BROKEN),
    "too small": (lambda: saved(drawing(30), "PNG"), Refusal.TOO_SMALL),
    "too narrow": (lambda: saved(Image.new("RGB", (9_000, 40)), "PNG"), Refusal.TOO_NARROW),
    "too big": (lambda: saved(drawing(), "JPEG") + bytes(10 * 1024**2), Refusal.TOO_BIG),
    "an SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", Refusal.OTHER_FORMAT),
    "a web page": (lambda: b"<!doctype html><script>alert(1)</script>", Refusal.OTHER_FORMAT),
    "a HEIC": (lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", Refusal.OTHER_FORMAT),
    "a GIF": (lambda: saved(drawing(), "GIF"), Refusal.OTHER_FORMAT),
    "a TIFF": (lambda: saved(drawing(), "TIFF"), Refusal.OTHER_FORMAT),
    "a BMP": (lambda: saved(drawing(), "BMP"), Refusal.OTHER_FORMAT),
    "an icon": (lambda: saved(drawing(), "ICO"), Refusal.OTHER_FORMAT),
    "an EPS": (lambda: saved(drawing(), "EPS"), Refusal.OTHER_FORMAT),
    "a PDF": (lambda: saved(drawing(), "PDF"), Refusal.OTHER_FORMAT),
    "an AVIF": (lambda: saved(drawing(), "AVIF"), Refusal.OTHER_FORMAT),
    "a JPEG 2000": (lambda: saved(drawing(), "JPEG2000"), Refusal.OTHER_FORMAT),
}


@pytest.mark.parametrize("name", list(HOSTILE))
async def test_a_hostile_file_is_refused_with_its_reason(pool: PicturePool, name: str) -> None:
    make, reason = HOSTILE[name]
    refused = await _refused(pool, make())

    assert refused.reason is reason
    assert len(pool.pids) <= 2


async def test_no_child_dies_of_the_hostile_files(pool: PicturePool) -> None:
    before = set(pool.pids)
    for make, _ in HOSTILE.values():
        await pool.clean(make())

    assert before <= set(pool.pids)


# --- odd, but right ---------------------------------------------------------------------------------------


async def test_marks_of_scans_in_metadata_are_not_scans(pool: PicturePool) -> None:
    await _taken(pool, hostile.jpeg_with_scan_marks_in_metadata())


async def test_a_progressive_jpeg_is_taken(pool: PicturePool) -> None:
    await _taken(pool, saved(_photo(), "JPEG", progressive=True))


async def test_the_first_frame_of_an_animation_is_taken(pool: PicturePool) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "lime", "blue")]
    data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True, duration=50)
    _, image = await _taken(pool, data)

    assert image.getpixel((30, 30)) == (255, 0, 0)


async def test_the_first_picture_of_an_mpo_is_taken(pool: PicturePool) -> None:
    data = saved(Image.new("RGB", (64, 64), "red"), "MPO", save_all=True, append_images=[drawing(64)])
    clean, image = await _taken(pool, data)

    assert clean.arrived_as is FileKind.JPEG
    assert image.getpixel((30, 30)) == (254, 0, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_turned_picture_comes_out_upright(pool: PicturePool, orientation: int) -> None:
    # What a camera held in that way would store, undone by the orientation it notes.
    stored = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.ROTATE_90, Image.Transpose.FLIP_TOP_BOTTOM],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.ROTATE_90, Image.Transpose.FLIP_LEFT_RIGHT],
        8: [Image.Transpose.ROTATE_270],
    }
    picture = drawing().crop((0, 0, 96, 72)).resize((96, 96)).resize((96, 48))
    upright = list(picture.get_flattened_data())
    for turn in stored[orientation]:
        picture = picture.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    _, image = await _taken(pool, saved(picture, "PNG", exif=exif))

    assert image.size == (96, 48)
    assert list(image.get_flattened_data()) == upright


@pytest.mark.parametrize(
    "exif",
    [b"Exif\x00\x00junk", b"Exif\x00\x00II*\x00\xff\xff\xff\xff", b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff"],
)
async def test_broken_exif_does_not_cost_the_picture(pool: PicturePool, exif: bytes) -> None:
    _, image = await _taken(pool, saved(drawing(), "WEBP", exif=exif, lossless=True))

    assert _corners(image) == CORNERS


async def test_a_colour_profile_is_applied(pool: PicturePool) -> None:
    _, image = await _taken(pool, saved(drawing(), "PNG", icc_profile=hostile.swapped_profile()))
    red, green, blue, _ = _corners(image)

    assert red == pytest.approx((0, 0, 255), abs=4)
    assert green == pytest.approx((0, 255, 0), abs=4)
    assert blue == pytest.approx((255, 0, 0), abs=4)


async def test_a_colour_profile_is_applied_to_a_palette(pool: PicturePool) -> None:
    palette = drawing().quantize(4)
    _, image = await _taken(pool, saved(palette, "PNG", icc_profile=hostile.swapped_profile()))

    assert _corners(image)[0] == pytest.approx((0, 0, 255), abs=4)
    assert _corners(image)[2] == pytest.approx((255, 0, 0), abs=4)


async def test_a_colour_profile_leaves_the_transparent_colour_transparent(pool: PicturePool) -> None:
    data = saved(drawing(), "PNG", icc_profile=hostile.swapped_profile(), transparency=(255, 0, 0))
    _, image = await _taken(pool, data)

    assert _corners(image)[0] == (255, 255, 255)
    assert _corners(image)[2] == pytest.approx((255, 0, 0), abs=4)


async def test_a_profile_for_other_channels_does_not_cost_the_picture(pool: PicturePool) -> None:
    grey = Image.new("L", (64, 64), 77)
    data = saved(grey, "PNG", icc_profile=hostile.swapped_profile(), transparency=3)
    _, image = await _taken(pool, data)

    assert image.getpixel((30, 30)) == (77, 77, 77)


async def test_a_profile_of_srgb_changes_nothing(pool: PicturePool) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    _, image = await _taken(pool, saved(drawing(), "PNG", icc_profile=profile))

    assert _corners(image) == CORNERS


@pytest.mark.parametrize("profile", [b"junk", hostile.swapped_profile()[:200]])
async def test_a_broken_profile_does_not_cost_the_picture(pool: PicturePool, profile: bytes) -> None:
    _, image = await _taken(pool, saved(drawing(), "PNG", icc_profile=profile))

    assert _corners(image) == CORNERS


async def test_a_cmyk_jpeg_keeps_its_colours(pool: PicturePool) -> None:
    _, image = await _taken(pool, saved(drawing().convert("CMYK"), "JPEG", quality=98))

    for seen, wanted in zip(_corners(image), CORNERS, strict=True):
        assert seen == pytest.approx(wanted, abs=6)


async def test_a_grey_jpeg_is_taken(pool: PicturePool) -> None:
    _, image = await _taken(pool, saved(Image.new("L", (64, 64), 77), "JPEG", quality=98))

    assert image.getpixel((30, 30)) == pytest.approx((77, 77, 77), abs=1)


@pytest.mark.parametrize("colour", [GREY, RGB])
async def test_sixteen_bits_keep_their_brightness(pool: PicturePool, colour: int) -> None:
    def ramp(x: int, y: int) -> list[int]:
        return [(y * 256 + x) % 65_536] * (3 if colour == RGB else 1)

    _, image = await _taken(pool, png_writer.write(256, 256, ramp, depth=16, colour=colour))
    values = list(image.getchannel("R").tobytes())

    assert sum(values) / len(values) == pytest.approx(127.5)
    assert values[:: 256 * 16] == list(range(0, 256, 16))


# --- nothing comes along ----------------------------------------------------------------------------------


def _telling(form: str) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "CANARY camera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[29] = "CANARY place"
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>CANARY</x:xmpmeta>"
    profile = hostile.swapped_profile()
    return saved(_photo(), form, exif=exif, xmp=xmp, icc_profile=profile, comment=b"CANARY")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("side", [300, 1_500])  # kept as PNG and as JPEG
async def test_no_metadata_leaves_with_the_picture(pool: PicturePool, form: str, side: int) -> None:
    data = _telling(form)
    if side > 300:
        metadata = {name: Image.open(io.BytesIO(data)).info.get(name) for name in ("exif", "xmp", "icc_profile")}
        data = saved(_photo(side, side), form, **{name: value for name, value in metadata.items() if value})
    assert b"CANARY" in data
    clean, image = await _taken(pool, data)

    assert b"CANARY" not in clean.content
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}


async def test_what_hangs_on_the_end_of_a_file_is_gone(pool: PicturePool) -> None:
    tail = b"PK\x03\x04 <script>alert('CANARY')</script>"
    clean, _ = await _taken(pool, saved(drawing(), "JPEG") + tail)

    assert b"CANARY" not in clean.content
    assert b"PK\x03\x04" not in clean.content


async def test_text_and_unknown_chunks_of_a_png_are_gone(pool: PicturePool) -> None:
    words = png_writer.chunk(b"tEXt", b"Author\x00CANARY") + png_writer.chunk(b"prVt", b"CANARY")
    stamped = struct.pack(">HBBBBB", 2026, 1, 2, 3, 4, 5)
    between = words + png_writer.chunk(b"tIME", stamped)
    clean, _ = await _taken(pool, png_writer.write(40, 40, lambda x, y: (x, y, 9), between=between))

    assert b"CANARY" not in clean.content
    names = [b"IHDR", b"IDAT", b"IEND"]
    assert clean.content.count(b"IDAT") >= 1
    assert len(clean.content) == _length_of(clean.content, names)


def _length_of(png: bytes, names: list[bytes]) -> int:
    """Return the length of a PNG when it holds only chunks of these names, else something shorter."""
    at = 8
    while at < len(png) and png[at + 4 : at + 8] in names:
        length = int.from_bytes(png[at : at + 4], "big")
        assert zlib.crc32(png[at + 4 : at + 8 + length]) == int.from_bytes(
            png[at + 8 + length : at + 12 + length], "big"
        )
        at += 12 + length
    return at
