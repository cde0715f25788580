"""The cards, buttons and forms of datasets."""

import io
from collections.abc import Sequence
from typing import Any

import discord

from bot.interactions import forms
from bot.interactions.buttons import button, menu
from bot.interactions.cards import card
from bot.interactions.texts import count
from cogs.datasets import mention_texts, texts
from domain.datasets.dataset import Dataset, Kind, TrainingImage
from domain.datasets.pending_uploads import PendingUpload
from domain.text import CAPTION_LONGEST, NAME_LONGEST, one_line
from services.datasets.images import Change, Page, Removal
from services.datasets.intake import Offer, Report

# The verbs of buttons and forms. They stand in messages that members keep, so they never change.
TURN_PAGE = "sheet"
CAPTION = "caption"
APPLY_CHANGE = "apply-change"
REMOVE = "remove"
PUT_BACK = "put-back"
DELETE = "delete-dataset"
KEEP = "keep-dataset"
UNDELETE = "undelete-dataset"
CHOOSE_DATASET = "choose-where"
PLACE = "place"
NEW_FOR = "new-for"
CAPTION_OF = "caption-of"
UPLOAD = "upload"

SHEET = "sheet.jpg"
MOST_OPTIONS = 25  # of a menu
RED = discord.ButtonStyle.danger


def page(page: Page) -> discord.ui.LayoutView:
    """Return a page of the contact sheet with its buttons, for the file that `sheet_files` gives."""
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(texts.page(page)))
    if not page.images:
        return view
    gallery: discord.ui.MediaGallery[Any] = discord.ui.MediaGallery()
    gallery.add_item(media=f"attachment://{SHEET}", description=texts.sheet_alt(page))
    view.add_item(gallery)
    dataset_id, at = page.dataset.id, page.number
    turning = (
        button("Previous", TURN_PAGE, dataset_id, str(at - 1), emoji="◀️", disabled=at == 1),
        button("Next", TURN_PAGE, dataset_id, str(at + 1), emoji="▶️", disabled=at == page.of),
    )
    view.add_item(
        discord.ui.ActionRow(
            *(turning if page.of > 1 else ()),
            button("Caption", CAPTION, dataset_id, str(at), emoji="✏️"),
            button("Remove…", REMOVE, dataset_id, page.seen, emoji="🗑️"),
        )
    )
    return view


def sheet_files(page: Page) -> list[discord.File]:
    """Return the contact sheet as a file, or nothing for an empty dataset."""
    return [discord.File(io.BytesIO(page.sheet), SHEET)] if page.sheet else []


def offer(offer: Offer) -> discord.ui.LayoutView:
    """Return the question where received pictures belong, or that none could be used."""
    if not offer.upload.pictures:
        return card(texts.refusals_only(offer.upload.refused))
    text = texts.pick(offer.upload, offer.datasets, most=MOST_OPTIONS)
    new = button("New dataset", NEW_FOR, offer.upload.id, emoji="🆕", style=discord.ButtonStyle.primary)
    if not offer.datasets:
        return card(text, new)
    view = card(text, menu(PLACE, offer.upload.id, placeholder="Pick a dataset", options=_options(offer.datasets)))
    view.add_item(discord.ui.ActionRow(new))
    return view


def report(report: Report) -> discord.ui.LayoutView:
    """Return what became of each file."""
    return card(texts.report(report))


def answer(result: Report | Offer) -> discord.ui.LayoutView:
    """Return what is shown to a member alone for pictures that came without a dataset."""
    match result:
        case Report():
            return report(result)
        case Offer():
            return offer(result)


def public_answer(result: Report | Offer, *, words: str) -> discord.ui.LayoutView:
    """Return what everybody sees below a message of those `words` that brought pictures."""
    match result:
        case Report():
            return card(mention_texts.report(result, words=words))
        case Offer(upload=upload) if upload.pictures:
            choose = button("Choose where…", CHOOSE_DATASET, upload.id, emoji="📂", style=discord.ButtonStyle.primary)
            return card(mention_texts.waiting(upload), choose)
        case Offer(upload=upload):
            return card(texts.refusals_only(upload.refused))


