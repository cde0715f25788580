"""Where an order stands, and the only moves that it can make."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """Where an order stands. ARCHITECTURE.md has the diagram."""

    QUOTED = "quoted"
    SUBMITTING = "submitting"
    QUEUED = "queued"
    RUNNING = "running"
    COLLECTING = "collecting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    INTERRUPTED = "interrupted"

    @property
    def is_final(self) -> bool:
        """Whether an order in this state never moves again."""
        return not MOVES[self]


S = OrderStatus
ENDS = frozenset({S.FAILED, S.CANCELLED})
MOVES: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.QUOTED: frozenset({S.SUBMITTING, S.EXPIRED, S.CANCELLED}),
    S.SUBMITTING: ENDS | {S.QUEUED, S.RUNNING, S.COLLECTING, S.INTERRUPTED},
    # A drawing needs no collecting, since its pictures come with the answer that says that it is done.
    S.QUEUED: ENDS | {S.RUNNING, S.COLLECTING, S.SUCCEEDED},
    S.RUNNING: ENDS | {S.COLLECTING, S.SUCCEEDED},
    S.COLLECTING: frozenset({S.SUCCEEDED, S.FAILED}),
    S.SUCCEEDED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
    S.INTERRUPTED: frozenset(),
}
HELD = frozenset({S.QUEUED, S.RUNNING})  # a backend has it


def can_move(old: OrderStatus, new: OrderStatus) -> bool:
    """Whether an order may go from `old` to `new`."""
    return new in MOVES[old]
