"""The REST routes of command definitions."""

import discord as library
import pytest

from playground import Guild, Member, Playground
from tests.playground.asking_bot import AskingBot


async def test_command_lists_of_one_guild_are_its_own(
    discord: Playground, asking: AskingBot, guild: Guild, ana: Member
) -> None:
    other = discord.add_guild("Other club")
    stranger = other.add_member("Zoe")
    place = other.add_channel("general")
    here = library.Object(guild.id)

    @asking.tree.command(description="Only here", guild=here)
    async def local(interaction: library.Interaction) -> None:
        await interaction.response.send_message("local")

    [synced] = await asking.tree.sync(guild=here)
    fetched = await asking.tree.fetch_command(synced.id, guild=here)

    assert fetched.name == "local"
    assert (await ana.command(guild.channels[0], "local")).text == "local"
    with pytest.raises(Exception, match="no command /local"):
        await stranger.command(place, "local")
    await fetched.delete()
    assert await asking.tree.fetch_commands(guild=here) == []
