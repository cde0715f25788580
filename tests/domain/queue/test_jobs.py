"""The states of a job."""

from domain.queue.jobs import JobState


def test_a_job_moves_while_it_waits_or_runs_and_never_again_after() -> None:
    assert {state for state in JobState if not state.is_final} == {JobState.QUEUED, JobState.RUNNING}
