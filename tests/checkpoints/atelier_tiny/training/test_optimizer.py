"""The optimizer of the weight matrices."""

import torch

from checkpoints.atelier_tiny.training.optimizer import orthogonal


def test_orthogonal_steps_are_as_strong_in_every_direction() -> None:
    matrices = torch.randn(2, 6, 20, generator=torch.Generator().manual_seed(0))
    strengths = torch.linalg.svdvals(orthogonal(matrices))

    assert strengths.min() > 0.6
    assert strengths.max() < 1.3
