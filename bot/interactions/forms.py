"""Forms (modals) that carry everything in their custom id, so that they work after a restart."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.interactions import errors

PREFIX = "v1:form:"
SECONDS = 900  # a submit later than this could not be answered: its token is dead
OUTDATED = (
    "This form is from an older Atelier, and I no longer know what it was for. Nothing was changed or charged. "
    "Please use the command again; /help shows them all."
)

# Discord's component types, as a submit carries them.
SELECT, TEXT, LABEL, FILES = 3, 4, 18, 19


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a member filled in, with the verb and ids of the form and each field's answer by its name."""

    verb: str
    ids: tuple[str, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, tuple[discord.Attachment, ...]] = field(default_factory=dict)


Handler = Callable[[discord.Interaction[Any], Submitted], Awaitable[None]]


class Forms:
    """What each form does when it is sent."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def add(self, verb: str, handler: Handler) -> None:
        """Let `handler` answer every form of that verb."""
        self._handlers[verb] = handler

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a submitted form, and explain to the member when that fails."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        try:
            submitted = read(interaction)
            handler = self._handlers.get(submitted.verb)
            if handler is None:
                await interaction.response.send_message(OUTDATED, ephemeral=True)
            else:
                await handler(interaction, submitted)
        except Exception as error:  # noqa: BLE001 - no one else answers a form
            await errors.answer(interaction, error)


def read(interaction: discord.Interaction[Any]) -> Submitted:
    """Return what Discord sent as a typed value, with an empty verb for an unknown form."""
    data: Mapping[str, Any] = dict(interaction.data or {})
    name = str(data.get("custom_id", ""))
    verb, *ids = name.removeprefix(PREFIX).split(":") if name.startswith(PREFIX) else [""]
    fields = list(_fields(data.get("components", ())))
    attachments = data.get("resolved", {}).get("attachments", {})
    return Submitted(
        verb,
        tuple(ids),
        texts={f["custom_id"]: f.get("value") or "" for f in fields if f["type"] == TEXT},
        choices={f["custom_id"]: tuple(f.get("values") or ()) for f in fields if f["type"] == SELECT},
        files={
            f["custom_id"]: tuple(
                discord.Attachment(data=attachments[key], state=interaction._state)  # noqa: SLF001 - see below
                for key in f.get("values") or ()
                if key in attachments
            )
            for f in fields
            if f["type"] == FILES
        },
    )
    # discord.py offers no other way from a submit to an Attachment once it has forgotten the modal.


def _fields(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        if component["type"] == LABEL:
            yield component["component"]
        else:
            yield from component.get("components", ())  # an action row, as older clients send it


def form(title: str, verb: str, *ids: str, fields: Sequence[discord.ui.Label[Any]]) -> discord.ui.Modal:
    """Return a form of at most five fields that means `verb` on `ids`."""
    modal = discord.ui.Modal(title=title[:45], custom_id=PREFIX + ":".join((verb, *ids)), timeout=SECONDS)
    for each in fields:
        modal.add_item(each)
    return modal


async def show(interaction: discord.Interaction[Any], modal: discord.ui.Modal) -> None:
    """Open the form without keeping it in discord.py's memory, so that every submit takes the same way."""
    modal.stop()
    await interaction.response.send_modal(modal)


def text_field(
    name: str,
    label: str,
    *,
    longest: int,
    value: str = "",
    hint: str | None = None,
    placeholder: str | None = None,
    required: bool = True,
    paragraph: bool = False,
) -> discord.ui.Label[Any]:
    """Return a field to write in, at most `longest` characters."""
    return discord.ui.Label(
        text=label,
        description=hint,
        component=discord.ui.TextInput(
            custom_id=name,
            default=value[:longest] or None,
            placeholder=placeholder,
            max_length=longest,
            required=required,
            style=discord.TextStyle.paragraph if paragraph else discord.TextStyle.short,
        ),
    )


def choice_field(
    name: str, label: str, options: Sequence[discord.SelectOption], *, hint: str | None = None
) -> discord.ui.Label[Any]:
    """Return a field to pick exactly one of at most 25 options in."""
    return discord.ui.Label(
        text=label,
        description=hint,
        component=discord.ui.Select(custom_id=name, options=list(options), required=True),
    )


def files_field(name: str, label: str, *, most: int = 10, hint: str | None = None) -> discord.ui.Label[Any]:
    """Return a field that takes 1 to `most` files."""
    return discord.ui.Label(
        text=label,
        description=hint,
        component=discord.ui.FileUpload(custom_id=name, required=True, min_values=1, max_values=most),
    )
