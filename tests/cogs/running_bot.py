"""Atelier in the test's own process."""

import asyncio
from contextlib import AsyncExitStack

from bot.client import Client
from bot.composition import atelier
from bot.settings import Settings
from playground import Playground
from tests.services.scripted_backend import ScriptedBackend


class Bot:
    """Atelier, connected to the playground; it can be stopped and started again on the same data."""

    def __init__(
        self, discord: Playground, settings: Settings, backend: ScriptedBackend, *others: ScriptedBackend
    ) -> None:
        self.client: Client
        self.settings = settings
        self.backend = backend
        self.backends = {each.name: each for each in (backend, *others)}
        self.sessions = 0
        self._discord = discord
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        """Connect, and wait until Discord has seen it."""
        self.client = await self._stack.enter_async_context(atelier(self.settings, backends=self.backends))
        running = asyncio.create_task(self.client.start(self.settings.discord_token.get_secret_value()))
        self._stack.push_async_callback(_ended, running)
        self.sessions += 1
        await self._discord.bot_ready(session=self.sessions)

    async def stop(self) -> None:
        """Disconnect, and close everything."""
        await self.client.close()
        await self._stack.aclose()

    async def restart(self) -> None:
        """Stop, and start again as a new process would: nothing in memory is left."""
        await self.stop()
        await self._discord.bot_gone()
        await self.start()


async def _ended(running: "asyncio.Task[None]") -> None:
    await asyncio.wait({running}, timeout=10)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
