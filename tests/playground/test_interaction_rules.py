"""Rules of interactions: one first answer, in time, of a fitting type; tokens that die; what follow-ups become."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import discord as library
import pytest
from discord import app_commands, ui

from playground import CannotDo, Channel, Guild, Member, Playground, Unseen
from tests.playground.sample_bot import SampleBot, running

Act = Callable[[library.Interaction], Awaitable[object]]


class ObedientBot(SampleBot):
    """Does with each interaction whatever the test has put into `act`."""

    act: Act

    def __init__(self) -> None:
        super().__init__()
        self.acted: asyncio.Queue[int] = asyncio.Queue()

    async def on_interaction(self, interaction: library.Interaction) -> None:
        await super().on_interaction(interaction)
        if interaction.type is not library.InteractionType.autocomplete:
            await self.act(interaction)
            self.acted.put_nowait(interaction.id)


@pytest.fixture
async def bot(discord: Playground, channel: Channel) -> AsyncIterator[ObedientBot]:
    del channel  # there is one before the bot comes
    async with running(discord, ObedientBot()) as client:
        assert isinstance(client, ObedientBot)
        yield client


async def refusal(action: Awaitable[object]) -> tuple[int, int]:
    with pytest.raises(library.HTTPException) as caught:
        await action
    return caught.value.status, caught.value.code


async def raw_answer(interaction: library.Interaction, kind: int, **data: object) -> object:
    """Send a first answer past the library's own checks."""
    route = library.http.Route(
        "POST",
        "/interactions/{webhook_id}/{webhook_token}/callback",
        webhook_id=interaction.id,
        webhook_token=interaction.token,
    )
    return await interaction.client.http.request(
        route, json={"type": kind, "data": data}, params={"with_response": "1"}
    )


async def test_a_second_first_answer_is_refused(bot: ObedientBot, channel: Channel, ana: Member) -> None:
    refused = []

    async def act(interaction: library.Interaction) -> None:
        await raw_answer(interaction, 4, content="first")
        refused.append(await refusal(raw_answer(interaction, 4, content="second")))
        await interaction.followup.send("done")

    bot.act = act
    reply = await ana.command(channel, "silent")
    await reply.followup(timeout=5)

    assert reply.text == "first\ndone"
    assert refused == [(400, 40060)]


async def test_an_answer_after_three_seconds_is_unknown(
    discord: Playground, bot: ObedientBot, channel: Channel, ana: Member
) -> None:
    refused = []

    async def act(interaction: library.Interaction) -> None:
        discord.advance(seconds=3)
        refused.append(await refusal(raw_answer(interaction, 4, content="late")))

    bot.act = act
    reply = await ana.command(channel, "silent")
    await asyncio.wait_for(bot.acted.get(), 5)

    assert reply.error == "The application did not respond"
    assert refused == [(404, 10062)]
    assert channel.messages == []
    assert discord.requests[-1].response == {"message": "Unknown interaction", "code": 10062}


@pytest.mark.parametrize("kind", [6, 7, 8, 1, 99])
async def test_a_command_cannot_be_answered_like_a_button(
    bot: ObedientBot, channel: Channel, ana: Member, kind: int
) -> None:
    refused = []

    async def act(interaction: library.Interaction) -> None:
        refused.append(await refusal(raw_answer(interaction, kind, content="x")))
        await raw_answer(interaction, 4, content="in the end")

    bot.act = act

    assert (await ana.command(channel, "silent")).text == "in the end"
    assert refused == [(400, 50035)]


async def test_the_follow_up_right_after_a_deferral_becomes_the_deferred_message(
    bot: ObedientBot, channel: Channel, ana: Member
) -> None:
    async def act(interaction: library.Interaction) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)
        await interaction.followup.send("first")
        await interaction.followup.send("second")

    bot.act = act
    reply = await ana.command(channel, "silent")
    second = await reply.followup(timeout=5)

    assert reply.message
    assert (reply.message.text, second.text) == ("first", "second")
    assert reply.message.ephemeral_for is ana.user
    assert second.ephemeral_for is None
    assert second.reference is reply.message


async def test_a_token_is_dead_after_fifteen_minutes(
    discord: Playground, bot: ObedientBot, channel: Channel, ana: Member
) -> None:
    kept: list[library.Interaction] = []

    async def act(interaction: library.Interaction) -> None:
        await interaction.response.send_message("here")
        kept.append(interaction)

    bot.act = act
    await ana.command(channel, "silent")
    await asyncio.wait_for(bot.acted.get(), 5)
    discord.advance(minutes=14)
    await kept[0].followup.send("still")
    discord.advance(minutes=2)

    assert await refusal(kept[0].followup.send("too late")) == (401, 50027)
    assert await refusal(kept[0].edit_original_response(content="x")) == (401, 50027)
    assert [m.text for m in channel.messages] == ["here", "still"]


async def test_the_answer_can_be_fetched_edited_and_deleted(bot: ObedientBot, channel: Channel, ana: Member) -> None:
    seen: list[object] = []

    async def act(interaction: library.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content="one")
        seen.append((await interaction.original_response()).content)
        extra = await interaction.followup.send("two", wait=True)
        await extra.edit(content="three")
        await interaction.delete_original_response()
        seen.append(await refusal(interaction.edit_original_response(content="x")))

    bot.act = act
    reply = await ana.command(channel, "silent")
    await asyncio.wait_for(bot.acted.get(), 5)

    assert reply.message is None
    assert [m.text for m in channel.messages] == ["three"]
    assert seen == ["one", (404, 10008)]


