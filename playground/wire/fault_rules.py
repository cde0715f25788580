"""Which requests are answered wrongly on purpose, and how."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from fnmatch import fnmatchcase

from playground.wire.errors import ApiError


class Break(Enum):
    """Ways to answer that are no answer."""

    RESET = auto()


@dataclass(eq=False)
class FaultRule:
    """One fault for the requests that match "METHOD /template" (shell wildcards)."""

    pattern: str
    effect: Callable[[], ApiError] | Break
    times: int
    after: bool = False
    used: int = 0

    def takes(self, method: str, template: str, *, after: bool) -> bool:
        """Whether this rule applies now, which is then counted as a use."""
        if (
            self.after is not after
            or self.used >= self.times
            or not fnmatchcase(f"{method} {template}", self.pattern)
        ):
            return False
        self.used += 1
        return True


@dataclass
class CdnFaults:
    """What is wrong with the CDN at the moment."""

    status: int | None = None
    seconds_per_chunk: float = 0.0
    extra_bytes: int = 0
    times: int = 0


@dataclass
class FaultRules:
    """The faults of REST and CDN that are switched on."""

    rules: list[FaultRule] = field(default_factory=list)
    cdn: CdnFaults = field(default_factory=CdnFaults)

    def find(self, method: str, template: str, *, after: bool) -> FaultRule | None:
        """Find the first rule that takes this request."""
        return next((rule for rule in self.rules if rule.takes(method, template, after=after)), None)
