"""A training task for tests that need any."""

from domain.datasets.dataset import Kind
from domain.orders.orders import Order, OrderPrice, Times
from domain.orders.states import OrderStatus
from domain.training.settings import Preset, TrainingSettings
from domain.training.tasks import TrainingTask

TASK = TrainingTask(
    order=Order(
        id="a" * 32,
        guild_id=100,
        channel_id=1000,
        owner_id=7,
        backend="local",
        status=OrderStatus.QUEUED,
        price=OrderPrice(is_free=True, quoted_micros=0, ceiling_micros=0),
        times=Times(1_000.0, 1_000.0),
    ),
    dataset_id="d" * 32,
    dataset_name="Robo",
    kind=Kind.CHARACTER,
    version_id="e" * 32,
    trigger_word="robozor",
    model_name="Robo",
    checkpoint="atelier-tiny",
    preset=Preset.FAST,
    settings=TrainingSettings(steps=60, learning_rate=1e-3, rank=16, resolution=64, seed=5),
    quote_ends_at=1_600.0,
)
ORDER = TASK.order
