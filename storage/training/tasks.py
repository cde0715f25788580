"""Training tasks in SQLite: rows in, domain objects out; each move is kept with its event and its card's turn."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from domain.errors import OrderRefused
from domain.models.loras import Lora
from domain.money.errors import PriceUnknown
from domain.money.limits import Settlement, SpendingLimits, needs_approval
from domain.posts import PostKind
from domain.training.settings import APPROVAL_SECONDS
from domain.training.tasks import Approval, TaskStatus, TrainingTask, can_move, settlement_of
from storage import ledger, outbox
from storage.database import Database
from storage.models import loras
from storage.training.task_rows import COLUMNS, to_row, to_task

# SQLite takes the partial index of unfinished tasks only when its whole condition stands in the query, word by word.
UNFINISHED = "status IN ('quoted', 'submitting', 'queued', 'running', 'collecting')"
OPEN = f"{UNFINISHED} AND status != 'quoted'"
# A quote that was dropped is cancelled too, but was never charged for, not even nothing.
CONFIRMED = (
    "status NOT IN ('quoted', 'expired') "
    "AND NOT (status = 'cancelled' AND charged_micros IS NULL AND approval = 'none')"
)
FIND_OWN = f"SELECT {COLUMNS} FROM tasks WHERE guild_id = ? AND owner_id = ?"

# What can change after a task was made; the other columns stay as they were.
CHANGING = (
    "backend", "checkpoint", "settings", "status", "remote_id", "progress", "cancel_asked", "reason", "misses",
    "updated_at", "quote_ends_at", "started_at", "finished_at", "quoted_micros", "ceiling_micros", "charged_micros",
    "charge_is_guess", "approval", "approved_by", "queued_at", "attempts", "lost_answers", "again_at",
)  # fmt: skip

# Most of what a backend holds is read again just as it was: making the task anew would take most of the time.
_known_task = lru_cache(maxsize=4_096)(to_task)

Decide = Callable[[TrainingTask], TrainingTask]


class TooManyOpen(OrderRefused):
    """The member has as many trainings on their way as they may."""

    def __init__(self, is_open: int) -> None:
        super().__init__(is_open)
        self.is_open = is_open

    def __str__(self) -> str:
        most = f"{self.is_open} trainings waiting or running, which is the most for one member."
        if self.for_moderator:
            return (
                f"The member who asked already has {most} Approve again when one of them is done or stopped. "
                "Nothing was started or charged."
            )
        return (
            f"You already have {most} Wait for one to finish, or stop one with /train cancel. "
            "Nothing was started or charged."
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """A task before and after a change; both are the same when nothing changed."""

    before: TrainingTask
    after: TrainingTask


class TaskStore:
    """Training tasks. Each change is decided on the row as it is now, inside the transaction that keeps it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open_ids: tuple[int, Sequence[str]] = (-1, ())  # after so many changes of the database

    async def add(self, task: TrainingTask) -> None:
        """Keep a new, quoted task."""

        def work(connection: sqlite3.Connection) -> None:
            marks = ", ".join("?" * len(COLUMNS.split(",")))
            connection.execute(
                f"INSERT INTO tasks ({COLUMNS}) VALUES ({marks})",
                to_row(task),
            )
            _note(connection, task, old="")

        await self._database.transaction(work)

    async def load(self, task_id: str) -> TrainingTask | None:
        """Return the task of that id, whoever's it is: for the watcher and the cards."""
        found = await self._select(f"SELECT {COLUMNS} FROM tasks WHERE id = ?", task_id)
        return found[0] if found else None

    async def at_backend(self, backend: str, remote_id: str) -> TrainingTask | None:
        """Return the task that a backend knows by that id."""
        found = await self._select(
            f"SELECT {COLUMNS} FROM tasks WHERE backend = ? AND remote_id = ?",
            backend,
            remote_id,
        )
        return found[0] if found else None

    async def on_server(self, task_id: str, *, guild_id: int) -> TrainingTask | None:
        """Return the task of that id when it belongs to that server."""
        found = await self._select(
            f"SELECT {COLUMNS} FROM tasks WHERE id = ? AND guild_id = ?",
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
            f"{FIND_OWN} AND {CONFIRMED} ORDER BY created_at DESC LIMIT ?",
            guild_id,
            owner_id,
            limit,
        )

    async def open_ids(self) -> Sequence[str]:
        """Return the ids of the tasks that are on their way, oldest first."""

        def work(connection: sqlite3.Connection) -> Sequence[str]:
            if connection.total_changes != self._open_ids[0]:  # nobody else writes: see `Database`
                rows = connection.execute(f"SELECT id FROM tasks WHERE {OPEN} ORDER BY created_at")
                self._open_ids = (connection.total_changes, [row["id"] for row in rows])
            return self._open_ids[1]

        return await self._database.read(work)

    async def held_by(self, backend: str) -> Sequence[TrainingTask]:
        """Return the tasks that a backend holds."""

        def work(connection: sqlite3.Connection) -> Sequence[TrainingTask]:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM tasks WHERE {UNFINISHED} AND status IN ('queued', 'running') AND backend = ?",
                (backend,),
            )
            return [_known_task(row) for row in rows]

        return await self._database.read(work)

    async def asked(self, *, guild_id: int) -> Sequence[TrainingTask]:
        """Return the server's confirmed quotes that wait for a moderator's word, oldest first."""
        return await self._select(
            f"SELECT {COLUMNS} FROM tasks WHERE {UNFINISHED} AND status = 'quoted' AND approval = 'asked' "
            "AND guild_id = ? ORDER BY updated_at LIMIT 100",
            guild_id,
        )

    async def open_counts(self) -> tuple[int, int]:
        """Return how many trainings run and how many wait, on all servers together."""

        def work(connection: sqlite3.Connection) -> tuple[int, int]:
            rows = connection.execute(
                f"SELECT status IN ('running', 'collecting') AS runs, count(*) AS n FROM tasks WHERE {OPEN} "
                "GROUP BY runs"
            )
            counted = {bool(row["runs"]): int(row["n"]) for row in rows}
            return counted.get(True, 0), counted.get(False, 0)

        return await self._database.read(work)

    async def update(self, task_id: str, decide: Decide) -> Moved:
        """Load the task, let `decide` return its new state, and keep that: all in one transaction."""

        def work(connection: sqlite3.Connection) -> Moved:
            old = _load(connection, task_id)
            return Moved(old, _save(connection, old, decide(old)))

        return await self._database.transaction(work)

    async def confirm(
        self, task_id: str, decide: Decide, *, most_open: int, defaults: SpendingLimits, now: float
    ) -> Moved:
        """Keep that a quote was confirmed, and set its ceiling aside: all in one transaction.

        A quote that is dear waits for a moderator's word instead. Raises `TooManyOpen` when its owner has `most_open`
        open tasks, and `OverBudget`, `Paused` or `PriceUnknown` when the money is not there.
        """

        def work(connection: sqlite3.Connection) -> Moved:
            old = _load(connection, task_id)
            new = decide(old)
            if old.approval is Approval.ASKED and new.approval is Approval.ASKED and _is_confirmed(old, new):
                return Moved(old, old)  # pressed once more while it waits: that buys no more time
            if not _is_confirmed(old, new):
                return Moved(old, _save(connection, old, new))
            _check_room(connection, old, most_open)
            if old.ceiling_micros is None:
                raise PriceUnknown
            if new.approval is not Approval.GIVEN and needs_approval(
                old.ceiling_micros, ledger.spending_limits_of(connection, old.guild_id, defaults)
            ):
                asked = replace(old, approval=Approval.ASKED, updated_at=now, quote_ends_at=now + APPROVAL_SECONDS)
                _want(connection, PostKind.APPROVAL, asked)
                return Moved(old, _save(connection, old, asked))
            account = ledger.Account(old.guild_id, old.owner_id, old.backend, old.id)
            ledger.reserve(connection, account, old.ceiling_micros, defaults=defaults, now=now)
            return Moved(old, _save(connection, old, new))

        return await self._database.transaction(work)

    async def settle(self, task_id: str, settlement: Settlement, *, now: float) -> TrainingTask:
        """Keep what an interrupted task has cost, as its owner says; once."""

        def work(connection: sqlite3.Connection) -> TrainingTask:
            task = _load(connection, task_id)
            if task.status is not TaskStatus.INTERRUPTED or task.charged_micros is not None:
                return task
            ledger.settle(connection, task_id, settlement, now=now)
            told = replace(
                task, charged_micros=settlement.micros, charge_is_guess=settlement.is_guess, updated_at=now
            )
            return _save(connection, task, told)

        return await self._database.transaction(work)

    async def succeed(self, task_id: str, decide: Decide, lora: Lora) -> Moved:
        """Keep the end of a training as one: the task, its LoRA and its completion post."""

        def work(connection: sqlite3.Connection) -> Moved:
            old = _load(connection, task_id)
            new = _save(connection, old, decide(old))
            if new.status is TaskStatus.SUCCEEDED and old.status is not TaskStatus.SUCCEEDED:
                _want(connection, PostKind.COMPLETION, new)
                loras.insert(connection, lora)
            return Moved(old, new)

        return await self._database.transaction(work)

    async def expire(self, now: float) -> int:
        """End the quotes whose time is over; return how many."""

        def work(connection: sqlite3.Connection) -> int:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM tasks WHERE {UNFINISHED} AND status = 'quoted' "
                "AND quote_ends_at <= ? LIMIT 500",
                (now,),
            ).fetchall()
            for task in map(to_task, rows):
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
            return [to_task(row) for row in connection.execute(sql, values)]

        return await self._database.read(work)


