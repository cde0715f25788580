"""One message as it is stored, with everything that was ever shown in it."""

import copy
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag
from typing import TYPE_CHECKING

from playground.world import layout
from playground.world.attachments import Attachment
from playground.world.json_values import Json

if TYPE_CHECKING:
    from playground.world.channels import Channel
    from playground.world.members import User


class MessageFlag(IntFlag):
    """The message flags that the playground knows (bit numbers are Discord's)."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


@dataclass(frozen=True, slots=True)
class Revision:
    """How a message looked from one moment on."""

    at: datetime
    content: str
    embeds: list[Json]
    components: list[Json]
    attachments: list[Attachment]
    flags: int


@dataclass(eq=False)
class Message:
    """A message; the public fields are what members see now, `history` is what they saw before."""

    id: int
    channel: "Channel"
    author: "User"
    created: datetime
    kind: int = 0
    content: str = ""
    raw_embeds: list[Json] = field(default_factory=list)
    raw_components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    edited: datetime | None = None
    edits: int = 0
    history: list[Revision] = field(default_factory=list)
    mentions: list["User"] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    pings: list[int] = field(default_factory=list)
    reference: "Message | None" = None
    ephemeral_for: "User | None" = None
    interaction: Json | None = None
    interaction_user: "User | None" = None
    webhook_id: int | None = None
    nonce: str | int | None = None
    pinned: bool = False
    deleted: bool = False
    thread: "Channel | None" = None
    reactions: dict[str, list[int]] = field(default_factory=dict)

    @property
    def embeds(self) -> list[Json]:
        """The embeds, with attachment:// resolved to links."""
        embeds = copy.deepcopy(self.raw_embeds)
        for embed in embeds:
            for key in ("image", "thumbnail"):
                if key in embed:
                    embed[key] = self._resolved(embed[key])
        return embeds

    @property
    def components(self) -> list[Json]:
        """The components, with fresh links to this message's own files."""
        components = copy.deepcopy(self.raw_components)
        by_id = {str(a.id): a for a in self.attachments}
        for component in layout.walk(components):
            for holder in [component, *component.get("items", ())]:
                for key in ("media", "file"):
                    media = holder.get(key)
                    if isinstance(media, dict) and media.get("attachment_id") in by_id:
                        link = by_id[media["attachment_id"]].payload()
                        media.update(url=link["url"], proxy_url=link["proxy_url"])
        return components

    @property
    def text(self) -> str:
        """All that can be read: content, embeds, text displays, button labels."""
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
        """The files that members see: in V2 messages only those that a component refers to."""
        if not self.is_v2:
            return list(self.attachments)
        used = {
            holder[key].get("attachment_id")
            for component in layout.walk(self.raw_components)
            for holder in [component, *component.get("items", ())]
            for key in ("media", "file")
            if isinstance(holder.get(key), dict)
        }
        return [a for a in self.attachments if str(a.id) in used]

    def alt_texts(self) -> list[str]:
        """List the descriptions of all pictures that are seen, "" where one has none."""
        if not self.is_v2:
            return [a.description or "" for a in self.attachments]
        return [
            holder.get("description") or ""
            for component in layout.walk(self.raw_components)
            for holder in [component, *component.get("items", ())]
            if "media" in holder
        ]

    def remember(self, at: datetime) -> None:
        """Append what is shown now to the history."""
        self.history.append(
            Revision(at, self.content, self.embeds, self.components, list(self.attachments), self.flags)
        )

    def _resolved(self, picture: Json) -> Json:
        name = str(picture.get("url", "")).removeprefix("attachment://")
        for attachment in self.attachments:
            if picture.get("url") == f"attachment://{name}" and attachment.filename == name:
                size = {"width": attachment.width or 0, "height": attachment.height or 0}
                link = attachment.payload()
                return {**picture, "url": link["url"], "proxy_url": link["proxy_url"], **size}
        return picture
