"""What backends send, pictures cleaned in a child process, LoRA files checked, both kept by content hash."""

import asyncio

from safetensors import SafetensorError, deserialize

from domain.errors import Unusable
from domain.pictures import CleanPicture
from storage.files import FileStore
from storage.pictures.pool import PicturePool

TURN = "results"  # the pool alternates between these pictures and what members attach


class ResultFiles:
    """Keeps a backend's pictures and LoRA files, once they are found to be what they should be."""

    def __init__(self, files: FileStore, pool: PicturePool) -> None:
        self._files = files
        self._pool = pool

    async def picture(self, content: bytes) -> str:
        """Clean a drawn picture, store it, and return its SHA-256. Raises `Unusable`, `StorageFull`."""
        verdict = await self._pool.clean(content, turn=TURN)
        if not isinstance(verdict, CleanPicture):
            raise Unusable(f"a drawn picture was refused: {verdict.sentence}")
        return await asyncio.to_thread(self._files.put, verdict.content)

    async def lora(self, content: bytes) -> str:
        """Check a safetensors file, store it, and return its SHA-256. Raises `Unusable`, `StorageFull`.

        Nothing else is taken: other formats can run code when they are loaded.
        """
        try:
            tensors = await asyncio.to_thread(deserialize, content)
        except SafetensorError as error:
            raise Unusable(f"a LoRA file is no safetensors file: {error}") from error
        if not tensors:
            raise Unusable("a LoRA file is empty")
        return await asyncio.to_thread(self._files.put, content)
