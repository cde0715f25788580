"""Atelier in the test's own process, and pictures to attach."""

import asyncio
import io
from contextlib import AsyncExitStack

from PIL import Image, ImageDraw

from bot.client import Client
from bot.composition import atelier
from bot.settings import Settings
from playground import Playground, Upload
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


def drawn(number: int, *, name: str | None = None, side: int = 256) -> Upload:
    """Return a PNG with shapes that depend on `number`."""
    image = Image.new("RGB", (side, side), ((number * 53) % 256, (number * 97) % 256, (number * 151) % 256))
    draw = ImageDraw.Draw(image)
    for i in range(6):
        x, y = (number * (37 + 11 * i) + 29 * i) % (side - 60), (number * (61 + 17 * i) + 47 * i) % (side - 60)
        colour = ((number * 31 + i * 83) % 256, (number * 17 + i * 41) % 256, (i * 111) % 256)
        shape = (draw.rectangle, draw.ellipse)[(number + i) % 2]
        shape((x, y, x + 40 + (number * 7) % 20, y + 40 + (i * 13) % 20), fill=colour)
    file = io.BytesIO()
    image.save(file, "PNG")
    return Upload(name or f"robo{number}.png", file.getvalue())


def halved(upload: Upload) -> Upload:
    """Return the same picture at half the size: not equal, but almost the same."""
    image = Image.open(io.BytesIO(upload.data))
    file = io.BytesIO()
    image.resize((image.width // 2, image.height // 2)).save(file, "PNG")
    return Upload(f"half {upload.filename}", file.getvalue())
