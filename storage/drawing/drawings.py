"""Drawings in SQLite: rows in, domain objects out."""

import json
import sqlite3
from collections.abc import Sequence

from domain.drawing.drawings import Generation, GenerationStatus, Recipe, check_waiting
from domain.money.limits import Settlement, SpendingLimits
from domain.posts import PostKind
from storage import ledger, outbox
from storage.database import Database

COLUMNS = """id, guild_id, channel_id, owner_id, backend, checkpoint, lora_id, prompt, full_prompt, strength, count,
    seed, width, height, status, position, remote_id, pictures, reason, parent_id, created_at, updated_at,
    deleted_at, ceiling_micros, charged_micros, charge_is_guess, start_sha256, change"""
OPEN = "status IN ('submitting', 'queued', 'running')"  # written out, so that SQLite uses the index of open rows


class GenerationStore:
    """Drawings, each with the message that shows it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        generation: Generation,
        *,
        interaction_id: int,
        parent_id: int | None,
        hold_until: float,
        defaults: SpendingLimits,
    ) -> Generation:
        """Keep a new drawing and the message it will need, set its ceiling aside, and return it.

        A repeated interaction gives the first one's drawing. The message waits until `hold_until` for the interaction
        to show it; `parent_id` is the channel of a thread. Raises `InvalidInput` when too many are waiting, or when
        the money is not there.
        """

        def work(connection: sqlite3.Connection) -> Generation:
            row = _one(connection, "interaction_id = ?", interaction_id)
            if row:
                return _generation(row)
            check_waiting(_waiting(connection, generation))
            account = ledger.Account(generation.guild_id, generation.owner_id, generation.backend, generation.id)
            ledger.reserve(
                connection, account, generation.ceiling_micros, defaults=defaults, now=generation.created_at
            )
            _insert(connection, generation, interaction_id)
            outbox.want(
                connection,
                kind=PostKind.PICTURES,
                subject_id=generation.id,
                channel_id=generation.channel_id,
                now=generation.created_at,
                parent_id=parent_id,
                hold_until=hold_until,
            )
            return generation

        return await self._database.transaction(work)

    async def get(self, generation_id: str) -> Generation | None:
        """Return the drawing, on whatever server it is."""
        return await self._find("id = ?", generation_id)

    async def on_server(self, generation_id: str, *, guild_id: int) -> Generation | None:
        """Return the drawing of that server, unless it was deleted."""
        return await self._find("id = ? AND guild_id = ? AND deleted_at IS NULL", generation_id, guild_id)

    async def open_ids(self) -> Sequence[str]:
        """Return the ids of all drawings that are not finished, oldest first."""

        def work(connection: sqlite3.Connection) -> Sequence[str]:
            rows = connection.execute(f"SELECT id FROM generations WHERE {OPEN} ORDER BY created_at")
            return [row["id"] for row in rows]

        return await self._database.read(work)

    async def shown_in(self, generation: Generation, message_id: int, *, now: float) -> bool:
        """Keep which message an interaction showed the drawing in, as `generation` says that it stood.

        Finished pictures are never shown by the interaction: they come with the next edit. False when the drawing
        has another message already.
        """
        is_done = generation.status is GenerationStatus.SUCCEEDED

        def work(connection: sqlite3.Connection) -> bool:
            row = connection.execute(
                "SELECT status, updated_at FROM generations WHERE id = ?", (generation.id,)
            ).fetchone()
            return outbox.adopt(
                connection,
                kind=PostKind.PICTURES,
                subject_id=generation.id,
                message_id=message_id,
                now=now,
                is_current=not is_done
                and (row["status"], row["updated_at"]) == (generation.status, generation.updated_at),
            )

        return await self._database.transaction(work)

    async def save(self, old: Generation, new: Generation, *, is_shown: bool = True) -> bool:
        """Keep the drawing's new state, and have its message show it; False when somebody moved it meanwhile."""

        def work(connection: sqlite3.Connection) -> bool:
            cursor = connection.execute(
                "UPDATE generations SET status = ?, position = ?, remote_id = ?, pictures = ?, reason = ?, "
                "charged_micros = ?, charge_is_guess = ?, "
                "updated_at = ? WHERE id = ? AND status = ? AND updated_at = ? AND deleted_at IS NULL",
                (
                    new.status,
                    new.position,
                    new.remote_id,
                    json.dumps(new.pictures),
                    new.reason,
                    new.charged_micros,
                    new.charge_is_guess,
                    new.updated_at,
                    old.id,
                    old.status,
                    old.updated_at,
                ),
            )
            if cursor.rowcount and new.charged_micros is not None:
                cost = Settlement(new.charged_micros, is_guess=new.charge_is_guess)
                ledger.settle(connection, new.id, cost, now=new.updated_at)
            if cursor.rowcount and is_shown:
                outbox.want(
                    connection,
                    kind=PostKind.PICTURES,
                    subject_id=new.id,
                    channel_id=new.channel_id,
                    now=new.updated_at,
                )
            return bool(cursor.rowcount)

        return await self._database.transaction(work)

    async def delete(self, generation: Generation, *, now: float) -> Sequence[str]:
        """Delete a finished drawing's pictures, and forget the one that it started from.

        Returns the hashes of files that nothing else needs any more.
        """
        start = generation.recipe.start_sha256
        files = (*generation.pictures, start) if start else generation.pictures

        def work(connection: sqlite3.Connection) -> Sequence[str]:
            connection.execute(
                "UPDATE generations SET deleted_at = ?, pictures = '[]', start_sha256 = NULL "
                "WHERE id = ? AND deleted_at IS NULL",
                (now, generation.id),
            )
            outbox.forget(connection, kind=PostKind.PICTURES, subject_id=generation.id)
            return [sha256 for sha256 in files if not _is_used(connection, sha256)]

        return await self._database.transaction(work)

    async def is_used(self, sha256: str) -> bool:
        """Whether any row needs the stored picture of that hash."""
        return await self._database.read(lambda connection: _is_used(connection, sha256))

    async def _find(self, where: str, *values: str | int) -> Generation | None:
        row = await self._database.read(lambda connection: _one(connection, where, *values))
        return _generation(row) if row else None


