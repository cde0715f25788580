"""What the daily audit found, in SQLite: work at a backend, under our names, that no row knows."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from domain.remote_names import training_name
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of unknown work at a backend; times are UNIX seconds."""

    backend: str
    remote_id: str
    name: str
    state: str
    first_seen: float


class FindingStore:
    """Unknown work, kept until an audit sees it no more."""

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

    async def replace(self, backend: str, found: Sequence[Finding], *, now: float) -> None:
        """Keep what an audit of a backend found, in place of what the last one did."""

        def work(connection: sqlite3.Connection) -> None:
            for finding in found:
                connection.execute(
                    "INSERT INTO findings (backend, remote_id, name, state, first_seen, last_seen) "
                    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (backend, remote_id) "
                    "DO UPDATE SET state = excluded.state, last_seen = excluded.last_seen",
                    (backend, finding.remote_id, finding.name, finding.state, now, now),
                )
            seen = {finding.remote_id for finding in found}
            rows = connection.execute("SELECT remote_id FROM findings WHERE backend = ?", (backend,)).fetchall()
            gone = [(backend, row["remote_id"]) for row in rows if row["remote_id"] not in seen]
            connection.executemany("DELETE FROM findings WHERE backend = ? AND remote_id = ?", gone)

        await self._database.transaction(work)

    async def all(self) -> Sequence[Finding]:
        """Return everything that is open, oldest first."""

        def work(connection: sqlite3.Connection) -> Sequence[Finding]:
            rows = connection.execute(
                "SELECT backend, remote_id, name, state, first_seen FROM findings ORDER BY first_seen"
            )
            return [
                Finding(row["backend"], row["remote_id"], row["name"], row["state"], row["first_seen"])
                for row in rows
            ]

        return await self._database.read(work)
