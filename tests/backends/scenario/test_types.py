"""The types of LoRA that Scenario trains."""

import pytest

from backends.scenario.types import epochs_and_repeats, parameters
from domain.training.settings import TrainingSettings


@pytest.mark.parametrize(
    ("steps", "images", "epochs", "repeats"),
    [
        (2_400, 12, 10, 20),  # Scenario's own defaults
        (1_000, 5, 10, 20),
        (1_000, 10, 10, 10),
        (10, 50, 1, 1),  # every picture is seen once
        (35, 5, 7, 1),
        (4_000, 1, 38, 100),
        (250, 10, 8, 3),  # 240 steps: close enough, and near ten epochs
        (155, 5, 10, 3),
    ],
)
def test_steps_become_epochs_and_repeats(steps: int, images: int, epochs: int, repeats: int) -> None:
    assert epochs_and_repeats(steps, images=images) == (epochs, repeats)


def test_each_trainer_gets_its_own_parameters() -> None:
    settings = TrainingSettings(steps=600, learning_rate=1e-4, rank=16, resolution=1_024, seed=7)

    assert parameters("flux.2-dev", settings, images=6) == {
        "learningRate": 1e-4,
        "rank": 16,
        "seed": 7,
        "batchSize": 1,
        "nbEpochs": 10,
        "nbRepeats": 10,
    }
    assert parameters("flux.1", settings, images=6) == {
        "learningRate": 1e-4,
        "rank": 16,
        "seed": 7,
        "maxTrainSteps": 600,
    }
