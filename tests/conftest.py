"""What all tests share: a playground with a server, discord.py pointed at it, checked against Discord's schemas."""

from collections.abc import AsyncIterator

import pytest
import yarl
from discord import gateway
from discord.http import Route

import bot.hosted  # noqa: F401 - it introduces the spoken names of backends
from playground import Channel, Guild, Member, Playground
from tests.oracle import _schemas_hold  # noqa: F401 - a fixture that pytest uses around every test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests, so that two processes end at about the same time."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture
async def discord(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Playground]:
    """Run a playground that in-process clients of discord.py talk to; give them guild_ready_timeout=0.1."""
    async with Playground() as playground:
        playground.world.seconds_to_answer = 60.0  # for slow machines, the bench measures Discord's 3 s
        monkeypatch.setattr(Route, "BASE", playground.api_url)
        monkeypatch.setattr(gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(playground.gateway_url))
        yield playground


@pytest.fixture
def guild(discord: Playground) -> Guild:
    """Return the server where it all happens."""
    return discord.add_guild("Art club")


@pytest.fixture
def channel(guild: Guild) -> Channel:
    """Return a channel that everybody sees."""
    return guild.add_channel("general")


@pytest.fixture
def ana(guild: Guild) -> Member:
    """Return a member."""
    return guild.add_member("Ana")


@pytest.fixture
def ben(guild: Guild) -> Member:
    """Return another member."""
    return guild.add_member("Ben")
