"""The values of a form, checked and written as Discord's client does when a member submits it."""

from collections.abc import Callable, Mapping, Sequence

from playground.acts.errors import CannotDo
from playground.acts.replies import Field, Modal
from playground.world.attachments import Upload
from playground.world.json_values import Json

TEXT_INPUT, STRING_SELECT, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 4, 3, 19, 21, 22, 23
ACTION_ROW, LABEL = 1, 18


def fill(
    modal: Modal, values: Mapping[str, object], *, keep: Callable[[Upload], str], resolve: Callable[[object], str]
) -> list[Json]:
    """Write the submitted components.

    `keep` stores a file and `resolve` notes a person, channel or role, and both return an id.
    """
    names = {name for one in modal.fields for name in (one.label, one.custom_id)}
    if unknown := [name for name in values if name not in names]:
        raise CannotDo(f"the modal {modal.title!r} has no field {', '.join(unknown)}")
    inputs = {one.custom_id: _input(one, values, keep, resolve) for one in modal.fields}
    return [_written(component, number, inputs) for number, component in enumerate(modal.components, 1)]


def _written(component: Json, number: int, inputs: Mapping[str, Json]) -> Json:
    outer = {"type": component["type"], "id": number * 2 - 1}
    match component["type"]:
        case 18:
            return {**outer, "component": {"id": number * 2, **inputs[component["component"]["custom_id"]]}}
        case 1:
            return {
                **outer,
                "components": [{"id": number * 2, **inputs[c["custom_id"]]} for c in component["components"]],
            }
        case _:
            return outer


def _input(
    one: Field, values: Mapping[str, object], keep: Callable[[Upload], str], resolve: Callable[[object], str]
) -> Json:
    value = values.get(one.label, values.get(one.custom_id))
    body: Json = {"type": one.kind, "custom_id": one.custom_id}
    match one.kind:
        case 4:
            return {**body, "value": _text(one, one.value if value is None else value)}
        case 3 | 22:
            return {**body, "values": _several(one, _listed(one, value))}
        case 19:
            return {**body, "values": [keep(file) for file in _files(one, value)]}
        case 21:
            return {**body, "value": _single(one, value)}
        case 23:
            return {**body, "value": bool(one.raw.get("default") if value is None else value)}
        case _:
            chosen = [resolve(item) for item in _sequence(value)]
            _check_count(one, len(chosen), most=25)
            return {**body, "values": chosen}


def _text(one: Field, value: object) -> str:
    text = str(value)
    low = one.raw.get("min_length") or 0
    high = one.raw.get("max_length") or 4000
    if not text and one.is_required:
        raise CannotDo(f"{one.label}: this field is required")
    if text and not low <= len(text) <= high:
        raise CannotDo(f"{one.label}: {low} to {high} characters, not {len(text)}")
    return text


def _sequence(value: object) -> Sequence[object]:
    if value is None:
        return []
    return value if isinstance(value, list | tuple) else [value]


def _listed(one: Field, value: object) -> list[str]:
    if value is None:
        return [option.value for option in one.options if option.default]
    return [_option_value(one, item) for item in _sequence(value)]


def _option_value(one: Field, wanted: object) -> str:
    for option in one.options:
        if wanted in (option.value, option.label):
            return option.value
    raise CannotDo(f"{one.label}: {wanted!r} is not offered")


def _several(one: Field, chosen: list[str]) -> list[str]:
    most = len(one.options) if one.kind == CHECKBOXES else 1
    _check_count(one, len(chosen), most=most)
    return chosen


def _single(one: Field, value: object) -> str | None:
    chosen = _listed(one, value)
    if not chosen and one.is_required:
        raise CannotDo(f"{one.label}: this field is required")
    return chosen[0] if chosen else None


def _files(one: Field, value: object) -> list[Upload]:
    files = [item for item in _sequence(value) if isinstance(item, Upload)]
    _check_count(one, len(files), most=1)
    return files


def _check_count(one: Field, count: int, *, most: int) -> None:
    if not count:
        if one.is_required and one.raw.get("min_values", 1):
            raise CannotDo(f"{one.label}: this field is required")
        return
    low, high = one.raw.get("min_values", 1), one.raw.get("max_values", most)
    if not low <= count <= high:
        raise CannotDo(f"{one.label}: {low} to {high}, not {count}")
