"""What a message of the bot shows."""

import io
from dataclasses import dataclass
from typing import Protocol

import discord

from domain.posts import PostKind


@dataclass(frozen=True, slots=True)
class Attached:
    """A file of a message.

    The layout shows it as `attachment://` and its name. The description is its alt text.
    """

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
    """One message in full.

    It goes to the direct messages of `owner_id` when its channel is gone.
    """

    view: discord.ui.LayoutView
    owner_id: int
    files: tuple[Attached, ...] = ()
    pings: tuple[int, ...] = ()  # members

    @property
    def mentions(self) -> discord.AllowedMentions:
        """Return that only these members may be pinged."""
        return discord.AllowedMentions(
            everyone=False, roles=False, replied_user=False, users=[discord.Object(member) for member in self.pings]
        )


class Renderer(Protocol):
    """Draws the message of one kind from its subject's row as it is now."""

    verbs: frozenset[str]  # of the buttons that such a message carries with its subject's id

    async def __call__(self, subject_id: str, *, limit: int) -> Post | None:
        """Return what the message shows now with files of at most `limit` bytes, None for nothing."""


class Posts:
    """What draws each kind of message, as the cogs register it when they are set up."""

    def __init__(self) -> None:
        self._renderers: dict[PostKind, Renderer] = {}

    def add(self, kind: PostKind, renderer: Renderer) -> None:
        """Let `renderer` draw every message of that kind."""
        self._renderers[kind] = renderer

    def get(self, kind: PostKind) -> Renderer | None:
        """Return what draws that kind, None when no cog does."""
        return self._renderers.get(kind)
