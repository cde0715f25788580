"""A member's actions as Discord's client carries them out: checked first, then sent to the bot."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground import commands, compose, payloads
from playground.attachment import Attachment, Upload
from playground.channel import Channel
from playground.errors import CannotDo
from playground.event import Event, Intent
from playground.interaction import Interaction, Kind
from playground.message import Message
from playground.modals import fill
from playground.permissions import Permission
from playground.reply import Modal, Reply
from playground.seen import Button, Select
from playground.wire import Json

if TYPE_CHECKING:
    from playground.member import Member

ATTACHMENT, USER, CHANNEL, ROLE, MENTIONABLE = 11, 6, 7, 8, 9
STRING_MENU, USER_MENU, CHANNEL_MENU = 3, 5, 8


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of an autocomplete list."""

    name: str
    value: str | int | float


# --- commands


async def command(
    member: "Member", channel: Channel, words: str, options: Mapping[str, object], *, patience: float
) -> Reply:
    """Run a slash command."""
    definition, passed, last = commands.find(_definitions(member, channel), words)
    _check_may_use(member, channel, definition)
    known = {o["name"]: o for o in last.get("options") or ()}
    if unknown := set(options) - set(known):
        raise CannotDo(f"/{words} has no option {', '.join(sorted(unknown))}")
    resolved: Json = {}
    filled = []
    for name, option in known.items():
        if options.get(name) is not None:
            filled.append(_option(member, channel, option, options[name], resolved))
        elif option.get("required"):
            raise CannotDo(f"/{words}: {name} is required")
    data = _command_data(definition, passed, filled)
    if resolved:
        data["resolved"] = resolved
    return await send(member, channel, Kind.COMMAND, data, patience=patience)


async def autocomplete(
    member: "Member",
    channel: Channel,
    words: str,
    typing: tuple[str, str],
    options: Mapping[str, object],
    *,
    patience: float,
) -> list[Choice]:
    """Type into an option (its name, the text) and read the list that is offered."""
    focused, typed = typing
    definition, passed, last = commands.find(_definitions(member, channel), words)
    known = {o["name"]: o for o in last.get("options") or ()}
    if not known.get(focused, {}).get("autocomplete"):
        raise CannotDo(f"/{words}: {focused} has no autocomplete")
    filled = [
        {"name": n, "type": known[n]["type"], "value": v}
        for n, v in options.items()
        if isinstance(v, str | int | float)
    ]
    filled.append({"name": focused, "type": known[focused]["type"], "value": typed, "focused": True})
    data = _command_data(definition, passed, filled)
    reply = await send(member, channel, Kind.AUTOCOMPLETE, data, patience=patience)
    if reply.error:
        raise CannotDo("Loading options failed")
    return [Choice(c["name"], c["value"]) for c in reply.interaction.choices]


def _definitions(member: "Member", channel: Channel) -> list[Json]:
    guild = channel.guild
    return [
        d for d in member.world.commands.values() if "guild_id" not in d or (guild and d["guild_id"] == str(guild.id))
    ]


def _check_may_use(member: "Member", channel: Channel, definition: Json) -> None:
    if channel.guild is None:
        contexts = definition.get("contexts")
        if (
            (contexts is not None and 1 not in contexts)
            or definition.get("dm_permission") is False
            or "guild_id" in definition
        ):
            raise CannotDo(f"/{definition['name']} cannot be used in direct messages")
        return
    rights = channel.permissions_of(member)
    if not rights & Permission.USE_APPLICATION_COMMANDS:
        raise CannotDo(f"{member.name} may not use commands in #{channel.name}")
    needed = definition.get("default_member_permissions")
    if needed is not None and (int(needed) & rights != int(needed) or int(needed) == 0):
        raise CannotDo(f"{member.name} does not see /{definition['name']}")


def _command_data(definition: Json, passed: list[Json], options: list[Json]) -> Json:
    for level in reversed(passed):
        options = [{"name": level["name"], "type": level["type"], "options": options}]
    data: Json = {"id": definition["id"], "name": definition["name"], "type": definition["type"], "options": options}
    return {**data, "guild_id": definition["guild_id"]} if "guild_id" in definition else data


def _option(member: "Member", channel: Channel, option: Json, value: object, resolved: Json) -> Json:
    entry: Json = {"name": option["name"], "type": option["type"]}
    match option["type"]:
        case 11:
            if not isinstance(value, Upload):
                raise CannotDo(f"{option['name']}: {value!r} is no file")
            stored = upload(member, channel, value)
            resolved.setdefault("attachments", {})[str(stored.id)] = stored.payload()
            return {**entry, "value": str(stored.id)}
        case 6 | 7 | 8 | 9:
            return {**entry, "value": _resolve(value, resolved)}
        case _:
            return {**entry, "value": commands.accept(option, value)}


