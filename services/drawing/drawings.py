"""Drawing: what members ask for, and what they may do with the pictures."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from backends.base import ImageBackend
from domain.backend_names import spoken
from domain.datasets.pictures import CleanPicture
from domain.drawing import drawings
from domain.drawing.drawings import CHANGE_USUAL, Generation, GenerationStatus, Ratio, Recipe
from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.models.loras import Lora
from domain.money.errors import PriceUnknown
from domain.money.limits import SpendingLimits
from services.caller import Caller
from services.datasets.intake import IncomingFile
from services.drawing.polling import DrawingDesk, plan_of
from services.drawing.source_images import Starts, start_of
from services.models.models import ModelService
from storage.drawing.drawings import GenerationStore
from storage.files import FileStore

log = logging.getLogger(__name__)

SHOW_SECONDS = 15.0  # how long the interaction has to show a new drawing before the outbox posts it
STILL_THERE = "See /model list, or draw without a model."


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, where, and by which interaction: the same interaction twice is the same drawing."""

    interaction_id: int
    guild_id: int
    channel_id: int
    member_id: int
    parent_id: int | None = None  # the channel, when `channel_id` is a thread


@dataclass(frozen=True, slots=True)
class Actor:
    """Who wants to stop or delete something, and whether they are of the server's staff."""

    guild_id: int
    member_id: int
    is_staff: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What a member wants to see; `model` is an id or a name, None the bare checkpoint.

    `start` is a picture to start from, of which so much as `change` says may change; without a `ratio` the drawing
    has its shape.
    """

    prompt: str
    model: str | None = None
    strength: float = 1.0
    count: int = 1
    seed: int | None = None
    ratio: Ratio | None = None
    start: IncomingFile | None = None
    change: float = CHANGE_USUAL


@dataclass(frozen=True, slots=True)
class Changes:
    """What a member changed in an old recipe."""

    prompt: str
    strength: float
    count: int
    seed: int
    change: float | None = None  # as it was


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing as members see it; `model` is the name to show for what drew it."""

    generation: Generation
    lora: Lora | None

    @property
    def model(self) -> str:
        """Return the LoRA's title, or the checkpoint's name."""
        return self.lora.title if self.lora else self.generation.recipe.checkpoint


