"""Drawings at their backends: handed over, looked after, collected."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from backends.base import DrawingPlan, ImageBackend, LoraUse, RemoteTask
from domain.backend_names import spoken
from domain.errors import BackendAmbiguous, BackendError, BackendRejected, InvalidInput
from domain.generations import Generation, GenerationStatus
from domain.loras import Lora
from domain.tasks import RemoteState
from services.models import ModelService
from storage.files import FileStore
from storage.generations import GenerationStore

log = logging.getLogger(__name__)

HAND_OVER_GRACE = 10.0  # seconds after which a drawing that never reached its backend is handed over again
LONGEST_SEARCH = 3600.0  # seconds during which a drawing that its backend lost is handed over anew


class DrawingDesk:
    """Moves each drawing along, whatever its backend says and however often."""

    def __init__(
        self,
        store: GenerationStore,
        models: ModelService,
        files: FileStore,
        backends: Mapping[str, ImageBackend],
        *,
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._models = models
        self._files = files
        self._backends = backends
        self._now = now

    def backend(self, name: str) -> ImageBackend:
        """Return the backend of that name; raise `InvalidInput` when it is switched off."""
        if name not in self._backends:
            raise InvalidInput(
                f"{spoken(name, first=True)}, which made that, is switched off here. Nothing was drawn or charged."
            )
        return self._backends[name]

    async def open_ids(self) -> Sequence[str]:
        """Return the ids of all drawings that are not finished."""
        return await self._store.open_ids()

    async def refresh(self, generation_id: str) -> float | None:
        """Look how a drawing stands; return the seconds until the next look, None when it is finished.

        Raises `BackendError` when its backend can't say now.
        """
        generation = await self._store.get(generation_id)
        if generation is None or generation.status.is_final:
            return None
        backend = self.backend(generation.backend)
        if generation.remote_id is None:
            if self._now() - generation.created_at >= HAND_OVER_GRACE:
                await self._hand_over(generation, backend, await self._models.any(generation.recipe.lora_id))
        else:
            await self._look(generation, backend, RemoteTask(generation.remote_id))
        return backend.abilities.poll_seconds

    async def begin(self, generation: Generation, lora: Lora | None) -> Generation:
        """Hand a new drawing over, and add its place in the queue, so that the first answer can tell it."""
        backend = self.backend(generation.backend)
        begun = await self._hand_over(generation, backend, lora)
        if begun.remote_id is None:
            return begun
        try:
            return await self._look(begun, backend, RemoteTask(begun.remote_id))
        except BackendError:
            return begun  # a later look will do

    async def stop(self, generation: Generation) -> None:
        """Stop an unfinished drawing. Raises `BackendError`."""
        if generation.remote_id is None:
            await self._end(generation, GenerationStatus.CANCELLED, "It was stopped before it began.")
            return
        await self.backend(generation.backend).cancel_drawing(RemoteTask(generation.remote_id))
        await self.refresh(generation.id)

    async def _hand_over(self, generation: Generation, backend: ImageBackend, lora: Lora | None) -> Generation:
        """Give the drawing to its backend; its name makes a second time harmless."""
        try:
            remote = await backend.draw(_plan(generation, lora))
        except BackendAmbiguous:
            return generation  # a later look hands it over again under the same name
        except BackendError as error:
            log.warning("generation=%s backend=%s not accepted: %s", generation.id, backend.name, error.detail)
            return await self._end(generation, GenerationStatus.FAILED, _why(error))
        queued = replace(generation, status=GenerationStatus.QUEUED, remote_id=remote.id, updated_at=self._now())
        return await self._save(generation, queued)

    async def _look(self, generation: Generation, backend: ImageBackend, remote: RemoteTask) -> Generation:
        try:
            drawing = await backend.drawing(remote)
        except BackendRejected:  # it does not know the drawing any more: its queue was lost
            if self._now() - generation.created_at > LONGEST_SEARCH:
                return await self._end(
                    generation, GenerationStatus.FAILED, f"{spoken(backend.name, first=True)} lost this drawing."
                )
            return await self._hand_over(generation, backend, await self._models.any(generation.recipe.lora_id))
        match drawing.state:
            case RemoteState.QUEUED:
                return await self._move(generation, GenerationStatus.QUEUED, position=drawing.position)
            case RemoteState.RUNNING:
                return await self._move(generation, GenerationStatus.RUNNING, position=None)
            case RemoteState.SUCCEEDED:
                return await self._collect(generation, drawing.pictures)
            case RemoteState.FAILED:
                return await self._end(generation, GenerationStatus.FAILED, drawing.message)
            case RemoteState.CANCELLED:
                return await self._end(generation, GenerationStatus.CANCELLED, drawing.message or "It was stopped.")

    async def _collect(self, generation: Generation, pictures: tuple[str, ...]) -> Generation:
        """Finish the drawing, once every picture is really there."""
        if len(pictures) != generation.recipe.count or not all(self._files.has(sha256) for sha256 in pictures):
            log.error("generation=%s pictures=%d are not all there", generation.id, len(pictures))
            return await self._end(generation, GenerationStatus.FAILED, "Some of its pictures never arrived.")
        done = replace(generation, status=GenerationStatus.SUCCEEDED, pictures=pictures, updated_at=self._now())
        return await self._save(generation, replace(done, position=None, reason=""))

    async def _end(self, generation: Generation, status: GenerationStatus, reason: str) -> Generation:
        ended = replace(generation, status=status, reason=reason, position=None, updated_at=self._now())
        return await self._save(generation, ended)

    async def _move(self, generation: Generation, status: GenerationStatus, *, position: int | None) -> Generation:
        """Note how an unfinished drawing stands; it never goes back from running to waiting."""
        went_back = generation.status is GenerationStatus.RUNNING and status is GenerationStatus.QUEUED
        if went_back or (generation.status is status and generation.position == position):
            return generation
        moved = replace(generation, status=status, position=position, updated_at=self._now())
        begins = status is GenerationStatus.RUNNING and not generation.position  # the card says that already
        return await self._save(generation, moved, is_shown=not begins)

    async def _save(self, old: Generation, new: Generation, *, is_shown: bool = True) -> Generation:
        if not await self._store.save(old, new, is_shown=is_shown):
            return await self._store.get(old.id) or old  # somebody else moved it first
        if new.status is not old.status:
            log.info("generation=%s %s -> %s", new.id, old.status, new.status)
        return new


def _plan(generation: Generation, lora: Lora | None) -> DrawingPlan:
    recipe = generation.recipe
    return DrawingPlan(
        name=generation.remote_name,
        member=str(generation.owner_id),
        checkpoint=recipe.checkpoint,
        prompt=recipe.full_prompt,
        loras=(LoraUse(lora.sha256, recipe.strength),) if lora else (),
        count=recipe.count,
        seed=recipe.seed,
        width=recipe.width,
        height=recipe.height,
    )


def _why(error: BackendError) -> str:
    if isinstance(error, BackendRejected):
        return f"{spoken(error.backend, first=True)} does not accept this drawing."
    return f"{spoken(error.backend, first=True)} can't be reached right now."
