"""Training tasks in SQLite: rows in, domain objects out; each move is kept with its event and its card's turn."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from pydantic import TypeAdapter

from domain.datasets import Kind
from domain.errors import InvalidInput
from domain.loras import Lora
from domain.tasks import Progress, TaskStatus, TrainingTask
from domain.training import Preset, TrainingSettings
from storage import loras, outbox
from storage.database import Database
from storage.outbox import PostKind

COLUMNS = """id, guild_id, channel_id, parent_id, owner_id, dataset_id, dataset_name, kind, version_id, trigger_word,
    model_name, backend, checkpoint, preset, settings, status, remote_id, progress, cancel_asked, reason, misses,
    created_at, updated_at, quote_ends_at, started_at, finished_at, retry_of, revision"""
# Written out, so that SQLite uses the partial index of open tasks.
OPEN = "status IN ('submitting', 'queued', 'running', 'collecting')"
FIND_OWN = f"SELECT {COLUMNS} FROM tasks WHERE guild_id = ? AND owner_id = ?"  # noqa: S608 - a constant

_settings = TypeAdapter(TrainingSettings)
_progress = TypeAdapter(Progress)


class TooManyOpen(InvalidInput):
    """The member has as many trainings on their way as they may."""

    def __init__(self, is_open: int) -> None:
        super().__init__(
            f"You already have {is_open} trainings waiting or running, which is the most for one member. "
            "Wait for one to finish, or stop one with /train cancel. Nothing was started or charged."
        )


class TaskStore:
    """Training tasks. Saving is compare-and-set: it fails when the row is no longer what the caller saw."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, task: TrainingTask) -> None:
        """Keep a new, quoted task."""

        def work(connection: sqlite3.Connection) -> None:
            marks = ", ".join("?" * len(COLUMNS.split(",")))
            connection.execute(
                f"INSERT INTO tasks ({COLUMNS}) VALUES ({marks})",  # noqa: S608 - a constant and question marks
                _row(task),
            )
            _note(connection, task, old="")

        await self._database.transaction(work)

    async def load(self, task_id: str) -> TrainingTask | None:
        """Return the task of that id, whoever's it is: for the watcher and the cards."""
        found = await self._select(f"SELECT {COLUMNS} FROM tasks WHERE id = ?", task_id)  # noqa: S608 - a constant
        return found[0] if found else None

    async def on_server(self, task_id: str, *, guild_id: int) -> TrainingTask | None:
        """Return the task of that id when it belongs to that server."""
        found = await self._select(
            f"SELECT {COLUMNS} FROM tasks WHERE id = ? AND guild_id = ?",  # noqa: S608 - a constant
            task_id,
            guild_id,
        )
        return found[0] if found else None

    async def get(self, task_id: str, *, guild_id: int, owner_id: int) -> TrainingTask | None:
        """Return the member's task of that id."""
        found = await self._select(f"{FIND_OWN} AND id = ?", guild_id, owner_id, task_id)
        return found[0] if found else None

    async def of_member(self, *, guild_id: int, owner_id: int, limit: int = 500) -> Sequence[TrainingTask]:
        """Return the member's tasks that were confirmed, newest first."""
        return await self._select(
            f"{FIND_OWN} AND (status NOT IN ('quoted', 'expired')) ORDER BY created_at DESC LIMIT ?",
            guild_id,
            owner_id,
            limit,
        )

    async def open_ids(self) -> Sequence[str]:
        """Return the ids of the tasks that are on their way, oldest first."""

        def work(connection: sqlite3.Connection) -> Sequence[str]:
            rows = connection.execute(f"SELECT id FROM tasks WHERE {OPEN} ORDER BY created_at")  # noqa: S608 - a constant
            return [row["id"] for row in rows]

        return await self._database.read(work)

    async def open_counts(self) -> tuple[int, int]:
        """Return how many trainings run and how many wait, on all servers together."""

        def work(connection: sqlite3.Connection) -> tuple[int, int]:
            rows = connection.execute(
                f"SELECT status IN ('running', 'collecting') AS runs, count(*) AS n FROM tasks WHERE {OPEN} "  # noqa: S608 - a constant
                "GROUP BY runs"
            )
            counted = {bool(row["runs"]): int(row["n"]) for row in rows}
            return counted.get(True, 0), counted.get(False, 0)

        return await self._database.read(work)

    async def confirm(self, old: TrainingTask, new: TrainingTask, *, most_open: int) -> TrainingTask | None:
        """Save a confirmed quote, counted and saved as one; None when somebody moved it meanwhile.

        Raises `TooManyOpen` when its owner has `most_open` open tasks already.
        """

        def work(connection: sqlite3.Connection) -> TrainingTask | None:
            is_open = connection.execute(
                f"SELECT count(*) FROM tasks WHERE {OPEN} AND guild_id = ? AND owner_id = ?",  # noqa: S608 - a constant
                (old.guild_id, old.owner_id),
            ).fetchone()[0]
            if is_open >= most_open:
                raise TooManyOpen(is_open)
            return _save(connection, old, new)

        return await self._database.transaction(work)

    async def save(self, old: TrainingTask, new: TrainingTask) -> TrainingTask | None:
        """Keep the task's new state, its event and its card's turn; None when somebody moved it meanwhile."""
        return await self._database.transaction(lambda connection: _save(connection, old, new))

    async def succeed(self, old: TrainingTask, new: TrainingTask, lora: Lora) -> Lora | None:
        """Keep the end of a training whole: task, LoRA, completion post; None when somebody moved it meanwhile."""

        def work(connection: sqlite3.Connection) -> Lora | None:
            if not _save(connection, old, new):
                return None
            outbox.want(
                connection,
                kind=PostKind.COMPLETION,
                subject_id=new.id,
                channel_id=new.channel_id,
                parent_id=new.parent_id,
                now=new.updated_at,
            )
            return loras.insert(connection, lora)

        return await self._database.transaction(work)

    async def expire(self, now: float) -> int:
        """End the quotes whose time is over; return how many."""

        def work(connection: sqlite3.Connection) -> int:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM tasks WHERE status = 'quoted' AND quote_ends_at <= ? LIMIT 500",  # noqa: S608 - a constant
                (now,),
            ).fetchall()
            for task in map(_task, rows):
                _save(connection, task, replace(task, status=TaskStatus.EXPIRED, updated_at=now, finished_at=now))
            return len(rows)

        return await self._database.transaction(work)

    async def events(self, task_id: str) -> Sequence[tuple[str, str, str]]:
        """Return the task's moves in order: old state, new state, reason."""

        def work(connection: sqlite3.Connection) -> Sequence[tuple[str, str, str]]:
            rows = connection.execute(
                "SELECT old, new, reason FROM task_events WHERE task_id = ? ORDER BY id", (task_id,)
            )
            return [(row["old"], row["new"], row["reason"]) for row in rows]

        return await self._database.read(work)

    async def _select(self, sql: str, *values: float | str) -> Sequence[TrainingTask]:
        def work(connection: sqlite3.Connection) -> Sequence[TrainingTask]:
            return [_task(row) for row in connection.execute(sql, values)]

        return await self._database.read(work)


