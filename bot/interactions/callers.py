"""The member who asks, from where and with which rights."""

from typing import Any, TypedDict

import discord

from domain.errors import ServersOnly
from services.caller import Caller


class Who(TypedDict):
    """A server and a member as keyword arguments."""

    guild_id: int
    member_id: int


def who(source: discord.Interaction[Any]) -> Who:
    """Return server and member, or raise `ServersOnly`."""
    caller = caller_of(source)
    return Who(guild_id=caller.guild_id, member_id=caller.member_id)


def caller_of(source: discord.Interaction[Any] | discord.Message) -> Caller:
    """Return who asks, from where and with which rights, or raise `ServersOnly`.

    A message carries no rights.
    """
    if isinstance(source, discord.Message):
        guild_id = source.guild.id if source.guild else None
        member, may = source.author, discord.Permissions.none()
    else:
        guild_id = source.guild_id
        member, may = source.user, source.permissions
    if guild_id is None:
        raise ServersOnly
    return Caller(
        guild_id,
        source.channel.id if source.channel else 0,  # a kind of channel that discord.py does not know
        member.id,
        parent_channel_id=source.channel.parent_id if isinstance(source.channel, discord.Thread) else None,
        is_staff=may.manage_guild or may.manage_messages,
        is_manager=may.manage_guild,
        interaction_id=source.id if isinstance(source, discord.Interaction) else 0,
    )
