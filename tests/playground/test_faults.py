"""Each fault that can be switched on, as an unmodified discord.py meets it."""

import asyncio
import io
from collections.abc import Callable

import aiohttp
import discord as library
import pytest

from playground import Channel, Member, Playground
from playground.wire.fault_rules import FaultRule
from tests.playground.sample_bot import SampleBot, place

SEND = "POST /channels/{channel_id}/messages"


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        (lambda d: d.faults.too_large(), (413, 40005)),
        (lambda d: d.faults.missing_permissions(), (403, 50013)),
        (lambda d: d.faults.missing_access(), (403, 50001)),
        (lambda d: d.faults.unknown_channel(), (404, 10003)),
        (lambda d: d.faults.unknown_message(SEND), (404, 10008)),
        (lambda d: d.faults.closed_to_messages(), (403, 50007)),
        (lambda d: d.faults.rate_limited(SEND, via=False), (429, 0)),
        (lambda d: d.faults.server_error(SEND, status=503), (503, 0)),
    ],
)
async def test_a_refusal_hits_once_and_is_gone(
    discord: Playground,
    bot: SampleBot,
    channel: Channel,
    switch: Callable[[Playground], FaultRule],
    expected: tuple[int, int],
) -> None:
    switch(discord)
    with pytest.raises(library.HTTPException) as caught:
        await place(bot, channel).send("x")
    await place(bot, channel).send("y")

    assert (caught.value.status, caught.value.code) == expected
    assert [m.text for m in channel.messages] == ["y"]


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
async def test_a_429_with_via_is_waited_out(
    discord: Playground, bot: SampleBot, channel: Channel, scope: str
) -> None:
    discord.faults.rate_limited(SEND, retry_after=0.01, scope=scope)
    await place(bot, channel).send("x")

    assert [r.status for r in discord.requests if r.route == "/channels/{channel_id}/messages"] == [429, 200]
    assert len(channel.messages) == 1


async def test_an_answer_lost_after_the_work_is_done_doubles_nothing(
    discord: Playground, bot: SampleBot, channel: Channel
) -> None:
    discord.faults.server_error(SEND, status=503, after=True)
    with pytest.raises(library.DiscordServerError):
        await place(bot, channel).send("x", nonce="n")
    again = await place(bot, channel).send("x", nonce="n")

    assert [m.id for m in channel.messages] == [again.id]


@pytest.mark.parametrize("after", [False, True])
async def test_a_reset_connection_is_the_callers_problem(
    discord: Playground, bot: SampleBot, channel: Channel, *, after: bool
) -> None:
    discord.faults.reset(SEND, after=after)
    with pytest.raises((aiohttp.ClientError, OSError)):
        await place(bot, channel).send("x")

    assert len(channel.messages) == int(after)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("switch", "status"),
    [(lambda d: d.faults.unknown_interaction(), 404), (lambda d: d.faults.already_acknowledged(), 400)],
)
async def test_a_refused_first_answer_leaves_the_member_without_one(
    discord: Playground, channel: Channel, ana: Member, switch: Callable[[Playground], FaultRule], status: int
) -> None:
    switch(discord)
    asked = asyncio.ensure_future(ana.command(channel, "hello"))
    await discord.until(lambda: discord.requests[-1].status == status, what="the refused answer")
    discord.advance(seconds=discord.world.seconds_to_answer)

    assert (await asked).error == "The application did not respond"


@pytest.mark.usefixtures("bot")
async def test_a_refused_follow_up_leaves_the_deferral(discord: Playground, channel: Channel, ana: Member) -> None:
    discord.faults.token_expired()
    reply = await ana.command(channel, "card")
    await discord.until(lambda: discord.requests[-1].status == 401, what="the refused follow-up")

    assert reply.deferred
    assert reply.message is None


async def test_clear_switches_everything_off(discord: Playground, bot: SampleBot, channel: Channel) -> None:
    discord.faults.server_error("*", status=503, times=100)
    discord.faults.clear()
    await place(bot, channel).send(file=library.File(io.BytesIO(b"x"), "x.txt"))

    assert len(channel.messages) == 1
