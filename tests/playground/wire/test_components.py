"""What Discord refuses in the components of messages."""

from typing import Any

import pytest

from playground.wire.components import check_message
from playground.wire.errors import FormErrors

Component = dict[str, Any]


BUTTON: Component = {"type": 2, "style": 1, "label": "x", "custom_id": "a"}


TEXT: Component = {"type": 10, "content": "x"}


OPTION = {"label": "x", "value": "x"}


SELECT: Component = {"type": 3, "custom_id": "s", "options": [OPTION]}


PICTURE = {"media": {"url": "attachment://a.png"}}


def row(*components: Component) -> Component:
    return {"type": 1, "components": list(components)}


def faults_of(*components: Component, is_v2: bool = True) -> list[str]:
    faults = FormErrors()
    check_message(faults, list(components), is_v2=is_v2, filenames=["a.png"])
    found: list[str] = []

    def walk(node: dict[str, Any], path: str) -> None:
        for key, value in node.items():
            if key == "_errors":
                found.extend(f"{path}: {error['code']}" for error in value)
            else:
                walk(value, f"{path}.{key}" if path else key)

    walk(faults.tree, "")
    return found


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        (row(BUTTON), []),
        (row({**BUTTON, "custom_id": ""}), ["components.0.components.0.custom_id: BASE_TYPE_BAD_LENGTH"]),
        (row({**BUTTON, "style": 9}), ["components.0.components.0.style: BASE_TYPE_CHOICES"]),
        (row({**BUTTON, "label": "x" * 81}), ["components.0.components.0.label: BASE_TYPE_MAX_LENGTH"]),
        (row({**BUTTON, "label": None}), ["components.0.components.0: BUTTON_COMPONENT_REQUIRED"]),
        (row({"type": 2, "style": 5, "label": "x", "url": "https://x"}), []),
        (row({"type": 2, "style": 5, "label": "x"}), ["components.0.components.0.url: BASE_TYPE_REQUIRED"]),
        (row(), ["components.0.components: COMPONENT_LAYOUT_WIDTH_EXCEEDED"]),
        (row(SELECT), []),
        (row(SELECT, BUTTON), ["components.0.components: COMPONENT_LAYOUT_WIDTH_EXCEEDED"]),
        (row({**SELECT, "options": []}), ["components.0.components.0.options: BASE_TYPE_BAD_LENGTH"]),
        (
            row({**SELECT, "options": [OPTION, OPTION]}),
            ["components.0.components.0.options.1.value: SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"],
        ),
        (row({**SELECT, "max_values": 26}), ["components.0.components.0.max_values: NUMBER_TYPE_MAX"]),
        (row({**SELECT, "min_values": 26}), ["components.0.components.0.min_values: NUMBER_TYPE_MAX"]),
        (row({**SELECT, "placeholder": "x" * 151}), ["components.0.components.0.placeholder: BASE_TYPE_MAX_LENGTH"]),
        (row(TEXT), ["components.0.components.0.type: UNION_TYPE_CHOICES"]),
        ({"type": 9, "components": [TEXT], "accessory": BUTTON}, []),
        ({"type": 9, "components": [TEXT], "accessory": {"type": 11, **PICTURE}}, []),
        (
            {"type": 9, "components": [TEXT] * 4, "accessory": BUTTON},
            ["components.0.components: BASE_TYPE_BAD_LENGTH"],
        ),
        ({"type": 9, "components": [TEXT]}, ["components.0.accessory.type: UNION_TYPE_CHOICES"]),
        ({"type": 12, "items": [PICTURE]}, []),
        ({"type": 12, "items": []}, ["components.0.items: BASE_TYPE_BAD_LENGTH"]),
        ({"type": 12, "items": [{"media": {}}]}, ["components.0.items.0.media.url: BASE_TYPE_REQUIRED"]),
        ({"type": 13, "file": {"url": "attachment://a.png"}}, []),
        ({"type": 13, "file": {"url": "https://x"}}, ["components.0.file.url: URL_TYPE_INVALID_SCHEME"]),
        ({"type": 14, "spacing": 3}, ["components.0.spacing: BASE_TYPE_CHOICES"]),
        ({"type": 17, "components": [TEXT, row(BUTTON)]}, []),
        (
            {"type": 17, "components": [{"type": 17, "components": [TEXT]}]},
            ["components.0.components.0.type: UNION_TYPE_CHOICES"],
        ),
        (
            {"type": 17},
            ["components.0.components: BASE_TYPE_REQUIRED", "components.0.components: BASE_TYPE_BAD_LENGTH"],
        ),
    ],
)
def test_each_component_has_its_rules(component: Component, expected: list[str]) -> None:
    assert faults_of(component) == expected


def test_ids_and_custom_ids_are_used_once() -> None:
    assert faults_of({**TEXT, "id": 7}, {**TEXT, "id": 7}) == ["components.1.id: COMPONENT_ID_DUPLICATED"]
    assert faults_of(row(BUTTON), row(BUTTON)) == [
        "components.1.components.0.custom_id: COMPONENT_CUSTOM_ID_DUPLICATED"
    ]


def test_ordinary_messages_have_rows_only_and_five_at_most() -> None:
    rows = [row({**BUTTON, "custom_id": str(n)}) for n in range(6)]

    assert faults_of(*rows[:5], is_v2=False) == []
    assert faults_of(*rows, is_v2=False) == ["components: BASE_TYPE_BAD_LENGTH"]
    assert faults_of(TEXT, is_v2=False) == ["components.0.type: UNION_TYPE_CHOICES"]
