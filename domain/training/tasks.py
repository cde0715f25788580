"""What a member wants trained, and the approval that an expensive training needs."""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.datasets.dataset import Kind
from domain.orders.orders import HandOver, Order
from domain.orders.states import OrderStatus
from domain.remote_names import training_name
from domain.training.settings import Preset, TrainingSettings


class Approval(StrEnum):
    """Whether an expensive quote has a moderator's approval."""

    NONE = "none"  # it needs none, or was not confirmed yet
    ASKED = "asked"
    GIVEN = "given"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """One training that a member ordered. Times are UNIX seconds."""

    order: Order
    dataset_id: str
    dataset_name: str
    kind: Kind
    version_id: str
    trigger_word: str
    model_name: str
    checkpoint: str
    preset: Preset
    settings: TrainingSettings
    quote_ends_at: float
    retry_of: str | None = None  # the task that this one repeats
    approval: Approval = Approval.NONE
    approved_by: int | None = None  # the moderator who gave or declined it

    @property
    def id(self) -> str:
        """Return the id of its order."""
        return self.order.id

    @property
    def remote_name(self) -> str:
        """Return the idempotency name under which a backend knows this task."""
        return training_name(self.id)


def shows_on_a_card(old: Order, new: Order) -> bool:
    """Whether a member could see the difference. A quote has no card yet, and a sign of life alone shows nothing."""
    if old.status is OrderStatus.QUOTED and new.status is not OrderStatus.SUBMITTING:
        return False
    return _seen(old) != _seen(new)


def _seen(order: Order) -> Order:
    hand_over = order.hand_over
    return replace(
        order,
        hand_over=HandOver(
            remote_id=hand_over.remote_id,
            again_at=hand_over.again_at if hand_over.attempts else None,
            attempts=hand_over.attempts,
            is_stop_asked=hand_over.is_stop_asked,
        ),
        progress=replace(order.progress, sign_of_life=None),
        times=replace(order.times, updated_at=0.0),
    )
