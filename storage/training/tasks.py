"""Training tasks in SQLite. Each move is kept with its event and the change of its card."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace

from domain.models.loras import Lora
from domain.money.limits import SpendingLimits
from domain.orders.orders import Order, move
from domain.orders.states import OrderStatus
from domain.posts import PostKind
from domain.training.confirmation import OwnerStanding
from domain.training.tasks import Approval, TrainingTask, shows_on_a_card
from storage import ledger, outbox
from storage.database import Database
from storage.models import loras
from storage.orders import books
from storage.orders.books import Moved
from storage.orders.rows import OpenRow, Value, insert, open_rows, selected, update
from storage.training.rows import to_row, to_task

# SQLite takes the partial index of unfinished tasks only when its whole condition stands in the query, word by word.
UNFINISHED = "status IN ('quoted', 'submitting', 'queued', 'running', 'collecting')"
OPEN = f"{UNFINISHED} AND status != 'quoted'"
# A quote that was dropped is cancelled too, but was never charged for, not even nothing.
CONFIRMED = (
    "status NOT IN ('quoted', 'expired') AND NOT (status = 'cancelled' AND charge IS NULL AND approval = 'none')"
)
FIND_OWN = "SELECT * FROM tasks WHERE guild_id = ? AND owner_id = ?"

Decide = Callable[[TrainingTask], TrainingTask]
Confirm = Callable[[TrainingTask, OwnerStanding], TrainingTask]


class TaskStore:
    """Training tasks. Each change is decided on the row as it is now, inside the transaction that keeps it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, task: TrainingTask) -> None:
        """Keep a new, quoted task."""

        def work(connection: sqlite3.Connection) -> None:
            insert(connection, "tasks", to_row(task))
            _note(connection, task.order, old="")

        await self._database.transaction(work)

    async def load(self, task_id: str) -> TrainingTask | None:
        """Return the task of that id, whoever's it is, for the watcher and the cards."""
        return next(iter(await self._select("SELECT * FROM tasks WHERE id = ?", task_id)), None)

    async def at_backend(self, backend: str, remote_id: str) -> TrainingTask | None:
        """Return the task that a backend knows by that id."""
        sql = "SELECT * FROM tasks WHERE backend = ? AND remote_id = ?"
        return next(iter(await self._select(sql, backend, remote_id)), None)

    async def on_server(self, task_id: str, *, guild_id: int) -> TrainingTask | None:
        """Return the task of that id when it belongs to that server."""
        sql = "SELECT * FROM tasks WHERE id = ? AND guild_id = ?"
        return next(iter(await self._select(sql, task_id, guild_id)), None)

    async def get(self, task_id: str, *, guild_id: int, owner_id: int) -> TrainingTask | None:
        """Return the member's task of that id."""
        return next(iter(await self._select(f"{FIND_OWN} AND id = ?", guild_id, owner_id, task_id)), None)

    async def of_member(self, *, guild_id: int, owner_id: int, limit: int = 500) -> Sequence[TrainingTask]:
        """Return the member's tasks that were confirmed, newest first."""
        sql = f"{FIND_OWN} AND {CONFIRMED} ORDER BY created_at DESC LIMIT ?"
        return await self._select(sql, guild_id, owner_id, limit)

    async def open_orders(self) -> Sequence[OpenRow]:
        """Return id, backend and whether that holds it, of the tasks that are on their way, oldest first."""

        def work(connection: sqlite3.Connection) -> Sequence[OpenRow]:
            return open_rows(connection, "tasks", OPEN)

        return await self._database.read(work)

    async def held_by(self, backend: str) -> Sequence[TrainingTask]:
        """Return the tasks that a backend holds."""
        held = f"SELECT * FROM tasks WHERE {UNFINISHED} AND status IN ('queued', 'running') AND backend = ?"
        return await self._select(held, backend)

    async def pending_approvals(self, *, guild_id: int) -> Sequence[TrainingTask]:
        """Return the server's confirmed quotes that wait for an approval, oldest first."""
        return await self._select(
            f"SELECT * FROM tasks WHERE {UNFINISHED} AND status = 'quoted' AND approval = 'asked' "
            "AND guild_id = ? ORDER BY updated_at LIMIT 100",
            guild_id,
        )

    async def open_counts(self) -> tuple[int, int]:
        """Return how many trainings run and how many wait, on all servers together."""

        def work(connection: sqlite3.Connection) -> tuple[int, int]:
            rows = selected(
                connection,
                f"SELECT status IN ('running', 'collecting') AS runs, count(*) AS n FROM tasks WHERE {OPEN} "
                "GROUP BY runs",
            )
            counted = {bool(row["runs"]): int(row["n"]) for row in rows}
            return counted.get(True, 0), counted.get(False, 0)

        return await self._database.read(work)

    async def update(self, task_id: str, decide: Decide) -> Moved[TrainingTask]:
        """Load the task, let `decide` return its new state, and keep that, all in one transaction."""

        def work(connection: sqlite3.Connection) -> Moved[TrainingTask]:
            old = _load(connection, task_id)
            return Moved(old, _save(connection, old, decide(old)))

        return await self._database.transaction(work)

    async def confirm(
        self, task_id: str, decide: Confirm, *, defaults: SpendingLimits, now: float
    ) -> Moved[TrainingTask]:
        """Keep what `decide` makes of a quote, and set its ceiling aside when it starts, all in one transaction.

        Raises what `decide` raises, and `OverBudget` or `Paused` when the money is not there.
        """

        def work(connection: sqlite3.Connection) -> Moved[TrainingTask]:
            old = _load(connection, task_id)
            new = decide(old, OwnerStanding(_count_open(connection, old), _caps_of(connection, old, defaults)))
            if old.order.status is OrderStatus.QUOTED and new.order.status is OrderStatus.SUBMITTING:
                books.reserve(connection, new.order, defaults=defaults, now=now)
            return Moved(old, _save(connection, old, new))

        return await self._database.transaction(work)

    async def succeed(self, task_id: str, decide: Decide, lora: Lora) -> Moved[TrainingTask]:
        """Keep the end of a training with its LoRA and its completion post, in one transaction."""

        def work(connection: sqlite3.Connection) -> Moved[TrainingTask]:
            old = _load(connection, task_id)
            new = _save(connection, old, decide(old))
            if new.order.status is OrderStatus.SUCCEEDED and old.order.status is not OrderStatus.SUCCEEDED:
                _want(connection, PostKind.COMPLETION, new.order)
                loras.insert(connection, lora)
            return Moved(old, new)

        return await self._database.transaction(work)

    async def expire(self, now: float) -> int:
        """End the quotes whose time is over, and return how many."""
        over = f"{UNFINISHED} AND status = 'quoted' AND quote_ends_at <= ?"

        def is_due(connection: sqlite3.Connection) -> bool:
            return bool(selected(connection, f"SELECT 1 FROM tasks WHERE {over} LIMIT 1", now))

        def work(connection: sqlite3.Connection) -> int:
            rows = selected(connection, f"SELECT * FROM tasks WHERE {over} LIMIT 500", now)
            for task in map(to_task, rows):
                _save(connection, task, replace(task, order=move(task.order, OrderStatus.EXPIRED, now=now)))
            return len(rows)

        return await self._database.transaction(work) if await self._database.read(is_due) else 0

    async def events(self, task_id: str) -> Sequence[tuple[str, str, str]]:
        """Return the old state, the new state and the reason of each move of the task, in order."""

        def work(connection: sqlite3.Connection) -> Sequence[tuple[str, str, str]]:
            rows = selected(
                connection, "SELECT old, new, reason FROM task_events WHERE task_id = ? ORDER BY id", task_id
            )
            return [(row["old"], row["new"], row["reason"]) for row in rows]

        return await self._database.read(work)

    async def _select(self, sql: str, *values: Value) -> Sequence[TrainingTask]:
        return await self._database.read(
            lambda connection: [to_task(row) for row in selected(connection, sql, *values)]
        )


