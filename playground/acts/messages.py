"""A member writes, edits and deletes messages."""

from collections.abc import Sequence

from playground.acts.errors import CannotDo
from playground.wire import drafts, mentions
from playground.world.attachments import Upload, clean_name
from playground.world.channels import Channel, Message
from playground.world.guilds import MemberState
from playground.world.permissions import Permission

REPLY = 19  # type of a message


def post(
    member: MemberState,
    channel: Channel,
    content: str,
    files: Sequence[Upload],
    *,
    mention_bot: bool,
    reply_to: Message | None,
) -> Message:
    """Write a message."""
    world = channel.world
    _check_may_post(member, channel, files)
    if mention_bot:
        name = f"@{world.bot.name}"
        content = content.replace(name, world.bot.mention) if name in content else f"{world.bot.mention} {content}"
    message = Message(
        id=world.ids.next(),
        channel=channel,
        author=member.user,
        kind=REPLY if reply_to else 0,
        reference=reply_to,
    )
    attached = {i: Upload(clean_name(f.filename), f.data, f.description, f.content_type) for i, f in enumerate(files)}
    drafts.create(message, drafts.Draft({"content": content.strip()}, attached))
    channel.post(message)
    return message


def _check_may_post(member: MemberState, channel: Channel, files: Sequence[Upload]) -> None:
    if channel.guild is None:
        return
    rights = channel.permissions_of(member)
    needed = Permission.SEND_MESSAGES_IN_THREADS if channel.thread else Permission.SEND_MESSAGES
    if not rights & Permission.VIEW_CHANNEL or not rights & needed:
        raise CannotDo(f"{member.name} may not write in #{channel.name}")
    if files and not rights & Permission.ATTACH_FILES:
        raise CannotDo(f"{member.name} may not attach files in #{channel.name}")


def edit(member: MemberState, message: Message, content: str) -> None:
    """Edit an own message."""
    if message.author is not member.user:
        raise CannotDo("only the author can edit a message")
    message.content = content
    mentions.read_mentions(message, None)
    message.changed(by_author=True)


def delete(member: MemberState, message: Message) -> None:
    """Delete a message, or dismiss an ephemeral one."""
    rights = message.channel.permissions_of(member)
    if message.author is not member.user and not rights & Permission.MANAGE_MESSAGES:
        raise CannotDo(f"{member.name} may not delete this message")
    message.delete()
