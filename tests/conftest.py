"""What all tests share: a running playground with discord.py pointed at it, checked against Discord's schemas."""

from collections.abc import AsyncIterator

import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from playground import Playground

pytest_plugins = ["tests.oracle"]



@pytest.fixture
async def discord(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Playground]:
    async with Playground() as playground:
        monkeypatch.setattr(Route, "BASE", playground.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(playground.gateway_url))
        yield playground
