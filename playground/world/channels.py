"""Channels, threads and direct messages, with the messages in them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from playground.world.bodies import Body, MessageFlag, Revision
from playground.world.changes import PATIENCE
from playground.world.context import Context
from playground.world.guilds import GuildState, MemberState
from playground.world.permissions import Overwrite, in_channel
from playground.world.snowflakes import creation_time
from playground.world.triggers import Trigger
from playground.world.users import User

TEXT, DM, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 11, 12
DM_FILE_LIMIT = 10 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class MessageMentions:
    """Who is mentioned in a message, and in `pings` the ids of those who are notified."""

    users: tuple[User, ...] = ()
    role_ids: tuple[int, ...] = ()
    everyone: bool = False
    pings: tuple[int, ...] = ()


@dataclass(eq=False, kw_only=True)
class Message(Body):
    """A message as members see it now, and in `history` as they saw it before."""

    id: int
    channel: "Channel"
    author: User
    kind: int = 0
    mentions: MessageMentions = MessageMentions()
    reference: "Message | None" = None
    trigger: Trigger | None = None
    nonce: str | int | None = None
    history: list[Revision] = field(default_factory=list)
    pinned: bool = False
    deleted: bool = False
    thread: "Channel | None" = None
    reactions: dict[str, list[int]] = field(default_factory=dict)

    @property
    def created(self) -> datetime:
        """When the message was made."""
        return creation_time(self.id)

    @property
    def ephemeral_for(self) -> User | None:
        """The only reader of the message, None when all read it."""
        return self.trigger.user if self.trigger and self.flags & MessageFlag.EPHEMERAL else None

    @property
    def pings(self) -> list[int]:
        """The ids of the users who are notified."""
        return list(self.mentions.pings)

    @property
    def edits(self) -> int:
        """How often the author has edited the message."""
        return sum(revision.is_edit for revision in self.history)

    @property
    def edited(self) -> datetime | None:
        """When the author last edited the message."""
        return next((revision.at for revision in reversed(self.history) if revision.is_edit), None)

    def remember(self, at: datetime, *, is_edit: bool = False) -> None:
        """Append what is shown now to the history."""
        shown = {name: getattr(self, name) for name in Body.__dataclass_fields__}
        self.history.append(Revision(at=at, is_edit=is_edit, **shown))

    def changed(self, *, by_author: bool = False) -> None:
        """Record a change of the message and pass it on."""
        world = self.channel.world
        self.remember(world.clock.now(), is_edit=by_author)
        world.changes.notify()
        world.emit("MESSAGE_UPDATE", self)

    def delete(self) -> None:
        """Remove the message from its channel."""
        self.deleted = True
        self.channel.stored.remove(self)
        self.channel.world.emit("MESSAGE_DELETE", self)
        self.channel.world.changes.notify()


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji of the bot under a message."""

    message: Message
    emoji: str


@dataclass(eq=False)
class ThreadState:
    """What a thread has that other channels have not."""

    owner_id: int
    joined: set[int]
    archive_changed: datetime
    archived: bool = False
    locked: bool = False
    auto_archive: int = 1440  # minutes

    def set_archived(self, at: datetime, *, archived: bool) -> None:
        """Archive or open the thread."""
        if archived != self.archived:
            self.archived, self.archive_changed = archived, at


@dataclass(eq=False)
class Channel:
    """A text channel, a thread or a direct message."""

    id: int
    world: Context = field(repr=False)
    name: str
    kind: int = TEXT
    guild: GuildState | None = field(default=None, repr=False)
    parent: "Channel | None" = field(default=None, repr=False)
    position: int = 0
    topic: str | None = None
    overwrites: list[Overwrite] = field(default_factory=list)
    stored: list[Message] = field(default_factory=list, repr=False)
    recipient: User | None = None
    thread: ThreadState | None = None
    threads: "list[Channel]" = field(default_factory=list, repr=False)

    @property
    def messages(self) -> list[Message]:
        """The messages that everybody in the channel sees, oldest first."""
        return [m for m in self.stored if m.ephemeral_for is None]

    def seen_by(self, member: MemberState) -> list[Message]:
        """List what one member sees, ephemeral answers included, oldest first."""
        return [m for m in self.stored if m.ephemeral_for in (None, member.user)]

    def find(self, message_id: int) -> Message | None:
        """Find a message by id, ephemeral ones included."""
        return next((m for m in self.stored if m.id == message_id), None)

    def post(self, message: Message) -> None:
        """Store a new message and pass it on."""
        message.remember(message.created)
        self.stored.append(message)
        self.world.changes.notify()
        self.world.emit("MESSAGE_CREATE", message)

    # --- who may do what

    @property
    def file_limit(self) -> int:
        """Bytes that one file may have here."""
        return self.guild.file_limit if self.guild else DM_FILE_LIMIT

    def permissions_of(self, member: MemberState) -> int:
        """Compute what a member may do here."""
        if self.guild is None:
            return -1
        return in_channel(
            self.guild.permissions_of(member),
            (self.parent or self).overwrites,
            everyone_id=self.guild.id,
            role_ids=set(member.role_ids),
            member_id=member.id,
        )

    @property
    def bot_permissions(self) -> int:
        """What the bot may do here."""
        if self.guild is None:
            return -1
        return self.permissions_of(self.guild.bot) if self.guild.bot else 0

    def allow(self, who: MemberState | int, *, allow: int = 0, deny: int = 0) -> None:
        """Set an overwrite for a member or a role id (the guild's id is everyone's role)."""
        target = who if isinstance(who, int) else who.id
        self.overwrites = [o for o in self.overwrites if o.target_id != target]
        self.overwrites.append(Overwrite(target, is_member=not isinstance(who, int), allow=allow, deny=deny))
        self.changed()

    def changed(self) -> None:
        """Pass on that the channel or thread has changed."""
        self.world.emit("THREAD_UPDATE" if self.thread else "CHANNEL_UPDATE", self)
        self.world.changes.notify()

    # --- threads

    def add_thread(
        self, name: str, *, owner: MemberState | None = None, message: Message | None = None, private: bool = False
    ) -> "Channel":
        """Open a thread, by default the bot's, from a message (then it shares its id) or without."""
        world = self.world
        owner_id = owner.id if owner else world.bot.id
        thread = Channel(
            message.id if message else world.ids.next(),
            world,
            name,
            PRIVATE_THREAD if private else PUBLIC_THREAD,
            self.guild,
            self,
            thread=ThreadState(owner_id, {owner_id, world.bot.id}, world.clock.now()),
        )
        self.threads.append(thread)
        world.emit("THREAD_CREATE", thread)
        if message:
            message.thread = thread
            message.flags |= MessageFlag.HAS_THREAD
            message.changed()
        return thread

    # --- what a test waits for

    async def wait_for(
        self,
        predicate: Callable[[Message], bool],
        *,
        timeout: float = PATIENCE,
        seen_by: MemberState | None = None,
    ) -> Message:
        """Return the first message that satisfies, among those here or as they are posted and edited."""

        def look() -> Message | None:
            messages: Iterable[Message] = self.seen_by(seen_by) if seen_by else self.messages
            return next((m for m in messages if predicate(m)), None)

        what = f"a matching message in #{self.name}; it shows: {self._summary()}"
        return await self.world.changes.until(look, timeout=timeout, what=what)

    def _summary(self) -> str:
        return " | ".join(f"{m.author.name}: {m.text[:80]!r}" for m in self.messages[-5:]) or "nothing"
