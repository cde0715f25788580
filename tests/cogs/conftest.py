"""A running Atelier in the test's own process, a server with two members, and pictures that they attach."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import Settings
from playground import Guild, Playground, Upload
from tests.cogs.running_bot import Bot
from tests.pictures import drawn
from tests.services.scripted_backend import ScriptedBackend


@pytest.fixture
def settings(discord: Playground, tmp_path: Path) -> Settings:
    """Return settings that point at the playground, with no worker."""
    return Settings(
        discord_token=SecretStr(discord.token),
        data_dir=tmp_path,
        attachment_origins=(discord.cdn_url,),
        guild_ready_timeout=0.1,
        worker=False,
        poll_seconds=0.05,
        edit_seconds=0.0,
    )


@pytest.fixture
def backend() -> ScriptedBackend:
    """Return the backend that the bot uses; the test writes its script."""
    return ScriptedBackend()


@pytest.fixture
async def bot(discord: Playground, settings: Settings, backend: ScriptedBackend, guild: Guild) -> AsyncIterator[Bot]:
    """Run Atelier against the playground."""
    del guild  # it is there before the bot connects
    running = Bot(discord, settings, backend)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
def picture() -> Callable[[int], Upload]:
    """Return a maker of pictures: every number gives another one, none like another."""
    return drawn
