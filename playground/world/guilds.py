"""Guilds (servers) with their roles and members, as they are stored."""

from dataclasses import dataclass, field
from datetime import datetime

from playground.world.context import Context
from playground.world.permissions import in_guild
from playground.world.users import User

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
class MemberState:
    """A user in a guild, with the roles held there."""

    guild: "GuildState" = field(repr=False)
    user: User
    role_ids: list[int]
    joined: datetime

    @property
    def id(self) -> int:
        """The user's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The user's name."""
        return self.user.name

    def leave(self) -> None:
        """Leave the guild, which the bot loses when it is the one that leaves."""
        guild = self.guild
        guild.members.pop(self.id, None)
        if self.user is guild.world.bot:
            guild.has_bot = False
            guild.world.emit("GUILD_DELETE", guild)
        else:
            guild.world.emit("GUILD_MEMBER_REMOVE", self)
        guild.world.changes.notify()


@dataclass(eq=False)
class GuildState:
    """A guild with its members, among them usually the bot."""

    id: int
    world: Context = field(repr=False)
    name: str
    owner_id: int = 0
    tier: int = 0
    locale: str = "en-US"
    roles: dict[int, Role] = field(default_factory=dict, repr=False)
    members: dict[int, MemberState] = field(default_factory=dict, repr=False)
    has_bot: bool = True

    @property
    def file_limit(self) -> int:
        """Bytes that one attachment may have here."""
        return FILE_LIMITS[self.tier]

    @property
    def bot(self) -> MemberState | None:
        """The bot as a member of this guild."""
        return self.members.get(self.world.bot.id)

    def add_role(
        self, name: str, *, permissions: int = 0, mentionable: bool = False, role_id: int | None = None
    ) -> Role:
        """Make a role."""
        role = Role(role_id or self.world.ids.next(), name, permissions, len(self.roles), mentionable)
        self.roles[role.id] = role
        return role

    def permissions_of(self, member: MemberState) -> int:
        """Fold a member's roles, the everyone role among them."""
        roles = [self.roles[role_id] for role_id in (self.id, *member.role_ids) if role_id in self.roles]
        return in_guild(is_owner=member.id == self.owner_id, roles=roles)
