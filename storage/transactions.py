"""A function run as one whole transaction, for every SQLite file."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from domain.errors import StorageFull

T = TypeVar("T")

FULL = ("SQLITE_FULL", "SQLITE_IOERR_WRITE")


def begin_immediate(connection: sqlite3.Connection) -> None:
    """Begin a transaction that may write."""
    connection.execute("BEGIN IMMEDIATE")


def whole(
    connection: sqlite3.Connection,
    work: Callable[[sqlite3.Connection], T],
    *,
    begin: Callable[[sqlite3.Connection], None] = begin_immediate,
) -> T:
    """Run `work` inside one transaction.

    Commits, or rolls back and raises what `work` raised. A full disk is raised as `StorageFull`.
    """
    try:
        begin(connection)
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException as error:
        connection.rollback()
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorname in FULL:
            raise StorageFull(str(error)) from error
        raise
    return result
