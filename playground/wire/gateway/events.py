"""What happens in the world, written as gateway events for the intents of each session."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag

from playground.wire import message_payloads, payloads
from playground.wire.gateway.interactions import interaction_create
from playground.world.channels import Channel, Message, Reaction
from playground.world.guilds import GuildState, MemberState
from playground.world.interactions import Interaction
from playground.world.json_values import Json
from playground.world.state import World


class Intent(IntFlag):
    """The intents that the playground's events need, where ALWAYS needs none."""

    ALWAYS = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    MESSAGE_CONTENT = 1 << 15


ALL_INTENTS = (1 << 26) - 1
PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """One event, whose data `write` makes for a session's intents."""

    name: str
    intent: Intent
    guild_id: int | None
    write: Callable[[int], Json]

    def for_session(self, intents: int) -> Json | None:
        """Write the event for a session, None when its intents do not ask for it."""
        if self.intent and not self.intent & intents:
            return None
        return self.write(intents)


def plain_event(
    name: str, data: Json, intent: Intent = Intent.ALWAYS, guild: GuildState | None = None
) -> GatewayEvent:
    """Make an event whose data is the same for all sessions."""
    return GatewayEvent(name, intent, guild.id if guild else None, lambda _intents: data)


def event_of(world: World, name: str, subject: object) -> GatewayEvent | None:
    """Make the event of a change in the world, None when the bot does not see it."""
    match subject:
        case GuildState():
            return _guild_event(world, name, subject)
        case MemberState():
            return plain_event(name, _member(name, subject), Intent.GUILD_MEMBERS, subject.guild)
        case Channel():
            new = {"newly_created": True} if name == "THREAD_CREATE" else {}
            return plain_event(name, {**payloads.channel(subject), **new}, Intent.GUILDS, subject.guild)
        case Message():
            return _message_event(name, subject)
        case Reaction():
            return _reaction_event(name, subject)
        case Interaction():
            return plain_event(name, interaction_create(subject), guild=subject.channel.guild)
        case _:
            raise TypeError(f"{name}: no event is about {subject!r}")


def guild_create(world: World, guild: GuildState) -> GatewayEvent:
    """Make GUILD_CREATE."""

    def write(intents: int) -> Json:
        return payloads.guild_create(world, guild, all_members=bool(intents & Intent.GUILD_MEMBERS))

    return GatewayEvent("GUILD_CREATE", Intent.GUILDS, guild.id, write)


def _guild_event(world: World, name: str, guild: GuildState) -> GatewayEvent:
    if name == "GUILD_CREATE":
        return guild_create(world, guild)
    return plain_event(name, {"id": str(guild.id)}, Intent.GUILDS, guild)


def _member(name: str, member: MemberState) -> Json:
    about = {"user": payloads.user(member.user)} if name == "GUILD_MEMBER_REMOVE" else payloads.member(member)
    return {**about, "guild_id": str(member.guild.id)}


def _message_event(name: str, message: Message) -> GatewayEvent | None:
    channel = message.channel
    if message.ephemeral_for is not None:
        return None
    intent = Intent.GUILD_MESSAGES if channel.guild else Intent.DIRECT_MESSAGES
    if name == "MESSAGE_DELETE":
        return plain_event(name, {"id": str(message.id), **_place(message)}, intent, channel.guild)
    if not channel.bot_permissions:
        return None

    def write(intents: int) -> Json:
        full = bool(intents & Intent.MESSAGE_CONTENT) or message_payloads.is_open_to_bot(message)
        return {**message_payloads.message(message, full=full), **_author(message)}

    return GatewayEvent(name, intent, channel.guild.id if channel.guild else None, write)


def _author(message: Message) -> Json:
    guild = message.channel.guild
    member = guild.members.get(message.author.id) if guild else None
    about = {"member": payloads.member(member, with_user=False)} if member else {}
    return {**_place(message), "channel_type": message.channel.kind, **about}


def _place(message: Message) -> Json:
    guild = message.channel.guild
    return {"channel_id": str(message.channel.id), **({"guild_id": str(guild.id)} if guild else {})}


def _reaction_event(name: str, reaction: Reaction) -> GatewayEvent:
    message = reaction.message
    guild = message.channel.guild
    data: Json = {
        "user_id": str(message.channel.world.bot.id),
        "message_id": str(message.id),
        "emoji": {"id": None, "name": reaction.emoji},
        "type": 0,
        "burst": False,
        **_place(message),
    }
    return plain_event(
        name, data, Intent.GUILD_MESSAGE_REACTIONS if guild else Intent.DIRECT_MESSAGE_REACTIONS, guild
    )
