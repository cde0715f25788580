"""One child process as the pool uses it."""

import asyncio
import select
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from domain.errors import AppError
from storage.pictures import frames
from storage.pictures.frames import FrameInvalid
from storage.pictures.replies import Ready, Reply, parse

ROOT = Path(__file__).resolve().parents[2]
START = "import sys; sys.path.insert(0, sys.argv.pop()); from storage.pictures.child import main; main()"
START_SECONDS = 60.0  # warm in half a second on an idle machine
# All that a child knows of the machine.
ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
PIPE_BYTES = 1024 * 1024  # read ahead at most


class PicturesUnavailable(AppError):
    """No process that reads pictures can be started."""


class Decoder:
    """A child process that is ready, without secrets, and serves one request at a time over its pipes."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.served = 0

    @classmethod
    async def start(cls, *, seconds: int) -> "Decoder":
        """Start a child with `seconds` of CPU per request. Raises `PicturesUnavailable`."""
        arguments = ("-I", "-B", "-c", START, str(seconds), str(ROOT))
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env=ENVIRONMENT,
                cwd="/",  # not where the bot was started, which may be where its secrets lie
                limit=PIPE_BYTES,
            )
        except OSError as error:
            raise PicturesUnavailable("the picture reader can't be started") from error
        decoder = cls(process)
        try:
            await decoder._become_ready()
        except BaseException:
            await decoder.kill()
            raise
        return decoder

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Say whether the child can be asked: its end of the pipe is still open."""
        if self._input.is_closing():
            return False
        ended = select.poll()  # the event loop hears of an end only later, when it comes round to it
        ended.register(self._input.get_extra_info("pipe"), 0)
        return not ended.poll(0)

    async def ask(self, fields: dict[str, object], parts: Sequence[bytes] = ()) -> tuple[Reply, list[bytes]]:
        """Send one request and return the answer; raises `FrameInvalid` or `EOFError` when none came."""
        self.served += 1
        with suppress(BrokenPipeError, ConnectionResetError):  # its end shows when the answer is read
            self._input.writelines(frames.pack(fields, parts))
            await self._input.drain()
        return await self._read()

    async def kill(self) -> None:
        """End the child now, whatever it does."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._input.close()
        await self._process.wait()

    async def _become_ready(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                reply, _ = await self._read()
        except (FrameInvalid, EOFError, TimeoutError) as error:
            raise PicturesUnavailable("the picture reader did not start") from error
        if not isinstance(reply, Ready):
            raise PicturesUnavailable("the picture reader did not start")

    async def _read(self) -> tuple[Reply, list[bytes]]:
        head, body = frames.lengths(await self._output.readexactly(frames.LENGTHS.size))
        fields, parts = frames.unpack(await self._output.readexactly(head), await self._output.readexactly(body))
        return parse(fields), parts

    @property
    def _input(self) -> asyncio.StreamWriter:
        if self._process.stdin is None:
            raise FrameInvalid("no pipe")
        return self._process.stdin

    @property
    def _output(self) -> asyncio.StreamReader:
        if self._process.stdout is None:
            raise FrameInvalid("no pipe")
        return self._process.stdout
