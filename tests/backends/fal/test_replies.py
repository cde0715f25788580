"""How fal's replies are read."""

import pytest

from backends.fal.replies import Drawn, File, LogLine, Status, progress_of, seen, steps_done
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState


@pytest.mark.parametrize(
    ("messages", "done"),
    [
        ([], 0),
        ([" 42%|████▏     | 420/1000 [01:10<01:37,  5.9it/s]"], 420),
        (["\r 1%|  | 10/1000 [00:01<\r 2%|  | 20/1000 [00:03<"], 20),
        ([" 10%| | 100/1000 [00:10<", "Captioning", " 60%| | 3/5 [00:02<"], 100),  # a bar of another kind
        ([" 60%| | 3/5 [00:02<"], 0),
        (["5000/1000 [", ""], 1_000),
        (["1000/10000 [00:10<"], 0),
        (["step 420 of 1000"], 0),
    ],
)
def test_the_last_bar_whose_total_is_the_steps_counts(messages: list[str], done: int) -> None:
    assert steps_done(messages, 1_000) == done


@pytest.mark.parametrize(
    ("said", "progress"),
    [
        (Status(status="IN_QUEUE", queue_position=3), Progress(RemoteState.QUEUED, of=1_000, position=3)),
        (Status(status="IN_QUEUE", queue_position=-1), Progress(RemoteState.QUEUED, of=1_000, position=0)),
        (Status(status="IN_QUEUE"), Progress(RemoteState.QUEUED, of=1_000)),
        (
            Status(status="IN_PROGRESS", logs=[LogLine(message="420/1000 [")]),
            Progress(RemoteState.RUNNING, step=420, of=1_000),
        ),
        (
            Status(status="IN_PROGRESS", logs=[LogLine(message=None)]),
            Progress(RemoteState.RUNNING, of=1_000, message=fact(FactKind.PREPARING_PICTURES, backend="fal")),
        ),
        (
            Status(status="REHEATING"),
            Progress(RemoteState.RUNNING, of=1_000, message=fact(FactKind.PREPARING_PICTURES, backend="fal")),
        ),
    ],
)
def test_each_status_has_its_progress(said: Status, progress: Progress) -> None:
    assert progress_of(said, 1_000) == progress


@pytest.mark.parametrize(
    ("flags", "visible"),
    [(None, ["a", "b"]), ([], ["a", "b"]), ([True], ["b"]), ([False, True], ["a"]), ([True, True, True], [])],
)
def test_pictures_without_a_flag_are_seen(flags: list[bool] | None, visible: list[str]) -> None:
    result = Drawn(images=[File(url="a"), File(url="b")], has_nsfw_concepts=flags)

    assert seen(result) == (visible, 2 - len(visible))
