"""The guilds, channels and interactions of one playground."""

from collections.abc import Iterator

from playground.world.channels import DM, Channel
from playground.world.clock import Clock
from playground.world.context import Context
from playground.world.guilds import GuildState
from playground.world.interactions import Interaction
from playground.world.users import User


class World(Context):
    """The state of one playground, found by id."""

    def __init__(self, clock: Clock, *, bot_name: str, message_content: bool, seconds_to_answer: float = 3.0) -> None:
        super().__init__(clock, bot_name=bot_name, message_content=message_content)
        self.seconds_to_answer = seconds_to_answer
        self.guilds: dict[int, GuildState] = {}
        self.channels: dict[int, Channel] = {}  # without threads, which their channels hold
        self.interactions: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}

    def all_channels(self) -> Iterator[Channel]:
        """Visit each channel and after it its threads."""
        for channel in self.channels.values():
            yield channel
            yield from channel.threads

    def find_channel(self, channel_id: int) -> Channel | None:
        """Find a channel, thread or direct message by its id."""
        return next((c for c in self.all_channels() if c.id == channel_id), None)

    def channels_of(self, guild: GuildState) -> list[Channel]:
        """List the channels of a guild without threads."""
        return [c for c in self.channels.values() if c.guild is guild]

    def threads_of(self, guild: GuildState) -> list[Channel]:
        """List the threads of a guild."""
        return [thread for channel in self.channels_of(guild) for thread in channel.threads]

    def add_channel(self, channel: Channel) -> None:
        """Add a channel to its guild."""
        self.channels[channel.id] = channel
        self.emit("CHANNEL_CREATE", channel)
        self.changes.notify()

    def delete_channel(self, channel: Channel) -> None:
        """Remove a channel, its threads and its messages."""
        for thread in list(channel.threads):
            self.delete_channel(thread)
        if channel.parent:
            channel.parent.threads.remove(channel)
        else:
            self.channels.pop(channel.id, None)
        self.emit("THREAD_DELETE" if channel.thread else "CHANNEL_DELETE", channel)
        self.changes.notify()

    def dm_with(self, user: User) -> Channel:
        """Give the direct-message channel between the bot and a user."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.ids.next(), self, f"DM with {user.name}", DM, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def add_interaction(self, interaction: Interaction) -> None:
        """Pass an interaction on to the bot, which has `seconds_to_answer` for its first answer."""
        self.interactions[interaction.id] = self.by_token[interaction.token] = interaction
        self.clock.call_later(self.seconds_to_answer, interaction.expire)
        self.emit("INTERACTION_CREATE", interaction)
