"""The watcher, which alone acts on open orders, on each at its own pace."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Protocol

from bot.background.runner import BoundedRunner
from domain.backoff import pause_after
from domain.errors import BackendError, BackendUnavailable

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before the next look at something whose last look failed
TICK = 0.5  # seconds between two looks for what is open
LOOK_SECONDS = 3.0  # for which a press waits for the first look at its order
UNDER_WAY = float("inf")  # when an order is due that is just looked at by a list
FEWEST_LISTED = 2  # orders that are looked at by the list of their backend: one alone is asked for by itself


class OpenThing(Protocol):
    """An order that is not over, and the backend whose list shows it among others."""

    @property
    def id(self) -> str:
        """Return its id."""

    @property
    def listed_by(self) -> str | None:
        """Return the backend, None where it is looked at by itself."""


class Watched(Protocol):
    """Orders of one kind that want a look from time to time."""

    async def open_orders(self) -> Collection[OpenThing]:
        """Return those that are not finished."""

    async def refresh(self, order_id: str, /) -> float | None:
        """Take one look. Return the seconds until the next, None when it is finished. An error changes nothing."""

    async def refresh_listed(self, backend: str, order_ids: Collection[str], /) -> Mapping[str, float | None]:
        """Take one look at all these by a list, and return the same for those that the list named."""


class Watcher:
    """Looks after everything open. What fails, fails alone, and is looked at again after a growing pause."""

    def __init__(
        self,
        watched: Sequence[Watched],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tick: float = TICK,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._watched = watched
        self._clock = clock
        self._sleep = sleep
        self._tick = tick
        self._look_seconds = look_seconds
        self._runner = BoundedRunner()
        self._due: dict[str, float] = {}  # by order. What is not here is due now
        self._failures: dict[str, int] = {}
        self._alone: set[str] = set()  # orders whose next look is not by a list
        self._waiting: defaultdict[str, list[asyncio.Event]] = defaultdict(list)  # for the end of the next look

    async def run(self) -> None:
        """Watch until cancelled."""
        await self._runner.go_on(self.look_around, tick=self._tick, sleep=self._sleep)

    async def look_around(self) -> None:
        """Begin a look at everything that is due."""
        still_open: set[str] = set()
        is_complete = True
        for watched in self._watched:
            try:
                found = await watched.open_orders()
            except Exception:
                log.exception("what is open can't be listed now")
                is_complete = False
                continue
            still_open |= {each.id for each in found}
            self._begin(watched, found)
        if is_complete:
            self._forget_but(still_open)

    async def settled(self) -> None:
        """Wait until the looks that were begun have ended."""
        await self._runner.settled()

    async def look_now(self, watched: Watched, order_id: str) -> None:
        """Look at an order at once, and wait for the end of that look, but not longer than a member would."""
        is_over = asyncio.Event()
        self._waiting[order_id].append(is_over)
        self._due[order_id] = 0.0  # where a look is under way, the next one comes with the next tick
        self._runner.start(order_id, partial(self._look, watched, order_id), is_urgent=True)
        try:
            async with asyncio.timeout(self._look_seconds):
                await is_over.wait()
        except TimeoutError:
            log.info("id=%s is still looked at after %.1f s", order_id, self._look_seconds)
            if is_over in self._waiting.get(order_id, ()):
                self._waiting[order_id].remove(is_over)

    def _begin(self, watched: Watched, found: Collection[OpenThing]) -> None:
        """Begin the looks that are due. When one of a list is due, all of that list are looked at."""
        now = self._clock()
        listed: defaultdict[str, list[str]] = defaultdict(list)
        due_lists: dict[str, str] = {}  # by backend, the order that makes its list due
        for each in found:
            is_due = self._due.get(each.id, 0.0) <= now
            if each.listed_by is None or each.id in self._alone:
                if is_due:
                    self._runner.line_up(each.id, partial(self._look, watched, each.id))
                continue
            listed[each.listed_by].append(each.id)
            if is_due:
                due_lists[each.listed_by] = each.id
        for backend, order_id in due_lists.items():
            if len(listed[backend]) < FEWEST_LISTED:
                self._runner.line_up(order_id, partial(self._look, watched, order_id))
            else:
                look = partial(self._look_listed, watched, backend, frozenset(listed[backend]))
                self._runner.line_up(("list", backend), look)

    async def _look(self, watched: Watched, order_id: str) -> None:
        self._due.pop(order_id, None)
        waiting = self._waiting.pop(order_id, ())
        try:
            pause = await watched.refresh(order_id)
        except Exception as error:  # noqa: BLE001 - one order's failure must stay in its look
            self._failed(order_id, error)
        else:
            self._looked(order_id, pause)
        finally:
            self._alone.discard(order_id)
            for is_over in waiting:
                is_over.set()

    async def _look_listed(self, watched: Watched, backend: str, order_ids: frozenset[str]) -> None:
        """Look at orders by a list. What it leaves out is looked at alone, at once."""
        self._due.update(dict.fromkeys(order_ids, UNDER_WAY))
        self._alone.update(order_ids)
        pauses: Mapping[str, float | None] = {}
        failure: Exception | None = None
        try:
            pauses = await watched.refresh_listed(backend, order_ids)
        except Exception as error:  # noqa: BLE001 - as above
            failure = error
        for order_id in order_ids:
            if self._due.get(order_id) == UNDER_WAY:
                del self._due[order_id]
            if failure is not None:
                self._failed(order_id, failure)
            elif order_id in pauses:
                self._alone.discard(order_id)
                self._looked(order_id, pauses[order_id])

    def _looked(self, order_id: str, pause: float | None) -> None:
        self._failures.pop(order_id, None)
        # A press that came during the look has made it due already, and then it stays so.
        self._due.setdefault(order_id, self._clock() + (pause or 0.0))

    def _failed(self, order_id: str, error: Exception) -> None:
        failures = self._failures[order_id] = self._failures.get(order_id, 0) + 1
        pause = pause_after(
            failures, first=FIRST_PAUSE, longest=LONGEST_PAUSE, asked=getattr(error, "retry_after", None)
        )
        self._due.setdefault(order_id, self._clock() + pause)
        _log_failure(order_id, error, pause)

    def _forget_but(self, still_open: Collection[str]) -> None:
        for order_id in self._due.keys() - still_open:
            del self._due[order_id]
            self._failures.pop(order_id, None)
            self._alone.discard(order_id)


def _log_failure(order_id: str, error: Exception, pause: float) -> None:
    if isinstance(error, BackendUnavailable):
        log.info("id=%s backend=%s is away, next look in %.0f s", order_id, error.backend, pause)
    elif isinstance(error, BackendError):
        log.warning("id=%s %s, next look in %.0f s", order_id, error, pause)
    else:
        log.error("id=%s can't be looked at, next look in %.0f s", order_id, pause, exc_info=error)
