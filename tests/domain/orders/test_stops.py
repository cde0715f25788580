"""What a stop leaves behind, and what is known of the charge afterwards."""

import pytest

from domain.money.charges import NOTHING, PERHAPS, Charge
from domain.orders.facts import FactKind, because, fact
from domain.orders.hand_over import perhaps_charged, stop_refused, stopped
from domain.orders.orders import Order, known_charge, move, settled
from domain.orders.states import OrderStatus
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import ORDER

S = OrderStatus
BY_OWNER = fact(FactKind.STOPPED_BY_OWNER)
HELD = changed(ORDER, backend="novita", is_free=False, quoted_micros=2_000_000, remote_id="r", status=S.RUNNING)


def stop(order: Order, *, can_tell: bool = True) -> Order:
    return stopped(order, why=BY_OWNER, can_tell=can_tell, given_up=perhaps_charged, now=2_000.0)


def test_who_stopped_it_is_kept_until_it_ended() -> None:
    asked = stop(HELD)
    ended = move(asked, S.CANCELLED, now=3_000.0)

    assert (asked.status, asked.hand_over.is_stop_asked) == (S.RUNNING, True)
    assert (ended.status, ended.reason) == (S.CANCELLED, BY_OWNER)


def test_a_stop_that_came_too_late_is_no_reason() -> None:
    done = move(move(stop(HELD), S.COLLECTING, now=3_000.0), S.SUCCEEDED, now=4_000.0)

    assert (done.status, done.reason) == (S.SUCCEEDED, None)


def test_a_stop_that_the_backend_refuses_is_taken_back_and_noted() -> None:
    going_on = stop_refused(stop(HELD))

    assert (going_on.status, going_on.hand_over.is_stop_asked, going_on.reason) == (S.RUNNING, False, None)
    assert going_on.progress.notes == (fact(FactKind.CANNOT_STOP, backend="novita"),)


def test_what_a_backend_that_is_switched_off_holds_may_be_charged() -> None:
    ended = settled(stop(HELD, can_tell=False))

    assert ended.status is S.CANCELLED
    assert ended.reason == because(fact(FactKind.STOP_NOT_TOLD, backend="novita"), BY_OWNER)
    assert (ended.price.charge, ended.price.booked_micros) == (PERHAPS, 2_000_000)


@pytest.mark.parametrize(
    ("changes", "charge"),
    [
        ({"status": S.CANCELLED}, NOTHING),
        ({"status": S.EXPIRED}, NOTHING),
        ({"status": S.CANCELLED, "lost_answers": 1}, None),
        ({"status": S.CANCELLED, "remote_id": "r"}, None),
        ({"status": S.RUNNING, "remote_id": "r"}, None),
        ({"status": S.FAILED, "charge": PERHAPS}, PERHAPS),
    ],
)
def test_what_ended_before_any_call_cost_nothing(changes: dict[str, object], charge: Charge | None) -> None:
    assert known_charge(changed(ORDER, **changes)) == charge
