"""The member who asks, and on which server."""

from typing import Any, TypedDict

import discord

from domain.errors import ServersOnly
from services.caller import Caller


class Who(TypedDict):
    """The keyword arguments by which every service knows a member."""

    guild_id: int
    member_id: int


def who(source: discord.Interaction[Any] | discord.Message) -> Who:
    """Return server and member, or raise `ServersOnly`."""
    guild_id = source.guild_id if isinstance(source, discord.Interaction) else getattr(source.guild, "id", None)
    if guild_id is None:
        raise ServersOnly
    member = source.user if isinstance(source, discord.Interaction) else source.author
    return Who(guild_id=guild_id, member_id=member.id)


def caller_of(source: discord.Interaction[Any] | discord.Message) -> Caller:
    """Return who asks, from where and with which rights, or raise `ServersOnly`."""
    channel = source.channel
    parent_channel_id = channel.parent_id if isinstance(channel, discord.Thread) else None
    may = source.permissions if isinstance(source, discord.Interaction) else discord.Permissions.none()
    return Caller(
        **who(source),
        channel_id=(source.channel_id if isinstance(source, discord.Interaction) else source.channel.id) or 0,
        parent_channel_id=parent_channel_id,
        is_staff=may.manage_guild or may.manage_messages,
        is_manager=may.manage_guild,
    )
