"""Work that is repeated as long as the bot runs, such as cleanup."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

log = logging.getLogger(__name__)

PAUSE = 3600.0  # seconds between two rounds


@contextlib.asynccontextmanager
async def tidying(tidy: Callable[[], Awaitable[object]], *, pause: float = PAUSE) -> AsyncIterator[None]:
    """Call `tidy` now and every `pause` seconds, until the block ends."""
    rounds = asyncio.create_task(_rounds(tidy, pause), name="tidying")
    try:
        yield
    finally:
        rounds.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await rounds


async def _rounds(tidy: Callable[[], Awaitable[object]], pause: float) -> None:
    while True:
        try:
            await tidy()
        except Exception:
            log.exception("tidying failed; the next round tries again")
        await asyncio.sleep(pause)
