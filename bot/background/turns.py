"""Turns: work done side by side, never twice at once for the same thing, each failure ending with its turn."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from itertools import count
from typing import Any

log = logging.getLogger(__name__)

MOST_AT_ONCE = 8
GAP = 0.02  # seconds until one more turn from the line overlaps: quick ones take each other's place, at less cost
BREATH = 16  # turns that one runner takes before it surely lets others run

Turn = Callable[[], Coroutine[Any, Any, None]]


class Turns:
    """Runs at most `most` turns at once; more may stand in line."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._most = most
        self._running: dict[Hashable, asyncio.Task[None]] = {}  # the key that each runner is at
        self._line: OrderedDict[Hashable, Turn] = OrderedDict()
        self._next: asyncio.TimerHandle | None = None

    def start(self, key: Hashable, turn: Turn) -> bool:
        """Begin a turn for `key`; False when one is under way, or when there is no room."""
        if key in self._running or len(self._running) >= self._most:
            return False
        runner = self._running[key] = asyncio.create_task(self._run(key, turn))
        runner.add_done_callback(self._end)  # comes also when the runner is broken off before it began
        return True

    def line_up(self, key: Hashable, turn: Turn) -> None:
        """Begin a turn for `key` when its time comes, first come, first served; asked again meanwhile, still once."""
        if key not in self._running:
            self._line.setdefault(key, turn)
            self._move_up()

    async def go_on(
        self, look_around: Callable[[], Awaitable[None]], *, tick: float, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        """Let `look_around` begin turns every `tick` seconds, until cancelled; then break off what is under way."""
        try:
            while True:
                await look_around()
                await sleep(tick)
        finally:
            await self.stop()

    async def settled(self) -> None:
        """Wait until every turn that is under way has ended."""
        while self._running:  # what ends lets the next begin
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Break off what is under way: any turn may be cut off at any moment, and is taken again later."""
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

    async def _run(self, key: Hashable, turn: Turn) -> None:
        """Take a turn, then those that stand in line, without a task for each of them."""
        for taken in count(1):
            try:
                await turn()
            except Exception:
                log.exception("the turn of %s failed", key)
            if taken % BREATH == 0:
                await asyncio.sleep(0)
            if not self._line:
                return
            runner = self._running.pop(key)
            key, turn = self._line.popitem(last=False)
            self._running[key] = runner

    def _end(self, runner: asyncio.Task[None]) -> None:
        self._running = {key: other for key, other in self._running.items() if other is not runner}
        self._move_up()
