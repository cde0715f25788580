"""Gateway events on their way out, and the intents that let them through."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntFlag

from playground.world.json_values import Json


class Intent(IntFlag):
    """The intents that the playground's events need; ALWAYS needs none."""

    ALWAYS = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    MESSAGE_CONTENT = 1 << 15


ALL_INTENTS = (1 << 26) - 1
PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT


@dataclass(frozen=True, slots=True)
class Event:
    """One event: either ready-made `data`, or `write`, which looks at the session's intents."""

    name: str
    intent: Intent
    guild_id: int | None = None
    data: Json = field(default_factory=dict)
    write: Callable[[int], Json] | None = None

    def for_session(self, intents: int) -> Json | None:
        """Write the event for a session; None when its intents do not ask for it."""
        if self.intent and not self.intent & intents:
            return None
        return self.write(intents) if self.write else self.data
