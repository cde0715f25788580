"""A semaphore that serves waiting callers in turn, one of each key."""

import asyncio
from collections import deque
from collections.abc import Hashable


class FairSemaphore:
    """Limits how many callers work at once.

    Who waits is served round robin between the keys, and first come first served within one key.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}

    async def acquire(self, key: Hashable) -> None:
        """Wait for a place. A cancelled caller leaves the queue and holds none."""
        if self._free:
            self._free -= 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # it was given to this caller at the same moment
                self.release()
            raise

    def release(self) -> None:
        """Give the place to the next in turn."""
        while self._waiting:
            key = next(iter(self._waiting))
            queue = self._waiting.pop(key)
            place = queue.popleft()
            if queue:
                self._waiting[key] = queue  # to the end of the round
            if not place.done():
                place.set_result(None)
                return
        self._free += 1
