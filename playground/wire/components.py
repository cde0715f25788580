"""The rules of Discord for the components of messages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from playground.wire.errors import FormErrors
from playground.world.json_values import Json

ACTION_ROW, BUTTON, STRING_SELECT = 1, 2, 3
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
OTHER_SELECTS = {5, 6, 7, 8}
SELECTS = {STRING_SELECT} | OTHER_SELECTS
LINK_STYLE, PREMIUM_STYLE = 5, 6

ROWS, BUTTONS_IN_ROW = 5, 5
V2_COMPONENTS, V2_TEXT = 40, 4000
CUSTOM_ID, LABEL_TEXT, PLACEHOLDER = 100, 80, 150

IN_V2 = {ACTION_ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER}
IN_CONTAINER = IN_V2 - {CONTAINER}

Path = tuple[str | int, ...]
Rules = Mapping[int, Callable[["ComponentCheck", Path, Json], None]]


@dataclass
class ComponentCheck:
    """One walk over a component tree that notes every fault with its path."""

    faults: FormErrors
    rules: Rules
    filenames: frozenset[str] = frozenset()
    custom_ids: set[str] = field(default_factory=set)
    ids: set[int] = field(default_factory=set)
    total: int = 0
    text: int = 0

    def children(self, path: Path, components: object, allowed: set[int]) -> None:
        """Check a list of components of which only some types are allowed here."""
        if not isinstance(components, list):
            self.faults.add(path, "BASE_TYPE_REQUIRED", "This field is required")
            return
        for index, component in enumerate(components):
            self.one((*path, index), component, allowed)

    def one(self, path: Path, component: object, allowed: set[int]) -> None:
        """Check one component and what is in it."""
        kind = component.get("type") if isinstance(component, dict) else None
        if not isinstance(component, dict) or kind not in allowed:
            listed = ", ".join(str(a) for a in sorted(allowed))
            self.faults.add(
                (*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({listed}).'
            )
            return
        self.total += 1
        self._unique_id(path, component)
        self.rules[kind](self, path, component)

    def _unique_id(self, path: Path, component: Json) -> None:
        number = component.get("id")
        if not number:
            return
        if number in self.ids:
            self.faults.add((*path, "id"), "COMPONENT_ID_DUPLICATED", "Component id must be unique")
        self.ids.add(number)

    def custom_id(self, path: Path, component: Json) -> None:
        """Check that a custom_id is there, short enough and used once."""
        custom_id = component.get("custom_id")
        self.faults.length((*path, "custom_id"), custom_id, least=1, most=CUSTOM_ID)
        if custom_id in self.custom_ids:
            text = "Component custom id cannot be duplicated"
            self.faults.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", text)
        if isinstance(custom_id, str):
            self.custom_ids.add(custom_id)

    def media(self, path: Path, media: object, *, files_only: bool = False) -> None:
        """Check that a media item has a link, which for attachments names a file of this message."""
        url = media.get("url") if isinstance(media, dict) else None
        if not isinstance(url, str):
            self.faults.add((*path, "url"), "BASE_TYPE_REQUIRED", "This field is required")
        elif url.startswith("attachment://"):
            if url.removeprefix("attachment://") not in self.filenames:
                code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
                self.faults.add((*path, "url"), code, "The referenced attachment was not found")
        elif files_only or not url.startswith(("http://", "https://")):
            self.faults.add((*path, "url"), "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('attachment',).")

    def bounds(self, path: Path, component: Json, *, options: int | None, most: int) -> None:
        """Check min_values and max_values of a menu, file field or checkbox group."""
        low, high = component.get("min_values", 1), component.get("max_values", 1)
        if not isinstance(low, int) or not 0 <= low <= most:
            self.faults.add((*path, "min_values"), "NUMBER_TYPE_MAX", f"int value should be between 0 and {most}.")
        elif not isinstance(high, int) or not max(1, low) <= high <= most:
            self.faults.add(
                (*path, "max_values"), "NUMBER_TYPE_MAX", f"int value should be between {max(1, low)} and {most}."
            )
        elif options and low > options:
            self.faults.add(
                (*path, "options"), "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {most} in length."
            )


def _row(check: ComponentCheck, path: Path, row: Json) -> None:
    inner = row.get("components")
    check.children((*path, "components"), inner, {BUTTON} | SELECTS)
    children = [c for c in inner if isinstance(c, dict)] if isinstance(inner, list) else []
    width = sum(BUTTONS_IN_ROW if c.get("type") in SELECTS else 1 for c in children)
    if not 1 <= width <= BUTTONS_IN_ROW:
        text = f"Must be between 1 and {BUTTONS_IN_ROW} in length."
        check.faults.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)


def _button(check: ComponentCheck, path: Path, button: Json) -> None:
    style = button.get("style")
    if style not in range(1, 7):
        check.faults.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
    elif style == LINK_STYLE:
        check.faults.length((*path, "url"), button.get("url"), least=1, most=512)
    elif style != PREMIUM_STYLE:
        check.custom_id(path, button)
    if button.get("label") is not None:
        check.faults.length((*path, "label"), button["label"], most=LABEL_TEXT)
    if style != PREMIUM_STYLE and not button.get("label") and not button.get("emoji"):
        check.faults.add(path, "BUTTON_COMPONENT_REQUIRED", "A button must have a label or an emoji")


def check_select(check: ComponentCheck, path: Path, select: Json) -> None:
    """Note what is wrong with a select menu."""
    check.custom_id(path, select)
    if select.get("placeholder") is not None:
        check.faults.length((*path, "placeholder"), select["placeholder"], most=PLACEHOLDER)
    count = None
    if select["type"] == STRING_SELECT:
        count = check_options(check, path, select, least=1, most=25)
    check.bounds(path, select, options=count, most=25)


def check_options(check: ComponentCheck, path: Path, holder: Json, *, least: int, most: int) -> int:
    """Note what is wrong with the options of a menu or group, and return how many there are."""
    options = holder.get("options")
    options = options if isinstance(options, list) else []
    check.faults.count((*path, "options"), len(options), least=least, most=most)
    values: set[str] = set()
    for index, option in enumerate(options):
        here = (*path, "options", index)
        check.faults.length((*here, "label"), option.get("label"), least=1, most=100)
        check.faults.length((*here, "value"), option.get("value"), least=1, most=100)
        if option.get("description") is not None:
            check.faults.length((*here, "description"), option["description"], most=100)
        if option.get("value") in values:
            text = "The specified option value is already used"
            check.faults.add((*here, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text)
        values.add(str(option.get("value")))
    return len(options)


def _section(check: ComponentCheck, path: Path, section: Json) -> None:
    inner = section.get("components")
    check.children((*path, "components"), inner, {TEXT})
    check.faults.count((*path, "components"), len(inner) if isinstance(inner, list) else 0, least=1, most=3)
    check.one((*path, "accessory"), section.get("accessory"), {BUTTON, THUMBNAIL})


def check_text(check: ComponentCheck, path: Path, display: Json) -> None:
    """Note what is wrong with a text display."""
    check.faults.length((*path, "content"), display.get("content"), least=1, most=V2_TEXT)
    check.text += len(str(display.get("content") or ""))


def _thumbnail(check: ComponentCheck, path: Path, thumbnail: Json) -> None:
    check.media((*path, "media"), thumbnail.get("media"))
    _description(check, path, thumbnail)


def _description(check: ComponentCheck, path: Path, holder: Json) -> None:
    if holder.get("description") is not None:
        check.faults.length((*path, "description"), holder["description"], most=1024)


def _gallery(check: ComponentCheck, path: Path, gallery: Json) -> None:
    items = gallery.get("items")
    items = items if isinstance(items, list) else []
    check.faults.count((*path, "items"), len(items), least=1, most=10)
    for index, item in enumerate(items):
        check.media((*path, "items", index, "media"), item.get("media"))
        _description(check, (*path, "items", index), item)


def _file(check: ComponentCheck, path: Path, component: Json) -> None:
    check.media((*path, "file"), component.get("file"), files_only=True)


def _separator(check: ComponentCheck, path: Path, separator: Json) -> None:
    if separator.get("spacing", 1) not in (1, 2):
        check.faults.add((*path, "spacing"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")


def _container(check: ComponentCheck, path: Path, container: Json) -> None:
    inner = container.get("components")
    check.children((*path, "components"), inner, IN_CONTAINER)
    check.faults.count(
        (*path, "components"), len(inner) if isinstance(inner, list) else 0, least=1, most=V2_COMPONENTS
    )


RULES: Rules = {
    ACTION_ROW: _row,
    BUTTON: _button,
    **dict.fromkeys(SELECTS, check_select),
    SECTION: _section,
    TEXT: check_text,
    THUMBNAIL: _thumbnail,
    GALLERY: _gallery,
    FILE: _file,
    SEPARATOR: _separator,
    CONTAINER: _container,
}


def check_message(faults: FormErrors, components: object, *, is_v2: bool, filenames: Iterable[str]) -> None:
    """Note what Discord would refuse in a message's components."""
    check = ComponentCheck(faults, RULES, filenames=frozenset(filenames))
    path: Path = ("components",)
    check.children(path, components, IN_V2 if is_v2 else {ACTION_ROW})
    count = len(components) if isinstance(components, list) else 0
    if not is_v2:
        faults.count(path, count, most=ROWS)
    elif check.total > V2_COMPONENTS:
        faults.add(path, "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"Must be {V2_COMPONENTS} or fewer in total.")
    elif not count:
        faults.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {V2_COMPONENTS} in length.")
    if is_v2 and check.text > V2_TEXT:
        text = f"The total text of all components must be {V2_TEXT} or fewer in length."
        faults.add(path, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)