def _load(connection: sqlite3.Connection, task_id: str) -> TrainingTask:
    row = connection.execute(f"SELECT {COLUMNS} FROM tasks WHERE id = ?", (task_id,)).fetchone()
    if row is None:
        raise LookupError(f"there is no task {task_id}")
    return to_task(row)


def _is_confirmed(old: TrainingTask, new: TrainingTask) -> bool:
    return old.status is TaskStatus.QUOTED and new.status is TaskStatus.SUBMITTING


def _check_room(connection: sqlite3.Connection, task: TrainingTask, most_open: int) -> None:
    is_open = connection.execute(
        f"SELECT count(*) FROM tasks WHERE {OPEN} AND guild_id = ? AND owner_id = ?",
        (task.guild_id, task.owner_id),
    ).fetchone()[0]
    if is_open >= most_open:
        raise TooManyOpen(is_open)


def _save(connection: sqlite3.Connection, old: TrainingTask, wanted: TrainingTask) -> TrainingTask:
    """Keep a task's new state with its event, its card's turn and, when it ends, what it cost; return it so."""
    if wanted == old:
        return old
    if wanted.status is not old.status and not can_move(old.status, wanted.status):
        raise ValueError(f"a task never goes from {old.status} to {wanted.status}")
    new = _settled(connection, old, wanted)
    row = dict(zip((name.strip() for name in COLUMNS.split(",")), to_row(new), strict=True))
    connection.execute(
        f"UPDATE tasks SET {', '.join(f'{name} = :{name}' for name in CHANGING)} WHERE id = :id",
        row,
    )
    if new.status is not old.status:
        _note(connection, new, old=old.status)
    if _shows_on_a_card(old, new):
        _want(connection, PostKind.TRAINING, new)
    if old.approval is Approval.ASKED and (old.approval, old.status) != (new.approval, new.status):
        _want(connection, PostKind.APPROVAL, new)
    return new


