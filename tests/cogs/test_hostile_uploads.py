"""Pictures made to do harm, sent by a member among good ones: each gets its sentence, nothing else suffers."""

import struct

import pytest
from PIL import Image

from playground import Channel, Member, Upload
from tests.cogs.running import drawn
from tests.cogs.steps import add, make_dataset, said
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
            Upload("phone.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"),
            Upload("page.png", b"<!doctype html><script>alert(1)</script>"),
            Upload("sixteen.png", sixteen_bits()),
            Upload("print.jpg", saved(drawing(256).convert("CMYK"), "JPEG")),
            drawn(1),
        ],
    )
    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    assert "Added 3 pictures to `Robo`; it has 3 pictures now." in added.text
    assert "5 files left out" in added.text
    assert "`endless.png`: This picture has more than the 40 megapixels I can read" in added.text
    assert "`scans.jpg`: This JPEG is stored in more than 64 layers" in added.text
    assert "`bomb.webp`: This" in added.text
    assert "`phone.heic`: This is a HEIC picture" in added.text
    assert "`page.png`: This is a web page" in added.text
    assert "pictures 1 to 3" in sheet.alt_texts()[0]
