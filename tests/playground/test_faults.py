"""Each fault that can be switched on, as an unmodified discord.py meets it."""

import io
from collections.abc import Callable

import aiohttp
import discord as library
import pytest

from playground import Channel, Guild, Member, Playground, Upload
from playground.wire.fault_rules import FaultRule
from tests.playground.sample_bot import SampleBot

SEND = "POST /channels/{channel_id}/messages"


def place(bot: SampleBot, channel: Channel) -> library.PartialMessageable:
    return bot.get_partial_messageable(channel.id)


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
async def test_faults_of_interactions(discord: Playground, channel: Channel, ana: Member) -> None:
    discord.world.seconds_to_answer = 0.2
    discord.faults.unknown_interaction()
    first = await ana.command(channel, "hello")
    discord.faults.already_acknowledged()
    second = await ana.command(channel, "hello")
    discord.faults.token_expired()
    third = await ana.command(channel, "card")
    await discord.until(lambda: discord.requests[-1].status == 401, what="the refused follow-up")

    assert (first.error, second.error) == ("The application did not respond",) * 2
    assert third.deferred
    assert third.message is None


async def test_edits_of_old_messages_are_limited(discord: Playground, bot: SampleBot, channel: Channel) -> None:
    sent = await place(bot, channel).send("card")
    discord.advance(minutes=61)
    for number in range(3):
        await sent.edit(content=str(number))
    bot.http.max_ratelimit_timeout = 0.5
    with pytest.raises(library.RateLimited) as limited:
        await sent.edit(content="too many")
    refused = discord.requests[-1]
    discord.advance(seconds=6)
    await sent.edit(content="later")

    assert 5 < limited.value.retry_after <= 6
    assert isinstance(refused.response, dict)
    assert (refused.status, refused.response["code"]) == (429, 30046)
    assert channel.messages[0].text == "later"


async def test_each_channel_has_its_own_bucket_with_headers(
    discord: Playground, bot: SampleBot, guild: Guild, channel: Channel
) -> None:
    other = guild.add_channel("other")
    for number in range(4):
        await place(bot, channel).send(str(number))
    fourth = discord.requests[-1].reply_headers
    await place(bot, other).send("free")

    assert (fourth["X-RateLimit-Limit"], fourth["X-RateLimit-Remaining"]) == ("5", "1")
    assert 0 < float(fourth["X-RateLimit-Reset-After"]) <= 5
    assert discord.requests[-1].reply_headers["X-RateLimit-Remaining"] == "4"


async def test_more_than_the_bucket_holds_is_a_429_with_via(discord: Playground, channel: Channel) -> None:
    headers = {"Authorization": f"Bot {discord.token}"}
    url = f"{discord.api_url}/channels/{channel.id}/messages"
    async with aiohttp.ClientSession(headers=headers) as session:
        for _ in range(5):
            await session.post(url, json={"content": "x"})
        async with session.post(url, json={"content": "x"}) as refused:
            body = await refused.json()
        discord.advance(seconds=5)
        async with session.post(url, json={"content": "x"}) as later:
            pass

    assert (refused.status, refused.headers["Via"], refused.headers["X-RateLimit-Scope"]) == (
        429,
        "1.1 google",
        "user",
    )
    assert body["global"] is False
    assert 0 < body["retry_after"] <= 5
    assert later.status == 200


async def test_more_than_fifty_requests_a_second_hit_the_global_limit(discord: Playground) -> None:
    stopped = discord.clock.seconds()
    discord.clock.seconds = lambda: stopped  # type: ignore[method-assign] # fifty requests may take more than a second here
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {discord.token}"}) as session:
        statuses = []
        for number in range(51):
            url = f"{discord.api_url}/users/{number}" if number % 2 else f"{discord.api_url}/users/@me"
            async with session.get(url) as answer:
                statuses.append(answer.status)

    assert statuses[:50] == [200, 404] * 25
    assert (statuses[50], answer.headers["X-RateLimit-Global"]) == (429, "true")


async def test_the_cdn_can_refuse_drip_and_lie(discord: Playground, channel: Channel, ana: Member) -> None:
    url = (await ana.post(channel, files=[Upload("a.bin", b"x" * 3000)])).attachments[0].url
    async with aiohttp.ClientSession() as session:

        async def download() -> tuple[int, int]:
            async with session.get(url) as answer:
                return answer.status, len(await answer.read())

        discord.faults.dead_links(403, times=1)
        assert (await download())[0] == 403
        discord.faults.dead_links(times=1)
        assert (await download())[0] == 404
        discord.faults.oversize_cdn(1_000_000, times=1)
        assert await download() == (200, 1_003_000)
        discord.faults.slow_cdn(0.001, times=1)
        assert await download() == (200, 3000)
        assert await download() == (200, 3000)


async def test_clear_switches_everything_off(discord: Playground, bot: SampleBot, channel: Channel) -> None:
    discord.faults.server_error("*", status=503, times=100)
    discord.faults.clear()
    await place(bot, channel).send(file=library.File(io.BytesIO(b"x"), "x.txt"))

    assert len(channel.messages) == 1
