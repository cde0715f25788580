"""Datasets in chat, as members use them."""

from collections.abc import Callable

from playground import Channel, Member, Upload
from tests.cogs.running import Bot

Picture = Callable[[int], Upload]


async def made(member: Member, channel: Channel, name: str = "Robo", pictures: list[Upload] | None = None) -> None:
    await (await member.command(channel, "dataset new", name=name, kind="character")).final()
    if pictures:
        files = {f"image{n}": upload for n, upload in enumerate(pictures, start=1)}
        await (await member.command(channel, "dataset add", dataset=name, **files)).final()


async def test_a_member_makes_a_dataset_adds_pictures_and_sees_them(
    bot: Bot, channel: Channel, ana: Member, picture: Picture
) -> None:
    new = await (await ana.command(channel, "dataset new", name="Robo", kind="character")).final()
    files = {f"image{n}": picture(n) for n in range(1, 11)}
    added = await (await ana.command(channel, "dataset add", dataset="Robo", **files)).final()
    sheet = await (await ana.command(channel, "dataset view", dataset="Robo")).final()

    assert "`robo`" in new.text
    assert "Added 10 pictures to `Robo`; it has 10 pictures now." in added.text
    assert "10 pictures" in sheet.text
    assert sheet.alt_texts() == ["Contact sheet of Robo, page 1 of 1, pictures 1 to 10"]
    assert sheet.ephemeral_for == ana.user
