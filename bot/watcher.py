"""The watcher: one timer that gives each open task and drawing its turn, at its own pace."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from bot.turns import Turns
from domain.backoff import pause_after
from domain.errors import BackendError, BackendUnavailable

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before the next look at something whose last look failed
TICK = 0.5  # seconds between two looks for what is open


class Watched(Protocol):
    """Something whose open rows want a look from time to time."""

    async def open_ids(self) -> Sequence[str]:
        """Return the ids that are not finished; once they change, as another sequence."""

    async def refresh(self, subject_id: str, /) -> float | None:
        """Take one look; return the seconds until the next, None when it is finished. An error changes nothing."""


@dataclass(slots=True)
class _Charge:
    """What the watcher knows of one `Watched`, by id."""

    watched: Watched
    open_ids: Sequence[str] = ()  # as they were listed last
    due: dict[str, float] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    def know(self, open_ids: Sequence[str]) -> None:
        """Drop what is finished."""
        if open_ids is self.open_ids:
            return  # the very same list: nothing has ended since
        self.open_ids = open_ids
        still_open = set(open_ids)
        for subject_id in self.due.keys() - still_open:
            del self.due[subject_id]
            self.failures.pop(subject_id, None)


class Watcher:
    """Looks after everything open. What fails, fails alone, and is looked at again after a growing pause."""

    def __init__(
        self,
        watched: Sequence[Watched],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tick: float = TICK,
    ) -> None:
        self._charges = [_Charge(each) for each in watched]
        self._clock = clock
        self._sleep = sleep
        self._tick = tick
        self._turns = Turns()

    async def run(self) -> None:
        """Watch until cancelled."""
        await self._turns.go_on(self.look_around, tick=self._tick, sleep=self._sleep)

    async def look_around(self) -> None:
        """Begin the turn of everything that is due."""
        for place, charge in enumerate(self._charges):
            try:
                charge.know(await charge.watched.open_ids())
            except Exception:
                log.exception("what is open can't be listed now")
                continue
            now = self._clock()
            for subject_id in charge.open_ids:
                if charge.due.get(subject_id, 0.0) <= now:
                    self._turns.line_up((place, subject_id), partial(self._turn, charge, subject_id))

    async def settled(self) -> None:
        """Wait until the turns that were begun have ended."""
        await self._turns.settled()

    def hurry(self, subject_id: str) -> None:
        """Have something looked at with the next tick, whatever its pace; again, if a look is under way."""
        for charge in self._charges:
            charge.due[subject_id] = 0.0  # forgotten where it is not open

    async def _turn(self, charge: _Charge, subject_id: str) -> None:
        charge.due.pop(subject_id, None)
        try:
            pause = await charge.watched.refresh(subject_id)
        except Exception as error:  # noqa: BLE001 - one task's failure must stay in its turn
            failures = charge.failures[subject_id] = charge.failures.get(subject_id, 0) + 1
            asked = getattr(error, "retry_after", None)
            pause = pause_after(failures, first=FIRST_PAUSE, longest=LONGEST_PAUSE, asked=asked)
            _tell(subject_id, error, pause)
        else:
            charge.failures.pop(subject_id, None)
        charge.due.setdefault(subject_id, self._clock() + (0.0 if pause is None else pause))


def _tell(subject_id: str, error: Exception, pause: float) -> None:
    if isinstance(error, BackendUnavailable):
        log.info("id=%s backend=%s is away, next look in %.0f s", subject_id, error.backend, pause)
    elif isinstance(error, BackendError):
        log.warning("id=%s %s, next look in %.0f s", subject_id, error, pause)
    else:
        log.error("id=%s can't be looked at, next look in %.0f s", subject_id, pause, exc_info=error)
