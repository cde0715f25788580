"""What must hold of orders at hosted backends, whatever was killed or broke: paid once, told truly, accounted for."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from domain.money.limits import SpendingLimits
from domain.orders.facts import FactKind
from domain.orders.states import OrderStatus

FINAL = frozenset(status for status in OrderStatus if status.is_final)


def rows(database: Path, sql: str) -> list[sqlite3.Row]:
    """Return what is stored."""
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql).fetchall()


def untruths(
    database: Path,
    *,
    paid: Sequence[str],
    told: Mapping[str, str],
    caps: SpendingLimits,
    unasked: frozenset[str] = frozenset(),
) -> list[str]:
    """Return a sentence for everything that is not as it must be, once all is over; nothing when all is well.

    `paid` has a name for each training that a provider bills, `told` is the last status that a member was told of
    each task, and `unasked` are the backends that can't be asked whether a name arrived.
    """
    bills = Counter(paid)
    tasks = {row["id"]: row for row in rows(database, "SELECT * FROM tasks")}
    return [
        *_integrity(database),
        *_orders(tasks, bills, told),
        *_ends(database, tasks, bills, unasked),
        *_moves(database, tasks),
        *_books(database, tasks, bills),
        *_caps(database, caps),
    ]


def _integrity(database: Path) -> list[str]:
    return [f"the database: {row[0]}" for row in rows(database, "PRAGMA integrity_check") if row[0] != "ok"]


def _orders(tasks: Mapping[str, sqlite3.Row], bills: Counter[str], told: Mapping[str, str]) -> list[str]:
    wrong = [f"order {task} is lost" for task in told if task not in tasks or tasks[task]["status"] == "quoted"]
    wrong += [f"{name} is paid {times} times" for name, times in bills.items() if times > 1]
    wrong += [
        f"{name} is paid and belongs to no order" for name in bills if name.removeprefix("atelier-") not in tasks
    ]
    wrong += [
        f"order {task} is paid, its member was told '{status}'"
        for task, status in told.items()
        if status in ("failed", "cancelled", "expired") and bills[f"atelier-{task}"]
    ]
    return wrong


def _ends(
    database: Path, tasks: Mapping[str, sqlite3.Row], bills: Counter[str], unasked: frozenset[str]
) -> list[str]:
    wrong = []
    models = Counter(row["task_id"] for row in rows(database, "SELECT task_id FROM loras"))
    for task_id, task in tasks.items():
        status, is_paid = task["status"], bool(bills[f"atelier-{task_id}"])
        if status not in FINAL and status != "quoted":
            wrong.append(f"task {task_id} is still {status}")
        if is_paid and status not in ("succeeded", "interrupted"):
            wrong.append(f"task {task_id} is paid and {status}: {task['reason']}")
        if not is_paid and status == "succeeded":
            wrong.append(f"task {task_id} succeeded and was never paid")
        if status == "interrupted" and (
            task["backend"] not in unasked or FactKind.NEVER_ANSWERED not in task["reason"]
        ):
            wrong.append(f"task {task_id} at {task['backend']} is interrupted: {task['reason']}")
        if status == "failed" and not task["reason"]:
            wrong.append(f"task {task_id} failed without a reason")
        if models[task_id] != (status == "succeeded"):
            wrong.append(f"task {task_id} is {status} and has {models[task_id]} models")
    return wrong


def _moves(database: Path, tasks: Mapping[str, sqlite3.Row]) -> list[str]:
    """Look whether each task's events lead without a gap to where it is."""
    at = dict.fromkeys(tasks, "")
    wrong = []
    for move in rows(database, "SELECT task_id, old, new FROM task_events ORDER BY id"):
        if at[move["task_id"]] != move["old"]:
            wrong.append(f"task {move['task_id']} left {move['old']} while it was {at[move['task_id']]}")
        at[move["task_id"]] = move["new"]
    return wrong + [
        f"task {task} is {row['status']}, its events end at {at[task]}"
        for task, row in tasks.items()
        if at[task] != row["status"]
    ]


def _books(database: Path, tasks: Mapping[str, sqlite3.Row], bills: Counter[str]) -> list[str]:
    wrong = []
    entries: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows(database, "SELECT subject_id, entry, micros FROM ledger"):
        entries[row["subject_id"]][row["entry"]].append(row["micros"])
    for task_id, task in tasks.items():
        kept = {entry: list(micros) for entry, micros in entries[task_id].items()}
        if task["status"] == "quoted":
            wanted: dict[str, list[int]] = {}
        elif task["status"] not in FINAL or (task["status"] == "interrupted" and task["booked_micros"] is None):
            wanted = {"reserve": [task["ceiling_micros"]]}
        else:
            cost = task["quoted_micros"] if bills[f"atelier-{task_id}"] else 0
            ceiling = task["ceiling_micros"]
            wanted = {"reserve": [ceiling], "release": [-ceiling], "settle": [cost]}
        if kept != wanted:
            wrong.append(f"the ledger has {kept} for task {task_id}, which is {task['status']}, instead of {wanted}")
    return wrong


def _caps(database: Path, caps: SpendingLimits) -> list[str]:
    """Add the ledger up line by line, as it grew."""
    wrong = []
    sums: Counter[tuple[str, str, int]] = Counter()
    for row in rows(database, "SELECT month, guild_id, member_id, micros, id FROM ledger ORDER BY id"):
        for whose, number, cap in (
            ("bot", 0, caps.bot),
            ("server", row["guild_id"], caps.guild),
            ("member", row["member_id"], caps.member),
        ):
            sums[row["month"], whose, number] += row["micros"]
            if sums[row["month"], whose, number] > cap:
                wrong.append(f"line {row['id']} of the ledger goes over the cap of the {whose} {number}")
    return wrong
