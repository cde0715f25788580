"""Batches: chance is a function of seed and step, and no picture is forgotten."""

import pytest
import torch

from worker.training.samples import StepSample, batches_per_epoch, order, step_sample

LATENT = torch.Size([4, 8, 8])


def at(step: int, *, seed: int = 1, dropout: float = 0.5) -> StepSample:
    return step_sample(
        step, sizes=[5, 2], latents=[LATENT, LATENT], augmentations=4, batch=3, caption_dropout=dropout, seed=seed
    )


@pytest.mark.parametrize(("sizes", "batch", "expected"), [([10], 8, 2), ([8], 8, 1), ([1], 8, 1), ([5, 2], 3, 3)])
def test_an_epoch_is_as_short_as_it_can_be(sizes: list[int], batch: int, expected: int) -> None:
    assert batches_per_epoch(sizes, batch) == expected
    assert len(order(sizes, batch=batch, seed=1, epoch=0)) == expected


@pytest.mark.parametrize("epoch", [0, 1, 7])
def test_every_picture_is_seen_in_every_epoch_and_every_batch_is_full(epoch: int) -> None:
    batches = order([5, 2], batch=3, seed=4, epoch=epoch)

    assert {(bucket, row) for bucket, rows in batches for row in rows} == {
        (0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (1, 0), (1, 1),
    }  # fmt: skip
    assert [len(rows) for _, rows in batches] == [3, 3, 3]


def test_a_step_draws_the_same_whenever_it_is_asked() -> None:
    first = at(17)
    at(18)
    again = at(17)

    assert torch.equal(first.noise, again.noise)
    assert torch.equal(first.latent_noise, again.latent_noise)
    assert first.rows.tolist() == again.rows.tolist()


@pytest.mark.parametrize("other", [at(18), at(17, seed=2)])
def test_another_step_or_seed_draws_something_else(other: StepSample) -> None:
    assert not torch.equal(at(17).uniform, other.uniform)


def test_captions_are_dropped_about_as_often_as_asked() -> None:
    share = sum(int(at(step, dropout=0.25).dropped.sum()) for step in range(1, 201)) / 600

    assert 0.2 < share < 0.3
    assert not any(at(step, dropout=0.0).dropped.any() for step in range(1, 21))
