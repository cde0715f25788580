"""The REST routes of channels and threads."""

import discord as library
import pytest

from playground import Channel, Guild, Member, Permission
from tests.playground.sample_bot import SampleBot, code, place


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


async def test_channels_are_changed_and_removed(bot: SampleBot, guild: Guild, channel: Channel) -> None:
    channel.allow(guild.members[bot.user.id if bot.user else 0], allow=Permission.MANAGE_CHANNELS)
    await place(bot, channel).edit(name="studio", topic="New")
    named = (channel.name, channel.topic)
    thread = await place(bot, channel).create_thread(name="Session", type=library.ChannelType.public_thread)
    await thread.edit(name="Session 2", locked=True, auto_archive_duration=60)
    mine = guild.threads[0]
    await place(bot, channel).delete()

    assert named == ("studio", "New")
    assert mine.thread
    assert (mine.name, mine.thread.locked, mine.thread.auto_archive) == ("Session 2", True, 60)
    assert (guild.channels, guild.threads) == ([], [])
