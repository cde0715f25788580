"""LoRAs, the models that members trained."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lora:
    """A trained LoRA.

    `name` and `version` together name it for its owner. Times are UNIX seconds.
    """

    id: str
    guild_id: int
    owner_id: int
    task_id: str
    name: str
    version: int
    checkpoint: str
    backend: str
    trigger_word: str
    sha256: str | None  # of the stored file; None where the weights stay at the backend
    size: int
    base_loss: float | None
    held_out_loss: float | None
    created_at: float
    preview_sha256: str | None = None
    deleted_at: float | None = None
    reference: str = ""  # what its backend calls it when it draws with it

    @property
    def title(self) -> str:
        """Return the name that members see and pick."""
        return f"{self.name} v{self.version}"


def gain_percent(lora: Lora) -> int | None:
    """Return by how many percent the held-out loss fell against the base model, if that was measured."""
    if not lora.base_loss or lora.held_out_loss is None:
        return None
    return round(100 * (1 - lora.held_out_loss / lora.base_loss))
