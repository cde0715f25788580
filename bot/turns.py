"""Turns: work done side by side, never twice at once for the same thing, each failure ending with its turn."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any

log = logging.getLogger(__name__)

MOST_AT_ONCE = 8


class Turns:
    """Runs at most `most` turns at once."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._most = most
        self._running: dict[Hashable, asyncio.Task[None]] = {}

    def start(self, key: Hashable, turn: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Begin a turn for `key`; False when one is under way, or when there is no room."""
        if key in self._running or len(self._running) >= self._most:
            return False
        self._running[key] = asyncio.create_task(self._run(key, turn))
        return True

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
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Break off what is under way: any turn may be cut off at any moment, and is taken again later."""
        for task in self._running.values():
            task.cancel()
        await self.settled()

    async def _run(self, key: Hashable, turn: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await turn()
        except Exception:
            log.exception("the turn of %s failed", key)
        finally:
            del self._running[key]
