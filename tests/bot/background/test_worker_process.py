"""Supervision of the worker, with real child processes that live and die."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.background.worker_process import WorkerProcess, passed_on, serve_command

UNTIL_STDIN_CLOSES = "import sys; sys.stderr.write('WARNING here I am\\n'); sys.stdin.read(); sys.exit(0)"
DEAF = (
    "import signal, sys, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "sys.stderr.write('deaf\\n'); sys.stderr.flush()\n"
    "time.sleep(600)"
)


class Heard(logging.Handler):
    """What the worker's log says, to be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: asyncio.Queue[tuple[int, str]] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.put_nowait((record.levelno, record.getMessage()))


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler = Heard()
    logger = logging.getLogger("worker")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def child(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_the_worker_lives_as_long_as_the_block_and_its_words_reach_the_log(
    heard: Heard, tmp_path: Path
) -> None:
    async with WorkerProcess(tmp_path, command=child(UNTIL_STDIN_CLOSES)) as worker:
        assert await heard.lines.get() == (logging.WARNING, "WARNING here I am")
        pid = worker.pid
        assert pid is not None
        assert is_alive(pid)

    assert not is_alive(pid)
    assert worker.pid is None


async def test_a_worker_that_dies_is_mourned_by_name_and_started_again(heard: Heard, tmp_path: Path) -> None:
    dead: asyncio.Queue[str] = asyncio.Queue()
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    async with WorkerProcess(
        tmp_path, name="gpu", command=child(UNTIL_STDIN_CLOSES), on_death=dead.put, clock=lambda: 0.0, sleep=note
    ) as worker:
        for _ in range(3):
            await heard.lines.get()
            pid = worker.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            assert await dead.get() == f"gpu-{pid}"
        await heard.lines.get()

    assert pauses == [1.0, 2.0, 4.0]


async def test_a_death_after_a_long_life_is_the_first_again(heard: Heard, tmp_path: Path) -> None:
    now = iter([0.0, 1.0, 1.0, 2.0, 2.0, 1_000.0, 1_000.0])
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    async with WorkerProcess(
        tmp_path, command=child(UNTIL_STDIN_CLOSES), clock=lambda: next(now), sleep=note
    ) as worker:
        for _ in range(3):
            await heard.lines.get()
            assert worker.pid
            os.kill(worker.pid, signal.SIGKILL)
        await heard.lines.get()

    assert pauses == [1.0, 2.0, 1.0]


async def test_a_worker_that_can_not_take_its_jobs_back_is_started_again_all_the_same(
    heard: Heard, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: str) -> None:
        raise OSError("the queue is gone")

    async def at_once(_: float) -> None:
        pass

    async with WorkerProcess(tmp_path, command=child(UNTIL_STDIN_CLOSES), on_death=broken, sleep=at_once) as worker:
        await heard.lines.get()
        assert worker.pid
        os.kill(worker.pid, signal.SIGKILL)
        await heard.lines.get()

    assert "could not be taken back" in caplog.text


async def test_a_worker_that_does_not_listen_is_killed_after_the_grace(heard: Heard, tmp_path: Path) -> None:
    async with WorkerProcess(tmp_path, command=child(DEAF), grace=0.2) as worker:
        await heard.lines.get()
        pid = worker.pid
        assert pid is not None

    assert not is_alive(pid)


async def test_a_worker_ends_by_itself_when_the_bot_is_killed(tmp_path: Path) -> None:
    bot = await asyncio.create_subprocess_exec(
        *child(
            "import asyncio, logging, sys\n"
            "from pathlib import Path\n"
            "from bot.background.worker_process import WorkerProcess\n"
            "async def main():\n"
            f"    command = [sys.executable, '-c', {UNTIL_STDIN_CLOSES!r}]\n"
            "    async with WorkerProcess(Path(sys.argv[1]), command=command) as worker:\n"
            "        while worker.pid is None: await asyncio.sleep(0.01)\n"
            "        print(worker.pid, flush=True)\n"
            "        await asyncio.sleep(600)\n"
            "asyncio.run(main())\n"
        ),
        str(tmp_path),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert bot.stdout
    worker = os.pidfd_open(int(await bot.stdout.readline()))
    bot.kill()
    await bot.communicate()

    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(worker, ended.set)  # readable when the process ends
    await asyncio.wait_for(ended.wait(), 30)
    asyncio.get_running_loop().remove_reader(worker)
    os.close(worker)


async def test_no_secret_reaches_the_worker(heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ATELIER_DISCORD_TOKEN", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "SOMETHING_ELSE"):
        monkeypatch.setenv(name, "canary")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    tell = "import os, sys; sys.stderr.write(' '.join(sorted(os.environ)) + '\\n'); " + "sys.stdin.read()"

    async with WorkerProcess(tmp_path, command=child(tell), environment={"ATELIER_CHECKPOINT_SD15": "some/place"}):
        _, line = await heard.lines.get()
    assert {"HF_HUB_OFFLINE", "ATELIER_CHECKPOINT_SD15", "PATH"} <= set(line.split())
    assert not {"ATELIER_DISCORD_TOKEN", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "SOMETHING_ELSE"} & set(line.split())


def test_the_environment_is_an_allow_list() -> None:
    assert passed_on({"PATH": "/bin", "OMP_NUM_THREADS": "2", "HF_TOKEN": "x", "EDITOR": "vi"}) == {
        "PATH": "/bin",
        "OMP_NUM_THREADS": "2",
    }


def test_the_command_serves_the_bots_own_data_folder() -> None:
    command = serve_command(Path("/data"), "gpu")
    assert command[1:] == ["-m", "worker", "serve", "--data-dir", "/data", "--name", "gpu", "--with-parent"]
