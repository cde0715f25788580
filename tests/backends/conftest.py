"""What all tests of backends share: the client that every provider is called with, and a place for what arrives."""

from collections.abc import AsyncIterator

import httpx
import pytest

from backends.http import client
from tests.backends.case import MemoryArrivals


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with client() as opened:
        yield opened


@pytest.fixture
def arrivals() -> MemoryArrivals:
    return MemoryArrivals()
