"""What the playground's tests share: bots that are connected to it."""

from collections.abc import AsyncIterator

import pytest

from playground import Channel, Playground
from tests.playground.asking_bot import AskingBot
from tests.playground.obedient_bot import ObedientBot
from tests.playground.sample_bot import SampleBot, running


@pytest.fixture
async def bot(discord: Playground, channel: Channel) -> AsyncIterator[SampleBot]:
    """Connect a bot that does what the tests ask of it."""
    del channel  # there is one before the bot comes
    async with running(discord) as client:
        yield client


@pytest.fixture
async def obedient(discord: Playground, channel: Channel) -> AsyncIterator[ObedientBot]:
    """Connect a bot that answers interactions as the test says."""
    del channel  # there is one before the bot comes
    bot = ObedientBot()
    async with running(discord, bot):
        yield bot


@pytest.fixture
async def asking(discord: Playground, channel: Channel) -> AsyncIterator[AskingBot]:
    """Connect a bot whose commands ask for people, places and roles."""
    del channel  # there is one before the bot comes
    bot = AskingBot()
    async with running(discord, bot):
        yield bot
