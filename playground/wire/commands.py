"""Command definitions as Discord accepts them from a bot."""

import re
from collections import Counter
from collections.abc import Sequence

from playground.wire.errors import FormErrors
from playground.world.json_values import Json

SLASH, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
COUNTS = {SLASH: 100, USER: 15, MESSAGE: 15}
OPTIONS, CHOICES, NAME, TEXT, ALL_TEXT = 25, 25, 32, 100, 8000
NAME_SHAPE = re.compile(r"[-_'\w]{1,32}")
DEEPEST = 2  # group, then subcommand

Path = tuple[str | int, ...]


def check_all(definitions: Sequence[Json]) -> None:
    """Refuse (400/50035) a set of commands that Discord would refuse."""
    faults = FormErrors()
    for index, definition in enumerate(definitions):
        _check_one(faults, (index,), definition)
    for kind, most in COUNTS.items():
        names = [d.get("name") for d in definitions if d.get("type", SLASH) == kind]
        if len(names) > most:
            faults.add((), "APPLICATION_COMMANDS_MAX", f"Maximum number of application commands reached ({most}).")
        for name, count in Counter(names).items():
            if count > 1:
                faults.add(
                    (), "APPLICATION_COMMANDS_DUPLICATE_NAME", f"Application command names must be unique: {name}"
                )
    faults.refuse_if_any()


def _check_one(faults: FormErrors, path: Path, definition: Json) -> None:
    if definition.get("type", SLASH) != SLASH:
        faults.length((*path, "name"), definition.get("name"), least=1, most=NAME)
        if definition.get("description"):
            faults.add(
                (*path, "description"),
                "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
                "Context menu commands cannot have description",
            )
        return
    _check_named(faults, path, definition)
    _check_options(faults, (*path, "options"), definition.get("options") or [], depth=0)
    if _length(definition) > ALL_TEXT:
        text = f"Combined fields exceed maximum size of {ALL_TEXT} characters"
        faults.add(path, "APPLICATION_COMMAND_TOO_LARGE", text)


def _check_named(faults: FormErrors, path: Path, thing: Json) -> None:
    name = thing.get("name")
    if not isinstance(name, str) or not NAME_SHAPE.fullmatch(name) or name != name.lower():
        faults.add((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    faults.length((*path, "description"), thing.get("description"), least=1, most=TEXT)


def _check_options(faults: FormErrors, path: Path, options: Sequence[Json], *, depth: int) -> None:
    faults.count(path, len(options), most=OPTIONS)
    names: set[object] = set()
    optional_seen = False
    for index, option in enumerate(options):
        here = (*path, index)
        _check_named(faults, here, option)
        if option.get("name") in names:
            faults.add((*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE", "Option names must be unique")
        names.add(option.get("name"))
        if option.get("required") and optional_seen:
            text = "Required options must be placed before non-required options"
            faults.add(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        optional_seen = optional_seen or not option.get("required")
        _check_option(faults, here, option, depth=depth)


def _check_option(faults: FormErrors, path: Path, option: Json, *, depth: int) -> None:
    kind = option.get("type")
    if kind in (SUBCOMMAND, GROUP):
        if depth >= DEEPEST or (kind == GROUP and depth):
            faults.add(
                (*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command option type is invalid here"
            )
        _check_options(faults, (*path, "options"), option.get("options") or [], depth=depth + 1)
        return
    if kind not in range(3, 12):
        faults.add((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}.")
    choices = option.get("choices") or []
    faults.count((*path, "choices"), len(choices), most=CHOICES)
    check_choices(faults, (*path, "choices"), choices)
    if choices and option.get("autocomplete"):
        text = "Autocomplete cannot be used with choices"
        faults.add(path, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE_MUTUALLY_EXCLUSIVE", text)


def check_choices(faults: FormErrors, path: Path, choices: Sequence[Json]) -> None:
    """Note choices whose names or text values are empty or too long."""
    for index, choice in enumerate(choices):
        faults.length((*path, index, "name"), choice.get("name"), least=1, most=TEXT)
        if isinstance(choice.get("value"), str):
            faults.length((*path, index, "value"), choice["value"], least=1, most=TEXT)


def _length(thing: Json) -> int:
    own = len(str(thing.get("name", ""))) + len(str(thing.get("description", "")))
    values = sum(len(str(c.get("name", ""))) + len(str(c.get("value", ""))) for c in thing.get("choices") or ())
    return own + values + sum(_length(option) for option in thing.get("options") or ())
