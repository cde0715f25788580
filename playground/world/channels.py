"""Channels, threads and direct messages: who may see them and what stands in them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playground.world.json_values import timestamp
from playground.world.messages import Message
from playground.world.permissions import Overwrite, in_channel

if TYPE_CHECKING:
    from datetime import datetime

    from playground.world.guilds import Guild
    from playground.world.members import Member, User
    from playground.world.state import World

TEXT, DM, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 11, 12


@dataclass(eq=False)
class Channel:
    """A text channel, a thread or a direct message."""

    id: int
    world: "World" = field(repr=False)
    name: str
    kind: int = TEXT
    guild: "Guild | None" = field(default=None, repr=False)
    parent: "Channel | None" = field(default=None, repr=False)
    position: int = 0
    topic: str | None = None
    overwrites: list[Overwrite] = field(default_factory=list)
    stored: list[Message] = field(default_factory=list, repr=False)
    recipient: "User | None" = None
    owner_id: int = 0
    archived: bool = False
    locked: bool = False
    auto_archive: int = 1440
    archive_changed: "datetime | None" = None
    joined: set[int] = field(default_factory=set)
    deleted: bool = False

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread."""
        return self.kind in {PUBLIC_THREAD, PRIVATE_THREAD}

    @property
    def messages(self) -> list[Message]:
        """The messages that everybody in the channel sees, oldest first."""
        return [m for m in self.stored if m.ephemeral_for is None]

    def seen_by(self, member: "Member") -> list[Message]:
        """List what one member sees, ephemeral answers included, oldest first."""
        return [m for m in self.stored if m.ephemeral_for in (None, member.user)]

    def find(self, message_id: int) -> Message | None:
        """Find a message by id, ephemeral ones included."""
        return next((m for m in self.stored if m.id == message_id), None)

    @property
    def threads(self) -> "list[Channel]":
        """The threads under this channel."""
        return [c for c in self.world.channels.values() if c.parent is self and c.is_thread]

    def add_thread(
        self, name: str, *, owner: "Member | None" = None, message: Message | None = None, private: bool = False
    ) -> "Channel":
        """Open a thread, by default in a member's name of the bot; everybody connected hears of it."""
        owner_id = owner.id if owner else self.world.bot.id
        return self.world.open_thread(self, name, owner_id=owner_id, message=message, private=private)

    def permissions_of(self, member: "Member") -> int:
        """Compute what a member may do here."""
        place = self.parent if self.is_thread and self.parent else self
        if self.guild is None:
            return -1
        return in_channel(
            self.guild.permissions_of(member),
            place.overwrites,
            everyone_id=self.guild.id,
            role_ids=set(member.role_ids),
            member_id=member.id,
        )

    def allow(self, who: "Member | int", *, allow: int = 0, deny: int = 0) -> None:
        """Set an overwrite for a member or a role id (the guild's id is everyone's role)."""
        target = who if isinstance(who, int) else who.id
        self.overwrites = [o for o in self.overwrites if o.target_id != target]
        self.overwrites.append(Overwrite(target, is_member=not isinstance(who, int), allow=allow, deny=deny))
        self.world.channel_changed(self)

    async def wait_for(
        self,
        predicate: Callable[[Message], bool],
        *,
        timeout: float = 30.0,
        seen_by: "Member | None" = None,
    ) -> Message:
        """Return the first message that satisfies, among those here or as they are posted and edited."""

        def look() -> Message | None:
            messages: Iterable[Message] = self.seen_by(seen_by) if seen_by else self.messages
            return next((m for m in messages if predicate(m)), None)

        what = f"a matching message in #{self.name}; it shows: {self._summary()}"
        return await self.world.changes.until(look, timeout=timeout, what=what)

    def _summary(self) -> str:
        return " | ".join(f"{m.author.name}: {m.text[:80]!r}" for m in self.messages[-5:]) or "nothing"

    def archive_stamp(self) -> str:
        """Say when the thread was last archived or opened."""
        return timestamp(self.archive_changed or self.world.clock.now())
