"""What passes between bot and playground, for logs and for checks from outside."""

from collections.abc import Callable
from dataclasses import dataclass, field

from playground.world.json_values import Json


@dataclass(frozen=True, slots=True)
class Exchange:
    """One REST request and its answer.

    `route` is the template, such as /channels/{channel_id}/messages.
    """

    method: str
    route: str
    path: str
    query: dict[str, str]
    request: Json | list[Json] | None
    status: int
    response: Json | list[Json] | str | None
    files: tuple[str, ...] = ()
    is_fault: bool = False
    reply_headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dispatched:
    """One gateway event sent to the bot."""

    name: str
    data: Json


@dataclass(frozen=True, slots=True)
class Received:
    """One gateway command received from the bot."""

    op: int
    data: object


Seen = Exchange | Dispatched | Received
Observer = Callable[[Seen], None]
