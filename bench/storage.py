"""Bench (g), small transactions and reads of the main database, against plain sqlite3 on a thread."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bench.table import Row, show
from storage.database import PRAGMAS, open_database

COUNT = 1_000
ROUNDS = 5
FEWEST_TRANSACTIONS = 0.9  # times those of the plain connection
FEWEST_READS = 0.7

CREATE = "CREATE TABLE bench (n INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"

Work = Callable[[sqlite3.Connection], object]
Run = Callable[[Work], Awaitable[object]]


def run() -> list[Row]:
    """Use both in turns, each time in a new folder, and return one row for writing and one for reading."""
    ours, plain = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            plain.append(asyncio.run(_plain(Path(folder) / "plain.sqlite")))
            ours.append(asyncio.run(_ours(Path(folder) / "ours.sqlite")))
    writes, reads = (sorted(column)[ROUNDS // 2] for column in zip(*ours, strict=True))
    plain_writes, plain_reads = (sorted(column)[ROUNDS // 2] for column in zip(*plain, strict=True))
    return [
        _row(f"(g) {COUNT:,} small transactions", writes, plain_writes, FEWEST_TRANSACTIONS),
        _row(f"(g) {COUNT:,} reads of one row", reads, plain_reads, FEWEST_READS),
    ]


def _row(what: str, rate: float, plain: float, fewest: float) -> Row:
    measured = f"{rate:,.0f} /s = {rate / plain:.2f} × sqlite3 on a thread"
    return Row(what, measured, f"≥ {fewest:g} ×", rate >= fewest * plain)


async def _ours(path: Path) -> tuple[float, float]:
    async with open_database(path) as database:
        await database.transaction(lambda c: c.execute(CREATE).fetchall())
        return await _rates(database.transaction, database.read)


async def _plain(path: Path) -> tuple[float, float]:
    with ThreadPoolExecutor(1) as thread:
        on_thread = partial(asyncio.get_running_loop().run_in_executor, thread)
        connection = await on_thread(partial(sqlite3.connect, path, isolation_level=None))
        await on_thread(connection.executescript, PRAGMAS + CREATE)
        rates = await _rates(
            lambda work: on_thread(partial(_committed, connection, work)), lambda work: on_thread(work, connection)
        )
        await on_thread(connection.close)
        return rates


def _committed(connection: sqlite3.Connection, work: Work) -> None:
    connection.execute("BEGIN IMMEDIATE")
    work(connection)
    connection.execute("COMMIT")


async def _rates(transaction: Run, read: Run) -> tuple[float, float]:
    began = time.monotonic()
    for number in range(COUNT):
        await transaction(partial(_write, number=number))
    written = time.monotonic()
    for number in range(COUNT):
        await read(partial(_read, number=number))
    return COUNT / (written - began), COUNT / (time.monotonic() - written)


def _write(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("INSERT INTO bench VALUES (?, ?)", (number, "a line of text"))


def _read(connection: sqlite3.Connection, number: int) -> object:
    return connection.execute("SELECT text FROM bench WHERE n = ?", (number,)).fetchone()


if __name__ == "__main__":
    show(run())
