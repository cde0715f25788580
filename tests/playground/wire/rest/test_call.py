"""What the bot may not reach is refused by name."""

import discord as library
import pytest

from playground import CannotDo, Channel, Guild, Member, Permission, Playground
from tests.playground.sample_bot import SampleBot, code, file, place


async def test_permissions_of_the_channel_are_enforced(
    bot: SampleBot, guild: Guild, channel: Channel, ana: Member
) -> None:
    me = guild.members[bot.user.id if bot.user else 0]
    channel.allow(me, deny=Permission.SEND_MESSAGES)
    with pytest.raises(library.Forbidden) as no_sending:
        await place(bot, channel).send("x")
    channel.allow(me, deny=Permission.ATTACH_FILES)
    with pytest.raises(library.Forbidden) as no_files:
        await place(bot, channel).send(file=file())
    channel.allow(me, deny=Permission.VIEW_CHANNEL)
    with pytest.raises(library.Forbidden) as no_access:
        await place(bot, channel).send("x")
    channel.allow(guild.id, deny=Permission.SEND_MESSAGES | Permission.USE_APPLICATION_COMMANDS)

    assert [code(c) for c in (no_sending, no_files, no_access)] == [(403, 50013), (403, 50013), (403, 50001)]
    with pytest.raises(CannotDo, match="may not write"):
        await ana.post(channel, "x")
    with pytest.raises(CannotDo, match="may not use commands"):
        await ana.command(channel, "hello")


async def test_vanished_places_and_closed_doors_are_named(
    discord: Playground, bot: SampleBot, channel: Channel, ana: Member
) -> None:
    sent = await place(bot, channel).send("x")
    target = place(bot, channel)
    other = await ana.post(channel, "not yours")
    with pytest.raises(library.Forbidden) as not_mine:
        await target.get_partial_message(other.id).edit(content="x")
    discord.faults.delete_message(channel.messages[0])
    with pytest.raises(library.NotFound) as no_message:
        await sent.edit(content="y")
    discord.faults.delete_channel(channel)
    with pytest.raises(library.NotFound) as no_channel:
        await target.send("x")
    ana.user.takes_dms = False
    with pytest.raises(library.Forbidden) as closed:
        await (await bot.fetch_user(ana.id)).send("x")

    assert [code(c) for c in (not_mine, no_message, no_channel, closed)] == [
        (403, 50005),
        (404, 10008),
        (404, 10003),
        (403, 50007),
    ]
