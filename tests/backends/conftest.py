"""What all tests of backends share: the transport to every provider, and a place for what arrives."""

from collections.abc import AsyncIterator

import httpx
import pytest

from backends.wire import transport
from tests.backends.case import MemoryResults


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncHTTPTransport]:
    async with transport() as opened:
        yield opened


@pytest.fixture
async def anybody() -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that is not ours, to try the stand-ins themselves."""
    async with httpx.AsyncClient(trust_env=False) as opened:
        yield opened


@pytest.fixture
def store() -> MemoryResults:
    return MemoryResults()
