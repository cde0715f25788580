"""Time in the playground can be skipped, with its timers."""

from datetime import UTC, datetime, timedelta

from playground.world.clock import Clock

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def still() -> Clock:
    return Clock(lambda: NOON, lambda: 100.0)


async def test_all_clocks_jump_together() -> None:
    clock = still()
    clock.advance(minutes=15, seconds=1)

    assert clock.now() == NOON + timedelta(minutes=15, seconds=1)
    assert clock.seconds() == 1001.0


async def test_due_timers_run_in_order_and_once() -> None:
    clock = still()
    ran: list[str] = []
    clock.call_later(5, lambda: ran.append("five"))
    clock.call_later(2, lambda: ran.append("two"))
    cancelled = clock.call_later(3, lambda: ran.append("never"))
    clock.call_later(60, lambda: ran.append("much later"))
    cancelled.cancel()
    clock.advance(seconds=4)
    clock.advance(seconds=4)
    clock.advance(seconds=4)
    clock.stop()

    assert ran == ["two", "five"]
