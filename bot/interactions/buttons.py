"""Buttons and menus that carry only ids, so that they work after any restart and for months."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord

from bot.interactions import errors

VERSION = "v1"
OUTDATED = (
    "This button is from an older Atelier, and I no longer know what it did. Nothing was changed or charged. "
    "Use the command again for a fresh card; /help shows them all."
)


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button or a used menu with its verb, its ids and what was picked."""

    verb: str
    ids: tuple[str, ...]
    values: tuple[str, ...] = ()


Handler = Callable[[discord.Interaction[Any], Press], Awaitable[None]]


class Buttons:
    """What each verb does."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def add(self, verb: str, handler: Handler) -> None:
        """Let `handler` answer every button and menu of that verb."""
        self._handlers[verb] = handler

    async def answer(self, interaction: discord.Interaction[Any], custom_id: str) -> None:
        """Do what the pressed item asks for, and explain to the member when that fails."""
        version, verb, *ids = custom_id.split(":")
        handler = self._handlers.get(verb) if version == VERSION else None
        try:
            if handler is None:
                await interaction.response.send_message(OUTDATED, ephemeral=True)
            else:
                await handler(interaction, Press(verb, tuple(ids), _picked(interaction)))
        except Exception as error:  # noqa: BLE001 - discord.py would only log it: the member must read it
            await errors.answer(interaction, error)


# One class for all: discord.py runs every class whose template fits, and keeps nothing of a card in memory
# when all its items are dynamic.
class Pressable(
    discord.ui.DynamicItem[discord.ui.Item[discord.ui.LayoutView]],
    template=r"v\d+:(?!form:)[a-z-]+(:[^:]+)*",
):
    """Every button and menu of ours."""

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        _match: re.Match[str],
        /,
    ) -> Self:
        """Return the item that was pressed."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what its verb means."""
        await interaction.client.buttons.answer(interaction, self.custom_id)


def button(
    label: str,
    verb: str,
    *ids: str,
    emoji: str | None = None,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> discord.ui.Item[Any]:
    """Return a button that means `verb` on `ids`."""
    return Pressable(
        discord.ui.Button(label=label, emoji=emoji, style=style, disabled=disabled, custom_id=custom_id(verb, *ids))
    )


def menu(verb: str, *ids: str, placeholder: str, options: Sequence[discord.SelectOption]) -> discord.ui.Item[Any]:
    """Return a menu of at most 25 options that means `verb` on `ids` and the picked value."""
    return Pressable(
        discord.ui.Select(placeholder=placeholder, options=list(options), custom_id=custom_id(verb, *ids))
    )


def custom_id(verb: str, *ids: str) -> str:
    """Return the name under which Discord brings a press back, at most 100 characters."""
    return ":".join((VERSION, verb, *ids))


def under_text(*items: discord.ui.Item[Any]) -> discord.ui.View:
    """Return the buttons under a message of plain text."""
    view = discord.ui.View(timeout=None)  # a view that times out would take its template with it
    for item in items:
        view.add_item(item)
    return view


def _picked(interaction: discord.Interaction[Any]) -> tuple[str, ...]:
    data: Mapping[str, Any] = dict(interaction.data or {})
    return tuple(data.get("values", ()))
