"""What members and servers may spend and have spent."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from backends.base import TrainingBackend
from domain.errors import BackendError
from domain.money.charges import NOTHING, UNKNOWN
from domain.money.errors import LimitTooHigh, ManagersOnly, NothingToSettle
from domain.money.limits import SpendingLimits, Used
from domain.money.orphaned_work import OrphanedWork
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.states import OrderStatus
from domain.training.tasks import TrainingTask
from services.caller import Caller
from services.training.access import TaskAccess
from storage.ledger import GuildLimits, LedgerStore
from storage.training.tasks import TaskStore
from storage.upkeep.orphaned_work import OrphanedWorkStore

log = logging.getLogger(__name__)

HEALTH_SECONDS = 8.0  # how long a backend may take to say that it is there


@dataclass(frozen=True, slots=True)
class Standing:
    """What is spent or set aside this month, and the limits that hold."""

    used: Used
    limits: SpendingLimits
    is_paused: bool


class Health(StrEnum):
    """How a backend answers."""

    WELL = "well"
    UNWELL = "unwell"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """What a backend says of itself, and what this server spent or set aside there this month."""

    name: str
    is_free: bool
    health: Health
    says: Fact | None  # of itself or of its trouble
    spent: int


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """Everything that moderators want to know at a glance."""

    standing: Standing
    backends: Sequence[BackendStatus]
    running: int
    waiting: int
    orphans: Sequence[OrphanedWork]  # work at a backend that no row knows


class MoneyService:
    """Spending limits, pauses and what was spent on a server."""

    def __init__(
        self,
        *,
        ledger: LedgerStore,
        tasks: TaskStore,
        orphans: OrphanedWorkStore,
        backends: Mapping[str, TrainingBackend],
        limits: SpendingLimits,
        now: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._tasks = tasks
        self._access = TaskAccess(tasks)
        self._orphans = orphans
        self._backends = backends
        self._limits = limits
        self._now = now

    @property
    def is_free(self) -> bool:
        """Whether nothing here costs anything."""
        return all(backend.abilities.is_free for backend in self._backends.values())

    async def standing(self, caller: Caller) -> Standing:
        """Return what this member and this server have spent this month, and may."""
        spent, limits = await self._ledger.standing(
            guild_id=caller.guild_id, member_id=caller.member_id, defaults=self._limits, now=self._now()
        )
        guild = await self._ledger.limits(caller.guild_id)
        return Standing(spent, limits, guild.is_paused)

    async def set_limits(
        self,
        caller: Caller,
        *,
        guild: int | None = None,
        member: int | None = None,
        approval_above: int | None = None,
    ) -> Standing:
        """Change the limits of a server that are given, in millionths of a US dollar."""
        _check_manager(caller)
        if guild is not None and guild > self._limits.guild:
            raise LimitTooHigh(guild, allowed=self._limits.guild)

        def change(old: GuildLimits) -> GuildLimits:
            return replace(
                old,
                guild_cap=old.guild_cap if guild is None else guild,
                member_cap=old.member_cap if member is None else member,
                approval_above=old.approval_above if approval_above is None else approval_above,
            )

        await self._change(caller, change)
        return await self.standing(caller)

    async def pause(self, caller: Caller, *, is_paused: bool) -> Standing:
        """Let nothing start on a server that costs money, or let it start again."""
        _check_manager(caller)
        await self._change(caller, lambda old: replace(old, is_paused=is_paused))
        return await self.standing(caller)

    async def status(self, caller: Caller) -> ServerStatus:
        """Ask every backend how it is, without spending, and add up what this server spent."""
        _check_manager(caller)
        spent = dict(await self._ledger.by_backend(guild_id=caller.guild_id, now=self._now()))
        backends = await asyncio.gather(
            *(self._health(backend, spent.get(backend.name, 0)) for backend in self._backends.values())
        )
        running, waiting = await self._tasks.open_counts()
        orphans = await self._orphans.all()
        return ServerStatus(await self.standing(caller), backends, running, waiting, orphans)

    async def settle(self, task_id: str, caller: Caller, *, was_charged: bool) -> TrainingTask:
        """Keep whether an interrupted training was charged, as its owner found in their account.

        Raises `NothingToSettle` when that is known already.
        """
        task = await self._access.on_card(task_id, caller, staff_may=False)
        answered = await self._tasks.update(task.id, partial(_answered, was_charged=was_charged, now=self._now()))
        return answered.after

    async def _change(self, caller: Caller, change: Callable[[GuildLimits], GuildLimits]) -> None:
        limits = await self._ledger.change_limits(caller.guild_id, change, by=caller.member_id, now=self._now())
        log.info("guild=%d limits changed by member=%d: %s", caller.guild_id, caller.member_id, limits)

    async def _health(self, backend: TrainingBackend, spent: int) -> BackendStatus:
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                says: Fact | None = fact(FactKind.WORDS, said=await backend.health())
                health = Health.WELL
        except BackendError as error:
            says, health = error.reason, Health.UNWELL
            log.warning("backend=%s is not well: %s", backend.name, error.detail)
        except TimeoutError:
            says, health = None, Health.SILENT
        return BackendStatus(backend.name, backend.abilities.is_free, health, says, spent)


def _answered(task: TrainingTask, *, was_charged: bool, now: float) -> TrainingTask:
    order, price = task.order, task.order.price
    if order.status is not OrderStatus.INTERRUPTED or price.booked_micros is not None:
        raise NothingToSettle
    quoted = price.quoted_micros or price.ceiling_micros or 0
    settled = (
        replace(price, charge=UNKNOWN, booked_micros=quoted)
        if was_charged
        else replace(price, charge=NOTHING, booked_micros=0)
    )
    return replace(task, order=replace(order, price=settled, times=replace(order.times, updated_at=now)))


def _check_manager(caller: Caller) -> None:
    if not caller.is_manager:
        raise ManagersOnly
