"""The removal of what members deleted more than a day ago."""

import logging
from collections.abc import Callable

from domain.datasets.dataset import UNDO_SECONDS
from storage.files import FileStore
from storage.upkeep.purging import Purging

log = logging.getLogger(__name__)

GRACE_SECONDS = 3600  # beyond the time for Undo, so that the two never meet


class CleanupService:
    """Deletes rows and files that nothing can bring back any more."""

    def __init__(self, purging: Purging, *, files: FileStore, now: Callable[[], float]) -> None:
        self._purging = purging
        self._files = files
        self._now = now

    async def clean_up(self) -> int:
        """Delete what is due, and return how many files went."""
        before = self._now() - UNDO_SECONDS - GRACE_SECONDS
        async with self._files.changing():
            unused = await self._purging.unused(before=before)
            for sha256 in unused:
                await self._files.delete(sha256)
            rows = await self._purging.purge(before=before)
        if rows:
            log.info("tidied rows=%d files=%d", rows, len(unused))
        return len(unused)
