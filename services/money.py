"""What members and servers may spend, have spent, and what moderators decide about it."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from backends.base import TrainingBackend
from domain.errors import BackendError, InvalidInput, NotAllowed
from domain.facts import as_text
from domain.money import Caps, Settlement, Used, dollars
from domain.tasks import TaskStatus, TrainingTask
from services.access import Door, TaskAccess
from storage.findings import Finding, FindingStore
from storage.ledger import GuildLimits, LedgerStore
from storage.tasks import TaskStore

log = logging.getLogger(__name__)

HEALTH_SECONDS = 8.0  # how long a backend may take to say that it is there


@dataclass(frozen=True, slots=True)
class Standing:
    """What is spent or set aside this month, and the caps that hold."""

    used: Used
    caps: Caps
    is_paused: bool


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """How a backend stands: what it says of itself, and what this server spent or set aside there this month."""

    name: str
    is_free: bool
    is_there: bool
    says: str
    spent: int


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """Everything that moderators want to know at a glance."""

    standing: Standing
    backends: Sequence[BackendStatus]
    running: int
    waiting: int
    findings: Sequence[Finding]  # work at a backend that no row knows


class MoneyService:
    """Caps, pauses and statements. Methods raise `UserError` with a sentence for the member."""

    def __init__(
        self,
        *,
        ledger: LedgerStore,
        tasks: TaskStore,
        findings: FindingStore,
        backends: Mapping[str, TrainingBackend],
        caps: Caps,
        now: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._tasks = tasks
        self._access = TaskAccess(tasks)
        self._findings = findings
        self._backends = backends
        self._caps = caps
        self._now = now

    @property
    def is_free(self) -> bool:
        """Whether nothing here costs anything."""
        return all(backend.abilities.is_free for backend in self._backends.values())

    async def standing(self, door: Door) -> Standing:
        """Return what this member and this server have spent this month, and may."""
        spent, caps = await self._ledger.standing(
            guild_id=door.guild_id, member_id=door.member_id, defaults=self._caps, now=self._now()
        )
        limits = await self._ledger.limits(door.guild_id)
        return Standing(spent, caps, limits.is_paused)

    async def set_caps(
        self, door: Door, *, guild: int | None = None, member: int | None = None, approval_above: int | None = None
    ) -> Standing:
        """Change the caps of a server that are given, in millionths of a US dollar; the others stay."""
        _check_manager(door)
        if guild is not None and guild > self._caps.guild:
            raise InvalidInput(
                f"The person who runs this bot allows a server {dollars(self._caps.guild)} a month at most, so it "
                f"can't be {dollars(guild)}. Nothing was changed."
            )

        def change(old: GuildLimits) -> GuildLimits:
            return replace(
                old,
                guild_cap=old.guild_cap if guild is None else guild,
                member_cap=old.member_cap if member is None else member,
                approval_above=old.approval_above if approval_above is None else approval_above,
            )

        await self._change(door, change)
        return await self.standing(door)

    async def pause(self, door: Door, *, is_paused: bool) -> Standing:
        """Let nothing start on a server that costs money, or let it start again."""
        _check_manager(door)
        await self._change(door, lambda old: replace(old, is_paused=is_paused))
        return await self.standing(door)

    async def status(self, door: Door) -> ServerStatus:
        """Ask every backend how it is, without spending, and add up what this server spent."""
        _check_manager(door)
        spent = dict(await self._ledger.by_backend(guild_id=door.guild_id, now=self._now()))
        backends = await asyncio.gather(
            *(self._health(backend, spent.get(backend.name, 0)) for backend in self._backends.values())
        )
        running, waiting = await self._tasks.open_counts()
        findings = await self._findings.all()
        return ServerStatus(await self.standing(door), backends, running, waiting, findings)

    async def settle(self, task_id: str, door: Door, *, was_charged: bool) -> TrainingTask:
        """Keep what the owner of an interrupted training found in their account there; once."""
        task = await self._access.on_card(task_id, door, staff_may=False)
        if task.status is not TaskStatus.INTERRUPTED or task.charged_micros is not None:
            raise InvalidInput("There is no open question about this training any more. Nothing was changed.")
        quoted = task.quoted_micros or task.ceiling_micros or 0
        cost = Settlement(quoted, is_guess=True) if was_charged else Settlement(0)
        return await self._tasks.settle(task_id, cost, now=self._now())

    async def _change(self, door: Door, change: Callable[[GuildLimits], GuildLimits]) -> None:
        limits = await self._ledger.change_limits(door.guild_id, change, by=door.member_id, now=self._now())
        log.info("guild=%d limits changed by member=%d: %s", door.guild_id, door.member_id, limits)

    async def _health(self, backend: TrainingBackend, spent: int) -> BackendStatus:
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                says, is_there = await backend.health(), True
        except BackendError as error:
            says, is_there = as_text(error.reason or "It does not answer as it should; the log says more."), False
            log.warning("backend=%s is not well: %s", backend.name, error.detail)
        except TimeoutError:
            says, is_there = "It does not answer.", False
        return BackendStatus(backend.name, backend.abilities.is_free, is_there, says, spent)


def _check_manager(door: Door) -> None:
    if not door.is_manager:
        raise NotAllowed("Only members who may manage this server can do that. Nothing was changed.")
