"""Which frozen versions may go for good, by what became of their tasks, in a real SQLite file."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from domain.training.tasks import TaskStatus
from storage.database import Database, open_database
from storage.datasets.datasets import DatasetStore
from storage.models.loras import LoraStore
from storage.training.tasks import TaskStore
from storage.upkeep.purging import Purging
from tests.domain.training.some_task import TASK
from tests.services import trained

PICTURE = "1" * 64


def _fill(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO datasets VALUES (?, 100, 7, 'Robo', 'robo', 'character', 'robozor', 1000, 2000)",
        (TASK.dataset_id,),
    )
    connection.execute("INSERT INTO dataset_versions VALUES (?, ?, 1000)", (TASK.version_id, TASK.dataset_id))
    connection.execute("INSERT INTO version_images VALUES (?, 0, ?, 10, 'red', 7, 0)", (TASK.version_id, PICTURE))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A dataset that was deleted at 2,000 and has one version, of one picture."""
    async with open_database(tmp_path / "a.sqlite") as opened:
        await opened.transaction(_fill)
        yield opened


@pytest.mark.parametrize("remote_id", [None, "r"])
@pytest.mark.parametrize("status", list(TaskStatus))
async def test_a_version_goes_only_when_nothing_was_trained_on_it(
    database: Database, status: TaskStatus, remote_id: str | None
) -> None:
    await TaskStore(database).add(replace(TASK, status=status, remote_id=remote_id))
    purging = Purging(database)

    unused = await purging.unused(before=5_000.0)
    await purging.purge(before=5_000.0)

    goes = remote_id is None and status in {TaskStatus.EXPIRED, TaskStatus.FAILED, TaskStatus.CANCELLED}
    assert unused == ([PICTURE] if goes else [])
    assert (await DatasetStore(database).version(TASK.version_id) is None) is goes
    assert await TaskStore(database).load(TASK.id) is not None  # the task itself is always accounted for


async def test_one_task_that_is_still_open_keeps_the_version_of_all(database: Database) -> None:
    await TaskStore(database).add(replace(TASK, status=TaskStatus.EXPIRED))
    await TaskStore(database).add(replace(TASK, id="b" * 32, status=TaskStatus.QUOTED))

    assert await Purging(database).unused(before=5_000.0) == []


async def test_a_version_that_no_task_points_to_goes_whole(database: Database) -> None:
    purging = Purging(database)

    unused = await purging.unused(before=5_000.0)
    await purging.purge(before=5_000.0)

    query = "SELECT id FROM dataset_versions UNION SELECT id FROM datasets"
    left = await database.read(lambda connection: connection.execute(query).fetchall())
    assert unused == [PICTURE]
    assert left == []


@pytest.mark.parametrize(("made", "ended"), [(4_000.0, 1_000.0), (1_000.0, 4_000.0)])
async def test_a_version_of_the_last_day_stays(database: Database, made: float, ended: float) -> None:
    await database.transaction(lambda c: c.execute("UPDATE dataset_versions SET created_at = ?", (made,)))
    await TaskStore(database).add(replace(TASK, status=TaskStatus.EXPIRED, updated_at=ended))

    assert await Purging(database).unused(before=4_000.0) == []
    assert await Purging(database).unused(before=4_000.1) == [PICTURE]


async def test_the_file_of_a_model_goes_a_day_after_it_was_deleted_and_its_name_stays(tmp_path: Path) -> None:
    async with open_database(tmp_path / "models.sqlite") as database:
        lora = replace(trained.lora(1, name="Robo", owner_id=7, guild_id=100), sha256="b" * 64)
        kept = replace(trained.lora(2, name="Blip", owner_id=7, guild_id=100), sha256="c" * 64)
        for each in (lora, kept):
            await database.transaction(partial(trained.keep, lora=each))
        store, purging, found = LoraStore(database), Purging(database), []
        await store.delete(lora.id, guild_id=100, owner_id=7, now=2_000.0)
        for before in (2_000.0, 2_001.0, 2_001.0):
            found.append(await purging.unused(before=before))
            await purging.purge(before=before)
        gone, there = await store.by_id(lora.id), await store.by_id(kept.id)

    assert found == [[], ["b" * 64], []]
    assert gone is not None
    assert (gone.title, gone.sha256) == ("Robo v1", None)
    assert there is not None
    assert there.sha256 == "c" * 64


async def test_a_file_that_another_model_has_too_stays(tmp_path: Path) -> None:
    async with open_database(tmp_path / "models.sqlite") as database:
        for number in (1, 2):
            lora = trained.lora(number, name=f"Robo {number}", owner_id=7, guild_id=100)
            await database.transaction(partial(trained.keep, lora=lora))
        await LoraStore(database).delete(lora.id, guild_id=100, owner_id=7, now=2_000.0)

        assert await Purging(database).unused(before=5_000.0) == []
