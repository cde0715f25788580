"""Drawings in SQLite."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace

from domain.drawing.drawings import Drawing, shows_on_its_message
from domain.drawing.recipes import Recipe, check_waiting
from domain.money.limits import SpendingLimits
from domain.orders.orders import Order
from domain.orders.states import OrderStatus
from domain.posts import PostKind
from storage import outbox
from storage.database import Database
from storage.orders import books
from storage.orders.books import Moved
from storage.orders.rows import OpenRow, Row, Value, insert, open_rows, order_row, selected, to_order, update

OPEN = "status IN ('submitting', 'queued', 'running')"  # written out, so that SQLite uses the index of open rows


class DrawingStore:
    """Drawings, each with the message that shows it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, drawing: Drawing, *, interaction_id: int, hold_until: float, defaults: SpendingLimits
    ) -> Drawing:
        """Keep a new drawing and the message it will need, set its ceiling aside, and return it.

        A repeated interaction gives the first one's drawing. The message waits until `hold_until` for the interaction
        to show it. Raises `TooManyWaiting`, or what says that the money is not there.
        """
        order = drawing.order

        def work(connection: sqlite3.Connection) -> Drawing:
            if repeated := selected(connection, "SELECT * FROM drawings WHERE interaction_id = ?", interaction_id):
                return to_drawing(repeated[0])
            check_waiting(_count_open(connection, order))
            books.reserve(connection, order, defaults=defaults, now=order.times.created_at)
            insert(connection, "drawings", {**to_row(drawing), "interaction_id": interaction_id})
            _want(connection, order, hold_until=hold_until)
            return drawing

        return await self._database.transaction(work)

    async def load(self, drawing_id: str) -> Drawing | None:
        """Return the drawing, on whatever server it is."""
        return await self._find("id = ?", drawing_id)

    async def on_server(self, drawing_id: str, *, guild_id: int) -> Drawing | None:
        """Return the drawing of that server, unless it was deleted."""
        return await self._find("id = ? AND guild_id = ? AND deleted_at IS NULL", drawing_id, guild_id)

    async def open_orders(self) -> Sequence[OpenRow]:
        """Return id, backend and whether that holds it, of all drawings that are not finished, oldest first."""

        def work(connection: sqlite3.Connection) -> Sequence[OpenRow]:
            return open_rows(connection, "drawings", OPEN)

        return await self._database.read(work)

    async def shown_in(self, drawing: Drawing, message_id: int, *, now: float) -> bool:
        """Keep which message an interaction showed the drawing in, as `drawing` says that it stood.

        Finished pictures are never shown by the interaction: they come with the next edit. False when the drawing
        has another message already.
        """
        status, updated_at = drawing.order.status, drawing.order.times.updated_at

        def work(connection: sqlite3.Connection) -> bool:
            (row,) = selected(connection, "SELECT status, updated_at FROM drawings WHERE id = ?", drawing.id)
            return outbox.adopt(
                connection,
                kind=PostKind.PICTURES,
                subject_id=drawing.id,
                message_id=message_id,
                now=now,
                is_current=status is not OrderStatus.SUCCEEDED
                and (row["status"], row["updated_at"]) == (status, updated_at),
            )

        return await self._database.transaction(work)

    async def update(self, drawing_id: str, decide: Callable[[Drawing], Drawing]) -> Moved[Drawing]:
        """Load the drawing, let `decide` return its new state, and keep that, all in one transaction."""

        def work(connection: sqlite3.Connection) -> Moved[Drawing]:
            rows = selected(connection, "SELECT * FROM drawings WHERE id = ?", drawing_id)
            if not rows:
                raise LookupError(f"there is no drawing {drawing_id}")
            old = to_drawing(rows[0])
            return Moved(old, _save(connection, old, decide(old)))

        return await self._database.transaction(work)

    async def delete(self, drawing: Drawing, *, now: float) -> Sequence[str]:
        """Delete a finished drawing's pictures, and forget its source image.

        Returns the hashes of files that nothing else needs any more.
        """
        source = drawing.recipe.source_sha256
        files = (*drawing.pictures, source) if source else drawing.pictures

        def work(connection: sqlite3.Connection) -> Sequence[str]:
            connection.execute(
                "UPDATE drawings SET deleted_at = ?, pictures = '[]', source_sha256 = NULL "
                "WHERE id = ? AND deleted_at IS NULL",
                (now, drawing.id),
            )
            outbox.forget(connection, kind=PostKind.PICTURES, subject_id=drawing.id)
            return [sha256 for sha256 in files if not _is_used(connection, sha256)]

        return await self._database.transaction(work)

    async def is_used(self, sha256: str) -> bool:
        """Whether any row needs the stored picture of that hash."""
        return await self._database.read(lambda connection: _is_used(connection, sha256))

    async def _find(self, where: str, *values: Value) -> Drawing | None:
        sql = f"SELECT * FROM drawings WHERE {where}"
        rows = await self._database.read(lambda connection: selected(connection, sql, *values))
        return to_drawing(rows[0]) if rows else None


