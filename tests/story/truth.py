"""What must hold after anything was killed: nothing lost, nothing doubled, every end true."""

import asyncio
import hashlib
import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from playground import Channel

UNSETTLED = """
    SELECT 1 FROM tasks WHERE status IN ('submitting', 'queued', 'running', 'collecting')
    UNION ALL SELECT 1 FROM drawings WHERE status IN ('submitting', 'queued', 'running')
    UNION ALL SELECT 1 FROM outbox WHERE state = 'pending'
"""
FINAL = {"succeeded", "failed", "cancelled", "expired", "interrupted"}


def rows(database: Path, sql: str) -> list[sqlite3.Row]:
    """Return what a reader sees who never writes."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql).fetchall()


def is_settled(data_dir: Path) -> bool:
    """Whether every order has ended and every message shows its end."""
    return not rows(data_dir / "atelier.sqlite", UNSETTLED)


async def settled(data_dir: Path, *, patience: float) -> None:
    """Wait until every order has ended; raise `TimeoutError` after `patience` seconds.

    Looks again and again, since nothing tells when another process has committed.
    """
    async with asyncio.timeout(patience):
        while not is_settled(data_dir):  # noqa: ASYNC110 - no event crosses from another process
            await asyncio.sleep(0.2)


def untruths(data_dir: Path, channel: Channel) -> list[str]:
    """Return a sentence for everything that is not as it must be; nothing when all is well."""
    return [*_files(data_dir), *_trainings(data_dir, channel), *_drawings(data_dir, channel), *_queue(data_dir)]


def _files(data_dir: Path) -> list[str]:
    database = data_dir / "atelier.sqlite"
    wrong = []
    for name in ("atelier.sqlite", "queue.sqlite"):
        wrong += [f"{name}: {r[0]}" for r in rows(data_dir / name, "PRAGMA integrity_check") if r[0] != "ok"]
    wanted = {r[0] for r in rows(database, "SELECT sha256 FROM images UNION SELECT sha256 FROM loras")}
    wanted |= {sha for r in rows(database, "SELECT pictures FROM drawings") for sha in json.loads(r[0])}
    for sha in wanted:
        file = data_dir / "files" / sha[:2] / sha
        if not file.exists():
            wrong.append(f"the file {sha} is missing")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != sha:
            wrong.append(f"the file {sha} is damaged")
    return wrong


def _trainings(data_dir: Path, channel: Channel) -> list[str]:
    database = data_dir / "atelier.sqlite"
    wrong = []
    models = Counter(r[0] for r in rows(database, "SELECT task_id FROM loras"))
    posts = [m for m in channel.messages if not m.deleted]
    for task in rows(
        database, "SELECT id, model_name, status, reason FROM tasks WHERE status NOT IN ('quoted', 'expired')"
    ):
        name, status = task["model_name"], task["status"]
        if status not in FINAL:
            wrong.append(f"training {name} is still {status}")
        if models[task["id"]] != (status == "succeeded"):
            wrong.append(f"training {name} is {status} and has {models[task['id']]} models")
        if status in ("failed", "interrupted") and not task["reason"]:
            wrong.append(f"training {name} is {status} without a reason")
        cards = [m for m in posts if "Training ·" in m.text and (f"`{name}`" in m.text or f"`{name} v" in m.text)]
        done = [m for m in posts if "is done" in m.text and f"`{name} v" in m.text]
        if len(cards) != 1:
            wrong.append(f"training {name} ({status}) has {len(cards)} cards")
        elif {"succeeded": "done"}.get(status, status) not in cards[0].text:
            wrong.append(f"training {name} is {status}, its card says {cards[0].text[:60]!r}")
        if len(done) != (status == "succeeded"):
            wrong.append(f"training {name} ({status}) has {len(done)} completion posts")
    return wrong


def _drawings(data_dir: Path, channel: Channel) -> list[str]:
    wrong = []
    for drawing in rows(data_dir / "atelier.sqlite", "SELECT id, status, count, pictures, reason FROM drawings"):
        shown = [
            m
            for m in channel.messages
            if not m.deleted and any(f":{drawing['id']}" in (b.custom_id or "") for b in m.buttons)
        ]
        pictures = len(json.loads(drawing["pictures"]))
        if len(shown) != 1:
            wrong.append(f"drawing {drawing['id']} ({drawing['status']}) is shown {len(shown)} times")
        if drawing["status"] == "succeeded" and pictures != drawing["count"]:
            wrong.append(f"drawing {drawing['id']} has {pictures} of {drawing['count']} pictures")
        if drawing["status"] == "succeeded" and shown and len(shown[0].attachments) != drawing["count"]:
            wrong.append(f"drawing {drawing['id']} shows {len(shown[0].attachments)} pictures")
        if drawing["status"] == "failed" and not drawing["reason"]:
            wrong.append(f"drawing {drawing['id']} failed without a reason")
    return wrong


def _queue(data_dir: Path) -> list[str]:
    jobs = {r["id"]: r["state"] for r in rows(data_dir / "queue.sqlite", "SELECT id, state FROM jobs")}
    known = {
        r[0]
        for r in rows(data_dir / "atelier.sqlite", "SELECT remote_id FROM tasks UNION SELECT remote_id FROM drawings")
    }
    wrong = [f"job {job} belongs to nothing" for job in jobs if job not in known]
    tasks = rows(data_dir / "atelier.sqlite", "SELECT remote_id, status FROM tasks WHERE remote_id IS NOT NULL")
    wrong += [
        f"job {task['remote_id']} is {jobs.get(task['remote_id'])}, its task {task['status']}"
        for task in tasks
        if (jobs.get(task["remote_id"]) == "done") != (task["status"] == "succeeded")
    ]
    return wrong
