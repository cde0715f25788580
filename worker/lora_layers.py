"""The LoRA while it is trained: put into the UNet by peft, one flat vector of weights, a lean forward pass."""

from collections.abc import Callable, Iterator
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
Layers = dict[str, tuple[Tensor, Tensor]]  # module name → (down, up): what a LoRA file holds


@dataclass(frozen=True, slots=True)
class TrainableLora:
    """A LoRA inside a UNet: its layers by name, all of them views into the one flat parameter `weights`."""

    weights: nn.Parameter
    layers: Layers


@contextmanager
def trainable_lora(unet: UNet2DConditionModel, *, rank: int, layers: str, seed: int) -> Iterator[TrainableLora]:
    """Give the UNet a LoRA of alpha = rank that changes nothing yet; take it out again at the end."""
    config = LoraConfig(r=rank, lora_alpha=rank, target_modules=layers, init_lora_weights="gaussian")
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            unet.add_adapter(config, ADAPTER)
        found = {name: module for name, module in unet.named_modules() if isinstance(module, Linear | Conv2d)}
        for module in found.values():
            module.forward = lean_forward(module)
        pairs = {n: (m.lora_A[ADAPTER].weight, m.lora_B[ADAPTER].weight) for n, m in found.items()}
        yield TrainableLora(_flatten([weight for pair in pairs.values() for weight in pair]), pairs)
    finally:
        unet.unload_lora()


def _flatten(parts: list[nn.Parameter]) -> nn.Parameter:
    """Move the parts and their gradients into one vector: one optimizer step, one norm, one copy for all."""
    flat = nn.Parameter(torch.cat([part.detach().flatten() for part in parts]))
    flat.grad = torch.zeros_like(flat)
    start = 0
    for part in parts:
        end = start + part.numel()
        part.data = flat.data[start:end].view_as(part)
        part.grad = flat.grad[start:end].view_as(part)
        start = end
    return flat


def lean_forward(module: Any) -> Callable[[Tensor], Tensor]:  # noqa: ANN401 - peft ships no types
    """Return the forward pass of a peft layer without its per-call checks, in the cheaper of two equal forms.

    Merged, (W + BA)x, costs one full-size weight gradient; low-rank, Wx + B(Ax), costs three small products and more
    passes over memory. On a small UNet the first is cheaper, on a big one the second.
    """
    down, up, base = module.lora_A[ADAPTER].weight, module.lora_B[ADAPTER].weight, module.base_layer
    if isinstance(module, Linear):
        return _merged_linear(base, down, up) if _merging_pays(down, up) else _low_rank_linear(base, down, up)
    return _merged_conv(base, down, up) if _merging_pays(down, up) else _low_rank_conv(base, down, up)


def _merging_pays(down: Tensor, up: Tensor) -> bool:
    """Compare multiplications per position: the gradient of W against forward and backward through A and B."""
    inputs, outputs, rank = down[0].numel(), up.shape[0], down.shape[0]
    return inputs * outputs < 3 * rank * (inputs + outputs)


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
