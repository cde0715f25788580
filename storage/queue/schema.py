"""The tables of the queue, and how older files get them."""

import sqlite3

VERSION = 2

TABLES = (
    """
    CREATE TABLE IF NOT EXISTS jobs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        member TEXT NOT NULL,
        payload TEXT NOT NULL,
        work REAL NOT NULL CHECK (work > 0),
        vram_mb INTEGER NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'dead')),
        start_tag REAL NOT NULL,
        finish_tag REAL NOT NULL,
        token INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 0,
        extended INTEGER NOT NULL DEFAULT 0,
        worker TEXT NOT NULL DEFAULT '',
        lease_until REAL,
        cancel_asked INTEGER NOT NULL DEFAULT 0,
        progress TEXT NOT NULL DEFAULT '',
        result TEXT NOT NULL DEFAULT '',
        enqueued_at REAL NOT NULL,
        started_at REAL,
        finished_at REAL,
        sign_of_life REAL
    ) STRICT
    """,
    "CREATE INDEX IF NOT EXISTS jobs_waiting ON jobs (kind, start_tag, seq) WHERE state = 'queued'",
    "CREATE INDEX IF NOT EXISTS jobs_running ON jobs (lease_until) WHERE state = 'running'",
    "CREATE INDEX IF NOT EXISTS jobs_of_member ON jobs (member, kind, finish_tag)",
    "CREATE INDEX IF NOT EXISTS jobs_done ON jobs (kind, finished_at) WHERE state = 'done'",
    """
    CREATE TABLE IF NOT EXISTS turns (
        kind TEXT PRIMARY KEY,
        start_tag REAL NOT NULL,
        finish_tag REAL NOT NULL
    ) STRICT
    """,
)


def version(connection: sqlite3.Connection) -> int:
    """Return the version of the file, 0 for an empty one."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring the tables of an empty or older file to this version, inside a transaction."""
    for statement in TABLES:
        connection.execute(statement)
    connection.execute("DROP TABLE IF EXISTS events")  # version 1 had an event stream
    connection.execute(f"PRAGMA user_version = {VERSION}")
