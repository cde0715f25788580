"""A guild to which tests and demos add channels and members."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from playground.acts.members import Member
from playground.world.channels import TEXT, Channel
from playground.world.guilds import GuildState, MemberState, Role
from playground.world.permissions import EVERYONE, Overwrite
from playground.world.state import World
from playground.world.users import User


@dataclass(eq=False)
class Guild(GuildState):
    """A guild whose members can act."""

    world: World = field(repr=False)

    @property
    def channels(self) -> list[Channel]:
        """The channels of the guild without threads."""
        return self.world.channels_of(self)

    @property
    def threads(self) -> list[Channel]:
        """The threads of the guild."""
        return self.world.threads_of(self)

    def add_channel(self, name: str, *, overwrites: Iterable[Overwrite] = (), topic: str | None = None) -> Channel:
        """Make a text channel."""
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
        """Let an existing or a new user join, with `permissions` as a role of their own."""
        held = [role.id for role in roles]
        if permissions:
            held.append(self.add_role(f"{name}'s role", permissions=permissions).id)
        member = Member(self, user or self.world.add_user(name), held, self.world.clock.now(), self.world)
        self.members[member.id] = member
        self.world.emit("GUILD_MEMBER_ADD", member)
        return member


def found_guild(world: World, name: str, *, bot_permissions: int, tier: int, guild_id: int | None = None) -> Guild:
    """Found a guild with the everyone role, an owner and the bot."""
    guild = Guild(guild_id or world.ids.next(), world, name, tier=tier)
    guild.add_role("@everyone", permissions=int(EVERYONE), role_id=guild.id)
    owner = world.add_user(f"{name} owner")
    guild.owner_id = owner.id
    bot_role = guild.add_role(f"{world.bot.name}'s role", permissions=bot_permissions)
    for user, role_ids in ((owner, []), (world.bot, [bot_role.id])):
        guild.members[user.id] = MemberState(guild, user, role_ids, world.clock.now())
    world.guilds[guild.id] = guild
    world.emit("GUILD_CREATE", guild)
    return guild
