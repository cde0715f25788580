"""What to do with an order whose hand-over to a backend has no clear answer. Decisions only."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum

from domain.errors import BackendError, BackendRejected, BackendReplyInvalid, BackendUnavailable
from domain.money.charges import PERHAPS
from domain.orders.facts import Fact, FactKind, because, fact
from domain.orders.orders import Order, move
from domain.orders.states import OrderStatus

AGAIN = (5.0, 30.0, 120.0)  # seconds between calls that did not arrive. After the last one the order has failed
MOST_LOST = 5  # answers of a paid backend that were lost without finding its work. Then its owner decides
CLEAN_MISSES = 3  # look-ups that found nothing, before a lost hand-over is believed to have never arrived


class CannotSend(BackendRejected):
    """What is to be handed over is gone or damaged on this bot's own disk. Nothing was ordered."""

    def __init__(self, backend: str, detail: str, *, why: FactKind) -> None:
        super().__init__(backend, detail, reason=fact(why))


class HandOverReply(StrEnum):
    """What a failed hand-over means."""

    NOT_STARTED = "not started"  # it was not accepted, and nothing is paid
    REFUSED = "refused"
    UNCLEAR = "unclear"  # it may have been accepted, so it is looked up and not repeated on a guess


class Recovery(StrEnum):
    """How a hand-over whose answer was lost can be made certain."""

    FIND = "find"  # the backend says whether it holds an order of that name
    REPEAT = "repeat"  # the same name twice is one order, so it is handed over again
    NONE = "none"


class Step(StrEnum):
    """What to do next with an order that may or may not have reached its backend."""

    LOOK_UP = "look up"
    WAIT = "wait"  # and look it up again later
    HAND_OVER = "hand over"  # again, under the same name
    CANCEL = "cancel"  # its owner stopped it, and it never arrived
    GIVE_UP = "give up"  # nothing can be found out


def reply_of(error: Exception) -> HandOverReply:
    """Say what an error of the hand-over means. What is not known to be harmless is unclear.

    A broken reply is one to a call that is free. For the paid one it is `BackendAmbiguous` (`backends/base.py`).
    """
    if isinstance(error, BackendUnavailable | BackendReplyInvalid):
        return HandOverReply.NOT_STARTED
    return HandOverReply.REFUSED if isinstance(error, BackendRejected) else HandOverReply.UNCLEAR


def again_after(attempts: int, *, asked: float | None, pauses: Sequence[float] = AGAIN) -> float | None:
    """Return the seconds until the next call after so many that did not arrive, None when there is no next one.

    `asked` is the pause that the backend asked for.
    """
    return max(pauses[attempts - 1], asked or 0.0) if attempts <= len(pauses) else None


def first_step(order: Order, *, recovery: Recovery, now: float, is_free: bool) -> Step:
    """Say what to do with an order that its backend does not hold, as far as this bot knows."""
    again_at = order.hand_over.again_at
    if order.status is not OrderStatus.SUBMITTING:
        return Step.WAIT
    if again_at is not None:
        return Step.WAIT if now < again_at else Step.HAND_OVER
    match recovery:
        case Recovery.FIND:
            return Step.LOOK_UP
        case Recovery.REPEAT if order.hand_over.is_stop_asked:
            return Step.CANCEL
        case Recovery.REPEAT:
            return _repeat(order, is_free=is_free)
        case Recovery.NONE:
            return Step.GIVE_UP


def after_miss(order: Order, *, now: float, grace_seconds: float, is_free: bool) -> Step:
    """Say what to do after one more clean look-up found nothing. `misses` counts it already.

    The order was updated at the first such look-up, before which the last call had ended, and `grace_seconds` is how
    late it may still show up.
    """
    if order.hand_over.misses < CLEAN_MISSES or now - order.times.updated_at < grace_seconds:
        return Step.WAIT
    return Step.CANCEL if order.hand_over.is_stop_asked else _repeat(order, is_free=is_free)


def look_up_pause(grace_seconds: float) -> float:
    """Return the seconds between two look-ups, such that the needed ones span the grace time."""
    return max(0.5, grace_seconds / CLEAN_MISSES)


def intended(order: Order, *, now: float) -> Order:
    """Return the order as it is saved right before its paid call. From then on that call may have arrived."""
    if order.status is not OrderStatus.SUBMITTING:
        return order
    hand_over = replace(order.hand_over, misses=0, again_at=None)
    return replace(order, hand_over=hand_over, times=replace(order.times, updated_at=now))


def not_found(order: Order, *, now: float) -> Order:
    """Count a clean look-up. The grace time begins with the first, since the call may have been made until then."""
    updated_at = order.times.updated_at if order.hand_over.misses else now
    return replace(with_one_more_miss(order), times=replace(order.times, updated_at=updated_at))


