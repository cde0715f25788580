"""What the tests of drawing need besides a running bot: a trained model, and a backend that draws."""

import asyncio
import io
import sqlite3
from pathlib import Path

from PIL import Image

from backends.base import Drawing, DrawingPlan
from domain.models.loras import Lora
from domain.orders.progress import RemoteState
from playground import Member
from storage.files import FileStore
from tests.cogs.running import Bot
from tests.services import trained


def png(number: int, *, side: int = 64) -> bytes:
    """Return a picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (side, side), (number * 40 % 256, number * 90 % 256, 120)).save(file, "PNG")
    return file.getvalue()


def let_draw(bot: Bot) -> None:
    """Let the backend finish every drawing at once, each seed with another picture."""
    files = FileStore(bot.settings.files, free_floor=0)

    def answer(plan: DrawingPlan) -> Drawing:
        pictures = tuple(files.put(png(plan.seed + i)) for i in range(plan.count))
        return Drawing(RemoteState.SUCCEEDED, pictures=pictures)

    bot.backend.draw_answer = answer


async def train(bot: Bot, owner: Member, *, number: int = 1, name: str = "Robo") -> Lora:
    """Give a member a model, as a finished training leaves it."""
    preview = FileStore(bot.settings.files, free_floor=0).put(png(number))
    lora = trained.lora(number, name=name, owner_id=owner.id, guild_id=owner.guild.id, preview_sha256=preview)
    return await asyncio.to_thread(_keep, bot.settings.database, lora)


def _keep(path: Path, lora: Lora) -> Lora:
    connection = sqlite3.connect(path, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        with connection:
            return trained.keep(connection, lora)
    finally:
        connection.close()
