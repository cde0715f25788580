"""People: accounts, and a member of a guild with everything that a member can do in Discord's client."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from playground.acts import commands, components, messages
from playground.world.attachments import Upload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playground.acts.commands import Choice
    from playground.acts.replies import Modal, Reply
    from playground.world.channels import Channel
    from playground.world.guilds import Guild
    from playground.world.messages import Message
    from playground.world.state import World

PATIENCE = 20.0  # seconds that a member's action may take in all before the test gives up


@dataclass(eq=False)
class User:
    """An account."""

    id: int
    name: str
    bot: bool = False
    takes_dms: bool = True
    locale: str = "en-US"

    @property
    def username(self) -> str:
        """The unique lower-case name."""
        return self.name if self.bot else self.name.lower().replace(" ", "_")

    @property
    def mention(self) -> str:
        """How the user is mentioned in a text."""
        return f"<@{self.id}>"


@dataclass(eq=False)
class Member:
    """A member of a guild; each action returns when Discord's client would show something."""

    world: "World" = field(repr=False)
    guild: "Guild" = field(repr=False)
    user: User
    role_ids: list[int]
    joined: datetime

    @property
    def id(self) -> int:
        """The user's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The user's name."""
        return self.user.name

    @property
    def dm(self) -> "Channel":
        """The direct-message channel with the bot."""
        return self.world.dm_with(self.user)

    @property
    def inbox(self) -> "list[Message]":
        """Everything that only this member sees: ephemeral answers, oldest first."""
        return [m for c in self.world.channels.values() for m in c.stored if m.ephemeral_for is self.user]

    async def command(
        self, channel: "Channel", name: str, /, *, timeout: float = PATIENCE, **options: object
    ) -> "Reply":
        """Run a slash command; CannotDo when the client would not send it."""
        return await commands.command(self, channel, name, options, patience=timeout)

    async def autocomplete(
        self, channel: "Channel", name: str, option: str, typed: str, /, **options: object
    ) -> "list[Choice]":
        """Type into an option and return what is offered; Unseen when nothing comes in 3 s."""
        return await commands.autocomplete(self, channel, name, (option, typed), options, patience=PATIENCE)

    async def press(
        self, message: "Message", label: str | None = None, *, custom_id: str | None = None, timeout: float = PATIENCE
    ) -> "Reply":
        """Press a button found by its text (whole or part) or its custom_id."""
        return await components.press(self, message, label, custom_id=custom_id, patience=timeout)

    async def choose(
        self,
        message: "Message",
        values: "Sequence[str | Member | Channel]",
        *,
        custom_id: str | None = None,
        placeholder: str | None = None,
        timeout: float = PATIENCE,
    ) -> "Reply":
        """Choose from a select menu, options by label or value; the only menu needs no name."""
        return await components.choose(
            self, message, values, custom_id=custom_id, placeholder=placeholder, patience=timeout
        )

    async def submit(
        self, modal: "Modal | None", values: "Mapping[str, object]", *, timeout: float = PATIENCE
    ) -> "Reply":
        """Fill a modal's fields (by label or custom_id) and send it; CannotDo when the client would refuse."""
        return await components.submit(self, modal, values, patience=timeout)

    async def post(
        self,
        channel: "Channel",
        content: str = "",
        *,
        files: "Sequence[Upload]" = (),
        mention_bot: bool = False,
        reply_to: "Message | None" = None,
    ) -> "Message":
        """Write a message in a channel, a thread or the direct messages with the bot."""
        return messages.post(self, channel, content, files, mention_bot=mention_bot, reply_to=reply_to)

    async def edit(self, message: "Message", content: str) -> None:
        """Edit an own message."""
        messages.edit(self, message, content)

    async def delete(self, message: "Message") -> None:
        """Delete an own message, or any with Manage Messages."""
        messages.delete(self, message)

    async def message_action(self, name: str, message: "Message", *, timeout: float = PATIENCE) -> "Reply":
        """Use a command from a message's context menu."""
        return await commands.message_action(self, name, message, patience=timeout)

    async def user_action(
        self, name: str, target: "Member", channel: "Channel", *, timeout: float = PATIENCE
    ) -> "Reply":
        """Use a command from a user's context menu."""
        return await commands.user_action(self, name, target, channel, patience=timeout)

    def leave(self) -> None:
        """Leave the guild."""
        self.world.member_left(self)
