"""Drawings as members order, repeat, stop and delete them."""

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from backends.base import ImageBackend
from domain.datasets.pictures import CleanPicture
from domain.drawing import recipes
from domain.drawing.drawings import Drawing
from domain.drawing.errors import (
    BackendSwitchedOff,
    CannotStopDrawing,
    CheckpointGone,
    DrawingOpen,
    DrawingOver,
    DrawingPriceUnknown,
    NoSourceImages,
)
from domain.drawing.recipes import Recipe
from domain.models.loras import Lora
from domain.money.limits import SpendingLimits
from domain.orders.facts import FactKind, fact
from domain.orders.hand_over import may_be_held, stopped
from domain.orders.orders import HandOver, Order, OrderPrice, Times
from domain.orders.states import OrderStatus
from services.caller import Caller
from services.drawing.access import DrawingAccess
from services.drawing.orders import given_up
from services.drawing.plans import plan_of
from services.drawing.source_images import SourceImages, source_of
from services.drawing.wishes import DrawingView, DrawingWish, RecipeChanges
from services.models.models import ModelService
from services.orders.looks import LookNow
from storage.drawing.drawings import DrawingStore
from storage.files import FileStore

log = logging.getLogger(__name__)

SHOW_SECONDS = 15.0  # how long the interaction has to show a new drawing before the outbox posts it


@dataclass(frozen=True, slots=True)
class DrawingOrder:
    """What is to be drawn where. `fresh` is a source image that is not stored yet."""

    recipe: Recipe
    backend: ImageBackend
    lora: Lora | None
    derived_from: str | None = None
    fresh: CleanPicture | None = None


