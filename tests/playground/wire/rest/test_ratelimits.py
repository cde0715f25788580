"""Rate limits as an unmodified discord.py and a raw client meet them."""

import aiohttp
import discord as library
import pytest

from playground import Channel, Guild, Playground
from tests.playground.sample_bot import SampleBot, place


@pytest.fixture(autouse=True)
def _frozen_clock(discord: Playground) -> None:
    discord.clock.freeze()


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

    assert limited.value.retry_after == 6
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
    await bot.get_partial_messageable(other.id).send("free")

    assert (fourth["X-RateLimit-Limit"], fourth["X-RateLimit-Remaining"]) == ("5", "1")
    assert float(fourth["X-RateLimit-Reset-After"]) == 5
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
    assert body["retry_after"] == 5
    assert later.status == 200


async def test_more_than_fifty_requests_a_second_hit_the_global_limit(discord: Playground) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {discord.token}"}) as session:
        statuses = []
        for number in range(51):
            url = f"{discord.api_url}/users/{number}" if number % 2 else f"{discord.api_url}/users/@me"
            async with session.get(url) as answer:
                statuses.append(answer.status)

    assert statuses[:50] == [200, 404] * 25
    assert (statuses[50], answer.headers["X-RateLimit-Global"]) == (429, "true")
