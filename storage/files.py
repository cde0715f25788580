"""Files on disk by content hash: written to a temporary name, synced and renamed, never changed."""

import hashlib
import os
import shutil
from pathlib import Path

from domain.errors import StorageFull

FREE_FLOOR = 200 * 1024 * 1024  # bytes that stay free for the database


class FileStore:
    """Files under `root`, each named by the SHA-256 of its bytes; safe for several processes at once."""

    def __init__(self, root: Path, *, free_floor: int = FREE_FLOOR) -> None:
        self._root = root
        self._free_floor = free_floor

    def path(self, sha256: str) -> Path:
        """Return where the file of that hash lies (or would lie)."""
        if len(sha256) != 64 or not sha256.isalnum():
            raise ValueError(f"not a SHA-256: {sha256!r}")
        return self._root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether the file is there."""
        return self.path(sha256).exists()

    def read(self, sha256: str) -> bytes:
        """Return the bytes; raise `FileNotFoundError`, or `OSError` when they no longer match their hash."""
        content = self.path(sha256).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise OSError(f"the stored file {sha256} is damaged")
        return content

    def put(self, content: bytes) -> str:
        """Store the bytes durably and return their SHA-256; raise `StorageFull` when there is no room."""
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
        """Remove the file; removing twice is fine."""
        self.path(sha256).unlink(missing_ok=True)

    def _check_room(self, size: int) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self._root).free - size < self._free_floor:
            raise StorageFull(f"less than {self._free_floor} bytes would stay free")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
