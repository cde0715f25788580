"""What a message of the bot shows: its layout, its files, whom it pings."""

import io
from dataclasses import dataclass
from typing import Protocol

import discord

from domain.posts import PostKind


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message; the layout shows it as `attachment://` and its name. The description is its alt text."""

    filename: str
    content: bytes
    description: str

    @property
    def link(self) -> str:
        """Return how a layout refers to the file."""
        return f"attachment://{self.filename}"

    def to_file(self) -> discord.File:
        """Return what discord.py sends."""
        return discord.File(io.BytesIO(self.content), filename=self.filename, description=self.description)


@dataclass(frozen=True, slots=True)
class Post:
    """One message in full. `owner_id` is whom it concerns: when its channel is gone, it goes to their messages."""

    view: discord.ui.LayoutView
    owner_id: int
    files: tuple[Attached, ...] = ()
    pings: tuple[int, ...] = ()  # members

    @property
    def mentions(self) -> discord.AllowedMentions:
        """Return who may be pinged: nobody but these members."""
        return discord.AllowedMentions(
            everyone=False, roles=False, replied_user=False, users=[discord.Object(member) for member in self.pings]
        )


class Renderer(Protocol):
    """Draws the message of one kind from its subject's row as it is now."""

    verbs: frozenset[str]  # of the buttons that such a message carries with its subject's id

    async def __call__(self, subject_id: str, *, limit: int) -> Post | None:
        """Return what the message shows now, each file at most `limit` bytes; None when there is nothing to show."""


class Posts:
    """What draws each kind of message; the cogs register it when they are set up."""

    def __init__(self) -> None:
        self._renderers: dict[PostKind, Renderer] = {}

    def add(self, kind: PostKind, renderer: Renderer) -> None:
        """Let `renderer` draw every message of that kind."""
        self._renderers[kind] = renderer

    def get(self, kind: PostKind) -> Renderer | None:
        """Return what draws that kind, None when no cog does."""
        return self._renderers.get(kind)
