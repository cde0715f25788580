from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord
import pytest

from cogs.models import cards as model_cards
from cogs.models import texts as model_texts
from domain.models.loras import Lora
from services.models.models import ModelPage
from tests.services import trained

ROBO = replace(trained.lora(1, name="Robo", owner_id=7, guild_id=1), version=2)


def parts(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        yield component
        yield from parts(component.get("components", ()))
        if "accessory" in component:
            yield component["accessory"]


def text(view: discord.ui.LayoutView) -> str:
    return "\n".join(part["content"] for part in parts(view.to_components()) if part["type"] == 10)


def test_an_empty_list_says_how_to_get_a_first_model() -> None:
    view = model_cards.list_card(ModelPage((), 0, 1, 0), [])

    assert text(view).startswith("You have no models on this server yet. Three steps make one: /dataset new")


def test_the_list_shows_each_model_with_trigger_word_score_and_a_described_preview() -> None:
    view = model_cards.list_card(ModelPage((ROBO, replace(ROBO, version=1)), 0, 1, 2), ["robo.png", None])
    (thumbnail,) = [part for part in parts(view.to_components()) if part["type"] == 11]

    assert "**Your models on this server** · 2 models" in text(view)
    assert "**`Robo v2`** · trigger word `zorbo`" in text(view)
    assert "25 % closer to your pictures than the bare checkpoint" in text(view)
    assert thumbnail["media"]["url"] == "attachment://robo.png"
    assert thumbnail["description"] == "A picture drawn with Robo v2, trigger word zorbo · AI-generated"


def test_a_long_list_has_pages_within_discords_limits() -> None:
    view = model_cards.list_card(ModelPage((ROBO,) * 5, 0, 3, 12), ["robo.png"] * 5)
    every = list(parts(view.to_components()))
    buttons = {part["label"]: part for part in every if part["type"] == 2}

    assert "page 1 of 3" in text(view)
    assert buttons["Previous"]["disabled"]
    assert not buttons["Next"]["disabled"]
    assert buttons["Next"]["custom_id"] == "v1:models:1"
    assert len(every) <= 40


@pytest.mark.parametrize(
    ("lora", "words"),
    [
        (ROBO, "25 % closer"),
        (replace(ROBO, held_out_loss=0.3), "no closer to your pictures"),
        (replace(ROBO, base_loss=None, held_out_loss=None), "not scored: scripted measures nothing"),
    ],
)
def test_the_score_is_honest(lora: Lora, words: str) -> None:
    assert words in text(model_cards.info_card(lora, None))


def test_the_full_card_offers_to_try_and_to_delete() -> None:
    view = model_cards.info_card(ROBO, "robo.png")
    labels = [part["label"] for part in parts(view.to_components()) if part["type"] == 2]
    (gallery,) = [part for part in parts(view.to_components()) if part["type"] == 12]

    assert labels == ["Try it", "Delete"]
    assert "AI-generated" in gallery["items"][0]["description"]
    assert "Held-out loss: 0.1500 (bare checkpoint 0.2000; lower is better here)" in text(view)


def test_a_name_can_neither_ping_nor_format() -> None:
    evil = replace(ROBO, name="@everyone **`")

    assert "`@everyone **ˋ v2`" in text(model_cards.info_card(evil, None))
    assert "`@everyone **ˋ v2`" in model_texts.delete_question(evil)
