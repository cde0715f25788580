"""What is special to the SQLite implementation of the queue."""

import sqlite3
from pathlib import Path

import pytest

from domain.queue.jobs import Job, JobKind, Outcome, QueueUnavailable, WorkerCapabilities
from storage.queue.schema import TABLES
from storage.queue.sqlite import open_queue

WORKER = WorkerCapabilities("me", frozenset(JobKind))
JOB = Job(id="a", kind=JobKind.TRAIN, member="anna", payload="{}")


async def test_the_file_has_a_rollback_journal_and_is_synced_fully(tmp_path: Path) -> None:
    async with open_queue(tmp_path / "queue.sqlite") as queue:
        await queue.enqueue(JOB)
        assert await queue._look(_pragmas) == ("persist", 2)


def _pragmas(db: sqlite3.Connection) -> tuple[str, int]:
    return (
        db.execute("PRAGMA journal_mode").fetchone()[0],
        db.execute("PRAGMA synchronous").fetchone()[0],
    )


async def test_jobs_are_there_after_the_file_was_closed_and_opened(tmp_path: Path) -> None:
    async with open_queue(tmp_path / "queue.sqlite") as queue:
        await queue.enqueue(JOB)

    async with open_queue(tmp_path / "queue.sqlite") as queue:
        assert not await queue.enqueue(JOB)
        assert await queue.claim(WORKER, 0)


async def test_a_file_that_is_no_queue_is_said_to_be_unusable(tmp_path: Path) -> None:
    (tmp_path / "queue.sqlite").write_bytes(b"this is no database, but long enough to be read as one " * 50)

    with pytest.raises(QueueUnavailable, match="can't be opened"):
        async with open_queue(tmp_path / "queue.sqlite"):
            pass


async def test_the_queue_of_a_newer_atelier_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "queue.sqlite") as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()

    with pytest.raises(QueueUnavailable, match="newer Atelier"):
        async with open_queue(tmp_path / "queue.sqlite"):
            pass


async def test_a_file_with_the_old_event_stream_keeps_its_jobs_and_loses_the_stream(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "queue.sqlite") as old:
        for statement in TABLES:
            old.execute(statement)
        old.execute(
            "CREATE TABLE events (cursor INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT, state TEXT, at REAL)"
        )
        old.execute("CREATE INDEX events_running ON events (job_id) WHERE state = 'running'")
        old.execute(
            "INSERT INTO jobs (id, kind, member, payload, work, vram_mb, state, start_tag, finish_tag, enqueued_at)"
            " VALUES ('a', 'train', 'anna', '{}', 1, 0, 'queued', 0, 1, 1000)"
        )
        old.execute("INSERT INTO events (job_id, state, at) VALUES ('a', 'queued', 1000)")
        old.execute("PRAGMA user_version = 1")
    old.close()

    async with open_queue(tmp_path / "queue.sqlite") as queue:
        lease = await queue.claim(WORKER, 0)
        assert lease
        assert lease.job_id == "a"
        assert await queue._look(_tables) == {"jobs", "turns"}
    async with open_queue(tmp_path / "queue.sqlite") as queue:
        assert await queue.finish(lease, Outcome.DONE, "fine")


def _tables(db: sqlite3.Connection) -> set[str]:
    rows = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {row["name"] for row in rows}
