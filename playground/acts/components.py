"""A member presses buttons, chooses from menus and sends forms."""

from collections.abc import Mapping, Sequence

from playground.acts.actors import ActingMember
from playground.acts.errors import CannotDo
from playground.acts.forms import fill
from playground.acts.replies import Modal, Reply
from playground.acts.resolution import resolve, upload
from playground.world import layout
from playground.world.changes import PATIENCE
from playground.world.channels import Channel, Message
from playground.world.guilds import MemberState
from playground.world.json_values import Json
from playground.world.layout import Button, Select
from playground.world.permissions import Permission
from playground.world.triggers import InteractionKind

STRING_MENU = 3


class ComponentActs(ActingMember):
    """Presses buttons, chooses from menus and sends forms."""

    async def press(
        self, message: Message, label: str | None = None, *, custom_id: str | None = None, timeout: float = PATIENCE
    ) -> Reply:
        """Press a button found by its text (whole or part) or its custom_id."""
        button = _find_button(message, label, custom_id)
        _check_sees(self, message)
        if button.disabled:
            raise CannotDo(f"the button {button.title!r} is disabled")
        if button.custom_id is None:
            raise CannotDo(f"the button {button.title!r} opens {button.url}; it does not reach the bot")
        data: Json = {
            "custom_id": button.custom_id,
            "component_type": 2,
            "id": _component_id(message, button.custom_id),
        }
        return await self._send(
            message.channel,
            InteractionKind.COMPONENT,
            data,
            label=button.title,
            source=message,
            timeout=timeout,
        )

    async def choose(
        self,
        message: Message,
        values: Sequence[str | MemberState | Channel],
        *,
        custom_id: str | None = None,
        placeholder: str | None = None,
        timeout: float = PATIENCE,
    ) -> Reply:
        """Choose from a select menu, options by label or value, where the only menu needs no name."""
        menu = _find_menu(message, custom_id, placeholder)
        _check_sees(self, message)
        if menu.disabled:
            raise CannotDo(f"the menu {menu.placeholder!r} is disabled")
        if not menu.min_values <= len(values) <= menu.max_values:
            raise CannotDo(
                f"choose {menu.min_values} to {menu.max_values} from {menu.placeholder!r}, not {len(values)}"
            )
        number = _component_id(message, menu.custom_id)
        data: Json = {"custom_id": menu.custom_id, "component_type": menu.kind, "id": number}
        if menu.kind == STRING_MENU:
            data["values"] = [_menu_value(menu, value) for value in values]
        else:
            resolved: Json = {}
            data.update(values=[resolve(value, resolved) for value in values], resolved=resolved)
        return await self._send(message.channel, InteractionKind.COMPONENT, data, source=message, timeout=timeout)

    async def submit(self, modal: Modal | None, values: Mapping[str, object], *, timeout: float = PATIENCE) -> Reply:
        """Fill a form's fields (by label or custom_id) and send it, CannotDo when the client would refuse."""
        if modal is None:
            raise CannotDo("no modal is open")
        opened = modal.opened_by
        resolved: Json = {}
        components = fill(
            modal,
            values,
            keep=lambda file: upload(opened.channel, file, resolved),
            resolve=lambda value: resolve(value, resolved),
        )
        data: Json = {"custom_id": modal.custom_id, "components": components}
        if resolved:
            data["resolved"] = resolved
        return await self._send(
            opened.channel,
            InteractionKind.MODAL,
            data,
            label=modal.title,
            source=opened.source,
            opened_by=opened.trigger,
            timeout=timeout,
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
