"""Who is notified by a message."""

import discord as library

from playground import Channel, Guild, Member, Permission, Playground
from playground.world.permissions import EVERYONE
from tests.playground.sample_bot import SampleBot, place


async def test_only_allowed_mentions_ping(bot: SampleBot, guild: Guild, channel: Channel, ana: Member) -> None:
    ben = guild.add_member("Ben")
    text = f"{ana.user.mention} {ben.user.mention} @everyone"
    await place(bot, channel).send(text)
    await place(bot, channel).send(text, allowed_mentions=library.AllowedMentions(users=[library.Object(ana.id)]))
    all_of_it = library.AllowedMentions.all()
    await place(bot, channel).send(text, allowed_mentions=all_of_it)

    assert [m.pings for m in channel.messages] == [[], [ana.id], [ana.id, ben.id]]
    assert [m.mentions.everyone for m in channel.messages] == [False, False, False]


async def test_everyone_is_pinged_only_with_the_right_to_do_so(discord: Playground, bot: SampleBot) -> None:

    loud = discord.add_guild("Loud club", bot_permissions=int(EVERYONE | Permission.MENTION_EVERYONE))
    channel, member = loud.add_channel("general"), loud.add_member("Cleo")
    await bot.get_partial_messageable(channel.id).send("@everyone", allowed_mentions=library.AllowedMentions.all())

    assert channel.messages[0].mentions.everyone
    assert member.id in channel.messages[0].pings
