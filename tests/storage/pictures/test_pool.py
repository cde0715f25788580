"""The pool outlives whatever its children meet: death, silence, cancelling, closing."""

import asyncio
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest
from PIL import Image

from domain.datasets.pictures import CleanPicture, RefusedPicture
from domain.datasets.refusals import Refusal
from storage.pictures import decoder
from storage.pictures.decoder import Decoder, PicturesUnavailable
from storage.pictures.pool import PicturePool
from tests.storage.pictures.hostile import drawing, saved

ROOT = Path(__file__).parents[3]
GOOD = saved(drawing(), "PNG")

linux = pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="reads /proc, which only Linux has")


def _large() -> bytes:
    """Return a picture that keeps a child busy for some tenths of a second."""
    return saved(Image.effect_noise((3_000, 3_000), 50), "PNG", compress_level=1)


async def _busy(pid: int) -> None:
    """Wait until the process computes: it has read its request."""
    process = psutil.Process(pid)
    before = process.cpu_times().user
    async with asyncio.timeout(30):
        while process.cpu_times().user < before + 0.03:  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.002)


async def test_children_start_when_needed_and_stay() -> None:
    async with PicturePool() as pool:
        assert pool.pids == []
        await pool.clean(GOOD)
        first = pool.pids
        await pool.clean(GOOD)

        assert len(first) == 1
        assert pool.pids == first


async def test_a_child_killed_in_the_middle_costs_that_picture_only() -> None:
    large = _large()
    async with PicturePool(processes=1) as pool:
        await pool.clean(GOOD)
        (victim,) = pool.pids
        working = asyncio.create_task(pool.clean(large))
        waiting = asyncio.create_task(pool.clean(GOOD))
        await _busy(victim)
        os.kill(victim, signal.SIGKILL)
        refused, next_one = await asyncio.gather(working, waiting)

        assert isinstance(refused, RefusedPicture)
        assert refused.reason is Refusal.DECODER_DIED
        assert isinstance(next_one, CleanPicture)
        assert pool.pids != [victim]


async def test_a_child_that_died_while_it_waited_costs_nothing() -> None:
    async with PicturePool(processes=1) as pool:
        await pool.clean(GOOD)
        (victim,) = pool.pids
        os.kill(victim, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(victim)], 10)  # blocks: the event loop can't have heard of it

        assert isinstance(await pool.clean(GOOD), CleanPicture)


async def test_a_child_that_hangs_is_ended_and_the_next_picture_is_fine() -> None:
    async with PicturePool(processes=1, seconds=0.3) as pool:
        while not pool.pids:  # a slow machine may need longer than the limit at first
            await pool.clean(GOOD)
        (victim,) = pool.pids
        os.kill(victim, signal.SIGSTOP)
        refused = await pool.clean(GOOD)

        assert isinstance(refused, RefusedPicture)
        assert refused.reason is Refusal.TOO_SLOW
        assert not psutil.pid_exists(victim)
        while isinstance(verdict := await pool.clean(GOOD), RefusedPicture):
            assert verdict.reason is Refusal.TOO_SLOW
        assert isinstance(verdict, CleanPicture)


async def test_a_child_is_replaced_after_its_share_of_pictures() -> None:
    async with PicturePool(processes=1, life=3) as pool:
        seen = []
        for _ in range(5):
            await pool.clean(GOOD)
            seen.append(pool.pids)

        first, second = seen[0], seen[3]
        assert seen == [first, first, [], second, second]
        assert first != second


async def test_many_pictures_at_once_use_two_children() -> None:
    async with PicturePool() as pool:
        members = [pool.clean(GOOD, turn=i % 5) for i in range(30)]
        work = asyncio.gather(*members)
        children: set[int] = set()
        while not work.done():
            children |= {child.pid for child in psutil.Process().children() if child.pid not in _others}
            await asyncio.sleep(0.01)

        assert all(isinstance(verdict, CleanPicture) for verdict in await work)
        assert len(pool.pids) == 2
        assert len(children) == 2


_others: set[int] = set()


@pytest.fixture(autouse=True)
def _remember_other_children() -> None:
    _others.clear()
    _others.update(child.pid for child in psutil.Process().children())


async def test_a_cancelled_caller_costs_neither_child_nor_place() -> None:
    large = _large()
    async with PicturePool(processes=1) as pool:
        await pool.clean(GOOD)
        before = pool.pids
        working = asyncio.create_task(pool.clean(large))
        waiting = asyncio.create_task(pool.clean(large))
        await _busy(before[0])
        working.cancel()
        waiting.cancel()
        ended = await asyncio.gather(working, waiting, return_exceptions=True)

        assert [type(each) for each in ended] == [asyncio.CancelledError, asyncio.CancelledError]
        assert isinstance(await pool.clean(GOOD), CleanPicture)
        assert pool.pids == before


