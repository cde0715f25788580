"""Guilds, roles, channels, people and command lists as the bot reads and changes them."""

from collections.abc import AsyncIterator

import discord as library
import pytest
from discord import app_commands

from playground import Channel, Guild, Member, Permission, Playground
from playground.world.permissions import EVERYONE
from tests.playground.sample_bot import SampleBot, running


@pytest.fixture
def guild(discord: Playground) -> Guild:
    return discord.add_guild(
        "Art club", bot_permissions=int(EVERYONE | Permission.MANAGE_CHANNELS | Permission.PIN_MESSAGES)
    )


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.add_channel("general", topic="Art")


@pytest.fixture
def ana(guild: Guild) -> Member:
    return guild.add_member("Ana", roles=[guild.add_role("Host", mentionable=True)])


class AskingBot(SampleBot):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[str] = []

        @self.tree.command(description="Asks for things")
        async def ask(
            interaction: library.Interaction,
            who: library.Member,
            where: library.TextChannel,
            role: library.Role,
            sure: bool = False,  # noqa: FBT001, FBT002 - an option of a command
        ) -> None:
            self.got.append(f"{who.name} {where.name} {role.name} {sure}")
            await interaction.response.send_message("ok")

        @self.tree.command(description="Chooses")
        @app_commands.choices(
            preset=[app_commands.Choice(name="Fast", value="f"), app_commands.Choice(name="Best", value="b")]
        )
        async def choose(interaction: library.Interaction, preset: app_commands.Choice[str]) -> None:
            await interaction.response.send_message(preset.value)


@pytest.fixture
async def bot(discord: Playground, channel: Channel) -> AsyncIterator[AskingBot]:
    del channel  # there is one before the bot comes
    client = AskingBot()
    async with running(discord, client):
        yield client


async def test_people_places_and_roles_are_chosen(
    guild: Guild, bot: AskingBot, channel: Channel, ana: Member
) -> None:
    host = guild.roles[ana.role_ids[0]]
    await ana.command(channel, "ask", who=ana, where=channel, role=host, sure=True)

    assert bot.got == ["ana general Host True"]
    assert (await ana.command(channel, "choose", preset="Best")).text == "b"


async def test_guilds_and_their_parts_can_be_fetched(
    bot: AskingBot, guild: Guild, channel: Channel, ana: Member
) -> None:
    fetched = await bot.fetch_guild(guild.id)
    member = await fetched.fetch_member(ana.id)
    roles = await fetched.fetch_roles()
    channels = await fetched.fetch_channels()
    place = await bot.fetch_channel(channel.id)
    user = await bot.fetch_user(ana.id)
    application = await bot.application_info()

    assert (fetched.name, member.name, user.global_name) == ("Art club", "ana", "Ana")
    assert [r.name for r in roles] == ["@everyone", "Atelier's role", "Host"]
    assert [c.name for c in channels] == ["general"]
    assert isinstance(place, library.TextChannel)
    assert place.topic == "Art"
    assert application.name == "Atelier"
    for missing in (bot.fetch_guild(1), bot.fetch_user(1), bot.fetch_channel(1), fetched.fetch_member(1)):
        with pytest.raises(library.NotFound):
            await missing


async def test_channels_are_changed_and_removed(bot: AskingBot, guild: Guild, channel: Channel) -> None:
    place = await bot.fetch_channel(channel.id)
    assert isinstance(place, library.TextChannel)
    await place.edit(name="studio", topic="New")
    named = (channel.name, channel.topic)
    thread = await place.create_thread(name="Session", type=library.ChannelType.public_thread)
    await thread.edit(name="Session 2", locked=True, auto_archive_duration=60)
    mine = guild.threads[0]
    await place.delete()

    assert named == ("studio", "New")
    assert (mine.name, mine.thread and mine.thread.locked, mine.thread and mine.thread.auto_archive) == (
        "Session 2",
        True,
        60,
    )
    assert (guild.channels, guild.threads) == ([], [])


async def test_pins_and_bulk_deletes(discord: Playground, bot: AskingBot, guild: Guild, channel: Channel) -> None:
    place = bot.get_partial_messageable(channel.id, guild_id=guild.id)
    sent = [await place.send(str(n)) for n in range(3)]
    await sent[0].pin()
    pinned = channel.messages[0].pinned
    await sent[0].unpin()
    with pytest.raises(library.Forbidden):
        await bot.http.delete_messages(channel.id, [sent[0].id, sent[1].id])
    channel.allow(guild.members[discord.world.bot.id], allow=Permission.MANAGE_MESSAGES)
    await bot.http.delete_messages(channel.id, [sent[0].id, sent[1].id])

    assert pinned
    assert [m.text for m in channel.messages] == ["2"]


async def test_command_lists_of_one_guild_are_its_own(
    discord: Playground, bot: AskingBot, guild: Guild, ana: Member
) -> None:
    other = discord.add_guild("Other club")
    stranger = other.add_member("Zoe")
    place = other.add_channel("general")
    here = library.Object(guild.id)

    @bot.tree.command(description="Only here", guild=here)
    async def local(interaction: library.Interaction) -> None:
        await interaction.response.send_message("local")

    [synced] = await bot.tree.sync(guild=here)
    fetched = await bot.tree.fetch_command(synced.id, guild=here)

    assert fetched.name == "local"
    assert (await ana.command(guild.channels[0], "local")).text == "local"
    with pytest.raises(Exception, match="no command /local"):
        await stranger.command(place, "local")
    await fetched.delete()
    assert await bot.tree.fetch_commands(guild=here) == []


async def test_embeds_show_their_own_files(bot: AskingBot, channel: Channel) -> None:
    embed = (
        library.Embed(title="Sheet", description="Twelve")
        .set_image(url="attachment://sheet.png")
        .set_footer(text="end")
    )
    embed.add_field(name="Name", value="Robo")
    file = library.File(__file__, "sheet.png")
    sent = await bot.get_partial_messageable(channel.id).send(embed=embed, file=file)
    shown = channel.messages[-1]

    assert shown.text == "Sheet\nTwelve\nName\nRobo\nend"
    assert shown.embeds[0]["image"]["url"].partition("?")[0] == shown.attachments[0].url.partition("?")[0]
    assert sent.embeds[0].image.url
    assert await sent.attachments[0].read() == shown.attachments[0].data
