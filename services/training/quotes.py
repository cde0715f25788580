"""What a training would be and cost, also for a task that ended and is wanted once more."""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from domain import text
from domain.datasets.dataset import Dataset, DatasetVersion
from domain.errors import BackendError
from domain.orders.orders import Order, Times, move
from domain.orders.states import OrderStatus
from domain.training.confirmation import check_quote
from domain.training.errors import ImagesDeleted, StillOpen, TargetSwitchedOff
from domain.training.settings import QUOTE_SECONDS, SEED, CheckpointInfo, Estimate, Preset, TrainingSettings
from domain.training.tasks import Approval, TrainingTask
from services.caller import Caller
from services.datasets.datasets import DatasetService
from services.training.access import TaskAccess
from services.training.plans import plan_of
from services.training.targets import Target, TargetOffer, Targets, misfit
from storage.datasets.datasets import DatasetStore
from storage.files import FileStore
from storage.training.tasks import TaskStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainingWish:
    """What a member wants trained. `dataset` is an id or a name."""

    dataset: str
    preset: Preset = Preset.BALANCED
    checkpoint: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A task to be confirmed, and what is known about its price and time. Counts are of images."""

    task: TrainingTask
    checkpoint: CheckpointInfo
    estimate: Estimate
    trained_on: int
    held_out: int
    elsewhere: Sequence[TargetOffer] = field(default_factory=tuple)  # what the other backends would take


class QuoteService:
    """Makes quotes and changes them. Nothing starts before one is confirmed."""

    def __init__(
        self,
        tasks: TaskStore,
        datasets: DatasetStore,
        collection: DatasetService,
        files: FileStore,
        targets: Targets,
        *,
        now: Callable[[], float],
        chance: random.Random,
        new_id: Callable[[], str],
    ) -> None:
        self.targets = targets
        self._tasks = tasks
        self._access = TaskAccess(tasks)
        self._datasets = datasets
        self._collection = collection
        self._files = files
        self._now = now
        self._chance = chance
        self._new_id = new_id

    async def quote(self, caller: Caller, wish: TrainingWish) -> Quote:
        """Freeze the dataset and return what its training would be. Raises `UserError`."""
        wanted = self.targets.named(wish.checkpoint) if wish.checkpoint else None
        dataset, version = await self._collection.freeze(wish.dataset, caller)
        targets = [wanted] if wanted else self.targets.fitting(len(version.images))
        task = self._new_task(caller, dataset, version, wish)
        for target in targets[:-1]:
            try:
                return await self._offer(_moved(task, target, version), version)
            except BackendError as error:
                log.warning("backend=%s makes no quote now: %s", target.backend.name, error.detail)
        return await self._offer(_moved(task, targets[-1], version), version)

    async def quoted(self, task_id: str, caller: Caller) -> tuple[TrainingTask, CheckpointInfo]:
        """Return the task of a quote that still can be confirmed, and its checkpoint. Raises `UserError`."""
        task = await self._changeable(task_id, caller)
        return task, self._target(task).checkpoint

    async def revise(
        self, task_id: str, change: Callable[[TrainingSettings], TrainingSettings], caller: Caller
    ) -> Quote:
        """Change the settings of a quote, which is valid for its full time again. Raises `UserError`."""
        task = await self._changeable(task_id, caller)
        settings = change(task.settings)
        self._target(task).checkpoint.allowed.check(settings)
        return await self._change(replace(task, settings=settings), await self._kept_version(task))

    async def move(self, task_id: str, target: str, caller: Caller) -> Quote:
        """Take a quote to another target, with the same preset and seed. It is valid for its full time again."""
        task = await self._changeable(task_id, caller)
        version = await self._kept_version(task)
        return await self._change(_moved(task, self.targets.named(target), version), version)

    async def drop(self, task_id: str, caller: Caller) -> None:
        """End a quote that is not wanted. Nothing was started."""
        task = await self._changeable(task_id, caller)
        await self._tasks.update(task.id, partial(_dropped, now=self._now()))

    async def retry(self, task: str, caller: Caller) -> Quote:
        """Return a new quote for the member's task of that id or model name, everything kept."""
        return await self._again(await self._access.named(task, caller, is_open=False), caller)

    async def retry_seen(self, task_id: str, caller: Caller, *, elsewhere: bool = False) -> Quote:
        """Return a new quote for the task whose public card its owner sees, everything kept.

        `elsewhere` is for a task that its backend did not take: it goes to another one.
        """
        task = await self._access.on_card(task_id, caller, staff_may=False)
        return await self._again(task, caller, elsewhere=elsewhere)

    async def _changeable(self, task_id: str, caller: Caller) -> TrainingTask:
        task = await self._access.own(task_id, caller)
        check_quote(task, now=self._now())
        return task

    async def _again(self, old: TrainingTask, caller: Caller, *, elsewhere: bool = False) -> Quote:
        if not old.order.status.is_final:
            raise StillOpen
        version = await self._version_again(old, caller)
        task = replace(
            old,
            order=self._new_order(caller, old.order.backend),
            version_id=version.id,
            quote_ends_at=self._now() + QUOTE_SECONDS,
            retry_of=old.id,
            approval=Approval.NONE,
            approved_by=None,
        )
        images = len(version.images)
        if elsewhere:
            task = _moved(task, self.targets.fitting(images, but=old.order.backend)[0], version)
        elif self.targets.known(old.order.backend, old.checkpoint) is None:
            task = _moved(task, self.targets.fitting(images)[0], version)
        return await self._offer(task, version)

    def _target(self, task: TrainingTask) -> Target:
        """Return where a task is to be trained. Raises `TargetSwitchedOff`."""
        target = self.targets.known(task.order.backend, task.checkpoint)
        if target is None:
            raise TargetSwitchedOff
        return target

    def _new_order(self, caller: Caller, backend: str) -> Order:
        now = self._now()
        return Order(
            id=self._new_id(),
            guild_id=caller.guild_id,
            channel_id=caller.channel_id,
            parent_channel_id=caller.parent_channel_id,
            owner_id=caller.member_id,
            backend=backend,
            status=OrderStatus.QUOTED,
            times=Times(now, now),
        )

    def _new_task(
        self, caller: Caller, dataset: Dataset, version: DatasetVersion, wish: TrainingWish
    ) -> TrainingTask:
        """Return a task of the usual target, which is moved to its own next."""
        usual = self.targets.all()[0]
        seed = self._chance.randrange(int(SEED.high))
        return TrainingTask(
            order=self._new_order(caller, usual.backend.name),
            dataset_id=dataset.id,
            dataset_name=dataset.name,
            kind=dataset.kind,
            version_id=version.id,
            trigger_word=dataset.trigger_word,
            model_name=text.name(wish.name, what="model") if wish.name else dataset.name,
            checkpoint=usual.checkpoint.name,
            preset=wish.preset,
            settings=usual.checkpoint.settings(wish.preset, kind=dataset.kind, seed=seed),
            quote_ends_at=self._now() + QUOTE_SECONDS,
        )

    async def _offer(self, task: TrainingTask, version: DatasetVersion) -> Quote:
        quote = await self._estimated(task, version)
        await self._tasks.add(quote.task)
        log.info("order=%s quoted, backend=%s", task.id, task.order.backend)
        return quote

    async def _change(self, wanted: TrainingTask, version: DatasetVersion) -> Quote:
        """Keep a quote's new target or settings with their new price, unless it was confirmed meanwhile."""
        quote = await self._estimated(wanted, version)
        now = self._now()
        moved = await self._tasks.update(wanted.id, partial(_changed, wanted=quote.task, now=now))
        check_quote(moved.after, now=now)
        return replace(quote, task=moved.after)

    async def _estimated(self, task: TrainingTask, version: DatasetVersion) -> Quote:
        """Ask the task's backend, and the others too, what they would take."""
        target = self._target(task)
        plan = plan_of(task, version, self._files)
        settings = {
            other.key: other.checkpoint.settings(task.preset, kind=task.kind, seed=task.settings.seed)
            for other in self.targets.all()
        }
        estimate = await target.backend.estimate(plan)
        offers = await self.targets.offers(plan, settings, but=task.order.backend)
        price = replace(
            task.order.price,
            is_free=target.backend.abilities.is_free,
            quoted_micros=estimate.cost_micros,
            ceiling_micros=estimate.most_micros,
        )
        priced = replace(task, order=replace(task.order, price=price))
        held_out = sum(image.held_out for image in version.images)
        return Quote(priced, target.checkpoint, estimate, len(version.images) - held_out, held_out, offers)

    async def _version_again(self, old: TrainingTask, caller: Caller) -> DatasetVersion:
        """Return the images that an old task had, or those that its dataset has now when it succeeded."""
        if old.order.status is not OrderStatus.SUCCEEDED:
            return await self._kept_version(old)
        frozen = await self._collection.freeze(old.dataset_id, caller)
        return frozen[1]

    async def _kept_version(self, task: TrainingTask) -> DatasetVersion:
        kept = await self._datasets.version(task.version_id)
        if kept is None:  # nothing was trained on it, and it went with the images that its owner deleted
            raise ImagesDeleted
        return kept


