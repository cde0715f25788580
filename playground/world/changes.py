"""A wait without polling for something to become true in the playground."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 120.0  # seconds until a wait gives up, long enough for slow machines

Found = TypeVar("Found")


class Unseen(AssertionError):
    """What was waited for did not happen in time."""


class ChangeSignal:
    """Wakes all who wait each time that something visible has changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Let all who wait look again."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, look: Callable[[], Found | None], *, timeout: float, what: str) -> Found:
        """Return the first truthy result of `look`, or raise Unseen after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                return await self._look_again_and_again(look)
        except TimeoutError as error:
            raise Unseen(f"not seen within {timeout:g} s: {what}") from error

    async def _look_again_and_again(self, look: Callable[[], Found | None]) -> Found:
        while not (found := look()):
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await future
            finally:
                self._waiting.discard(future)
        return found
