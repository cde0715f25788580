"""The rules of Discord for the components of forms (modals)."""

from playground.wire.components import (
    ACTION_ROW,
    CUSTOM_ID,
    SELECTS,
    TEXT,
    ComponentCheck,
    Path,
    Rules,
    check_options,
    check_select,
    check_text,
)
from playground.wire.errors import FormErrors
from playground.world.json_values import Json

TEXT_INPUT, LABEL, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 4, 18, 19, 21, 22, 23
IN_LABEL = {TEXT_INPUT, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX} | SELECTS
IN_MODAL = {ACTION_ROW, LABEL, TEXT}


def _row(check: ComponentCheck, path: Path, row: Json) -> None:
    check.children((*path, "components"), row.get("components"), {TEXT_INPUT})


def _label(check: ComponentCheck, path: Path, label: Json) -> None:
    check.faults.length((*path, "label"), label.get("label"), least=1, most=45)
    if label.get("description") is not None:
        check.faults.length((*path, "description"), label["description"], most=100)
    check.one((*path, "component"), label.get("component"), IN_LABEL)


def _text_input(check: ComponentCheck, path: Path, field_: Json) -> None:
    check.custom_id(path, field_)
    if field_.get("style") not in (1, 2):
        check.faults.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
    low, high = field_.get("min_length") or 0, field_.get("max_length") or 4000
    if not 0 <= low <= 4000 or not max(1, low) <= high <= 4000:
        check.faults.add((*path, "max_length"), "NUMBER_TYPE_MAX", "int value should be between 1 and 4000.")
    if field_.get("value") is not None:
        check.faults.length((*path, "value"), field_["value"], least=low if field_["value"] else 0, most=high)
    if field_.get("placeholder") is not None:
        check.faults.length((*path, "placeholder"), field_["placeholder"], most=100)


def _file_upload(check: ComponentCheck, path: Path, field_: Json) -> None:
    check.custom_id(path, field_)
    check.bounds(path, field_, options=None, most=10)


def _radio(check: ComponentCheck, path: Path, group: Json) -> None:
    check.custom_id(path, group)
    check_options(check, path, group, least=2, most=10)


def _checkboxes(check: ComponentCheck, path: Path, group: Json) -> None:
    check.custom_id(path, group)
    count = check_options(check, path, group, least=1, most=10)
    if "max_values" in group or "min_values" in group:
        check.bounds(path, {"max_values": count, **group}, options=count, most=10)


def _checkbox(check: ComponentCheck, path: Path, box: Json) -> None:
    check.custom_id(path, box)


RULES: Rules = {
    ACTION_ROW: _row,
    **dict.fromkeys(SELECTS, check_select),
    TEXT_INPUT: _text_input,
    TEXT: check_text,
    LABEL: _label,
    FILE_UPLOAD: _file_upload,
    RADIO: _radio,
    CHECKBOXES: _checkboxes,
    CHECKBOX: _checkbox,
}


def check_modal(data: Json) -> None:
    """Refuse (400/50035) a modal that Discord would refuse."""
    faults = FormErrors()
    faults.length(("data", "title"), data.get("title"), least=1, most=45)
    faults.length(("data", "custom_id"), data.get("custom_id"), least=1, most=CUSTOM_ID)
    components = data.get("components")
    path: Path = ("data", "components")
    ComponentCheck(faults, RULES).children(path, components, IN_MODAL)
    faults.count(path, len(components) if isinstance(components, list) else 0, least=1, most=5)
    faults.refuse_if_any()
