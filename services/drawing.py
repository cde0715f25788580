"""Drawings at their backends: handed over, looked after, collected."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from backends.base import DrawingPlan, DrawingProgress, ImageBackend, LoraUse, RemoteTask, SourceImage
from domain.backend_names import spoken
from domain.errors import (
    BackendAmbiguous,
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    InvalidInput,
    NotThereYet,
)
from domain.facts import FactKind, as_text, fact
from domain.generations import Generation, GenerationStatus
from domain.loras import Lora
from domain.money import settlement
from domain.tasks import RemoteState
from services.doubts import Doubts
from services.models import ModelService
from storage.files import FileStore
from storage.generations import GenerationStore

log = logging.getLogger(__name__)

HAND_OVER_GRACE = 10.0  # seconds after which a drawing that never reached its backend is handed over again
LOST = (
    "The connection broke while I ordered it, and there is no way to ask whether it was drawn. It may have been "
    "charged, so I did not order it twice."
)
STOPPED_UNCLEAR = "It was stopped, but its order may have arrived, so it may have been charged."
START_GONE = "The picture that it starts from is gone or damaged on this bot's disk. Attach it to /imagine once more."
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
        self._under_way: set[str] = set()  # drawings whose paid call this process is making right now
        self._to_stop: set[str] = set()  # those of them that are stopped once their order is through
        self._doubts = Doubts(now)

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
        backend = self._backends.get(generation.backend)
        if backend is None:
            raise BackendUnavailable(generation.backend, "it is not set up on this bot any more")
        if generation.remote_id is None:
            if generation.id not in self._under_way and self._now() - generation.created_at >= HAND_OVER_GRACE:
                await self._never_answered(generation, backend)
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
        """Stop an unfinished drawing; one that is just being ordered as soon as its order is through.

        Raises `InvalidInput` where nothing can be stopped, and `BackendError`.
        """
        backend = self._backends.get(generation.backend)
        is_under_way = generation.id in self._under_way
        if backend is None or (generation.remote_id is None and not is_under_way):
            await self._stop_here(generation, backend)
            return
        if not backend.abilities.stops_drawings:
            raise InvalidInput(
                f"{spoken(backend.name, first=True)} can't stop a drawing that was ordered. It comes in a moment, "
                "and is charged."
            )
        if generation.remote_id is None:
            self._to_stop.add(generation.id)
            return
        await backend.cancel_drawing(RemoteTask(generation.remote_id))
        with contextlib.suppress(BackendError):
            await self.refresh(generation.id)

    async def _stop_here(self, generation: Generation, backend: ImageBackend | None) -> None:
        """End a drawing of which no place can be told; unless its order surely did not arrive, it counts as paid."""
        if backend is not None and backend.abilities.draws_by_name:
            await self._end(generation, GenerationStatus.CANCELLED, "It was stopped before it began.")
        else:
            await self._end(generation, GenerationStatus.CANCELLED, STOPPED_UNCLEAR, was_accepted=True)

    async def _never_answered(self, generation: Generation, backend: ImageBackend) -> Generation:
        """Deal with a drawing of which nobody knows whether it was handed over; it is repeated only by name."""
        if backend.abilities.draws_by_name:
            return await self._hand_over(generation, backend, await self._models.any(generation.recipe.lora_id))
        return await self._end(generation, GenerationStatus.FAILED, LOST, was_accepted=True)

    async def _hand_over(self, generation: Generation, backend: ImageBackend, lora: Lora | None) -> Generation:
        """Give the drawing to its backend, and stop it there when that was wished meanwhile."""
        self._under_way.add(generation.id)
        try:
            return await self._order(generation, backend, lora)
        finally:
            self._under_way.discard(generation.id)
            self._to_stop.discard(generation.id)

    async def _order(self, generation: Generation, backend: ImageBackend, lora: Lora | None) -> Generation:
        try:
            remote = await backend.draw(plan_of(generation, lora, self._files))
        except BackendAmbiguous as error:
            log.warning("generation=%s backend=%s answer lost: %s", generation.id, backend.name, error.detail)
            if backend.abilities.draws_by_name:
                return generation  # a later look hands it over again under the same name
            return await self._end(generation, GenerationStatus.FAILED, LOST, was_accepted=True)
        except BackendError as error:
            log.warning("generation=%s backend=%s not accepted: %s", generation.id, backend.name, error.detail)
            return await self._end(generation, GenerationStatus.FAILED, _why(error))
        queued = replace(generation, status=GenerationStatus.QUEUED, remote_id=remote.id, updated_at=self._now())
        saved = await self._save(generation, queued)
        if generation.id in self._to_stop:
            try:
                await backend.cancel_drawing(remote)
            except BackendError as error:
                log.warning("generation=%s backend=%s does not stop it: %s", saved.id, backend.name, error.detail)
        return saved

    async def _look(self, generation: Generation, backend: ImageBackend, remote: RemoteTask) -> Generation:
        try:
            drawing = await backend.drawing(remote)
        except BackendRejected as error:
            return await self._unknown_there(generation, backend, error)
        except (BackendReplyInvalid, NotThereYet) as error:
            if not self._doubts.is_believed(generation.id):
                raise
            log.error("generation=%s backend=%s gives nothing: %s", generation.id, backend.name, error.detail)  # noqa: TRY400 - expected
            why = f"{spoken(backend.name, first=True)} drew it, but gives no usable picture."
            return await self._end(generation, GenerationStatus.FAILED, why)
        except BackendUnavailable:
            self._doubts.clear(generation.id)  # nobody could say: what was said before is not confirmed
            raise
        self._doubts.clear(generation.id)
        return await self._heard(generation, drawing)

    async def _unknown_there(
        self, generation: Generation, backend: ImageBackend, error: BackendRejected
    ) -> Generation:
        """Hand over anew what a free queue lost; believe a provider only after it has said so for a while."""
        is_over = self._now() - generation.created_at > LONGEST_SEARCH
        if backend.abilities.draws_by_name and not is_over:
            return await self._hand_over(generation, backend, await self._models.any(generation.recipe.lora_id))
        if not backend.abilities.draws_by_name and not self._doubts.is_believed(generation.id):
            raise error
        return await self._end(
            generation, GenerationStatus.FAILED, f"{spoken(backend.name, first=True)} lost this drawing."
        )

    async def _heard(self, generation: Generation, drawing: DrawingProgress) -> Generation:
        match drawing.state:
            case RemoteState.QUEUED:
                return await self._move(generation, GenerationStatus.QUEUED, position=drawing.position)
            case RemoteState.RUNNING:
                return await self._move(generation, GenerationStatus.RUNNING, position=None)
            case RemoteState.SUCCEEDED:
                return await self._collect(generation, drawing)
            case RemoteState.FAILED:
                return await self._end(
                    generation,
                    GenerationStatus.FAILED,
                    as_text(drawing.message, *drawing.notes),
                    told=drawing.cost_micros,
                )
            case RemoteState.CANCELLED:
                why = as_text(drawing.message) or "It was stopped."
                return await self._end(generation, GenerationStatus.CANCELLED, why, told=drawing.cost_micros)

    async def _collect(self, generation: Generation, drawing: DrawingProgress) -> Generation:
        """Finish the drawing, once every picture is really there; where some are not to come, it says why."""
        pictures, told = drawing.pictures, drawing.cost_micros
        is_whole = len(pictures) == generation.recipe.count or (bool(pictures) and bool(drawing.notes))
        if not is_whole or not all(self._files.has(sha256) for sha256 in pictures):
            log.error("generation=%s pictures=%d are not all there", generation.id, len(pictures))
            why = "Some of its pictures never arrived."
            return await self._end(generation, GenerationStatus.FAILED, why, told=told)
        done = replace(generation, pictures=pictures)
        return await self._finish(
            generation, done, GenerationStatus.SUCCEEDED, as_text(*drawing.notes), told=told, was_accepted=True
        )

    async def _end(
        self,
        generation: Generation,
        status: GenerationStatus,
        reason: str,
        *,
        told: int | None = None,
        was_accepted: bool | None = None,
    ) -> Generation:
        """End a drawing without pictures; it was accepted when its backend gave it an id, unless that is known."""
        accepted = generation.remote_id is not None if was_accepted is None else was_accepted
        return await self._finish(generation, generation, status, reason, told=told, was_accepted=accepted)

    async def _finish(
        self,
        old: Generation,
        new: Generation,
        status: GenerationStatus,
        reason: str,
        *,
        told: int | None,
        was_accepted: bool,
    ) -> Generation:
        self._doubts.clear(old.id)
        cost = settlement(quoted=old.ceiling_micros, told=told, was_accepted=was_accepted)
        ended = replace(
            new,
            status=status,
            reason=reason,
            position=None,
            charged_micros=cost.micros,
            charge_is_guess=cost.is_guess and cost.micros > 0,
            updated_at=self._now(),
        )
        return await self._save(old, ended)

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


def plan_of(generation: Generation, lora: Lora | None, files: FileStore) -> DrawingPlan:
    """Return everything that a backend needs for a drawing."""
    recipe = generation.recipe
    start = recipe.start_sha256
    return DrawingPlan(
        name=generation.remote_name,
        member=str(generation.owner_id),
        checkpoint=recipe.checkpoint,
        prompt=recipe.full_prompt,
        loras=(LoraUse(lora.sha256, recipe.strength, lora.reference),) if lora else (),
        count=recipe.count,
        seed=recipe.seed,
        width=recipe.width,
        height=recipe.height,
        source_image=SourceImage(start, recipe.change, partial(_read, files, start, generation.backend))
        if start
        else None,
    )


async def _read(files: FileStore, sha256: str, backend: str) -> bytes:
    try:
        return await asyncio.to_thread(files.read, sha256)
    except OSError as error:
        raise BackendRejected(
            backend, f"the start {sha256} is gone or damaged", reason=fact(FactKind.WORDS, said=START_GONE)
        ) from error


def _why(error: BackendError) -> str:
    who = spoken(error.backend, first=True)
    is_refused = isinstance(error, BackendRejected)
    why = f"{who} does not accept this drawing." if is_refused else f"{who} can't be reached right now."
    return as_text(why, error.reason)
