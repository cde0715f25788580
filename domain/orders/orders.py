"""What a training and a drawing have in common, and how both move."""

from dataclasses import dataclass, field, replace

from domain.money.charges import NOTHING, PERHAPS, UNKNOWN, Charge, amount
from domain.orders.facts import Fact
from domain.orders.progress import NOTHING_YET, Progress, RemoteState, is_behind, merged, with_sign_of_life
from domain.orders.states import HELD, OrderStatus, can_move


@dataclass(frozen=True, slots=True)
class HandOver:
    """How far the giving of an order to its backend got."""

    remote_id: str | None = None  # what the backend calls it
    again_at: float | None = None  # when it is handed over next. Until then its backend does not hold it
    misses: int = 0  # look-ups in a row that did not find it
    attempts: int = 0  # calls that are known not to have arrived
    lost_answers: int = 0  # calls that may have arrived
    is_stop_asked: bool = False
    is_stop_told: bool = False  # the backend knows that it is to stop


@dataclass(frozen=True, slots=True)
class OrderPrice:
    """What an order may cost and has cost, in millionths of a US dollar."""

    is_free: bool = False  # an ability of its backend, whatever number it names
    quoted_micros: int | None = None  # what the member was told. None is not known
    ceiling_micros: int | None = None  # what is set aside for it
    charge: Charge | None = None  # what is known of the charge. None before the end
    booked_micros: int | None = None  # what counts against the limits, once that is settled


@dataclass(frozen=True, slots=True)
class Times:
    """When an order came to what, in UNIX seconds."""

    created_at: float
    updated_at: float
    queued_at: float | None = None  # since when its backend holds it
    started_at: float | None = None
    finished_at: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Something that a member asked for and that a backend does. A training and a drawing each have one."""

    id: str
    guild_id: int
    channel_id: int
    owner_id: int
    backend: str
    status: OrderStatus
    times: Times
    parent_channel_id: int | None = None  # of the channel, when that is a thread
    hand_over: HandOver = field(default_factory=HandOver)
    price: OrderPrice = field(default_factory=OrderPrice)
    progress: Progress = NOTHING_YET
    reason: Fact | None = None  # why it ended


def move(order: Order, status: OrderStatus, *, now: float, reason: Fact | None = None) -> Order:
    """Return the order in its new state, or unchanged when that move does not exist."""
    if not can_move(order.status, status):
        return order
    times = replace(
        order.times,
        updated_at=now,
        started_at=now if status is OrderStatus.RUNNING else order.times.started_at,
        queued_at=now if order.times.queued_at is None and status in HELD else order.times.queued_at,
        finished_at=now if status.is_final else order.times.finished_at,
    )
    hand_over = replace(order.hand_over, again_at=None)
    return replace(order, status=status, times=times, hand_over=hand_over, reason=_reason(order, status, reason))


def _reason(order: Order, status: OrderStatus, reason: Fact | None) -> Fact | None:
    """Return why it ended. A stop that came too late is no reason."""
    return reason or (None if status is OrderStatus.SUCCEEDED else order.reason)


def advance(order: Order, progress: Progress, *, now: float) -> Order:
    """Return the order as this progress leaves it. It only moves forward, whatever arrives late or twice."""
    if order.status not in (OrderStatus.SUBMITTING, OrderStatus.QUEUED, OrderStatus.RUNNING):
        return order
    if order.hand_over.misses:
        order = replace(order, hand_over=replace(order.hand_over, misses=0))
    if is_behind(progress, order.progress):
        seen = with_sign_of_life(order.progress, progress)
        return order if seen == order.progress else replace(order, progress=seen)
    moved = move(order, _status_of(progress.state), now=now, reason=reason_of(progress))
    known = merged(order.progress, progress)
    if known == moved.progress:
        return moved
    return replace(moved, progress=known, times=replace(moved.times, updated_at=now))


def reason_of(progress: Progress) -> Fact | None:
    """Return why a backend ended an order, as far as it says."""
    has_ended = progress.state in (RemoteState.FAILED, RemoteState.CANCELLED)
    return progress.message if has_ended else None


def is_lost(order: Order, *, now: float, grace_seconds: float) -> bool:
    """Whether the backend has given no sign of life for longer than it said it may."""
    sign = order.progress.sign_of_life
    return order.status is OrderStatus.RUNNING and sign is not None and now - sign > grace_seconds


def is_stuck(order: Order, *, now: float, after_seconds: float) -> bool:
    """Whether the order waits at its backend for unusually long."""
    since = order.times.queued_at
    return order.status is OrderStatus.QUEUED and since is not None and now - since > after_seconds


def known_charge(order: Order) -> Charge | None:
    """Return what is known of an order's charge. What ended before any call was made cost nothing."""
    was_called = order.hand_over.remote_id is not None or order.hand_over.lost_answers > 0
    if order.price.charge is None and order.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED) and not was_called:
        return NOTHING
    return order.price.charge


def settled(order: Order) -> Order:
    """Return an order that ended with what it was charged and what is booked for it.

    One that is not over stays as it is, and so does an interrupted one: its owner has to look. What was or may be
    charged without a known amount is booked as quoted, since booking too much keeps the limits safe.
    """
    price = order.price
    if not order.status.is_final or order.status is OrderStatus.INTERRUPTED or price.booked_micros is not None:
        return order
    charge = price.charge or _charge_of(order)
    quoted = price.ceiling_micros if price.quoted_micros is None else price.quoted_micros
    is_vague = charge in (PERHAPS, UNKNOWN)
    booked = (quoted or 0) if is_vague else (charge.micros or 0)
    return replace(order, price=replace(price, charge=charge, booked_micros=booked))


def _charge_of(order: Order) -> Charge:
    told = order.progress.cost_micros
    if order.hand_over.remote_id is None:
        return amount(0)
    if told is None:
        return amount(0) if order.price.is_free else UNKNOWN
    return amount(told)


def _status_of(state: RemoteState) -> OrderStatus:
    match state:
        case RemoteState.QUEUED:
            return OrderStatus.QUEUED
        case RemoteState.RUNNING:
            return OrderStatus.RUNNING
        case RemoteState.SUCCEEDED:
            return OrderStatus.COLLECTING
        case RemoteState.FAILED:
            return OrderStatus.FAILED
        case RemoteState.CANCELLED:
            return OrderStatus.CANCELLED
