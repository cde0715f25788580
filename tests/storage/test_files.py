"""Files by content hash: whole or not there, for several processes at once."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import StorageFull
from storage.files import FileStore

ROOT = Path(__file__).parents[2]


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", free_floor=0)


def test_what_is_put_is_read_back_under_its_hash(files: FileStore) -> None:
    sha256 = files.put(b"picture")

    assert sha256 == hashlib.sha256(b"picture").hexdigest()
    assert files.read(sha256) == b"picture"
    assert files.has(sha256)
    assert files.put(b"picture") == sha256


def test_a_damaged_file_is_never_handed_out(files: FileStore) -> None:
    sha256 = files.put(b"picture")
    files.path(sha256).write_bytes(b"pictura")

    with pytest.raises(OSError, match="damaged"):
        files.read(sha256)


def test_a_missing_file_says_so_and_deleting_twice_is_fine(files: FileStore) -> None:
    sha256 = files.put(b"picture")
    files.delete(sha256)
    files.delete(sha256)

    assert not files.has(sha256)
    with pytest.raises(FileNotFoundError):
        files.read(sha256)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "a" * 65, "/" * 64, "a" * 60 + "/../"])
def test_only_hashes_are_names(files: FileStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        files.path(name)


def test_the_free_room_that_the_database_needs_is_never_used(tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files", free_floor=2**62)

    with pytest.raises(StorageFull):
        files.put(b"picture")
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_a_write_that_the_disk_refuses_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import pathlib, resource, signal, sys\n"
        "from domain.errors import StorageFull\n"
        "from storage.files import FileStore\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    FileStore(pathlib.Path(sys.argv[1]), free_floor=0).put(bytes(5000))\n"
        "except StorageFull:\n"
        "    sys.exit(7)\n"
    )

    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False)

    assert done.returncode == 7
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_many_processes_may_put_the_same_file(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys\n"
        "from storage.files import FileStore\n"
        "files = FileStore(pathlib.Path(sys.argv[1]), free_floor=0)\n"
        "for number in range(50):\n"
        "    files.read(files.put(b'%d' % number * 1000))\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]

    running = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]

    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 50
