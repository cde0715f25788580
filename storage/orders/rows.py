"""How an order becomes the columns that the tables of trainings and of drawings share, and an order again."""

import json
import sqlite3
from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from domain.money.charges import Charge, Charged
from domain.orders import facts
from domain.orders.orders import HandOver, Order, OrderPrice, Times
from domain.orders.progress import Progress
from domain.orders.states import OrderStatus

Value = str | float | None
Row = Mapping[str, Value]  # by column
OpenRow = tuple[str, str, bool]  # id, backend, and whether that holds it

_progress = TypeAdapter(Progress)


def order_row(order: Order) -> Row:
    """Return the columns of an order."""
    hand_over, price, times = order.hand_over, order.price, order.times
    return {
        "id": order.id,
        "guild_id": order.guild_id,
        "channel_id": order.channel_id,
        "parent_channel_id": order.parent_channel_id,
        "owner_id": order.owner_id,
        "backend": order.backend,
        "status": order.status,
        "remote_id": hand_over.remote_id,
        "again_at": hand_over.again_at,
        "misses": hand_over.misses,
        "attempts": hand_over.attempts,
        "lost_answers": hand_over.lost_answers,
        "is_stop_asked": hand_over.is_stop_asked,
        "is_stop_told": hand_over.is_stop_told,
        "is_free": price.is_free,
        "quoted_micros": price.quoted_micros,
        "ceiling_micros": price.ceiling_micros,
        "charge": price.charge.charged if price.charge else None,
        "booked_micros": price.booked_micros,
        "progress": _progress.dump_json(order.progress).decode(),  # a number that is none (NaN) becomes null
        "reason": json.dumps(facts.to_json(order.reason), ensure_ascii=False) if order.reason else "",
        "created_at": times.created_at,
        "updated_at": times.updated_at,
        "queued_at": times.queued_at,
        "started_at": times.started_at,
        "finished_at": times.finished_at,
    }


def to_order(row: sqlite3.Row) -> Order:
    """Return the order of a row."""
    return Order(
        id=row["id"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        parent_channel_id=row["parent_channel_id"],
        owner_id=row["owner_id"],
        backend=row["backend"],
        status=OrderStatus(row["status"]),
        hand_over=HandOver(
            remote_id=row["remote_id"],
            again_at=row["again_at"],
            misses=row["misses"],
            attempts=row["attempts"],
            lost_answers=row["lost_answers"],
            is_stop_asked=bool(row["is_stop_asked"]),
            is_stop_told=bool(row["is_stop_told"]),
        ),
        price=OrderPrice(
            is_free=bool(row["is_free"]),
            quoted_micros=row["quoted_micros"],
            ceiling_micros=row["ceiling_micros"],
            charge=_charge(row),
            booked_micros=row["booked_micros"],
        ),
        progress=_read_progress(row["progress"]),
        reason=facts.from_json(json.loads(row["reason"])) if row["reason"] else None,
        times=Times(
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            queued_at=row["queued_at"],
            started_at=row["started_at"],
            finished_at=row["finished_at"],
        ),
    )


def open_rows(connection: sqlite3.Connection, table: str, condition: str) -> Sequence[OpenRow]:
    """Return the orders that are not over, oldest first. The table and the condition are our own."""
    sql = f"SELECT id, backend, status IN ('queued', 'running') FROM {table} WHERE {condition} ORDER BY created_at"
    return [tuple(row) for row in connection.execute(sql)]


def insert(connection: sqlite3.Connection, table: str, row: Row) -> None:
    """Add a row, inside the caller's transaction. The table and the columns are names of our own."""
    columns, marks = ", ".join(row), ", ".join(f":{column}" for column in row)
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", row)


def update(connection: sqlite3.Connection, table: str, old: Row, new: Row) -> None:
    """Write the columns that differ, inside the caller's transaction. The names are our own."""
    changes = ", ".join(f"{column} = :{column}" for column in new if new[column] != old[column])
    if changes:
        connection.execute(f"UPDATE {table} SET {changes} WHERE id = :id", new)


def selected(connection: sqlite3.Connection, sql: str, *values: Value) -> Sequence[sqlite3.Row]:
    """Return the rows that a query finds, inside the caller's transaction."""
    return connection.execute(sql, values).fetchall()


def _charge(row: sqlite3.Row) -> Charge | None:
    if row["charge"] is None:
        return None
    charged = Charged(row["charge"])
    return Charge(charged, row["booked_micros"] if charged is Charged.AMOUNT else None)


def _read_progress(kept: str) -> Progress:
    try:
        return _progress.validate_json(kept, strict=True)
    except ValidationError:  # an older bot kept sentences
        return _progress.validate_json(json.dumps(_current(json.loads(kept))), strict=True)


def _current(progress: dict[str, object]) -> dict[str, object]:
    """Return a kept progress in which an older bot's sentences are facts."""
    message, notes = progress.get("message"), progress.get("notes") or ()
    return {
        **progress,
        "message": _worded(message) if isinstance(message, str) else message,
        "notes": [
            _worded(note) if isinstance(note, str) else note for note in (notes if isinstance(notes, list) else ())
        ],
    }


def _worded(said: str) -> dict[str, object] | None:
    return {"kind": facts.FactKind.WORDS, "values": {"said": said}} if said else None
