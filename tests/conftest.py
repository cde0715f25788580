"""What all tests share: a running playground with discord.py pointed at it, checked against Discord's schemas."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yarl
from discord import gateway
from discord.http import Route

from playground import Playground
from tests.oracle import _schemas_hold  # noqa: F401 - a fixture that pytest uses around every test

DISCORD_PY = str(Path(gateway.__file__).parent)


@pytest.fixture
async def discord(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Playground]:
    """Run a playground that in-process clients of discord.py talk to; give them guild_ready_timeout=0.1."""
    async with Playground() as playground:
        monkeypatch.setattr(Route, "BASE", playground.api_url)
        monkeypatch.setattr(gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(playground.gateway_url))
        yield playground
        await _last_events()


async def _last_events() -> None:
    """End what a closed client left running in this loop: its late on_ready, timers of views."""
    while left := [task for task in asyncio.all_tasks() if _is_discords(task)]:
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _is_discords(task: "asyncio.Task[object]") -> bool:
    return bool(getattr(getattr(task.get_coro(), "cr_code", None), "co_filename", "").startswith(DISCORD_PY))
