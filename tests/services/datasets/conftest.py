"""The services of datasets, opened for one test."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from services.datasets.datasets import DatasetService
from services.datasets.images import ImageService
from services.datasets.intake import IntakeService
from services.upkeep.cleanup import CleanupService
from storage.database import open_database
from storage.datasets.datasets import DatasetStore
from storage.datasets.images import ImageStore
from storage.datasets.pending_uploads import PendingUploadStore
from storage.files import FileStore
from storage.pictures.pool import PicturePool
from storage.upkeep.purging import Purging
from tests.services.datasets.dataset_services import (
    Clock,
    DatasetServices,
)


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[DatasetServices]:
    async with open_database(tmp_path / "a.sqlite") as database, PicturePool(processes=1) as pool:
        clock, files = Clock(), FileStore(tmp_path / "files", free_floor=0)
        numbers = count(1)

        def new_id() -> str:
            return f"{next(numbers):032x}"

        datasets = DatasetService(DatasetStore(database), now=clock, new_id=new_id)
        yield DatasetServices(
            database,
            files,
            clock,
            datasets,
            IntakeService(
                PendingUploadStore(database),
                datasets,
                files=files,
                pool=pool,
                now=clock,
                new_id=new_id,
            ),
            ImageService(ImageStore(database), datasets, files=files, pool=pool, now=clock, new_id=new_id),
            CleanupService(Purging(database), files=files, now=clock),
        )
