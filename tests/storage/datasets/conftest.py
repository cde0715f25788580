"""The stores of datasets over one new database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database, open_database
from storage.datasets.datasets import DatasetStore
from storage.datasets.images import ImageStore
from storage.datasets.pending_uploads import PendingUploadStore


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "a.sqlite") as opened:
        yield opened


@pytest.fixture
def datasets(database: Database) -> DatasetStore:
    return DatasetStore(database)


@pytest.fixture
def images(database: Database) -> ImageStore:
    return ImageStore(database)


@pytest.fixture
def uploads(database: Database) -> PendingUploadStore:
    return PendingUploadStore(database)
