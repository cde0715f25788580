"""The bot of this version, started on what an earlier one left behind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import Settings
from playground import Playground
from tests.cogs.running_bot import Bot
from tests.services.scripted_backend import ScriptedBackend
from tests.upgrade import old_data, old_discord
from tests.upgrade.old_discord import OldDiscord


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the old data folder."""
    old_data.restore(tmp_path)
    return tmp_path


@pytest.fixture
def own_machine(folder: Path) -> ScriptedBackend:
    """Return the free backend, with what it held."""
    return old_data.own_machine(folder)


@pytest.fixture
def replicate(folder: Path) -> ScriptedBackend:
    """Return the paid backend, with what it held."""
    return old_data.replicate(folder)


@pytest.fixture
def old(discord: Playground) -> OldDiscord:
    """Return what stands in Discord."""
    discord.limits.enabled = False  # every message is old, and only three of them may be edited in six seconds
    return old_discord.restore(discord)


@pytest.fixture
def stopped_bot(
    discord: Playground, old: OldDiscord, folder: Path, own_machine: ScriptedBackend, replicate: ScriptedBackend
) -> Bot:
    """Return the bot before its first start on the old folder."""
    del old  # it is there before the bot connects
    settings = Settings(
        discord_token=SecretStr(discord.token),
        data_dir=folder,
        attachment_origins=(discord.cdn_url,),
        guild_ready_timeout=0.1,
        worker=False,
        poll_seconds=0.05,
        edit_seconds=0.0,
    )
    return Bot(discord, settings, own_machine, replicate)


@pytest.fixture
async def bot(stopped_bot: Bot) -> AsyncIterator[Bot]:
    """Run the bot on the old folder."""
    await stopped_bot.start()
    yield stopped_bot
    await stopped_bot.stop()