def _resolve(value: object, resolved: Json) -> str:
    """Note a person, channel or role that was chosen, and give its id."""
    from playground.guild import Role
    from playground.member import Member

    if isinstance(value, Member):
        resolved.setdefault("users", {})[str(value.id)] = payloads.user(value.user)
        rights = {"permissions": str(value.guild.permissions_of(value))}
        resolved.setdefault("members", {})[str(value.id)] = _resolved_member(value) | rights
        return str(value.id)
    if isinstance(value, Channel):
        written = payloads.channel(value)
        kept: Json = {k: written[k] for k in ("id", "name", "type", "parent_id", "thread_metadata") if k in written}
        resolved.setdefault("channels", {})[str(value.id)] = {**kept, "permissions": "0"}
        return str(value.id)
    if isinstance(value, Role):
        resolved.setdefault("roles", {})[str(value.id)] = payloads.role(value)
        return str(value.id)
    raise CannotDo(f"{value!r} cannot be chosen here")


def _resolved_member(member: "Member") -> Json:
    written = payloads.member(member, with_user=False)
    return {k: v for k, v in written.items() if k not in ("mute", "deaf")}


def upload(member: "Member", channel: Channel, file: Upload) -> Attachment:
    """Upload a file for a command or modal: it lies under the ephemeral attachments."""
    limit = attachment_limit(channel)
    if len(file.data) > limit:
        raise CannotDo(f"{file.filename}: your file is too powerful (max {limit // 1024 // 1024} MiB)")
    named = Upload(compose.clean_name(file.filename), file.data, file.description, file.content_type)
    return member.world.store_file(named, f"ephemeral-attachments/{member.world.application_id}", ephemeral=True)


def attachment_limit(channel: Channel) -> int:
    """Bytes that a member may upload here."""
    return channel.guild.file_limit if channel.guild else 10 * 1024 * 1024


# --- context menus


async def message_action(member: "Member", name: str, message: Message, *, patience: float) -> Reply:
    """Use a message command; the target comes whole, whatever the intents."""
    definition = commands.find_menu(_definitions(member, message.channel), name, commands.MESSAGE)
    _check_may_use(member, message.channel, definition)
    data = _command_data(definition, [], [])
    del data["options"]
    data["target_id"] = str(message.id)
    data["resolved"] = {"messages": {str(message.id): payloads.message(message)}}
    return await send(member, message.channel, Kind.COMMAND, data, patience=patience)


async def user_action(member: "Member", name: str, target: "Member", channel: Channel, *, patience: float) -> Reply:
    """Use a user command."""
    definition = commands.find_menu(_definitions(member, channel), name, commands.USER)
    _check_may_use(member, channel, definition)
    data = _command_data(definition, [], [])
    del data["options"]
    resolved: Json = {}
    data.update(target_id=_resolve(target, resolved), resolved=resolved)
    return await send(member, channel, Kind.COMMAND, data, patience=patience)


# --- components


async def press(
    member: "Member", message: Message, label: str | None, *, custom_id: str | None, patience: float
) -> Reply:
    """Press a button."""
    button = _find_button(message, label, custom_id)
    _check_sees(member, message)
    if button.disabled:
        raise CannotDo(f"the button {button.title!r} is disabled")
    if button.custom_id is None:
        raise CannotDo(f"the button {button.title!r} opens {button.url}; it does not reach the bot")
    data: Json = {"custom_id": button.custom_id, "component_type": 2, "id": _component_id(message, button.custom_id)}
    return await send(member, message.channel, Kind.COMPONENT, data, source=message, patience=patience)


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
    member: "Member",
    message: Message,
    values: "Sequence[str | Member | Channel]",
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
        chosen = [_resolve(value, resolved) for value in values]
    number = _component_id(message, menu.custom_id)
    data: Json = {"custom_id": menu.custom_id, "component_type": menu.kind, "id": number, "values": chosen}
    if menu.kind != STRING_MENU:
        data["resolved"] = resolved
    return await send(member, message.channel, Kind.COMPONENT, data, source=message, patience=patience)


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
    from playground.seen import walk

    return next(int(c["id"]) for c in walk(message.raw_components) if c.get("custom_id") == custom_id)


def _check_sees(member: "Member", message: Message) -> None:
    if message.deleted:
        raise CannotDo("the message has been deleted")
    if message.ephemeral_for not in (None, member.user):
        raise CannotDo(f"{member.name} does not see this message")
    if message.channel.guild and not message.channel.permissions_of(member) & Permission.VIEW_CHANNEL:
        raise CannotDo(f"{member.name} does not see #{message.channel.name}")


# --- modals


