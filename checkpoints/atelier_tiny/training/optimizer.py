"""Orthogonal steps (Muon) for the weight matrices and AdamW for everything else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.optim import AdamW

# Coefficients of the quintic that drives singular values towards one: Keller Jordan, "Muon", 2024.
QUINTIC = (3.4445, -4.7750, 2.0315)
ROUNDS = 5


@torch.no_grad()
def orthogonal(matrix: Tensor) -> Tensor:
    """Return matrices (count, rows, columns) with their singular values brought near one."""
    tall = matrix.shape[-2] > matrix.shape[-1]
    x = matrix.mT if tall else matrix
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    a, b, c = QUINTIC
    for _ in range(ROUNDS):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    result: Tensor = x.mT if tall else x
    return result


class Muon(torch.optim.Optimizer):
    """Steps of even strength in all directions of a weight matrix.

    Convolutions count as matrices.
    """

    def __init__(
        self, weights: Iterable[Tensor], *, lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

        self._ahead: list[Tensor] = []

    @torch.no_grad()
    def prepare(self) -> None:
        """Compute the next step from the gradients.

        This is most of the work and does not depend on the rate.
        """
        self._ahead.clear()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight not in self.state:
                    self.state[weight]["momentum"] = torch.zeros_like(weight)
            gradients = [weight.grad for weight in group["params"]]
            momenta = [self.state[weight]["momentum"] for weight in group["params"]]
            torch._foreach_lerp_(momenta, gradients, 1 - group["momentum"])
            self._ahead += _even(torch._foreach_lerp(gradients, momenta, group["momentum"]))  # noqa: SLF001

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override] # a closure is never given here
        """Take the step that was prepared."""
        del closure
        start = 0
        for group in self.param_groups:
            weights = group["params"]
            torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
            torch._foreach_add_(weights, self._ahead[start : start + len(weights)], alpha=-group["lr"])
            start += len(weights)


def _even(steps: Sequence[Tensor]) -> list[Tensor]:
    """Return the steps with even strength in all directions.

    Those of one shape are computed together, which is as fast as one on a GPU.
    """
    alike: dict[torch.Size, list[int]] = defaultdict(list)
    for place, step in enumerate(steps):
        alike[step.flatten(1).shape].append(place)
    evened: dict[int, Tensor] = {}
    for shape, places in alike.items():
        scale = max(1, shape[0] / shape[1]) ** 0.5
        matrices = orthogonal(torch.stack([steps[place].flatten(1) for place in places])).contiguous() * scale
        evened |= {place: matrix.view_as(steps[place]) for place, matrix in zip(places, matrices, strict=True)}
    return [evened[place] for place in range(len(steps))]


def optimizers_for(
    model: nn.Module, *, matrix_rate: float, other_rate: float, weight_decay: float
) -> tuple[Muon, AdamW]:
    """Return Muon for inner matrices and convolutions, AdamW for first and last layers, tables and vectors."""
    matrices: list[Tensor] = []
    others: list[Tensor] = []
    for name, weight in model.named_parameters():
        outermost = any(part in name for part in ("conv_in", "conv_out", "embedding.weight", "quant_conv"))
        (others if weight.ndim < 2 or outermost else matrices).append(weight)
    return (
        Muon(matrices, lr=matrix_rate, weight_decay=weight_decay),
        AdamW(others, lr=other_rate, betas=(0.9, 0.99), weight_decay=0, fused=True),
    )


def scale_rates(optimizers: Iterable[torch.optim.Optimizer], share: float) -> None:
    """Set every learning rate to a share of what it was at first."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = share * group.setdefault("first_rate", group["lr"])
