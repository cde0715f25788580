"""What a message may hold, and what an edit changes."""

from typing import Any

import discord as library
import pytest
from discord import ui

from playground import Channel, Playground
from tests.playground.sample_bot import SampleBot, code, file, layout, place

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"content": ""}, (400, 50006)),
        ({"content": "x" * 2001}, (400, 50035)),
        ({"embeds": [library.Embed(description="x" * 3001), library.Embed(description="x" * 3000)]}, (400, 50035)),
        ({"embed": library.Embed(title="x" * 257)}, (400, 50035)),
        ({"files": [file(name=f"{i}.bin") for i in range(11)]}, (400, 50035)),
        ({"file": file(10 * MIB + 1)}, (413, 40005)),
        ({"files": [file(9 * MIB, f"{i}.bin") for i in range(3)]}, (413, 40005)),
    ],
    ids=["empty", "too long", "embeds too long", "title too long", "11 files", "file too large", "request too large"],
)
async def test_what_is_too_much_is_refused(
    bot: SampleBot, channel: Channel, message: dict[str, Any], expected: tuple[int, int]
) -> None:
    with pytest.raises(library.HTTPException) as caught:
        await place(bot, channel).send(**message)

    assert code(caught) == expected
    assert channel.messages == []


async def test_boosted_guilds_take_larger_files(discord: Playground, bot: SampleBot) -> None:
    rich = discord.add_guild("Rich club", tier=2).add_channel("general")
    await bot.get_partial_messageable(rich.id).send(file=file(11 * MIB))

    assert rich.messages[0].attachments[0].size == 11 * MIB


async def test_a_layout_cannot_be_mixed_with_content_nor_turned_back(bot: SampleBot, channel: Channel) -> None:
    sent = await place(bot, channel).send(view=layout(ui.TextDisplay("first")))
    with pytest.raises(library.HTTPException, match="cannot be used when using"):
        await sent.edit(content="plain")
    await sent.edit(view=layout(ui.TextDisplay("second")))

    assert channel.messages[0].is_v2
    assert channel.messages[0].text == "second"
    assert [c["id"] for c in channel.messages[0].components] == [1]


async def test_layouts_have_their_own_limits(discord: Playground, bot: SampleBot, channel: Channel) -> None:
    discord.limits.enabled = False
    route = library.http.Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id)

    async def send(*components: dict[str, Any]) -> tuple[int, int]:
        with pytest.raises(library.HTTPException) as caught:
            await bot.http.request(route, json={"flags": 1 << 15, "components": list(components)})
        return code(caught)

    text = {"type": 10, "content": "x" * 2001}
    gallery = {"type": 12, "items": [{"media": {"url": "attachment://missing.png"}}]}
    button = {"type": 2, "style": 1, "label": "x", "custom_id": "same"}
    assert await send(*[{"type": 10, "content": "x"}] * 41) == (400, 50035)
    assert await send(text, text) == (400, 50035)
    assert await send(gallery) == (400, 50035)
    assert await send({"type": 1, "components": [button, button]}) == (400, 50035)
    assert await send({"type": 1, "components": [{**button, "custom_id": "x" * 101}]}) == (400, 50035)
    assert await send({"type": 1, "components": [{**button, "custom_id": str(i)} for i in range(6)]}) == (400, 50035)
    assert await send(button) == (400, 50035)
    assert channel.messages == []


async def test_an_edit_that_is_refused_changes_nothing(bot: SampleBot, channel: Channel) -> None:
    sent = await place(bot, channel).send("text", file=file())
    with pytest.raises(library.HTTPException) as emptied:
        await sent.edit(content="", attachments=[])
    with pytest.raises(library.HTTPException) as too_long:
        await sent.edit(content="x" * 2001)

    assert (code(emptied), code(too_long)) == ((400, 50006), (400, 50035))
    assert channel.messages[0].text == "text"
    assert len(channel.messages[0].attachments) == 1
    assert channel.messages[0].edits == 0
