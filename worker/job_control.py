"""How a running job hears cancel, pause and drain."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from domain.queue.messages import JobProgress


class Cancelled(Exception):
    """The work has to stop, and nothing of it is kept."""


class Drained(Exception):
    """The work has to stop now, save its state and continue later."""


class Stop(StrEnum):
    """Why running work has to stop, weakest first.

    A stop is never replaced by a weaker one.
    """

    PAUSE = "pause"  # a drawing waits, after which the work goes on
    DRAIN = "drain"  # the worker ends, and another delivery goes on later
    CANCEL = "cancel"  # the member does not want it any more
    LOST = "lost"  # another worker has the job, so nothing that is done here counts


STRENGTH = tuple(Stop)
STEPS_BETWEEN_PAUSES = 5  # so that a training gets on, however many drawings wait


class JobControl:
    """Connects the event loop, which hears of stops, with the thread that works and reports.

    `progress` is what the work reported last.
    """

    def __init__(self, workdir: Path, progress: JobProgress) -> None:
        self.workdir = workdir
        self.progress = progress
        self._stop: Stop | None = None
        self._first_pause = 0  # the step before which no pause is taken
        self._resumed = asyncio.Event()
        self._resumed.set()

    @property
    def requested(self) -> Stop | None:
        """The stop that was requested, if any."""
        return self._stop

    def stop(self, stop: Stop) -> None:
        """Have the work stop at its next report."""
        if self._stop is None or STRENGTH.index(stop) > STRENGTH.index(self._stop):
            self._stop = stop

    def pause(self) -> None:
        """Have the work stop at its next report and wait until it is resumed."""
        self._resumed.clear()
        self.stop(Stop.PAUSE)

    def resume(self) -> None:
        """Take a pause back, but no stronger stop."""
        self._first_pause = self.progress.step + STEPS_BETWEEN_PAUSES
        if self._stop is Stop.PAUSE:
            self._stop = None
        self._resumed.set()

    async def until_resumed(self) -> None:
        """Wait for the end of a pause, if there is one."""
        await self._resumed.wait()

    def report(self, progress: JobProgress) -> None:
        """Report progress.

        Raises `Cancelled` or `Drained` when the work has to stop.
        """
        self.progress = progress
        self.check()

    def check(self) -> None:
        """Raise `Cancelled` or `Drained` when the work has to stop."""
        match self._stop:
            case None:
                return
            case Stop.CANCEL | Stop.LOST:
                raise Cancelled
            case Stop.PAUSE if self.progress.step < self._first_pause:
                return
            case Stop.DRAIN | Stop.PAUSE:
                raise Drained
            case _:
                assert_never(self._stop)