def _settled(connection: sqlite3.Connection, old: TrainingTask, new: TrainingTask) -> TrainingTask:
    """Settle the money of a task that ends with this move."""
    if new.charged_micros is not None:
        return new
    cost = settlement_of(new)
    if cost is None or old.status is TaskStatus.QUOTED:
        return new
    ledger.settle(connection, new.id, cost, now=new.updated_at)
    return replace(new, charged_micros=cost.micros, charge_is_guess=cost.is_guess)


def _want(connection: sqlite3.Connection, kind: PostKind, task: TrainingTask) -> None:
    outbox.want(
        connection,
        kind=kind,
        subject_id=task.id,
        channel_id=task.channel_id,
        parent_id=task.parent_id,
        now=task.updated_at,
    )


def _shows_on_a_card(old: TrainingTask, new: TrainingTask) -> bool:
    """Whether a member could see the difference: a quote has no card yet, and a heartbeat alone shows nothing."""
    if old.status is TaskStatus.QUOTED and new.status is not TaskStatus.SUBMITTING:
        return False
    silent = replace(new.progress, sign_of_life=old.progress.sign_of_life)
    return (
        replace(new, progress=silent, updated_at=old.updated_at, misses=old.misses, lost_answers=old.lost_answers)
        != old
    )


def _note(connection: sqlite3.Connection, task: TrainingTask, *, old: str) -> None:
    connection.execute(
        "INSERT INTO task_events (task_id, at, old, new, reason) VALUES (?, ?, ?, ?, ?)",
        (task.id, task.updated_at, old, task.status, task.reason),
    )
