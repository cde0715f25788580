"""Requests to write a message, checked and turned into what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from playground.wire import completion, components, errors
from playground.wire.mentions import read_mentions
from playground.world import layout
from playground.world.attachments import Attachment, Upload, clean_name
from playground.world.bodies import MessageFlag
from playground.world.channels import Message
from playground.world.json_values import Json, as_id

CONTENT, EMBEDS, EMBED_TEXT, FILES = 2000, 10, 6000, 10
EDITABLE_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2
LEGACY = ("content", "embeds", "poll", "sticker_ids")


@dataclass(frozen=True, slots=True)
class Draft:
    """A request to write a message, with its JSON and its files by number."""

    body: Json
    files: Mapping[int, Upload] = field(default_factory=dict)


def create(message: Message, draft: Draft) -> None:
    """Fill a new message from a draft, or refuse it as Discord does."""
    body = draft.body
    flags = int(body.get("flags") or 0)
    message.flags |= flags & (
        MessageFlag.COMPONENTS_V2 | MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS
    )
    entries = _entries(body.get("attachments"), draft.files)
    _check(body, flags=message.flags, names=_names(entries, draft.files, []))
    _check_files(entries, draft.files, message.channel.file_limit)
    if (
        not message.is_v2
        and not draft.files
        and not any(body.get(key) for key in ("content", "embeds", "sticker_ids", "poll"))
    ):
        raise errors.empty_message()
    _fill(message, draft, entries, kept=[])
    read_mentions(message, body.get("allowed_mentions"))


def edit(message: Message, draft: Draft) -> None:
    """Change a message by a draft, or refuse it and change nothing."""
    body = draft.body
    wanted = int(body.get("flags") or 0)
    flags = message.flags & ~MessageFlag.SUPPRESS_EMBEDS if "flags" in body else message.flags
    flags |= wanted & EDITABLE_FLAGS
    kept = list(message.attachments)
    entries: list[Json] = _entries(None, draft.files)
    if "attachments" in body:
        entries = _entries(body["attachments"] or [], draft.files)
        listed = {as_id(entry.get("id")) for entry in entries}
        kept = [a for a in kept if a.id in listed]
    entries = [e for e in entries if as_id(e.get("id")) not in {a.id for a in message.attachments}]
    _check(body, flags=flags, names=_names(entries, draft.files, kept))
    _check_turning_v2(message, body, flags)
    _check_files(entries, draft.files, message.channel.file_limit, kept=len(kept))
    _refuse_emptied(message, body, has_files=bool(entries or kept))
    message.flags = int(flags) & ~MessageFlag.LOADING
    _fill(message, draft, entries, kept=kept)


def _refuse_emptied(message: Message, body: Json, *, has_files: bool) -> None:
    content = body.get("content", message.content)
    embeds = body.get("embeds", message.raw_embeds)
    components = body.get("components", message.raw_components)
    if not (content or embeds or components or has_files):
        raise errors.empty_message()


def _check(body: Json, *, flags: int, names: list[str]) -> None:
    faults = errors.FormErrors()
    is_v2 = bool(flags & MessageFlag.COMPONENTS_V2)
    if is_v2:
        for key in LEGACY:
            if body.get(key):
                code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
                faults.add((key,), code, f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2")
    if body.get("content") is not None:
        faults.length(("content",), body["content"], most=CONTENT)
    _check_embeds(faults, body.get("embeds") or [])
    if body.get("components") is not None:
        components.check_message(faults, body["components"], is_v2=is_v2, filenames=names)
    if body.get("nonce") is not None and len(str(body["nonce"])) > 25:
        faults.add(("nonce",), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    faults.refuse_if_any()


def _check_turning_v2(message: Message, body: Json, flags: int) -> None:
    if message.is_v2 or not flags & MessageFlag.COMPONENTS_V2 or message.is_loading:
        return
    left = {"content": message.content, "embeds": message.raw_embeds}
    if any(value and key not in body for key, value in left.items()):
        faults = errors.FormErrors()
        text = "The existing content and embeds must be removed with MessageFlags.IS_COMPONENTS_V2"
        faults.add(("flags",), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)
        faults.refuse_if_any()


EMBED_LIMITS = {"title": 256, "description": 4096}


def _check_embeds(faults: errors.FormErrors, embeds: Sequence[Json]) -> None:
    faults.count(("embeds",), len(embeds), most=EMBEDS)
    for index, embed in enumerate(embeds):
        _check_embed(faults, ("embeds", index), embed)
    if sum(_embed_length(embed) for embed in embeds) > EMBED_TEXT:
        faults.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TEXT}")


def _check_embed(faults: errors.FormErrors, path: tuple[str | int, ...], embed: Json) -> None:
    for key, most in EMBED_LIMITS.items():
        if embed.get(key) is not None:
            faults.length((*path, key), embed[key], most=most)
    fields = embed.get("fields") or []
    faults.count((*path, "fields"), len(fields), most=25)
    for index, item in enumerate(fields):
        faults.length((*path, "fields", index, "name"), item.get("name"), least=1, most=256)
        faults.length((*path, "fields", index, "value"), item.get("value"), least=1, most=1024)
    if embed.get("footer"):
        faults.length((*path, "footer", "text"), embed["footer"].get("text"), least=1, most=2048)
    if embed.get("author"):
        faults.length((*path, "author", "name"), embed["author"].get("name"), least=1, most=256)


def _embed_length(embed: Json) -> int:
    return sum(len(text) for text in layout.embed_text(embed))


# --- files


def _entries(listed: object, files: Mapping[int, Upload]) -> list[Json]:
    entries = [dict(e) for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
    named = {as_id(e.get("id")) for e in entries}
    return entries + [{"id": number} for number in sorted(files) if number not in named]


def _names(entries: list[Json], files: Mapping[int, Upload], kept: list[Attachment]) -> list[str]:
    new = [_filename(e, files) for e in entries if as_id(e.get("id")) in files]
    return [a.filename for a in kept] + new


def _filename(entry: Json, files: Mapping[int, Upload]) -> str:
    return clean_name(str(entry.get("filename") or files[as_id(entry.get("id"))].filename))


def _check_files(entries: list[Json], files: Mapping[int, Upload], limit: int, *, kept: int = 0) -> None:
    faults = errors.FormErrors()
    faults.count(("attachments",), len(entries) + kept, most=FILES)
    for index, entry in enumerate(entries):
        if as_id(entry.get("id")) not in files:
            faults.add(("attachments", index, "id"), "ATTACHMENT_NOT_FOUND", "Unknown attachment id")
        if entry.get("description") is not None:
            faults.length(("attachments", index, "description"), entry["description"], most=1024)
    faults.refuse_if_any()
    if any(len(upload.data) > limit for upload in files.values()):
        raise errors.too_large()


def _fill(message: Message, draft: Draft, entries: list[Json], *, kept: list[Attachment]) -> None:
    body = draft.body
    message.attachments = kept + [_store(message, entry, draft.files) for entry in entries]
    if "content" in body:
        message.content = str(body["content"] or "")
    if "embeds" in body:
        message.raw_embeds = [{"type": "rich", **embed} for embed in body["embeds"] or []]
    if "components" in body:
        next_id = message.channel.world.ids.next
        message.raw_components = completion.complete(body["components"] or [], message.attachments, next_id)


def _store(message: Message, entry: Json, files: Mapping[int, Upload]) -> Attachment:
    world, channel = message.channel.world, message.channel
    is_ephemeral = message.ephemeral_for is not None
    folder = f"ephemeral-attachments/{world.application_id}" if is_ephemeral else f"attachments/{channel.id}"
    named = Upload(_filename(entry, files), files[as_id(entry.get("id"))].data, entry.get("description"))
    return world.store_file(named, folder, ephemeral=is_ephemeral)
