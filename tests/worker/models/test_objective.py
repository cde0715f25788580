"""What a UNet is asked to predict, as small sums done by hand."""

import pytest
import torch

from worker.models.objective import Objective, Prediction

# ᾱ of three timesteps: signal-to-noise ratios 9, 1 and 1/9.
SIGNAL = torch.tensor([0.9, 0.5, 0.1])
CLEAN, NOISE = torch.full((1, 1, 1, 1), 2.0), torch.full((1, 1, 1, 1), -1.0)


@pytest.mark.parametrize(
    ("prediction", "timestep", "noisy", "target"),
    [
        (Prediction.FLOW, 250.0, 1.25, -3.0),
        (Prediction.FLOW, 1000.0, -1.0, -3.0),
        (Prediction.EPSILON, 1, 0.7071, -1.0),
        (Prediction.VELOCITY, 1, 0.7071, -2.1213),
    ],
)
def test_noisy_latents_and_targets(prediction: Prediction, timestep: float, noisy: float, target: float) -> None:
    objective = Objective(prediction, SIGNAL)
    when = torch.tensor([timestep]) if prediction is Prediction.FLOW else torch.tensor([int(timestep)])

    assert float(objective.noisy(CLEAN, NOISE, when)) == pytest.approx(noisy, abs=1e-4)
    assert float(objective.target(CLEAN, NOISE, when)) == pytest.approx(target, abs=1e-4)


@pytest.mark.parametrize(
    ("prediction", "timestep", "expected"),
    [
        (Prediction.EPSILON, 0, 5 / 9),  # capped at 5 of a ratio of 9
        (Prediction.EPSILON, 1, 1.0),
        (Prediction.EPSILON, 2, 1.0),
        (Prediction.VELOCITY, 0, 0.5),
        (Prediction.VELOCITY, 1, 0.5),
        (Prediction.FLOW, 0, 1.0),
    ],
)
def test_min_snr_weighs_nearly_clean_latents_less(prediction: Prediction, timestep: int, expected: float) -> None:
    loss = Objective(prediction, SIGNAL).loss(CLEAN, CLEAN + 1, torch.tensor([timestep]))

    assert float(loss) == pytest.approx(expected, rel=1e-4)


def test_flow_timesteps_gather_in_the_middle_and_stay_finite() -> None:
    times = Objective(Prediction.FLOW, SIGNAL).timesteps(torch.tensor([0.0, 0.158655, 0.5, 0.841345, 1.0]))

    assert times.tolist() == pytest.approx([23.7, 268.9, 500.0, 731.1, 976.3], abs=0.2)


def test_diffusion_timesteps_are_uniform_and_within_range() -> None:
    times = Objective(Prediction.EPSILON, SIGNAL).timesteps(torch.tensor([0.0, 0.34, 0.67, 0.9999, 1.0]))

    assert times.tolist() == [0, 1, 2, 2, 2]
