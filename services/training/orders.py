"""The calls of trainings to their backends, from the paid one to the finished LoRA."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from backends.base import Abilities, RemoteTask, TrainedLora, TrainingBackend
from domain.errors import BackendUnavailable, FileDamaged
from domain.models.loras import Lora
from domain.orders.facts import FactKind, fact
from domain.orders.hand_over import AGAIN, CLEAN_MISSES, MOST_LOST, CannotSend, Recovery, perhaps_charged
from domain.orders.orders import Order, advance, move
from domain.orders.progress import Progress
from domain.orders.states import OrderStatus
from domain.posts import PostKind
from domain.training.tasks import TrainingTask
from services.orders.grace_period import LATE_SECONDS
from services.orders.kinds import Rules
from services.training.plans import plan_of
from storage.datasets.datasets import DatasetStore
from storage.files import FileStore
from storage.orders.books import Moved
from storage.training.tasks import TaskStore

log = logging.getLogger(__name__)

RULES = Rules(
    post=PostKind.TRAINING,
    pauses=AGAIN,
    clean_misses=CLEAN_MISSES,
    late_seconds=LATE_SECONDS,
    longest_search=float("inf"),
    looks_at_once=False,
)


class TrainingOrders:
    """The kind of order that trains."""

    def __init__(
        self,
        tasks: TaskStore,
        datasets: DatasetStore,
        files: FileStore,
        backends: Mapping[str, TrainingBackend],
        *,
        now: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self.rules = RULES
        self.open_orders = tasks.open_orders
        self.load = tasks.load
        self.held_by = tasks.held_by
        self._tasks = tasks
        self._datasets = datasets
        self._files = files
        self._backends = backends
        self._now = now
        self._new_id = new_id

    async def update(self, order_id: str, decide: Callable[[TrainingTask], TrainingTask]) -> Moved[TrainingTask]:
        """Keep what `decide` makes of the stored task, in one transaction."""
        return await self._tasks.update(order_id, decide)

    def abilities(self, backend: str) -> Abilities:
        """Return what a backend can do. Raises `BackendUnavailable` when it is not set up any more."""
        return self._backend(backend).abilities

    def recovery(self, abilities: Abilities) -> Recovery:
        """Return how a lost answer is made certain, which needs a backend that can be asked for a name."""
        return Recovery.FIND if abilities.find else Recovery.NONE

    def may_repeat(self, abilities: Abilities) -> bool:
        """Whether a lost training may be handed over again, which it may where that costs nothing."""
        return abilities.is_free

    def can_stop(self, abilities: Abilities) -> bool:
        """Whether such a backend can stop a training."""
        return abilities.cancel

    def brings_result(self, order: Order) -> bool:
        """Whether the next look fetches the LoRA."""
        return order.status is OrderStatus.COLLECTING

    def given_up(self, order: Order, *, now: float) -> Order:
        """Return a training of which it can't be found out whether it was taken, so that its owner decides."""
        return given_up(order, now=now)

    async def hand_over(self, item: TrainingTask) -> RemoteTask:
        """Make the paid call."""
        version = await self._datasets.version(item.version_id)
        if version is None:  # its images went for good while it was being confirmed
            raise CannotSend(item.order.backend, f"task {item.id} has no images", why=FactKind.IMAGES_DELETED)
        return await self._backend(item.order.backend).submit(plan_of(item, version, self._files))

    async def find(self, item: TrainingTask) -> RemoteTask | None:
        """Look the training up by its name."""
        return await self._backend(item.order.backend).find(item.remote_name)

    async def look(self, item: TrainingTask) -> TrainingTask:
        """Ask how a training stands, or fetch its LoRA when it is done, and return it as it is kept."""
        backend, remote = self._backend(item.order.backend), _remote(item)
        if item.order.status is not OrderStatus.COLLECTING:
            return await self._keep(item, await backend.poll(remote))
        trained = await backend.fetch(remote)
        async with self._files.changing():
            await self._check(trained, backend.name)
            return await self._succeed(item, trained)

    async def look_at_many(self, items: Sequence[TrainingTask]) -> Sequence[TrainingTask]:
        """Ask for the list of the backend that holds all these, and return those that it named."""
        if not items:
            return ()
        listed = await self._backend(items[0].order.backend).poll_many([_remote(item) for item in items])
        told = [(item, listed.get(_remote(item).id)) for item in items]
        return [await self._keep(item, progress) for item, progress in told if progress is not None]

    async def stop(self, item: TrainingTask) -> None:
        """Ask the backend to stop a training."""
        await self._backend(item.order.backend).cancel(_remote(item))

    def _backend(self, name: str) -> TrainingBackend:
        if name not in self._backends:
            raise BackendUnavailable(name, "it is not set up on this bot any more")
        return self._backends[name]

    async def _keep(self, task: TrainingTask, progress: Progress) -> TrainingTask:
        """Keep what a backend says. What says nothing new costs no transaction."""
        heard = partial(_advanced, progress=progress, now=self._now())
        if heard(task) == task:
            return task
        moved = await self._tasks.update(task.id, heard)
        before, after = moved.before.order.status, moved.after.order.status
        if before is not after:
            log.info("order=%s %s -> %s", task.id, before, after)
        return moved.after

    async def _check(self, trained: TrainedLora, backend: str) -> None:
        """Read the stored file back. Raises `FileDamaged` when it is not what was announced.

        Where the weights stay at the backend, its reference is all there is.
        """
        if trained.sha256 is None:
            if not trained.reference:
                raise FileDamaged(backend, "there is neither a file nor a name for it")
            return
        try:
            content = await self._files.read(trained.sha256)
        except OSError as error:
            raise FileDamaged(backend, f"the file {trained.sha256} can't be read: {error}") from error
        if len(content) != trained.size:
            raise FileDamaged(backend, f"the file has {len(content)} bytes instead of {trained.size}")

    async def _succeed(self, task: TrainingTask, trained: TrainedLora) -> TrainingTask:
        now = self._now()
        made = _lora(task, trained, lora_id=self._new_id(), now=now)
        moved = await self._tasks.succeed(task.id, partial(_succeeded, trained=trained, now=now), made)
        log.info("order=%s succeeded, file=%s", task.id, trained.sha256)
        return moved.after


