"""Files on disk, each under the hash of its content and never changed."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from domain.errors import StorageFull

FREE_FLOOR = 200 * 1024 * 1024  # bytes that stay free for the database


class FileFolder:
    """Files under `root`, each named by the SHA-256 of its bytes.

    Blocks while it works, so it is for threads and for processes without an event loop. Several processes may use one
    folder at once.
    """

    def __init__(self, root: Path, *, free_floor: int = FREE_FLOOR) -> None:
        self._root = root
        self._free_floor = free_floor

    def path(self, sha256: str) -> Path:
        """Return where the file of that hash is, or would be."""
        if len(sha256) != 64 or not sha256.isalnum():
            raise ValueError(f"not a SHA-256: {sha256!r}")
        return self._root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Say whether the file is there."""
        return self.path(sha256).exists()

    def read(self, sha256: str) -> bytes:
        """Return the bytes of a file.

        Raises `FileNotFoundError`, or `OSError` when they no longer match their hash.
        """
        content = self.path(sha256).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise OSError(f"the stored file {sha256} is damaged")
        return content

    def put(self, content: bytes) -> str:
        """Store the bytes durably and return their SHA-256.

        Written to a temporary name, synced and renamed. Raises `StorageFull`.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if target.exists():
            return sha256
        self._check_room(len(content))
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{sha256}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StorageFull(f"{len(content)} bytes could not be written") from error
        _sync_folder(target.parent)
        return sha256

    def delete(self, sha256: str) -> None:
        """Remove the file, if it is there."""
        self.path(sha256).unlink(missing_ok=True)

    def _check_room(self, size: int) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self._root).free - size < self._free_floor:
            raise StorageFull(f"less than {self._free_floor} bytes would stay free")


class FileStore:
    """The files of the bot, never read or written on the event loop.

    A file and the row that names it change together, inside `changing`. Files are deleted only there. So a file can't
    be deleted while a row that names it is being written, whoever stored the file.
    """

    def __init__(self, root: Path, *, free_floor: int = FREE_FLOOR) -> None:
        self.folder = FileFolder(root, free_floor=free_floor)
        self._lock = asyncio.Lock()
        # One thread for all changes: a deletion whose caller was cancelled still ends before what is stored next.
        self._changes = ThreadPoolExecutor(1, thread_name_prefix="files")

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[None]:
        """Have no other caller delete a file, or write a row that names one, inside this block."""
        async with self._lock:
            yield

    async def has(self, sha256: str) -> bool:
        """Say whether the file is there."""
        return await asyncio.to_thread(self.folder.has, sha256)

    async def read(self, sha256: str) -> bytes:
        """Return the bytes of a file.

        Raises `FileNotFoundError`, or `OSError` when they no longer match their hash.
        """
        return await asyncio.to_thread(self.folder.read, sha256)

    async def put(self, content: bytes) -> str:
        """Store the bytes durably and return their SHA-256. Raises `StorageFull`.

        A file that was stored outside `changing` may be gone again. Look with `has` before a row names it.
        """
        return await asyncio.get_running_loop().run_in_executor(self._changes, self.folder.put, content)

    async def delete(self, sha256: str) -> None:
        """Remove the file, if it is there, inside `changing`."""
        if not self._lock.locked():
            raise RuntimeError("a file is deleted outside `changing`")
        await asyncio.get_running_loop().run_in_executor(self._changes, self.folder.delete, sha256)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
