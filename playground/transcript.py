"""A channel as its members saw it, as one HTML page that needs nothing else."""

import base64
import html
from collections.abc import Mapping
from datetime import datetime

from playground.markdown import to_html
from playground.transcript_style import STYLE
from playground.world.attachments import Attachment
from playground.world.channels import Channel, Message
from playground.world.json_values import Json
from playground.world.layout import SELECTS, emoji_text
from playground.world.triggers import InteractionKind, Trigger

PICTURES = {"image/png", "image/jpeg", "image/webp", "image/gif"}
COLOURS = ("#5865f2", "#3ba55d", "#eb459e", "#faa61a", "#00a8fc", "#9b59b6")
SUBCOMMANDS, FILE_OPTION, LONGEST_OPTION = (1, 2), 11, 120  # types of options; characters
BUTTON_STYLES = {1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link"}


def transcript(channel: Channel, *, title: str) -> str:
    """Return the page, with every message in its last state and ephemeral ones marked."""
    page = TranscriptPage(channel)
    messages = [page.message(message) for message in channel.stored if not message.deleted and not message.is_loading]
    heading = html.escape(title)
    topic = html.escape(channel.topic or "")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        f"<title>{heading}</title><style>{STYLE}</style></head><body>"
        f"<header><h1><span>#</span> {html.escape(channel.name)}</h1><p>{topic or heading}</p></header>"
        f"<main>{''.join(messages)}</main></body></html>\n"
    )


class TranscriptPage:
    """Writes the messages of one channel."""

    def __init__(self, channel: Channel) -> None:
        self._names = {user.id: user.name for user in channel.world.users.values()}
        # Members who pick from a list see the name that they picked, never the value behind it.
        self._picked = channel.world.choice_names
        self._files: Mapping[str, Attachment] = {}

    def message(self, message: Message) -> str:
        """Return one message."""
        self._files = {str(a.id): a for a in message.attachments}
        secret = message.ephemeral_for is not None
        body = [
            self._answered(message),
            self._head(message),
            f'<div class="text">{to_html(message.content, self._names)}</div>' if message.content else "",
            "" if message.is_v2 else self._attached(message),
            *(self._embed(embed) for embed in message.raw_embeds),
            *(self.component(component) for component in message.raw_components),
            self._reactions(message),
            self._only_for(message),
        ]
        return f'<article class="{"secret" if secret else "open"}">{self._avatar(message)}{"".join(body)}</article>'

    def component(self, component: Json) -> str:
        """Return one component with everything in it."""
        match component["type"]:
            case 1:
                return f'<div class="row">{self._children(component)}</div>'
            case 2:
                return self._button(component)
            case kind if kind in SELECTS:
                return f'<span class="select">{html.escape(component.get("placeholder") or "Select")} <b>⌄</b></span>'
            case 9:
                accessory = self.component(component["accessory"])
                return f'<div class="section"><div>{self._children(component)}</div>{accessory}</div>'
            case 10:
                return f'<div class="text">{to_html(component["content"], self._names)}</div>'
            case 11:
                return f'<div class="thumbnail">{self._picture(component)}</div>'
            case 12:
                items = component["items"]
                return f'<div class="gallery n{min(len(items), 4)}">{"".join(map(self._picture, items))}</div>'
            case 13:
                return self._file(self._files.get(component["file"].get("attachment_id", "")))
            case 14:
                return "<hr>"
            case 17:
                return (
                    f'<div class="container"{_edge(component.get("accent_color"))}>{self._children(component)}</div>'
                )
            case _:
                return ""

    def _children(self, component: Json) -> str:
        return "".join(self.component(child) for child in component["components"])

    def _answered(self, message: Message) -> str:
        """Write what the message answers, which is another message or what a member did."""
        if message.reference is not None:
            shown = to_html(message.reference.text.split("\n")[0][:80] or "a picture", self._names)
            name = html.escape(message.reference.author.name)
            return f'<div class="answered">↱ <b>{name}</b> {shown}</div>'
        if message.trigger is not None:
            name = html.escape(message.trigger.user.name)
            return f'<div class="answered">↱ <b>{name}</b> {self._act(message.trigger)}</div>'
        return ""

    def _act(self, trigger: Trigger) -> str:
        """Write what a member did to get this message."""
        label = html.escape(trigger.label)
        match trigger.kind:
            case InteractionKind.COMMAND:
                return f"used {_command(trigger.data, self._picked)}"
            case InteractionKind.COMPONENT:
                return f"pressed <b>{label}</b>" if label else "made a choice"
            case InteractionKind.MODAL:
                return f"sent the form <b>{label}</b>"
            case InteractionKind.AUTOCOMPLETE:
                return "typed"

    def _head(self, message: Message) -> str:
        badge = '<span class="badge">APP</span>' if message.author.bot else ""
        edits = f' title="edited {message.edits} times"' if message.edits else ""
        edited = f"<span class='edited'{edits}>(edited)</span>" if message.edits else ""
        name = html.escape(message.author.name)
        return f'<div class="head"><b>{name}</b>{badge}<time>{_time(message.created)}</time>{edited}</div>'

    @staticmethod
    def _avatar(message: Message) -> str:
        colour = COLOURS[0] if message.author.bot else COLOURS[1 + message.author.id % (len(COLOURS) - 1)]
        letter = "🎨" if message.author.bot else html.escape(message.author.name[:1].upper())
        return f'<div class="avatar" style="background:{colour}" aria-hidden="true">{letter}</div>'

    def _only_for(self, message: Message) -> str:
        if message.ephemeral_for is None:
            return ""
        return f'<div class="only">👁 Only visible to {html.escape(message.ephemeral_for.name)}</div>'

    def _attached(self, message: Message) -> str:
        if not message.attachments:
            return ""
        shown = "".join(
            _image(a, a.description or "") if _is_picture(a) else self._file(a) for a in message.attachments
        )
        return f'<div class="gallery n{min(len(message.attachments), 4)}">{shown}</div>'

    def _picture(self, item: Json) -> str:
        attachment = self._files.get(str(item["media"].get("attachment_id", "")))
        return _image(attachment, item.get("description") or "")

    @staticmethod
    def _file(attachment: Attachment | None) -> str:
        if attachment is None:
            return ""
        return f'<span class="file">📄 {html.escape(attachment.filename)} · {attachment.size:,} bytes</span>'

    def _embed(self, embed: Json) -> str:
        fields = "".join(
            f"<div><b>{to_html(field['name'], self._names)}</b><p>{to_html(field['value'], self._names)}</p></div>"
            for field in embed.get("fields", ())
        )
        title = f"<h3>{to_html(embed['title'], self._names)}</h3>" if embed.get("title") else ""
        about = f"<div>{to_html(embed['description'], self._names)}</div>" if embed.get("description") else ""
        footer = html.escape(embed.get("footer", {}).get("text", ""))
        return (
            f'<div class="container"{_edge(embed.get("color"))}>{title}{about}'
            f'<div class="fields">{fields}</div><small>{footer}</small></div>'
        )

    @staticmethod
    def _button(component: Json) -> str:
        style = BUTTON_STYLES.get(component["style"], "secondary")
        off = " disabled" if component.get("disabled") else ""
        label = f"{emoji_text(component.get('emoji'))} {component.get('label') or ''}".strip()
        return f'<button type="button" class="{style}"{off}>{html.escape(label)}</button>'

    @staticmethod
    def _reactions(message: Message) -> str:
        shown = "".join(f"<span>{html.escape(emoji)} {len(who)}</span>" for emoji, who in message.reactions.items())
        return f'<div class="reactions">{shown}</div>' if shown else ""


