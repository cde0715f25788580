"""Orders as rows, and back."""

import json
import sqlite3
from collections.abc import Iterator

import pytest

from domain.money.charges import Charge, Charged
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.orders.states import OrderStatus
from storage.orders.rows import Row, insert, open_rows, order_row, selected, to_order, update
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import ORDER

FULL = changed(
    ORDER,
    status=OrderStatus.FAILED,
    remote_id="job-1",
    misses=2,
    is_stop_asked=True,
    charge=Charge(Charged.AMOUNT, 70),
    booked_micros=70,
    reason=fact(FactKind.FAILED, backend="fal", said="`x`"),
    progress=Progress(RemoteState.RUNNING, step=3, of=60),
    finished_at=2_000.0,
)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    opened.row_factory = sqlite3.Row
    opened.execute(f"CREATE TABLE things ({', '.join(order_row(ORDER))})")
    yield opened
    opened.close()


def kept(connection: sqlite3.Connection, row: Row) -> sqlite3.Row:
    insert(connection, "things", row)
    return selected(connection, "SELECT * FROM things")[-1]


@pytest.mark.parametrize("order", [ORDER, FULL], ids=["new", "ended"])
def test_an_order_comes_back_as_it_was_stored(connection: sqlite3.Connection, order: object) -> None:
    assert to_order(kept(connection, order_row(order))) == order  # type: ignore[arg-type]  # both are orders


def test_a_sentence_that_an_older_bot_kept_is_a_fact(connection: sqlite3.Connection) -> None:
    progress = json.loads(str(order_row(FULL)["progress"])) | {"message": "It waits.", "notes": ["One was lost."]}
    order = to_order(kept(connection, {**order_row(FULL), "progress": json.dumps(progress)}))

    assert order.progress.message == fact(FactKind.WORDS, said="It waits.")
    assert list(order.progress.notes) == [fact(FactKind.WORDS, said="One was lost.")]


def test_only_the_order_that_changed_is_written(connection: sqlite3.Connection) -> None:
    other = changed(ORDER, id="b" * 32)
    insert(connection, "things", order_row(ORDER))
    insert(connection, "things", order_row(other))
    update(connection, "things", order_row(ORDER), order_row(changed(ORDER, status=OrderStatus.RUNNING)))

    assert [row["status"] for row in selected(connection, "SELECT * FROM things ORDER BY id")] == [
        "running",
        "queued",
    ]


def test_open_orders_come_oldest_first(connection: sqlite3.Connection) -> None:
    for number, (status, created) in enumerate([("running", 3.0), ("submitting", 1.0), ("failed", 2.0)]):
        order = changed(ORDER, id=str(number), status=OrderStatus(status), created_at=created)
        insert(connection, "things", order_row(order))

    assert open_rows(connection, "things", "status != 'failed'") == [("1", "local", False), ("0", "local", True)]
