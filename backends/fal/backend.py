"""Trains and draws at fal through its queue.

https://fal.ai/docs/documentation/model-apis/inference/queue
"""

import asyncio
import json
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from pydantic import ValidationError

from backends.answers import Reply
from backends.base import (
    Abilities,
    DrawingPlan,
    DrawingProgress,
    PlanImage,
    RemoteTask,
    RemoteWork,
    ResultStore,
    TrainedLora,
    TrainingPlan,
)
from backends.fal.failures import Ended, NothingToStop, ended, ending, refusal
from backends.fal.orders import (
    MEGAPIXEL,
    TRAINERS,
    ZIP,
    Trainer,
    drawing_order,
    packed,
    sides,
    training_order,
)
from backends.fal.replies import Accepted, Drawn, Status, Ticket, Token, Trained, UploadTarget, progress_of, seen
from backends.fal.settings import NAME, PRICES, FalSettings
from backends.http import Http
from backends.provider import Context, opened
from backends.results import keep_picture, shortfall
from domain.datasets.file_kinds import recognise
from domain.errors import (
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    FileDamaged,
    NotThereYet,
    Unusable,
    WorkUnknown,
)
from domain.money.prices import PriceList
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.training.settings import Estimate, QuoteLine

log = logging.getLogger(__name__)
R = TypeVar("R", bound=Reply)

# Finished files lie on v3.fal.media and its like; uploads of storage type `gcs`, and older trainers' files, on
# Google's storage (https://github.com/fal-ai/fal/tree/main/projects/fal_client).
FILE_HOSTS = ("fal.media", "storage.googleapis.com")
# Training pictures are public to whoever knows their link, so they go away after a day. This header counts for what
# is uploaded with it, never for the LoRA: the queue's own calls do not carry it.
LIFECYCLE = {"X-Fal-Object-Lifecycle-Preference": json.dumps({"expiration_duration_seconds": 24 * 3600})}
MOST_UPLOAD = 100 * 1024 * 1024  # bytes; fal's own clients send what is larger in parts, by other calls than these
MOST_LOGS = 16 * 1024 * 1024  # bytes of a status: it repeats every log line from the start, one for each step
WHERE = (
    "Your pictures go to fal (fal.ai): in one file under a secret link, which fal is asked to delete after a day. "
    "It trains on machines of its own choice."
)