async def submit(member: "Member", modal: Modal | None, values: Mapping[str, object], *, patience: float) -> Reply:
    """Fill and send a modal."""
    if modal is None:
        raise CannotDo("no modal is open")
    opened = modal.opened_by
    resolved: Json = {}

    def keep(file: Upload) -> str:
        stored = upload(member, opened.channel, file)
        resolved.setdefault("attachments", {})[str(stored.id)] = stored.payload()
        return str(stored.id)

    components = fill(modal, values, keep=keep, resolve=lambda value: _resolve(value, resolved))
    data: Json = {"custom_id": modal.custom_id, "components": components}
    if resolved:
        data["resolved"] = resolved
    return await send(
        member, opened.channel, Kind.MODAL, data, source=opened.source, opened_by=opened, patience=patience
    )


# --- messages


def post(
    member: "Member",
    channel: Channel,
    content: str,
    files: Sequence[Upload],
    *,
    mention_bot: bool,
    reply_to: Message | None,
) -> Message:
    """Write a message."""
    world = member.world
    _check_may_post(member, channel, files)
    if mention_bot:
        name = f"@{world.bot.name}"
        content = content.replace(name, world.bot.mention) if name in content else f"{world.bot.mention} {content}"
    message = Message(
        world.ids.next(), channel, member.user, world.clock.now(), kind=19 if reply_to else 0, reference=reply_to
    )
    attached = {
        i: Upload(compose.clean_name(f.filename), f.data, f.description, f.content_type) for i, f in enumerate(files)
    }
    draft = compose.Draft({"content": content.strip()}, attached)
    compose.create(message, draft, file_limit=attachment_limit(channel), folder=f"attachments/{channel.id}")
    world.post(message)
    return message


def _check_may_post(member: "Member", channel: Channel, files: Sequence[Upload]) -> None:
    if channel.guild is None:
        return
    rights = channel.permissions_of(member)
    needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    if not rights & Permission.VIEW_CHANNEL or not rights & needed:
        raise CannotDo(f"{member.name} may not write in #{channel.name}")
    if files and not rights & Permission.ATTACH_FILES:
        raise CannotDo(f"{member.name} may not attach files in #{channel.name}")


def edit(member: "Member", message: Message, content: str) -> None:
    """Edit an own message."""
    if message.author is not member.user:
        raise CannotDo("only the author can edit a message")
    message.content = content
    compose.read_mentions(message, None)
    member.world.message_changed(message, by_author=True)


def delete(member: "Member", message: Message) -> None:
    """Delete a message, or dismiss an ephemeral one."""
    rights = message.channel.permissions_of(member)
    if message.author is not member.user and not rights & Permission.MANAGE_MESSAGES:
        raise CannotDo(f"{member.name} may not delete this message")
    member.world.delete_message(message)


# --- sending


async def send(
    member: "Member",
    channel: Channel,
    kind: Kind,
    data: Json,
    *,
    source: Message | None = None,
    opened_by: Interaction | None = None,
    patience: float,
) -> Reply:
    """Send an interaction to the bot and return when the member would see something."""
    world = member.world
    interaction = Interaction(
        world.ids.next(),
        world,
        kind,
        member.user,
        member if channel.guild else None,
        channel,
        data,
        source,
        opened_by,
    )
    world.interactions[interaction.id] = world.by_token[interaction.token] = interaction
    interaction.deadline = world.clock.call_later(world.seconds_to_answer, interaction.die)
    interaction.sent_at = time.perf_counter()
    guild_id = channel.guild.id if channel.guild else None
    world.emit(Event("INTERACTION_CREATE", Intent.ALWAYS, guild_id, event_data(interaction, member)))
    what = f"an answer to {data.get('name') or data.get('custom_id')}"
    await world.changes.until(lambda: interaction.is_settled, timeout=patience, what=what)
    return Reply(interaction)


def event_data(interaction: Interaction, member: "Member") -> Json:
    """Write INTERACTION_CREATE."""
    channel = interaction.channel
    world = member.world
    body: Json = {
        "id": str(interaction.id),
        "application_id": str(world.application_id),
        "type": int(interaction.kind),
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": str(channel.id),
        "channel": payloads.channel(channel),
        "locale": member.user.locale,
        "entitlements": [],
        "authorizing_integration_owners": interaction.owners(),
        "context": 0 if channel.guild else 1,
        "attachment_size_limit": attachment_limit(channel),
        "app_permissions": _bot_rights(channel),
        **_actor(member, channel),
    }
    return {**body, "message": payloads.message(interaction.source)} if interaction.source else body


def _actor(member: "Member", channel: Channel) -> Json:
    guild = channel.guild
    if guild is None:
        return {"user": payloads.user(member.user)}
    rights = {"permissions": str(channel.permissions_of(member))}
    return {
        "guild_id": str(guild.id),
        "guild": payloads.partial_guild(guild),
        "guild_locale": guild.locale,
        "member": {**payloads.member(member), **rights},
    }


def _bot_rights(channel: Channel) -> str:
    bot = channel.guild.members.get(channel.world.bot.id) if channel.guild else None
    return str(channel.permissions_of(bot)) if bot else "0"
