"""Follow-ups and edits of answers, until the token expires."""

import discord as library

from playground import Channel, Member, Playground
from tests.playground.obedient_bot import ObedientBot, refusal


async def test_the_follow_up_right_after_a_deferral_becomes_the_deferred_message(
    obedient: ObedientBot, channel: Channel, ana: Member
) -> None:
    async def act(interaction: library.Interaction) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)
        await interaction.followup.send("first")
        await interaction.followup.send("second")

    obedient.act = act
    reply = await ana.command(channel, "silent")
    second = await reply.followup()

    assert reply.message
    assert (reply.message.text, second.text) == ("first", "second")
    assert reply.message.ephemeral_for is ana.user
    assert second.ephemeral_for is None
    assert second.reference is reply.message


async def test_a_token_is_dead_after_fifteen_minutes(
    discord: Playground, obedient: ObedientBot, channel: Channel, ana: Member
) -> None:
    kept: list[library.Interaction] = []

    async def act(interaction: library.Interaction) -> None:
        await interaction.response.send_message("here")
        kept.append(interaction)

    obedient.act = act
    await ana.command(channel, "silent")
    await obedient.acted.get()
    discord.advance(minutes=14)
    await kept[0].followup.send("still")
    discord.advance(minutes=2)

    assert await refusal(kept[0].followup.send("too late")) == (401, 50027)
    assert await refusal(kept[0].edit_original_response(content="x")) == (401, 50027)
    assert [m.text for m in channel.messages] == ["here", "still"]


async def test_the_answer_can_be_fetched_edited_and_deleted(
    obedient: ObedientBot, channel: Channel, ana: Member
) -> None:
    seen: list[object] = []

    async def act(interaction: library.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content="one")
        seen.append((await interaction.original_response()).content)
        extra = await interaction.followup.send("two", wait=True)
        await extra.edit(content="three")
        await interaction.delete_original_response()
        seen.append(await refusal(interaction.edit_original_response(content="x")))

    obedient.act = act
    reply = await ana.command(channel, "silent")
    await obedient.acted.get()

    assert reply.message is None
    assert [m.text for m in channel.messages] == ["three"]
    assert seen == ["one", (404, 10008)]
