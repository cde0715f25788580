"""The main database: whole transactions, migrations that a kill can't halve, one process per folder, a full disk."""

import asyncio
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from domain.errors import StorageFull
from storage.database import DataFolderInUse, SchemaTooNew, migrate, migrations, open_database, statements

ROOT = Path(__file__).parents[2]


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM pending_uploads").fetchone()[0])


def add(connection: sqlite3.Connection, name: str) -> None:
    connection.execute(
        "INSERT INTO pending_uploads (id, guild_id, owner_id, contributor_id, created_at) VALUES (?, 1, 1, 1, 0)",
        (name,),
    )


def join_threads() -> None:
    """Wait until the thread of every closed connection has ended."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            thread.join()


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


async def test_a_caller_cancelled_twice_leaves_a_whole_transaction_and_may_close_at_once(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(connection: sqlite3.Connection) -> None:
        begun.set()
        go_on.wait(30)
        add(connection, "one")

    async def use() -> None:
        async with open_database(tmp_path / "a.sqlite") as database:
            await database.transaction(work)

    caller = asyncio.create_task(use())
    await asyncio.to_thread(begun.wait, 30)
    caller.cancel()
    await asyncio.sleep(0)  # it now waits for the connection to close
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    go_on.set()
    await asyncio.to_thread(join_threads)
    async with open_database(tmp_path / "a.sqlite") as database:
        rows = await database.read(count)

    assert caller.cancelled()
    assert rows == 1


async def test_cancellations_at_any_moment_leave_each_transaction_whole_or_not_begun(tmp_path: Path) -> None:
    chance = random.Random(7)

    def pair(connection: sqlite3.Connection, number: int) -> None:
        add(connection, f"{number} a")
        add(connection, f"{number} b")

    async with open_database(tmp_path / "a.sqlite") as database:
        callers = [asyncio.create_task(database.transaction(partial(pair, number=number))) for number in range(400)]
        for caller in chance.sample(callers, 300):
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
            caller.cancel()
        results = await asyncio.gather(*callers, return_exceptions=True)
        rows = await database.read(lambda c: c.execute("SELECT id FROM pending_uploads").fetchall())
        names = {row["id"] for row in rows}

        assert all(f"{number} b" in names for number, result in enumerate(results) if result is None)
        assert {name[:-2] for name in names if name.endswith("a")} == {
            name[:-2] for name in names if name.endswith("b")
        }


async def test_one_caller_rolls_back_nothing_of_another(tmp_path: Path) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        add(connection, "lost")
        raise LookupError

    async with open_database(tmp_path / "a.sqlite") as database:
        kept, lost = await asyncio.gather(
            database.transaction(lambda c: add(c, "kept")), database.transaction(fail), return_exceptions=True
        )

        assert kept is None
        assert isinstance(lost, LookupError)
        assert await database.read(count) == 1


async def test_every_commit_is_synced_and_links_are_checked(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.sqlite") as database:
        settings = [
            await database.read(lambda c, name=name: c.execute(f"PRAGMA {name}").fetchone()[0])  # type: ignore[misc] # mypy can't infer a lambda with a default
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
        ]

    assert settings == ["wal", 2, 1, 0]  # 2 is FULL


def killed_between_two_rows(path: str) -> None:
    """Begin a transaction, and end the process without a commit."""

    def work(connection: sqlite3.Connection) -> None:
        add(connection, "half")
        os.kill(os.getpid(), signal.SIGKILL)

    async def use() -> None:
        async with open_database(Path(path)) as database:
            await database.transaction(lambda c: add(c, "whole"))
            await database.transaction(work)

    asyncio.run(use())


async def test_a_kill_inside_a_transaction_leaves_only_the_committed_ones(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=killed_between_two_rows, args=(str(tmp_path / "a.sqlite"),)
    )
    process.start()
    await asyncio.to_thread(process.join)
    async with open_database(tmp_path / "a.sqlite") as database:
        rows = await database.read(lambda c: [row["id"] for row in c.execute("SELECT id FROM pending_uploads")])

    assert process.exitcode == -signal.SIGKILL
    assert rows == ["whole"]


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


# --- from the first schema to the second, which makes tables anew that others point to

FIRST, SECOND = migrations()[:2]
# Rows as the first version wrote them: a model with a drawing, one that was deleted, and posts in every state.
OLD_ROWS = """
INSERT INTO datasets VALUES ('d', 100, 7, 'Robo', 'robo', 'character', 'robozor', 1.0, NULL);
INSERT INTO dataset_versions VALUES ('v', 'd', 2.0);
INSERT INTO tasks (id, guild_id, channel_id, owner_id, dataset_id, dataset_name, kind, version_id, trigger_word,
    model_name, backend, checkpoint, preset, settings, status, remote_id, progress, created_at, updated_at,
    quote_ends_at, retry_of) VALUES
    ('t1', 100, 1000, 7, 'd', 'Robo', 'character', 'v', 'robozor', 'Robo', 'local', 'atelier-tiny', 'fast', '{}',
    'succeeded', 'r1', '{}', 3.0, 4.0, 603.0, NULL),
    ('t2', 100, 1000, 7, 'd', 'Robo', 'character', 'v', 'robozor', 'Robo', 'local', 'atelier-tiny', 'fast', '{}',
    'running', 'r2', '{}', 5.0, 6.0, 605.0, 't1');
