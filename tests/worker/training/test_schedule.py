"""What is due at which step."""

import pytest

from worker.training.schedule import has_peaked, learning_rate, sample_due, validation_due
from worker.training.settings import TrainerSettings
from worker.training.state import TrainingState


def test_the_learning_rate_rises_then_falls() -> None:
    settings = TrainerSettings(steps=100, learning_rate=1.0, warmup=10)

    assert learning_rate(0, settings) == pytest.approx(0.1)
    assert learning_rate(9, settings) > 0.9
    assert learning_rate(50, settings) == pytest.approx(0.55)
    assert learning_rate(100, settings) == pytest.approx(0.1)


def test_validations_and_samples_are_due_at_the_right_steps() -> None:
    settings = TrainerSettings(steps=25, validate_every=10, samples=3)

    assert [step for step in range(26) if validation_due(step, settings)] == [0, 10, 20, 25]
    assert [step for step in range(26) if sample_due(step, settings)] == [0, 6, 12, 19]


def test_a_training_has_peaked_after_so_many_validations_without_a_better_loss() -> None:
    settings = TrainerSettings(patience=2)
    state = TrainingState(started_at=0.0, best_step=10, validation={0: 1.0, 10: 0.5, 20: 0.6})
    assert not has_peaked(state, settings)

    state.validation[30] = 0.7
    assert has_peaked(state, settings)
