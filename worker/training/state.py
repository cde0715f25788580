"""Where a training stands, in one file: enough to continue after a kill as if nothing had happened."""

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
class Journal:
    """The small part of the state: what was reached, measured and drawn; losses are held-out losses."""

    started_at: float  # UNIX seconds
    step: int = 0
    best_step: int = 0
    measured: dict[int, float] = field(default_factory=dict)  # step → loss; step 0 is the base model
    sampled: dict[int, list[str]] = field(default_factory=dict)  # step → file names; step 0 is the base model
    loss: float | None = None  # running mean of the training loss

    @property
    def best_loss(self) -> float | None:
        """Return the held-out loss of the kept weights, if there was an exam."""
        return self.measured.get(self.best_step) if self.best_step else None


def fingerprint(*parts: object) -> str:
    """Return what tells this training from any other: the hash of everything that decides its result."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def keep(folder: Path, journal: Journal, *, weights: Tensor, best: Tensor, optimizer: AdamW, belongs_to: str) -> None:
    """Write the state under a temporary name, then swap it in: a kill leaves the old or the new one, never half."""
    tensors = {"weights": weights.detach().cpu().clone(), "best": best.cpu()}
    moments = optimizer.state_dict()["state"].get(0, {})
    tensors |= {f"optimizer.{name}": value.cpu().clone() for name, value in moments.items()}
    content = save(tensors, {"journal": json.dumps(asdict(journal)), "belongs_to": belongs_to})
    partial = folder / f".{FILE}.partial"
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / FILE)


def restore(folder: Path, *, weights: Tensor, best: Tensor, optimizer: AdamW, belongs_to: str) -> Journal | None:
    """Fill weights, best weights and optimizer from the same training's state; return `None` if there is none."""
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
    return _journal(json.loads(about["journal"]))


def _journal(row: dict[str, object]) -> Journal:
    journal = Journal(**row)  # type: ignore[arg-type]  # written by `keep` from the same dataclass
    journal.measured = {int(step): loss for step, loss in journal.measured.items()}  # JSON keys are text
    journal.sampled = {int(step): names for step, names in journal.sampled.items()}
    return journal