async def test_who_waits_when_the_pool_closes_is_told_so() -> None:
    large = _large()
    async with PicturePool(processes=1) as pool:
        await pool.clean(GOOD)
        (child,) = pool.pids
        callers = [asyncio.create_task(pool.clean(large)) for _ in range(3)]
        await _busy(child)
    ended = await asyncio.gather(*callers, return_exceptions=True)

    assert [type(each) for each in ended] == [PicturesUnavailable] * 3
    assert not psutil.pid_exists(child)


async def test_a_batch_is_read_only_as_fast_as_it_is_cleaned() -> None:
    read: list[int] = []

    async def reader(number: int) -> bytes:
        read.append(number)
        return saved(drawing(40 + number), "PNG")

    sizes = []
    async with PicturePool(processes=1) as pool:
        async for verdict in pool.clean_each(partial(reader, number) for number in range(8)):
            assert isinstance(verdict, CleanPicture)
            sizes.append(verdict.width)
            assert len(read) <= len(sizes) + 1

    assert sizes == [40, 41, 42, 43, 44, 45, 46, 47]


async def test_what_a_reader_raises_reaches_the_caller_and_the_pool_goes_on() -> None:
    async def good() -> bytes:
        return GOOD

    async def gone() -> bytes:
        raise FileNotFoundError("the link has expired")

    async with PicturePool() as pool:
        verdicts = pool.clean_each([good, gone, good])
        assert isinstance(await anext(verdicts), CleanPicture)
        with pytest.raises(FileNotFoundError):
            await anext(verdicts)

        assert isinstance(await pool.clean(GOOD), CleanPicture)


async def test_a_file_that_was_not_received_is_not_logged_as_a_picture(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def good() -> bytes:
        return GOOD

    async def gone() -> RefusedPicture:
        return RefusedPicture(Refusal.LINK_EXPIRED)

    caplog.set_level("INFO")
    async with PicturePool() as pool:
        first, second = [verdict async for verdict in pool.clean_each([gone, good])]

    assert first == RefusedPicture(Refusal.LINK_EXPIRED)
    assert isinstance(second, CleanPicture)
    assert [record.getMessage() for record in caplog.records if "refused" in record.getMessage()] == []
    assert "picture not received reason=link_expired" in caplog.messages


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


TRIES = """
import socket, sys
sys.path.insert(0, sys.argv[1])
from storage.pictures import child
child._give_up_rights()
for attempt in (lambda: open("/etc/hosts"), socket.socket, lambda: open("/dev/null", "w"), lambda: bytearray(2**30)):
    try:
        attempt()
    except (OSError, MemoryError) as error:
        sys.stdout.write(type(error).__name__ + " ")
"""


def test_a_taken_over_child_could_open_neither_file_nor_socket() -> None:
    tried = subprocess.run(
        [sys.executable, "-I", "-B", "-c", TRIES, str(ROOT)], capture_output=True, text=True, check=True
    )

    assert tried.stdout.split() == ["OSError", "OSError", "OSError", "MemoryError"]


ENDLESS = """
import sys
sys.path.insert(0, sys.argv[1])
from storage.pictures import child
child._allow_cpu(0)
while True:
    pass
"""


def test_the_kernel_ends_a_child_that_computes_for_ever() -> None:
    ended = subprocess.run([sys.executable, "-I", "-B", "-c", ENDLESS, str(ROOT)], check=False)

    assert ended.returncode == -signal.SIGXCPU


def test_the_bot_process_has_no_decoder_in_it() -> None:
    looks = "import sys, storage.pictures.pool; print({'PIL', 'numpy', 'imagehash'} & set(sys.modules))"
    seen = subprocess.run([sys.executable, "-c", looks], capture_output=True, text=True, check=True, cwd=ROOT)

    assert seen.stdout == "set()\n"


async def test_each_verdict_is_logged_with_what_arrived(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="storage.pictures")
    async with PicturePool() as pool:
        await pool.clean(GOOD)
        await pool.clean(GOOD[:100])
        await pool.clean(b"hello")
    lines = [record.getMessage() for record in caplog.records if record.name == "storage.pictures.pool"]

    assert [line.split()[1] for line in lines] == ["taken", "refused", "refused"]
    assert f"kind=PNG bytes={len(GOOD)} kept=" in lines[0]
    assert "reason=broken kind=PNG bytes=100 sha256=" in lines[1]
    sha256_of_hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert f"reason=not_a_picture kind=unknown bytes=5 sha256={sha256_of_hello} cause=''" in lines[2]
