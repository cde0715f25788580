"""The words of facts about orders, which all features share."""

from collections.abc import Mapping

from bot.interactions import backend_words, worker_words
from domain.backend_names import spoken
from domain.orders.facts import Fact, FactKind


def words(known: Fact | None) -> str:
    """Return the sentence of a fact that does not depend on what was ordered, empty where there is none."""
    if known is None:
        return ""
    if known.kind is FactKind.WORDS:
        return str(known.values.get("said", ""))
    if known.kind in backend_words.SPECIAL:
        return backend_words.SPECIAL[known.kind](known.values)
    backend = str(known.values.get("backend", ""))
    values = {**known.values, "who": spoken(backend), "Who": spoken(backend, first=True)}
    return SENTENCES.get(known.kind, "").format_map(values)


SENTENCES: Mapping[FactKind, str] = {
    FactKind.STOPPED_BEFORE_IT_BEGAN: "It was stopped before it began.",
    FactKind.STOPPED_UNCLEAR: "It was stopped, but its order may have arrived.",
    FactKind.STOPPED_BY_OWNER: "You stopped it.",
    FactKind.STOPPED_BY_STAFF: "Somebody of the server's staff stopped it.",
    FactKind.DECLINED: "A moderator declined it.",
    FactKind.STOP_NOT_TOLD: "{Who} is switched off here, so I could not tell it to stop. It may go on there.",
    FactKind.SWITCHED_OFF: "{Who} is switched off here, so its model can't be fetched.",
    FactKind.IMAGES_DELETED: "Its pictures were deleted for good. A new one starts with /train start.",
    FactKind.IMAGE_DAMAGED: (
        "One of its pictures is damaged on this bot's disk. Remove it with /dataset remove and start again."
    ),
    FactKind.SOURCE_IMAGE_DAMAGED: (
        "The picture that it starts from is gone or damaged on this bot's disk. Attach it to /imagine once more."
    ),
    **backend_words.SENTENCES,
    **worker_words.SENTENCES,
}
