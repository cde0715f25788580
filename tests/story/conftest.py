"""Atelier as a real process with a real worker, ended whatever happens."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.bot_process import BotProcess
from playground import Playground

QUICK = {"ATELIER_POLL_SECONDS": "0.2", "ATELIER_EDIT_SECONDS": "0.5"}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Return the folder where the bot keeps its things."""
    return tmp_path / "data"


@pytest.fixture
async def bot(discord: Playground, data_dir: Path, tmp_path: Path) -> AsyncIterator[BotProcess]:
    """Return a bot that is not started yet."""
    process = BotProcess(discord, data_dir, settings=QUICK, log=tmp_path / "bot.log")
    yield process
    await process.kill()
