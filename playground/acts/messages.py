"""A member writes, edits and deletes messages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from playground.acts.interactions import attachment_limit
from playground.wire import drafts
from playground.wire.errors import CannotDo
from playground.world.attachments import Upload
from playground.world.channels import Channel
from playground.world.messages import Message
from playground.world.permissions import Permission

if TYPE_CHECKING:
    from playground.world.members import Member


def post(
    member: "Member",
    channel: Channel,
    content: str,
    files: Sequence[Upload],
    *,
    mention_bot: bool,
    reply_to: Message | None,
) -> Message:
    """Write a message."""
    world = member.world
    _check_may_post(member, channel, files)
    if mention_bot:
        name = f"@{world.bot.name}"
        content = content.replace(name, world.bot.mention) if name in content else f"{world.bot.mention} {content}"
    message = Message(
        world.ids.next(), channel, member.user, world.clock.now(), kind=19 if reply_to else 0, reference=reply_to
    )
    attached = {
        i: Upload(drafts.clean_name(f.filename), f.data, f.description, f.content_type) for i, f in enumerate(files)
    }
    draft = drafts.Draft({"content": content.strip()}, attached)
    drafts.create(message, draft, file_limit=attachment_limit(channel), folder=f"attachments/{channel.id}")
    world.post(message)
    return message


def _check_may_post(member: "Member", channel: Channel, files: Sequence[Upload]) -> None:
    if channel.guild is None:
        return
    rights = channel.permissions_of(member)
    needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    if not rights & Permission.VIEW_CHANNEL or not rights & needed:
        raise CannotDo(f"{member.name} may not write in #{channel.name}")
    if files and not rights & Permission.ATTACH_FILES:
        raise CannotDo(f"{member.name} may not attach files in #{channel.name}")


def edit(member: "Member", message: Message, content: str) -> None:
    """Edit an own message."""
    if message.author is not member.user:
        raise CannotDo("only the author can edit a message")
    message.content = content
    drafts.read_mentions(message, None)
    member.world.message_changed(message, by_author=True)


def delete(member: "Member", message: Message) -> None:
    """Delete a message, or dismiss an ephemeral one."""
    rights = message.channel.permissions_of(member)
    if message.author is not member.user and not rights & Permission.MANAGE_MESSAGES:
        raise CannotDo(f"{member.name} may not delete this message")
    member.world.delete_message(message)
