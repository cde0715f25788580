"""Pictures made to do harm, sent by a member among good ones: each gets its sentence, nothing else suffers."""

import io
import os
import signal
import struct
from collections.abc import Sequence

import pytest
from PIL import Image

from playground import CannotDo, Channel, Member, Message, Upload
from storage.pictures.layout import MARGIN
from tests.cogs.member_actions import add, make_dataset, said, settled
from tests.cogs.running_bot import Bot
from tests.pictures import drawn
from tests.storage.pictures.hostile import drawing, jpeg_of_many_scans, saved, webp_bomb
from tests.storage.pictures.png_writer import GREY, SIGNATURE, chunk, header

pytestmark = pytest.mark.usefixtures("bot")


def sixteen_bits() -> bytes:
    """Return a 16-bit grey PNG, half dark and half light."""
    image = Image.new("I;16", (128, 128))
    image.frombytes(b"".join(struct.pack("<H", 8_000 if x < 64 else 50_000) for _ in range(128) for x in range(128)))
    return saved(image, "PNG")


async def test_each_is_refused_by_name_and_the_good_ones_are_kept(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel)

    added = await add(
        ana,
        channel,
        "Robo",
        [
            Upload("endless.png", SIGNATURE + header(30_000, 30_000, depth=1, colour=GREY) + chunk(b"IDAT", b"")),
            Upload("scans.jpg", jpeg_of_many_scans(5_000)),
            Upload("bomb.webp", webp_bomb(16_000, 16_000, 3)),
            Upload("flicker.webp", webp_bomb(5_000, 5_000, 900)),
            Upload("phone.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"),
            Upload("page.png", b"<!doctype html><script>alert(1)</script>"),
            Upload("sixteen.png", sixteen_bits()),
            Upload("print.jpg", saved(drawing(256).convert("CMYK"), "JPEG")),
            drawn(1),
        ],
    )
    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    assert "Added 3 pictures to `Robo`; it has 3 pictures now." in added.text
    assert "6 files left out" in added.text
    assert "`endless.png`: This picture has more than the 40 megapixels I can read" in added.text
    assert "`scans.jpg`: This JPEG is stored in more than 64 layers" in added.text
    assert "`bomb.webp`: This picture has more than the 40 megapixels I can read" in added.text
    assert "`flicker.webp`: This animated picture is too large (5,000 × 5,000, 900 frames)" in added.text
    assert "`phone.heic`: This is a HEIC picture" in added.text
    assert "`page.png`: This is a web page" in added.text
    assert "pictures 1 to 3" in sheet.alt_texts()[0]


async def test_what_is_no_whole_picture_is_named_with_what_to_do(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel)
    jpeg = saved(drawing(256), "JPEG")

    added = await add(
        ana,
        channel,
        "Robo",
        [
            Upload("nothing.jpg", b""),
            Upload("letter.png", b"Dear all, this is a letter."),
            Upload("half.jpg", jpeg[: len(jpeg) // 2]),
        ],
    )

    lines = {name: next(line for line in added.text.splitlines() if name in line) for name in ("nothing", "letter")}
    half = next(line for line in added.text.splitlines() if "half.jpg" in line)
    assert "⚠️ Nothing new was added to `Robo`; it has 0 pictures now." in added.text
    assert "3 files left out" in added.text
    assert "This file is empty (0 bytes)" in lines["nothing"]
    assert "This file is not a picture" in lines["letter"]
    assert "This JPEG file is damaged or incomplete" in half
    assert all("ttach" in line for line in (*lines.values(), half))


async def test_sixteen_bits_and_print_colours_look_right_on_the_sheet(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel)
    await add(ana, channel, "Robo", [Upload("sixteen.png", sixteen_bits())])
    grey = tile(await said(ana, channel, "dataset view", dataset="Robo"))
    await make_dataset(ana, channel, "Print")
    await add(ana, channel, "Print", [Upload("print.jpg", saved(drawing(256).convert("CMYK"), "JPEG"))])
    print_ = tile(await said(ana, channel, "dataset view", dataset="Print"))

    assert near(grey, (0.25, 0.5), [8_000 / 257] * 3)
    assert near(grey, (0.75, 0.5), [50_000 / 257] * 3)
    for where, colour in (
        ((0.25, 0.3), (255, 0, 0)),
        ((0.75, 0.3), (0, 255, 0)),
        ((0.75, 0.75), (0, 0, 255)),
        ((0.25, 0.75), (255, 255, 0)),
    ):
        assert near(print_, where, colour)


async def test_of_a_harmless_animation_the_first_frame_is_kept(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel)
    frames = [Image.new("RGB", (128, 128), colour) for colour in ((0, 0, 255), (255, 0, 0))]
    moving = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)

    added = await add(ana, channel, "Robo", [Upload("moving.webp", moving)])
    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    assert "Added 1 picture to `Robo`" in added.text
    assert near(tile(sheet), (0.5, 0.5), (0, 0, 255))


async def test_an_eleventh_file_from_a_client_that_forgets_the_limit_is_named_and_ten_are_kept(
    channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel)
    eleven = [drawn(number) for number in range(1, 12)]
    form = (await ana.command(channel, "dataset upload", dataset="Robo")).modal
    assert form is not None
    with pytest.raises(CannotDo, match="1 to 10, not 11"):
        await ana.submit(form, {"Pictures": eleven})
    form.field("Pictures").raw["max_values"] = 11

    added = await settled(ana, await ana.submit(form, {"Pictures": eleven}))

    assert "Added 10 pictures to `Robo`; it has 10 pictures now." in added.text
    assert "1 file left out" in added.text
    assert "`robo11.png`: I take 10 files at a time, and this one came after them." in added.text


async def test_a_picture_reader_that_was_killed_is_no_trouble_to_anybody(
    bot: Bot, channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel, pictures=1)
    pool = bot.client.services.intake._pool
    for victim in pool.pids:
        os.kill(victim, signal.SIGKILL)

    added = await add(ana, channel, "Robo", [drawn(2), drawn(3)])
    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    assert "Added 2 pictures to `Robo`; it has 3 pictures now." in added.text
    assert "pictures 1 to 3" in sheet.alt_texts()[0]
    assert bot.sessions == 1


def tile(sheet: Message) -> Image.Image:
    """Return the one picture of a contact sheet, cut out: the square at its bottom."""
    (attachment,) = sheet.shown_attachments
    image = Image.open(io.BytesIO(attachment.data)).convert("RGB")
    right, bottom = image.width - MARGIN, image.height - MARGIN
    return image.crop((MARGIN, bottom - (right - MARGIN), right, bottom))


def near(image: Image.Image, where: tuple[float, float], colour: Sequence[float]) -> bool:
    """Whether the picture has that colour, nearly, at that share of its width and height."""
    found = image.getpixel((int(where[0] * image.width), int(where[1] * image.height)))
    assert isinstance(found, tuple)
    return all(abs(one - other) < 24 for one, other in zip(found, colour, strict=True))
