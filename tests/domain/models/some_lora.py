"""A LoRA for tests that need any: what came out of `some_task.TASK`."""

from domain.models.loras import Lora
from tests.domain.training.some_task import TASK

ROBO = Lora(
    id="b" * 32,
    guild_id=100,
    owner_id=7,
    task_id=TASK.id,
    name="Robo",
    version=2,
    checkpoint="atelier-tiny",
    backend="local",
    trigger_word="robozor",
    sha256="c" * 64,
    size=100,
    base_loss=0.5,
    held_out_loss=0.38,
    created_at=1_000.0,
)
