"""Links to files work until they expire."""

import aiohttp
import discord as library
import pytest

from playground import Channel, Member, Playground, Upload
from tests.playground.sample_bot import SampleBot, place


async def test_links_die_and_fetching_again_gives_fresh_ones(
    discord: Playground, bot: SampleBot, channel: Channel, ana: Member
) -> None:
    message = await ana.post(channel, "@Atelier", files=[Upload("a.txt", b"hello")], mention_bot=True)
    seen = await place(bot, channel).fetch_message(message.id)
    assert await seen.attachments[0].read() == b"hello"
    discord.advance(hours=25)
    with pytest.raises(library.NotFound):
        await seen.attachments[0].read()
    fresh = await place(bot, channel).fetch_message(message.id)

    assert await fresh.attachments[0].read() == b"hello"


@pytest.mark.usefixtures("discord")
async def test_links_cannot_be_forged(channel: Channel, ana: Member) -> None:
    message = await ana.post(channel, files=[Upload("a.txt", b"hello")])
    url = message.attachments[0].url
    async with aiohttp.ClientSession() as session:
        good = await session.get(url)
        forged = await session.get(url.replace("ex=", "ex=f"))
        bare = await session.get(url.partition("?")[0])

    assert (good.status, forged.status, bare.status) == (200, 404, 404)


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
