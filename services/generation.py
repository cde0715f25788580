"""Drawing: what members ask for, and what they may do with the pictures."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from backends.base import ImageBackend
from domain import generations
from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.generations import Generation, GenerationStatus, Ratio, Recipe
from domain.loras import Lora
from services.drawing import DrawingDesk
from services.models import ModelService
from storage.files import FileStore
from storage.generations import GenerationStore

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
    """What a member wants to see; `model` is an id or a name, None the bare checkpoint."""

    prompt: str
    model: str | None = None
    strength: float = 1.0
    count: int = 1
    seed: int | None = None
    ratio: Ratio = Ratio.SQUARE


@dataclass(frozen=True, slots=True)
class Changes:
    """What a member changed in an old recipe."""

    prompt: str
    strength: float
    count: int
    seed: int


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
        *,
        default_backend: str,
        now: Callable[[], float],
        chance: random.Random,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._models = models
        self._files = files
        self._desk = desk
        self._default = default_backend
        self._now = now
        self._chance = chance
        self._new_id = new_id

    async def imagine(self, asked: Asked, wish: Wish) -> Drawn:
        """Start a drawing; the same interaction again gives the same drawing. Raises `UserError`."""
        lora = None
        if wish.model:
            lora = await self._models.find(wish.model, guild_id=asked.guild_id, member_id=asked.member_id)
        backend = self._desk.backend(lora.backend if lora else self._default)
        checkpoint = lora.checkpoint if lora else backend.abilities.checkpoints[0].name
        recipe = generations.recipe(
            prompt=wish.prompt,
            lora=lora,
            checkpoint=checkpoint,
            resolution=_resolution(backend, checkpoint),
            strength=wish.strength,
            count=wish.count,
            seed=wish.seed,
            ratio=wish.ratio,
            chance=self._chance,
        )
        return await self._start(asked, recipe, backend=backend, lora=lora, parent_id=None)

    async def reroll(self, asked: Asked, generation_id: str) -> Drawn:
        """Draw the same recipe with another seed. Raises `UserError`."""
        old = await self._get(generation_id, guild_id=asked.guild_id)
        recipe = replace(old.recipe, seed=generations.fresh_seed(self._chance))
        return await self._repeat(asked, old, recipe)

    async def try_again(self, asked: Asked, generation_id: str) -> Drawn:
        """Draw exactly the same once more, after a failure. Raises `UserError`."""
        old = await self._get(generation_id, guild_id=asked.guild_id)
        return await self._repeat(asked, old, old.recipe)

    async def edit(self, asked: Asked, generation_id: str, changes: Changes) -> Drawn:
        """Draw a changed recipe; the new drawing knows the old one as its parent. Raises `UserError`."""
        old = await self._get(generation_id, guild_id=asked.guild_id)
        lora = await self._usable_lora(old, member_id=asked.member_id)
        recipe = generations.edited(
            old.recipe,
            prompt=changes.prompt,
            strength=changes.strength,
            count=changes.count,
            seed=changes.seed,
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

    async def shown_in(self, drawn: Drawn, message_id: int) -> None:
        """Keep which message shows the drawing as it stood: from now on it is brought up to date there."""
        await self._store.shown_in(drawn.generation, message_id, now=self._now())

    def read(self, sha256: str) -> bytes:
        """Return the bytes of a stored picture; raise `OSError` when they are gone or damaged."""
        return self._files.read(sha256)

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
        for sha256 in await self._store.delete(drawn.generation, now=self._now()):
            self._files.delete(sha256)
        log.info("generation=%s deleted by member=%d", generation_id, actor.member_id)
        return drawn

    async def _start(
        self, asked: Asked, recipe: Recipe, *, backend: ImageBackend, lora: Lora | None, parent_id: str | None
    ) -> Drawn:
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
        generation = await self._store.add(
            wanted,
            interaction_id=asked.interaction_id,
            parent_id=asked.parent_id,
            hold_until=now + SHOW_SECONDS,
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
        """Return the LoRA of an old drawing when this member may draw with it, None when it used none."""
        if old.recipe.lora_id is None:
            return None
        try:
            return await self._models.find(old.recipe.lora_id, guild_id=old.guild_id, member_id=member_id)
        except NotFound as error:
            if old.owner_id == member_id:
                raise InvalidInput(
                    f"The model of this drawing was deleted. {STILL_THERE} Nothing was drawn."
                ) from error
            raise NotAllowed(
                "This picture was drawn with somebody else's model; only its owner can draw with it. "
                f"ℹ️ Info shows you the recipe. {STILL_THERE}"
            ) from error


def _resolution(backend: ImageBackend, checkpoint: str) -> int:
    known = backend.abilities.checkpoint(checkpoint)
    if known is None:
        raise InvalidInput(
            f"That model was trained on the checkpoint {checkpoint}, which this bot does not run any more. "
            "Nothing was drawn or charged."
        )
    return known.resolution
