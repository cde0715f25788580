"""Forms filled as Discord's client does it, with defaults, choices and counts."""

from typing import Any

import pytest

from playground import CannotDo, Modal, Upload
from playground.acts.forms import fill
from playground.acts.replies import read_fields

OPTIONS = [{"label": "Red", "value": "r"}, {"label": "Blue", "value": "b", "default": True}]


CHOICES: dict[str, dict[str, Any]] = {
    "text": {"type": 4, "style": 1, "value": "as before", "max_length": 10},
    "menu": {"type": 3, "options": OPTIONS, "max_values": 2},
    "radio": {"type": 21, "options": OPTIONS},
    "boxes": {"type": 22, "options": OPTIONS},
    "box": {"type": 23, "default": True},
    "files": {"type": 19, "min_values": 0, "max_values": 2, "required": False},
    "people": {"type": 5, "required": False},
}


def modal(*names: str) -> list[dict[str, Any]]:
    return [{"type": 18, "label": name.title(), "component": {"custom_id": name, **CHOICES[name]}} for name in names]


def filled(components: list[dict[str, Any]], **values: object) -> list[object]:
    fields, texts = read_fields(components)
    shown = Modal("Ask", "ask", fields, texts, components, opened_by=None)  # type: ignore[arg-type] # nobody sends it
    written = fill(
        shown, values, keep=lambda file: f"id of {file.filename}", resolve=lambda person: f"id of {person}"
    )
    inner = [c["component"] for c in written if "component" in c]
    return [c["values"] if "values" in c else c["value"] for c in inner]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("text", None, "as before"),
        ("text", "new", "new"),
        ("menu", None, ["b"]),
        ("menu", ["Red", "b"], ["r", "b"]),
        ("menu", "Red", ["r"]),
        ("radio", None, "b"),
        ("radio", "Red", "r"),
        ("boxes", ["r", "b"], ["r", "b"]),
        ("box", None, True),
        ("box", False, False),
        ("files", None, []),
        ("files", [Upload("a.png", b""), Upload("b.png", b"")], ["id of a.png", "id of b.png"]),
        ("people", None, []),
        ("people", ["ana"], ["id of ana"]),
    ],
)
def test_a_field_takes_its_value_or_its_default(name: str, value: object, expected: object) -> None:
    given = {} if value is None else {name.title(): value}

    assert filled(modal(name), **given) == [expected]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("text", "", "this field is required"),
        ("text", "x" * 11, "0 to 10 characters, not 11"),
        ("menu", ["Green"], "'Green' is not offered"),
        ("menu", [], "this field is required"),
        ("radio", [], "this field is required"),
        ("boxes", [], "this field is required"),
        ("files", [Upload(str(n), b"") for n in range(3)], "0 to 2, not 3"),
    ],
)
def test_what_the_client_would_not_send(name: str, value: object, said: str) -> None:
    with pytest.raises(CannotDo, match=said):
        filled(modal(name), **{name: value})


def test_fields_that_are_not_there_are_named() -> None:
    with pytest.raises(CannotDo, match="has no field Colour"):
        filled(modal("text"), Colour="red")


def test_texts_stand_between_the_fields_and_old_rows_still_work() -> None:
    row = {"type": 1, "components": [{"type": 4, "style": 1, "custom_id": "old", "label": "Old"}]}
    components = [{"type": 10, "content": "Read this"}, row, *modal("text")]
    fields, texts = read_fields(components)
    shown = Modal("Ask", "ask", fields, texts, components, opened_by=None)  # type: ignore[arg-type] # nobody sends it
    written = fill(shown, {"Old": "x"}, keep=lambda _: "", resolve=lambda _: "")

    assert texts == ("Read this",)
    assert [f.label for f in fields] == ["Old", "Text"]
    assert written[0] == {"type": 10, "id": 1}
    assert written[1]["components"][0]["value"] == "x"
