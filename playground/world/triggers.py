"""What a member did so that the bot was asked for an answer."""

from dataclasses import dataclass, field
from enum import IntEnum

from playground.world.json_values import Json
from playground.world.users import User


class InteractionKind(IntEnum):
    """Kinds of interactions (numbers are Discord's)."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


@dataclass(frozen=True, slots=True, eq=False)
class Trigger:
    """One command, press, choice or form of a member.

    `label` is the pressed button's text or the form's title. `guild_id` is 0 in direct messages.
    """

    id: int
    kind: InteractionKind
    user: User
    data: Json = field(repr=False)
    guild_id: int = 0
    source_id: int | None = None
    label: str = ""
    opened_by: "Trigger | None" = field(default=None, repr=False)
