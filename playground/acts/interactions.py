"""Interactions on their way to the bot: uploads, chosen people and places, INTERACTION_CREATE."""

import time
from typing import TYPE_CHECKING

from playground.acts.replies import Reply
from playground.wire import drafts, payloads
from playground.wire.errors import CannotDo
from playground.wire.gateway.events import Event, Intent
from playground.world.attachments import Attachment, Upload
from playground.world.channels import Channel
from playground.world.interactions import Interaction, Kind
from playground.world.json_values import Json
from playground.world.messages import Message

if TYPE_CHECKING:
    from playground.world.members import Member


async def send(
    member: "Member",
    channel: Channel,
    kind: Kind,
    data: Json,
    *,
    source: Message | None = None,
    opened_by: Interaction | None = None,
    patience: float,
) -> Reply:
    """Send an interaction to the bot and return when the member would see something."""
    world = member.world
    interaction = Interaction(
        world.ids.next(),
        world,
        kind,
        member.user,
        member if channel.guild else None,
        channel,
        data,
        source,
        opened_by,
    )
    world.interactions[interaction.id] = world.by_token[interaction.token] = interaction
    interaction.deadline = world.clock.call_later(world.seconds_to_answer, interaction.die)
    interaction.sent_at = time.perf_counter()
    guild_id = channel.guild.id if channel.guild else None
    world.emit(Event("INTERACTION_CREATE", Intent.ALWAYS, guild_id, event_data(interaction, member)))
    what = f"an answer to {data.get('name') or data.get('custom_id')}"
    await world.changes.until(lambda: interaction.is_settled, timeout=patience, what=what)
    return Reply(interaction)


def event_data(interaction: Interaction, member: "Member") -> Json:
    """Write INTERACTION_CREATE."""
    channel = interaction.channel
    world = member.world
    body: Json = {
        "id": str(interaction.id),
        "application_id": str(world.application_id),
        "type": int(interaction.kind),
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": str(channel.id),
        "channel": payloads.channel(channel),
        "locale": member.user.locale,
        "entitlements": [],
        "authorizing_integration_owners": interaction.owners(),
        "context": 0 if channel.guild else 1,
        "attachment_size_limit": attachment_limit(channel),
        "app_permissions": _bot_rights(channel),
        **_actor(member, channel),
    }
    return {**body, "message": payloads.message(interaction.source)} if interaction.source else body


def _actor(member: "Member", channel: Channel) -> Json:
    guild = channel.guild
    if guild is None:
        return {"user": payloads.user(member.user)}
    rights = {"permissions": str(channel.permissions_of(member))}
    return {
        "guild_id": str(guild.id),
        "guild": payloads.partial_guild(guild),
        "guild_locale": guild.locale,
        "member": {**payloads.member(member), **rights},
    }


def _bot_rights(channel: Channel) -> str:
    bot = channel.guild.members.get(channel.world.bot.id) if channel.guild else None
    return str(channel.permissions_of(bot)) if bot else "0"


def resolve(value: object, resolved: Json) -> str:
    """Note a person, channel or role that was chosen, and give its id."""
    from playground.world.guilds import Role
    from playground.world.members import Member

    if isinstance(value, Member):
        resolved.setdefault("users", {})[str(value.id)] = payloads.user(value.user)
        rights = {"permissions": str(value.guild.permissions_of(value))}
        resolved.setdefault("members", {})[str(value.id)] = _resolved_member(value) | rights
        return str(value.id)
    if isinstance(value, Channel):
        written = payloads.channel(value)
        kept: Json = {k: written[k] for k in ("id", "name", "type", "parent_id", "thread_metadata") if k in written}
        resolved.setdefault("channels", {})[str(value.id)] = {**kept, "permissions": "0"}
        return str(value.id)
    if isinstance(value, Role):
        resolved.setdefault("roles", {})[str(value.id)] = payloads.role(value)
        return str(value.id)
    raise CannotDo(f"{value!r} cannot be chosen here")


def _resolved_member(member: "Member") -> Json:
    written = payloads.member(member, with_user=False)
    return {k: v for k, v in written.items() if k not in ("mute", "deaf")}


def upload(member: "Member", channel: Channel, file: Upload) -> Attachment:
    """Upload a file for a command or modal: it lies under the ephemeral attachments."""
    limit = attachment_limit(channel)
    if len(file.data) > limit:
        raise CannotDo(f"{file.filename}: your file is too powerful (max {limit // 1024 // 1024} MiB)")
    named = Upload(drafts.clean_name(file.filename), file.data, file.description, file.content_type)
    return member.world.store_file(named, f"ephemeral-attachments/{member.world.application_id}", ephemeral=True)


def attachment_limit(channel: Channel) -> int:
    """Bytes that a member may upload here."""
    return channel.guild.file_limit if channel.guild else 10 * 1024 * 1024
