"""Ids in Discord's shape: milliseconds since 2015 in the upper bits, always growing."""

from datetime import UTC, datetime

from playground.world.clock import Clock

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
TIME_SHIFT = 22  # the lower 22 bits hold worker, process and a counter


class Snowflakes:
    """Hands out ids; each is larger than the one before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """Give a fresh id for this moment."""
        elapsed = int((self._clock.now() - EPOCH).total_seconds() * 1000)
        self._last = max(self._last + 1, elapsed << TIME_SHIFT)
        return self._last
