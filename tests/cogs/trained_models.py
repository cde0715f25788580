"""A trained model of a member, and a backend that draws at once."""

import asyncio
import sqlite3
from pathlib import Path

from backends.base import DrawingPlan, DrawingProgress
from domain.models.loras import Lora
from domain.training.tasks import RemoteState
from playground import Member
from storage.files import FileStore
from tests.cogs.running_bot import Bot
from tests.pictures import png
from tests.services import trained


def let_draw(bot: Bot) -> None:
    """Let the backend finish every drawing at once, each seed with another picture."""
    files = FileStore(bot.settings.files, free_floor=0)

    def answer(plan: DrawingPlan) -> DrawingProgress:
        pictures = tuple(files.folder.put(png(plan.seed + i)) for i in range(plan.count))
        return DrawingProgress(RemoteState.SUCCEEDED, pictures=pictures)

    bot.backend.draw_answer = answer


async def train(bot: Bot, owner: Member, *, number: int = 1, name: str = "Robo") -> Lora:
    """Give a member a model, as a finished training leaves it."""
    preview = FileStore(bot.settings.files, free_floor=0).folder.put(png(number))
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
