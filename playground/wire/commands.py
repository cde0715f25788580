"""Command definitions: what Discord accepts at PUT, and how a member's words find a command."""

import re
from collections import Counter
from collections.abc import Sequence

from playground.wire.errors import CannotDo, FormErrors
from playground.world.json_values import Json

SLASH, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, NUMBER = 3, 4, 10
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


def find(definitions: Sequence[Json], words: str) -> tuple[Json, list[Json], Json]:
    """Find a slash command by its words: the command, the subcommands passed through, and the last of them."""
    first, *rest = words.removeprefix("/").split()
    command = next((d for d in definitions if d["type"] == SLASH and d["name"] == first), None)
    if command is None:
        raise CannotDo(f"there is no command /{first}")
    here, passed = command, []
    for word in rest:
        inner = next(
            (o for o in here.get("options") or () if o["name"] == word and o["type"] in (SUBCOMMAND, GROUP)), None
        )
        if inner is None:
            raise CannotDo(f"there is no command /{words}")
        passed.append(inner)
        here = inner
    if any(o["type"] in (SUBCOMMAND, GROUP) for o in here.get("options") or ()):
        raise CannotDo(f"/{words} needs a subcommand")
    return command, passed, here


def find_menu(definitions: Sequence[Json], name: str, kind: int) -> Json:
    """Find a message or user command by its name."""
    for definition in definitions:
        if definition["type"] == kind and definition["name"] == name:
            return definition
    raise CannotDo(f"there is no action {name!r}")


def accept(option: Json, value: object) -> object:
    """Check one option's value as Discord's client does before it sends anything."""
    name, kind = option["name"], option["type"]
    choices = {c["name"]: c["value"] for c in option.get("choices") or ()}
    if choices:
        value = choices.get(str(value), value)
        if value not in choices.values():
            raise CannotDo(f"{name}: {value!r} is not one of {', '.join(choices)}")
    if kind == STRING:
        _within(name, "length", len(_text(name, value)), option.get("min_length"), option.get("max_length") or 6000)
    elif kind == INTEGER:
        if not isinstance(value, int) or isinstance(value, bool):
            raise CannotDo(f"{name}: {value!r} is no whole number")
        _within(name, "value", value, option.get("min_value"), option.get("max_value"))
    elif kind == NUMBER:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise CannotDo(f"{name}: {value!r} is no number")
        _within(name, "value", value, option.get("min_value"), option.get("max_value"))
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise CannotDo(f"{name}: {value!r} is no text")
    return value


def _within(name: str, what: str, number: float, low: float | None, high: float | None) -> None:
    if low is not None and number < low:
        raise CannotDo(f"{name}: {what} {number} is below {low}")
    if high is not None and number > high:
        raise CannotDo(f"{name}: {what} {number} is above {high}")
