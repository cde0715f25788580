"""Pictures that a member ordered, and those that came of it."""

from dataclasses import dataclass, replace

from domain.drawing.recipes import Recipe
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.orders import Order, advance, move
from domain.orders.progress import Progress
from domain.orders.states import OrderStatus
from domain.remote_names import drawing_name


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing that a member ordered."""

    order: Order
    recipe: Recipe
    pictures: tuple[str, ...] = ()  # SHA-256 of each stored picture
    derived_from: str | None = None  # the drawing that this one varies
    deleted_at: float | None = None  # UNIX seconds

    @property
    def id(self) -> str:
        """Return the id of its order."""
        return self.order.id

    @property
    def remote_name(self) -> str:
        """Return the idempotency name under which a backend knows this drawing."""
        return drawing_name(self.id)


def drawn(
    drawing: Drawing, progress: Progress, pictures: tuple[str, ...], *, are_stored: bool, now: float
) -> Drawing:
    """Return the drawing as its backend's answer leaves it.

    It is done once every picture is stored, or some are and the backend's notes say why the others are missing.
    """
    order = advance(drawing.order, progress, now=now)
    if order.status is not OrderStatus.COLLECTING:
        return replace(drawing, order=order)
    is_whole = len(pictures) == drawing.recipe.count or (bool(pictures) and bool(progress.notes))
    if is_whole and are_stored:
        return replace(drawing, order=move(order, OrderStatus.SUCCEEDED, now=now), pictures=pictures)
    return replace(drawing, order=move(order, OrderStatus.FAILED, now=now, reason=fact(FactKind.PICTURES_MISSING)))


def alt_text(drawing: Drawing, model: str, number: int) -> str:
    """Return what a screen reader says for picture `number` (from 1) of a drawing, in at most 256 characters."""
    prompt = drawing.recipe.prompt
    short = prompt if len(prompt) <= 150 else f"{prompt[:149]}…"
    of = f" ({number} of {drawing.recipe.count})" if drawing.recipe.count > 1 else ""
    return f"{short}{of} · {model} · AI-generated"


def shows_on_its_message(old: Drawing, new: Drawing) -> bool:
    """Whether a member could see the difference, which they can't when the next in line begins."""
    if new.order.status is OrderStatus.RUNNING and not old.order.progress.position:
        return False
    return _seen(old) != _seen(new)


def _seen(drawing: Drawing) -> tuple[OrderStatus, int | None, bool, Fact | None]:
    order = drawing.order
    is_handed_over = order.hand_over.remote_id is not None
    return order.status, order.progress.position, is_handed_over, order.reason
