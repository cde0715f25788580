"""What is due at which step of a training."""

import math

from worker.training.settings import FINAL_RATE, TrainerSettings
from worker.training.state import TrainingState


def learning_rate(step: int, settings: TrainerSettings) -> float:
    """Return the rate for the step after `step`, a straight rise and then a cosine down to `FINAL_RATE`."""
    rise = min(1.0, (step + 1) / max(1, settings.warmup))
    gone = min(1.0, step / settings.steps)
    fall = FINAL_RATE + (1 - FINAL_RATE) * (1 + math.cos(math.pi * gone)) / 2
    return settings.learning_rate * rise * fall


def validation_due(step: int, settings: TrainerSettings) -> bool:
    """Say whether the held-out loss is measured after `step`, as at the start, regularly and at the end."""
    return step % settings.validate_every == 0 or step == settings.steps


def sample_due(step: int, settings: TrainerSettings) -> bool:
    """Say whether samples are drawn after `step`, as of the base model and then evenly.

    Those of the kept weights come last.
    """
    return step in {round(settings.steps * n / (settings.samples + 1)) for n in range(settings.samples + 1)}


def has_peaked(state: TrainingState, settings: TrainerSettings) -> bool:
    """Say whether the last `patience` validations were all worse than the best one."""
    after = sum(step > state.best_step for step in state.validation)
    return state.best_step > 0 and after >= settings.patience