def _command(data: Json, picked: Mapping[str, str]) -> str:
    """Write a command as it was typed, its files only counted."""
    words, options = [f"/{data['name']}" if data["type"] == 1 else data["name"]], list(data.get("options", ()))
    while options and options[0]["type"] in SUBCOMMANDS:
        words.append(options[0]["name"])
        options = list(options[0].get("options", ()))
    files = sum(option["type"] == FILE_OPTION for option in options)
    typed = [f"{o['name']}: {_option(o, picked)}" for o in options if o["type"] != FILE_OPTION]
    typed += [f"{files} file{'' if files == 1 else 's'}"] if files else []
    values = f" <span>{html.escape(' · '.join(typed))}</span>" if typed else ""
    return f'<span class="mention">{html.escape(" ".join(words))}</span>{values}'


def _option(option: Json, picked: Mapping[str, str]) -> str:
    value = picked.get(str(option["value"]), str(option["value"]))
    return value if len(value) <= LONGEST_OPTION else f"{value[:LONGEST_OPTION]}…"


def _image(attachment: Attachment | None, description: str) -> str:
    if attachment is None or not _is_picture(attachment):
        return '<span class="file">a picture that is gone</span>'
    data = base64.b64encode(attachment.data).decode("ascii")
    alt = html.escape(description, quote=True)
    badge = f'<figcaption title="{alt}">ALT</figcaption>' if description else ""
    return f'<figure><img src="data:{attachment.content_type};base64,{data}" alt="{alt}">{badge}</figure>'


def _is_picture(attachment: Attachment) -> bool:
    return attachment.content_type in PICTURES


def _edge(colour: int | None) -> str:
    return "" if colour is None else f' style="border-left-color:#{colour & 0xFFFFFF:06x}"'


def _time(moment: datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M}"
