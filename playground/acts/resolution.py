"""What a member chooses or uploads, noted for the bot by id."""

from playground.acts.errors import CannotDo
from playground.wire import payloads
from playground.world.attachments import Upload, clean_name
from playground.world.channels import Channel
from playground.world.guilds import MemberState, Role
from playground.world.json_values import Json


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


def upload(channel: Channel, file: Upload, resolved: Json) -> str:
    """Upload a file to the ephemeral attachments, note it and give its id."""
    world, limit = channel.world, channel.file_limit
    if len(file.data) > limit:
        raise CannotDo(f"{file.filename}: your file is too powerful (max {limit // 1024 // 1024} MiB)")
    named = Upload(clean_name(file.filename), file.data, file.description, file.content_type)
    stored = world.store_file(named, f"ephemeral-attachments/{world.application_id}", ephemeral=True)
    resolved.setdefault("attachments", {})[str(stored.id)] = payloads.attachment(stored)
    return str(stored.id)
