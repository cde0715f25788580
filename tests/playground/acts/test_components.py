"""Members press, choose and send forms."""

from typing import Any

import discord as library
import pytest

from playground import CannotDo, Channel, Member, Playground, Upload
from tests.playground.obedient_bot import ObedientBot, OldView, raw_answer
from tests.playground.sample_bot import running


async def test_buttons_and_menus_are_found_as_members_find_them(
    obedient: ObedientBot, channel: Channel, ana: Member
) -> None:
    await obedient.get_partial_messageable(channel.id).send("card", view=OldView(timeout=None))
    card = channel.messages[0]
    got: list[Any] = []

    async def act(interaction: library.Interaction) -> None:
        got.append(interaction.data)
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"{len(got)}")

    obedient.act = act
    for _ in range(2):
        pressed = await ana.press(card, "Go")
        assert await pressed.final() is card
    chosen = await ana.choose(card, ["Red", "blue"])
    await chosen.final()

    assert [d["custom_id"] for d in got] == ["go", "go", "many"]
    assert got[2]["values"] == ["red", "blue"]
    with pytest.raises(CannotDo, match="disabled"):
        await ana.press(card, "Stop")
    with pytest.raises(CannotDo, match="0 buttons match 'Nope'; there are: '🚀 Go', 'Stop'"):
        await ana.press(card, "Nope")
    with pytest.raises(CannotDo, match="'Pink' is not offered"):
        await ana.choose(card, ["Pink"])
    with pytest.raises(CannotDo, match="choose 1 to 2"):
        await ana.choose(card, ["Red", "Green", "Blue"])


async def test_a_modal_from_a_button_can_update_its_message(
    obedient: ObedientBot, channel: Channel, ana: Member
) -> None:
    await obedient.get_partial_messageable(channel.id).send("card", view=OldView(timeout=None))
    card = channel.messages[0]

    async def act(interaction: library.Interaction) -> None:
        if interaction.type is library.InteractionType.component:
            label = {
                "type": 18,
                "label": "Why",
                "component": {"type": 4, "style": 1, "custom_id": "why", "min_length": 2},
            }
            await raw_answer(interaction, 9, custom_id="ask", title="Ask", components=[label])
        else:
            assert interaction.data
            await raw_answer(interaction, 7, content=str(interaction.data["components"][0]["component"]["value"]))  # type: ignore[typeddict-item] # discord.py types this for commands only

    obedient.act = act
    opened = await ana.press(card, "Go")
    with pytest.raises(CannotDo, match="2 to 4000 characters, not 1"):
        await ana.submit(opened.modal, {"Why": "x"})
    await ana.submit(opened.modal, {"why": "because"})

    assert card.text.startswith("because")
    assert card.buttons[0].label == "Go"


async def test_a_modal_with_files_is_filled_and_answered_for_its_member_only(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord):
        opened = await ana.command(channel, "upload")
        assert opened.modal
        assert [f.label for f in opened.modal.fields] == ["Name", "Kind", "Pictures"]
        with pytest.raises(CannotDo, match="Pictures: this field is required"):
            await ana.submit(opened.modal, {"Name": "x", "Kind": "Style"})
        files = [Upload("1.png", b"1"), Upload("2.png", b"22")]
        reply = await ana.submit(opened.modal, {"Name": "x", "Kind": "Style", "Pictures": files})
        final = await reply.final()

    assert reply.ephemeral
    assert final.text == "x/['Style']: [1, 2]"
    assert ana.inbox == [final]
    assert channel.messages == []
    assert channel.seen_by(ana) == [final]


async def test_a_button_works_before_and_after_a_restart(discord: Playground, channel: Channel, ana: Member) -> None:
    async with running(discord):
        message = await (await ana.command(channel, "counter")).final()
        pressed = await ana.press(message, "Pressed 0")
        assert pressed.message is message
        assert message.text == "1 presses\n🔢 Pressed 1"
    async with running(discord):
        await ana.press(message, custom_id="count:1")

    assert message.text == "2 presses\n🔢 Pressed 2"
    assert message.edits == 2
    assert [r.content for r in message.history] == ["0 presses", "1 presses", "2 presses"]
