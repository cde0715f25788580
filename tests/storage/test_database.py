"""The main database: whole transactions, migrations that a kill can't halve, one process per folder, a full disk."""

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from domain.errors import StorageFull
from storage.database import DataFolderInUse, SchemaTooNew, migrate, migrations, open_database, statements

ROOT = Path(__file__).parents[2]


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM trays").fetchone()[0])


def add(connection: sqlite3.Connection, name: str) -> None:
    connection.execute(
        "INSERT INTO trays (id, guild_id, owner_id, contributor_id, created_at) VALUES (?, 1, 1, 1, 0)", (name,)
    )


async def test_what_a_transaction_wrote_is_there_after_reopening(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.sqlite") as database:
        await database.transaction(lambda c: add(c, "one"))
    async with open_database(tmp_path / "a.sqlite") as database:
        assert await database.read(count) == 1


async def test_a_transaction_that_raises_leaves_nothing(tmp_path: Path) -> None:
    def work(connection: sqlite3.Connection) -> None:
        add(connection, "one")
        raise LookupError("no")

    async with open_database(tmp_path / "a.sqlite") as database:
        with pytest.raises(LookupError):
            await database.transaction(work)
        await database.transaction(lambda c: add(c, "two"))

        assert await database.read(count) == 1


async def test_a_cancelled_caller_never_leaves_half_a_transaction(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(connection: sqlite3.Connection) -> None:
        add(connection, "one")
        begun.set()
        go_on.wait(30)
        add(connection, "two")

    async with open_database(tmp_path / "a.sqlite") as database:
        caller = asyncio.create_task(database.transaction(work))
        await asyncio.to_thread(begun.wait, 30)
        assert not caller.done()  # it waits on another thread, and the loop goes on
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        go_on.set()

        assert await database.read(count) == 2
        await database.transaction(lambda c: add(c, "three"))


async def test_many_transactions_at_once_each_stay_whole(tmp_path: Path) -> None:
    def work(connection: sqlite3.Connection, number: int) -> int:
        before = count(connection)
        add(connection, str(number))
        if number % 3 == 0:
            raise LookupError(number)
        return count(connection) - before

    async with open_database(tmp_path / "a.sqlite") as database:
        results = await asyncio.gather(
            *(database.transaction(lambda c, n=n: work(c, n)) for n in range(60)),  # type: ignore[misc] # mypy can't infer a lambda with a default
            return_exceptions=True,
        )

        assert [r for r in results if isinstance(r, int)] == [1] * 40
        assert await database.read(count) == 40


async def test_a_second_atelier_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    script = (
        "import asyncio, pathlib, sys\n"
        "from storage.database import DataFolderInUse, open_database\n"
        "async def main():\n"
        "    async with open_database(pathlib.Path(sys.argv[1])):\n"
        "        pass\n"
        "try:\n"
        "    asyncio.run(main())\n"
        "except DataFolderInUse:\n"
        "    sys.exit(75)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "a.sqlite")]
    async with open_database(tmp_path / "a.sqlite"):
        while_open = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False)
        with pytest.raises(DataFolderInUse):
            async with open_database(tmp_path / "a.sqlite"):
                pass
    afterwards = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False)

    assert while_open.returncode == 75
    assert afterwards.returncode == 0


async def test_a_database_of_a_newer_atelier_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    async with open_database(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(SchemaTooNew):
        async with open_database(path):
            pass
    assert path.read_bytes() == before


async def test_a_full_disk_is_told_loses_nothing_and_is_over_when_there_is_room_again(tmp_path: Path) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        for number in range(10_000):
            add(connection, f"{number:0500}")

    async with open_database(tmp_path / "a.sqlite") as database:
        await database.transaction(lambda c: add(c, "one"))
        pages = await database.read(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
        await database.read(lambda c: c.execute(f"PRAGMA max_page_count = {pages + 20}"))
        with pytest.raises(StorageFull):
            await database.transaction(fill)
        kept = await database.read(count)
        await database.read(lambda c: c.execute("PRAGMA max_page_count = 1000000"))
        await database.transaction(fill)

        assert kept == 1
        assert await database.read(count) == 10_001
        assert await database.read(lambda c: c.execute("PRAGMA integrity_check").fetchone()[0]) == "ok"


STEPS = [
    "CREATE TABLE a (x TEXT) STRICT;\nINSERT INTO a VALUES ('old');\n",
    "CREATE TABLE b (y TEXT) STRICT;\nALTER TABLE a ADD COLUMN z TEXT;\nINSERT INTO b SELECT x FROM a;\n",
]


def killed_in_the_middle(path: str, statement: int) -> None:
    """Migrate, and die without a word before the given statement of the second step."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    migrate(connection, STEPS[:1])
    seen = 0

    def die(sql: str) -> None:
        nonlocal seen
        seen += sql.startswith(("CREATE TABLE b", "ALTER", "INSERT INTO b", "PRAGMA user_version = 2", "COMMIT"))
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    connection.set_trace_callback(die)
    migrate(connection, STEPS)


@pytest.mark.parametrize("statement", [1, 2, 3, 4, 5])
def test_a_kill_at_any_statement_of_a_migration_leaves_the_old_schema(tmp_path: Path, statement: int) -> None:
    path = tmp_path / "a.sqlite"
    process = multiprocessing.get_context("spawn").Process(target=killed_in_the_middle, args=(str(path), statement))
    process.start()
    process.join(60)

    connection = sqlite3.connect(path, isolation_level=None)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    migrate(connection, STEPS)
    after = connection.execute("SELECT y FROM b").fetchall()
    connection.close()

    assert process.exitcode == -9
    assert (version, tables) == (1, ["a"])
    assert after == [("old",)]


def test_statements_are_split_where_sqlite_says() -> None:
    script = "CREATE TABLE a (x TEXT); -- one; two\nINSERT INTO a VALUES ('b;c');\n"

    assert len(statements(script)) == 2


async def test_the_shipped_schema_is_strict_everywhere_and_its_links_are_sound(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.sqlite") as database:
        tables = await database.read(lambda c: c.execute("PRAGMA table_list").fetchall())
        ours = [t for t in tables if t["schema"] == "main" and not t["name"].startswith("sqlite_")]

        assert {t["strict"] for t in ours} == {1}
        assert await database.read(lambda c: c.execute("PRAGMA foreign_key_check").fetchall()) == []
        assert await database.read(lambda c: c.execute("PRAGMA user_version").fetchone()[0]) == len(migrations())


async def test_an_older_database_is_copied_before_it_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.sqlite"
    monkeypatch.setattr("storage.database.migrations", lambda: STEPS[:1])
    async with open_database(path):
        pass
    monkeypatch.setattr("storage.database.migrations", lambda: STEPS)
    async with open_database(path):
        pass

    with sqlite3.connect(tmp_path / "a.sqlite.v1.bak") as copy:
        rows = copy.execute("SELECT x FROM a").fetchall()
        version = copy.execute("PRAGMA user_version").fetchone()[0]
    copy.close()
    assert (rows, version) == ([("old",)], 1)