def _one(connection: sqlite3.Connection, where: str, *values: str | int) -> sqlite3.Row | None:
    found: sqlite3.Row | None = connection.execute(
        f"SELECT {COLUMNS} FROM generations WHERE {where}",
        values,
    ).fetchone()
    return found


def _waiting(connection: sqlite3.Connection, generation: Generation) -> int:
    row = connection.execute(
        f"SELECT COUNT(*) FROM generations WHERE {OPEN} AND guild_id = ? AND owner_id = ?",
        (generation.guild_id, generation.owner_id),
    ).fetchone()
    return int(row[0])


def _is_used(connection: sqlite3.Connection, sha256: str) -> bool:
    row = connection.execute(
        """SELECT EXISTS (SELECT 1 FROM generations WHERE instr(pictures, ?1) OR start_sha256 = ?1)
        OR EXISTS (SELECT 1 FROM images WHERE sha256 = ?1)
        OR EXISTS (SELECT 1 FROM pending_pictures WHERE sha256 = ?1)
        OR EXISTS (SELECT 1 FROM version_images WHERE sha256 = ?1)
        OR EXISTS (SELECT 1 FROM loras WHERE preview_sha256 = ?1)
        OR EXISTS (SELECT 1 FROM tasks WHERE instr(progress, ?1))""",
        (sha256,),
    ).fetchone()
    return bool(row[0])


def _insert(connection: sqlite3.Connection, generation: Generation, interaction_id: int) -> None:
    recipe = generation.recipe
    connection.execute(
        f"INSERT INTO generations (interaction_id, {COLUMNS}) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            interaction_id,
            generation.id,
            generation.guild_id,
            generation.channel_id,
            generation.owner_id,
            generation.backend,
            recipe.checkpoint,
            recipe.lora_id,
            recipe.prompt,
            recipe.full_prompt,
            recipe.strength,
            recipe.count,
            recipe.seed,
            recipe.width,
            recipe.height,
            generation.status,
            generation.position,
            generation.remote_id,
            json.dumps(generation.pictures),
            generation.reason,
            generation.parent_id,
            generation.created_at,
            generation.updated_at,
            generation.deleted_at,
            generation.ceiling_micros,
            generation.charged_micros,
            generation.charge_is_guess,
            recipe.start_sha256,
            recipe.change,
        ),
    )


def _generation(row: sqlite3.Row) -> Generation:
    return Generation(
        id=row["id"],
        guild_id=row["guild_id"],
        channel_id=row["channel_id"],
        owner_id=row["owner_id"],
        backend=row["backend"],
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
            start_sha256=row["start_sha256"],
            change=row["change"],
        ),
        status=GenerationStatus(row["status"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        position=row["position"],
        remote_id=row["remote_id"],
        pictures=tuple(json.loads(row["pictures"])),
        reason=row["reason"],
        parent_id=row["parent_id"],
        deleted_at=row["deleted_at"],
        ceiling_micros=row["ceiling_micros"],
        charged_micros=row["charged_micros"],
        charge_is_guess=bool(row["charge_is_guess"]),
    )