class DrawingService:
    """Draws pictures with members' LoRAs, or with a bare checkpoint. The first backend is the usual one.

    It saves what is to be done, and the watcher does it. Methods raise `UserError`.
    """

    def __init__(
        self,
        drawings: DrawingStore,
        models: ModelService,
        files: FileStore,
        sources: SourceImages,
        backends: Mapping[str, ImageBackend],
        *,
        look_now: LookNow,
        caps: SpendingLimits,
        now: Callable[[], float],
        chance: random.Random,
        new_id: Callable[[], str],
    ) -> None:
        self._drawings = drawings
        self._access = DrawingAccess(drawings, models)
        self._models = models
        self._files = files
        self._sources = sources
        self._backends = backends
        self._look_now = look_now
        self._caps = caps
        self._now = now
        self._chance = chance
        self._new_id = new_id

    async def imagine(self, caller: Caller, wish: DrawingWish) -> DrawingView:
        """Start a drawing. The same interaction again gives the same drawing."""
        lora = None
        if wish.model:
            lora = await self._models.find(wish.model, caller)
        backend = self._backend(lora.backend if lora else next(iter(self._backends)))
        checkpoint = lora.checkpoint if lora else backend.abilities.checkpoints[0].name
        fresh = await self._received(caller, wish, backend)
        recipe = recipes.recipe(
            prompt=wish.prompt,
            lora=lora,
            checkpoint=checkpoint,
            resolution=_resolution(backend, checkpoint),
            strength=wish.strength,
            count=wish.count,
            seed=wish.seed,
            ratio=wish.ratio,
            source=source_of(fresh) if fresh else None,
            change=wish.change,
            chance=self._chance,
        )
        return await self._start(caller, DrawingOrder(recipe, backend, lora, fresh=fresh))

    async def reroll(self, caller: Caller, drawing_id: str) -> DrawingView:
        """Draw the same recipe with another seed."""
        return await self._repeat(
            caller, drawing_id, lambda old, _: replace(old, seed=recipes.fresh_seed(self._chance))
        )

    async def try_again(self, caller: Caller, drawing_id: str) -> DrawingView:
        """Draw exactly the same once more, after a failure."""
        return await self._repeat(caller, drawing_id, lambda old, _: old)

    async def edit(self, caller: Caller, drawing_id: str, changes: RecipeChanges) -> DrawingView:
        """Draw a changed recipe. The new drawing knows which one it is derived from."""
        return await self._repeat(caller, drawing_id, partial(_edited, changes=changes))

    async def editable(self, drawing_id: str, caller: Caller) -> DrawingView:
        """Return the drawing when this member may draw it again."""
        return DrawingView(*await self._access.repeatable(drawing_id, caller))

    async def recipe(self, drawing_id: str, caller: Caller) -> DrawingView:
        """Return a drawing of this server with its recipe, for everybody there to see."""
        return await self._view(await self._access.seen(drawing_id, caller))

    async def shown(self, drawing_id: str) -> DrawingView | None:
        """Return the drawing for the message that shows it, None when it was deleted."""
        drawing = await self._drawings.load(drawing_id)
        return None if drawing is None or drawing.deleted_at else await self._view(drawing)

    async def shown_in(self, view: DrawingView, message_id: int) -> bool:
        """Keep which message shows the drawing as it stood. From now on it is brought up to date there.

        False when another message does that already.
        """
        return await self._drawings.shown_in(view.drawing, message_id, now=self._now())

    async def cancel(self, drawing_id: str, caller: Caller) -> DrawingView:
        """Stop a drawing that is not finished."""
        drawing = await self._access.own(drawing_id, caller)
        backend = self._backends.get(drawing.order.backend)
        moved = await self._drawings.update(drawing.id, partial(_stopped, backend=backend, now=self._now()))
        if not moved.after.order.status.is_final:
            await self._look_now(drawing.id)
        return await self._view(await self._access.seen(drawing_id, caller))

    async def deletable(self, drawing_id: str, caller: Caller) -> DrawingView:
        """Return the drawing when this member may delete its pictures."""
        drawing = await self._access.own(drawing_id, caller)
        if not drawing.order.status.is_final:
            raise DrawingOpen
        return await self._view(drawing)

    async def delete(self, drawing_id: str, caller: Caller) -> DrawingView:
        """Delete a finished drawing's pictures for good."""
        view = await self.deletable(drawing_id, caller)
        async with self._files.changing():
            for sha256 in await self._drawings.delete(view.drawing, now=self._now()):
                await self._files.delete(sha256)
        log.info("drawing=%s deleted by member=%d", drawing_id, caller.member_id)
        return view

    def _backend(self, name: str) -> ImageBackend:
        if name not in self._backends:
            raise BackendSwitchedOff(name)
        return self._backends[name]

    async def _received(self, caller: Caller, wish: DrawingWish, backend: ImageBackend) -> CleanPicture | None:
        """Return the picture that a member attached to start from."""
        if wish.source_image is None:
            return None
        _check_source(backend)  # nothing is fetched for a backend that can't use it
        recipes.check_change(wish.change)
        return await self._sources.receive(wish.source_image, member_id=caller.member_id)

    async def _repeat(
        self, caller: Caller, drawing_id: str, change: Callable[[Recipe, Lora | None], Recipe]
    ) -> DrawingView:
        old, lora = await self._access.repeatable(drawing_id, caller)
        backend = self._backend(old.order.backend)
        return await self._start(caller, DrawingOrder(change(old.recipe, lora), backend, lora, derived_from=old.id))

    async def _start(self, caller: Caller, wanted: DrawingOrder) -> DrawingView:
        """Keep the drawing, and have the watcher hand it over."""
        if wanted.recipe.source_sha256:
            _check_source(wanted.backend)
        drawing = self._priced(self._new_drawing(caller, wanted), wanted)
        async with self._sources.keeping(wanted.recipe.source_sha256, wanted.fresh):
            kept = await self._drawings.add(
                drawing,
                interaction_id=caller.interaction_id,
                hold_until=drawing.order.times.created_at + SHOW_SECONDS,
                defaults=self._caps,
            )
        if kept.id == drawing.id:
            await self._look_now(kept.id)
        return DrawingView(await self._drawings.load(kept.id) or kept, wanted.lora)

    def _new_drawing(self, caller: Caller, wanted: DrawingOrder) -> Drawing:
        now = self._now()
        order = Order(
            id=self._new_id(),
            guild_id=caller.guild_id,
            channel_id=caller.channel_id,
            parent_channel_id=caller.parent_channel_id,
            owner_id=caller.member_id,
            backend=wanted.backend.name,
            status=OrderStatus.SUBMITTING,
            hand_over=HandOver(again_at=now),
            times=Times(now, now),
        )
        return Drawing(order, wanted.recipe, derived_from=wanted.derived_from)

    def _priced(self, drawing: Drawing, wanted: DrawingOrder) -> Drawing:
        most = wanted.backend.price_of_drawing(plan_of(drawing, wanted.lora, self._files))
        if most is None:
            raise DrawingPriceUnknown
        price = OrderPrice(wanted.backend.abilities.is_free, quoted_micros=most, ceiling_micros=most)
        return replace(drawing, order=replace(drawing.order, price=price))

    async def _view(self, drawing: Drawing) -> DrawingView:
        return DrawingView(drawing, await self._models.any(drawing.recipe.lora_id))


def _stopped(drawing: Drawing, *, backend: ImageBackend | None, now: float) -> Drawing:
    """Return the drawing as a stop leaves it. Raises `InvalidInput` when it can't be stopped."""
    order = drawing.order
    if order.status.is_final:
        raise DrawingOver
    if backend is not None and may_be_held(order) and not backend.abilities.stops_drawings:
        raise CannotStopDrawing(order.backend)
    why = fact(FactKind.STOPPED)
    asked = replace(order, hand_over=replace(order.hand_over, is_stop_asked=True))
    give_up = partial(given_up, now=now)
    return replace(drawing, order=stopped(asked, why=why, can_tell=backend is not None, given_up=give_up, now=now))


def _edited(old: Recipe, lora: Lora | None, *, changes: RecipeChanges) -> Recipe:
    return recipes.edited(
        old,
        prompt=changes.prompt,
        strength=changes.strength,
        count=changes.count,
        seed=changes.seed,
        change=old.change if changes.change is None else changes.change,
        lora=lora,
    )


def _check_source(backend: ImageBackend) -> None:
    if not backend.abilities.draws_from_image:
        raise NoSourceImages(backend.name)


def _resolution(backend: ImageBackend, checkpoint: str) -> int:
    known = backend.abilities.checkpoint(checkpoint)
    if known is None:
        raise CheckpointGone(checkpoint)
    return known.resolution
