"""The messages of a training, drawn from its row."""

from collections.abc import Sequence
from typing import Any

import discord

from bot.interactions.posts import Attached, Post
from cogs.training import buttons, task_cards
from domain.orders.progress import Sample
from domain.orders.states import OrderStatus
from services.pictures import StoredPictures
from services.training.tasks import TaskView, TrainingService

MOST_COLUMNS = 6
NO_LIMIT = 1 << 62  # bytes


class SampleStrips:
    """The samples of a training as one picture, the base model first."""

    def __init__(self, pictures: StoredPictures) -> None:
        self._pictures = pictures

    async def draw(self, view: TaskView, *, most_columns: int, limit: int) -> Attached | None:
        """Return the strip in at most `most_columns` columns and `limit` bytes, None when there is nothing to see."""
        samples = view.task.order.progress.samples
        steps = chosen_steps(samples, most_columns)
        if not steps:
            return None
        columns = [(_title(step), [s.sha256 for s in samples if s.step == step]) for step in steps]
        content = await self._pictures.strip(columns, rows=[s.prompt for s in samples if s.step == steps[0]])
        if content is None or len(content) > limit:
            return None
        return Attached("samples.jpg", content, task_cards.strip_alt(view, steps))


class TrainingPosts:
    """Renders a training's card as its row stands now."""

    verbs = buttons.CARD_VERBS

    def __init__(self, training: TrainingService, strips: SampleStrips) -> None:
        self._training = training
        self._strips = strips

    async def __call__(self, subject_id: str, *, limit: int) -> Post | None:
        """Return the card's message, None when there is no such task. `limit` is in bytes for each file."""
        view = await self._training.view(subject_id)
        return None if view is None else await self.of(view, limit=limit)

    async def of(self, view: TaskView, *, limit: int = NO_LIMIT) -> Post:
        """Return the card's message for a task that was loaded already."""
        strip = await self._strips.draw(view, most_columns=MOST_COLUMNS, limit=limit)
        card = task_cards.training_card(view, strip)
        return Post(card, owner_id=view.task.order.owner_id, files=(strip,) if strip else ())


async def show_status(interaction: discord.Interaction[Any], view: TaskView, posts: TrainingPosts) -> None:
    """Show a training's card to the member alone."""
    post = await posts.of(view)
    if view.is_undeliverable:
        post.view.add_item(discord.ui.TextDisplay(task_cards.NOWHERE_TO_POST))
    await interaction.edit_original_response(view=post.view, attachments=[file.to_file() for file in post.files])


class CompletionPosts:
    """Renders the post that tells, with the only ping, that a model is done."""

    verbs = buttons.COMPLETION_VERBS

    def __init__(self, training: TrainingService, strips: SampleStrips) -> None:
        self._training = training
        self._strips = strips

    async def __call__(self, subject_id: str, *, limit: int) -> Post | None:
        """Return the message, None when the task did not succeed. `limit` is in bytes for each file."""
        view = await self._training.view(subject_id)
        if view is None or view.task.order.status is not OrderStatus.SUCCEEDED:
            return None
        strip = await self._strips.draw(view, most_columns=2, limit=limit)
        card = task_cards.completion_card(view, strip)
        owner_id = view.task.order.owner_id
        return Post(card, owner_id=owner_id, files=(strip,) if strip else (), pings=(owner_id,))


def chosen_steps(samples: Sequence[Sample], most: int) -> Sequence[int]:
    """Return the steps to show, which are the first (the base model) and the last ones, in order."""
    steps = sorted({sample.step for sample in samples})
    return steps if len(steps) <= most else [steps[0], *steps[len(steps) - most + 1 :]]


def _title(step: int) -> str:
    return "base model" if step == 0 else f"step {step:,}"
