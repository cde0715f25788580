"""The cards, buttons and forms of datasets, as Discord gets them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import discord
import pytest

from bot.interactions.buttons import under_text
from cogs.datasets import cards as dataset_views
from domain.datasets.captions import Replacement
from domain.datasets.dataset import Dataset, Kind, TrainingImage
from domain.datasets.pending_uploads import PendingUpload, ReceivedPicture
from services.datasets.images import Change, Page, Removal
from services.datasets.intake import Offer

ID = "f" * 32
ROBO = Dataset(ID, 1, 2, "N" * 40, Kind.CHARACTER, "w" * 16, created_at=1_700_000_000.0, images=200)
PICTURE = ReceivedPicture("a.png", "a", "0", 64, 64, 1_000)
UPLOAD = PendingUpload(ID, 1, 2, 2, 0.0, (PICTURE,))
IMAGES = tuple(
    TrainingImage(f"{n:032x}", ID, n, f"{n:064x}", "0" * 64, 64, 64, 1_000, 2, "c" * 400, 2, 0.0)
    for n in range(13, 25)
)
PAGE = Page(ROBO, 2, 17, IMAGES, seen="f" * 12, sheet=b"jpeg")


def parts(component: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield component
    for child in component.get("components", ()):
        yield from parts(child)
    if "component" in component:
        yield from parts(component["component"])


def sent(view: discord.ui.LayoutView | discord.ui.View | discord.ui.Modal) -> list[Mapping[str, Any]]:
    return [part for component in view.to_components() for part in parts(component)]


async def test_every_card_outlives_time_and_fits_discords_limits() -> None:
    change = Change(ID, ROBO, (Replacement(IMAGES[0], "x"),))
    cards: list[discord.ui.LayoutView | discord.ui.View] = [
        dataset_views.page(PAGE),
        dataset_views.offer(Offer(UPLOAD, (ROBO,) * 50)),
        dataset_views.offer(Offer(UPLOAD, ())),
        dataset_views.public_answer(Offer(UPLOAD, (ROBO,) * 50), words=""),
        dataset_views.listing([ROBO] * 50),
        under_text(*dataset_views.apply_button(change)),
        under_text(*dataset_views.delete_buttons(ROBO)),
        under_text(dataset_views.undo_delete(ROBO)),
        under_text(dataset_views.undo_removal(Removal(ID, ROBO, (1,)))),
    ]

    for card in cards:
        components = sent(card)
        names = [part["custom_id"] for part in components if "custom_id" in part]
        texts = [part["content"] for part in components if "content" in part]
        assert card.timeout is None
        assert len(components) <= 40
        assert len(names) == len(set(names))
        assert all(name.startswith("v1:") and len(name) <= 100 for name in names)
        assert sum(map(len, texts)) <= 4_000
        assert all(len(part.get("options", ())) <= 25 for part in components)
        assert all(part.get("label") for part in components if part["type"] == 2)


async def test_the_sheet_describes_its_picture_within_discords_limit() -> None:
    (gallery,) = [part for part in sent(dataset_views.page(PAGE)) if "items" in part]

    (item,) = gallery["items"]
    assert item["media"]["url"] == "attachment://sheet.jpg"
    assert item["description"].startswith(f"Contact sheet of {'N' * 40}, page 2 of 17, pictures 13 to 24. 13: ccc")
    assert len(item["description"]) <= 1_024
    assert [file.filename for file in dataset_views.sheet_files(PAGE)] == ["sheet.jpg"]


async def test_every_form_fits_discords_limits_and_starts_with_what_is_there() -> None:
    for modal in (
        dataset_views.upload_form(ROBO),
        dataset_views.new_form(UPLOAD),
        dataset_views.caption_form(IMAGES[0]),
        dataset_views.captions_form(PAGE),
        dataset_views.remove_form(ID, "f" * 12),
    ):
        assert len(modal.title) <= 45
        assert modal.custom_id.startswith("v1:form:")
        assert len(modal.custom_id) <= 100
        for part in sent(modal):
            assert len(part.get("label") or "") <= 45
            assert len(part.get("description") or "") <= 100
            assert all(len(option.get("description") or "") <= 100 for option in part.get("options", ()))
    (text,) = [part for part in sent(dataset_views.caption_form(IMAGES[0])) if part["type"] == 4]
    assert text["value"] == "c" * 400


@pytest.mark.parametrize(("images", "label"), [(1, "Delete 1 picture"), (0, "Delete the empty dataset")])
async def test_the_red_button_says_the_exact_count(images: int, label: str) -> None:
    red = next(
        part
        for part in sent(under_text(*dataset_views.delete_buttons(replace(ROBO, images=images))))
        if part.get("style") == discord.ButtonStyle.danger.value
    )

    assert red["label"] == label
    assert red["custom_id"] == f"v1:delete-dataset:{ID}:{images}"
