"""Orphaned work in SQLite, as the daily audit found it."""

import sqlite3
from collections.abc import Sequence

from domain.money.orphaned_work import OrphanedWork
from domain.remote_names import training_name
from storage.database import Database


class OrphanedWorkStore:
    """Work at a backend under our names that no row knows, kept until an audit no longer sees it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, backend: str) -> set[str]:
        """Return the names of all tasks that were ever ordered at a backend."""

        def work(connection: sqlite3.Connection) -> set[str]:
            rows = connection.execute(
                "SELECT id FROM tasks WHERE backend = ? AND status NOT IN ('quoted', 'expired')", (backend,)
            )
            return {training_name(row["id"]) for row in rows}

        return await self._database.read(work)

    async def replace(self, backend: str, found: Sequence[OrphanedWork], *, now: float) -> None:
        """Keep what an audit of a backend found, in place of what the last one did."""

        def work(connection: sqlite3.Connection) -> None:
            for orphan in found:
                connection.execute(
                    "INSERT INTO orphaned_work (backend, remote_id, name, state, first_seen, last_seen) "
                    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (backend, remote_id) "
                    "DO UPDATE SET state = excluded.state, last_seen = excluded.last_seen",
                    (backend, orphan.remote_id, orphan.name, orphan.state, now, now),
                )
            seen = {orphan.remote_id for orphan in found}
            rows = connection.execute("SELECT remote_id FROM orphaned_work WHERE backend = ?", (backend,)).fetchall()
            gone = [(backend, row["remote_id"]) for row in rows if row["remote_id"] not in seen]
            connection.executemany("DELETE FROM orphaned_work WHERE backend = ? AND remote_id = ?", gone)

        await self._database.transaction(work)

    async def all(self) -> Sequence[OrphanedWork]:
        """Return everything that is open, oldest first."""

        def work(connection: sqlite3.Connection) -> Sequence[OrphanedWork]:
            rows = connection.execute(
                "SELECT backend, remote_id, name, state, first_seen FROM orphaned_work ORDER BY first_seen"
            )
            return [
                OrphanedWork(row["backend"], row["remote_id"], row["name"], row["state"], row["first_seen"])
                for row in rows
            ]

        return await self._database.read(work)
