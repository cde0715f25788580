"""How a member's words and values find a command and its options in Discord's client."""

from collections.abc import Sequence

from playground.acts.errors import CannotDo
from playground.wire.commands import GROUP, SLASH, SUBCOMMAND
from playground.world.json_values import Json

STRING, INTEGER, NUMBER = 3, 4, 10  # types of options


def find(definitions: Sequence[Json], words: str) -> tuple[Json, list[Json], Json]:
    """Find a slash command by its words.

    Returns the command, the subcommands passed through, and the last of them.
    """
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
