"""The worker process that the bot starts, watches, starts again when it dies, and takes down with it."""

import asyncio
import logging
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from domain.backoff import pause_after

log = logging.getLogger(__name__)
said = logging.getLogger("worker")  # what the worker writes to its standard error

ROOT = Path(__file__).parents[2]
# What a worker needs to know of the bot's environment; never a token, key or password.
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "PYTHONPATH")
PASSED_ON_PREFIXES = ("LC_", "HF_", "TORCH", "OMP_", "MKL_", "CUDA_", "NVIDIA_", "ATELIER_CHECKPOINT_")
SECRETS = ("TOKEN", "SECRET", "PASSWORD", "KEY")

# Without these glibc gives big tensors back to the kernel after every step; a step was up to five times slower.
ALLOCATOR = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000"}

LIVED_WELL = 60.0  # seconds after which a death does not count as one more in a row
LONGEST_PAUSE = 60.0
LONGEST_LINE = 2**20  # bytes
LEVELS = {"DEBUG": logging.DEBUG, "WARNING": logging.WARNING, "ERROR": logging.ERROR, "CRITICAL": logging.ERROR}


class WorkerProcess:
    """One worker child, alive while the `async with` block runs.

    It drains when the block is left or the bot dies.


    `on_death` hears under which name a worker held its jobs that is dead now. `grace` seconds after being told to
    stop the child is killed.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        name: str = "worker",
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
        on_death: Callable[[str], Awaitable[object]] | None = None,
        grace: float = 12.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = name
        self._command = command or serve_command(data_dir, name)
        self._environment = {**ALLOCATOR, **passed_on(os.environ), **(environment or {})}
        self._on_death = on_death
        self._grace = grace
        self._clock = clock
        self._sleep = sleep
        self._process: Process | None = None
        self._supervising: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._supervising = asyncio.create_task(self._supervise())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._supervising is not None:
            self._supervising.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervising

    @property
    def pid(self) -> int | None:
        """The process id of the worker that runs now."""
        return self._process.pid if self._process is not None else None

    async def _supervise(self) -> None:
        deaths = 0
        while True:
            began = self._clock()
            await self._live()
            deaths = 1 if self._clock() - began > LIVED_WELL else deaths + 1
            await self._sleep(pause_after(deaths, first=1.0, longest=LONGEST_PAUSE))

    async def _live(self) -> None:
        """Run one worker process until it ends, or until this is cancelled."""
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stderr=PIPE, cwd=ROOT, env=self._environment, limit=LONGEST_LINE
        )
        self._process = process
        log.info("worker pid=%d started", process.pid)
        listening = asyncio.create_task(_relay(process))
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            await self._stop(process)
            raise
        finally:
            self._process = None
            await listening
        log.warning("worker pid=%d ended with status %d and is started again", process.pid, status)
        await self._mourn(process.pid)

    async def _mourn(self, pid: int) -> None:
        if self._on_death is None:
            return
        try:
            await self._on_death(f"{self._name}-{pid}")
        except Exception:  # the next worker matters more; the leases end by themselves
            log.exception("the jobs of worker pid=%d could not be taken back", pid)

    async def _stop(self, process: Process) -> None:
        if process.stdin is not None:
            process.stdin.close()
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(self._grace):
                await process.wait()
        except TimeoutError:
            log.warning("worker pid=%d did not stop in %g s and is killed", process.pid, self._grace)
            process.kill()
            await process.wait()
        await self._mourn(process.pid)


def serve_command(data_dir: Path, name: str, *, with_parent: bool = True) -> list[str]:
    """Return the command line of a worker. `with_parent` ends it when its standard input closes."""
    place = str(data_dir.absolute())
    command = [sys.executable, "-m", "worker", "serve", "--data-dir", place, "--name", name]
    return [*command, "--with-parent"] if with_parent else command


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a worker may know of the bot's environment."""
    return {
        name: value
        for name, value in environment.items()
        if (name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES))
        and not any(secret in name for secret in SECRETS)
    }


async def _relay(process: Process) -> None:
    """Log what the worker says, line by line, until it closes its standard error."""
    if process.stderr is None:
        return
    while True:
        try:
            line = await process.stderr.readline()
        except ValueError:  # a line of more than a megabyte: drop it
            continue
        if not line:
            return
        text = line.decode(errors="replace").rstrip()
        said.log(LEVELS.get(text.partition(" ")[0], logging.INFO), "%s", text)
