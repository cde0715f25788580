"""Messages as the bot writes them: limits, files, mentions, permissions, links that die, repeated nonces."""

import io
from typing import Any

import aiohttp
import discord as library
import pytest
from discord import ui

from playground import CannotDo, Channel, Guild, Member, Permission, Playground, Upload
from tests.playground.sample_bot import SampleBot

MIB = 1024 * 1024


def place(bot: SampleBot, channel: Channel) -> library.TextChannel:
    found = bot.get_channel(channel.id)
    assert isinstance(found, library.TextChannel)
    return found


def file(size: int = 10, name: str = "a.bin", description: str | None = None) -> library.File:
    return library.File(io.BytesIO(bytes(size)), name, description=description)


def code(caught: pytest.ExceptionInfo[library.HTTPException]) -> tuple[int, int]:
    return caught.value.status, caught.value.code


async def test_a_message_is_posted_edited_and_deleted(bot: SampleBot, channel: Channel) -> None:
    sent = await place(bot, channel).send("one", file=file(name="my picture.png", description="Alt"))
    assert [m.text for m in channel.messages] == ["one"]
    [attachment] = channel.messages[0].attachments
    await sent.edit(content="two", attachments=[*sent.attachments, file(name="b.txt")])
    edited = channel.messages[0]
    names = [a.filename for a in edited.attachments]
    await sent.delete()

    assert (attachment.filename, attachment.description, attachment.content_type) == (
        "my_picture.png",
        "Alt",
        "image/png",
    )
    assert names == ["my_picture.png", "b.txt"]
    assert (edited.content, edited.edits, edited.deleted) == ("two", 1, True)
    assert channel.messages == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"content": ""}, (400, 50006)),
        ({"content": "x" * 2001}, (400, 50035)),
        ({"embeds": [library.Embed(description="x" * 3001), library.Embed(description="x" * 3000)]}, (400, 50035)),
        ({"embed": library.Embed(title="x" * 257)}, (400, 50035)),
        ({"files": [file(name=f"{i}.bin") for i in range(11)]}, (400, 50035)),
        ({"file": file(10 * MIB + 1)}, (413, 40005)),
        ({"files": [file(9 * MIB, f"{i}.bin") for i in range(3)]}, (413, 40005)),
    ],
    ids=["empty", "too long", "embeds too long", "title too long", "11 files", "file too large", "request too large"],
)
async def test_what_is_too_much_is_refused(
    bot: SampleBot, channel: Channel, message: dict[str, Any], expected: tuple[int, int]
) -> None:
    with pytest.raises(library.HTTPException) as caught:
        await place(bot, channel).send(**message)

    assert code(caught) == expected
    assert channel.messages == []


async def test_boosted_guilds_take_larger_files(discord: Playground, bot: SampleBot) -> None:
    rich = discord.add_guild("Rich club", tier=2).add_channel("general")
    await bot.get_partial_messageable(rich.id).send(file=file(11 * MIB))

    assert rich.messages[0].attachments[0].size == 11 * MIB