INSERT INTO task_events (task_id, at, old, new, reason) VALUES ('t1', 3.0, '', 'quoted', ''),
    ('t1', 4.0, 'quoted', 'succeeded', 'because');
INSERT INTO loras VALUES ('l1', 100, 7, 't1', 'Robo', 'robo', 1, 'atelier-tiny', 'local', 'robozor', 'aa', 900000,
    0.2, 0.15, 'bb', 7.0, NULL), ('l2', 100, 7, 't2', 'Robo', 'robo', 2, 'atelier-tiny', 'local', 'robozor', 'cc', 1,
    NULL, NULL, NULL, 8.0, 9.0);
INSERT INTO generations (id, interaction_id, guild_id, channel_id, owner_id, backend, checkpoint, lora_id, prompt,
    full_prompt, strength, count, seed, width, height, status, pictures, parent_id, created_at, updated_at) VALUES
    ('g1', 1, 100, 1000, 7, 'local', 'atelier-tiny', 'l1', 'at sea', 'robozor at sea', 0.9, 1, 5, 64, 64, 'succeeded',
    '["dd"]', NULL, 10.0, 11.0),
    ('g2', 2, 100, 1000, 7, 'local', 'atelier-tiny', 'l2', 'at sea', 'robozor at sea', 0.9, 1, 6, 64, 64, 'running',
    '[]', 'g1', 12.0, 13.0);
INSERT INTO outbox (id, kind, subject_id, channel_id, message_id, state, due_at, created_at, wanted, shown) VALUES
    ('o1', 'completion', 't1', 1000, 55, 'shown', 0.0, 14.0, 1, 1),
    ('o2', 'training', 't2', 1000, NULL, 'pending', 20.0, 15.0, 4, 2),
    ('o3', 'pictures', 'g1', 1000, NULL, 'undeliverable', 0.0, 16.0, 1, 0);
