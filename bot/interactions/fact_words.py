"""The words of facts about orders that several features show."""

from domain.backend_names import spoken
from domain.orders.facts import Fact, FactKind


def words(known: Fact) -> str:
    """Return the sentence of a fact that does not depend on what was ordered."""
    who = spoken(str(known.values.get("backend", "")), first=True)
    match known.kind:
        case FactKind.WORDS:
            return str(known.values.get("said", ""))
        case FactKind.STOPPED_BEFORE_IT_BEGAN:
            return "It was stopped before it began."
        case FactKind.STOPPED_UNCLEAR:
            return "It was stopped, but its order may have arrived."
        case FactKind.STOPPED:
            return "It was stopped."
        case FactKind.STOPPED_BY_OWNER:
            return "You stopped it."
        case FactKind.STOPPED_BY_STAFF:
            return "Somebody of the server's staff stopped it."
        case FactKind.DECLINED:
            return "A moderator declined it."
        case FactKind.SWITCHED_OFF:
            return f"{who} is switched off here, so its model can't be fetched."
        case FactKind.IMAGES_DELETED:
            return "Its pictures were deleted for good. A new one starts with /train start."
        case FactKind.IMAGE_DAMAGED:
            return (
                "One of its pictures is damaged on this bot's disk. Remove it with /dataset remove and start again."
            )
        case FactKind.SOURCE_IMAGE_DAMAGED:
            return (
                "The picture that it starts from is gone or damaged on this bot's disk. Attach it to /imagine once "
                "more."
            )
        case _:
            return ""
