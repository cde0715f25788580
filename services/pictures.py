"""Stored pictures as members see them."""

import logging
from collections.abc import Sequence

from storage.files import FileStore
from storage.pictures.pool import Column, PicturePool, PicturesUnavailable, SheetFailed

log = logging.getLogger(__name__)

SIDES = (2048, 1024, 512)  # pixels, how far a picture is scaled down until it may be sent
MOST_STRIPS = 64  # kept in memory, so that an edit need not draw its strip again


class StoredPictures:
    """Reads stored pictures, and makes of them what a message can carry."""

    def __init__(self, files: FileStore, pool: PicturePool) -> None:
        self._files = files
        self._pool = pool
        self._strips: dict[tuple[str, ...], bytes] = {}

    async def within(self, sha256: str, *, limit: int) -> tuple[bytes, str]:
        """Return a picture in at most `limit` bytes where that can be done, and its file extension.

        Raises `OSError` when it is gone or damaged.
        """
        original = await self._files.read(sha256)
        content, extension = original, "png"
        for side in SIDES:
            if len(content) <= limit:
                break
            content, extension = await self._pool.thumbnail(original, side=side), "jpg"
        return content, extension

    async def preview(self, sha256: str | None) -> bytes | None:
        """Return a model's preview picture, None when there is none any more."""
        if sha256 is None or not await self._files.has(sha256):
            return None
        return await self._files.read(sha256)

    async def strip(self, columns: Sequence[tuple[str, Sequence[str]]], *, rows: Sequence[str]) -> bytes | None:
        """Return titled columns of pictures as one picture, None when it can't be drawn."""
        key = tuple(sha256 for _, column in columns for sha256 in column)
        try:
            content = self._strips.get(key) or await self._draw(columns, rows)
        except (OSError, SheetFailed, PicturesUnavailable) as error:
            log.warning("a strip of %d pictures can't be drawn: %r", len(key), error)
            return None
        self._strips[key] = content
        while len(self._strips) > MOST_STRIPS:
            del self._strips[next(iter(self._strips))]
        return content

    async def _draw(self, columns: Sequence[tuple[str, Sequence[str]]], rows: Sequence[str]) -> bytes:
        read = [Column(title, [await self._files.read(sha256) for sha256 in column]) for title, column in columns]
        return await self._pool.strip(read, rows=rows)
