"""Quotes: what a training would be and cost, its confirmation, and a new quote for a task that ended."""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from domain import text
from domain.datasets.dataset import Dataset, DatasetVersion
from domain.errors import BackendError, InvalidInput, NotAllowed, OrderRefused
from domain.money.limits import SpendingLimits
from domain.training.settings import (
    QUOTE_SECONDS,
    RUNNING_TASKS_PER_MEMBER,
    SEED,
    CheckpointInfo,
    Estimate,
    Preset,
    TrainingSettings,
)
from domain.training.tasks import NOTHING_YET, Approval, TaskStatus, TrainingTask, move
from services.caller import Caller
from services.datasets.datasets import DatasetService
from services.training.access import TaskAccess
from services.training.hand_over import HandOver
from services.training.targets import Offer, Place, Places, why_not
from storage.datasets.datasets import DatasetStore
from storage.training.tasks import TaskStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What a member wants trained; `dataset` is an id or a name, None means the usual."""

    dataset: str
    preset: Preset = Preset.BALANCED
    checkpoint: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A task to be confirmed, and what is known about its price and time; counts are of images."""

    task: TrainingTask
    checkpoint: CheckpointInfo
    estimate: Estimate
    trained_on: int
    held_out: int
    elsewhere: Sequence[Offer] = field(default_factory=tuple)  # what the other places would take


