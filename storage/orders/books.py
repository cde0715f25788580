"""What each change of an order does to its money, inside the transaction that keeps the change."""

import sqlite3
from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.money.limits import SpendingLimits
from domain.orders.orders import Order, settled
from domain.orders.states import OrderStatus, can_move
from storage import ledger
from storage.ledger import LedgerAccount

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moved(Generic[T]):
    """A training or a drawing before and after a change. Both are the same when nothing changed."""

    before: T
    after: T


def reserve(connection: sqlite3.Connection, order: Order, *, defaults: SpendingLimits, now: float) -> None:
    """Set an order's ceiling aside, nothing where its backend is free. Raises `Paused`, `OverBudget`."""
    if not order.price.is_free:
        ledger.reserve(connection, _account(order), order.price.ceiling_micros or 0, defaults=defaults, now=now)


def checked(connection: sqlite3.Connection, old: Order, new: Order) -> Order:
    """Return the order as it is to be kept, its money settled when it ends.

    Raises `ValueError` for a move that does not exist.
    """
    if new.status is not old.status and not can_move(old.status, new.status):
        raise ValueError(f"an order never goes from {old.status} to {new.status}")
    kept = new if old.status is OrderStatus.QUOTED else settled(new)
    booked = kept.price.booked_micros
    if booked is not None and old.price.booked_micros is None and not kept.price.is_free:
        ledger.settle(connection, _account(kept), booked, now=kept.times.updated_at)
    return kept


def _account(order: Order) -> LedgerAccount:
    return LedgerAccount(order.guild_id, order.owner_id, order.backend, order.id)
