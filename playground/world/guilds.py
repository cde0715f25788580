"""A guild (server): its roles, channels and members."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playground.world.channels import TEXT, Channel
from playground.world.members import Member, User
from playground.world.permissions import EVERYONE, Overwrite, in_guild

if TYPE_CHECKING:
    from playground.world.state import World

MIB = 1024 * 1024
FILE_LIMITS = {0: 10 * MIB, 1: 10 * MIB, 2: 50 * MIB, 3: 100 * MIB}  # bytes per file, by boost tier


@dataclass(eq=False, slots=True)
class Role:
    """A named set of permissions."""

    id: int
    name: str
    permissions: int = 0
    position: int = 1
    mentionable: bool = False


@dataclass(eq=False)
class Guild:
    """A guild with its members, among them usually the bot."""

    id: int
    world: "World" = field(repr=False)
    name: str
    owner_id: int = 0
    tier: int = 0
    locale: str = "en-US"
    roles: dict[int, Role] = field(default_factory=dict, repr=False)
    members: dict[int, Member] = field(default_factory=dict, repr=False)
    has_bot: bool = True

    @property
    def file_limit(self) -> int:
        """Bytes that one attachment may have here."""
        return FILE_LIMITS[self.tier]

    @property
    def channels(self) -> list[Channel]:
        """The channels of the guild without threads."""
        return [c for c in self.world.channels.values() if c.guild is self and not c.is_thread]

    @property
    def threads(self) -> list[Channel]:
        """The threads of the guild."""
        return [c for c in self.world.channels.values() if c.guild is self and c.is_thread]

    def add_role(
        self, name: str, *, permissions: int = 0, mentionable: bool = False, role_id: int | None = None
    ) -> Role:
        """Make a role."""
        role = Role(role_id or self.world.ids.next(), name, permissions, len(self.roles), mentionable)
        self.roles[role.id] = role
        return role

    def add_channel(self, name: str, *, overwrites: Iterable[Overwrite] = (), topic: str | None = None) -> Channel:
        """Make a text channel; everybody connected hears of it."""
        channel = Channel(
            self.world.ids.next(),
            self.world,
            name,
            TEXT,
            self,
            position=len(self.channels),
            topic=topic,
            overwrites=list(overwrites),
        )
        self.world.add_channel(channel)
        return channel

    def add_member(
        self, name: str, *, roles: Iterable[Role] = (), permissions: int = 0, user: User | None = None
    ) -> Member:
        """Let somebody join (an existing user or a new one); `permissions` become a role of their own."""
        person = user or self.world.add_user(name)
        held = list(roles)
        if permissions:
            held.append(self.add_role(f"{name}'s role", permissions=permissions))
        member = Member(self.world, self, person, [role.id for role in held], self.world.clock.now())
        self.members[person.id] = member
        self.world.member_joined(member)
        return member

    def permissions_of(self, member: Member) -> int:
        """Fold a member's roles, the everyone role among them."""
        roles = [self.roles[role_id] for role_id in (self.id, *member.role_ids) if role_id in self.roles]
        return in_guild(is_owner=member.id == self.owner_id, roles=roles)


def found(world: "World", name: str, *, bot_permissions: int, tier: int) -> Guild:
    """Found a guild with the everyone role and, by default, the bot as a member."""
    guild = Guild(world.ids.next(), world, name, tier=tier)
    guild.add_role("@everyone", permissions=int(EVERYONE), role_id=guild.id)
    owner = guild.add_member(f"{name} owner")
    guild.owner_id = owner.id
    guild.add_member(world.bot.name, user=world.bot, permissions=bot_permissions)
    return guild
