"""The LoRA while it is trained, with one flat vector of weights and a lean forward pass."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from peft import LoraConfig
from peft.tuners.lora import Conv2d, Linear
from torch import Tensor, nn
from torch.nn import functional

ADAPTER = "learning"  # not "training": a torch module has an attribute of that name
# What more calls and passes over memory cost, in multiplications per input and output: measured on two CPU cores,
# where a step of the built-in checkpoint takes 0.24 s instead of 0.27.
OVERHEAD = 64
Layers = dict[str, tuple[Tensor, Tensor]]  # module name → (down, up): what a LoRA file holds


@dataclass(frozen=True, slots=True)
class TrainableLora:
    """A LoRA inside a UNet.

    Its layers are views into the one flat float32 parameter `weights`.

    A UNet of lower precision computes with a copy of them in that precision, and leaves its gradient there: steps as
    small as a learning rate would be lost in it.
    """

    weights: nn.Parameter
    layers: Layers
    copy: Tensor | None  # None in float32: there the UNet computes with `weights`
    gradient: Tensor | None  # of the copy

    def take_gradient(self) -> None:
        """Bring the gradient of a backward pass to `weights`."""
        if self.gradient is not None and self.weights.grad is not None:
            self.weights.grad.copy_(self.gradient)
            self.gradient.zero_()

    def sync_to_unet(self) -> None:
        """Let the UNet compute with `weights` as they are now."""
        if self.copy is not None:
            self.copy.copy_(self.weights.detach())


@contextmanager
def trainable_lora(unet: UNet2DConditionModel, *, rank: int, layers: str, seed: int) -> Iterator[TrainableLora]:
    """Give the UNet a LoRA of alpha = rank that changes nothing yet, and take it out at the end."""
    config = LoraConfig(r=rank, lora_alpha=rank, target_modules=layers, init_lora_weights="gaussian")
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            unet.add_adapter(config, ADAPTER)
        found = {name: module for name, module in unet.named_modules() if isinstance(module, Linear | Conv2d)}
        for module in found.values():
            module.forward = lean_forward(module)
        pairs = {n: (m.lora_A[ADAPTER].weight, m.lora_B[ADAPTER].weight) for n, m in found.items()}
        yield _flattened(pairs, unet.dtype)
    finally:
        unet.unload_lora()


def _flattened(pairs: Mapping[str, tuple[nn.Parameter, nn.Parameter]], precision: torch.dtype) -> TrainableLora:
    """Move the layers and their gradients into one vector.

    So there is one optimizer step, one norm and one copy for all.
    """
    parts = [part for pair in pairs.values() for part in pair]
    weights = nn.Parameter(torch.cat([part.detach().float().flatten() for part in parts]))
    weights.grad = torch.zeros_like(weights)
    copy = None if precision is torch.float32 else weights.detach().to(precision)
    gradient = None if copy is None else torch.zeros_like(copy)
    for part, values, slope in zip(
        parts,
        _cut(weights.data if copy is None else copy, parts),
        _cut(weights.grad if gradient is None else gradient, parts),
        strict=True,
    ):
        part.data, part.grad = values, slope
    views = iter(_cut(weights.detach(), parts))
    return TrainableLora(weights, {name: (next(views), next(views)) for name in pairs}, copy, gradient)


def _cut(flat: Tensor, parts: Sequence[Tensor]) -> Sequence[Tensor]:
    """Return views into a vector, of the shapes of the parts in it."""
    views = flat.split([part.numel() for part in parts])
    return [view.view(part.shape) for view, part in zip(views, parts, strict=True)]


def lean_forward(module: Any) -> Callable[[Tensor], Tensor]:  # noqa: ANN401 - peft ships no types
    """Return the forward pass of a peft layer without its per-call checks, in the cheaper of two equal forms.

    Merged, (W + BA)x, costs one full-size weight gradient; low-rank, Wx + B(Ax), costs three small products and more
    passes over memory. On a small UNet the first is cheaper, on a big one the second. Below float32 only the second
    is equal: what BA adds would be rounded away next to W.
    """
    down, up, base = module.lora_A[ADAPTER].weight, module.lora_B[ADAPTER].weight, module.base_layer
    merges = base.weight.dtype is torch.float32 and _merging_pays(down, up)
    if isinstance(module, Linear):
        return _merged_linear(base, down, up) if merges else _low_rank_linear(base, down, up)
    return _merged_conv(base, down, up) if merges else _low_rank_conv(base, down, up)


def _merging_pays(down: Tensor, up: Tensor) -> bool:
    """Say whether the gradient of W costs less than forward and backward through A and B.

    It compares multiplications per position.
    """
    inputs, outputs, rank = down[0].numel(), up.shape[0], down.shape[0]
    return inputs * outputs < (3 * rank + OVERHEAD) * (inputs + outputs)


def _merged_linear(base: nn.Linear, down: Tensor, up: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda x: functional.linear(x, torch.addmm(base.weight, up, down), base.bias)


def _low_rank_linear(base: nn.Linear, down: Tensor, up: Tensor) -> Callable[[Tensor], Tensor]:
    def forward(x: Tensor) -> Tensor:
        return functional.linear(x, base.weight, base.bias) + functional.linear(functional.linear(x, down), up)

    return forward


def _merged_conv(base: nn.Conv2d, down: Tensor, up: Tensor) -> Callable[[Tensor], Tensor]:
    def forward(x: Tensor) -> Tensor:
        weight = base.weight + (up.flatten(1) @ down.flatten(1)).view_as(base.weight)
        return functional.conv2d(x, weight, base.bias, base.stride, base.padding)

    return forward


def _low_rank_conv(base: nn.Conv2d, down: Tensor, up: Tensor) -> Callable[[Tensor], Tensor]:
    def forward(x: Tensor) -> Tensor:
        inner = functional.conv2d(x, down, None, base.stride, base.padding)
        return functional.conv2d(x, base.weight, base.bias, base.stride, base.padding) + functional.conv2d(inner, up)

    return forward
