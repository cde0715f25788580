"""An interaction has one first answer, in time and of a fitting kind."""

import discord as library
import pytest

from playground import Channel, Member, Playground
from tests.playground.obedient_bot import ObedientBot, raw_answer, refusal


async def test_a_second_first_answer_is_refused(obedient: ObedientBot, channel: Channel, ana: Member) -> None:
    refused = []

    async def act(interaction: library.Interaction) -> None:
        await raw_answer(interaction, 4, content="first")
        refused.append(await refusal(raw_answer(interaction, 4, content="second")))
        await interaction.followup.send("done")

    obedient.act = act
    reply = await ana.command(channel, "silent")
    await reply.followup()

    assert reply.text == "first\ndone"
    assert refused == [(400, 40060)]


async def test_an_answer_that_comes_too_late_is_unknown(
    discord: Playground, obedient: ObedientBot, channel: Channel, ana: Member
) -> None:
    refused = []

    async def act(interaction: library.Interaction) -> None:
        discord.advance(seconds=discord.world.seconds_to_answer)
        refused.append(await refusal(raw_answer(interaction, 4, content="late")))

    obedient.act = act
    reply = await ana.command(channel, "silent")
    await obedient.acted.get()

    assert reply.error == "The application did not respond"
    assert refused == [(404, 10062)]
    assert channel.messages == []
    assert discord.requests[-1].response == {"message": "Unknown interaction", "code": 10062}


@pytest.mark.parametrize("kind", [6, 7, 8, 1, 99])
async def test_a_command_cannot_be_answered_like_a_button(
    obedient: ObedientBot, channel: Channel, ana: Member, kind: int
) -> None:
    refused = []

    async def act(interaction: library.Interaction) -> None:
        refused.append(await refusal(raw_answer(interaction, kind, content="x")))
        await raw_answer(interaction, 4, content="in the end")

    obedient.act = act

    assert (await ana.command(channel, "silent")).text == "in the end"
    assert refused == [(400, 50035)]