class GenerationService:
    """Draws pictures with members' LoRAs, or with a bare checkpoint."""

    def __init__(
        self,
        store: GenerationStore,
        models: ModelService,
        files: FileStore,
        desk: DrawingDesk,
        starts: Starts,
        *,
        default_backend: str,
        caps: SpendingLimits,
        now: Callable[[], float],
        chance: random.Random,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._models = models
        self._files = files
        self._desk = desk
        self._starts = starts
        self._default = default_backend
        self._caps = caps
        self._now = now
        self._chance = chance
        self._new_id = new_id

    async def imagine(self, asked: Asked, wish: Wish) -> Drawn:
        """Start a drawing; the same interaction again gives the same drawing. Raises `UserError`."""
        lora = None
        if wish.model:
            lora = await self._models.find(wish.model, Caller(asked.guild_id, asked.channel_id, asked.member_id))
        backend = self._desk.backend(lora.backend if lora else self._default)
        checkpoint = lora.checkpoint if lora else backend.abilities.checkpoints[0].name
        fresh = await self._received(asked, wish, backend)
        recipe = drawings.recipe(
            prompt=wish.prompt,
            lora=lora,
            checkpoint=checkpoint,
            resolution=_resolution(backend, checkpoint),
            strength=wish.strength,
            count=wish.count,
            seed=wish.seed,
            ratio=wish.ratio,
            start=start_of(fresh) if fresh else None,
            change=wish.change,
            chance=self._chance,
        )
        return await self._start(asked, recipe, backend=backend, lora=lora, parent_id=None, fresh=fresh)

    async def reroll(self, asked: Asked, generation_id: str) -> Drawn:
        """Draw the same recipe with another seed. Raises `UserError`."""
        old = await self._get(generation_id, guild_id=asked.guild_id)
        recipe = replace(old.recipe, seed=drawings.fresh_seed(self._chance))
        return await self._repeat(asked, old, recipe)

    async def try_again(self, asked: Asked, generation_id: str) -> Drawn:
        """Draw exactly the same once more, after a failure. Raises `UserError`."""
        old = await self._get(generation_id, guild_id=asked.guild_id)
        return await self._repeat(asked, old, old.recipe)

    async def edit(self, asked: Asked, generation_id: str, changes: Changes) -> Drawn:
        """Draw a changed recipe; the new drawing knows the old one as its parent. Raises `UserError`."""
        old = await self._get(generation_id, guild_id=asked.guild_id)
        lora = await self._usable_lora(old, member_id=asked.member_id)
        recipe = drawings.edited(
            old.recipe,
            prompt=changes.prompt,
            strength=changes.strength,
            count=changes.count,
            seed=changes.seed,
            change=old.recipe.change if changes.change is None else changes.change,
            lora=lora,
        )
        return await self._start(asked, recipe, backend=self._desk.backend(old.backend), lora=lora, parent_id=old.id)

    async def editable(self, generation_id: str, *, guild_id: int, member_id: int) -> Drawn:
        """Return the drawing when this member may draw it again. Raises `UserError`."""
        old = await self._get(generation_id, guild_id=guild_id)
        return Drawn(old, await self._usable_lora(old, member_id=member_id))

    async def recipe(self, generation_id: str, *, guild_id: int) -> Drawn:
        """Return a drawing of this server with its recipe, for everybody there to see. Raises `NotFound`."""
        return await self._drawn(await self._get(generation_id, guild_id=guild_id))

    async def shown(self, generation_id: str) -> Drawn | None:
        """Return the drawing for the message that shows it; None when it was deleted."""
        generation = await self._store.get(generation_id)
        return None if generation is None or generation.deleted_at else await self._drawn(generation)

    async def shown_in(self, drawn: Drawn, message_id: int) -> bool:
        """Keep which message shows the drawing as it stood: from now on it is brought up to date there.

        False when another message does that already.
        """
        return await self._store.shown_in(drawn.generation, message_id, now=self._now())

    async def cancel(self, generation_id: str, actor: Actor) -> Drawn:
        """Stop a drawing that is not finished. Raises `UserError`."""
        generation = await self._owned(generation_id, actor)
        if generation.status.is_final:
            raise InvalidInput("This drawing is finished already, so there is nothing to stop.")
        await self._desk.stop(generation)
        return await self._drawn(await self._get(generation_id, guild_id=actor.guild_id))

    async def deletable(self, generation_id: str, actor: Actor) -> Drawn:
        """Return the drawing when this member may delete its pictures. Raises `UserError`."""
        generation = await self._owned(generation_id, actor)
        if not generation.status.is_final:
            raise InvalidInput("This drawing is still under way. Stop it first, then delete it.")
        return await self._drawn(generation)

    async def delete(self, generation_id: str, actor: Actor) -> Drawn:
        """Delete a finished drawing's pictures for good. Raises `UserError`."""
        drawn = await self.deletable(generation_id, actor)
        async with self._files.changing():
            for sha256 in await self._store.delete(drawn.generation, now=self._now()):
                await self._files.delete(sha256)
        log.info("generation=%s deleted by member=%d", generation_id, actor.member_id)
        return drawn

    async def _received(self, asked: Asked, wish: Wish, backend: ImageBackend) -> CleanPicture | None:
        """Return the picture that a member attached to start from."""
        if wish.start is None:
            return None
        _check_start(backend)  # nothing is fetched for a place that can't use it
        drawings.check_change(wish.change)
        return await self._starts.receive(wish.start, member_id=asked.member_id)

    async def _start(
        self,
        asked: Asked,
        recipe: Recipe,
        *,
        backend: ImageBackend,
        lora: Lora | None,
        parent_id: str | None,
        fresh: CleanPicture | None = None,
    ) -> Drawn:
        """Keep the drawing and hand it over; `fresh` is the picture it starts from, when that is not stored yet."""
        if recipe.start_sha256:
            _check_start(backend)
        now = self._now()
        wanted = Generation(
            id=self._new_id(),
            guild_id=asked.guild_id,
            channel_id=asked.channel_id,
            owner_id=asked.member_id,
            backend=backend.name,
            recipe=recipe,
            status=GenerationStatus.SUBMITTING,
            created_at=now,
            updated_at=now,
            parent_id=parent_id,
        )
        price = backend.price_of_drawing(plan_of(wanted, lora, self._files))
        if price is None:
            raise PriceUnknown
        wanted = replace(wanted, ceiling_micros=price)
        async with self._starts.keeping(recipe.start_sha256, fresh):
            generation = await self._store.add(
                wanted,
                interaction_id=asked.interaction_id,
                parent_id=asked.parent_id,
                hold_until=now + SHOW_SECONDS,
                defaults=self._caps,
            )
        if generation.id == wanted.id:
            generation = await self._desk.begin(generation, lora)
        return Drawn(generation, lora)

    async def _repeat(self, asked: Asked, old: Generation, recipe: Recipe) -> Drawn:
        lora = await self._usable_lora(old, member_id=asked.member_id)
        return await self._start(asked, recipe, backend=self._desk.backend(old.backend), lora=lora, parent_id=old.id)

    async def _drawn(self, generation: Generation) -> Drawn:
        return Drawn(generation, await self._models.any(generation.recipe.lora_id))

    async def _get(self, generation_id: str, *, guild_id: int) -> Generation:
        found = await self._store.on_server(generation_id, guild_id=guild_id)
        if found is None:
            raise InvalidInput("That drawing is gone; it was probably deleted. /imagine makes a new one.")
        return found

    async def _owned(self, generation_id: str, actor: Actor) -> Generation:
        generation = await self._get(generation_id, guild_id=actor.guild_id)
        if generation.owner_id != actor.member_id and not actor.is_staff:
            raise NotAllowed("Only the member who asked for this drawing, or the server's staff, can do that.")
        return generation

    async def _usable_lora(self, old: Generation, *, member_id: int) -> Lora | None:
        """Return the LoRA of an old drawing when this member may draw it again, None when it used none."""
        if old.recipe.start_sha256 and old.owner_id != member_id:
            raise NotAllowed(
                "This was drawn from a picture that somebody else attached; only they can draw from it again. "
                "ℹ️ Info shows you the recipe; /imagine starts from a picture of yours. Nothing was drawn."
            )
        if old.recipe.lora_id is None:
            return None
        try:
            return await self._models.find(old.recipe.lora_id, Caller(old.guild_id, old.channel_id, member_id))
        except NotFound as error:
            if old.owner_id == member_id:
                raise InvalidInput(
                    f"The model of this drawing was deleted. {STILL_THERE} Nothing was drawn."
                ) from error
            raise NotAllowed(
                "This picture was drawn with somebody else's model; only its owner can draw with it. "
                f"ℹ️ Info shows you the recipe. {STILL_THERE}"
            ) from error


def _check_start(backend: ImageBackend) -> None:
    if not backend.abilities.draws_from_image:
        raise InvalidInput(drawings.no_start(spoken(backend.name, first=True)))


def _resolution(backend: ImageBackend, checkpoint: str) -> int:
    known = backend.abilities.checkpoint(checkpoint)
    if known is None:
        raise InvalidInput(
            f"That model was trained on the checkpoint {checkpoint}, which this bot does not run any more. "
            "Nothing was drawn or charged."
        )
    return known.resolution
