"""The cards and buttons of models."""

from collections.abc import Sequence

import discord

from bot.interactions.buttons import button
from cogs.drawing import buttons as drawing_buttons
from cogs.models import texts
from domain.backend_names import spoken
from domain.models.loras import Lora
from domain.text import shown
from services.models.models import ModelPage

LIST, DELETE, DELETE_NOW, UNDO = "models", "delete-model", "delete-model-now", "undo-model"


def list_card(page: ModelPage, previews: Sequence[str | None]) -> discord.ui.LayoutView:
    """Return one page of a member's models.

    `previews` are the attached file names, None where there is none.
    """
    view = discord.ui.LayoutView(timeout=None)
    if not page.total:
        view.add_item(discord.ui.TextDisplay(texts.NO_MODELS))
        return view
    count = "1 model" if page.total == 1 else f"{page.total} models"
    where = f" · page {page.page + 1} of {page.pages}" if page.pages > 1 else ""
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(
        discord.ui.TextDisplay(f"**Your models on this server** · {count}{where}")
    )
    for lora, preview in zip(page.loras, previews, strict=True):
        container.add_item(_row(lora, preview))
    if page.pages > 1:
        container.add_item(_paging(page))
    view.add_item(container)
    return view


def info_card(lora: Lora, preview: str | None) -> discord.ui.LayoutView:
    """Return everything about one model, with the attached file of the name `preview`."""
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(
        discord.ui.TextDisplay(f"**{shown(lora.title)}** · {texts.score(lora)}"),
        discord.ui.TextDisplay(
            f"Trigger word: {shown(lora.trigger_word)} (I add it to your prompts by myself)\n"
            f"Checkpoint: {shown(lora.checkpoint)}, trained by {spoken(lora.backend)} <t:{int(lora.created_at)}:f>\n"
            f"Held-out loss: {texts.losses(lora)}\n"
            f"{texts.file(lora)}"
        ),
    )
    if preview:
        container.add_item(
            discord.ui.MediaGallery(
                discord.MediaGalleryItem(f"attachment://{preview}", description=texts.alt_text(lora))
            )
        )
    container.add_item(discord.ui.ActionRow(drawing_buttons.try_it(lora.id), _delete_button(lora)))
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(container)
    return view


def delete_now(lora: Lora) -> drawing_buttons.Item:
    """Return the button that deletes a model."""
    return button("Delete this model", DELETE_NOW, lora.id, emoji="🗑️")


def undo(lora: Lora) -> drawing_buttons.Item:
    """Return the button that brings a deleted model back."""
    return button("Undo", UNDO, lora.id, emoji="↩️")


def _row(lora: Lora, preview: str | None) -> discord.ui.Item[discord.ui.LayoutView]:
    text = (
        f"**{shown(lora.title)}** · trigger word {shown(lora.trigger_word)}\n"
        f"{texts.score(lora)}\n-# {lora.checkpoint} · <t:{int(lora.created_at)}:R>"
    )
    if preview is None:
        return discord.ui.TextDisplay(text)
    return discord.ui.Section(
        text, accessory=discord.ui.Thumbnail(f"attachment://{preview}", description=texts.alt_text(lora))
    )


def _paging(page: ModelPage) -> discord.ui.ActionRow[discord.ui.LayoutView]:
    last = page.pages - 1
    return discord.ui.ActionRow(
        button("Previous", LIST, str(page.page - 1), emoji="◀️", disabled=page.page == 0),
        button("Next", LIST, str(page.page + 1), emoji="▶️", disabled=page.page == last),
    )


def _delete_button(lora: Lora) -> drawing_buttons.Item:
    return button("Delete", DELETE, lora.id, emoji="🗑️")
