"""Orders that differ from others in a few values, however deep those lie."""

from dataclasses import fields, replace
from typing import Any, TypeVar

from domain.drawing.drawings import Drawing
from domain.orders.orders import HandOver, Order, OrderPrice, Times
from domain.training.tasks import TrainingTask

T = TypeVar("T", TrainingTask, Drawing, Order)

PARTS: dict[str, type] = {"hand_over": HandOver, "price": OrderPrice, "times": Times}


def changed(item: T, **changes: Any) -> T:  # noqa: ANN401 - a test names real fields
    """Return a training, a drawing or an order with these values, whichever part of it they belong to."""
    if isinstance(item, Order):
        return _changed(item, changes)
    own = {name: changes.pop(name) for name in [f.name for f in fields(item)] if name in changes and name != "order"}
    return replace(item, order=_changed(item.order, changes), **own)


def _changed(order: Order, changes: dict[str, Any]) -> Order:
    for part, kind in PARTS.items():
        names = {f.name for f in fields(kind)} & changes.keys()
        if names:
            inner = replace(getattr(order, part), **{name: changes.pop(name) for name in names})
            order = replace(order, **{part: inner})
    return replace(order, **changes)