def given_up(order: Order, *, now: float) -> Order:
    """Return a training of which it can't be found out whether it was taken, so that its owner decides."""
    is_lost_often = order.hand_over.lost_answers >= MOST_LOST and order.hand_over.misses >= CLEAN_MISSES
    why = fact(FactKind.LOST_TOO_OFTEN if is_lost_often else FactKind.NEVER_ANSWERED)
    ended = move(order, OrderStatus.INTERRUPTED, now=now, reason=why)
    return perhaps_charged(ended) if ended.status is OrderStatus.INTERRUPTED else ended


def _advanced(task: TrainingTask, *, progress: Progress, now: float) -> TrainingTask:
    return replace(task, order=advance(task.order, progress, now=now))


def _succeeded(task: TrainingTask, *, trained: TrainedLora, now: float) -> TrainingTask:
    order = task.order
    if order.status is not OrderStatus.COLLECTING:
        return task
    done = replace(
        order.progress,
        samples=trained.samples or order.progress.samples,
        base_loss=trained.base_loss,
        held_out_loss=trained.held_out_loss,
    )
    return replace(task, order=replace(move(order, OrderStatus.SUCCEEDED, now=now), progress=done))


def _remote(task: TrainingTask) -> RemoteTask:
    return RemoteTask(task.order.hand_over.remote_id or "")


def _lora(task: TrainingTask, trained: TrainedLora, *, lora_id: str, now: float) -> Lora:
    samples = trained.samples or task.order.progress.samples
    return Lora(
        id=lora_id,
        guild_id=task.order.guild_id,
        owner_id=task.order.owner_id,
        task_id=task.id,
        name=task.model_name,
        version=0,  # the store gives the next number
        checkpoint=task.checkpoint,
        backend=task.order.backend,
        trigger_word=task.trigger_word,
        sha256=trained.sha256,
        size=trained.size,
        reference=trained.reference,
        base_loss=trained.base_loss,
        held_out_loss=trained.held_out_loss,
        created_at=now,
        preview_sha256=samples[-1].sha256 if samples else None,
    )
