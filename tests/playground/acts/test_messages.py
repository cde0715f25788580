"""Members edit and delete messages."""

import pytest

from playground import CannotDo, Channel, Guild, Member, Permission, Playground
from tests.playground.sample_bot import SampleBot, place


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
