"""Members' LoRAs in a database file."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.datasets.dataset import Dataset, Kind
from storage.database import Database, open_database
from storage.datasets.datasets import DatasetStore
from storage.models.loras import LoraStore, insert
from storage.training.tasks import TaskStore
from tests.domain.models.some_lora import ROBO
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import TASK

OTHER_ID = "f" * 32


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open a database with two versions of one LoRA."""
    async with open_database(tmp_path / "atelier.sqlite") as opened:
        await DatasetStore(opened).add(Dataset(TASK.dataset_id, 100, 7, "Robo", Kind.CHARACTER, "robozor", 1.0))
        await opened.transaction(
            lambda c: c.execute("INSERT INTO dataset_versions VALUES (?, ?, 1)", (TASK.version_id, TASK.dataset_id))
        )
        for task_id, lora_id, created in ((TASK.id, ROBO.id, 1_000.0), (OTHER_ID, OTHER_ID, 2_000.0)):
            await TaskStore(opened).add(changed(TASK, id=task_id))
            lora = replace(ROBO, id=lora_id, task_id=task_id, created_at=created)
            await opened.transaction(lambda connection, lora=lora: insert(connection, lora))  # type: ignore[misc]
        yield opened


@pytest.fixture
def store(database: Database) -> LoraStore:
    return LoraStore(database)


async def test_a_lora_comes_back_as_it_was_stored_with_the_next_version(store: LoraStore) -> None:
    assert await store.by_id(ROBO.id) == replace(ROBO, version=1)
    assert await store.of_task(OTHER_ID) == replace(
        ROBO, id=OTHER_ID, task_id=OTHER_ID, version=2, created_at=2_000.0
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [("robo", OTHER_ID), ("ROBO V1", ROBO.id), ("Robo v2", OTHER_ID), (ROBO.id, ROBO.id), ("robo v3", None)],
)
async def test_a_lora_is_found_by_id_title_or_as_the_newest_of_its_name(
    store: LoraStore, text: str, found: str | None
) -> None:
    lora = await store.find(text, guild_id=100, owner_id=7)

    assert (lora.id if lora else None) == found


@pytest.mark.parametrize(("guild_id", "owner_id"), [(100, 8), (101, 7)])
async def test_another_member_or_server_sees_none(store: LoraStore, guild_id: int, owner_id: int) -> None:
    assert await store.get(ROBO.id, guild_id=guild_id, owner_id=owner_id) is None
    assert await store.find("Robo", guild_id=guild_id, owner_id=owner_id) is None
    assert await store.of_member(guild_id=guild_id, owner_id=owner_id) == []
    assert await store.search("ro", guild_id=guild_id, owner_id=owner_id) == []
    assert not await store.delete(ROBO.id, guild_id=guild_id, owner_id=owner_id, now=1.0)


async def test_the_newest_lora_comes_first(store: LoraStore) -> None:
    assert [lora.version for lora in await store.of_member(guild_id=100, owner_id=7)] == [2, 1]
    assert [lora.version for lora in await store.search("o v", guild_id=100, owner_id=7)] == [2, 1]


async def test_a_deleted_lora_comes_back_only_in_time(store: LoraStore) -> None:
    deleted = await store.delete(ROBO.id, guild_id=100, owner_id=7, now=50.0)
    hidden = await store.get(ROBO.id, guild_id=100, owner_id=7)
    too_late = await store.undelete(ROBO.id, guild_id=100, owner_id=7, since=51.0)
    in_time = await store.undelete(ROBO.id, guild_id=100, owner_id=7, since=50.0)

    assert (deleted, hidden, too_late, in_time) == (True, None, False, True)
    assert await store.get(ROBO.id, guild_id=100, owner_id=7)
