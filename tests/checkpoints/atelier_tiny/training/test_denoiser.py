"""The denoiser's noise levels and learning rates."""

import torch

from checkpoints.atelier_tiny.training.denoiser import noise_shares, rate_share
from checkpoints.atelier_tiny.training.recipe import Recipe


def test_noise_shares_lie_between_0_and_1_and_more_of_them_above_one_half() -> None:
    shares = noise_shares(1_000, 1.2, torch.Generator().manual_seed(1))

    assert shares.min() >= 0
    assert shares.max() <= 1
    assert (shares > 0.5).float().mean() > 0.55


def test_the_learning_rates_rise_stay_and_fall_to_a_hundredth() -> None:
    recipe = Recipe()

    assert rate_share(recipe, 0, 0.0) < 0.1
    assert rate_share(recipe, recipe.warm_up, 0.1) == 1
    assert rate_share(recipe, 10_000, 1.0) == 0.01
