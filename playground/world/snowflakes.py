"""Ids in Discord's shape.

The upper bits hold the milliseconds since 2015. Source: https://discord.com/developers/docs/reference#snowflakes
"""

from datetime import UTC, datetime, timedelta

from playground.world.clock import Clock

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
TIME_SHIFT = 22  # the lower 22 bits hold worker, process and a counter


class Snowflakes:
    """Hands out ids, each larger than the one before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """Give a fresh id for this moment."""
        elapsed = (self._clock.now() - EPOCH) // timedelta(milliseconds=1)
        self._last = max(self._last + 1, elapsed << TIME_SHIFT)
        return self._last


def creation_time(snowflake: int) -> datetime:
    """Read from an id when it was made (UTC, to the millisecond)."""
    return EPOCH + timedelta(milliseconds=snowflake >> TIME_SHIFT)
