"""The main SQLite database, read and changed by whole functions."""

import fcntl
import importlib.resources
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import aiosqlite

from domain.errors import AppError
from storage.transactions import begin_immediate, whole

T = TypeVar("T")

PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA busy_timeout = 5000;
PRAGMA journal_size_limit = 67108864;
PRAGMA trusted_schema = OFF;
"""


class DataFolderInUse(AppError):
    """Another process works with this data folder."""


class SchemaTooNew(AppError):
    """The database was written by a newer Atelier."""


class Database:
    """Runs plain functions on the thread of its connection, one after the other.

    A function that was asked for runs to its end, also when its caller is cancelled.
    """

    def __init__(
        self, connection: aiosqlite.Connection, *, begin: Callable[[sqlite3.Connection], None] = begin_immediate
    ) -> None:
        self._connection = connection
        self._begin = begin

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work`, which only reads, and return what it returns."""
        results: list[T] = []

        def run(connection: sqlite3.Connection) -> None:
            results.append(work(connection))

        await self._connection.executescript(run)
        return results[0]

    async def transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` inside one transaction.

        Commits, or rolls back and raises what `work` raised. Raises `StorageFull`.
        """
        return await self.read(partial(whole, work=work, begin=self._begin))


class FunctionConnection(sqlite3.Connection):
    """A connection whose scripts are Python functions.

    aiosqlite runs one method of the connection per call. With a function as the script a whole transaction is one
    call, so no other call comes between its statements and no cancellation divides it.
    """

    def executescript(self, script: Callable[[sqlite3.Connection], None]) -> sqlite3.Cursor:  # type: ignore[override] # SQL elsewhere
        """Run the function."""
        script(self)
        return self.cursor()


@asynccontextmanager
async def connected(
    path: Path,
    prepare: Callable[[sqlite3.Connection], None],
    *,
    begin: Callable[[sqlite3.Connection], None] = begin_immediate,
) -> AsyncIterator[Database]:
    """Open the SQLite file at `path`, run `prepare` on it, and close it at the end.

    `begin` begins each transaction.
    """
    # isolation_level=None: transactions begin where this code begins them.
    async with aiosqlite.connect(path, isolation_level=None, factory=FunctionConnection) as connection:
        connection.row_factory = sqlite3.Row
        database = Database(connection, begin=begin)
        await database.read(prepare)
        yield database


@asynccontextmanager
async def open_database(path: Path) -> AsyncIterator[Database]:
    """Open the main database with its data folder locked to this process.

    Brings an older schema up to date. Raises `DataFolderInUse`, `SchemaTooNew`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataFolderInUse(f"another Atelier already works in {path.parent}") from error
        async with connected(path, partial(_prepare, path=path)) as database:
            yield database


def migrations() -> list[str]:
    """Return the SQL of every migration, in order."""
    folder = importlib.resources.files("storage.migrations")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [file.read_text(encoding="utf-8") for file in files]


def migrate(connection: sqlite3.Connection, steps: list[str]) -> None:
    """Bring the schema up to date, each step in one transaction.

    Foreign keys are off meanwhile, so that a table which others point to can be made anew, and checked before each
    commit: https://www.sqlite.org/lang_altertable.html#otheralter
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(steps):
        known = len(steps)
        raise SchemaTooNew(f"schema {version} is newer than this Atelier knows ({known}); please update it")
    connection.execute("PRAGMA foreign_keys = OFF")
    for number, sql in enumerate(steps[version:], start=version + 1):
        whole(connection, partial(_apply, sql=sql, number=number))
    connection.execute("PRAGMA foreign_keys = ON")


def _apply(connection: sqlite3.Connection, sql: str, number: int) -> None:
    # Not executescript: it commits first, and a kill in the middle would leave half a step.
    for statement in statements(sql):
        connection.execute(statement)
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise sqlite3.IntegrityError(f"migration {number} leaves {len(broken)} rows that point nowhere")
    connection.execute(f"PRAGMA user_version = {number}")


def statements(sql: str) -> list[str]:
    """Split a script into its statements."""
    found, current = [], ""
    for line in sql.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            found.append(current.strip())
            current = ""
    return found


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    for pragma in statements(PRAGMAS):
        connection.execute(pragma)
    steps = migrations()
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if 0 < version < len(steps):
        _copy(connection, path.with_name(f"{path.name}.v{version}.bak"))
    migrate(connection, steps)


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    with sqlite3.connect(target) as backup:
        connection.backup(backup, pages=-1)
    backup.close()
