"""Components and embeds are read as members read them."""

from typing import Any

import pytest

from playground.world import layout
from playground.world.layout import Button, Option, Select

BUTTON: dict[str, Any] = {"type": 2, "style": 4, "label": "Stop", "emoji": {"name": "⏹️"}, "custom_id": "stop"}
LINK: dict[str, Any] = {"type": 2, "style": 5, "label": "Help", "url": "https://example.org"}
MENU: dict[str, Any] = {
    "type": 3,
    "custom_id": "size",
    "placeholder": "Size",
    "options": [{"label": "Small", "value": "s"}, {"label": "Large", "value": "l", "default": True}],
}
PICTURE: dict[str, Any] = {"media": {"url": "attachment://a.png"}, "description": "Red"}
CARD: list[dict[str, Any]] = [
    {
        "type": 17,
        "components": [
            {"type": 10, "content": "A card"},
            {"type": 9, "components": [{"type": 10, "content": "Aside"}], "accessory": {**BUTTON, "disabled": True}},
            {"type": 12, "items": [PICTURE]},
        ],
    },
    {"type": 1, "components": [LINK]},
    {"type": 1, "components": [MENU]},
]


def test_components_are_visited_in_reading_order_with_what_is_inside() -> None:
    assert [c["type"] for c in layout.walk(CARD)] == [17, 10, 9, 10, 2, 12, 1, 2, 1, 3]
    assert PICTURE in list(layout.holders(CARD))


def test_buttons_and_menus_are_found_anywhere() -> None:
    assert layout.buttons(CARD) == [
        Button("Stop", "⏹️", "stop", 4, disabled=True),
        Button("Help", "", None, 5, disabled=False, url="https://example.org"),
    ]
    assert [button.title for button in layout.buttons(CARD)] == ["⏹️ Stop", "Help"]
    options = (Option("Small", "s"), Option("Large", "l", default=True))
    assert layout.selects(CARD) == [Select("size", 3, "Size", options, 1, 1, disabled=False)]


@pytest.mark.parametrize(
    ("emoji", "text"), [(None, ""), ({"name": "🔢"}, "🔢"), ({"id": "5", "name": "logo"}, ":logo:")]
)
def test_an_emoji_is_written_as_text(emoji: dict[str, Any] | None, text: str) -> None:
    assert layout.emoji_text(emoji) == text


def test_all_that_can_be_read_is_joined_from_top_to_bottom() -> None:
    embed = {
        "author": {"name": "Author"},
        "title": "Title",
        "description": "Description",
        "fields": [{"name": "Name", "value": "Value"}],
        "footer": {"text": "Footer"},
    }

    assert layout.visible_text("Content", [embed], CARD).split("\n") == [
        *("Content", "Author", "Title", "Description", "Name", "Value", "Footer"),
        *("A card", "Aside", "⏹️ Stop", "Help", "Size"),
    ]
