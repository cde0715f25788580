"""Interactions on their way to the bot, with uploads and with chosen people and places."""

import time

from playground.acts.errors import CannotDo
from playground.acts.replies import Reply
from playground.wire import payloads
from playground.world.attachments import Attachment, Upload, clean_name
from playground.world.channels import Channel, Message
from playground.world.guilds import MemberState, Role
from playground.world.interactions import Interaction
from playground.world.json_values import Json
from playground.world.state import World
from playground.world.triggers import InteractionKind, Trigger


async def send(
    world: World,
    member: MemberState,
    channel: Channel,
    kind: InteractionKind,
    data: Json,
    *,
    label: str = "",
    source: Message | None = None,
    opened_by: Trigger | None = None,
    patience: float,
) -> Reply:
    """Send an interaction to the bot and return when the member would see something."""
    guild_id, source_id = channel.guild.id if channel.guild else 0, source.id if source else None
    trigger = Trigger(world.ids.next(), kind, member.user, data, guild_id, source_id, label, opened_by)
    interaction = Interaction(trigger, channel, member, source, sent_at=time.perf_counter())
    world.add_interaction(interaction)
    what = f"an answer to {data.get('name') or data.get('custom_id')}"
    await world.changes.until(lambda: interaction.is_settled, timeout=patience, what=what)
    return Reply(interaction)


def resolve(value: object, resolved: Json) -> str:
    """Note a person, channel or role that was chosen, and give its id."""
    if isinstance(value, MemberState):
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


def _resolved_member(member: MemberState) -> Json:
    written = payloads.member(member, with_user=False)
    return {k: v for k, v in written.items() if k not in ("mute", "deaf")}


def upload(channel: Channel, file: Upload) -> Attachment:
    """Upload a file for a command or form to the ephemeral attachments."""
    world, limit = channel.world, channel.file_limit
    if len(file.data) > limit:
        raise CannotDo(f"{file.filename}: your file is too powerful (max {limit // 1024 // 1024} MiB)")
    named = Upload(clean_name(file.filename), file.data, file.description, file.content_type)
    return world.store_file(named, f"ephemeral-attachments/{world.application_id}", ephemeral=True)