"""
TABLES = ("datasets", "dataset_versions", "tasks", "task_events", "loras", "generations", "outbox")


def first_version(path: Path) -> dict[str, list[dict[str, object]]]:
    """Write a database of the first version, and return its rows."""
    connection = connected(path)
    migrate(connection, [FIRST])
    for statement in statements(OLD_ROWS):
        connection.execute(statement)
    found = contents(connection)
    connection.close()
    return found


def connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def contents(connection: sqlite3.Connection) -> dict[str, list[dict[str, object]]]:
    return {
        table: [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]  # noqa: S608 - names of this file
        for table in TABLES
    }


def schema(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    return {(row["type"], row["name"]) for row in connection.execute("SELECT type, name FROM sqlite_schema")}


def check_second_version(connection: sqlite3.Connection, before: dict[str, list[dict[str, object]]]) -> None:
    """Whether every old value is still there, what is new has its meaning, and all links hold."""
    after = contents(connection)
    for table, rows in before.items():
        assert [{name: row[name] for name in old} for row, old in zip(after[table], rows, strict=True)] == rows
    assert [(row["quoted_micros"], row["ceiling_micros"], row["approval"]) for row in after["tasks"]] == [
        (0, 0, "none"),
        (0, 0, "none"),
    ]
    assert [row["reference"] for row in after["loras"]] == ["", ""]
    assert [(row["ceiling_micros"], row["charged_micros"]) for row in after["generations"]] == [(0, None), (0, None)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    for broken in (
        "DELETE FROM loras WHERE id = 'l1'",  # a drawing was made with it
        "UPDATE loras SET task_id = 'nobody' WHERE id = 'l1'",
        "UPDATE generations SET lora_id = 'nobody'",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            connection.execute(broken)


async def test_a_database_of_the_first_version_keeps_every_row_and_every_link(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    before = first_version(path)
    async with open_database(path):
        pass
    connection = connected(path)
    upgraded = schema(connection)
    check_second_version(connection, before)
    connection.close()
    fresh = connected(tmp_path / "fresh.sqlite")
    migrate(fresh, migrations())
    copy = connected(tmp_path / "a.sqlite.v1.bak")

    assert upgraded == schema(fresh)
    assert contents(copy) == before
    fresh.close()
    copy.close()


async def test_a_database_of_the_second_version_keeps_every_row_and_lets_the_file_of_a_deleted_model_go(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.sqlite"
    first_version(path)
    connection = connected(path)
    migrate(connection, [FIRST, SECOND])
    connection.execute("UPDATE loras SET sha256 = NULL, reference = 'theirs' WHERE id = 'l1'")
    before = contents(connection)
    connection.close()
    async with open_database(path):
        pass
    connection = connected(path)
    after = contents(connection)
    connection.execute("UPDATE loras SET sha256 = NULL WHERE id = 'l2'")  # it was deleted
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        connection.execute("UPDATE loras SET reference = '' WHERE id = 'l1'")
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()

    for table, rows in before.items():
        assert [{name: row[name] for name in old} for row, old in zip(after[table], rows, strict=True)] == rows
    assert [row["lost_answers"] for row in after["tasks"]] == [0, 0]
    assert broken == []


async def test_a_database_of_the_third_version_keeps_its_pending_uploads_and_orphaned_work(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    first_version(path)
    connection = connected(path)
    migrate(connection, migrations()[:3])
    connection.execute("INSERT INTO trays VALUES ('u', 100, 7, 8, 55, 1.0)")
    connection.execute("INSERT INTO tray_pictures VALUES ('u', 0, 'a.png', 'aa', 'bb', 64, 48, 900)")
    connection.execute("INSERT INTO findings VALUES ('octoai', 'r', 'atelier-x', 'running', 2.0, 3.0)")
    connection.close()
    async with open_database(path):
        pass
    connection = connected(path)
    uploads, pictures, orphans = (
        [tuple(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608 - names of this file
        for table in ("pending_uploads", "pending_pictures", "orphaned_work")
    )
    connection.execute("DELETE FROM pending_uploads")
    left = connection.execute("SELECT count(*) FROM pending_pictures").fetchone()[0]
    connection.close()

    assert uploads == [("u", 100, 7, 8, 55, 1.0)]
    assert pictures == [("u", 0, "a.png", "aa", "bb", 64, 48, 900)]
    assert orphans == [("octoai", "r", "atelier-x", "running", 2.0, 3.0)]
    assert left == 0


def killed_on_the_way_to_the_second(path: str, number: int) -> None:
    """Migrate to the second version, and die without a word before that step of the transaction or its commit."""
    connection = connected(Path(path))
    taken: list[str] = []

    def die(sql: str) -> None:
        if sql.startswith("BEGIN") or (taken and taken[-1] != "COMMIT"):
            taken.append(sql)
        if len(taken) == number and taken[-1] == sql:
            os.kill(os.getpid(), signal.SIGKILL)

    connection.set_trace_callback(die)
    migrate(connection, [FIRST, SECOND])


def test_a_kill_at_any_statement_between_the_versions_leaves_the_first_and_the_next_start_goes_on(
    tmp_path: Path,
) -> None:
    ends: list[int | None] = []
    number = 0
    while not ends or ends[-1] == -signal.SIGKILL:
        number += 1
        path = tmp_path / f"{number}.sqlite"
        before = first_version(path)
        process = multiprocessing.get_context("fork").Process(  # quick, and no thread runs beside it
            target=killed_on_the_way_to_the_second, args=(str(path), number)
        )
        process.start()
        process.join(60)
        ends.append(process.exitcode)
        connection = connected(path)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if process.exitcode == -signal.SIGKILL:
            assert version == 1
            assert contents(connection) == before
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        migrate(connection, [FIRST, SECOND])
        check_second_version(connection, before)
        connection.close()

    assert ends[-1] == 0
    assert len(ends) > len(statements(SECOND))
