"""The ids, defaults and media objects that Discord adds to the components of a message."""

import copy
from collections.abc import Callable

from playground.wire.components import CONTAINER, FILE, SELECTS, SEPARATOR, THUMBNAIL
from playground.world import layout
from playground.world.attachments import Attachment
from playground.world.json_values import Json

FILLED: dict[int, Json] = {
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
    THUMBNAIL: {"description": None, "spoiler": False},
    FILE: {"name": None, "size": None, "spoiler": False},
    SEPARATOR: {"spacing": 1, "divider": True},
    CONTAINER: {"accent_color": None, "spoiler": False},
}


def complete(components: list[Json], attachments: list[Attachment], next_id: Callable[[], int]) -> list[Json]:
    """Give each component an id and its defaults, and replace links to attachments by media objects."""
    completed = copy.deepcopy(components)
    every = list(layout.walk(completed))
    taken = {c["id"] for c in every if c.get("id")}
    number = 0
    for component in every:
        if not component.get("id"):
            number = next(n for n in range(number + 1, number + len(every) + len(taken) + 2) if n not in taken)
            component["id"] = number
        _fill(component, attachments, next_id)
    return completed


def _fill(component: Json, attachments: list[Attachment], next_id: Callable[[], int]) -> None:
    for key, value in FILLED.get(component["type"], {}).items():
        component.setdefault(key, value)
    for holder in [component, *component.get("options", ())]:
        if "emoji" in holder:
            holder["emoji"] = {key: value for key, value in (holder["emoji"] or {}).items() if value is not None}
    for item in component.get("items", ()):
        item.setdefault("description", None)
        item.setdefault("spoiler", False)
        item["media"] = _media(item["media"], attachments, next_id)
    if component["type"] == THUMBNAIL:
        component["media"] = _media(component["media"], attachments, next_id)
    if component["type"] == FILE:
        component["file"] = media = _media(component["file"], attachments, next_id)
        owner = next((a for a in attachments if str(a.id) == media.get("attachment_id")), None)
        if owner:
            component.update(name=owner.filename, size=owner.size)


def _media(media: Json, attachments: list[Attachment], next_id: Callable[[], int]) -> Json:
    url = media["url"]
    for attachment in attachments:
        if url == f"attachment://{attachment.filename}" or f"{attachment.path}?" in url:
            return {
                "id": str(next_id()),
                "url": attachment.url,
                "proxy_url": attachment.proxy_url,
                "width": attachment.width,
                "height": attachment.height,
                "content_type": attachment.content_type,
                "attachment_id": str(attachment.id),
            }
    return {"id": str(next_id()), "url": url, "proxy_url": url, "width": None, "height": None, "content_type": None}
