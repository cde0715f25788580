"""Source images, received like any other picture and kept for as long as a drawing needs them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.datasets.pictures import CleanPicture, RefusedPicture
from domain.drawing.errors import SourceImageGone, SourceImageNotReceived, SourceImageRefused
from domain.drawing.recipes import SourceImage
from services.datasets.intake import Arrival, NotReceived
from storage.drawing.drawings import DrawingStore
from storage.files import FileStore
from storage.pictures.pool import PicturePool


class SourceImages:
    """Takes in the pictures that members want to start from, and removes those that nothing needs any more."""

    def __init__(
        self,
        store: DrawingStore,
        files: FileStore,
        pool: PicturePool,
        *,
        storing: asyncio.Lock,  # held while a file and the row that names it come or go
    ) -> None:
        self._store = store
        self._files = files
        self._pool = pool
        self._storing = storing

    async def receive(self, arrival: Arrival, *, member_id: int) -> CleanPicture:
        """Fetch and clean a member's picture, and store nothing yet.

        Raises `SourceImageNotReceived`, `SourceImageRefused`.
        """
        try:
            verdict = await self._pool.clean(await arrival.read(), turn=member_id)
        except NotReceived as error:
            raise SourceImageNotReceived(error) from error
        if isinstance(verdict, RefusedPicture):
            raise SourceImageRefused(arrival.filename, verdict)
        return verdict

    @asynccontextmanager
    async def keeping(self, sha256: str | None, fresh: CleanPicture | None) -> AsyncIterator[None]:
        """Have the file there, a `fresh` one stored, while the row that names it is written.

        It is removed again when that fails and no other row needs it. Raises `SourceImageGone`.
        """
        if sha256 is None:
            yield
            return
        async with self._storing:
            if fresh is not None:
                await asyncio.to_thread(self._files.put, fresh.content)
            elif not self._files.has(sha256):
                raise SourceImageGone
            try:
                yield
            except Exception:
                if not await self._store.is_used(sha256):
                    self._files.delete(sha256)
                raise

    @asynccontextmanager
    async def removing(self) -> AsyncIterator[None]:
        """Have no picture come in while rows are deleted, and then the files that no row needs any more."""
        async with self._storing:
            yield


def source_of(clean: CleanPicture) -> SourceImage:
    """Return what a recipe needs to know of a picture."""
    return SourceImage(clean.sha256, clean.width, clean.height)
