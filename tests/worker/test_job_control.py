"""Orders to stop: which one holds, and what it does to the work."""

from pathlib import Path

import pytest

from domain.queue.messages import JobProgress
from worker.job_control import JobControl, Stop
from worker.training.events import Cancelled, Drained


@pytest.fixture
def control() -> JobControl:
    return JobControl(Path("anywhere"), JobProgress())


@pytest.mark.parametrize(
    ("order", "ending"),
    [(Stop.PAUSE, Drained), (Stop.DRAIN, Drained), (Stop.CANCEL, Cancelled), (Stop.LOST, Cancelled)],
)
def test_an_order_ends_the_work_at_its_next_report(control: JobControl, order: Stop, ending: type[Exception]) -> None:
    control.report(JobProgress(step=1))
    control.stop(order)

    with pytest.raises(ending):
        control.report(JobProgress(step=2))
    assert control.said.step == 2


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
def test_the_stronger_order_holds(control: JobControl, first: Stop, then: Stop, holds: Stop) -> None:
    control.stop(first)
    control.stop(then)

    assert control.order is holds


def test_only_a_pause_is_taken_back(control: JobControl) -> None:
    control.stop(Stop.PAUSE)
    control.go_on()
    assert control.order is None

    control.stop(Stop.DRAIN)
    control.go_on()
    assert control.order is Stop.DRAIN


def test_after_a_pause_a_training_gets_some_steps_done_before_the_next(control: JobControl) -> None:
    control.report(JobProgress(step=10))
    control.stop(Stop.PAUSE)
    control.go_on()
    control.stop(Stop.PAUSE)
    control.report(JobProgress(step=0, message="preparing"))
    control.report(JobProgress(step=14))

    with pytest.raises(Drained):
        control.report(JobProgress(step=15))


def test_only_a_pause_waits_for_those_steps(control: JobControl) -> None:
    control.go_on()
    control.stop(Stop.DRAIN)

    with pytest.raises(Drained):
        control.check()
