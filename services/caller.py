"""Who asks, from where, with which rights."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A member who asks for something in a channel, or in a thread of the parent channel."""

    guild_id: int
    channel_id: int
    member_id: int
    parent_channel_id: int | None = None
    is_staff: bool = False  # may stop and delete what is not theirs
    is_manager: bool = False  # may manage the server, and so its money
