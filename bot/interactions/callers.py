"""Who asks, and on which server."""

from typing import Any, TypedDict

import discord

from domain.errors import NotAllowed

ONLY_ON_SERVERS = (
    "I keep everything per server, so I can't do this in a direct message. Please write to me in a channel of the "
    "server where you want to use it. Nothing was changed."
)


class Who(TypedDict):
    """The keyword arguments by which every service knows a member."""

    guild_id: int
    member_id: int


def who(source: discord.Interaction[Any] | discord.Message) -> Who:
    """Return who asks; raise `NotAllowed` outside a server."""
    guild_id = source.guild_id if isinstance(source, discord.Interaction) else getattr(source.guild, "id", None)
    if guild_id is None:
        raise NotAllowed(ONLY_ON_SERVERS)
    member = source.user if isinstance(source, discord.Interaction) else source.author
    return Who(guild_id=guild_id, member_id=member.id)