class FalBackend:
    """Hands work to fal's queue.

    `queue`, `orders` and `results` are the queue as it is asked, paid and emptied.
    """

    def __init__(
        self,
        *,
        queue: Http,
        orders: Http,
        results: Http,
        rest: Http,
        store: ResultStore,
        prices: PriceList,
    ) -> None:
        self.name = NAME
        self.abilities = Abilities(
            checkpoints=tuple(trainer.checkpoint for trainer in TRAINERS),
            fewest_images=4,
            find=False,
            poll_seconds=5.0,
            draws_from_image=True,
        )
        self._queue = queue
        self._orders = orders
        self._results = results
        self._rest = rest
        self._store = store
        self._prices = prices

    async def health(self) -> str:
        """Ask for a token to upload with.

        It costs nothing, and no key, no token.
        """
        await self._rest.write("POST", "/storage/auth/token", Token, body={}, params={"storage_type": "fal-cdn-v3"})
        return "fal answers and takes this bot's key."

    async def owned(self) -> Sequence[RemoteWork]:
        """Return nothing.

        fal lists no requests.
        """
        return ()

    async def estimate(self, plan: TrainingPlan) -> Estimate:
        """Say what this training will cost.

        Its price grows with its steps.
        """
        trainer = self._trainer(plan.checkpoint)
        self._check_size(plan)
        steps = plan.settings.steps
        micros = self._prices.micros(trainer.price, steps / 1_000)
        return Estimate(
            cost_micros=micros,
            wait_seconds=None,
            train_seconds=None,
            where=WHERE,
            lines=(QuoteLine(fact(FactKind.STEPS, steps=steps, label=trainer.checkpoint.label), micros),),
            price_source=self._prices.source,
        )

    async def submit(self, plan: TrainingPlan) -> RemoteTask:
        """Upload the pictures as one zip file, then order the training, which is the paid call."""
        trainer = self._trainer(plan.checkpoint)
        self._check_size(plan)
        content = await self._packed(plan.images)
        # fal has no field for a name of ours: the zip file carries it.
        file_url = await self._uploaded(f"{plan.name}.zip", content, ZIP)
        body = training_order(plan, file_url)
        accepted = await self._orders.pay(f"/{trainer.endpoint}", Accepted, body=body)
        return _remote(accepted, plan.settings.steps)

    async def find(self, name: str) -> RemoteTask | None:  # noqa: ARG002 - there is nothing to ask
        """Return None, which proves nothing.

        fal lists no requests and takes no name to look one up by.

        So an order whose answer was lost is never placed again; only a person who looks at fal's own page
        can tell what became of it.
        """
        return None

    async def poll(self, remote: RemoteTask) -> Progress:
        """Say how a training stands.

        A completed one has succeeded only when its result says so too.
        """
        ticket = self._ticket(remote)
        said = await self._status(ticket, with_logs=True)
        if said.status != "COMPLETED":
            return progress_of(said, ticket.amount)
        try:
            await self._result(ticket, said, Trained)
        except Ended as error:
            return Progress(error.state, of=ticket.amount, message=error.reason)
        return Progress(RemoteState.SUCCEEDED, step=ticket.amount, of=ticket.amount)

    async def poll_many(self, remotes: Sequence[RemoteTask]) -> Mapping[str, Progress]:  # noqa: ARG002
        """Return nothing.

        fal has no list of requests.
        """
        return {}

    async def cancel(self, remote: RemoteTask) -> None:
        """Ask to stop.

        That is certain only before the work starts. Running work gets a signal that it may ignore.
        """
        ticket = self._ticket(remote)
        try:
            await self._orders.write("PUT", ticket.cancel_url, object)
        except (NothingToStop, WorkUnknown):
            log.info("request %s had nothing to stop", ticket.request_id)

    async def fetch(self, remote: RemoteTask) -> TrainedLora:
        """Bring the finished LoRA here, and keep its link.

        fal draws with that.

        fal keeps such files long, but promises no time. When the link has died, drawing with the LoRA fails with
        `file_download_error`, and the member is asked to train again; the stored file stays.
        """
        ticket = self._ticket(remote)
        said = await self._status(ticket)
        if said.status != "COMPLETED":
            raise NotThereYet(self.name, f"it is {said.status!r:.40} and has no LoRA")
        try:
            result = await self._result(ticket, said, Trained)
        except Ended:
            raise
        except BackendRejected as error:  # its status knows it and calls it completed
            raise NotThereYet(self.name, f"it has no result: {error.detail}") from error
        link = result.diffusers_lora_file.url
        content = await self._queue.download(link)
        try:
            sha256 = await self._store.lora(content)
        except Unusable as error:
            raise FileDamaged(self.name, f"the LoRA is unusable: {error}") from error
        return TrainedLora(sha256=sha256, size=len(content), reference=link)

    def price_of_drawing(self, plan: DrawingPlan) -> int | None:
        """Return the price of its megapixels, each picture's rounded up."""
        width, height = sides(plan)
        return self._prices.micros("fal.picture") * plan.count * math.ceil(width * height / MEGAPIXEL)

    async def draw(self, plan: DrawingPlan) -> RemoteTask:
        """Order all pictures of a drawing in one paid call, which takes one seed for them all."""
        trainer = self._trainer(plan.checkpoint)
        if not all(lora.reference for lora in plan.loras):
            reason = fact(FactKind.LORA_NEVER_THERE, backend=NAME)
            raise BackendRejected(self.name, "a LoRA without a link", reason=reason)
        start_url = await self._start_url(plan)
        endpoint = trainer.redraws if plan.source_image else trainer.draws
        accepted = await self._orders.pay(f"/{endpoint}", Accepted, body=drawing_order(plan, start_url))
        return _remote(accepted, plan.count)

    async def drawing(self, remote: RemoteTask) -> DrawingProgress:
        """Say how a drawing stands, and bring its pictures here once it is done."""
        ticket = self._ticket(remote)
        said = await self._status(ticket)
        if said.status != "COMPLETED":
            standing = progress_of(said, 0)
            return DrawingProgress(standing.state, position=standing.position)
        try:
            result = await self._result(ticket, said, Drawn)
        except Ended as error:
            return DrawingProgress(error.state, message=error.reason)
        if not result.images:
            raise BackendReplyInvalid(self.name, f"no picture instead of {ticket.amount}")
        shown, black = seen(result)
        if not shown:
            return DrawingProgress(RemoteState.FAILED, message=fact(FactKind.WITHHELD, backend=NAME))
        pictures = [await keep_picture(self._queue, self._store, link) for link in shown[: ticket.amount]]
        missing = shortfall(FactKind.NOT_GIVEN, ticket.amount - len(pictures) - black, ticket.amount)
        notes = (*shortfall(FactKind.HELD_BACK, black, ticket.amount), *missing)
        return DrawingProgress(RemoteState.SUCCEEDED, notes=notes, pictures=tuple(pictures))

    async def cancel_drawing(self, remote: RemoteTask) -> None:
        """Ask to stop a drawing."""
        await self.cancel(remote)

    def _trainer(self, checkpoint: str) -> Trainer:
        found = next((trainer for trainer in TRAINERS if trainer.checkpoint.name == checkpoint), None)
        if found is None:
            raise BackendRejected(self.name, f"there is no checkpoint {checkpoint}")
        return found

    def _check_size(self, plan: TrainingPlan) -> None:
        size = sum(image.size for image in plan.images)
        if size > MOST_UPLOAD:
            reason = fact(FactKind.TOO_LARGE, backend=NAME, megabytes=size // 1024**2, most=MOST_UPLOAD // 1024**2)
            raise BackendRejected(self.name, f"{size} bytes of pictures", reason=reason)

    def _ticket(self, remote: RemoteTask) -> Ticket:
        try:
            return Ticket.model_validate_json(remote.id)
        except ValidationError as error:
            raise BackendRejected(self.name, "this remote id was never fal's") from error

    async def _start_url(self, plan: DrawingPlan) -> str:
        """Upload the picture that a drawing starts from, and return its link.

        It is empty where there is none.
        """
        if plan.source_image is None:
            return ""
        content = await plan.source_image.read()
        kind = recognise(content)
        if not kind.is_accepted:
            raise BackendRejected(self.name, f"the picture to start from is a {kind}")
        return await self._uploaded(f"{plan.name}.{kind.extension}", content, f"image/{kind.name.lower()}")

    async def _uploaded(self, name: str, content: bytes, content_type: str) -> str:
        """Upload a file, and return the link by which fal itself fetches it."""
        place = await self._rest.write(
            "POST",
            "/storage/upload/initiate",
            UploadTarget,
            body={"file_name": name, "content_type": content_type},
            params={"storage_type": "gcs"},
        )
        await self._rest.upload(place.upload_url, content, content_type=content_type)
        return place.file_url

    async def _packed(self, images: Sequence[PlanImage]) -> bytes:
        files = [(await image.read(), image.caption) for image in images]
        if not all(recognise(content).is_accepted for content, _ in files):
            raise BackendRejected(self.name, "a stored picture is none")
        return await asyncio.to_thread(packed, files)

    async def _status(self, ticket: Ticket, *, with_logs: bool = False) -> Status:
        params = {"logs": "1"} if with_logs else None
        said = await self._queue.read(ticket.status_url, Status, params=params, most=MOST_LOGS)
        if said.status not in ("IN_QUEUE", "IN_PROGRESS", "COMPLETED"):
            log.warning("fal says %.40r of request %s, which nobody documented", said.status, ticket.request_id)
        return said

    async def _result(self, ticket: Ticket, said: Status, reply: type[R]) -> R:
        """Return what completed work gave.

        Raises `Ended` when that is nothing.
        """
        if said.error_type:
            raise ended([said.error_type])
        try:
            result = await self._results.read(ticket.response_url, reply)
        except Ended:
            raise
        except BackendError as error:
            if said.error:
                raise ended([]) from error
            raise
        if said.error:
            raise ended([])
        return result


def create(settings: FalSettings, context: Context) -> FalBackend:
    """Return the backend for one account."""
    headers = {"Authorization": f"Key {opened(settings.fal_key)}"}
    queue = context.http(NAME, settings.fal_queue_url, headers, hosts=FILE_HOSTS)
    return FalBackend(
        queue=queue,
        orders=replace(queue, complaint=refusal),
        results=replace(queue, complaint=ending),
        rest=replace(queue, base_url=settings.fal_rest_url, headers={**headers, **LIFECYCLE}, complaint=refusal),
        store=context.store,
        prices=context.prices.over(PRICES),
    )


def _remote(accepted: Accepted, amount: int) -> RemoteTask:
    return RemoteTask(Ticket(**accepted.model_dump(), amount=amount).model_dump_json())
