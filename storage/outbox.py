"""The outbox in SQLite, with every message that Atelier posts on its own account."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.posts import PostKind
from storage.database import Database

LONGEST_WAIT = 3600.0  # seconds; a due time further away comes from a clock that jumped, and is taken as due
SUBJECT_IN_ID = 22  # characters of the subject's id: with three more they make a nonce, which may have 25


class Destination(StrEnum):
    """Where a message goes. After its channel comes the channel's parent, then its owner's direct messages."""

    CHANNEL = "channel"
    PARENT = "parent"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Posting:
    """One message as it stands. Version `wanted` of its subject is what it should show."""

    id: str
    kind: PostKind
    subject_id: str
    destination: Destination
    channel_id: int
    parent_channel_id: int | None
    message_id: int | None
    reposts: int
    wanted: int
    attempts: int
    tried_at: float | None
    created_at: float

    @property
    def nonce(self) -> str:
        """Return the nonce of at most 25 characters, the same for each attempt to post the same message."""
        return f"{self.id}{self.destination[0]}{self.reposts % 10}"


def want(
    connection: sqlite3.Connection,
    *,
    kind: PostKind,
    subject_id: str,
    channel_id: int,
    now: float,
    parent_channel_id: int | None = None,
    hold_until: float | None = None,
) -> None:
    """Have the subject's message posted or brought up to date, inside the caller's transaction.

    With `hold_until` a new message is not posted before that time: an interaction is about to show it. It does so
    under no nonce, so the message counts as tried long ago: before it is posted it is looked for in the channel.
    """
    due_at = now if hold_until is None else hold_until
    tried_at = None if hold_until is None else 0.0
    connection.execute(
        "INSERT INTO outbox (id, kind, subject_id, channel_id, parent_channel_id, due_at, tried_at, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        # What is due stays due, and what waits goes on waiting: changes are gathered into one edit.
        "ON CONFLICT (kind, subject_id) DO UPDATE SET wanted = wanted + 1, "
        "state = CASE state WHEN 'undeliverable' THEN state ELSE 'pending' END",
        (
            f"{kind[0]}{subject_id[:SUBJECT_IN_ID]}",
            kind,
            subject_id,
            channel_id,
            parent_channel_id,
            due_at,
            tried_at,
            now,
        ),
    )


def forget(connection: sqlite3.Connection, *, kind: PostKind, subject_id: str) -> None:
    """Never post or edit the subject's message again, inside the caller's transaction."""
    connection.execute("DELETE FROM outbox WHERE kind = ? AND subject_id = ?", (kind, subject_id))


def adopt(
    connection: sqlite3.Connection,
    *,
    kind: PostKind,
    subject_id: str,
    message_id: int,
    now: float,
    is_current: bool,
) -> bool:
    """Take a message that an interaction showed as the subject's message, inside the caller's transaction.

    `is_current` says that it shows the subject as it is now; else it shows the first version, and is edited next.
    False when the poster has posted one already, or is just doing so: then that one counts.
    """
    cursor = connection.execute(
        "UPDATE outbox SET message_id = :message, due_at = :now, tried_at = NULL, "
        "shown = CASE WHEN :current THEN wanted ELSE max(shown, 1) END, "
        "state = CASE WHEN :current OR wanted <= 1 THEN 'shown' ELSE 'pending' END "
        "WHERE kind = :kind AND subject_id = :subject AND message_id IS NULL AND coalesce(tried_at, 0.0) = 0.0",
        {"message": message_id, "now": now, "current": is_current, "kind": kind, "subject": subject_id},
    )
    if cursor.rowcount:
        return True
    kept = connection.execute(
        "SELECT message_id FROM outbox WHERE kind = ? AND subject_id = ?", (kind, subject_id)
    ).fetchone()
    return kept is not None and kept["message_id"] == message_id  # the poster found this very message


class OutboxStore:
    """What is to be posted, and what came of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now: float, *, limit: int = 50) -> Sequence[Posting]:
        """Return the messages whose time has come, longest due first."""

        def work(connection: sqlite3.Connection) -> Sequence[Posting]:
            rows = connection.execute(
                "SELECT id, kind, subject_id, destination, channel_id, parent_channel_id, message_id, reposts, "
                "wanted, attempts, tried_at, created_at FROM outbox "
                "WHERE state = 'pending' AND (due_at <= ? OR due_at > ?) ORDER BY due_at LIMIT ?",
                (now, now + LONGEST_WAIT, limit),
            )
            return [_posting(row) for row in rows]

        return await self._database.read(work)

    async def touch(self, kind: PostKind, subject_id: str) -> None:
        """Have an existing message drawn again, whose subject looks different without having changed."""
        await self._run(
            "UPDATE outbox SET wanted = wanted + 1, state = 'pending' "
            "WHERE kind = ? AND subject_id = ? AND state != 'undeliverable'",
            kind,
            subject_id,
        )

    async def adopt(self, kind: PostKind, subject_id: str, message_id: int, now: float) -> None:
        """Take a message that an interaction showed as the subject's message, showing its first version."""
        await self._database.transaction(
            lambda connection: adopt(
                connection, kind=kind, subject_id=subject_id, message_id=message_id, now=now, is_current=False
            )
        )

    async def begun(self, posting: Posting, now: float) -> bool:
        """Keep when the first attempt to post began, since its answer may get lost.

        False when an interaction has shown the subject meanwhile; from now on it is too late for that.
        """

        def work(connection: sqlite3.Connection) -> bool:
            cursor = connection.execute(
                "UPDATE outbox SET tried_at = CASE WHEN coalesce(tried_at, 0.0) = 0.0 THEN ? ELSE tried_at END "
                "WHERE id = ? AND message_id IS NULL",
                (now, posting.id),
            )
            return bool(cursor.rowcount)

        return await self._database.transaction(work)

    async def shown(self, posting: Posting, message_id: int, *, due_at: float) -> None:
        """Keep that the message shows `posting.wanted`. The next edit may come at `due_at`."""
        await self._run(
            "UPDATE outbox SET message_id = ?, shown = ?, tried_at = NULL, attempts = 0, due_at = ?, reason = '', "
            "state = CASE WHEN wanted = ? THEN 'shown' ELSE 'pending' END WHERE id = ?",
            message_id,
            posting.wanted,
            due_at,
            posting.wanted,
            posting.id,
        )

    async def failed(self, posting: Posting, *, due_at: float, reason: str) -> None:
        """Keep that an attempt failed, and when the next one may come."""
        await self._run(
            "UPDATE outbox SET attempts = attempts + 1, due_at = ?, reason = ? WHERE id = ?",
            due_at,
            reason,
            posting.id,
        )

    async def vanished(self, posting: Posting) -> None:
        """Keep that the message was deleted, so that it is posted again."""
        await self._run(
            "UPDATE outbox SET message_id = NULL, tried_at = NULL, attempts = 0, reposts = reposts + 1 WHERE id = ?",
            posting.id,
        )

    async def moved(self, posting: Posting, destination: Destination, channel_id: int) -> None:
        """Keep that the message goes to another channel, because its own is gone or closed."""
        await self._run(
            "UPDATE outbox SET destination = ?, channel_id = ?, message_id = NULL, tried_at = NULL, attempts = 0 "
            "WHERE id = ?",
            destination,
            channel_id,
            posting.id,
        )

    async def undeliverable(self, posting: Posting, reason: str) -> None:
        """Give the message up, since no channel takes it."""
        await self._run("UPDATE outbox SET state = 'undeliverable', reason = ? WHERE id = ?", reason, posting.id)

    async def drop(self, posting: Posting) -> None:
        """Remove a message that shows nothing any more."""
        await self._run("DELETE FROM outbox WHERE id = ?", posting.id)

    async def is_undeliverable(self, kind: PostKind, subject_id: str) -> bool:
        """Whether the subject's message was given up."""

        def work(connection: sqlite3.Connection) -> bool:
            row = connection.execute(
                "SELECT state FROM outbox WHERE kind = ? AND subject_id = ?", (kind, subject_id)
            ).fetchone()
            return row is not None and row["state"] == "undeliverable"

        return await self._database.read(work)

    async def _run(self, sql: str, *values: float | str) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute(sql, values)

        await self._database.transaction(work)


def _posting(row: sqlite3.Row) -> Posting:
    return Posting(
        id=row["id"],
        kind=PostKind(row["kind"]),
        subject_id=row["subject_id"],
        destination=Destination(row["destination"]),
        channel_id=row["channel_id"],
        parent_channel_id=row["parent_channel_id"],
        message_id=row["message_id"],
        reposts=row["reposts"],
        wanted=row["wanted"],
        attempts=row["attempts"],
        tried_at=row["tried_at"],
        created_at=row["created_at"],
    )
