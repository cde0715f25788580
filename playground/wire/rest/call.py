"""One REST request as the routes see it, and what they may look up for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from playground.wire import errors
from playground.wire.drafts import Draft
from playground.wire.rest.ratelimits import RateLimits
from playground.world.attachments import Upload
from playground.world.channels import Channel, Message
from playground.world.guilds import GuildState
from playground.world.interactions import Interaction
from playground.world.json_values import Json, as_id
from playground.world.permissions import Permission
from playground.world.state import World


@dataclass(frozen=True, slots=True)
class Call:
    """A request with its path parameters, query, JSON and files by number."""

    world: World
    limits: RateLimits
    params: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json | list[Json] | None = None
    files: Mapping[int, Upload] = field(default_factory=dict)

    @property
    def json(self) -> Json:
        """The body as an object, empty when it is something else."""
        return self.body if isinstance(self.body, dict) else {}

    @property
    def draft(self) -> Draft:
        """The body and files as a message to be written."""
        return Draft(self.json, self.files)

    def id(self, name: str) -> int:
        """Read a snowflake from the path, 0 when it is none."""
        return as_id(self.params[name])

    @property
    def interaction(self) -> Interaction:
        """The interaction whose token the path carries, 404/10015 when there is none."""
        token = self.params.get("webhook_token", self.params.get("interaction_token"))
        interaction = self.world.by_token.get(str(token))
        if interaction is None:
            raise errors.unknown_webhook()
        return interaction

    @property
    def guild(self) -> GuildState:
        """The guild of the path, if the bot is in it."""
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None or not guild.has_bot:
            raise errors.unknown_guild()
        return guild

    def channel(self, *needed: Permission) -> Channel:
        """Give the channel of the path, 10003 when it is gone, 50001 or 50013 when the bot may not."""
        channel = self.world.find_channel(self.id("channel_id"))
        if channel is None:
            raise errors.unknown_channel()
        self.require(channel, *needed)
        return channel

    def require(self, channel: Channel, *needed: Permission) -> None:
        """Refuse with 50001 when the bot cannot see the channel, with 50013 when it lacks a right there."""
        if channel.guild is None:
            return
        rights = channel.bot_permissions
        if not rights & Permission.VIEW_CHANNEL:
            raise errors.missing_access()
        if any(not rights & right for right in needed):
            raise errors.missing_permissions()

    def message(self, channel: Channel) -> Message:
        """Give the message of the path, 10008 when it is gone or ephemeral."""
        found = channel.find(self.id("message_id"))
        if found is None or found.ephemeral_for is not None:
            raise errors.unknown_message()
        return found


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """Status and JSON of an answer, whose body is empty without JSON."""

    status: int = 200
    body: Json | list[Json] | None = None


NOTHING = RestAnswer(204)
Handle = Callable[[Call], RestAnswer]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint, where open ones carry their secret in the path and need no bot token."""

    method: str
    template: str
    handle: Handle
    is_open: bool = False
