"""What becomes of a quote that a member confirms, or that a moderator decides about. Decisions only."""

from dataclasses import dataclass, replace

from domain.money.limits import SpendingLimits, needs_approval
from domain.orders.facts import FactKind, fact
from domain.orders.orders import move
from domain.orders.states import OrderStatus
from domain.training.errors import (
    AlreadyStarted,
    ApprovalPending,
    QuoteCancelled,
    QuoteOver,
    TooManyOpen,
    TrainingPriceUnknown,
)
from domain.training.settings import APPROVAL_SECONDS, RUNNING_TASKS_PER_MEMBER
from domain.training.tasks import Approval, TrainingTask


@dataclass(frozen=True, slots=True)
class OwnerStanding:
    """How many trainings a member has on their way, and what may be spent."""

    open_count: int
    caps: SpendingLimits


def confirmed(
    task: TrainingTask, standing: OwnerStanding, *, now: float, approved_by: int | None = None
) -> TrainingTask:
    """Return the task as its confirmation leaves it, which may be waiting for an approval or expired.

    Raises `TooManyOpen`, `TrainingPriceUnknown`.
    """
    order = task.order
    if order.status is not OrderStatus.QUOTED:
        return task
    if now >= task.quote_ends_at:
        return replace(task, order=move(order, OrderStatus.EXPIRED, now=now))
    if approved_by is None and task.approval is Approval.ASKED:
        return task  # pressed once more while it waits, which buys no more time
    if standing.open_count >= RUNNING_TASKS_PER_MEMBER:
        raise TooManyOpen(standing.open_count)
    if order.price.ceiling_micros is None:
        raise TrainingPriceUnknown
    if approved_by is None and needs_approval(order.price.ceiling_micros, standing.caps):
        asked = replace(order, times=replace(order.times, updated_at=now))
        return replace(task, order=asked, approval=Approval.ASKED, quote_ends_at=now + APPROVAL_SECONDS)
    begun = move(order, OrderStatus.SUBMITTING, now=now)
    started = replace(task, order=replace(begun, hand_over=replace(begun.hand_over, again_at=now)))
    return started if approved_by is None else replace(started, approval=Approval.GIVEN, approved_by=approved_by)


def declined(task: TrainingTask, *, by: int, now: float) -> TrainingTask:
    """Return the task as a moderator's refusal leaves it."""
    if task.order.status is not OrderStatus.QUOTED or task.approval is not Approval.ASKED:
        return task
    ended = move(task.order, OrderStatus.CANCELLED, now=now, reason=fact(FactKind.DECLINED))
    return replace(task, order=ended, approval=Approval.DECLINED, approved_by=by)


def check_quote(task: TrainingTask, *, now: float) -> None:
    """Raise `InvalidInput` when a quote can't be confirmed or changed any more."""
    match task.order.status:
        case OrderStatus.QUOTED if task.approval is Approval.ASKED and now < task.quote_ends_at:
            raise ApprovalPending
        case OrderStatus.QUOTED if now < task.quote_ends_at:
            return
        case OrderStatus.QUOTED | OrderStatus.EXPIRED:
            raise QuoteOver
        case OrderStatus.CANCELLED:
            raise QuoteCancelled
        case _:
            raise AlreadyStarted
