"""Trains and draws FLUX.1 LoRAs at Replicate.

https://replicate.com/docs/reference/http
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from pydantic import JsonValue

from backends.base import (
    Abilities,
    DrawingPlan,
    DrawingProgress,
    RemoteTask,
    RemoteWork,
    ResultStore,
    TrainedLora,
    TrainingPlan,
)
from backends.http import Http, LinkGone
from backends.provider import Context, opened
from backends.replicate.archives import MOST_LORA, lora_in, packed
from backends.replicate.orders import TRAINERS, Trainer, accepted, drawing_input, estimate, inputs
from backends.replicate.replies import (
    VERSION,
    Account,
    Destination,
    Exists,
    Listed,
    Page,
    Prediction,
    Started,
    StoredFile,
    TrainerModel,
    Training,
    Work,
    complaint,
    message_of,
    name_of,
    state_of,
    steps_done,
    steps_of,
)
from backends.replicate.settings import NAME, PRICES, ReplicateSettings
from backends.results import MOST_PICTURE, check_trained, clean, shortfall
from domain.datasets.file_kinds import recognise
from domain.errors import (
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    FileDamaged,
    Unusable,
    WorkUnknown,
)
from domain.money.prices import PriceList
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.remote_names import is_ours
from domain.text import one_line, shown
from domain.training.settings import Estimate

log = logging.getLogger(__name__)
T = TypeVar("T")

FILE_HOSTS = ("replicate.delivery",)
HARDWARE = "gpu-t4"  # a model must name some; its trainer's takes over
MOST_UPLOAD = 100 * 1024 * 1024  # bytes; the files API takes about this
MOST_STATUS = 8 * 1024 * 1024  # bytes: every status brings the whole log so far
MOST_PAGES = 100  # of 100 entries each
GIVEN_UP_SECONDS = 24 * 3600.0  # a result that can't be reached for so long is gone too
KEPT_SECONDS = 2 * 3600.0  # results are dropped about an hour after they are made; this is surely later


class ReplicateBackend:
    """Trains and draws at Replicate.

    Every LoRA is a version of one private model of the bot's account.
    """

    def __init__(
        self,
        http: Http,
        store: ResultStore,
        prices: PriceList,
        *,
        destination: str,
        now: Callable[[], float],
    ) -> None:
        self.name = NAME
        self.abilities = Abilities(
            checkpoints=tuple(trainer.checkpoint for trainer in TRAINERS),
            lists=True,
            poll_seconds=10.0,
            draws_from_image=True,  # with what its trainers make today
        )
        self._http = http
        self._store = store
        self._prices = prices
        self._destination = destination
        self._now = now

    async def health(self) -> str:
        """Say whose account answers."""
        account = await self._http.read("/v1/account", Account)
        return f"Replicate answers, and knows this bot's key as that of {shown(account.username)}."

    async def estimate(self, plan: TrainingPlan) -> Estimate:
        """Say what this training will cost by the price list.

        Replicate does not tell prices.
        """
        self._check_size(plan)
        return estimate(self._trainer(plan.checkpoint), plan, self._prices)

    async def submit(self, plan: TrainingPlan) -> RemoteTask:
        """Upload the pictures, then start the training, which is the paid call."""
        trainer = self._trainer(plan.checkpoint)
        self._check_size(plan)
        owner = (await self._http.read("/v1/account", Account)).username
        await self._prepare_destination(owner)
        version = (await self._http.read(f"/v1/models/{trainer.model}", TrainerModel)).latest_version
        link = await self._upload(plan)
        body: dict[str, JsonValue] = {
            "destination": f"{owner}/{self._destination}",
            "input": inputs(trainer, plan, link, accepted(version.openapi_schema) or trainer.takes),
        }
        path = f"/v1/models/{trainer.model}/versions/{version.id}/trainings"
        return RemoteTask((await self._http.pay(path, Started, body=body)).id)

    async def find(self, name: str) -> RemoteTask | None:
        """Say whether a training of that name exists."""
        return next((RemoteTask(work.id) for work in await self._named() if work.name == name), None)

    async def owned(self) -> Sequence[RemoteWork]:
        """Return the trainings that carry a name of ours, by their label or by the file that they train on."""
        return tuple(work for work in await self._named() if is_ours(work.name))

    async def poll(self, remote: RemoteTask) -> Progress:
        """Say how a training stands."""
        training = await self._training(remote)
        state = self._state(training.id, training.status, training.started_at)
        steps = steps_of(training.input or {})
        step, seconds = steps_done(training.logs or "", steps)
        was_idle = training.started_at is None  # Replicate charges for the time that a model ran
        return Progress(
            state=state,
            step=steps if state is RemoteState.SUCCEEDED else step,
            of=steps,
            message=message_of(training.status, training.error),
            eta_seconds=seconds if state is RemoteState.RUNNING else None,
            cost_micros=0 if was_idle and state in (RemoteState.FAILED, RemoteState.CANCELLED) else None,
        )

    async def poll_many(self, remotes: Sequence[RemoteTask]) -> Mapping[str, Progress]:
        """Say which trainings of the newest hundred still wait.

        A list has no logs, so the others are polled.
        """
        if len(remotes) < 2:
            return {}
        page = await self._http.read("/v1/trainings", Page[Listed], most=MOST_STATUS)
        asked = {remote.id for remote in remotes}
        waiting = (entry for entry in page.results if entry.id in asked and entry.status == "starting")
        return {entry.id: Progress(RemoteState.QUEUED, of=steps_of(entry.input or {})) for entry in waiting}

    async def cancel(self, remote: RemoteTask) -> None:
        """Ask to stop a training."""
        await self._cancel(f"/v1/trainings/{remote.id}")

    async def fetch(self, remote: RemoteTask) -> TrainedLora:
        """Bring the LoRA's file, and what Replicate calls it.

        When the file can't be had for good, the LoRA stays at Replicate, where it draws as before.
        """
        training = await self._training(remote)
        check_trained(
            self.name, f"training {training.id}", self._state(training.id, training.status, training.started_at)
        )
        version = training.output.version if training.output else None
        if version is None and self._is_old(training.completed_at):
            raise BackendRejected(
                self.name,
                f"the output of training {training.id} was removed",
                reason=fact(FactKind.LORA_GONE, backend=NAME),
            )
        if version is None or not VERSION.fullmatch(version):
            raise BackendReplyInvalid(self.name, f"training {training.id} succeeded without a version")
        archive = await self._weights(training)
        if archive is None:
            log.warning("backend=%s training=%s the LoRA's file is gone, so it stays there", self.name, training.id)
            return TrainedLora(None, 0, reference=version)
        try:
            content = await asyncio.to_thread(lora_in, archive)
            sha256 = await self._store.lora(content)
        except Unusable as error:
            raise FileDamaged(self.name, f"the weights of training {training.id}: {error}") from error
        return TrainedLora(sha256, len(content), reference=version)

    def price_of_drawing(self, plan: DrawingPlan) -> int | None:
        """Return the price by the price list."""
        return self._prices.micros("replicate.picture", plan.count)

    async def draw(self, plan: DrawingPlan) -> RemoteTask:
        """Start a drawing with one LoRA, which is the paid call."""
        if len(plan.loras) != 1 or not VERSION.fullmatch(plan.loras[0].reference):
            raise BackendRejected(
                self.name,
                f"{len(plan.loras)} LoRAs to draw with",
                reason=fact(FactKind.ONE_FOREIGN_LORA, backend=NAME),
            )
        body = {"version": plan.loras[0].reference, "input": drawing_input(plan, await self._start_link(plan))}
        return RemoteTask((await self._http.pay("/v1/predictions", Started, body=body)).id)

    async def drawing(self, remote: RemoteTask) -> DrawingProgress:
        """Say how a drawing stands, and bring its pictures."""
        prediction = await self._http.read(f"/v1/predictions/{remote.id}", Prediction, most=MOST_STATUS)
        state = self._state(remote.id, prediction.status, prediction.started_at)
        if state is not RemoteState.SUCCEEDED:
            return DrawingProgress(state, message=message_of(prediction.status, prediction.error))
        links = prediction.output or ()
        asked = (prediction.input or {}).get("num_outputs")
        if not links:
            return DrawingProgress(RemoteState.FAILED, message=fact(FactKind.PICTURES_GONE, backend=NAME))
        count = asked if isinstance(asked, int) and asked > 0 else len(links)
        pictures = []
        for link in links[:count]:
            content = await self._download(link, prediction.completed_at, most=MOST_PICTURE)
            if content is None:
                return DrawingProgress(RemoteState.FAILED, message=fact(FactKind.PICTURES_GONE, backend=NAME))
            pictures.append(await clean(self._store, self.name, content))
        notes = shortfall(FactKind.HELD_BACK, count - len(pictures), count)
        return DrawingProgress(RemoteState.SUCCEEDED, notes=notes, pictures=tuple(pictures))

    async def cancel_drawing(self, remote: RemoteTask) -> None:
        """Ask to stop a drawing."""
        await self._cancel(f"/v1/predictions/{remote.id}")

    async def _named(self) -> Sequence[RemoteWork]:
        files = await self._all("/v1/files", Page[StoredFile])
        trainings = await self._all("/v1/trainings", Page[Listed])
        names = {file.id: file.name.removesuffix(".zip") for file in files if file.name}
        return tuple(
            RemoteWork(training.id, name, self._state(training.id, training.status, training.started_at))
            for training in trainings
            if (name := name_of(training.input or {}, names))
        )

    def _trainer(self, checkpoint: str) -> Trainer:
        for trainer in TRAINERS:
            if trainer.checkpoint.name == checkpoint:
                return trainer
        raise BackendRejected(self.name, f"there is no checkpoint {checkpoint}")

    def _check_size(self, plan: TrainingPlan) -> None:
        size = sum(image.size for image in plan.images)
        if size > MOST_UPLOAD:
            reason = fact(FactKind.TOO_LARGE, backend=NAME, megabytes=size // 1024**2, most=MOST_UPLOAD // 1024**2)
            raise BackendRejected(self.name, f"{size} bytes of pictures", reason=reason)

    async def _prepare_destination(self, owner: str) -> None:
        """See to it that our private model is there."""
        try:
            model = await self._http.read(f"/v1/models/{owner}/{self._destination}", Destination)
        except BackendRejected:
            await self._create_destination(owner)
        else:
            if model.visibility != "private":
                detail = f"{owner}/{self._destination} is {one_line(model.visibility)[:40]}"
                raise BackendRejected(self.name, detail, reason=fact(FactKind.MODEL_IS_PUBLIC, backend=NAME))

    async def _create_destination(self, owner: str) -> None:
        body = {"owner": owner, "name": self._destination, "visibility": "private", "hardware": HARDWARE}
        try:
            await self._http.write("POST", "/v1/models", Destination, body=body)
        except Exists:
            log.info("backend=%s model=%s/%s is there already", self.name, owner, self._destination)

    async def _upload(self, plan: TrainingPlan) -> str:
        """Upload all pictures with their captions as one file, and return its link."""
        images = [(await image.read(), image.caption) for image in plan.images]
        try:
            content = await asyncio.to_thread(packed, images)
        except Unusable as error:
            raise BackendRejected(self.name, str(error)) from error
        return await self._stored(f"{plan.name}.zip", content, "application/zip")

    async def _start_link(self, plan: DrawingPlan) -> str:
        """Upload the picture that a drawing starts from, and return its link.

        It is empty where there is none.
        """
        if plan.source_image is None:
            return ""
        content = await plan.source_image.read()
        kind = recognise(content)
        if not kind.is_accepted:
            raise BackendRejected(self.name, f"the picture to start from is a {kind}")
        return await self._stored(f"{plan.name}.{kind.extension}", content, f"image/{kind.name.lower()}")

    async def _stored(self, name: str, content: bytes, content_type: str) -> str:
        """Upload a file, and return its link, which Replicate's own machines follow."""
        files = {"content": (name, content, content_type)}
        stored = await self._http.write("POST", "/v1/files", StoredFile, files=files)
        if stored.urls is None:
            raise BackendReplyInvalid(self.name, f"file {stored.id} came without its link")
        return stored.urls.get

    async def _training(self, remote: RemoteTask) -> Training:
        return await self._http.read(f"/v1/trainings/{remote.id}", Training, most=MOST_STATUS)

    async def _all(self, path: str, page: type[Page[T]]) -> list[T]:
        """Return a whole list.

        A part of it would prove nothing.
        """
        entries: list[T] = []
        link = path
        for _ in range(MOST_PAGES):
            got = await self._http.read(link, page, most=MOST_STATUS)
            entries += got.results
            if got.next is None:
                return entries
            link = got.next
        raise BackendReplyInvalid(self.name, f"{path} has more than {MOST_PAGES} pages")

    async def _cancel(self, path: str) -> None:
        """Stop work.

        What is over or gone is left alone.
        """
        try:
            await self._http.write("POST", f"{path}/cancel", Work)
        except WorkUnknown:
            return
        except BackendRejected:
            work = await self._http.read(path, Work, most=MOST_STATUS)
            if state_of(work.status) in (None, RemoteState.QUEUED, RemoteState.RUNNING):
                raise

    async def _weights(self, training: Training) -> bytes | None:
        link = training.output.weights if training.output else None
        return None if link is None else await self._download(link, training.completed_at, most=MOST_LORA)

    async def _download(self, link: str, ended: str | None, *, most: int) -> bytes | None:
        """Fetch a result, None when it is gone for good, or can't be had for so long that it surely is.

        Replicate's pages say that its files may want the key, which is shown to its own origin only.
        """
        try:
            return await self._http.download(link, most=most, with_key=True)
        except BackendError as error:
            is_told = isinstance(error, LinkGone | BackendReplyInvalid)
            if self._is_old(ended, seconds=KEPT_SECONDS if is_told else GIVEN_UP_SECONDS):
                log.warning("backend=%s a result is taken for gone: %s", self.name, error.detail)
                return None
            raise

    def _is_old(self, ended: str | None, *, seconds: float = KEPT_SECONDS) -> bool:
        """Whether work ended so long ago that its results are gone."""
        try:
            return ended is not None and self._now() - datetime.fromisoformat(ended).timestamp() > seconds
        except ValueError:
            return False

    def _state(self, work: str, status: str, started_at: str | None) -> RemoteState:
        """Translate a status.

        One that nobody documented is no end.
        """
        state = state_of(status)
        if state is None:
            log.warning("backend=%s work=%s has the unknown status %r", self.name, work, one_line(status)[:40])
            return RemoteState.QUEUED if started_at is None else RemoteState.RUNNING
        return state


def create(settings: ReplicateSettings, context: Context) -> ReplicateBackend:
    """Return Replicate as a backend."""
    headers = {"Authorization": f"Bearer {opened(settings.replicate_token)}"}
    http = context.http(NAME, settings.replicate_url, headers, hosts=FILE_HOSTS, complaint=complaint)
    prices = context.prices.over(PRICES)
    destination = settings.replicate_destination
    return ReplicateBackend(http, context.store, prices, destination=destination, now=context.now)
