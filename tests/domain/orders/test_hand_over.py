import pytest

from domain.errors import BackendAmbiguous, BackendRejected, BackendReplyInvalid, BackendUnavailable
from domain.orders.hand_over import (
    AGAIN,
    HandOverReply,
    Recovery,
    Step,
    after_miss,
    again_after,
    first_step,
    look_up_pause,
    reply_of,
)
from domain.orders.states import OrderStatus
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import ORDER

GRACE = 300.0


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (BackendUnavailable("x", "refused"), HandOverReply.NOT_STARTED),
        (BackendRejected("x", "402"), HandOverReply.REFUSED),
        (BackendAmbiguous("x", "timeout"), HandOverReply.UNCLEAR),
        (BackendReplyInvalid("x", "an upload was answered with a page"), HandOverReply.NOT_STARTED),
        (RuntimeError("a bug of ours"), HandOverReply.UNCLEAR),
        (OSError("connection reset"), HandOverReply.UNCLEAR),
    ],
)
def test_only_what_is_known_to_be_harmless_counts_as_not_started(error: Exception, reply: HandOverReply) -> None:
    assert reply_of(error) is reply


@pytest.mark.parametrize(
    ("status", "recovery", "step"),
    [
        (OrderStatus.SUBMITTING, Recovery.FIND, Step.LOOK_UP),
        (OrderStatus.SUBMITTING, Recovery.NONE, Step.GIVE_UP),
        (OrderStatus.SUBMITTING, Recovery.REPEAT, Step.HAND_OVER),
        (OrderStatus.QUEUED, Recovery.FIND, Step.WAIT),
        (OrderStatus.QUOTED, Recovery.NONE, Step.WAIT),
        (OrderStatus.FAILED, Recovery.FIND, Step.WAIT),
    ],
)
def test_what_is_done_first_with_an_order_without_a_remote_id(
    status: OrderStatus, recovery: Recovery, step: Step
) -> None:
    assert first_step(changed(ORDER, status=status), recovery=recovery, now=1_000.0, is_free=False) is step


@pytest.mark.parametrize("recovery", list(Recovery))
@pytest.mark.parametrize(("now", "step"), [(999.9, Step.WAIT), (1_000.0, Step.HAND_OVER), (9_999.0, Step.HAND_OVER)])
def test_what_surely_did_not_arrive_is_not_looked_up_but_handed_over_in_time(
    now: float,
    step: Step,
    recovery: Recovery,
) -> None:
    order = changed(ORDER, status=OrderStatus.SUBMITTING, attempts=1, again_at=1_000.0)

    assert first_step(order, recovery=recovery, now=now, is_free=False) is step


@pytest.mark.parametrize(
    ("attempts", "asked", "pause"),
    [
        (1, None, 5.0),
        (2, None, 30.0),
        (3, None, 120.0),
        (4, None, None),
        (4, 1.0, None),
        (1, 60.0, 60.0),
        (2, 1.0, 30.0),
    ],
)
def test_a_few_more_attempts_at_growing_pauses_never_sooner_than_asked(
    attempts: int, asked: float | None, pause: float | None
) -> None:
    assert again_after(attempts, asked=asked) == pause
    assert again_after(attempts, asked=asked, pauses=()) is None
    assert len(AGAIN) == 3


@pytest.mark.parametrize(
    ("misses", "age", "asked", "lost_answers", "step"),
    [
        (1, 0, False, 0, Step.WAIT),
        (1, 10_000, False, 0, Step.WAIT),
        (2, 10_000, False, 0, Step.WAIT),
        (3, 299, False, 0, Step.WAIT),
        (3, 300, False, 0, Step.HAND_OVER),
        (3, 300, False, 4, Step.HAND_OVER),
        (3, 300, False, 5, Step.GIVE_UP),
        (9, 299, False, 9, Step.WAIT),
        (3, 299, True, 0, Step.WAIT),
        (3, 300, True, 0, Step.CANCEL),
        (3, 300, True, 5, Step.CANCEL),
    ],
)
def test_a_lost_hand_over_needs_three_misses_and_the_grace_time(
    misses: int,
    age: float,
    asked: bool,  # noqa: FBT001 - a table's column
    lost_answers: int,
    step: Step,
) -> None:
    order = changed(
        ORDER,
        status=OrderStatus.SUBMITTING,
        misses=misses,
        is_stop_asked=asked,
        lost_answers=lost_answers,
        updated_at=1_000.0,
    )

    assert after_miss(order, now=1_000.0 + age, grace_seconds=GRACE, is_free=False) is step


def test_what_is_free_is_handed_over_however_often_it_was_lost() -> None:
    order = changed(ORDER, status=OrderStatus.SUBMITTING, misses=3, lost_answers=99, updated_at=1_000.0)

    assert after_miss(order, now=1_000.0 + GRACE, grace_seconds=GRACE, is_free=True) is Step.HAND_OVER


@pytest.mark.parametrize(("grace", "pause"), [(300.0, 100.0), (30.0, 10.0), (0.0, 0.5)])
def test_three_look_ups_span_the_grace_time(grace: float, pause: float) -> None:
    assert look_up_pause(grace) == pause