def with_one_more_miss(order: Order) -> Order:
    """Count that a backend did not know the order."""
    return replace(order, hand_over=replace(order.hand_over, misses=order.hand_over.misses + 1))


def held(order: Order, remote_id: str, *, now: float) -> Order:
    """Return the order as one that its backend holds under that id. A stop that was asked stays asked."""
    moved = move(order, OrderStatus.QUEUED, now=now)
    return replace(moved, hand_over=replace(moved.hand_over, remote_id=remote_id, misses=0))


def held_again(order: Order, remote_id: str) -> Order:
    """Return the order as one that its backend lost and took once more."""
    return replace(order, hand_over=replace(order.hand_over, remote_id=remote_id))


def stop_refused(order: Order) -> Order:
    """Return the order as one that its backend does not stop, so that it goes on."""
    note = fact(FactKind.CANNOT_STOP, backend=order.backend)
    going_on = replace(order.hand_over, is_stop_asked=False)
    return replace(order, hand_over=going_on, reason=None, progress=replace(order.progress, notes=(note,)))


def stop_told(order: Order) -> Order:
    """Return the order as one whose backend knows that it is to stop."""
    return replace(order, hand_over=replace(order.hand_over, is_stop_told=True))


def stopped(order: Order, *, why: Fact, can_tell: bool, given_up: Callable[[Order], Order], now: float) -> Order:
    """Return the order as a stop leaves it.

    `can_tell` says whether its backend is still set up, so that it is told. `given_up` is what becomes of an order
    of which it can't be found out whether it was taken.
    """
    if order.status.is_final:
        return order
    if not may_be_held(order):
        return move(order, OrderStatus.CANCELLED, now=now, reason=why)
    if can_tell:
        asked = replace(order.hand_over, is_stop_asked=True)
        return replace(order, hand_over=asked, reason=why, times=replace(order.times, updated_at=now))
    match order.status:
        case OrderStatus.SUBMITTING:
            return given_up(order)
        case OrderStatus.COLLECTING:
            lost = because(fact(FactKind.SWITCHED_OFF, backend=order.backend), why)
            return move(order, OrderStatus.FAILED, now=now, reason=lost)
        case _:  # it may go on there, and cost what it was quoted at
            away = because(fact(FactKind.STOP_NOT_TOLD, backend=order.backend), why)
            ended = move(order, OrderStatus.CANCELLED, now=now, reason=away)
            return ended if order.price.is_free else perhaps_charged(ended)


def may_be_held(order: Order) -> bool:
    """Whether a backend may have the order. If not, only this bot has to know that it is to stop."""
    return order.status is not OrderStatus.QUOTED and order.hand_over.again_at is None


def refused(order: Order, error: Exception, *, now: float, pauses: Sequence[float]) -> Order:
    """Return the order as an answer leaves it that does not say that it was taken.

    `pauses` are the seconds between calls that did not arrive.
    """
    if order.status is not OrderStatus.SUBMITTING:
        return order
    hand_over, reply = order.hand_over, reply_of(error)
    if reply is HandOverReply.UNCLEAR:
        return replace(order, hand_over=replace(hand_over, lost_answers=hand_over.lost_answers + 1))
    if reply is HandOverReply.REFUSED:
        return move(order, OrderStatus.FAILED, now=now, reason=_why(FactKind.NOT_ACCEPTED, order, error))
    if hand_over.is_stop_asked:
        return move(order, OrderStatus.CANCELLED, now=now, reason=fact(FactKind.STOPPED_BEFORE_IT_BEGAN))
    attempts = hand_over.attempts + 1
    pause = again_after(attempts, asked=getattr(error, "retry_after", None), pauses=pauses)
    if pause is None:
        return move(order, OrderStatus.FAILED, now=now, reason=_why(FactKind.NOT_REACHED, order, error))
    waiting = replace(hand_over, attempts=attempts, again_at=now + pause)
    return replace(order, hand_over=waiting, times=replace(order.times, updated_at=now))


def perhaps_charged(order: Order) -> Order:
    """Return the order as one of which it can't be found out whether it was charged."""
    return replace(order, price=replace(order.price, charge=PERHAPS))


def cause_of(error: Exception) -> Fact | None:
    """Return what a backend gave as the reason of an error, if it gave one."""
    return error.reason if isinstance(error, BackendError) else None


def _repeat(order: Order, *, is_free: bool) -> Step:
    return Step.HAND_OVER if is_free or order.hand_over.lost_answers < MOST_LOST else Step.GIVE_UP


def _why(kind: FactKind, order: Order, error: Exception) -> Fact:
    return because(fact(kind, backend=order.backend), cause_of(error))
