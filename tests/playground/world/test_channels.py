"""Channels hold messages and threads, and say who may do what in them."""

import asyncio

import pytest

from playground import Channel, Guild, Member, Message, Permission, Playground, Unseen


async def test_what_never_happens_is_said_with_what_is_there(channel: Channel, ana: Member) -> None:
    await ana.post(channel, "something else")
    with pytest.raises(
        Unseen, match=r"not seen within 0.01 s: a matching message in #general; it shows: Ana: 'something else'"
    ):
        await channel.wait_for(lambda m: m.text == "never", timeout=0.01)


async def test_a_message_that_is_there_is_found_at_once_and_a_later_one_when_it_comes(
    channel: Channel, ana: Member
) -> None:
    first = await ana.post(channel, "first")
    waiting = asyncio.ensure_future(channel.wait_for(lambda m: m.text == "second"))
    await asyncio.sleep(0)
    second = await ana.post(channel, "second")

    assert await channel.wait_for(lambda m: m.text == "first") is first
    assert await waiting is second


def test_a_thread_has_the_permissions_of_its_channel(guild: Guild, channel: Channel, ana: Member) -> None:
    thread = channel.add_thread("Robots", owner=ana)
    before = thread.permissions_of(ana)
    channel.allow(ana, deny=Permission.SEND_MESSAGES_IN_THREADS)

    assert before & Permission.SEND_MESSAGES_IN_THREADS
    assert not thread.permissions_of(ana) & Permission.SEND_MESSAGES_IN_THREADS
    assert thread.thread
    assert thread.thread.owner_id == ana.id
    assert guild.threads == channel.threads == [thread]


def test_a_thread_on_a_message_shares_its_id_and_is_deleted_with_its_channel(
    discord: Playground, guild: Guild, channel: Channel
) -> None:
    message = Message(id=discord.world.ids.next(), channel=channel, author=discord.world.bot, content="start")
    channel.post(message)
    thread = channel.add_thread("Robots", message=message)
    found = discord.world.find_channel(message.id)
    discord.faults.delete_channel(channel)

    assert found is thread is message.thread
    assert (guild.channels, discord.world.find_channel(thread.id)) == ([], None)


def test_only_edits_of_the_author_count_as_edits(discord: Playground, channel: Channel) -> None:
    message = Message(id=discord.world.ids.next(), channel=channel, author=discord.world.bot, content="one")
    channel.post(message)
    message.pinned = True
    message.changed()
    unedited = message.edited
    message.content = "two"
    message.changed(by_author=True)

    assert unedited is None
    assert (message.edits, message.edited) == (1, message.history[-1].at)
    assert [revision.text for revision in message.history] == ["one", "one", "two"]
