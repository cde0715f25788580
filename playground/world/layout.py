"""The components and embeds of a message as its readers see them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from playground.world.json_values import Json

BUTTON, TEXT, THUMBNAIL, FILE = 2, 10, 11, 13
SELECTS = range(3, 9)


@dataclass(frozen=True, slots=True)
class Button:
    """A button on a message."""

    label: str
    emoji: str
    custom_id: str | None
    style: int
    disabled: bool
    url: str | None = None

    @property
    def title(self) -> str:
        """Emoji and label together."""
        return f"{self.emoji} {self.label}".strip()


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a select menu."""

    label: str
    value: str
    description: str = ""
    default: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """A select menu on a message."""

    custom_id: str
    kind: int
    placeholder: str
    options: tuple[Option, ...]
    min_values: int
    max_values: int
    disabled: bool


def walk(components: Iterable[Json]) -> Iterator[Json]:
    """Visit each component, outer before inner, in reading order."""
    for component in components:
        yield component
        yield from walk(component.get("components", ()))
        for key in ("component", "accessory"):
            if key in component:
                yield from walk([component[key]])


def holders(components: Iterable[Json]) -> Iterator[Json]:
    """Visit each component and each item of a gallery."""
    for component in walk(components):
        yield component
        yield from component.get("items", ())


def emoji_text(emoji: Json | None) -> str:
    """Write an emoji as text."""
    if not emoji:
        return ""
    return f":{emoji['name']}:" if emoji.get("id") else str(emoji.get("name", ""))


def buttons(components: Iterable[Json]) -> list[Button]:
    """List the buttons of a message in reading order."""
    return [_button(c) for c in walk(components) if c["type"] == BUTTON]


def _button(component: Json) -> Button:
    return Button(
        label=component.get("label") or "",
        emoji=emoji_text(component.get("emoji")),
        custom_id=component.get("custom_id"),
        style=component["style"],
        disabled=bool(component.get("disabled")),
        url=component.get("url"),
    )


def read_options(component: Json) -> tuple[Option, ...]:
    """List the lines of a select menu, radio group or checkbox group."""
    return tuple(
        Option(o["label"], o["value"], o.get("description") or "", bool(o.get("default")))
        for o in component.get("options") or ()
    )


def selects(components: Iterable[Json]) -> list[Select]:
    """List the select menus of a message in reading order."""
    return [_select(c) for c in walk(components) if c["type"] in SELECTS]


def _select(component: Json) -> Select:
    return Select(
        custom_id=component["custom_id"],
        kind=component["type"],
        placeholder=component.get("placeholder") or "",
        options=read_options(component),
        min_values=component.get("min_values", 1),
        max_values=component.get("max_values", 1),
        disabled=bool(component.get("disabled")),
    )


def embed_text(embed: Json) -> Iterator[str]:
    """Give the visible texts of one embed, from top to bottom."""
    for part in (embed.get("author", {}).get("name"), embed.get("title"), embed.get("description")):
        if part:
            yield str(part)
    for field in embed.get("fields", ()):
        yield str(field["name"])
        yield str(field["value"])
    if text := embed.get("footer", {}).get("text"):
        yield str(text)


def component_text(component: Json) -> Iterator[str]:
    """Give the visible texts of one component, without those of its children."""
    match component["type"]:
        case 10:
            yield str(component["content"])
        case 2:
            yield _button(component).title
        case kind if kind in SELECTS and component.get("placeholder"):
            yield str(component["placeholder"])
        case _:
            return


def visible_text(content: str, embeds: Iterable[Json], components: Iterable[Json]) -> str:
    """Join everything that can be read in a message, line by line."""
    lines = [content] if content else []
    for embed in embeds:
        lines.extend(embed_text(embed))
    for component in walk(components):
        lines.extend(component_text(component))
    return "\n".join(lines)
