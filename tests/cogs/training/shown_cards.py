"""A training for the tests of cards, and what a member sees of a card: its text, buttons and alt texts."""

from dataclasses import replace
from typing import Any

import discord

from bot.interactions.posts import Attached
from domain.orders.progress import Progress, RemoteState
from domain.orders.states import OrderStatus
from services.training.tasks import TaskView
from tests.domain.orders.changed import changed
from tests.domain.training.some_task import TASK

STRIP = Attached("samples.jpg", b"", "two samples")
VIEW = TaskView(task=TASK, checkpoint="Atelier tiny", trained_on=10, held_out=2, is_lost=False, can_stop=True)
RUNNING = Progress(
    RemoteState.RUNNING, step=40, of=60, eta_seconds=70, loss=0.1234, base_loss=0.5, held_out_loss=0.38
)


def view(status: OrderStatus, **changes: Any) -> TaskView:  # noqa: ANN401 - any field of a task or its view
    of_view = {name: changes.pop(name) for name in list(changes) if name in TaskView.__slots__}
    return replace(VIEW, task=changed(TASK, status=status, **changes), **of_view)


def text(layout: discord.ui.LayoutView) -> str:
    return "\n".join(i.content for i in layout.walk_children() if isinstance(i, discord.ui.TextDisplay))


def buttons(layout: discord.ui.LayoutView) -> list[tuple[str | None, str, bool]]:
    found = []
    for item in layout.walk_children():
        inner = item.item if isinstance(item, discord.ui.DynamicItem) else None
        if isinstance(inner, discord.ui.Button):
            assert inner.custom_id is not None
            found.append((inner.label, inner.custom_id, inner.disabled))
    return found


def alts(layout: discord.ui.LayoutView) -> list[str | None]:
    galleries = (i for i in layout.walk_children() if isinstance(i, discord.ui.MediaGallery))
    return [item.description for gallery in galleries for item in gallery.items]
