"""Training steps recorded as one graph of a GPU.

The thousand kernels of a small network take longer to launch than to run.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

WARM_UPS = 3  # steps before the recording, in which libraries choose how they compute


def recorded(step: Callable[[], Tensor], device: str) -> Callable[[], Tensor]:
    """Return what does the same step again, on a GPU as one recorded graph.

    The step must read the same tensors every time, drop old gradients first, and leave new ones and its result; its
    gradients and its result are then the same tensors every time, too.
    """
    if torch.device(device).type != "cuda":
        return step
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(WARM_UPS):
            step()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = step()

    def replayed() -> Tensor:
        graph.replay()
        return result

    return replayed
