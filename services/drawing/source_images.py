"""The pictures that drawings start from: received like any other, kept for as long as a drawing needs them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.datasets.errors import SourcePictureRefused
from domain.datasets.pictures import CleanPicture, RefusedPicture
from domain.drawing.drawings import NOTHING_DRAWN, Start
from domain.errors import InvalidInput
from services.datasets.intake import IncomingFile
from storage.drawing.drawings import GenerationStore
from storage.files import FileStore
from storage.pictures.pool import PicturePool

GONE = f"The picture that this drawing starts from is gone. Attach it to /imagine once more. {NOTHING_DRAWN}"


class Starts:
    """Takes in the pictures that members want to start from, and removes those that nothing needs any more."""

    def __init__(
        self,
        store: GenerationStore,
        files: FileStore,
        pool: PicturePool,
    ) -> None:
        self._store = store
        self._files = files
        self._pool = pool

    async def receive(self, incoming: IncomingFile, *, member_id: int) -> CleanPicture:
        """Fetch and clean a member's picture, and store nothing yet. Raises `SourcePictureRefused`."""
        verdict = await self._pool.clean_from(incoming.read, turn=member_id)
        if isinstance(verdict, RefusedPicture):
            raise SourcePictureRefused(incoming.filename, verdict)
        return verdict

    @asynccontextmanager
    async def keeping(self, sha256: str | None, fresh: CleanPicture | None) -> AsyncIterator[None]:
        """Have the file there, a `fresh` one stored, while the row that names it is written.

        It is removed again when that fails and no other row needs it. Raises `InvalidInput` when an old one is gone.
        """
        if sha256 is None:
            yield
            return
        async with self._files.changing():
            if fresh is not None:
                await self._files.put(fresh.content)
            elif not await self._files.has(sha256):
                raise InvalidInput(GONE)
            try:
                yield
            except Exception:
                if not await self._store.is_used(sha256):
                    await self._files.delete(sha256)
                raise


def start_of(clean: CleanPicture) -> Start:
    """Return what a recipe needs to know of a picture."""
    return Start(clean.sha256, clean.width, clean.height)
