"""The state of a training in one file, from which it continues after a kill to the same result."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor
from torch.optim import AdamW

FILE = "state.safetensors"


@dataclass(slots=True)
class TrainingState:
    """Where a training stands, apart from its tensors."""

    started_at: float  # UNIX seconds
    step: int = 0
    best_step: int = 0
    validation: dict[int, float] = field(default_factory=dict)  # step → held-out loss, step 0 is the base model's
    samples: dict[int, list[str]] = field(default_factory=dict)  # step → file names, step 0 is the base model's
    loss: float | None = None  # running mean of the training loss

    @property
    def best_loss(self) -> float | None:
        """Return the held-out loss of the kept weights, if there was a validation."""
        return self.validation.get(self.best_step) if self.best_step else None


def fingerprint(*parts: object) -> str:
    """Return the hash of everything that decides a training's result."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def write(
    folder: Path, state: TrainingState, *, weights: Tensor, best: Tensor, optimizer: AdamW, belongs_to: str
) -> None:
    """Write the state under a temporary name and then replace the old one.

    A kill leaves the old file or the new one.
    """
    tensors = {"weights": weights.detach().cpu().clone(), "best": best.cpu()}
    moments = optimizer.state_dict()["state"].get(0, {})
    tensors |= {f"optimizer.{name}": value.cpu().clone() for name, value in moments.items()}
    content = save(tensors, {"state": json.dumps(asdict(state)), "belongs_to": belongs_to})
    partial = folder / f".{FILE}.partial"
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / FILE)


def restore(
    folder: Path, *, weights: Tensor, best: Tensor, optimizer: AdamW, belongs_to: str
) -> TrainingState | None:
    """Fill weights, best weights and optimizer from the state of the same training.

    Returns None if there is none.
    """
    try:
        with safe_open(folder / FILE, framework="pt") as file:
            about = file.metadata() or {}
            if about.get("belongs_to") != belongs_to:
                return None
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (FileNotFoundError, SafetensorError):
        return None
    with torch.no_grad():
        weights.copy_(tensors["weights"])
        best.copy_(tensors["best"])
    moments = {name.removeprefix("optimizer."): t for name, t in tensors.items() if name.startswith("optimizer.")}
    if moments:
        optimizer.load_state_dict({**optimizer.state_dict(), "state": {0: moments}})
    return _state(json.loads(about["state"]))


def _state(row: dict[str, object]) -> TrainingState:
    state = TrainingState(**row)  # type: ignore[arg-type]  # written by `write` from the same dataclass
    state.validation = {int(step): loss for step, loss in state.validation.items()}  # JSON keys are text
    state.samples = {int(step): names for step, names in state.samples.items()}
    return state
