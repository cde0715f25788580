"""What stands in a message, as its readers see it."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag

from playground.world import layout
from playground.world.attachments import Attachment
from playground.world.json_values import Json


class MessageFlag(IntFlag):
    """The message flags that the playground knows (bit numbers are Discord's)."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


@dataclass(eq=False, kw_only=True)
class Body:
    """Content, embeds, components, files and flags."""

    content: str = ""
    raw_embeds: list[Json] = field(default_factory=list)
    raw_components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0

    @property
    def embeds(self) -> list[Json]:
        """The embeds, with fresh links to the message's own files."""
        embeds = copy.deepcopy(self.raw_embeds)
        for embed in embeds:
            for key in ("image", "thumbnail"):
                if key in embed:
                    embed[key] = self._resolved(embed[key])
        return embeds

    @property
    def components(self) -> list[Json]:
        """The components, with fresh links to the message's own files."""
        components = copy.deepcopy(self.raw_components)
        by_id = {str(a.id): a for a in self.attachments}
        for media in _media(components):
            if owner := by_id.get(media.get("attachment_id", "")):
                media.update(url=owner.url, proxy_url=owner.proxy_url)
        return components

    @property
    def text(self) -> str:
        """All that can be read, which is content, embeds, text displays and button labels."""
        return layout.visible_text(self.content, self.raw_embeds, self.raw_components)

    @property
    def buttons(self) -> list[layout.Button]:
        """The buttons in reading order."""
        return layout.buttons(self.raw_components)

    @property
    def selects(self) -> list[layout.Select]:
        """The select menus in reading order."""
        return layout.selects(self.raw_components)

    @property
    def is_v2(self) -> bool:
        """Whether the message is made of Components V2."""
        return bool(self.flags & MessageFlag.COMPONENTS_V2)

    @property
    def is_loading(self) -> bool:
        """Whether members still see "thinking…"."""
        return bool(self.flags & MessageFlag.LOADING)

    @property
    def shown_attachments(self) -> list[Attachment]:
        """The files that members see, in V2 messages only those that a component refers to."""
        if not self.is_v2:
            return list(self.attachments)
        used = {media.get("attachment_id") for media in _media(self.raw_components)}
        return [a for a in self.attachments if str(a.id) in used]

    def alt_texts(self) -> list[str]:
        """List the descriptions of all pictures that are seen, "" where one has none."""
        if not self.is_v2:
            return [a.description or "" for a in self.attachments]
        return [
            holder.get("description") or "" for holder in layout.holders(self.raw_components) if "media" in holder
        ]

    def _resolved(self, picture: Json) -> Json:
        for attachment in self.attachments:
            if picture.get("url") == f"attachment://{attachment.filename}":
                size = {"width": attachment.width or 0, "height": attachment.height or 0}
                return {**picture, "url": attachment.url, "proxy_url": attachment.proxy_url, **size}
        return picture


@dataclass(eq=False, kw_only=True)
class Revision(Body):
    """How a message looked from one moment on."""

    at: datetime
    is_edit: bool = False


def _media(components: list[Json]) -> Iterator[Json]:
    for holder in layout.holders(components):
        for key in ("media", "file"):
            if isinstance(holder.get(key), dict):
                yield holder[key]
