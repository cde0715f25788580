"""Whole transactions on a plain connection."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import StorageFull
from storage.transactions import whole


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
    connection.execute("CREATE TABLE rows (name TEXT) STRICT")
    yield connection
    connection.close()


def add(connection: sqlite3.Connection, name: str = "one") -> str:
    connection.execute("INSERT INTO rows VALUES (?)", (name,))
    return name


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM rows").fetchone()[0])


def test_what_the_function_returns_comes_back_after_the_commit(connection: sqlite3.Connection) -> None:
    result = whole(connection, add)

    assert result == "one"
    assert not connection.in_transaction
    assert count(connection) == 1


def test_a_function_that_raises_leaves_nothing(connection: sqlite3.Connection) -> None:
    def work(connection: sqlite3.Connection) -> None:
        add(connection)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        whole(connection, work)

    assert not connection.in_transaction
    assert count(connection) == 0


def test_a_commit_that_fails_is_rolled_back(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("CREATE TABLE parents (id TEXT PRIMARY KEY) STRICT")
    connection.execute(
        "CREATE TABLE children (parent TEXT REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED) STRICT"
    )

    with pytest.raises(sqlite3.IntegrityError):
        whole(connection, lambda c: c.execute("INSERT INTO children VALUES ('none')"))

    assert not connection.in_transaction


def test_a_full_disk_has_its_own_error(connection: sqlite3.Connection) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        for _ in range(1_000):
            add(connection, "x" * 1_000)

    connection.execute("PRAGMA max_page_count = 20")
    with pytest.raises(StorageFull):
        whole(connection, fill)

    assert count(connection) == 0


def test_how_a_transaction_begins_can_be_chosen(connection: sqlite3.Connection) -> None:
    begun: list[str] = []

    def begin(connection: sqlite3.Connection) -> None:
        begun.append("yes")
        connection.execute("BEGIN")

    whole(connection, add, begin=begin)

    assert begun == ["yes"]
    assert count(connection) == 1