def _save(connection: sqlite3.Connection, old: TrainingTask, new: TrainingTask) -> TrainingTask | None:
    cursor = connection.execute(
        "UPDATE tasks SET settings = ?, status = ?, remote_id = ?, progress = ?, cancel_asked = ?, reason = ?, "
        "misses = ?, updated_at = ?, quote_ends_at = ?, started_at = ?, finished_at = ?, revision = revision + 1 "
        "WHERE id = ? AND revision = ? AND status = ?",
        (
            _settings.dump_json(new.settings).decode(),
            new.status,
            new.remote_id,
            _progress.dump_json(new.progress).decode(),
            new.cancel_asked,
            new.reason,
            new.misses,
            new.updated_at,
            new.quote_ends_at,
            new.started_at,
            new.finished_at,
            old.id,
            old.revision,
            old.status,
        ),
    )
    if not cursor.rowcount:
        return None
    if new.status is not old.status:
        _note(connection, new, old=old.status)
    if _shows_on_a_card(old, new):
        outbox.want(
            connection,
            kind=PostKind.TRAINING,
            subject_id=new.id,
            channel_id=new.channel_id,
            parent_id=new.parent_id,
            now=new.updated_at,
        )
    return replace(new, revision=old.revision + 1)


def _shows_on_a_card(old: TrainingTask, new: TrainingTask) -> bool:
    """Whether a member could see the difference: a quote has no card yet, and a heartbeat alone shows nothing."""
    if old.status is TaskStatus.QUOTED and new.status is not TaskStatus.SUBMITTING:
        return False
    silent = replace(new.progress, sign_of_life=old.progress.sign_of_life)
    return replace(new, progress=silent, updated_at=old.updated_at, misses=old.misses) != old


def _note(connection: sqlite3.Connection, task: TrainingTask, *, old: str) -> None:
    connection.execute(
        "INSERT INTO task_events (task_id, at, old, new, reason) VALUES (?, ?, ?, ?, ?)",
        (task.id, task.updated_at, old, task.status, task.reason),
    )


def _row(task: TrainingTask) -> tuple[float | str | None, ...]:
    """Return the values in the order of `COLUMNS`."""
    return (
        task.id,
        task.guild_id,
        task.channel_id,
        task.parent_id,
        task.owner_id,
        task.dataset_id,
        task.dataset_name,
        task.kind,
        task.version_id,
        task.trigger_word,
        task.model_name,
        task.backend,
        task.checkpoint,
        task.preset,
        _settings.dump_json(task.settings).decode(),
        task.status,
        task.remote_id,
        _progress.dump_json(task.progress).decode(),
        task.cancel_asked,
        task.reason,
        task.misses,
        task.created_at,
        task.updated_at,
        task.quote_ends_at,
        task.started_at,
        task.finished_at,
        task.retry_of,
        task.revision,
    )


def _task(row: sqlite3.Row) -> TrainingTask:
    return TrainingTask(
        id=row["id"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        parent_id=row["parent_id"],
        owner_id=row["owner_id"],
        dataset_id=row["dataset_id"],
        dataset_name=row["dataset_name"],
        kind=Kind(row["kind"]),
        version_id=row["version_id"],
        trigger_word=row["trigger_word"],
        model_name=row["model_name"],
        backend=row["backend"],
        checkpoint=row["checkpoint"],
        preset=Preset(row["preset"]),
        settings=_settings.validate_json(row["settings"], strict=True),
        status=TaskStatus(row["status"]),
        remote_id=row["remote_id"],
        progress=_progress.validate_json(row["progress"], strict=True),
        cancel_asked=bool(row["cancel_asked"]),
        reason=row["reason"],
        misses=row["misses"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        quote_ends_at=row["quote_ends_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        retry_of=row["retry_of"],
        revision=row["revision"],
    )
