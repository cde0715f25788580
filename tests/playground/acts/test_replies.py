"""What a member sees after acting."""

import asyncio

import discord as library
import pytest

from playground import Channel, Guild, Member, Playground, Reply
from playground.world.channels import Message
from playground.world.interactions import AnswerKind, Interaction
from playground.world.triggers import InteractionKind, Trigger
from tests.playground.obedient_bot import ObedientBot
from tests.playground.sample_bot import running


async def test_a_command_that_is_not_answered_in_time_fails(
    discord: Playground, obedient: ObedientBot, channel: Channel, ana: Member
) -> None:
    async def act(interaction: library.Interaction) -> None:
        del interaction

    obedient.act = act
    asked = asyncio.ensure_future(ana.command(channel, "silent"))
    acted = await obedient.acted.get()
    discord.advance(seconds=discord.world.seconds_to_answer)
    reply = await asked

    assert reply.error == "The application did not respond"
    assert reply.acknowledged is None
    assert acted == reply.interaction.id


async def test_ephemeral_answers_are_seen_by_one_member(
    discord: Playground, guild: Guild, channel: Channel, ana: Member
) -> None:
    ben = guild.add_member("Ben")
    async with running(discord):
        reply = await ana.command(channel, "hello", text="psst", secret=True)

    assert reply.ephemeral
    assert [m.text for m in channel.seen_by(ana)] == ["psst"]
    assert channel.seen_by(ben) == []


def replied(channel: Channel, member: Member, kind: InteractionKind) -> Reply:
    trigger = Trigger(channel.world.ids.next(), kind, member.user, {})
    return Reply(Interaction(trigger, channel, member))


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (InteractionKind.COMMAND, "The application did not respond"),
        (InteractionKind.COMPONENT, "This interaction failed"),
        (InteractionKind.MODAL, "Something went wrong. Try again."),
    ],
)
def test_the_error_depends_on_what_the_member_did(
    channel: Channel, ana: Member, kind: InteractionKind, error: str
) -> None:
    reply = replied(channel, ana, kind)
    before = reply.error
    reply.interaction.expire()

    assert (before, reply.error, reply.text) == (None, error, error)


def test_the_message_is_there_once_it_is_no_longer_loading(channel: Channel, ana: Member) -> None:
    reply = replied(channel, ana, InteractionKind.COMMAND)
    answer = Message(id=1, channel=channel, author=channel.world.bot, flags=1 << 7)
    reply.interaction.answer, reply.interaction.original = AnswerKind.DEFERRED_MESSAGE, answer
    loading = reply.message
    answer.flags, answer.content = 0, "done"

    assert reply.deferred
    assert loading is None
    assert (reply.message, reply.text) == (answer, "done")
