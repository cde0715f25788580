"""A member of a guild with everything that a member can do in Discord's client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from playground.acts import commands, components, messages
from playground.acts.commands import Suggestion
from playground.acts.replies import Modal, Reply
from playground.world.attachments import Upload
from playground.world.changes import PATIENCE
from playground.world.channels import Channel, Message
from playground.world.guilds import MemberState
from playground.world.state import World


@dataclass(eq=False)
class Member(MemberState):
    """A member whose actions return when Discord's client would show something."""

    world: World = field(repr=False)

    @property
    def dm(self) -> Channel:
        """The direct-message channel with the bot."""
        return self.world.dm_with(self.user)

    @property
    def inbox(self) -> list[Message]:
        """The ephemeral answers, which only this member sees, oldest first."""
        return [m for c in self.world.all_channels() for m in c.stored if m.ephemeral_for is self.user]

    async def command(self, channel: Channel, name: str, /, *, timeout: float = PATIENCE, **options: object) -> Reply:
        """Run a slash command, CannotDo when the client would not send it."""
        return await commands.command(self.world, self, channel, name, options, patience=timeout)

    async def autocomplete(
        self, channel: Channel, name: str, option: str, typed: str, /, **options: object
    ) -> list[Suggestion]:
        """Type into an option and return what is offered, CannotDo when nothing comes in 3 s."""
        return await commands.autocomplete(
            self.world, self, channel, name, (option, typed), options=options, patience=PATIENCE
        )

    async def press(
        self, message: Message, label: str | None = None, *, custom_id: str | None = None, timeout: float = PATIENCE
    ) -> Reply:
        """Press a button found by its text (whole or part) or its custom_id."""
        return await components.press(self.world, self, message, label, custom_id=custom_id, patience=timeout)

    async def choose(
        self,
        message: Message,
        values: Sequence[str | MemberState | Channel],
        *,
        custom_id: str | None = None,
        placeholder: str | None = None,
        timeout: float = PATIENCE,
    ) -> Reply:
        """Choose from a select menu, options by label or value, where the only menu needs no name."""
        return await components.choose(
            self.world, self, message, values, custom_id=custom_id, placeholder=placeholder, patience=timeout
        )

    async def submit(self, modal: Modal | None, values: Mapping[str, object], *, timeout: float = PATIENCE) -> Reply:
        """Fill a modal's fields (by label or custom_id) and send it, CannotDo when the client would refuse."""
        return await components.submit(self.world, self, modal, values, patience=timeout)

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
        return messages.post(self, channel, content, files, mention_bot=mention_bot, reply_to=reply_to)

    async def edit(self, message: Message, content: str) -> None:
        """Edit an own message."""
        messages.edit(self, message, content)

    async def delete(self, message: Message) -> None:
        """Delete an own message, or any with Manage Messages."""
        messages.delete(self, message)

    async def message_action(self, name: str, message: Message, *, timeout: float = PATIENCE) -> Reply:
        """Use a command from a message's context menu."""
        return await commands.message_action(self.world, self, name, message, patience=timeout)

    async def user_action(
        self, name: str, target: MemberState, channel: Channel, *, timeout: float = PATIENCE
    ) -> Reply:
        """Use a command from a user's context menu."""
        return await commands.user_action(self.world, self, name, target, channel, patience=timeout)
