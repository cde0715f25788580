"""Rows in a table of their own."""

import sqlite3
from collections.abc import Iterator

import pytest

from storage.rows import insert


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    opened.execute("CREATE TABLE things (name TEXT, size INTEGER UNIQUE) STRICT")
    yield opened
    opened.close()


def test_each_value_is_in_the_column_of_its_name(connection: sqlite3.Connection) -> None:
    insert(connection, "things", {"size": 3, "name": "'; DROP TABLE things; --"})

    assert connection.execute("SELECT name, size FROM things").fetchall() == [("'; DROP TABLE things; --", 3)]


def test_a_row_that_is_left_out_is_said_so(connection: sqlite3.Connection) -> None:
    first = insert(connection, "things", {"name": "a", "size": 3}, otherwise="ON CONFLICT (size) DO NOTHING")
    second = insert(connection, "things", {"name": "b", "size": 3}, otherwise="ON CONFLICT (size) DO NOTHING")

    assert (first, second) == (True, False)
