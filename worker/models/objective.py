"""What a checkpoint learned to predict."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor

SNR_LIMIT = 5.0  # min-SNR gamma: keeps nearly clean latents from ruling the loss (Hang et al. 2023)
EDGE = 1e-4  # keeps uniform numbers away from 0 and 1, where the logit-normal is infinite
FLOW_TIMESTEPS = 1000.0  # a flow model's timestep is its noise level times this


class Prediction(StrEnum):
    """The closed set of what a UNet predicts, named as in `scheduler_config.json`."""

    EPSILON = "epsilon"
    VELOCITY = "v_prediction"
    FLOW = "flow_prediction"


@dataclass(frozen=True, slots=True)
class Objective:
    """How clean latents become a noisy input, a target and a weight.

    `signal` is ᾱ of each timestep.
    """

    prediction: Prediction
    signal: Tensor

    def timesteps(self, uniform: Tensor) -> Tensor:
        """Turn uniform numbers in (0, 1) into timesteps.

        They are logit-normal for flow and uniform for the others.
        """
        if self.prediction is Prediction.FLOW:
            return torch.sigmoid(torch.special.ndtri(uniform.clamp(EDGE, 1 - EDGE))) * FLOW_TIMESTEPS
        return (uniform * len(self.signal)).long().clamp(max=len(self.signal) - 1)

    def noisy(self, clean: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """Mix latents [n, c, h, w] with noise at timesteps [n]."""
        keep, add = self._shares(timesteps)
        return keep * clean + add * noise

    def target(self, clean: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """Return what the UNet should answer, of the latents' shape."""
        match self.prediction:
            case Prediction.EPSILON:
                return noise
            case Prediction.FLOW:
                return noise - clean
            case Prediction.VELOCITY:
                keep, add = self._shares(timesteps)
                return keep * noise - add * clean

    def loss(self, answer: Tensor, target: Tensor, timesteps: Tensor) -> Tensor:
        """Return the mean squared error over the batch, weighted by min-SNR where the objective asks for it."""
        each = (answer - target).square().flatten(1).mean(1)
        return (each * self._weights(timesteps)).mean()

    def _shares(self, timesteps: Tensor) -> tuple[Tensor, Tensor]:
        """Return how much of the latents and of the noise a noisy latent holds, each [n, 1, 1, 1]."""
        if self.prediction is Prediction.FLOW:
            level = (timesteps / FLOW_TIMESTEPS).view(-1, 1, 1, 1)
            return 1 - level, level
        signal = self.signal[timesteps].view(-1, 1, 1, 1)
        return signal.sqrt(), (1 - signal).sqrt()

    def _weights(self, timesteps: Tensor) -> Tensor:
        if self.prediction is Prediction.FLOW:
            return torch.ones_like(timesteps)
        ratio = self.signal[timesteps] / (1 - self.signal[timesteps])
        most = ratio.clamp(max=SNR_LIMIT)
        return most / ratio if self.prediction is Prediction.EPSILON else most / (ratio + 1)


def objective_of(scheduler: Any, device: torch.device) -> Objective:  # noqa: ANN401 - diffusers ships no types
    """Read a diffusers scheduler's objective.

    Raises `ValueError` for one that no family here uses.
    """
    return Objective(Prediction(scheduler.config.prediction_type), scheduler.alphas_cumprod.to(device))
