"""A member presses buttons, chooses from menus and sends forms."""

from collections.abc import Mapping, Sequence

from playground.acts.errors import CannotDo
from playground.acts.forms import fill
from playground.acts.interactions import resolve, send, upload
from playground.acts.replies import Modal, Reply
from playground.wire import payloads
from playground.world import layout
from playground.world.attachments import Upload
from playground.world.channels import Channel, Message
from playground.world.guilds import MemberState
from playground.world.json_values import Json
from playground.world.layout import Button, Select
from playground.world.permissions import Permission
from playground.world.state import World
from playground.world.triggers import InteractionKind

STRING_MENU = 3


async def press(
    world: World, member: MemberState, message: Message, label: str | None, *, custom_id: str | None, patience: float
) -> Reply:
    """Press a button."""
    button = _find_button(message, label, custom_id)
    _check_sees(member, message)
    if button.disabled:
        raise CannotDo(f"the button {button.title!r} is disabled")
    if button.custom_id is None:
        raise CannotDo(f"the button {button.title!r} opens {button.url}; it does not reach the bot")
    data: Json = {"custom_id": button.custom_id, "component_type": 2, "id": _component_id(message, button.custom_id)}
    return await send(
        world,
        member,
        message.channel,
        InteractionKind.COMPONENT,
        data,
        label=button.title,
        source=message,
        patience=patience,
    )


def _find_button(message: Message, label: str | None, custom_id: str | None) -> Button:
    buttons = message.buttons
    if custom_id is not None:
        found = [b for b in buttons if b.custom_id == custom_id]
    else:
        exact = [b for b in buttons if label in (b.label, b.title, b.emoji)]
        found = exact or [b for b in buttons if label and label in b.title]
    if len(found) != 1:
        shown = ", ".join(repr(b.title) for b in buttons) or "none"
        raise CannotDo(f"{len(found)} buttons match {custom_id or label!r}; there are: {shown}")
    return found[0]


async def choose(
    world: World,
    member: MemberState,
    message: Message,
    values: Sequence[str | MemberState | Channel],
    *,
    custom_id: str | None,
    placeholder: str | None,
    patience: float,
) -> Reply:
    """Choose from a select menu."""
    menu = _find_menu(message, custom_id, placeholder)
    _check_sees(member, message)
    if menu.disabled:
        raise CannotDo(f"the menu {menu.placeholder!r} is disabled")
    if not menu.min_values <= len(values) <= menu.max_values:
        raise CannotDo(f"choose {menu.min_values} to {menu.max_values} from {menu.placeholder!r}, not {len(values)}")
    resolved: Json = {}
    if menu.kind == STRING_MENU:
        chosen = [_menu_value(menu, value) for value in values]
    else:
        chosen = [resolve(value, resolved) for value in values]
    number = _component_id(message, menu.custom_id)
    data: Json = {"custom_id": menu.custom_id, "component_type": menu.kind, "id": number, "values": chosen}
    if menu.kind != STRING_MENU:
        data["resolved"] = resolved
    return await send(
        world, member, message.channel, InteractionKind.COMPONENT, data, source=message, patience=patience
    )


def _find_menu(message: Message, custom_id: str | None, placeholder: str | None) -> Select:
    found = [s for s in message.selects if custom_id in (None, s.custom_id) and placeholder in (None, s.placeholder)]
    if len(found) != 1:
        raise CannotDo(f"{len(found)} menus match {custom_id or placeholder!r}")
    return found[0]


def _menu_value(menu: Select, wanted: object) -> str:
    for option in menu.options:
        if wanted in (option.value, option.label):
            return option.value
    raise CannotDo(f"{wanted!r} is not offered; there are: {', '.join(o.label for o in menu.options)}")


def _component_id(message: Message, custom_id: str) -> int:
    return next(int(c["id"]) for c in layout.walk(message.raw_components) if c.get("custom_id") == custom_id)


def _check_sees(member: MemberState, message: Message) -> None:
    if message.deleted:
        raise CannotDo("the message has been deleted")
    if message.ephemeral_for not in (None, member.user):
        raise CannotDo(f"{member.name} does not see this message")
    if message.channel.guild and not message.channel.permissions_of(member) & Permission.VIEW_CHANNEL:
        raise CannotDo(f"{member.name} does not see #{message.channel.name}")


async def submit(
    world: World, member: MemberState, modal: Modal | None, values: Mapping[str, object], *, patience: float
) -> Reply:
    """Fill and send a modal."""
    if modal is None:
        raise CannotDo("no modal is open")
    opened = modal.opened_by
    resolved: Json = {}

    def keep(file: Upload) -> str:
        stored = upload(opened.channel, file)
        resolved.setdefault("attachments", {})[str(stored.id)] = payloads.attachment(stored)
        return str(stored.id)

    components = fill(modal, values, keep=keep, resolve=lambda value: resolve(value, resolved))
    data: Json = {"custom_id": modal.custom_id, "components": components}
    if resolved:
        data["resolved"] = resolved
    return await send(
        world,
        member,
        opened.channel,
        InteractionKind.MODAL,
        data,
        label=modal.title,
        source=opened.source,
        opened_by=opened.trigger,
        patience=patience,
    )
