"""Files by content hash: whole or not there, for several processes at once."""

import asyncio
import hashlib
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from domain.errors import StorageFull
from storage.files import FileFolder, FileStore

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> FileFolder:
    return FileFolder(tmp_path / "files", free_floor=0)


def test_what_is_put_is_read_back_under_its_hash(folder: FileFolder) -> None:
    sha256 = folder.put(b"picture")

    assert sha256 == hashlib.sha256(b"picture").hexdigest()
    assert folder.read(sha256) == b"picture"
    assert folder.has(sha256)
    assert folder.put(b"picture") == sha256


def test_a_damaged_file_is_never_handed_out(folder: FileFolder) -> None:
    sha256 = folder.put(b"picture")
    folder.path(sha256).write_bytes(b"pictura")

    with pytest.raises(OSError, match="damaged"):
        folder.read(sha256)


def test_a_missing_file_says_so_and_deleting_twice_is_fine(folder: FileFolder) -> None:
    sha256 = folder.put(b"picture")
    folder.delete(sha256)
    folder.delete(sha256)

    assert not folder.has(sha256)
    with pytest.raises(FileNotFoundError):
        folder.read(sha256)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", free_floor=0)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "a" * 65, "/" * 64, "a" * 60 + "/../"])
def test_only_hashes_are_names(folder: FileFolder, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        folder.path(name)


def test_the_free_room_that_the_database_needs_is_never_used(tmp_path: Path) -> None:
    folder = FileFolder(tmp_path / "files", free_floor=2**62)

    with pytest.raises(StorageFull):
        folder.put(b"picture")
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_a_write_that_the_disk_refuses_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import pathlib, resource, signal, sys\n"
        "from domain.errors import StorageFull\n"
        "from storage.files import FileFolder\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    FileFolder(pathlib.Path(sys.argv[1]), free_floor=0).put(bytes(5000))\n"
        "except StorageFull:\n"
        "    sys.exit(7)\n"
    )

    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False)

    assert done.returncode == 7
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_many_processes_may_put_the_same_file(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys\n"
        "from storage.files import FileFolder\n"
        "files = FileFolder(pathlib.Path(sys.argv[1]), free_floor=0)\n"
        "for number in range(50):\n"
        "    files.read(files.put(b'%d' % number * 1000))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]

    running = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]

    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 50


async def test_a_store_keeps_and_gives_what_its_folder_does(files: FileStore) -> None:
    sha256 = await files.put(b"picture")

    assert files.folder.read(sha256) == b"picture"
    assert await files.read(sha256) == b"picture"
    assert await files.has(sha256)


class SeenFolder(FileFolder):
    """A folder that notes the thread of each use."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, free_floor=0)
        self.threads: list[threading.Thread] = []

    def path(self, sha256: str) -> Path:
        self.threads.append(threading.current_thread())
        return super().path(sha256)


async def test_no_file_is_touched_on_the_event_loop(files: FileStore, tmp_path: Path) -> None:
    files.folder = seen = SeenFolder(tmp_path / "files")
    sha256 = await files.put(b"picture")
    await files.read(sha256)
    await files.has(sha256)
    async with files.changing():
        await files.delete(sha256)

    assert len(seen.threads) == 4
    assert threading.current_thread() not in seen.threads


async def test_a_file_is_deleted_only_where_its_rows_change_too(files: FileStore) -> None:
    sha256 = await files.put(b"picture")
    with pytest.raises(RuntimeError, match="outside"):
        await files.delete(sha256)
    still_there = await files.has(sha256)
    async with files.changing():
        await files.delete(sha256)

    assert still_there
    assert not await files.has(sha256)


async def test_changes_wait_for_each_other(files: FileStore) -> None:
    order: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def store() -> None:
        async with files.changing():
            begun.set()
            await go_on.wait()
            order.append("stored")

    async def delete() -> None:
        async with files.changing():
            order.append("deleted")

    storing = asyncio.create_task(store())
    await begun.wait()
    deleting = asyncio.create_task(delete())
    await files.has("0" * 64)
    go_on.set()
    await asyncio.gather(storing, deleting)

    assert order == ["stored", "deleted"]


class SlowFolder(FileFolder):
    """A folder that deletes only when the test says so."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, free_floor=0)
        self.begun, self.go_on = threading.Event(), threading.Event()

    def delete(self, sha256: str) -> None:
        self.begun.set()
        self.go_on.wait()
        super().delete(sha256)


async def test_a_deletion_whose_caller_was_cancelled_never_takes_what_is_stored_after_it(
    files: FileStore, tmp_path: Path
) -> None:
    files.folder = slow = SlowFolder(tmp_path / "files")
    sha256 = await files.put(b"picture")

    async def delete() -> None:
        async with files.changing():
            await files.delete(sha256)

    deleting = asyncio.create_task(delete())
    await asyncio.to_thread(slow.begun.wait)
    deleting.cancel()
    await asyncio.gather(deleting, return_exceptions=True)
    storing = asyncio.create_task(files.put(b"picture"))
    await asyncio.sleep(0)
    slow.go_on.set()
    await storing

    assert await files.has(sha256)
