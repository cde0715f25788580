"""The message that shows a drawing, first by its interaction and then by the outbox."""

import contextlib
from typing import Any

import discord

from bot.interactions.posts import Attached, Post
from cogs.drawing import cards
from cogs.drawing.buttons import VERBS
from domain.drawing.drawings import alt_text
from domain.orders.states import OrderStatus
from services.drawing.drawings import DrawingService
from services.drawing.wishes import DrawingView
from services.pictures import StoredPictures


class DrawingPosts:
    """Renders a drawing as it stands, its pictures within the size that the channel takes."""

    verbs = VERBS

    def __init__(self, drawing: DrawingService, pictures: StoredPictures) -> None:
        self._drawing = drawing
        self._pictures = pictures

    async def __call__(self, subject_id: str, *, limit: int) -> Post | None:
        """Return the message of a drawing, None when it was deleted. `limit` is in bytes for each file."""
        view = await self._drawing.shown(subject_id)
        if view is None:
            return None
        files: tuple[Attached, ...] = ()
        if view.drawing.order.status is OrderStatus.SUCCEEDED:
            numbered = enumerate(view.drawing.pictures, start=1)
            files = tuple([await self._attached(view, number, sha256, limit) for number, sha256 in numbered])
        names = [file.filename for file in files]
        return Post(cards.card(view, names), owner_id=view.drawing.order.owner_id, files=files)

    async def _attached(self, view: DrawingView, number: int, sha256: str, limit: int) -> Attached:
        content, extension = await self._pictures.within(sha256, limit=limit)
        name = cards.filename(view, number, extension=extension)
        return Attached(name, content, alt_text(view.drawing, view.model, number))


async def show(interaction: discord.Interaction[Any], view: DrawingView) -> None:
    """Turn the interaction's "thinking…" into the drawing's card, which the outbox keeps true from then on.

    Where ordering took so long that the outbox has posted a card, that one stays.
    """
    message = await interaction.edit_original_response(view=cards.card(view))
    if not await interaction.client.services.drawing.shown_in(view, message.id):
        await interaction.delete_original_response()


async def remove(interaction: discord.Interaction[Any], message_id: int) -> None:
    """Delete a message of ours in the channel of the interaction. One that is gone already is fine."""
    channel = interaction.client.get_partial_messageable(interaction.channel_id or 0)
    with contextlib.suppress(discord.NotFound):
        await channel.get_partial_message(message_id).delete()
