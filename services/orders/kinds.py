"""What differs between a training and a drawing for whoever follows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from backends.base import Abilities, RemoteTask
from domain.drawing.drawings import Drawing
from domain.orders.hand_over import Recovery
from domain.orders.orders import Order
from domain.posts import PostKind
from domain.training.tasks import TrainingTask
from storage.orders.books import Moved
from storage.orders.rows import OpenRow

O = TypeVar("O", TrainingTask, Drawing)  # noqa: E741 - an order of either kind


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers by which a kind of order is followed. Times are in seconds."""

    post: PostKind  # the message that shows it
    pauses: Sequence[float]  # between calls that did not arrive, until there were enough
    clean_misses: int  # answers in a row that it is not known there, until that is believed
    late_seconds: float  # for which the result of a finished order may be late
    longest_search: float  # since it was ordered, for which it is handed over again where it was lost
    looks_at_once: bool  # after the hand-over, so that the first answer can show its place in the queue


class OrderKind(Protocol[O]):
    """The rows of one kind of order, and its calls to backends. Every call may raise `BackendError`."""

    rules: Rules

    async def open_orders(self) -> Sequence[OpenRow]:
        """Return id, backend and whether that holds it, of what is not over, oldest first."""

    async def load(self, order_id: str) -> O | None:
        """Return the order as it is stored."""

    async def held_by(self, backend: str) -> Sequence[O]:
        """Return the orders that a backend holds."""

    async def update(self, order_id: str, decide: Callable[[O], O]) -> Moved[O]:
        """Keep what `decide` makes of the stored order, in one transaction."""

    def abilities(self, backend: str) -> Abilities:
        """Return what a backend can do. Raises `BackendUnavailable` when it is not set up any more."""

    def recovery(self, abilities: Abilities) -> Recovery:
        """Return how a lost answer to a hand-over is made certain."""

    def may_repeat(self, abilities: Abilities) -> bool:
        """Whether what such a backend lost may be handed over again."""

    def can_stop(self, abilities: Abilities) -> bool:
        """Whether such a backend can stop what it has."""

    def brings_result(self, order: Order) -> bool:
        """Whether the next look may bring the result itself."""

    def given_up(self, order: Order, *, now: float) -> Order:
        """Return an order of which it can't be found out whether it was taken."""

    async def hand_over(self, item: O) -> RemoteTask:
        """Make the paid call."""

    async def find(self, item: O) -> RemoteTask | None:
        """Look the order up by its name."""

    async def look(self, item: O) -> O:
        """Ask the backend how an order stands, keep that, and return it so."""

    async def look_at_many(self, items: Sequence[O]) -> Sequence[O]:
        """Ask for the list of a backend that holds all these, keep what it says, and return those that it named."""

    async def stop(self, item: O) -> None:
        """Ask the backend to stop an order."""
