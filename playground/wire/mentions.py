"""Who is mentioned in a message, and who of them is notified."""

import re
from collections.abc import Iterator

from playground.wire.components import TEXT
from playground.world import layout
from playground.world.channels import Message, MessageMentions
from playground.world.json_values import Json, as_id, as_object
from playground.world.permissions import Permission
from playground.world.users import User

USER, ROLE, EVERYONE = re.compile(r"<@!?(\d+)>"), re.compile(r"<@&(\d+)>"), re.compile(r"@(everyone|here)\b")


def read_mentions(message: Message, allowed_mentions: object) -> None:
    """Find out who is mentioned and who is notified under `allowed_mentions`, where None allows all."""
    allowed = None if allowed_mentions is None else as_object(allowed_mentions)
    text = "\n".join([message.content, *_displays(message)])
    known = message.channel.world.users
    users = [known[i] for i in _allowed(USER.findall(text), allowed, "users") if i in known]
    pinged = [user.id for user in users]
    if message.reference and (allowed is None or allowed.get("replied_user")):
        author = message.reference.author
        pinged.append(author.id)
        users += [] if author in users else [author]
    roles = _allowed(ROLE.findall(text), allowed, "roles")
    everyone = bool(EVERYONE.search(text)) and (allowed is None or "everyone" in (allowed.get("parse") or ()))
    message.mentions = _in_guild(message, users, roles, pinged, everyone=everyone)


def _in_guild(
    message: Message, users: list[User], roles: list[int], pinged: list[int], *, everyone: bool
) -> MessageMentions:
    guild = message.channel.guild
    if guild:
        author = guild.members.get(message.author.id)
        may_all = author is None or bool(message.channel.permissions_of(author) & Permission.MENTION_EVERYONE)
        roles = [r for r in roles if r in guild.roles]
        everyone = everyone and may_all
        notified = {r for r in roles if may_all or guild.roles[r].mentionable}
        pinged += [m.id for m in guild.members.values() if everyone or notified & set(m.role_ids)]
    else:
        roles, everyone = [], False
    pings = tuple(dict.fromkeys(i for i in pinged if i != message.author.id))
    return MessageMentions(tuple(users), tuple(roles), everyone, pings)


def _displays(message: Message) -> Iterator[str]:
    return (str(c["content"]) for c in layout.walk(message.raw_components) if c["type"] == TEXT)


def _allowed(found: list[str], allowed: Json | None, kind: str) -> list[int]:
    ids = list(dict.fromkeys(int(i) for i in found))
    if allowed is None or kind in (allowed.get("parse") or ()):
        return ids
    listed = {as_id(i) for i in allowed.get(kind) or ()}
    return [i for i in ids if i in listed]
