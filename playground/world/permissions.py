"""Roles and channel overwrites, folded into one bit field of permissions."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from typing import Protocol


class Permission(IntFlag):
    """The permissions that the playground looks at (bit numbers are Discord's)."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    PIN_MESSAGES = 1 << 51


EVERYTHING = (1 << 53) - 1

EVERYONE = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies to one role or one member (by id)."""

    target_id: int
    is_member: bool
    allow: int = 0
    deny: int = 0


class Ranked(Protocol):
    """A role as far as permissions go."""

    @property
    def id(self) -> int:
        """The snowflake."""
        ...

    @property
    def permissions(self) -> int:
        """The bits that the role grants."""
        ...


def in_guild(*, is_owner: bool, roles: Iterable[Ranked]) -> int:
    """Fold the permissions of a member's roles (the everyone role among them)."""
    bits = 0
    for role in roles:
        bits |= role.permissions
    return EVERYTHING if is_owner or bits & Permission.ADMINISTRATOR else bits


def in_channel(
    base: int, overwrites: Iterable[Overwrite], *, everyone_id: int, role_ids: set[int], member_id: int
) -> int:
    """Apply a channel's overwrites, first everyone's, then the roles', then the member's own."""
    if base == EVERYTHING:
        return base
    found = list(overwrites)
    everyone = [o for o in found if o.target_id == everyone_id]
    by_role = [o for o in found if not o.is_member and o.target_id in role_ids - {everyone_id}]
    own = [o for o in found if o.is_member and o.target_id == member_id]
    for group in (everyone, by_role, own):
        base = _apply(base, group)
    if not base & Permission.VIEW_CHANNEL:
        return 0
    if not base & (Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS):
        base &= ~(Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE)
    return base


def _apply(base: int, group: list[Overwrite]) -> int:
    deny = allow = 0
    for overwrite in group:
        deny |= overwrite.deny
        allow |= overwrite.allow
    return base & ~deny | allow
