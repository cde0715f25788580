"""The watcher: one timer that gives each open task and drawing its turn, at its own pace."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from bot.turns import Turns
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
        self._watched = watched
        self._clock = clock
        self._sleep = sleep
        self._tick = tick
        self._turns = Turns()
        self._due: dict[tuple[int, str], float] = {}
        self._failures: dict[tuple[int, str], int] = {}
        self._open: dict[int, Sequence[str]] = {}  # as it was listed last

    async def run(self) -> None:
        """Watch until cancelled."""
        await self._turns.go_on(self.look_around, tick=self._tick, sleep=self._sleep)

    async def look_around(self) -> None:
        """Begin the turn of everything that is due."""
        for place, watched in enumerate(self._watched):
            try:
                ids = await watched.open_ids()
            except Exception:
                log.exception("what is open can't be listed now")
                continue
            self._forget(place, ids)
            now = self._clock()
            for subject_id in ids:
                key = (place, subject_id)
                if self._due.get(key, 0.0) <= now:
                    self._turns.line_up(key, partial(self._turn, key, watched))

    async def settled(self) -> None:
        """Wait until the turns that were begun have ended."""
        await self._turns.settled()

    def hurry(self, subject_id: str) -> None:
        """Have something looked at with the next tick, whatever its pace; again, if a look is under way."""
        for place in range(len(self._watched)):
            self._due[place, subject_id] = 0.0  # forgotten where it is not open

    async def _turn(self, key: tuple[int, str], watched: Watched) -> None:
        self._due.pop(key, None)
        try:
            pause = await watched.refresh(key[1])
        except Exception as error:  # noqa: BLE001 - one task's failure must stay in its turn
            self._failures[key] = self._failures.get(key, 0) + 1
            pause = pause_after(self._failures[key], asked=getattr(error, "retry_after", None))
            _tell(key[1], error, pause)
        else:
            self._failures.pop(key, None)
        self._due.setdefault(key, self._clock() + (0.0 if pause is None else pause))

    def _forget(self, place: int, ids: Sequence[str]) -> None:
        """Drop what is finished."""
        if ids is self._open.get(place):
            return  # the very same list: nothing has ended since
        self._open[place] = ids
        still_open = set(ids)
        for key in [key for key in self._due if key[0] == place and key[1] not in still_open]:
            del self._due[key]
            self._failures.pop(key, None)


def pause_after(failures: int, *, asked: float | None = None) -> float:
    """Return the seconds before the next look after so many failures in a row; never fewer than a backend asked."""
    return max(min(FIRST_PAUSE * 2.0 ** (failures - 1), LONGEST_PAUSE), asked or 0.0)


def _tell(subject_id: str, error: Exception, pause: float) -> None:
    if isinstance(error, BackendUnavailable):
        log.info("id=%s backend=%s is away, next look in %.0f s", subject_id, error.backend, pause)
    elif isinstance(error, BackendError):
        log.warning("id=%s %s, next look in %.0f s", subject_id, error, pause)
    else:
        log.error("id=%s can't be looked at, next look in %.0f s", subject_id, pause, exc_info=error)
