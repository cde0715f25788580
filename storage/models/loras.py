"""LoRAs in SQLite."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from domain.models.loras import Lora
from storage.database import Database

COLUMNS = """id, guild_id, owner_id, task_id, name, version, checkpoint, backend, trigger_word, sha256, size,
    base_loss, held_out_loss, created_at, preview_sha256, deleted_at, reference"""
OWN = "guild_id = ? AND owner_id = ? AND deleted_at IS NULL"


def insert(connection: sqlite3.Connection, lora: Lora) -> Lora:
    """Keep a new LoRA under its owner's next version number and return it, inside the caller's transaction."""
    newest = connection.execute(
        "SELECT max(version) FROM loras WHERE guild_id = ? AND owner_id = ? AND name_key = ?",
        (lora.guild_id, lora.owner_id, lora.name.casefold()),
    ).fetchone()[0]
    numbered = replace(lora, version=(newest or 0) + 1)
    connection.execute(
        f"INSERT INTO loras ({COLUMNS}, name_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            numbered.id,
            numbered.guild_id,
            numbered.owner_id,
            numbered.task_id,
            numbered.name,
            numbered.version,
            numbered.checkpoint,
            numbered.backend,
            numbered.trigger_word,
            numbered.sha256,
            numbered.size,
            numbered.base_loss,
            numbered.held_out_loss,
            numbered.created_at,
            numbered.preview_sha256,
            numbered.deleted_at,
            numbered.reference,
            numbered.name.casefold(),
        ),
    )
    return numbered


class LoraStore:
    """Members' LoRAs. Each query names the server and the owner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, lora_id: str, *, guild_id: int, owner_id: int) -> Lora | None:
        """Return the member's LoRA of that id."""
        found = await self._select(f"{OWN} AND id = ?", guild_id, owner_id, lora_id)
        return found[0] if found else None

    async def find(self, text: str, *, guild_id: int, owner_id: int) -> Lora | None:
        """Return the member's LoRA of that id or title (`Robo v2`), or the newest of that name."""
        found = await self._select(
            f"{OWN} AND (id = ? OR name_key = ? OR name_key || ' v' || version = ?) "
            "ORDER BY id = ? DESC, name_key = ? DESC, version DESC LIMIT 1",
            guild_id,
            owner_id,
            text,
            text.casefold(),
            text.casefold(),
            text,
            text.casefold(),
        )
        return found[0] if found else None

    async def of_member(self, *, guild_id: int, owner_id: int, limit: int = 200) -> Sequence[Lora]:
        """Return the member's LoRAs, newest first."""
        return await self._select(f"{OWN} ORDER BY created_at DESC, version DESC LIMIT ?", guild_id, owner_id, limit)

    async def search(self, text: str, *, guild_id: int, owner_id: int, limit: int = 25) -> Sequence[Lora]:
        """Return the member's LoRAs whose title holds `text`, those that start with it first, then newest first."""
        return await self._select(
            f"{OWN} AND instr(name_key || ' v' || version, ?) "
            "ORDER BY instr(name_key || ' v' || version, ?) > 1, created_at DESC, version DESC LIMIT ?",
            guild_id,
            owner_id,
            text.casefold().strip(),
            text.casefold().strip(),
            limit,
        )

    async def by_id(self, lora_id: str) -> Lora | None:
        """Return the LoRA of that id, whoever owns it, deleted or not."""
        found = await self._select("id = ?", lora_id)
        return found[0] if found else None

    async def of_task(self, task_id: str) -> Lora | None:
        """Return the LoRA that came out of a task, deleted or not."""
        found = await self._select("task_id = ?", task_id)
        return found[0] if found else None

    async def delete(self, lora_id: str, *, guild_id: int, owner_id: int, now: float) -> bool:
        """Hide the member's LoRA. False when there is none of that id."""
        return await self._change(
            f"UPDATE loras SET deleted_at = ? WHERE {OWN} AND id = ?",
            now,
            guild_id,
            owner_id,
            lora_id,
        )

    async def undelete(self, lora_id: str, *, guild_id: int, owner_id: int, since: float) -> bool:
        """Show a LoRA again that was hidden at or after `since`. False when there is none."""
        return await self._change(
            "UPDATE loras SET deleted_at = NULL WHERE guild_id = ? AND owner_id = ? AND id = ? AND deleted_at >= ?",
            guild_id,
            owner_id,
            lora_id,
            since,
        )

    async def _select(self, where: str, *values: float | str) -> Sequence[Lora]:
        def work(connection: sqlite3.Connection) -> Sequence[Lora]:
            rows = connection.execute(
                f"SELECT {COLUMNS} FROM loras WHERE {where}",
                values,
            )
            return [_lora(row) for row in rows]

        return await self._database.read(work)

    async def _change(self, sql: str, *values: float | str) -> bool:
        return await self._database.transaction(lambda connection: connection.execute(sql, values).rowcount == 1)


def _lora(row: sqlite3.Row) -> Lora:
    return Lora(
        id=row["id"],
        guild_id=row["guild_id"],
        owner_id=row["owner_id"],
        task_id=row["task_id"],
        name=row["name"],
        version=row["version"],
        checkpoint=row["checkpoint"],
        backend=row["backend"],
        trigger_word=row["trigger_word"],
        sha256=row["sha256"],
        size=row["size"],
        base_loss=row["base_loss"],
        held_out_loss=row["held_out_loss"],
        created_at=row["created_at"],
        preview_sha256=row["preview_sha256"],
        deleted_at=row["deleted_at"],
        reference=row["reference"],
    )
