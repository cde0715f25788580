"""How quotes start, and the approvals that expensive ones need."""

import logging
from collections.abc import Callable, Sequence
from functools import partial

from domain.errors import OrderRefused
from domain.money.limits import SpendingLimits
from domain.orders.states import OrderStatus
from domain.training.confirmation import check_quote, confirmed, declined
from domain.training.errors import ApprovalOver, NotAModerator, TargetSwitchedOff
from domain.training.tasks import Approval, TrainingTask
from services.caller import Caller
from services.orders.looks import LookNow
from services.training.access import TaskAccess
from services.training.targets import Targets
from storage.training.tasks import TaskStore

log = logging.getLogger(__name__)

MOST_CHOICES = 25


class ConfirmationService:
    """Starts what was confirmed or approved. It saves what is to be done, and the watcher does it."""

    def __init__(
        self,
        tasks: TaskStore,
        look_now: LookNow,
        targets: Targets,
        *,
        caps: SpendingLimits,
        now: Callable[[], float],
    ) -> None:
        self._tasks = tasks
        self._targets = targets
        self._access = TaskAccess(tasks)
        self._look_now = look_now
        self._caps = caps
        self._now = now

    async def confirm(self, task_id: str, caller: Caller) -> TrainingTask:
        """Start what was quoted. A second time changes nothing.

        An expensive quote is not started but waits for an approval. Raises `InvalidInput` when it is over, or when
        the money is not there.
        """
        return await self._start(await self._access.own(task_id, caller))

    async def approve(self, task_id: str, caller: Caller) -> TrainingTask:
        """Approve what its owner confirmed, so that it starts. Raises `NotAllowed` for everybody else.

        Raises `OrderRefused` when a limit of the member who asked, or of the server, stops it.
        """
        task = await self._pending(task_id, caller)
        try:
            return await self._start(task, approved_by=caller.member_id)
        except OrderRefused as refusal:
            refusal.for_moderator = task.order.owner_id != caller.member_id
            raise

    async def decline(self, task_id: str, caller: Caller) -> TrainingTask:
        """Refuse an approval, so that nothing starts. Raises `NotAllowed` for everybody else."""
        await self._pending(task_id, caller)
        decide = partial(declined, by=caller.member_id, now=self._now())
        return (await self._tasks.update(task_id, decide)).after

    async def pending_approvals(self, typed: str, caller: Caller) -> Sequence[TrainingTask]:
        """Return at most 25 trainings that wait for an approval, for those who may give it."""
        if not caller.is_manager:
            return ()
        waiting = await self._tasks.pending_approvals(guild_id=caller.guild_id)
        return [task for task in waiting if typed.casefold().strip() in task.model_name.casefold()][:MOST_CHOICES]

    async def expire(self) -> int:
        """End the quotes whose time is over, and return how many."""
        return await self._tasks.expire(self._now())

    async def _start(self, task: TrainingTask, *, approved_by: int | None = None) -> TrainingTask:
        task_id, now = task.id, self._now()
        is_quoted = task.order.status is OrderStatus.QUOTED
        if is_quoted and self._targets.known(task.order.backend, task.checkpoint) is None:
            raise TargetSwitchedOff
        decide = partial(confirmed, now=now, approved_by=approved_by)
        moved = await self._tasks.confirm(task_id, decide, defaults=self._caps, now=now)
        before, after = moved.before.order.status, moved.after.order.status
        if after in (OrderStatus.EXPIRED, OrderStatus.CANCELLED):
            check_quote(moved.after, now=now)
        if before is not OrderStatus.QUOTED or after is not OrderStatus.SUBMITTING:
            return moved.after
        log.info("order=%s %s -> %s", task_id, before, after)
        await self._look_now(task_id)
        return await self._tasks.load(task_id) or moved.after

    async def _pending(self, task_id: str, caller: Caller) -> TrainingTask:
        task = await self._access.on_server(task_id, caller)
        if not caller.is_manager:
            raise NotAModerator
        if task.approval is Approval.ASKED and task.order.status is OrderStatus.QUOTED:
            return task
        raise ApprovalOver
