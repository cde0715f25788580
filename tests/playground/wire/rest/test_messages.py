"""The REST routes of messages."""

import discord as library
import pytest

from playground import Channel, Guild, Member, Permission, Playground
from tests.playground.sample_bot import SampleBot, file, place


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


async def test_the_same_nonce_is_posted_once(discord: Playground, bot: SampleBot, channel: Channel) -> None:
    first = await place(bot, channel).send("once", nonce="n1")
    again = await place(bot, channel).send("once", nonce="n1")
    discord.advance(minutes=6)
    later = await place(bot, channel).send("once", nonce="n1")

    assert again.id == first.id
    assert later.id != first.id
    assert len(channel.messages) == 2


async def test_embeds_without_the_right_to_embed_are_dropped(bot: SampleBot, guild: Guild, channel: Channel) -> None:
    me = guild.members[bot.user.id if bot.user else 0]
    channel.allow(me, deny=Permission.EMBED_LINKS)
    await place(bot, channel).send("text", embed=library.Embed(title="gone"))

    assert channel.messages[0].text == "text"


async def test_direct_messages_go_both_ways(bot: SampleBot, ana: Member) -> None:
    await ana.post(ana.dm, "say hello")
    answer = await ana.dm.wait_for(lambda m: m.text == "hello")
    await (await bot.fetch_user(ana.id)).send("news")
    reply = await ana.command(ana.dm, "hello", text="in private")

    assert answer.author.bot
    assert [m.text for m in ana.dm.messages] == ["say hello", "hello", "news", "in private"]
    assert reply.text == "in private"


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


async def test_pins_and_bulk_deletes(discord: Playground, bot: SampleBot, guild: Guild, channel: Channel) -> None:
    me = guild.members[discord.world.bot.id]
    channel.allow(me, allow=Permission.PIN_MESSAGES, deny=Permission.MANAGE_MESSAGES)
    sent = [await place(bot, channel).send(str(n)) for n in range(3)]
    await sent[0].pin()
    pinned = channel.messages[0].pinned
    await sent[0].unpin()
    with pytest.raises(library.Forbidden):
        await bot.http.delete_messages(channel.id, [sent[0].id, sent[1].id])
    channel.allow(me, allow=Permission.MANAGE_MESSAGES)
    await bot.http.delete_messages(channel.id, [sent[0].id, sent[1].id])

    assert pinned
    assert [m.text for m in channel.messages] == ["2"]
