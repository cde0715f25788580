"""The newer schema holds every row of commit c394d22, and the file of before is kept beside it."""

import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from backends.base import RemoteTask
from backends.local.backend import LocalBackend
from bot.interactions.fact_words import words
from domain.orders.progress import RemoteState
from storage.database import migrations, open_database
from storage.files import FileStore
from storage.queue.sqlite import open_queue
from tests.upgrade.old_data import ask, remote_name

SCHEMA = 3  # of that commit
# Tables and columns that have another name now.
RENAMED: Mapping[str, str] = {
    "generations": "drawings",
    "findings": "orphaned_work",
    "trays": "pending_uploads",
    "tray_pictures": "pending_pictures",
    "tray_id": "upload_id",
}
# What is counted or summed, in the words of that commit's schema.
FIGURES = (
    "SELECT month, entry, count(*), sum(micros) FROM ledger GROUP BY month, entry ORDER BY month, entry",
    "SELECT dataset_id, count(*), count(deleted_at) FROM images GROUP BY dataset_id ORDER BY dataset_id",
    "SELECT id, name, trigger_word, deleted_at IS NULL FROM datasets ORDER BY id",
    "SELECT version_id, count(*), sum(size), sum(held_out) FROM version_images GROUP BY version_id ORDER BY 1",
    "SELECT id, status, model_name, remote_id FROM tasks ORDER BY id",
    "SELECT count(*) FROM task_events",
    "SELECT id, name, version, sha256, reference FROM loras ORDER BY id",
    "SELECT id, status, prompt, seed, remote_id FROM generations ORDER BY id",
    "SELECT kind, state, message_id FROM outbox ORDER BY id",
    "SELECT * FROM guild_settings ORDER BY guild_id",
    "SELECT backend, remote_id FROM findings ORDER BY remote_id",
    "SELECT id, owner_id FROM trays ORDER BY id",
    "SELECT tray_id, sha256 FROM tray_pictures ORDER BY tray_id, position",
    "SELECT id, find, put FROM caption_changes ORDER BY id",
)


def rows(file: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


def today(sql: str) -> str:
    for then, now in RENAMED.items():
        sql = re.sub(rf"\b{then}\b", now, sql)
    return sql


async def test_no_row_and_no_amount_is_lost(folder: Path) -> None:
    file = folder / "atelier.sqlite"
    then = {old: rows(file, old) for old in FIGURES}
    async with open_database(file):
        pass
    now = {old: rows(file, today(old)) for old in FIGURES}

    assert now == then


@pytest.mark.skipif(len(migrations()) == SCHEMA, reason="the schema is still that of then")
async def test_the_file_of_before_is_kept(folder: Path) -> None:
    file = folder / "atelier.sqlite"
    then = {old: rows(file, old) for old in FIGURES}
    async with open_database(file):
        pass

    assert {old: rows(folder / f"atelier.sqlite.v{SCHEMA}.bak", old) for old in FIGURES} == then


async def test_jobs_of_the_old_queue_stand_where_they_stood(folder: Path) -> None:
    trainings = {name: remote_name(folder, name) for name in ("Foxy", "Broken", "Halted", "Threaded")}
    trainings["Foxy"] = ask(folder, "SELECT remote_id FROM tasks WHERE model_name = 'Foxy' ORDER BY created_at")[0]
    drawings = ask(folder, "SELECT remote_id FROM generations WHERE backend = 'local' AND remote_id IS NOT NULL")
    async with open_queue(folder / "queue.sqlite") as queue:
        backend = LocalBackend(queue, FileStore(folder / "files"))
        stood = {name: await backend.poll(RemoteTask(remote_id)) for name, remote_id in trainings.items()}
        drawn = Counter([(await backend.drawing(RemoteTask(remote_id))).state for remote_id in drawings])
        trained = await backend.fetch(RemoteTask(trainings["Foxy"]))

    assert {name: progress.state for name, progress in stood.items()} == {
        "Foxy": RemoteState.SUCCEEDED,
        "Broken": RemoteState.FAILED,
        "Halted": RemoteState.RUNNING,
        "Threaded": RemoteState.QUEUED,
    }
    assert "The worker ran out of memory." in words(stood["Broken"].message)
    assert (stood["Halted"].step, stood["Halted"].of) == (40, 60)
    assert (trained.base_loss, trained.held_out_loss) == (0.5, 0.38)
    assert drawn == {RemoteState.SUCCEEDED: 6, RemoteState.QUEUED: 2, RemoteState.CANCELLED: 1}