class QuoteService:
    """Makes quotes and starts what was confirmed. Every method raises `UserError` with a sentence for the member."""

    def __init__(
        self,
        *,
        tasks: TaskStore,
        datasets: DatasetStore,
        collection: DatasetService,
        hand_over: HandOver,
        places: Places,
        caps: SpendingLimits,
        now: Callable[[], float],
        chance: random.Random,
        new_id: Callable[[], str],
    ) -> None:
        self._tasks = tasks
        self._access = TaskAccess(tasks)
        self._datasets = datasets
        self._collection = collection
        self._hand_over = hand_over
        self._places = places
        self._caps = caps
        self._now = now
        self._chance = chance
        self._new_id = new_id

    def places(self) -> Sequence[Place]:
        """Return every checkpoint that can be trained here, the usual one first."""
        return self._places.all()

    async def quote(self, caller: Caller, order: Order) -> Quote:
        """Freeze the dataset and return what its training would be; nothing starts before the quote is confirmed."""
        wanted = self._places.named(order.checkpoint) if order.checkpoint else None
        dataset, version = await self._collection.freeze(order.dataset, caller)
        name = text.name(order.name, what="model") if order.name else dataset.name
        places = [wanted] if wanted else self._places.fitting(len(version.images))
        for place in places:
            _check_count(len(version.images), place)
            task = self._new_task(caller, dataset, version, place, name=name, preset=order.preset)
            try:
                return await self._offer(task, version)
            except BackendError as error:
                if place is places[-1]:
                    raise
                log.warning("backend=%s makes no quote now: %s", place.backend.name, error.detail)
        raise AssertionError("unreachable")

    async def quoted(self, task_id: str, caller: Caller) -> TrainingTask:
        """Return the task of a quote that still can be confirmed."""
        task = await self._access.own(task_id, caller)
        _check_quote(task, now=self._now())
        return task

    async def advanced(self, task_id: str, caller: Caller) -> tuple[TrainingTask, CheckpointInfo]:
        """Return the task of a quote and its checkpoint, whose settings a member wants to change."""
        task = await self.quoted(task_id, caller)
        return task, self._place(task).checkpoint

    async def revise(self, task_id: str, settings: TrainingSettings, caller: Caller) -> Quote:
        """Change the settings of a quote; it is valid for its full time again."""
        task = await self.quoted(task_id, caller)
        self._place(task).checkpoint.allowed.check(settings)
        return await self._change(replace(task, settings=settings))

    async def move(self, task_id: str, place: str, caller: Caller) -> Quote:
        """Take a quote to another place, with the same preset and seed; it is valid for its full time again."""
        task = await self.quoted(task_id, caller)
        return await self._change(await self._moved(task, self._places.named(place)))

    async def confirm(self, task_id: str, caller: Caller) -> TrainingTask:
        """Start what was quoted; a second time changes nothing. The intent is saved before the paid call.

        A quote that is dear is not started but waits for a moderator's word. Raises `InvalidInput` when it is over,
        or when the money is not there.
        """
        await self._access.own(task_id, caller)
        return await self._start(task_id)

    async def approve(self, task_id: str, caller: Caller) -> TrainingTask:
        """Give a moderator's word: what its owner confirmed starts. Raises `NotAllowed` for everybody else.

        Raises `InvalidInput`, about the member who asked, when a limit of theirs or the server's stops it.
        """
        task = await self._asked(task_id, caller)
        try:
            return await self._start(task_id, approved_by=caller.member_id)
        except OrderRefused as refusal:
            refusal.for_moderator = task.owner_id != caller.member_id
            raise

    async def asked(self, typed: str, caller: Caller) -> Sequence[TrainingTask]:
        """Return at most 25 trainings that wait for a moderator's word, for those who may give it."""
        if not caller.is_manager:
            return ()
        waiting = await self._tasks.asked(guild_id=caller.guild_id)
        return [task for task in waiting if typed.casefold().strip() in task.model_name.casefold()][:25]

    async def decline(self, task_id: str, caller: Caller) -> TrainingTask:
        """Refuse a moderator's word: nothing starts. Raises `NotAllowed` for everybody else."""
        await self._asked(task_id, caller)
        now = self._now()

        def decide(stored: TrainingTask) -> TrainingTask:
            if stored.status is not TaskStatus.QUOTED or stored.approval is not Approval.ASKED:
                return stored
            ended = move(stored, TaskStatus.CANCELLED, now=now, reason="A moderator declined it.")
            return replace(ended, approval=Approval.DECLINED, approved_by=caller.member_id)

        return (await self._tasks.update(task_id, decide)).after

    async def drop(self, task_id: str, caller: Caller) -> None:
        """End a quote that nobody wants; nothing was started."""
        task = await self.quoted(task_id, caller)
        await self._tasks.update(task.id, lambda stored: _dropped(stored, now=self._now()))

    async def retry(self, task: str, caller: Caller) -> Quote:
        """Return a new quote for the member's task of that id or model name, everything kept."""
        return await self._again(await self._access.named(task, caller, is_open=False), caller)

    async def retry_seen(self, task_id: str, caller: Caller) -> Quote:
        """Return a new quote for the task whose public card its owner sees, everything kept."""
        return await self._again(await self._access.on_card(task_id, caller, staff_may=False), caller)

    async def retry_elsewhere(self, task_id: str, caller: Caller) -> Quote:
        """Return a new quote at another place for a task whose place would not take it; nothing was paid."""
        return await self._again(await self._access.on_card(task_id, caller, staff_may=False), caller, elsewhere=True)

    async def _start(self, task_id: str, *, approved_by: int | None = None) -> TrainingTask:
        now = self._now()

        def decide(stored: TrainingTask) -> TrainingTask:
            is_over = stored.status is TaskStatus.QUOTED and now >= stored.quote_ends_at
            moved = move(stored, TaskStatus.EXPIRED if is_over else TaskStatus.SUBMITTING, now=now)
            if approved_by is None or moved.status is not TaskStatus.SUBMITTING:
                return moved
            return replace(moved, approval=Approval.GIVEN, approved_by=approved_by)

        moved = await self._tasks.confirm(
            task_id, decide, most_open=RUNNING_TASKS_PER_MEMBER, defaults=self._caps, now=now
        )
        if moved.after.status in (TaskStatus.EXPIRED, TaskStatus.CANCELLED):
            _check_quote(moved.after, now=now)
        if moved.before.status is not TaskStatus.QUOTED or moved.after.status is TaskStatus.QUOTED:
            return moved.after
        log.info("task=%s %s -> %s", task_id, moved.before.status, moved.after.status)
        return await self._hand_over.submit(moved.after)

    async def _asked(self, task_id: str, caller: Caller) -> TrainingTask:
        task = await self._access.on_server(task_id, caller)
        if not caller.is_manager:
            raise NotAllowed(
                "Only members who may manage this server can decide about its money. Nothing was started or charged."
            )
        if task.approval is Approval.ASKED and task.status is TaskStatus.QUOTED:
            return task
        raise InvalidInput("This was decided already, or it is over. Nothing was changed or charged.")

    async def _again(self, old: TrainingTask, caller: Caller, *, elsewhere: bool = False) -> Quote:
        if not old.status.is_final:
            raise InvalidInput(
                "This training is still on its way. Stop it first if you want to start over. Nothing new was started."
            )
        version = await self._version(old, again=old.status is TaskStatus.SUCCEEDED, caller=caller)
        now = self._now()
        task = replace(
            old,
            id=self._new_id(),
            channel_id=caller.channel_id,
            parent_id=caller.parent_channel_id,
            version_id=version.id,
            status=TaskStatus.QUOTED,
            created_at=now,
            updated_at=now,
            quote_ends_at=now + QUOTE_SECONDS,
            remote_id=None,
            progress=NOTHING_YET,
            cancel_asked=False,
            reason="",
            misses=0,
            attempts=0,
            lost_answers=0,
            again_at=None,
            started_at=None,
            finished_at=None,
            retry_of=old.id,
            quoted_micros=None,
            ceiling_micros=None,
            charged_micros=None,
            charge_is_guess=False,
            approval=Approval.NONE,
            approved_by=None,
            queued_at=None,
        )
        images = len(version.images)
        if elsewhere:
            task = await self._moved(task, self._places.fitting(images, but=old.backend)[0])
        elif self._places.known(old.backend, old.checkpoint) is None:
            task = await self._moved(task, self._places.fitting(images)[0])
        return await self._offer(task, version)

    async def _moved(self, task: TrainingTask, place: Place) -> TrainingTask:
        version = await self._kept_version(task)
        _check_count(len(version.images), place)
        settings = place.checkpoint.settings(task.preset, kind=task.kind, seed=task.settings.seed)
        return replace(task, backend=place.backend.name, checkpoint=place.checkpoint.name, settings=settings)

    def _place(self, task: TrainingTask) -> Place:
        """Return where a task is to be trained. Raises `InvalidInput` when that was switched off."""
        place = self._places.known(task.backend, task.checkpoint)
        if place is None:
            raise InvalidInput(
                "The place of this quote was switched off here. Nothing was started or charged. "
                "Get a new quote with /train start."
            )
        return place

    def _new_task(
        self,
        caller: Caller,
        dataset: Dataset,
        version: DatasetVersion,
        place: Place,
        *,
        name: str,
        preset: Preset,
    ) -> TrainingTask:
        now = self._now()
        seed = self._chance.randrange(int(SEED.high))
        return TrainingTask(
            id=self._new_id(),
            guild_id=caller.guild_id,
            channel_id=caller.channel_id,
            parent_id=caller.parent_channel_id,
            owner_id=caller.member_id,
            dataset_id=dataset.id,
            dataset_name=dataset.name,
            kind=dataset.kind,
            version_id=version.id,
            trigger_word=dataset.trigger_word,
            model_name=name,
            backend=place.backend.name,
            checkpoint=place.checkpoint.name,
            preset=preset,
            settings=place.checkpoint.settings(preset, kind=dataset.kind, seed=seed),
            status=TaskStatus.QUOTED,
            created_at=now,
            updated_at=now,
            quote_ends_at=now + QUOTE_SECONDS,
        )

    async def _offer(self, task: TrainingTask, version: DatasetVersion) -> Quote:
        quote = await self._estimated(task, version)
        await self._tasks.add(quote.task)
        log.info("task=%s quoted, backend=%s", task.id, task.backend)
        return quote

    async def _change(self, wanted: TrainingTask) -> Quote:
        """Keep a quote's new place or settings with their new price, unless it was confirmed meanwhile."""
        quote = await self._estimated(wanted, await self._kept_version(wanted))
        now = self._now()

        def decide(stored: TrainingTask) -> TrainingTask:
            if stored.status is not TaskStatus.QUOTED or stored.approval is not Approval.NONE:
                return stored
            return replace(
                stored,
                backend=quote.task.backend,
                checkpoint=quote.task.checkpoint,
                settings=quote.task.settings,
                quoted_micros=quote.task.quoted_micros,
                ceiling_micros=quote.task.ceiling_micros,
                updated_at=now,
                quote_ends_at=now + QUOTE_SECONDS,
            )

        moved = await self._tasks.update(wanted.id, decide)
        _check_quote(moved.after, now=now)
        return replace(quote, task=moved.after)

    async def _estimated(self, task: TrainingTask, version: DatasetVersion) -> Quote:
        """Ask the task's place, and the others beside it, what they would take."""
        place = self._place(task)
        plan = await self._hand_over.plan(task)
        settings = {
            other.key: other.checkpoint.settings(task.preset, kind=task.kind, seed=task.settings.seed)
            for other in self._places.all()
        }
        estimate = await place.backend.estimate(plan)
        offers = await self._places.offers(plan, settings, but=task.backend)
        priced = replace(task, quoted_micros=estimate.cost_micros, ceiling_micros=estimate.most_micros)
        held_out = sum(image.held_out for image in version.images)
        return Quote(priced, place.checkpoint, estimate, len(version.images) - held_out, held_out, offers)

    async def _version(self, old: TrainingTask, *, again: bool, caller: Caller) -> DatasetVersion:
        if not again:
            return await self._kept_version(old)
        frozen = await self._collection.freeze(old.dataset_id, caller)
        return frozen[1]

    async def _kept_version(self, task: TrainingTask) -> DatasetVersion:
        kept = await self._datasets.version(task.version_id)
        if kept is None:  # nothing was trained on it, and it went with the pictures that its owner deleted
            raise InvalidInput(
                "Pictures of this training were deleted for good, so it can't be started again as it was. "
                "Nothing was started or charged. Get a new quote with /train start."
            )
        return kept


def _dropped(task: TrainingTask, *, now: float) -> TrainingTask:
    return move(task, TaskStatus.CANCELLED, now=now) if task.status is TaskStatus.QUOTED else task


def _check_count(images: int, place: Place) -> None:
    why = why_not(images, place.backend.abilities)
    if why:
        raise InvalidInput(f"{why} Nothing was charged.")


def _check_quote(task: TrainingTask, *, now: float) -> None:
    match task.status:
        case TaskStatus.QUOTED if task.approval is Approval.ASKED and now < task.quote_ends_at:
            raise InvalidInput(
                "You confirmed this already; it waits for a moderator's word. Nothing was started or charged yet."
            )
        case TaskStatus.QUOTED if now < task.quote_ends_at:
            return
        case TaskStatus.QUOTED | TaskStatus.EXPIRED:
            raise InvalidInput(
                "This quote was valid for ten minutes and is over. Nothing was started or charged. "
                "Get a new one with /train start."
            )
        case TaskStatus.CANCELLED:
            raise InvalidInput(
                "This training was cancelled, so it can't be started any more. Get a new quote with /train start."
            )
        case _:
            raise InvalidInput("This training has started already. See how it goes with /train status.")
