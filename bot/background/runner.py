"""A runner of jobs side by side, never two at once for the same key."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from itertools import count
from typing import Any

log = logging.getLogger(__name__)

MOST_AT_ONCE = 8
GAP = 0.02  # seconds until one more from the line overlaps: quick ones follow each other in one task, at less cost
BREATH = 16  # jobs that one task does before it lets others run

Work = Callable[[], Coroutine[Any, Any, None]]


class BoundedRunner:
    """Runs at most `most` jobs at once. More may wait in line."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._most = most
        self._running: dict[Hashable, asyncio.Task[None]] = {}  # the key that each runner is at
        self._line: OrderedDict[Hashable, Work] = OrderedDict()
        self._next: asyncio.TimerHandle | None = None

    def start(self, key: Hashable, work: Work, *, is_urgent: bool = False) -> bool:
        """Begin work for `key`. False when some is under way, or when there is no room.

        Urgent work needs no room.
        """
        if key in self._running or (len(self._running) >= self._most and not is_urgent):
            return False
        self._line.pop(key, None)
        runner = self._running[key] = asyncio.create_task(self._run(key, work))
        runner.add_done_callback(self._end)  # comes also when the runner is broken off before it began
        return True

    def line_up(self, key: Hashable, work: Work) -> None:
        """Begin work for `key` when its time comes, in the order of the calls, once however often it is asked for."""
        if key not in self._running:
            self._line.setdefault(key, work)
            self._move_up()

    async def go_on(
        self, look_around: Callable[[], Awaitable[None]], *, tick: float, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Let `look_around` begin work every `tick` seconds until cancelled, and break off then what is under way."""
        try:
            while True:
                await look_around()
                await sleep(tick)
        finally:
            await self.stop()

    async def settled(self) -> None:
        """Wait until everything that is under way has ended."""
        while self._running:  # what ends lets the next begin
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Break off what is under way. Any work may be cut off at any moment, and is done again later."""
        self._line.clear()
        for runner in self._running.values():
            runner.cancel()
        await self.settled()

    def _move_up(self) -> None:
        """Begin the next in line when nothing is under way, else after a gap, if there is room then."""
        if not self._line:
            return
        if not self._running:
            self.start(*self._line.popitem(last=False))
        if self._next is None:
            self._next = asyncio.get_running_loop().call_later(GAP, self._after_gap)

    def _after_gap(self) -> None:
        self._next = None
        if self._line and len(self._running) < self._most:
            self.start(*self._line.popitem(last=False))
        self._move_up()

    async def _run(self, key: Hashable, work: Work) -> None:
        """Do the work, then what waits in line, without a task for each of them."""
        for taken in count(1):
            try:
                await work()
            except Exception:
                log.exception("the work for %s failed", key)
            if taken % BREATH == 0:
                await asyncio.sleep(0)
            if not self._line:
                return
            runner = self._running.pop(key)
            key, work = self._line.popitem(last=False)
            self._running[key] = runner

    def _end(self, runner: asyncio.Task[None]) -> None:
        self._running = {key: other for key, other in self._running.items() if other is not runner}
        self._move_up()
