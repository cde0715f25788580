"""Members run commands through an unmodified discord.py."""

import discord as library
import pytest
from discord import app_commands

from playground import CannotDo, Channel, Guild, Member, Playground, Upload
from tests.playground.asking_bot import AskingBot
from tests.playground.sample_bot import SampleBot, code, picture, running


async def test_a_deferred_command_with_files_is_answered(discord: Playground, channel: Channel, ana: Member) -> None:
    data = picture()
    async with running(discord):
        reply = await ana.command(channel, "pictures add", where="Robo", one=Upload("a b.png", data), count=2)

        assert reply.deferred
        assert reply.acknowledged is not None
        final = await reply.final()

    assert final.text == f"Robo x2: [{len(data)}] 8x6"
    assert channel.messages == [final]
    assert final.edits == 0
    assert not final.is_loading


async def test_autocomplete_offers_what_the_bot_answers(discord: Playground, channel: Channel, ana: Member) -> None:
    async with running(discord):
        choices = await ana.autocomplete(channel, "pictures add", "where", "ro")

    assert [(c.name, c.value) for c in choices] == [("Robo", "robo"), ("Rose", "rose")]


async def test_the_client_refuses_what_discord_would_not_send(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord):
        with pytest.raises(CannotDo, match="one is required"):
            await ana.command(channel, "pictures add", where="Robo")
        with pytest.raises(CannotDo, match="value 9 is above 4"):
            await ana.command(channel, "pictures add", where="Robo", one=Upload("a.png", b"x"), count=9)
        with pytest.raises(CannotDo, match="length 1 is below 2"):
            await ana.command(channel, "pictures add", where="R", one=Upload("a.png", b"x"))
        with pytest.raises(CannotDo, match="no command /pictures drop"):
            await ana.command(channel, "pictures drop")


async def test_message_and_user_actions_reach_the_bot_whole(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord):
        message = await ana.post(channel, "look", files=[Upload("a.png", picture())])
        reply = await ana.message_action("Add to pictures", message)
        who = await ana.user_action("Who", ana, channel)

    assert reply.text == "'look' 1"
    assert who.text.startswith("Ana ")


async def test_commands_follow_rights_and_places(
    discord: Playground, guild: Guild, channel: Channel, ana: Member
) -> None:
    client = SampleBot()

    @client.tree.command(description="Staff only")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def staff(interaction: library.Interaction) -> None:
        await interaction.response.send_message("ok")

    boss = guild.add_member("Boss", permissions=1 << 5)
    async with running(discord, client):
        with pytest.raises(CannotDo, match="does not see /staff"):
            await ana.command(channel, "staff")
        with pytest.raises(CannotDo, match="cannot be used in direct messages"):
            await boss.command(boss.dm, "staff")
        assert (await boss.command(channel, "staff")).text == "ok"


async def test_a_guild_that_the_bot_has_left_shows_no_commands(
    discord: Playground, bot: SampleBot, guild: Guild, channel: Channel, ana: Member
) -> None:
    discord.faults.kick_bot(guild)
    with pytest.raises(CannotDo, match="no command /hello"):
        await ana.command(channel, "hello")
    with pytest.raises(library.Forbidden) as caught:
        await bot.get_partial_messageable(channel.id).send("x")

    assert code(caught) == (403, 50001)
    assert discord.invalid_requests == 1


async def test_people_places_and_roles_are_chosen(
    guild: Guild, asking: AskingBot, channel: Channel, ana: Member
) -> None:
    host = guild.add_role("Host")
    await ana.command(channel, "ask", who=ana, where=channel, role=host, sure=True)

    assert asking.got == ["ana general Host True"]
    assert (await ana.command(channel, "choose", preset="Best")).text == "b"
