"""What members see of their models: the list, one model in full, and what deleting it means."""

from collections.abc import Sequence

import discord

from bot.interactions.buttons import button
from cogs.drawing import buttons as drawing_buttons
from domain.backend_names import LOCAL, spoken
from domain.models.loras import Lora, gain_percent
from domain.text import shown
from services.models.models import ModelPage

LIST, DELETE, DELETE_NOW, UNDO = "models", "delete-model", "delete-model-now", "undo-model"

NO_MODELS = (
    "You have no models on this server yet. Three steps make one: /dataset new, then /dataset add with 10 or more "
    "pictures, then /train start."
)


def list_card(page: ModelPage, previews: Sequence[str | None]) -> discord.ui.LayoutView:
    """Return one page of a member's models; `previews` are the attached file names, None where there is none."""
    view = discord.ui.LayoutView(timeout=None)
    if not page.total:
        view.add_item(discord.ui.TextDisplay(NO_MODELS))
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
    """Return everything about one model; `preview` is the attached file's name."""
    container: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(
        discord.ui.TextDisplay(f"**{shown(lora.title)}** · {_score(lora)}"),
        discord.ui.TextDisplay(
            f"Trigger word: {shown(lora.trigger_word)} (I add it to your prompts by myself)\n"
            f"Checkpoint: {shown(lora.checkpoint)}, trained by {spoken(lora.backend)} <t:{int(lora.created_at)}:f>\n"
            f"Held-out loss: {_losses(lora)}\n"
            f"{_file(lora)}"
        ),
    )
    if preview:
        container.add_item(
            discord.ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{preview}", description=alt_text(lora)))
        )
    container.add_item(discord.ui.ActionRow(drawing_buttons.try_it(lora.id), _delete_button(lora)))
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(container)
    return view


def alt_text(lora: Lora) -> str:
    """Return what a screen reader says for a model's preview."""
    return f"A picture drawn with {lora.title}, trigger word {lora.trigger_word} · AI-generated"


def delete_question(lora: Lora) -> str:
    """Return the question before a model is deleted."""
    return (
        f"Delete {shown(lora.title)}? Nobody can draw with it then; pictures that were drawn with it stay. "
        "You can bring it back for 24 hours."
    )


def delete_now(lora: Lora) -> drawing_buttons.Item:
    """Return the button that deletes a model."""
    return button("Delete this model", DELETE_NOW, lora.id, emoji="🗑️")


def deleted_text(lora: Lora) -> str:
    """Return what is said after a model was deleted."""
    return f"Deleted {shown(lora.title)}. Its pictures stay. You can bring it back for 24 hours."


def undo(lora: Lora) -> drawing_buttons.Item:
    """Return the button that brings a deleted model back."""
    return button("Undo", UNDO, lora.id, emoji="↩️")


def undone_text(lora: Lora) -> str:
    """Return what is said after a model was brought back."""
    return f"{shown(lora.title)} is back. /imagine draws with it."


def _row(lora: Lora, preview: str | None) -> discord.ui.Item[discord.ui.LayoutView]:
    text = (
        f"**{shown(lora.title)}** · trigger word {shown(lora.trigger_word)}\n"
        f"{_score(lora)}\n-# {lora.checkpoint} · <t:{int(lora.created_at)}:R>"
    )
    if preview is None:
        return discord.ui.TextDisplay(text)
    return discord.ui.Section(
        text, accessory=discord.ui.Thumbnail(f"attachment://{preview}", description=alt_text(lora))
    )


def _paging(page: ModelPage) -> discord.ui.ActionRow[discord.ui.LayoutView]:
    last = page.pages - 1
    return discord.ui.ActionRow(
        button("Previous", LIST, str(page.page - 1), emoji="◀️", disabled=page.page == 0),
        button("Next", LIST, str(page.page + 1), emoji="▶️", disabled=page.page == last),
    )


def _delete_button(lora: Lora) -> drawing_buttons.Item:
    return button("Delete", DELETE, lora.id, emoji="🗑️")


def _score(lora: Lora) -> str:
    match gain_percent(lora):
        case None if lora.backend != LOCAL:
            return f"not scored: {spoken(lora.backend)} measures nothing on pictures that it never learned from"
        case None:
            return "not scored: too few pictures to keep some out of training"
        case gain if gain > 0:
            return f"{gain} % closer to your pictures than the bare checkpoint"
        case _:
            return "no closer to your pictures than the bare checkpoint; more or more varied pictures help"


def _losses(lora: Lora) -> str:
    if lora.base_loss is None or lora.held_out_loss is None:
        return "not measured"
    return f"{lora.held_out_loss:.4f} (bare checkpoint {lora.base_loss:.4f}; lower is better here)"


def _file(lora: Lora) -> str:
    if lora.sha256 is None:
        return f"Its weights stay with {spoken(lora.backend)}, which does not give them out."
    return f"File: {lora.size / 1_000_000:.1f} MB, SHA-256 {shown(lora.sha256[:16])}"
