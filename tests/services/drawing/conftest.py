"""The drawing services, opened in a folder of the test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import open_database
from storage.files import FileStore
from storage.pictures.pool import PicturePool
from tests.services.drawing.drawing_services import Drawings


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Drawings]:
    async with open_database(tmp_path / "atelier.sqlite") as database, PicturePool() as pool:
        yield Drawings(database, FileStore(tmp_path / "files", free_floor=0), pool)
