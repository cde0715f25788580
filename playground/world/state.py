"""Everything that exists in the playground: guilds, channels, people, and how changes become events."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from playground.wire import payloads
from playground.wire.gateway.events import Event, Intent
from playground.world.attachments import Attachment, Upload, guess_type, measure
from playground.world.changes import Changes
from playground.world.channels import DM, PRIVATE_THREAD, PUBLIC_THREAD, Channel
from playground.world.clock import Clock
from playground.world.guilds import Guild, found
from playground.world.json_values import Json
from playground.world.links import Links
from playground.world.members import Member, User
from playground.world.messages import Message, MessageFlag
from playground.world.snowflakes import Snowflakes

if TYPE_CHECKING:
    from playground.world.interactions import Interaction


class World:
    """The state of one playground; `emit` hands events to whoever is connected."""

    def __init__(self, clock: Clock, *, bot_name: str, message_content: bool, seconds_to_answer: float = 3.0) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.changes = Changes()
        self.links = Links(clock)
        self.message_content = message_content
        self.seconds_to_answer = seconds_to_answer
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.users: dict[int, User] = {}
        self.files: dict[int, Attachment] = {}
        self.commands: dict[int, Json] = {}
        self.syncs = 0
        self.interactions: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}
        self.owner = self.add_user("Owner")
        self.bot = self.add_user(bot_name, bot=True)
        self.application_id = self.bot.id
        self.emit: Callable[[Event], None] = lambda _event: None

    # --- people and places

    def add_user(self, name: str, *, bot: bool = False) -> User:
        """Make an account."""
        user = User(self.ids.next(), name, bot=bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, *, bot_permissions: int, tier: int) -> Guild:
        """Found a guild; the bot, if connected, joins it before their eyes."""
        guild = found(self, name, bot_permissions=bot_permissions, tier=tier)
        self.guilds[guild.id] = guild
        self.emit(guild_event(guild))
        return guild

    def member_joined(self, member: Member) -> None:
        """Tell of a new member of a known guild."""
        if member.guild.id in self.guilds:
            data = {**payloads.member(member), "guild_id": str(member.guild.id)}
            self.emit(Event("GUILD_MEMBER_ADD", Intent.GUILD_MEMBERS, member.guild.id, data))

    def member_left(self, member: Member) -> None:
        """Let a member leave; when it is the bot, it loses the guild."""
        guild = member.guild
        guild.members.pop(member.id, None)
        if member.user is self.bot:
            guild.has_bot = False
            self.emit(Event("GUILD_DELETE", Intent.GUILDS, guild.id, {"id": str(guild.id)}))
        else:
            data = {"guild_id": str(guild.id), "user": payloads.user(member.user)}
            self.emit(Event("GUILD_MEMBER_REMOVE", Intent.GUILD_MEMBERS, guild.id, data))
        self.changes.notify()

    def add_channel(self, channel: Channel) -> None:
        """Make a channel known."""
        self.channels[channel.id] = channel
        self._channel_event("CHANNEL_CREATE", channel)

    def channel_changed(self, channel: Channel) -> None:
        """Tell of a changed channel or thread."""
        self._channel_event("THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE", channel)

    def delete_channel(self, channel: Channel) -> None:
        """Remove a channel, its threads and its messages."""
        for thread in channel.threads:
            self.delete_channel(thread)
        channel.deleted = True
        self.channels.pop(channel.id, None)
        self._channel_event("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel)

    def _channel_event(self, name: str, channel: Channel) -> None:
        guild_id = channel.guild.id if channel.guild else None
        self.emit(Event(name, Intent.GUILDS, guild_id, payloads.channel(channel)))
        self.changes.notify()

    def open_thread(
        self, parent: Channel, name: str, *, owner_id: int, message: Message | None, private: bool
    ) -> Channel:
        """Open a thread, from a message (then it shares its id) or without."""
        thread = Channel(
            message.id if message else self.ids.next(),
            self,
            name,
            PRIVATE_THREAD if private else PUBLIC_THREAD,
            parent.guild,
            parent,
            owner_id=owner_id,
            joined={owner_id, self.bot.id},
        )
        self.channels[thread.id] = thread
        guild_id = parent.guild.id if parent.guild else None
        data = {**payloads.thread(thread), "newly_created": True}
        self.emit(Event("THREAD_CREATE", Intent.GUILDS, guild_id, data))
        if message:
            message.thread = thread
            message.flags |= MessageFlag.HAS_THREAD
            self.message_changed(message)
        return thread

    def dm_with(self, user: User) -> Channel:
        """Give the direct-message channel between the bot and a user."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.ids.next(), self, f"DM with {user.name}", DM, recipient=user)
        self.channels[channel.id] = channel
        return channel

    # --- files

    def store_file(self, upload: Upload, folder: str, *, ephemeral: bool = False) -> Attachment:
        """Keep an uploaded file on the CDN."""
        size = measure(upload.data)
        attachment = Attachment(
            self.ids.next(),
            upload.filename,
            upload.data,
            folder,
            self.links.sign,
            content_type=upload.content_type or guess_type(upload.filename),
            description=upload.description,
            width=size[0] if size else None,
            height=size[1] if size else None,
            ephemeral=ephemeral,
        )
        self.files[attachment.id] = attachment
        return attachment

    # --- messages

    def post(self, message: Message) -> None:
        """Store a new message and tell of it; ephemeral ones are told to nobody but their reader."""
        message.remember(message.created)
        message.channel.stored.append(message)
        self._message_event("MESSAGE_CREATE", message)

    def message_changed(self, message: Message, *, by_author: bool = False) -> None:
        """Tell of a changed message."""
        now = self.clock.now()
        if by_author:
            message.edited = now
            message.edits += 1
        message.remember(now)
        self._message_event("MESSAGE_UPDATE", message)

    def delete_message(self, message: Message) -> None:
        """Remove a message."""
        message.deleted = True
        message.channel.stored.remove(message)
        data: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
        guild = message.channel.guild
        if guild:
            data["guild_id"] = str(guild.id)
        if message.ephemeral_for is None:
            intent = Intent.GUILD_MESSAGES if guild else Intent.DIRECT_MESSAGES
            self.emit(Event("MESSAGE_DELETE", intent, guild.id if guild else None, data))
        self.changes.notify()

    def may_read(self, message: Message) -> bool:
        """Apply the MESSAGE_CONTENT rule to the bot."""
        return (
            self.message_content
            or message.author is self.bot
            or message.channel.guild is None
            or self.bot in message.mentions
        )

    def _message_event(self, name: str, message: Message) -> None:
        self.changes.notify()
        guild = message.channel.guild
        if message.ephemeral_for is not None or not self._bot_sees(message.channel):
            return

        def write(intents: int) -> Json:
            granted = bool(intents & Intent.MESSAGE_CONTENT)
            body = payloads.message(message, full=granted or self._open_to_all(message))
            return {**body, **_where(message)}

        intent = Intent.GUILD_MESSAGES if guild else Intent.DIRECT_MESSAGES
        self.emit(Event(name, intent, guild.id if guild else None, write=write))

    def _open_to_all(self, message: Message) -> bool:
        in_dm = message.channel.guild is None
        return message.author is self.bot or in_dm or self.bot in message.mentions

    def _bot_sees(self, channel: Channel) -> bool:
        if channel.guild is None:
            return True
        bot = channel.guild.members.get(self.bot.id)
        return bot is not None and bool(channel.permissions_of(bot))


def _where(message: Message) -> Json:
    guild = message.channel.guild
    if guild is None:
        return {"channel_type": message.channel.kind}
    body: Json = {"guild_id": str(guild.id), "channel_type": message.channel.kind}
    member = guild.members.get(message.author.id)
    return {**body, "member": payloads.member(member, with_user=False)} if member else body


def guild_event(guild: Guild) -> Event:
    """Write GUILD_CREATE for each session as far as its intents reach."""

    def write(intents: int) -> Json:
        return payloads.guild_create(guild, all_members=bool(intents & Intent.GUILD_MEMBERS))

    return Event("GUILD_CREATE", Intent.GUILDS, guild.id, write=write)
