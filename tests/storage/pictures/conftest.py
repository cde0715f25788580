"""One warm pool for the tests of a file."""

from collections.abc import AsyncIterator

import pytest_asyncio

from storage.pictures.pool import PicturePool


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def pool() -> AsyncIterator[PicturePool]:
    async with PicturePool(seconds=60, life=1_000_000) as opened:
        yield opened
