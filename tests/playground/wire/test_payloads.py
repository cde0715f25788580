"""Guilds, channels, users and the application as the bot fetches them."""

import discord as library
import pytest

from playground import Channel, Guild, Member
from tests.playground.asking_bot import AskingBot


async def test_guilds_and_their_parts_can_be_fetched(
    asking: AskingBot, guild: Guild, channel: Channel, ana: Member
) -> None:
    guild.add_role("Host")
    channel.topic = "Art"
    fetched = await asking.fetch_guild(guild.id)
    member = await fetched.fetch_member(ana.id)
    roles = await fetched.fetch_roles()
    channels = await fetched.fetch_channels()
    place = await asking.fetch_channel(channel.id)
    user = await asking.fetch_user(ana.id)
    application = await asking.application_info()

    assert (fetched.name, member.name, user.global_name) == ("Art club", "ana", "Ana")
    assert [r.name for r in roles] == ["@everyone", "Atelier's role", "Host"]
    assert [c.name for c in channels] == ["general"]
    assert isinstance(place, library.TextChannel)
    assert place.topic == "Art"
    assert application.name == "Atelier"
    for missing in (asking.fetch_guild(1), asking.fetch_user(1), asking.fetch_channel(1), fetched.fetch_member(1)):
        with pytest.raises(library.NotFound):
            await missing
