"""Which request to stop holds, and what it does to the work."""

import asyncio
from pathlib import Path

import pytest

from domain.orders.facts import FactKind, fact
from domain.queue.messages import JobProgress
from worker.job_control import Cancelled, Drained, JobControl, Stop


@pytest.fixture
def control() -> JobControl:
    return JobControl(Path("anywhere"), JobProgress())


@pytest.mark.parametrize(
    ("stop", "ending"),
    [(Stop.PAUSE, Drained), (Stop.DRAIN, Drained), (Stop.CANCEL, Cancelled), (Stop.LOST, Cancelled)],
)
def test_a_stop_ends_the_work_at_its_next_report(control: JobControl, stop: Stop, ending: type[Exception]) -> None:
    control.report(JobProgress(step=1))
    control.stop(stop)

    with pytest.raises(ending):
        control.report(JobProgress(step=2))
    assert control.progress.step == 2


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
def test_the_stronger_stop_holds(control: JobControl, first: Stop, then: Stop, holds: Stop) -> None:
    control.stop(first)
    control.stop(then)

    assert control.requested is holds


def test_only_a_pause_is_taken_back(control: JobControl) -> None:
    control.pause()
    control.resume()
    assert control.requested is None

    control.stop(Stop.DRAIN)
    control.resume()
    assert control.requested is Stop.DRAIN


def test_after_a_pause_a_training_gets_some_steps_done_before_the_next(control: JobControl) -> None:
    control.report(JobProgress(step=10))
    control.pause()
    control.resume()
    control.pause()
    control.report(JobProgress(step=0, message=fact(FactKind.LOADING)))
    control.report(JobProgress(step=14))

    with pytest.raises(Drained):
        control.report(JobProgress(step=15))


def test_only_a_pause_waits_for_those_steps(control: JobControl) -> None:
    control.resume()
    control.stop(Stop.DRAIN)

    with pytest.raises(Drained):
        control.check()


async def test_a_pause_is_waited_for_until_the_work_is_resumed(control: JobControl) -> None:
    control.pause()
    waiting = asyncio.create_task(control.until_resumed())
    await asyncio.sleep(0)
    assert not waiting.done()

    control.resume()
    await waiting
    assert control.requested is None