def to_row(drawing: Drawing) -> Row:
    """Return the columns of a drawing."""
    recipe = drawing.recipe
    return {
        **order_row(drawing.order),
        "checkpoint": recipe.checkpoint,
        "lora_id": recipe.lora_id,
        "prompt": recipe.prompt,
        "full_prompt": recipe.full_prompt,
        "strength": recipe.strength,
        "count": recipe.count,
        "seed": recipe.seed,
        "width": recipe.width,
        "height": recipe.height,
        "source_sha256": recipe.source_sha256,
        "change": recipe.change,
        "pictures": json.dumps(drawing.pictures),
        "derived_from": drawing.derived_from,
        "deleted_at": drawing.deleted_at,
    }


def to_drawing(row: sqlite3.Row) -> Drawing:
    """Return the drawing of a row."""
    return Drawing(
        order=to_order(row),
        recipe=Recipe(
            prompt=row["prompt"],
            full_prompt=row["full_prompt"],
            checkpoint=row["checkpoint"],
            lora_id=row["lora_id"],
            strength=row["strength"],
            count=row["count"],
            seed=row["seed"],
            width=row["width"],
            height=row["height"],
            source_sha256=row["source_sha256"],
            change=row["change"],
        ),
        pictures=tuple(json.loads(row["pictures"])),
        derived_from=row["derived_from"],
        deleted_at=row["deleted_at"],
    )


def _save(connection: sqlite3.Connection, old: Drawing, wanted: Drawing) -> Drawing:
    """Keep a drawing's new state and, when it ends, its money, and have its message show it. Return it so."""
    if wanted == old or old.deleted_at is not None:
        return old
    new = replace(wanted, order=books.checked(connection, old.order, wanted.order))
    update(connection, "drawings", to_row(old), to_row(new))
    if shows_on_its_message(old, new):
        _want(connection, new.order)
    return new


def _want(connection: sqlite3.Connection, order: Order, *, hold_until: float | None = None) -> None:
    outbox.want(
        connection,
        kind=PostKind.PICTURES,
        subject_id=order.id,
        channel_id=order.channel_id,
        parent_channel_id=order.parent_channel_id,
        now=order.times.updated_at,
        hold_until=hold_until,
    )


def _count_open(connection: sqlite3.Connection, order: Order) -> int:
    sql = f"SELECT count(*) FROM drawings WHERE {OPEN} AND guild_id = ? AND owner_id = ?"
    return int(selected(connection, sql, order.guild_id, order.owner_id)[0][0])


def _is_used(connection: sqlite3.Connection, sha256: str) -> bool:
    row = connection.execute(
        """SELECT EXISTS (SELECT 1 FROM drawings WHERE source_sha256 = ?1)
        OR EXISTS (SELECT 1 FROM drawings WHERE instr(pictures, ?1))
        OR EXISTS (SELECT 1 FROM images WHERE sha256 = ?1)
        OR EXISTS (SELECT 1 FROM pending_pictures WHERE sha256 = ?1)
        OR EXISTS (SELECT 1 FROM version_images WHERE sha256 = ?1)
        OR EXISTS (SELECT 1 FROM loras WHERE preview_sha256 = ?1)
        OR EXISTS (SELECT 1 FROM tasks WHERE instr(progress, ?1))""",
        (sha256,),
    ).fetchone()
    return bool(row[0])