def layout(*items: ui.Item[Any]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    return view


async def test_a_layout_cannot_be_mixed_with_content_nor_turned_back(bot: SampleBot, channel: Channel) -> None:
    sent = await place(bot, channel).send(view=layout(ui.TextDisplay("first")))
    with pytest.raises(library.HTTPException, match="cannot be used when using"):
        await sent.edit(content="plain")
    await sent.edit(view=layout(ui.TextDisplay("second")))

    assert channel.messages[0].is_v2
    assert channel.messages[0].text == "second"
    assert [c["id"] for c in channel.messages[0].components] == [1]


async def test_layouts_have_their_own_limits(discord: Playground, bot: SampleBot, channel: Channel) -> None:
    discord.limits.enabled = False
    route = library.http.Route("POST", "/channels/{channel_id}/messages", channel_id=channel.id)

    async def send(*components: dict[str, Any]) -> tuple[int, int]:
        with pytest.raises(library.HTTPException) as caught:
            await bot.http.request(route, json={"flags": 1 << 15, "components": list(components)})
        return code(caught)

    text = {"type": 10, "content": "x" * 2001}
    gallery = {"type": 12, "items": [{"media": {"url": "attachment://missing.png"}}]}
    button = {"type": 2, "style": 1, "label": "x", "custom_id": "same"}
    assert await send(*[{"type": 10, "content": "x"}] * 41) == (400, 50035)
    assert await send(text, text) == (400, 50035)
    assert await send(gallery) == (400, 50035)
    assert await send({"type": 1, "components": [button, button]}) == (400, 50035)
    assert await send({"type": 1, "components": [{**button, "custom_id": "x" * 101}]}) == (400, 50035)
    assert await send({"type": 1, "components": [{**button, "custom_id": str(i)} for i in range(6)]}) == (400, 50035)
    assert await send(button) == (400, 50035)
    assert channel.messages == []


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
    from playground.world.permissions import EVERYONE

    loud = discord.add_guild("Loud club", bot_permissions=int(EVERYONE | Permission.MENTION_EVERYONE))
    channel, member = loud.add_channel("general"), loud.add_member("Cleo")
    await bot.get_partial_messageable(channel.id).send("@everyone", allowed_mentions=library.AllowedMentions.all())

    assert channel.messages[0].mentions.everyone
    assert member.id in channel.messages[0].pings


async def test_without_the_content_intent_only_some_messages_can_be_read(
    bot: SampleBot, channel: Channel, ana: Member
) -> None:
    picture = Upload("a.png", b"x")
    plain = await ana.post(channel, "secret", files=[picture])
    await ana.post(channel, "@Atelier look", files=[picture], mention_bot=True)
    await ana.post(ana.dm, "privately", files=[picture])
    seen = await place(bot, channel).fetch_message(plain.id)
    own = await place(bot, channel).send("mine")
    await ana.post(channel, "say hello", reply_to=channel.messages[-1])
    answer = await channel.wait_for(lambda m: m.text == "hello", timeout=5)

    heard = [(m.content, len(m.attachments)) for m in bot.heard]
    assert heard[:2] == [("", 0), (f"<@{bot.user and bot.user.id}> look", 1)]
    assert ("privately", 1) in heard
    assert (seen.content, seen.attachments) == ("", [])
    assert own.content == "mine"
    assert answer.pings == [ana.id]


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


async def test_the_same_nonce_is_posted_once(discord: Playground, bot: SampleBot, channel: Channel) -> None:
    first = await place(bot, channel).send("once", nonce="n1")
    again = await place(bot, channel).send("once", nonce="n1")
    discord.advance(minutes=6)
    later = await place(bot, channel).send("once", nonce="n1")

    assert again.id == first.id
    assert later.id != first.id
    assert len(channel.messages) == 2


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


async def test_embeds_without_the_right_to_embed_are_dropped(bot: SampleBot, guild: Guild, channel: Channel) -> None:
    me = guild.members[bot.user.id if bot.user else 0]
    channel.allow(me, deny=Permission.EMBED_LINKS)
    await place(bot, channel).send("text", embed=library.Embed(title="gone"))

    assert channel.messages[0].text == "text"


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


async def test_direct_messages_go_both_ways(bot: SampleBot, ana: Member) -> None:
    await ana.post(ana.dm, "say hello")
    answer = await ana.dm.wait_for(lambda m: m.text == "hello", timeout=5)
    await (await bot.fetch_user(ana.id)).send("news")
    reply = await ana.command(ana.dm, "hello", text="in private")

    assert answer.author.bot
    assert [m.text for m in ana.dm.messages] == ["say hello", "hello", "news", "in private"]
    assert reply.text == "in private"


async def test_threads_are_opened_written_archived_and_locked(bot: SampleBot, channel: Channel, ana: Member) -> None:
    sent = await place(bot, channel).send("start")
    thread = await sent.create_thread(name="Session")
    await thread.send("inside")
    mine = channel.threads[0]
    await ana.post(mine, "me too")
    with pytest.raises(library.HTTPException) as twice:
        await sent.create_thread(name="Again")
    inside = await thread.send("edit me")
    await thread.edit(archived=True)
    with pytest.raises(library.HTTPException) as archived:
        await inside.edit(content="x")
    await thread.send("opens it again")
    alone = await place(bot, channel).create_thread(name="Alone", type=library.ChannelType.public_thread)

    assert [m.text for m in mine.messages] == ["inside", "me too", "edit me", "opens it again"]
    assert channel.messages[0].thread is mine
    assert mine.thread
    assert not mine.thread.archived
    assert (code(twice), code(archived)) == ((400, 160004), (400, 50083))
    assert [t.name for t in channel.threads] == ["Session", "Alone"]
    assert alone.parent_id == channel.id


async def test_reactions_pins_and_history(bot: SampleBot, channel: Channel, ana: Member) -> None:
    first = await ana.post(channel, "one")
    sent = await place(bot, channel).send("two")
    await place(bot, channel).get_partial_message(first.id).add_reaction("✅")
    history = [m.content async for m in place(bot, channel).history(limit=10)]
    after = [m.content async for m in place(bot, channel).history(after=library.Object(first.id))]
    await sent.add_reaction("⚠️")
    await sent.remove_reaction("⚠️", library.Object(bot.user.id if bot.user else 0))

    assert first.reactions == {"✅": [bot.user.id if bot.user else 0]}
    assert history == ["two", ""]
    assert after == ["two"]


async def test_requests_without_the_token_or_without_a_route_are_refused(
    discord: Playground, channel: Channel
) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{discord.api_url}/users/@me") as nobody:
            answer = await nobody.json()
        async with session.get(
            f"{discord.api_url}/users/@me", headers={"Authorization": f"Bot {discord.token}"}
        ) as me:
            kind = me.headers["Content-Type"]
        headers = {"Authorization": f"Bot {discord.token}", "Content-Type": "application/json"}
        url = f"{discord.api_url}/channels/{channel.id}/messages"
        async with session.post(url, headers=headers, data=b"{no json") as broken:
            wrong = await broken.json()

    assert (nobody.status, answer) == (401, {"message": "401: Unauthorized", "code": 0})
    assert kind == "application/json"
    assert (broken.status, wrong["code"]) == (400, 50109)


async def test_members_edit_and_delete_their_own(
    discord: Playground, bot: SampleBot, guild: Guild, channel: Channel, ana: Member
) -> None:
    sent = await place(bot, channel).send("the bot's")
    mine = await ana.post(channel, "frist")
    await ana.edit(mine, "first")
    boss = guild.add_member("Boss", permissions=Permission.MANAGE_MESSAGES)
    with pytest.raises(CannotDo, match="only the author"):
        await boss.edit(mine, "changed")
    with pytest.raises(CannotDo, match="may not delete"):
        await ana.delete(channel.messages[0])
    await boss.delete(channel.messages[0])

    assert [(m.text, m.edits) for m in channel.messages] == [("first", 1)]
    assert [e.data["id"] for e in discord.events if e.name == "MESSAGE_DELETE"] == [str(sent.id)]


async def test_an_edit_that_is_refused_changes_nothing(bot: SampleBot, channel: Channel) -> None:
    sent = await place(bot, channel).send("text", file=file())
    with pytest.raises(library.HTTPException) as emptied:
        await sent.edit(content="", attachments=[])
    with pytest.raises(library.HTTPException) as too_long:
        await sent.edit(content="x" * 2001)

    assert (code(emptied), code(too_long)) == ((400, 50006), (400, 50035))
    assert channel.messages[0].text == "text"
    assert len(channel.messages[0].attachments) == 1
    assert channel.messages[0].edits == 0


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
