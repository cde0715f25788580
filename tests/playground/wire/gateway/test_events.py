"""Events show what happened, as far as intents and permissions allow."""

import asyncio

from playground import Channel, Guild, Permission, Playground
from tests.playground.raw_client import connected, identify
from tests.playground.sample_bot import running


async def test_a_bot_that_loses_its_guild_is_notified(discord: Playground, channel: Channel) -> None:
    async with running(discord) as bot:
        assert channel.guild
        removed = asyncio.ensure_future(bot.wait_for("guild_remove"))
        await asyncio.sleep(0)
        discord.faults.kick_bot(channel.guild)

        assert (await removed).id == channel.guild.id


async def test_intents_decide_which_events_come(discord: Playground, guild: Guild, channel: Channel) -> None:
    async with connected(discord) as only_guilds, connected(discord) as messages:
        for client, intents in ((only_guilds, 1), (messages, 1 | 1 << 9)):
            await client.receive()
            await client.send(2, identify(discord, intents=intents))
            await client.receive()
            await client.receive()
        ana = guild.add_member("Ana")  # needs an intent that neither has
        await ana.post(channel, "hello")
        guild.add_channel("later")
        first, second = await only_guilds.receive(), await messages.receive()

    assert (first["t"], second["t"], second["d"]["content"]) == ("CHANNEL_CREATE", "MESSAGE_CREATE", "")


async def test_what_only_one_member_sees_or_the_bot_must_not_see_is_no_event(
    discord: Playground, guild: Guild, channel: Channel
) -> None:
    hidden = guild.add_channel("hidden")
    hidden.allow(guild.id, deny=Permission.VIEW_CHANNEL)
    ana = guild.add_member("Ana", permissions=Permission.ADMINISTRATOR)
    async with connected(discord) as client:
        await client.receive()
        await client.send(2, identify(discord, intents=1 | 1 << 9))
        await client.receive()
        await client.receive()
        await ana.post(hidden, "secret")
        await ana.post(channel, "open")
        event = await client.receive()

    assert (event["t"], event["d"]["channel_id"]) == ("MESSAGE_CREATE", str(channel.id))
