"""The autoencoder's pictures and loss."""

import torch

from checkpoints.atelier_tiny.training.autoencoder import picture_loss, recoloured


def test_a_share_of_0_recolours_nothing_and_a_share_of_1_something() -> None:
    pictures = torch.rand(8, 3, 4, 4, generator=torch.Generator().manual_seed(1)) * 2 - 1

    assert torch.equal(recoloured(pictures.clone(), 0.0, torch.Generator().manual_seed(2)), pictures)
    assert not torch.equal(recoloured(pictures.clone(), 1.0, torch.Generator().manual_seed(2)), pictures)


def test_a_perfect_picture_has_no_loss_and_a_blurred_edge_has_one() -> None:
    picture = torch.zeros(1, 3, 8, 8)
    picture[..., 4:] = 1

    assert picture_loss(picture, picture, 0.5) == 0
    assert picture_loss(torch.full_like(picture, 0.5), picture, 0.5) > 0
