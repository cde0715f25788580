"""A member writes, edits and deletes messages."""

from collections.abc import Sequence

from playground.acts.actors import ActingMember
from playground.acts.errors import CannotDo
from playground.wire import drafts, mentions
from playground.world.attachments import Upload
from playground.world.channels import Channel, Message
from playground.world.guilds import MemberState
from playground.world.permissions import Permission

REPLY = 19  # type of a message


class MessageActs(ActingMember):
    """Writes, edits and deletes messages."""

    async def post(
        self,
        channel: Channel,
        content: str = "",
        *,
        files: Sequence[Upload] = (),
        mention_bot: bool = False,
        reply_to: Message | None = None,
    ) -> Message:
        """Write a message in a channel, a thread or the direct messages with the bot."""
        world = channel.world
        _check_may_post(self, channel, files)
        if mention_bot:
            name = f"@{world.bot.name}"
            content = (
                content.replace(name, world.bot.mention) if name in content else f"{world.bot.mention} {content}"
            )
        message = Message(
            id=world.ids.next(),
            channel=channel,
            author=self.user,
            kind=REPLY if reply_to else 0,
            reference=reply_to,
        )
        drafts.create(message, drafts.Draft({"content": content.strip()}, dict(enumerate(files))))
        channel.post(message)
        return message

    async def edit(self, message: Message, content: str) -> None:
        """Edit an own message."""
        if message.author is not self.user:
            raise CannotDo("only the author can edit a message")
        message.content = content
        mentions.read_mentions(message, None)
        message.changed(by_author=True)

    async def delete(self, message: Message) -> None:
        """Delete an own message, or any with Manage Messages."""
        rights = message.channel.permissions_of(self)
        if message.author is not self.user and not rights & Permission.MANAGE_MESSAGES:
            raise CannotDo(f"{self.name} may not delete this message")
        message.delete()


def _check_may_post(member: MemberState, channel: Channel, files: Sequence[Upload]) -> None:
    if channel.guild is None:
        return
    rights = channel.permissions_of(member)
    needed = Permission.SEND_MESSAGES_IN_THREADS if channel.thread else Permission.SEND_MESSAGES
    if not rights & Permission.VIEW_CHANNEL or not rights & needed:
        raise CannotDo(f"{member.name} may not write in #{channel.name}")
    if files and not rights & Permission.ATTACH_FILES:
        raise CannotDo(f"{member.name} may not attach files in #{channel.name}")
