"""The data folder that an earlier version left behind, and the state of its backends.

`c394d22/` holds what that commit of this project wrote: both databases as SQL, the stored files, and what its bot had
posted. All times in it are moved, so that the bot seems to have stopped a moment ago.
"""

import io
import json
import sqlite3
import time
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from backends.base import DrawingPlan, DrawingProgress, RemoteWork, TrainingPlan
from domain.errors import BackendUnavailable
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.training.settings import Estimate
from tests.services.scripted_backend import HOSTED, ScriptedBackend

SAVED = Path(__file__).parent / "c394d22"
MOMENTS = ("at", "first_seen", "last_seen", "lease_until", "sign_of_life")  # besides all that end with _at
STRAY = RemoteWork("stray-7", "atelier-00000000-0000-0000-0000-000000000007", RemoteState.RUNNING)


def words(said: str) -> Fact:
    """Return a provider's own words as a fact."""
    return fact(FactKind.WORDS, said=said)


def discord_state() -> dict[str, Any]:
    """Read what stood in Discord."""
    state: dict[str, Any] = json.loads((SAVED / "discord.json").read_text(encoding="utf-8"))
    return state


def restore(folder: Path) -> None:
    """Write the data folder."""
    for name in ("atelier", "queue"):
        with closing(sqlite3.connect(folder / f"{name}.sqlite")) as connection:
            connection.executescript((SAVED / f"{name}.sql").read_text(encoding="utf-8"))
            _move_times(connection, by=time.time() - discord_state()["saved_at"])
            connection.commit()
    with zipfile.ZipFile(io.BytesIO((SAVED / "files.zip").read_bytes())) as packed:
        packed.extractall(folder / "files")


def _move_times(connection: sqlite3.Connection, *, by: float) -> None:
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:  # the ledger refuses changes
        connection.execute(f"DROP TRIGGER {name}")
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for _, column, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
            if column in MOMENTS or column.endswith("_at"):
                connection.execute(f"UPDATE {table} SET {column} = {column} + ?", (by,))  # noqa: S608 - names of a schema
            if (table, column) == ("ledger", "month"):
                connection.execute("UPDATE ledger SET month = strftime('%Y-%m', 'now')")
    for _, sql in triggers:
        connection.execute(sql)


def ask(folder: Path, sql: str, *values: object) -> list[Any]:
    """Return the first column of a query about a data folder."""
    with closing(sqlite3.connect(folder / "atelier.sqlite")) as connection:
        return [row[0] for row in connection.execute(sql, values).fetchall()]


def remote_name(folder: Path, model: str) -> str:
    """Return under which name the newest training of that model is known to its backend."""
    found = ask(folder, "SELECT id FROM tasks WHERE model_name = ? ORDER BY created_at", model)
    return f"atelier-{found[-1]}"


def own_machine(folder: Path) -> ScriptedBackend:
    """Return the free backend as it was, from a folder that the bot has not opened yet."""
    backend = ScriptedBackend(name="local")
    _hold(backend, folder)
    running = remote_name(folder, "Halted")
    backend.progress[running] = Progress(
        RemoteState.RUNNING, step=40, of=60, eta_seconds=65, message=words("training")
    )
    return backend


def replicate(folder: Path) -> ScriptedBackend:
    """Return the paid backend as it was, from a folder that the bot has not opened yet.

    It gives no file and hears no stop until the test clears `errors`.
    """
    backend = ScriptedBackend(
        name="replicate",
        abilities=replace(HOSTED, find_grace_seconds=0.3),
        estimated=Estimate(400_000, 0.0, 600.0, "Hosted: your pictures go to Replicate.", ceiling_micros=500_000),
        drawing_price=30_000,
    )
    _hold(backend, folder)
    backend.trainings[f"remote-{remote_name(folder, 'Cat held')}"] = cast("TrainingPlan", None)
    backend.progress[f"remote-{remote_name(folder, 'Dog stopping')}"] = Progress(
        RemoteState.RUNNING, step=10, of=100, is_percent=True
    )
    backend.errors["fetch"] = [BackendUnavailable("replicate", "away") for _ in range(100_000)]
    backend.errors["cancel"] = [BackendUnavailable("replicate", "away") for _ in range(100_000)]
    (drawing,) = ask(folder, "SELECT remote_id FROM generations WHERE status = 'running'")
    backend.drawn[drawing] = DrawingProgress(RemoteState.RUNNING)
    backend.held = [STRAY]
    return backend


def _hold(backend: ScriptedBackend, folder: Path) -> None:
    """Let the backend hold what the rows say that it holds; nothing looks into these plans."""
    held = "SELECT remote_id FROM {} WHERE backend = ? AND remote_id IS NOT NULL"
    for remote_id in ask(folder, held.format("tasks"), backend.name):
        backend.trainings[remote_id] = cast("TrainingPlan", None)
    for remote_id in ask(folder, held.format("generations"), backend.name):
        backend.drawings[remote_id] = cast("DrawingPlan", None)
