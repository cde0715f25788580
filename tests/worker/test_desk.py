"""Orders to stop: which one holds, and what it does to the work."""

from pathlib import Path

import pytest

from domain.queue.messages import JobProgress
from worker.desk import Desk, Stop
from worker.progress import Cancelled, Drained


@pytest.fixture
def desk() -> Desk:
    return Desk(Path("anywhere"), JobProgress())


@pytest.mark.parametrize(
    ("order", "ending"),
    [(Stop.PAUSE, Drained), (Stop.DRAIN, Drained), (Stop.CANCEL, Cancelled), (Stop.LOST, Cancelled)],
)
def test_an_order_ends_the_work_at_its_next_report(desk: Desk, order: Stop, ending: type[Exception]) -> None:
    desk.report(JobProgress(step=1))
    desk.stop(order)

    with pytest.raises(ending):
        desk.report(JobProgress(step=2))
    assert desk.said.step == 2


@pytest.mark.parametrize(
    ("first", "then", "holds"),
    [
        (Stop.PAUSE, Stop.DRAIN, Stop.DRAIN),
        (Stop.DRAIN, Stop.PAUSE, Stop.DRAIN),
        (Stop.CANCEL, Stop.DRAIN, Stop.CANCEL),
        (Stop.LOST, Stop.CANCEL, Stop.LOST),
        (Stop.DRAIN, Stop.LOST, Stop.LOST),
    ],
)
def test_the_stronger_order_holds(desk: Desk, first: Stop, then: Stop, holds: Stop) -> None:
    desk.stop(first)
    desk.stop(then)

    assert desk.order is holds


def test_only_a_pause_is_taken_back(desk: Desk) -> None:
    desk.stop(Stop.PAUSE)
    desk.go_on()
    assert desk.order is None

    desk.stop(Stop.DRAIN)
    desk.go_on()
    assert desk.order is Stop.DRAIN


def test_after_a_pause_a_training_gets_some_steps_done_before_the_next(desk: Desk) -> None:
    desk.report(JobProgress(step=10))
    desk.stop(Stop.PAUSE)
    desk.go_on()
    desk.stop(Stop.PAUSE)
    desk.report(JobProgress(step=0, message="preparing"))
    desk.report(JobProgress(step=14))

    with pytest.raises(Drained):
        desk.report(JobProgress(step=15))


def test_only_a_pause_waits_for_those_steps(desk: Desk) -> None:
    desk.go_on()
    desk.stop(Stop.DRAIN)

    with pytest.raises(Drained):
        desk.check()
