"""Rows that are written by the names of their columns."""

import sqlite3
from collections.abc import Mapping


def insert(connection: sqlite3.Connection, table: str, row: Mapping[str, object], *, otherwise: str = "") -> bool:
    """Insert one row and say whether it is there now.

    `otherwise` is an `ON CONFLICT` clause, after which the row may have been left out.
    """
    marks = ", ".join("?" * len(row))
    statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks}) {otherwise}"
    return connection.execute(statement, tuple(row.values())).rowcount == 1
