"""How a running job hears cancel, pause and drain."""

from enum import StrEnum
from pathlib import Path
from typing import assert_never

from domain.queue.messages import JobProgress
from worker.training.events import Cancelled, Drained


class Stop(StrEnum):
    """Why running work has to stop; an order never yields to a weaker one (later here is stronger)."""

    PAUSE = "pause"  # a drawing waits: save the state, go on after it
    DRAIN = "drain"  # the worker ends: save the state, somebody goes on later
    CANCEL = "cancel"  # the member does not want it any more
    LOST = "lost"  # another worker has the job: nothing that is done here counts


STRENGTH = tuple(Stop)
STEPS_BETWEEN_PAUSES = 5  # a training gets on, however long it takes to pick up its work and however many draw


class JobControl:
    """Stands between the event loop, which hears of orders, and the thread that works and reports."""

    def __init__(self, workdir: Path, said: JobProgress) -> None:
        self.workdir = workdir
        self.said = said
        self._stop: Stop | None = None
        self._first_pause = 0  # the step before which no pause is taken

    @property
    def order(self) -> Stop | None:
        """The order to stop that holds, if any."""
        return self._stop

    def stop(self, order: Stop) -> None:
        """Have the work stop at its next report."""
        if self._stop is None or STRENGTH.index(order) > STRENGTH.index(self._stop):
            self._stop = order

    def go_on(self) -> None:
        """Take a pause back; the stronger orders stay."""
        self._first_pause = self.said.step + STEPS_BETWEEN_PAUSES
        if self._stop is Stop.PAUSE:
            self._stop = None

    def report(self, progress: JobProgress) -> None:
        """Say how the work goes; raise `Cancelled` or `Drained` when it has to stop."""
        self.said = progress
        self.check()

    def check(self) -> None:
        """Raise `Cancelled` or `Drained` when the work has to stop."""
        match self._stop:
            case None:
                return
            case Stop.CANCEL | Stop.LOST:
                raise Cancelled
            case Stop.PAUSE if self.said.step < self._first_pause:
                return
            case Stop.DRAIN | Stop.PAUSE:
                raise Drained
            case _:
                assert_never(self._stop)