def _moved(task: TrainingTask, target: Target, version: DatasetVersion) -> TrainingTask:
    """Return the task at a target, with the settings that its preset has there. Raises `ImageCountUnfit`."""
    unfit = misfit(len(version.images), target.backend.abilities)
    if unfit:
        raise unfit
    settings = target.checkpoint.settings(task.preset, kind=task.kind, seed=task.settings.seed)
    order = replace(task.order, backend=target.backend.name)
    return replace(task, order=order, checkpoint=target.checkpoint.name, settings=settings)


def _changed(stored: TrainingTask, *, wanted: TrainingTask, now: float) -> TrainingTask:
    if stored.order.status is not OrderStatus.QUOTED or stored.approval is not Approval.NONE:
        return stored
    order = replace(
        stored.order,
        backend=wanted.order.backend,
        price=wanted.order.price,
        times=replace(stored.order.times, updated_at=now),
    )
    return replace(
        stored,
        order=order,
        checkpoint=wanted.checkpoint,
        settings=wanted.settings,
        quote_ends_at=now + QUOTE_SECONDS,
    )


def _dropped(task: TrainingTask, *, now: float) -> TrainingTask:
    if task.order.status is not OrderStatus.QUOTED:
        return task
    return replace(task, order=move(task.order, OrderStatus.CANCELLED, now=now))
