"""Ids grow and carry their time."""

from datetime import UTC, datetime

from playground.world.clock import Clock
from playground.world.snowflakes import Snowflakes

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def still() -> Clock:
    return Clock(lambda: NOON, lambda: 100.0)


async def test_ids_grow_even_within_a_moment_and_tell_their_time() -> None:
    clock = still()
    ids = Snowflakes(clock)
    first, second = ids.next(), ids.next()
    clock.advance(hours=1)
    later = ids.next()

    assert first < second < later
    assert (later >> 22) - (first >> 22) == 3_600_000
