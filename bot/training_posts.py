"""The messages of a training: its card, kept true by the outbox, and the post that tells that it is done."""

import asyncio
import logging
from collections.abc import Sequence

from bot import training_buttons, training_cards
from bot.posts import Attached, Post
from domain.tasks import Sample, TaskStatus
from services.training import TaskView, TrainingService
from storage.pictures.pool import Column, PicturePool, PicturesUnavailable, SheetFailed

log = logging.getLogger(__name__)

MOST_COLUMNS = 6
MOST_STRIPS = 64  # kept in memory, so that an edit need not draw its strip again
NO_LIMIT = 1 << 62  # bytes


class Strips:
    """Draws the samples of a training as one picture, the base model first."""

    def __init__(self, training: TrainingService, pictures: PicturePool) -> None:
        self._training = training
        self._pictures = pictures
        self._drawn: dict[tuple[str, ...], bytes] = {}

    async def draw(self, view: TaskView, *, most_columns: int, limit: int) -> Attached | None:
        """Return the strip in at most `most_columns` columns and `limit` bytes; None when there is nothing to see."""
        steps = chosen_steps(view.task.progress.samples, most_columns)
        if not steps:
            return None
        samples = [[s for s in view.task.progress.samples if s.step == step] for step in steps]
        key = tuple(sample.sha256 for column in samples for sample in column)
        try:
            content = self._drawn.get(key) or await self._draw(samples)
        except (OSError, SheetFailed, PicturesUnavailable) as error:
            log.warning("task=%s its samples can't be shown: %r", view.task.id, error)
            return None
        self._keep(key, content)
        alt = training_cards.strip_alt(view, steps)
        return Attached("samples.jpg", content, alt) if len(content) <= limit else None

    async def _draw(self, samples: Sequence[Sequence[Sample]]) -> bytes:
        columns = [
            Column(
                "base model" if column[0].step == 0 else f"step {column[0].step:,}",
                [await asyncio.to_thread(self._training.read, sample.sha256) for sample in column],
            )
            for column in samples
        ]
        return await self._pictures.strip(columns, rows=[sample.prompt for sample in samples[0]])

    def _keep(self, key: tuple[str, ...], content: bytes) -> None:
        self._drawn[key] = content
        while len(self._drawn) > MOST_STRIPS:
            del self._drawn[next(iter(self._drawn))]


class TrainingPosts:
    """Renders a training's card as its row stands now."""

    verbs = training_buttons.CARD_VERBS

    def __init__(self, training: TrainingService, strips: Strips) -> None:
        self._training = training
        self._strips = strips

    async def __call__(self, subject_id: str, *, limit: int) -> Post | None:
        """Return the card's message, None when there is no such task; `limit` is in bytes for each file."""
        view = await self._training.view(subject_id)
        return None if view is None else await self.of(view, limit=limit)

    async def of(self, view: TaskView, *, limit: int = NO_LIMIT) -> Post:
        """Return the card's message for a task that was loaded already."""
        strip = await self._strips.draw(view, most_columns=MOST_COLUMNS, limit=limit)
        card = training_cards.training_card(view, strip)
        return Post(card, owner_id=view.task.owner_id, files=(strip,) if strip else ())


class CompletionPosts:
    """Renders the post that tells, with the only ping, that a model is done."""

    verbs = training_buttons.COMPLETION_VERBS

    def __init__(self, training: TrainingService, strips: Strips) -> None:
        self._training = training
        self._strips = strips

    async def __call__(self, subject_id: str, *, limit: int) -> Post | None:
        """Return the message, None when the task did not succeed; `limit` is in bytes for each file."""
        view = await self._training.view(subject_id)
        if view is None or view.task.status is not TaskStatus.SUCCEEDED:
            return None
        strip = await self._strips.draw(view, most_columns=2, limit=limit)
        card = training_cards.completion_card(view, strip)
        owner_id = view.task.owner_id
        return Post(card, owner_id=owner_id, files=(strip,) if strip else (), pings=(owner_id,))


def chosen_steps(samples: Sequence[Sample], most: int) -> Sequence[int]:
    """Return the steps to show, in order: the first (the base model) and the last ones."""
    steps = sorted({sample.step for sample in samples})
    return steps if len(steps) <= most else [steps[0], *steps[len(steps) - most + 1 :]]