class Old(ui.View):
    @ui.button(label="Go", emoji="🚀", custom_id="go")
    async def go(self, interaction: library.Interaction, button: ui.Button[Any]) -> None:
        """Is answered by the bot's act."""

    @ui.button(label="Stop", custom_id="stop", disabled=True)
    async def no(self, interaction: library.Interaction, button: ui.Button[Any]) -> None:
        """Cannot be pressed."""

    @ui.select(
        custom_id="many",
        placeholder="Pick",
        max_values=2,
        options=[library.SelectOption(label=n, value=n.lower()) for n in ("Red", "Green", "Blue")],
    )
    async def many(self, interaction: library.Interaction, select: ui.Select[Any]) -> None:
        """Is answered by the bot's act."""


async def test_buttons_and_menus_are_found_as_members_find_them(
    bot: ObedientBot, channel: Channel, ana: Member
) -> None:
    await bot.get_partial_messageable(channel.id).send("card", view=Old(timeout=None))
    card = channel.messages[0]
    got: list[Any] = []

    async def act(interaction: library.Interaction) -> None:
        got.append(interaction.data)
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"{len(got)}")

    bot.act = act
    for _ in range(2):
        pressed = await ana.press(card, "Go")
        assert await pressed.final(timeout=5) is card
    chosen = await ana.choose(card, ["Red", "blue"])
    await chosen.final(timeout=5)

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


async def test_a_modal_from_a_button_can_update_its_message(bot: ObedientBot, channel: Channel, ana: Member) -> None:
    await bot.get_partial_messageable(channel.id).send("card", view=Old(timeout=None))
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

    bot.act = act
    opened = await ana.press(card, "Go")
    with pytest.raises(CannotDo, match="2 to 4000 characters, not 1"):
        await ana.submit(opened.modal, {"Why": "x"})
    await ana.submit(opened.modal, {"why": "because"})

    assert card.text.startswith("because")
    assert card.buttons[0].label == "Go"


@pytest.mark.parametrize(
    "change",
    [
        {"title": "x" * 46},
        {"title": ""},
        {"custom_id": "x" * 101},
        {"components": []},
        {"components": [{"type": 10, "content": "x"}] * 6},
        {"components": [{"type": 18, "label": "x" * 46, "component": {"type": 4, "style": 1, "custom_id": "a"}}]},
        {"components": [{"type": 18, "label": "x", "component": {"type": 19, "custom_id": "a", "max_values": 11}}]},
        {"components": [{"type": 19, "custom_id": "a"}]},
        {"components": [{"type": 18, "label": "x", "component": {"type": 4, "style": 1, "custom_id": "a"}}] * 2},
    ],
)
async def test_a_modal_beyond_the_limits_is_refused(
    bot: ObedientBot, channel: Channel, ana: Member, change: dict[str, Any]
) -> None:
    label = {"type": 18, "label": "x", "component": {"type": 19, "custom_id": "a", "max_values": 10}}
    good: dict[str, Any] = {"title": "Fine", "custom_id": "x", "components": [label]}
    refused = []

    async def act(interaction: library.Interaction) -> None:
        refused.append(await refusal(raw_answer(interaction, 9, **{**good, **change})))
        await raw_answer(interaction, 9, **good)

    bot.act = act
    reply = await ana.command(channel, "silent")

    assert refused == [(400, 50035)]
    assert reply.modal
    assert reply.modal.title == "Fine"


async def test_what_never_happens_is_said_with_what_is_there(channel: Channel, ana: Member) -> None:
    await ana.post(channel, "something else")
    with pytest.raises(
        Unseen, match=r"not seen within 0.01 s: a matching message in #general; it shows: Ana: 'something else'"
    ):
        await channel.wait_for(lambda m: m.text == "never", timeout=0.01)


@pytest.mark.parametrize(
    "definition",
    [
        {"name": "Upper", "description": "x"},
        {"name": "x" * 33, "description": "x"},
        {"name": "fine", "description": ""},
        {"name": "fine", "description": "x" * 101},
        {
            "name": "fine",
            "description": "x",
            "options": [{"type": 3, "name": f"o{i}", "description": "x"} for i in range(26)],
        },
        {"name": "fine", "description": "x", "options": [{"type": 3, "name": "same", "description": "x"}] * 2},
        {
            "name": "fine",
            "description": "x",
            "options": [
                {"type": 3, "name": "a", "description": "x"},
                {"type": 3, "name": "b", "description": "x", "required": True},
            ],
        },
        {
            "name": "fine",
            "description": "x",
            "options": [
                {
                    "type": 3,
                    "name": "a",
                    "description": "x",
                    "autocomplete": True,
                    "choices": [{"name": "a", "value": "a"}],
                }
            ],
        },
    ],
)
async def test_a_command_beyond_the_limits_is_refused(bot: ObedientBot, definition: dict[str, Any]) -> None:
    assert bot.application_id
    before = len(bot.tree.get_commands())

    assert await refusal(bot.http.bulk_upsert_global_commands(bot.application_id, [{"type": 1, **definition}])) == (
        400,
        50035,
    )
    assert before


async def test_commands_follow_rights_and_places(
    discord: Playground, guild: Guild, channel: Channel, ana: Member
) -> None:
    client = SampleBot()

    @client.tree.command(description="Staff only")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def staff(interaction: library.Interaction) -> None:
        await interaction.response.send_message("ok")

    boss = guild.add_member("Boss", permissions=1 << 5)
    async with running(discord, client):
        with pytest.raises(CannotDo, match="does not see /staff"):
            await ana.command(channel, "staff")
        with pytest.raises(CannotDo, match="cannot be used in direct messages"):
            await boss.command(boss.dm, "staff")
        assert (await boss.command(channel, "staff")).text == "ok"
