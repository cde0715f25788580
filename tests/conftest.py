"""What all tests share: a running playground with discord.py pointed at it, checked against Discord's schemas."""

from collections.abc import AsyncIterator

import pytest
import yarl
from discord import gateway
from discord.http import Route

from playground import Playground
from tests.oracle import _schemas_hold  # noqa: F401 - a fixture that pytest uses around every test


@pytest.fixture
async def discord(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Playground]:
    """Run a playground that in-process clients of discord.py talk to; give them guild_ready_timeout=0.1."""
    async with Playground() as playground:
        monkeypatch.setattr(Route, "BASE", playground.api_url)
        monkeypatch.setattr(gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(playground.gateway_url))
        yield playground
