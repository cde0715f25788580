"""What the playground's tests share: a bot that is connected to it."""

from collections.abc import AsyncIterator

import pytest

from playground import Channel, Playground
from tests.playground.sample_bot import SampleBot, running


@pytest.fixture
async def bot(discord: Playground, channel: Channel) -> AsyncIterator[SampleBot]:
    """Connect a bot that does what the tests ask of it."""
    del channel  # there is one before the bot comes
    async with running(discord) as client:
        yield client
