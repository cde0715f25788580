"""Bench (d), from starting the process to ready, with 10,000 tasks in the database."""

import asyncio
import os
import sqlite3
import tempfile
import time
from pathlib import Path

from bench.table import Row, show
from demo.bot_process import BotProcess
from domain.training.settings import Preset, TrainingSettings
from domain.training.tasks import NOTHING_YET
from playground import Playground
from storage.database import migrate, migrations
from storage.training.task_rows import progress_json, settings_json

TASKS = 10_000
UNFINISHED = 100  # of them: a restart looks at these again
MOST_SECONDS = 3.0
ROUNDS = 3

ADD_DATASET = "INSERT INTO datasets VALUES ('d', 1, 1, 'Robo', 'robo', 'character', 'robo', 0, NULL)"
ADD_TASK = """
INSERT INTO tasks (id, guild_id, channel_id, owner_id, dataset_id, dataset_name, kind, version_id, trigger_word,
    model_name, backend, checkpoint, preset, settings, status, remote_id, progress, created_at, updated_at,
    quote_ends_at)
VALUES (?, 1, 1, ?, 'd', 'Robo', 'character', 'v', 'robo', 'Robo', 'local', 'atelier-tiny', ?, ?, ?, ?, ?, 0, 0, 0)
"""


def run() -> list[Row]:
    """Start the bot on an empty and on a full database, in turns, and return one row."""
    with tempfile.TemporaryDirectory() as folder:
        full, empty = Path(folder) / "full", Path(folder) / "empty"
        _fill(full / "atelier.sqlite")
        asyncio.run(_seconds(empty))  # the first start also writes byte code
        times = [(asyncio.run(_seconds(empty)), asyncio.run(_seconds(full))) for _ in range(ROUNDS)]
    without, seconds = (sorted(column)[ROUNDS // 2] for column in zip(*times, strict=True))
    return [
        Row(
            f"(d) start with {TASKS:,} tasks, {UNFINISHED} of them unfinished",
            f"{seconds:.2f} s to ready = {seconds / without:.2f} × with none",
            f"≤ {MOST_SECONDS:g} s",
            seconds <= MOST_SECONDS,
        )
    ]


async def _seconds(data_dir: Path) -> float:
    async with Playground() as discord:
        discord.add_guild("Bench").add_channel("bench")
        bot = BotProcess(discord, data_dir, worker=False)
        started = time.monotonic()
        await bot.start()
        seconds = time.monotonic() - started
        await bot.stop()
        return seconds


def _fill(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, migrations())
    settings = settings_json(TrainingSettings(60, 1e-3, 16, 64))
    progress = progress_json(NOTHING_YET)
    connection.execute("BEGIN")
    connection.execute(ADD_DATASET)
    connection.execute("INSERT INTO dataset_versions VALUES ('v', 'd', 0)")
    for number in range(TASKS):
        status = "queued" if number < UNFINISHED else "succeeded"
        values = (os.urandom(16).hex(), number % 500, Preset.FAST, settings, status, f"remote-{number}", progress)
        connection.execute(ADD_TASK, values)
    connection.execute("COMMIT")
    connection.close()


if __name__ == "__main__":
    show(run())
