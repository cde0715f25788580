"""The LoRA while it is trained."""

import pytest
import torch

from worker.lora import layers as lora_layers
from worker.lora.layers import ADAPTER, trainable_lora
from worker.models.unet import UnetModel


@pytest.mark.parametrize("rank", [2, 64])
def test_the_lean_forward_pass_is_pefts_own(
    flow_model: UnetModel, rank: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rank 64 takes the merged form in every layer, rank 2 the low-rank form in most."""
    monkeypatch.setattr(lora_layers, "OVERHEAD", 0)
    torch.manual_seed(0)
    noisy, timesteps = torch.randn(2, 4, 16, 16), torch.tensor([100.0, 700.0])
    embeddings = flow_model.encode_captions(["a dot", "zorbo"])
    with trainable_lora(flow_model.unet, rank=rank, layers=flow_model.family.layers, seed=1) as lora:
        torch.nn.init.normal_(lora.weights, std=0.05)

        def answer() -> tuple[torch.Tensor, torch.Tensor]:
            assert lora.weights.grad is not None
            lora.weights.grad.zero_()
            out = flow_model.predict(noisy, timesteps, embeddings)
            out.square().sum().backward()
            return out.detach(), lora.weights.grad.clone()

        lean_answer, lean_gradient = answer()
        for module in flow_model.unet.modules():
            if ADAPTER in getattr(module, "lora_A", {}):
                del module.forward  # the instance's lean one; the class's own comes back
        full_answer, full_gradient = answer()

    torch.testing.assert_close(lean_answer, full_answer, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(lean_gradient, full_gradient, rtol=1e-3, atol=1e-3 * float(full_gradient.abs().max()))
