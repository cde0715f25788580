from dataclasses import replace
from itertools import product

import pytest

from domain.orders.facts import FactKind, fact
from domain.orders.orders import advance, is_lost, move
from domain.orders.progress import Progress, RemoteState, Sample
from domain.orders.states import MOVES, OrderStatus, can_move
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import ORDER

S, R = OrderStatus, RemoteState
FINAL = (S.SUCCEEDED, S.FAILED, S.CANCELLED, S.EXPIRED, S.INTERRUPTED)


@pytest.mark.parametrize("old", FINAL)
def test_nothing_leaves_a_final_state(old: OrderStatus) -> None:
    order = changed(ORDER, status=old)

    assert old.is_final
    for new, state in product(S, R):
        assert not can_move(old, new)
        assert move(order, new, now=2.0) is order
        assert advance(order, Progress(state, step=60, of=60), now=2.0) is order


def test_every_other_state_can_end() -> None:
    for status in set(S) - set(FINAL):
        assert not status.is_final
        assert MOVES[status] & set(FINAL)


@pytest.mark.parametrize(
    ("old", "said", "new"),
    [
        (S.SUBMITTING, R.QUEUED, S.QUEUED),
        (S.SUBMITTING, R.SUCCEEDED, S.COLLECTING),
        (S.QUEUED, R.QUEUED, S.QUEUED),
        (S.QUEUED, R.RUNNING, S.RUNNING),
        (S.QUEUED, R.SUCCEEDED, S.COLLECTING),
        (S.QUEUED, R.FAILED, S.FAILED),
        (S.QUEUED, R.CANCELLED, S.CANCELLED),
        (S.RUNNING, R.QUEUED, S.RUNNING),
        (S.RUNNING, R.RUNNING, S.RUNNING),
        (S.RUNNING, R.SUCCEEDED, S.COLLECTING),
        (S.RUNNING, R.FAILED, S.FAILED),
        (S.RUNNING, R.CANCELLED, S.CANCELLED),
        (S.COLLECTING, R.FAILED, S.COLLECTING),
        (S.COLLECTING, R.RUNNING, S.COLLECTING),
        (S.QUOTED, R.RUNNING, S.QUOTED),
    ],
)
def test_a_task_only_moves_forward(old: OrderStatus, said: RemoteState, new: OrderStatus) -> None:
    assert advance(changed(ORDER, status=old), Progress(said), now=2_000.0).status is new


def test_an_older_report_changes_nothing() -> None:
    order = advance(ORDER, Progress(R.RUNNING, step=40, of=60, loss=0.1), now=2_000.0)

    assert advance(order, Progress(R.RUNNING, step=39, of=60, loss=0.9), now=2_001.0) is order
    assert advance(order, Progress(R.QUEUED), now=2_001.0) is order


def test_a_worker_that_starts_over_is_seen_to_live_although_its_steps_do_not_count_yet() -> None:
    order = advance(
        ORDER, Progress(R.RUNNING, step=49, of=60, loss=0.1, sign_of_life=2_000.0, worker="a"), now=2_000.0
    )
    after = advance(
        order, Progress(R.RUNNING, step=3, of=60, loss=0.9, sign_of_life=2_060.0, worker="b"), now=2_060.0
    )

    assert (after.progress.step, after.progress.loss) == (49, 0.1)
    assert (after.progress.sign_of_life, after.progress.worker) == (2_060.0, "b")
    assert not is_lost(after, now=2_061.0, grace_seconds=30.0)
    assert advance(after, Progress(R.RUNNING, step=2, of=60, sign_of_life=2_050.0), now=2_061.0) is after


def test_a_repeated_report_changes_nothing() -> None:
    progress = Progress(R.RUNNING, step=40, of=60)
    order = advance(ORDER, progress, now=2_000.0)

    assert advance(order, progress, now=2_500.0) == order


def test_what_a_report_is_silent_about_stays_known() -> None:
    samples = (Sample(0, "robo", "f" * 64),)
    known = Progress(R.RUNNING, step=40, of=60, loss=0.1, base_loss=0.5, held_out_loss=0.4, samples=samples)
    order = advance(advance(ORDER, known, now=2_000.0), Progress(R.RUNNING, step=41), now=2_001.0)

    assert order.progress == replace(known, step=41)


def test_an_ended_training_keeps_why() -> None:
    failed = advance(ORDER, Progress(R.FAILED, message=fact(FactKind.WORDS, said="Out of memory.")), now=2_000.0)
    running = advance(ORDER, Progress(R.RUNNING, message=fact(FactKind.WORDS, said="warming up")), now=2_000.0)

    assert (failed.reason, failed.times.finished_at) == (fact(FactKind.WORDS, said="Out of memory."), 2_000.0)
    assert (running.reason, running.times.started_at, running.times.finished_at) == (None, 2_000.0, None)


@pytest.mark.parametrize(
    ("status", "silent_for", "lost"),
    [(S.RUNNING, 120.0, False), (S.RUNNING, 120.1, True), (S.QUEUED, 999.0, False), (S.FAILED, 999.0, False)],
)
def test_only_a_running_task_gets_lost_and_only_after_its_grace_time(
    status: OrderStatus,
    silent_for: float,
    lost: bool,  # noqa: FBT001 - a table's column
) -> None:
    order = changed(ORDER, status=status, progress=Progress(R.RUNNING, sign_of_life=1_000.0))

    assert is_lost(order, now=1_000.0 + silent_for, grace_seconds=120.0) is lost


def test_a_task_whose_backend_gives_no_signs_of_life_is_never_lost() -> None:
    order = changed(ORDER, status=S.RUNNING, progress=Progress(R.RUNNING))

    assert not is_lost(order, now=1e9, grace_seconds=1.0)
