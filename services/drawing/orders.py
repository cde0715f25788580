"""The calls of drawings to their backends."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial

from backends.base import Abilities, DrawingProgress, ImageBackend, RemoteTask
from domain.drawing.drawings import Drawing, drawn
from domain.errors import BackendUnavailable
from domain.orders.facts import FactKind, fact
from domain.orders.hand_over import MOST_LOST, Recovery, perhaps_charged
from domain.orders.orders import Order, move
from domain.orders.progress import Progress
from domain.orders.states import OrderStatus
from domain.posts import PostKind
from services.drawing.plans import plan_of
from services.models.models import ModelService
from services.orders.grace_period import BELIEF_SECONDS
from services.orders.kinds import Rules
from storage.drawing.drawings import DrawingStore
from storage.files import FileStore
from storage.orders.books import Moved

log = logging.getLogger(__name__)

RULES = Rules(
    post=PostKind.PICTURES,
    pauses=(),
    clean_misses=1,
    late_seconds=BELIEF_SECONDS,
    longest_search=3600.0,
    looks_at_once=True,
)


class DrawingOrders:
    """The kind of order that draws."""

    def __init__(
        self,
        drawings: DrawingStore,
        models: ModelService,
        files: FileStore,
        backends: Mapping[str, ImageBackend],
        *,
        now: Callable[[], float],
    ) -> None:
        self.rules = RULES
        self.open_orders = drawings.open_orders
        self.load = drawings.load
        self._drawings = drawings
        self._models = models
        self._files = files
        self._backends = backends
        self._now = now

    async def held_by(self, backend: str) -> Sequence[Drawing]:
        """Return nothing, since no backend lists its drawings."""
        del backend
        return ()

    async def update(self, order_id: str, decide: Callable[[Drawing], Drawing]) -> Moved[Drawing]:
        """Keep what `decide` makes of the stored drawing, in one transaction."""
        return await self._drawings.update(order_id, decide)

    def abilities(self, backend: str) -> Abilities:
        """Return what a backend can do. Raises `BackendUnavailable` when it is not set up any more."""
        return self._backend(backend).abilities

    def recovery(self, abilities: Abilities) -> Recovery:
        """Return how a lost answer is made certain, which needs a backend that takes a name only once."""
        return Recovery.REPEAT if abilities.draws_by_name else Recovery.NONE

    def may_repeat(self, abilities: Abilities) -> bool:
        """Whether a lost drawing may be handed over again, which it may where a name is taken only once."""
        return abilities.draws_by_name

    def can_stop(self, abilities: Abilities) -> bool:
        """Whether such a backend can stop a drawing."""
        return abilities.stops_drawings

    def brings_result(self, order: Order) -> bool:
        """Whether the next look may bring the pictures, which is true of each."""
        del order
        return True

    def given_up(self, order: Order, *, now: float) -> Order:
        """Return a drawing of which it can't be found out whether it was taken."""
        return given_up(order, now=now)

    async def hand_over(self, item: Drawing) -> RemoteTask:
        """Make the paid call."""
        lora = await self._models.any(item.recipe.lora_id)
        return await self._backend(item.order.backend).draw(plan_of(item, lora, self._files))

    async def find(self, item: Drawing) -> RemoteTask | None:
        """Return nothing, since no backend can be asked for a drawing by its name."""
        del item
        return None

    async def look(self, item: Drawing) -> Drawing:
        """Ask how a drawing stands, and return it as it is kept."""
        answer = await self._backend(item.order.backend).drawing(RemoteTask(item.order.hand_over.remote_id or ""))
        async with self._files.changing() if answer.pictures else nullcontext():
            stored = [await self._files.has(sha256) for sha256 in answer.pictures]
            answered = partial(_answered, answer=answer, are_stored=all(stored), now=self._now())
            if answered(item) == item:
                return item
            moved = await self._drawings.update(item.id, answered)
        before, after = moved.before.order.status, moved.after.order.status
        if before is not after:
            log.info("order=%s %s -> %s", item.id, before, after)
        return moved.after

    async def look_at_many(self, items: Sequence[Drawing]) -> Sequence[Drawing]:
        """Return nothing, since no backend lists its drawings."""
        del items
        return ()

    async def stop(self, item: Drawing) -> None:
        """Ask the backend to stop a drawing."""
        remote = RemoteTask(item.order.hand_over.remote_id or "")
        await self._backend(item.order.backend).cancel_drawing(remote)

    def _backend(self, name: str) -> ImageBackend:
        if name not in self._backends:
            raise BackendUnavailable(name, "it is not set up on this bot any more")
        return self._backends[name]


def given_up(order: Order, *, now: float) -> Order:
    """Return a drawing of which it can't be found out whether it was taken. It counts as charged."""
    if order.hand_over.is_stop_asked:
        ended = move(order, OrderStatus.CANCELLED, now=now, reason=fact(FactKind.STOPPED_UNCLEAR))
    else:
        is_lost_often = order.hand_over.lost_answers >= MOST_LOST
        why = fact(FactKind.LOST_TOO_OFTEN if is_lost_often else FactKind.NEVER_ANSWERED)
        ended = move(order, OrderStatus.FAILED, now=now, reason=why)
    return perhaps_charged(ended)


def _answered(drawing: Drawing, *, answer: DrawingProgress, are_stored: bool, now: float) -> Drawing:
    progress = Progress(
        answer.state,
        message=answer.message,
        position=answer.position,
        cost_micros=answer.cost_micros,
        notes=answer.notes,
    )
    return drawn(drawing, progress, answer.pictures, are_stored=are_stored, now=now)
