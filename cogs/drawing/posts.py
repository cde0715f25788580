"""The message that shows a drawing: shown first by its interaction, kept true by the outbox, removed on wish."""

import contextlib
from typing import TYPE_CHECKING

import discord

from bot.interactions.callers import who
from bot.interactions.posts import Attached, Post
from cogs.drawing import cards
from cogs.drawing.buttons import VERBS
from domain.drawing.drawings import GenerationStatus, alt_text
from services.drawing.drawings import Actor, Asked, Drawn, GenerationService
from services.pictures import StoredPictures

if TYPE_CHECKING:
    from bot.client import Client


class PicturePosts:
    """Renders a drawing as it stands, its pictures within the size that the channel takes."""

    verbs = VERBS

    def __init__(self, generation: GenerationService, pictures: StoredPictures) -> None:
        self._generation = generation
        self._pictures = pictures

    async def __call__(self, subject_id: str, *, limit: int) -> Post | None:
        """Return the message of a drawing, None when it was deleted; `limit` is in bytes for each file."""
        drawn = await self._generation.shown(subject_id)
        if drawn is None:
            return None
        files: tuple[Attached, ...] = ()
        if drawn.generation.status is GenerationStatus.SUCCEEDED:
            numbered = enumerate(drawn.generation.pictures, start=1)
            files = tuple([await self._attached(drawn, number, sha256, limit) for number, sha256 in numbered])
        names = [file.filename for file in files]
        return Post(cards.card(drawn, names), owner_id=drawn.generation.owner_id, files=files)

    async def _attached(self, drawn: Drawn, number: int, sha256: str, limit: int) -> Attached:
        content, extension = await self._pictures.within(sha256, limit=limit)
        name = cards.filename(drawn, number, extension=extension)
        return Attached(name, content, alt_text(drawn.generation, drawn.model, number))


def asked(interaction: "discord.Interaction[Client]") -> Asked:
    """Return who asks and where; raise `NotAllowed` outside a server."""
    channel = interaction.channel
    return Asked(
        **who(interaction),
        interaction_id=interaction.id,
        channel_id=interaction.channel_id or 0,
        parent_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
    )


def actor(interaction: "discord.Interaction[Client]") -> Actor:
    """Return who wants to stop or delete something; raise `NotAllowed` outside a server."""
    may = interaction.permissions
    return Actor(**who(interaction), is_staff=may.manage_guild or may.manage_messages)


async def show(interaction: "discord.Interaction[Client]", drawn: Drawn) -> None:
    """Turn the interaction's "thinking…" into the drawing's card, which the outbox keeps true from then on.

    Where ordering took so long that the outbox has posted a card, that one stays.
    """
    message = await interaction.edit_original_response(view=cards.card(drawn))
    if not await interaction.client.services.generation.shown_in(drawn, message.id):
        await interaction.delete_original_response()


async def remove(interaction: "discord.Interaction[Client]", message_id: int) -> None:
    """Delete a message of ours in the channel of the interaction; one that is gone already is fine."""
    channel = interaction.client.get_partial_messageable(interaction.channel_id or 0)
    with contextlib.suppress(discord.NotFound):
        await channel.get_partial_message(message_id).delete()
