"""Child processes that start, end and know no secret."""

import asyncio
import sys
from pathlib import Path

import psutil
import pytest

from domain.datasets.pictures import RefusedPicture
from domain.datasets.refusals import Refusal
from storage.pictures import decoder
from storage.pictures.decoder import Decoder, PicturesUnavailable
from storage.pictures.pool import PicturePool
from tests.storage.pictures.hostile import drawing, saved

ROOT = Path(__file__).parents[3]
GOOD = saved(drawing(), "PNG")


linux = pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="reads /proc, which only Linux has")


async def test_python_that_can_not_be_started_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with PicturePool() as pool:
        with pytest.raises(PicturesUnavailable):
            await pool.clean(GOOD)


async def test_a_child_that_ends_before_it_is_ready_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "START", "raise SystemExit(1)")
    async with PicturePool() as pool:
        for _ in range(3):  # places are not lost either
            with pytest.raises(PicturesUnavailable):
                await pool.clean(GOOD)


async def test_a_child_that_speaks_nonsense_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    liar = (
        "import os; from storage.pictures import frames as f; send = lambda h: [os.write(1, p) for p in f.pack(h)];"
    )
    liar = f"import sys; sys.path.insert(0, sys.argv.pop()); {liar}"
    monkeypatch.setattr(
        decoder, "START", f"{liar} send({{'is': 'ready'}}); os.read(0, 9); send({{'is': 'king'}}); os.read(0, 9)"
    )
    async with PicturePool(processes=1) as pool:
        refused = await pool.clean(GOOD)

        assert isinstance(refused, RefusedPicture)
        assert refused.reason is Refusal.DECODER_DIED
        assert pool.pids == []


def _limits(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/limits").read_text(encoding="utf-8").splitlines()
    return {line[:25].strip(): line[25:].split()[1] for line in lines}


def _open_files(pid: int) -> set[str]:
    return {file.name for file in Path(f"/proc/{pid}/fd").iterdir()}


@linux
async def test_a_child_knows_no_secret_and_has_no_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_DISCORD_TOKEN", "CANARY-token")
    async with PicturePool() as pool:
        await pool.clean(GOOD)
        (pid,) = pool.pids
        process, limits = psutil.Process(pid), _limits(pid)

        assert set(process.environ()) == {"LC_ALL"}
        assert "CANARY" not in " ".join(process.cmdline())
        assert process.cwd() == "/"
        assert _open_files(pid) == {"0", "1", "2"}
        assert process.num_threads() == 1
        assert limits["Max open files"] == "3"
        assert limits["Max file size"] == "0"
        assert limits["Max core file size"] == "0"
        assert limits["Max processes"] == "0"
        assert limits["Max address space"] == str(1024**3)
        assert int(limits["Max cpu time"]) <= 3_600


async def test_a_child_ends_by_itself_when_the_bot_is_gone() -> None:
    child = await Decoder.start(seconds=10)
    child._input.close()
    code = await asyncio.wait_for(child._process.wait(), 30)

    assert code == 0
