"""Tidies up once an hour, as long as the bot runs."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from services.tidying import TidyingService

log = logging.getLogger(__name__)

PAUSE = 3600.0  # seconds between two rounds


@contextlib.asynccontextmanager
async def tidying(service: TidyingService, *, pause: float = PAUSE) -> AsyncIterator[None]:
    """Remove what is due now and every `pause` seconds, until the block ends."""
    rounds = asyncio.create_task(_rounds(service, pause), name="tidying")
    try:
        yield
    finally:
        rounds.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await rounds


async def _rounds(service: TidyingService, pause: float) -> None:
    while True:
        try:
            await service.tidy()
        except Exception:
            log.exception("tidying failed; the next round tries again")
        await asyncio.sleep(pause)
