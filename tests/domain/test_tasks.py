from dataclasses import replace
from itertools import product

import pytest

from domain.facts import FactKind, fact
from domain.tasks import (
    MOVES,
    Progress,
    RemoteState,
    Sample,
    TaskStatus,
    advance,
    can_move,
    is_lost,
    move,
)
from tests.domain.some_task import TASK

S, R = TaskStatus, RemoteState
FINAL = (S.SUCCEEDED, S.FAILED, S.CANCELLED, S.EXPIRED, S.INTERRUPTED)


@pytest.mark.parametrize("old", FINAL)
def test_nothing_leaves_a_final_state(old: TaskStatus) -> None:
    task = replace(TASK, status=old)

    assert old.is_final
    for new, state in product(S, R):
        assert not can_move(old, new)
        assert move(task, new, now=2.0) is task
        assert advance(task, Progress(state, step=60, of=60), now=2.0) is task


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
def test_a_task_only_moves_forward(old: TaskStatus, said: RemoteState, new: TaskStatus) -> None:
    assert advance(replace(TASK, status=old), Progress(said), now=2_000.0).status is new


def test_an_older_report_changes_nothing() -> None:
    task = advance(TASK, Progress(R.RUNNING, step=40, of=60, loss=0.1), now=2_000.0)

    assert advance(task, Progress(R.RUNNING, step=39, of=60, loss=0.9), now=2_001.0) is task
    assert advance(task, Progress(R.QUEUED), now=2_001.0) is task


def test_a_worker_that_starts_over_is_seen_to_live_although_its_steps_do_not_count_yet() -> None:
    task = advance(TASK, Progress(R.RUNNING, step=49, of=60, loss=0.1, sign_of_life=2_000.0, worker="a"), now=2_000.0)
    after = advance(task, Progress(R.RUNNING, step=3, of=60, loss=0.9, sign_of_life=2_060.0, worker="b"), now=2_060.0)

    assert (after.progress.step, after.progress.loss) == (49, 0.1)
    assert (after.progress.sign_of_life, after.progress.worker) == (2_060.0, "b")
    assert not is_lost(after, now=2_061.0, grace_seconds=30.0)
    assert advance(after, Progress(R.RUNNING, step=2, of=60, sign_of_life=2_050.0), now=2_061.0) is after


def test_a_repeated_report_changes_nothing() -> None:
    progress = Progress(R.RUNNING, step=40, of=60)
    task = advance(TASK, progress, now=2_000.0)

    assert advance(task, progress, now=2_500.0) == task


def test_what_a_report_is_silent_about_stays_known() -> None:
    samples = (Sample(0, "robo", "f" * 64),)
    known = Progress(R.RUNNING, step=40, of=60, loss=0.1, base_loss=0.5, held_out_loss=0.4, samples=samples)
    task = advance(advance(TASK, known, now=2_000.0), Progress(R.RUNNING, step=41), now=2_001.0)

    assert task.progress == replace(known, step=41)


def test_an_ended_training_keeps_why() -> None:
    failed = advance(TASK, Progress(R.FAILED, message=fact(FactKind.WORDS, said="Out of memory.")), now=2_000.0)
    running = advance(TASK, Progress(R.RUNNING, message=fact(FactKind.WORDS, said="warming up")), now=2_000.0)

    assert (failed.reason, failed.finished_at) == ("Out of memory.", 2_000.0)
    assert (running.reason, running.started_at, running.finished_at) == ("", 2_000.0, None)


@pytest.mark.parametrize(
    ("status", "silent_for", "lost"),
    [(S.RUNNING, 120.0, False), (S.RUNNING, 120.1, True), (S.QUEUED, 999.0, False), (S.FAILED, 999.0, False)],
)
def test_only_a_running_task_gets_lost_and_only_after_its_grace_time(
    status: TaskStatus,
    silent_for: float,
    lost: bool,  # noqa: FBT001 - a table's column
) -> None:
    task = replace(TASK, status=status, progress=Progress(R.RUNNING, sign_of_life=1_000.0))

    assert is_lost(task, now=1_000.0 + silent_for, grace_seconds=120.0) is lost


def test_a_task_whose_backend_gives_no_signs_of_life_is_never_lost() -> None:
    task = replace(TASK, status=S.RUNNING, progress=Progress(R.RUNNING))

    assert not is_lost(task, now=1e9, grace_seconds=1.0)