def listing(datasets: Sequence[Dataset]) -> discord.ui.LayoutView:
    """Return the list of a member's datasets."""
    return card(texts.listing(datasets))


def apply_button(change: Change) -> list[discord.ui.Item[Any]]:
    """Return the button that carries out a planned replace, or none when it changes nothing."""
    if not change.changes:
        return []
    label = f"Apply to {count(len(change.changes), 'caption')}"
    return [button(label, APPLY_CHANGE, change.id, emoji="✏️", style=discord.ButtonStyle.primary)]


def undo_removal(removal: Removal) -> discord.ui.Item[Any]:
    """Return the button that brings removed pictures back."""
    return button("Undo", PUT_BACK, removal.id, emoji="↩️")


def delete_buttons(dataset: Dataset) -> list[discord.ui.Item[Any]]:
    """Return the two answers to the question whether to delete."""
    label = f"Delete {count(dataset.images, 'picture')}" if dataset.images else "Delete the empty dataset"
    return [
        button(label, DELETE, dataset.id, str(dataset.images), emoji="🗑️", style=RED),
        button("Keep it", KEEP, dataset.id, emoji="✖️"),
    ]


def undo_delete(dataset: Dataset) -> discord.ui.Item[Any]:
    """Return the button that brings a deleted dataset back."""
    return button("Undo", UNDELETE, dataset.id, emoji="↩️")


def upload_form(dataset: Dataset) -> discord.ui.Modal:
    """Return the form that takes ten files for a dataset."""
    title = f"Add pictures to {one_line(dataset.name)}"
    field = forms.files_field("pictures", "Pictures", hint="1 to 10 pictures: JPEG, PNG or WebP, up to 10 MiB each.")
    return forms.form(title, UPLOAD, dataset.id, fields=[field])


def new_form(upload: PendingUpload) -> discord.ui.Modal:
    """Return the form that makes a dataset for waiting pictures."""
    return forms.form(
        "New dataset",
        NEW_FOR,
        upload.id,
        fields=[
            forms.text_field("name", "Name", longest=NAME_LONGEST, placeholder="Such as Robo"),
            forms.choice_field(
                "kind",
                "What it shows",
                [discord.SelectOption(label=kind.label.capitalize(), value=kind.value) for kind in Kind],
            ),
            forms.text_field(
                "trigger_word",
                "Trigger word",
                longest=32,
                required=False,
                hint="A made-up word that will call it up. Leave it empty and I make one.",
            ),
        ],
    )


def caption_form(image: TrainingImage) -> discord.ui.Modal:
    """Return the form for one picture's caption."""
    return forms.form(f"Caption of picture {image.number}", CAPTION, image.id, fields=[_caption_field(image.caption)])


def captions_form(page: Page) -> discord.ui.Modal:
    """Return the form that captions one picture of a page."""
    pictures = [
        discord.SelectOption(
            label=f"Picture {image.number}", value=image.id, description=one_line(image.caption)[:100] or "no caption"
        )
        for image in page.images
    ]
    return forms.form(
        "Caption a picture",
        CAPTION_OF,
        page.dataset.id,
        fields=[forms.choice_field("picture", "Picture", pictures), _caption_field("")],
    )


def remove_form(dataset_id: str, seen: str) -> discord.ui.Modal:
    """Return the form that asks which pictures to remove."""
    hint = "As on the contact sheet. It can be undone."
    field = forms.text_field("numbers", "Which numbers?", longest=200, placeholder="3, 5-7", hint=hint)
    return forms.form("Remove pictures", REMOVE, dataset_id, seen, fields=[field])


def _caption_field(value: str) -> discord.ui.Label[Any]:
    return forms.text_field(
        "caption",
        "What the picture shows",
        longest=CAPTION_LONGEST,
        value=value,
        required=False,
        paragraph=True,
        hint="In a few words, without the trigger word. Empty is fine.",
    )


def _options(datasets: Sequence[Dataset]) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=each.name[:100],
            value=each.id,
            description=f"{each.kind.label} · {count(each.images, 'picture')}",
        )
        for each in datasets[:MOST_OPTIONS]
    ]
