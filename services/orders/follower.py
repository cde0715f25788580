"""Following orders at their backends from the hand-over to the end."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic

from backends.base import Abilities, RemoteTask
from domain.errors import (
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    FileDamaged,
    NotThereYet,
    WorkUnknown,
)
from domain.orders import hand_over
from domain.orders.facts import Fact, FactKind, because, fact
from domain.orders.hand_over import Recovery, Step, after_miss, cause_of, first_step, look_up_pause
from domain.orders.orders import Order, is_lost, is_stuck, move
from domain.orders.states import HELD, OrderStatus
from services.orders.grace_period import GracePeriod
from services.orders.kinds import O, OrderKind
from storage.outbox import OutboxStore

log = logging.getLogger(__name__)

REPEAT_SECONDS = 10.0  # until an order whose answer was lost is handed over again, where that can't order it twice
LIST_SECONDS = 20.0  # for a whole list, for which all that a backend holds waits
NEVER = fact(FactKind.STOPPED_BEFORE_IT_BEGAN)

Change = Callable[[Order], Order]


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that is not over, and the backend whose list shows it among others."""

    id: str
    listed_by: str | None = None


class OrderFollower(Generic[O]):
    """Keeps orders true to what their backends say. Each call may be repeated at any time, but not beside itself."""

    def __init__(self, kind: OrderKind[O], outbox: OutboxStore, *, now: Callable[[], float]) -> None:
        self._kind: OrderKind[O] = kind
        self._rules = kind.rules
        self._outbox = outbox
        self._now = now
        self._silent: set[str] = set()  # orders whose message says that they are lost, or stuck
        self._doubted = GracePeriod(now)
        self._late = GracePeriod(now, seconds=kind.rules.late_seconds)

    async def open_orders(self) -> Collection[OpenOrder]:
        """Return what is on its way, oldest first."""
        found = await self._kind.open_orders()
        lists = {backend: self._lists(backend) for backend in {backend for _, backend, _ in found}}
        return [OpenOrder(each, at if is_held and lists[at] else None) for each, at, is_held in found]

    async def refresh(self, order_id: str) -> float | None:
        """Take one look at an order. Return the seconds until the next one, None when it ended.

        Raises `BackendError` when its backend can't say now. Nothing changed then.
        """
        item = await self._kind.load(order_id)
        if item is None or item.order.status.is_final or item.order.status is OrderStatus.QUOTED:
            self._forget(order_id)
            return None
        abilities = self._kind.abilities(item.order.backend)
        if item.order.status is OrderStatus.SUBMITTING:
            return await self._reconcile(item, abilities)
        try:
            after = await self._look(item, abilities)
        except Exception as error:
            if isinstance(error, BackendUnavailable) and not isinstance(error, NotThereYet):
                self._doubted.clear(order_id)  # what was said before is not confirmed
            await self._flag_silence(item.order, abilities)
            raise
        return await self._pause_after(after.order, abilities)

    async def refresh_listed(self, backend: str, order_ids: Collection[str]) -> Mapping[str, float | None]:
        """Take one look at all these orders by the list of their backend. Return the pauses of those that it named.

        Raises `BackendUnavailable` when the backend asks to be left alone.
        """
        abilities = self._kind.abilities(backend)
        held = [
            item
            for item in await self._kind.held_by(backend)
            if item.id in order_ids and not self._is_to_stop(item.order)
        ]
        try:
            async with asyncio.timeout(LIST_SECONDS):
                told = await self._kind.look_at_many(held)
        except Exception as error:
            log.warning("backend=%s can't list its orders: %r", backend, error)
            if isinstance(error, BackendUnavailable) and error.retry_after is not None:
                raise
            return {}
        for item in told:
            self._doubted.clear(item.id)
        return {item.id: await self._pause_after(item.order, abilities) for item in told}

    async def _reconcile(self, item: O, abilities: Abilities) -> float | None:
        recovery, now = self._kind.recovery(abilities), self._now()
        step = first_step(item.order, recovery=recovery, now=now, is_free=abilities.is_free)
        if step is not Step.LOOK_UP:
            return await self._take(step, item, abilities)
        remote = await self._kind.find(item)
        if remote is not None:
            await self._hold(item, remote)
            return 0.0
        grace = abilities.find_grace_seconds
        missed = await self._update(item, partial(hand_over.not_found, now=now))
        step = after_miss(missed.order, now=self._now(), grace_seconds=grace, is_free=abilities.is_free)
        return await self._take(step, missed, abilities)

    async def _take(self, step: Step, item: O, abilities: Abilities) -> float | None:
        match step:
            case Step.HAND_OVER:
                return await self._hand_over(item, abilities)
            case Step.CANCEL:
                await self._end(item, OrderStatus.CANCELLED, NEVER)
            case Step.GIVE_UP:
                await self._update(item, partial(self._kind.given_up, now=self._now()))
            case Step.WAIT | Step.LOOK_UP:
                return self._pause_of(item.order, abilities)
        self._forget(item.id)
        return None

    async def _hand_over(self, item: O, abilities: Abilities) -> float | None:
        """Make the paid call, its intent saved before. What was stopped meanwhile is not ordered."""
        intent = await self._update(item, partial(hand_over.intended, now=self._now()))
        if intent.order.status is not OrderStatus.SUBMITTING:
            return None
        try:
            remote = await self._kind.hand_over(intent)
        except Exception as error:
            log.warning("order=%s backend=%s was not handed over: %r", item.id, item.order.backend, error)
            if not isinstance(error, BackendError):
                log.exception("order=%s", item.id)
            return await self._not_taken(intent, error, abilities)
        await self._hold(intent, remote)
        if self._rules.looks_at_once:
            with contextlib.suppress(BackendError):
                return await self.refresh(item.id)
        return 0.0

    async def _not_taken(self, item: O, error: Exception, abilities: Abilities) -> float | None:
        pauses = self._rules.pauses
        after = await self._update(item, partial(hand_over.refused, error=error, now=self._now(), pauses=pauses))
        if after.order.status is not OrderStatus.SUBMITTING:
            return None
        if after.order.hand_over.again_at is None and self._kind.recovery(abilities) is Recovery.NONE:
            return await self._take(Step.GIVE_UP, after, abilities)
        is_looked_up = after.order.hand_over.again_at is None and self._kind.recovery(abilities) is Recovery.FIND
        return 0.0 if is_looked_up else self._pause_of(after.order, abilities)

    def _pause_of(self, order: Order, abilities: Abilities) -> float:
        """Return the seconds until the next step of an order that may not have reached its backend."""
        if order.hand_over.again_at is not None:
            return max(0.0, order.hand_over.again_at - self._now())
        is_looked_up = self._kind.recovery(abilities) is Recovery.FIND
        return look_up_pause(abilities.find_grace_seconds) if is_looked_up else REPEAT_SECONDS

    async def _hold(self, item: O, remote: RemoteTask) -> None:
        """Save that the backend holds the order under that id."""
        await self._update(item, partial(hand_over.held, remote_id=remote.id, now=self._now()))
        log.info("order=%s backend=%s holds it as %s", item.id, item.order.backend, remote.id)

    async def _look(self, item: O, abilities: Abilities) -> O:
        item = await self._tell_stop(item, abilities)
        try:
            after = await self._kind.look(item)
        except BackendRejected as error:
            if item.order.status is OrderStatus.COLLECTING:
                return await self._no_result(item, abilities, error)
            return await self._unknown_there(item, abilities, error)
        except (BackendReplyInvalid, NotThereYet) as error:
            if not self._kind.brings_result(item.order):
                raise
            return await self._no_result(item, abilities, error)
        self._doubted.clear(item.id)
        return after

    def _is_to_stop(self, order: Order) -> bool:
        return order.hand_over.is_stop_asked and not order.hand_over.is_stop_told

    async def _tell_stop(self, item: O, abilities: Abilities) -> O:
        """Tell the backend once that an order is to stop."""
        is_held = item.order.status in HELD
        if not is_held or not self._is_to_stop(item.order) or not self._kind.can_stop(abilities):
            return item
        try:
            await self._kind.stop(item)
        except BackendRejected as error:  # it is too far to be stopped: how it goes on is still to be asked
            log.warning("order=%s backend=%s does not stop it: %s", item.id, item.order.backend, error.detail)
            if not isinstance(error, WorkUnknown):
                return await self._update(item, hand_over.stop_refused)
        return await self._update(item, hand_over.stop_told)

    async def _unknown_there(self, item: O, abilities: Abilities, error: BackendRejected) -> O:
        """Count that the backend does not know its own order. It is believed after enough clean answers in a row.

        What is paid is not given up for a few minutes of them: they may be a gateway's.
        """
        may_repeat = self._kind.may_repeat(abilities)
        is_believed = self._doubted.expired_after_failure(item.id) or may_repeat
        missed = await self._update(item, hand_over.with_one_more_miss)
        if missed.order.hand_over.misses < self._rules.clean_misses or not is_believed:
            return missed
        is_over = self._now() - item.order.times.created_at > self._rules.longest_search
        if may_repeat and not is_over:
            return await self._hand_over_lost(missed)
        log.error("order=%s backend=%s: %s", item.id, item.order.backend, error.detail)
        return await self._end(item, OrderStatus.FAILED, fact(FactKind.UNKNOWN_THERE, backend=item.order.backend))

    async def _hand_over_lost(self, item: O) -> O:
        """Give a backend again what it lost, under its name, unless it is to stop or can't be done any more."""
        if item.order.hand_over.is_stop_asked:
            return await self._end(item, OrderStatus.CANCELLED, fact(FactKind.STOPPED))
        log.warning("order=%s backend=%s lost it, so it is handed over again", item.id, item.order.backend)
        try:
            remote = await self._kind.hand_over(item)
        except BackendRejected as error:
            why = because(fact(FactKind.LOST_AND_REFUSED, backend=item.order.backend), cause_of(error))
            return await self._end(item, OrderStatus.FAILED, why)
        return await self._update(item, partial(hand_over.held_again, remote_id=remote.id))

    async def _no_result(self, item: O, abilities: Abilities, error: BackendError) -> O:
        """Raise the error to be asked again later, for as long as it may pass. Then end the order."""
        is_final = isinstance(error, BackendRejected) and abilities.is_free
        grace = self._late if isinstance(error, NotThereYet) else self._doubted
        if not grace.expired_after_failure(item.id) and not is_final:
            raise error
        log.error("order=%s backend=%s gives no result: %s", item.id, item.order.backend, error.detail)
        kind = FactKind.RESULT_DAMAGED if isinstance(error, FileDamaged) else FactKind.NO_RESULT
        return await self._end(item, OrderStatus.FAILED, fact(kind, backend=item.order.backend))

    async def _end(self, item: O, status: OrderStatus, reason: Fact) -> O:
        return await self._update(item, partial(move, status=status, now=self._now(), reason=reason))

    async def _update(self, item: O, change: Change) -> O:
        """Keep what `change` makes of the order as it is stored."""
        moved = await self._kind.update(item.id, lambda stored: replace(stored, order=change(stored.order)))
        before, after = moved.before.order.status, moved.after.order.status
        if before is not after:
            log.info("order=%s %s -> %s", item.id, before, after)
        return moved.after

    async def _pause_after(self, order: Order, abilities: Abilities) -> float | None:
        await self._flag_silence(order, abilities)
        if order.status.is_final:
            self._forget(order.id)
            return None
        return 0.0 if order.status is OrderStatus.COLLECTING else abilities.poll_seconds

    async def _flag_silence(self, order: Order, abilities: Abilities) -> None:
        """Have the message drawn again when an order begins, or ends, to look lost or stuck."""
        now = self._now()
        is_silent = is_lost(order, now=now, grace_seconds=abilities.grace_seconds) or is_stuck(
            order, now=now, after_seconds=abilities.stuck_seconds
        )
        if is_silent == (order.id in self._silent):
            return
        if is_silent:
            self._silent.add(order.id)
        else:
            self._silent.discard(order.id)
        await self._outbox.touch(self._rules.post, order.id)

    def _lists(self, backend: str) -> bool:
        with contextlib.suppress(BackendUnavailable):
            return self._kind.abilities(backend).lists
        return False

    def _forget(self, order_id: str) -> None:
        self._silent.discard(order_id)
        self._doubted.clear(order_id)
        self._late.clear(order_id)
