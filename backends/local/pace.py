"""How fast this machine trains and draws, learnt from the jobs that it finished."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.queue.messages import DrawResult, TrainResult
from domain.training.settings import CheckpointInfo

HISTORY = 20  # finished jobs from which durations are guessed
# Until there is a history: seconds per optimizer step on two CPU cores, and around the steps (loading, samples).
FIRST_GUESS: dict[str, tuple[float, float]] = {"tiny": (0.3, 15.0)}
DRAWING_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast this machine has been, seconds per step of each checkpoint, and per picture drawn."""

    per_step: Mapping[str, float]
    per_picture: float

    def of_training(self, checkpoint: CheckpointInfo | None, steps: float) -> float | None:
        """Return the seconds that a training of so many steps takes, None when nothing is known."""
        if checkpoint is None:
            return None
        if checkpoint.name in self.per_step:
            return self.per_step[checkpoint.name] * steps
        guess = FIRST_GUESS.get(checkpoint.family)
        return None if guess is None else guess[0] * steps + guess[1]


def pace_of(trained: Sequence[TrainResult], drawn: Sequence[DrawResult]) -> Pace:
    """Return the pace that these finished jobs show."""
    trainings: dict[str, list[float]] = {}
    for training in trained:
        trainings.setdefault(training.checkpoint, []).append(training.seconds / max(1, training.steps))
    drawings = [drawing.seconds / max(1, len(drawing.pictures)) for drawing in drawn]
    return Pace(
        {checkpoint: statistics.median(seconds) for checkpoint, seconds in trainings.items()},
        statistics.median(drawings) if drawings else DRAWING_SECONDS,
    )


def total(parts: Sequence[float | None]) -> float | None:
    """Return the sum, None when a part is not known."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
