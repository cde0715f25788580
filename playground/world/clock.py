"""The playground's own time, which is real time plus what a test has skipped."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(eq=False, slots=True)
class Timer:
    """One action that waits for its moment."""

    clock: "Clock"
    due: float
    action: Callable[[], None]
    handle: asyncio.TimerHandle | None = None

    def cancel(self) -> None:
        """Forget the action."""
        self.clock.forget(self)


class Clock:
    """Wall time, steady seconds and timers that all jump together on advance()."""

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._skipped = 0.0
        self._timers: set[Timer] = set()

    def now(self) -> datetime:
        """Say what time it is in the playground (UTC)."""
        return self._wall() + timedelta(seconds=self._skipped)

    def seconds(self) -> float:
        """Give steady seconds, for measuring intervals."""
        return self._steady() + self._skipped

    def freeze(self) -> None:
        """Let the steady seconds stand still but for advance()."""
        moment = self._steady()
        self._steady = lambda: moment

    def call_later(self, delay: float, action: Callable[[], None]) -> Timer:
        """Run an action after `delay` seconds of playground time."""
        timer = Timer(self, self.seconds() + delay, action)
        self._timers.add(timer)
        self._arm(timer)
        return timer

    def forget(self, timer: Timer) -> None:
        """Drop a timer, whether it has run or not."""
        self._timers.discard(timer)
        if timer.handle:
            timer.handle.cancel()

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Skip time without waiting and run the timers that become due, in order."""
        self._skipped += timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days).total_seconds()
        for timer in sorted(self._timers, key=lambda timer: timer.due):
            if timer.due <= self.seconds():
                self._run(timer)
            else:
                self._arm(timer)

    def stop(self) -> None:
        """Drop all timers."""
        for timer in list(self._timers):
            self.forget(timer)

    def _arm(self, timer: Timer) -> None:
        if timer.handle:
            timer.handle.cancel()
        wait = max(0.0, timer.due - self.seconds())
        timer.handle = asyncio.get_running_loop().call_later(wait, self._run, timer)

    def _run(self, timer: Timer) -> None:
        if timer in self._timers:
            self.forget(timer)
            timer.action()