def _load(connection: sqlite3.Connection, task_id: str) -> TrainingTask:
    rows = selected(connection, "SELECT * FROM tasks WHERE id = ?", task_id)
    if not rows:
        raise LookupError(f"there is no task {task_id}")
    return to_task(rows[0])


def _count_open(connection: sqlite3.Connection, task: TrainingTask) -> int:
    sql = f"SELECT count(*) FROM tasks WHERE {OPEN} AND guild_id = ? AND owner_id = ?"
    return int(selected(connection, sql, task.order.guild_id, task.order.owner_id)[0][0])


def _caps_of(connection: sqlite3.Connection, task: TrainingTask, defaults: SpendingLimits) -> SpendingLimits:
    return ledger.spending_limits_of(connection, task.order.guild_id, defaults)


def _save(connection: sqlite3.Connection, old: TrainingTask, wanted: TrainingTask) -> TrainingTask:
    """Keep a task's new state with its event, its card's turn and, when it ends, its money. Return it so."""
    if wanted == old:
        return old
    new = replace(wanted, order=books.checked(connection, old.order, wanted.order))
    update(connection, "tasks", to_row(old), to_row(new))
    if new.order.status is not old.order.status:
        _note(connection, new.order, old=old.order.status)
    if shows_on_a_card(old.order, new.order):
        _want(connection, PostKind.TRAINING, new.order)
    was_asked, is_asked = old.approval is Approval.ASKED, new.approval is Approval.ASKED
    if was_asked != is_asked or (was_asked and new.order.status is not old.order.status):
        _want(connection, PostKind.APPROVAL, new.order)
    return new


def _want(connection: sqlite3.Connection, kind: PostKind, order: Order) -> None:
    outbox.want(
        connection,
        kind=kind,
        subject_id=order.id,
        channel_id=order.channel_id,
        parent_channel_id=order.parent_channel_id,
        now=order.times.updated_at,
    )


def _note(connection: sqlite3.Connection, order: Order, *, old: str) -> None:
    connection.execute(
        "INSERT INTO task_events (task_id, at, old, new, reason) VALUES (?, ?, ?, ?, ?)",
        (order.id, order.times.updated_at, old, order.status, order.reason.kind if order.reason else ""),
    )
