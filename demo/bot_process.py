"""Atelier as a process of its own in front of a playground."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Self

from playground import Playground


class BotProcess:
    """One `python -m bot run` (or another module) that talks to `discord` and keeps its things in `data_dir`."""

    def __init__(
        self,
        discord: Playground,
        data_dir: Path,
        *,
        module: tuple[str, ...] = ("bot", "run"),
        worker: bool = True,
        settings: dict[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        self._discord = discord
        self._data_dir = data_dir
        self._module = module
        self._settings = {"ATELIER_WORKER": str(worker).lower()} | (settings or {})
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Return the process id, or raise `RuntimeError` when it was never started."""
        if self._process is None:
            raise RuntimeError("the bot was not started")
        return self._process.pid

    async def start(self) -> None:
        """Start the process and wait until Discord calls it ready, or raise `RuntimeError` when it ends instead."""
        sessions = self._discord.gateway.ready_count
        with contextlib.ExitStack() as stack:
            stderr = stack.enter_context(self._log.open("ab")) if self._log else None
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "playground.point",
                "--",
                *self._module,
                env=self._environment(),
                stderr=stderr,
            )
        ready = asyncio.ensure_future(self._discord.bot_ready(session=sessions + 1))
        ended = asyncio.ensure_future(self._process.wait())
        done, _ = await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
        if ready not in done:
            ready.cancel()
            raise RuntimeError(f"the bot ended with code {self._process.returncode} before it was ready")
        ended.cancel()
        await ready

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def ended(self) -> int:
        """Wait until the process ends by itself, or by somebody's hand, and return its exit code."""
        return await self._process.wait() if self._process else 0

    async def kill(self) -> None:
        """Kill the process without warning, as a power cut would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask the process to stop, wait for it and return its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()

    def _environment(self) -> dict[str, str]:
        return (
            dict(os.environ)
            | self._discord.environment
            | {
                "ATELIER_DISCORD_TOKEN": self._discord.token,
                "ATELIER_DATA_DIR": str(self._data_dir),
                "ATELIER_ATTACHMENT_ORIGINS": f'["{self._discord.cdn_url}"]',
                "ATELIER_GUILD_READY_TIMEOUT": "0.1",
            }
            | self._settings
        )
