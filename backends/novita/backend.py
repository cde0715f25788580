"""The backend that is Novita.

Trains subjects and styles, and draws with what it trained.

https://novita.ai/docs/llms.txt lists the documentation's pages.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

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
from backends.http import Http
from backends.novita import orders
from backends.novita.checkpoints import BY_NAME, CHECKPOINTS, METHODS, Known
from backends.novita.replies import (
    LOOK_SECONDS,
    Asset,
    Balance,
    ListedTraining,
    Result,
    Started,
    Training,
    TrainingPage,
    User,
    not_drawn,
    out_of_sight,
    progress_of,
    refusal,
    served,
    state_of,
)
from backends.novita.settings import NAME, PRICES, NovitaSettings
from backends.provider import Context, opened
from backends.results import keep_picture, shortfall
from domain.datasets.file_kinds import recognise
from domain.errors import (
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    NotThereYet,
)
from domain.money.prices import PriceList
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.remote_names import is_ours
from domain.text import shown
from domain.training.settings import Estimate, QuoteLine

log = logging.getLogger(__name__)

# Where the links in the documentation lead: of uploads
# (https://novita.ai/docs/api-reference/model-apis-get-training-images-url), and of drawn pictures.
HOSTS = (
    "faas-training-dataset.s3.ap-southeast-1.amazonaws.com",
    "faas-output-image.s3.ap-southeast-1.amazonaws.com",
)
MOST_IMAGES = 50  # in one training
UPLOADS_AT_ONCE = 5
PAGE = 100  # trainings in one page of the list, the most
MOST_PAGES = 50  # of a list that is read whole
LOOK_PAGES = 3  # read for the state of many trainings; what is older is looked at by itself
MOST_START = 10 * 1024 * 1024  # bytes of a picture to start from; it may have 16 megapixels, and ours have 4
UNITS = 10_000  # of a balance in one US dollar
TRAIN_SECONDS = 600.0  # what the documentation calls usual

WHERE = (
    "Your pictures go to Novita (novita.ai), which keeps them in Singapore as far as its documentation tells; the "
    "finished LoRA stays there. A training there can't be stopped, and some have waited for days."
)


class NovitaBackend:
    """Trains and draws at Novita.

    What is trained stays there.
    """

    def __init__(
        self,
        http: Http,
        store: ResultStore,
        *,
        prices: PriceList,
        expert: orders.Expert = orders.NO_EXPERT,
        faces: orders.Faces | None = None,
    ) -> None:
        self.name = NAME
        self.abilities = Abilities(
            checkpoints=CHECKPOINTS,
            most_images=MOST_IMAGES,
            cancel=False,
            draws_from_image=True,
            lists=True,
            poll_seconds=LOOK_SECONDS,
            stops_drawings=False,
            find_grace_seconds=900.0,  # how late the list may be is not documented
            stuck_seconds=6 * 3600.0,  # usual are ten minutes; 46 hours have been reported
        )
        self._http = replace(http, complaint=refusal)
        self._looks = replace(http, complaint=out_of_sight)
        self._store = store
        self._prices = prices
        self._expert = expert
        self._faces = faces

    async def health(self) -> str:
        """Say that Novita answers and takes our key, and what is left on the account."""
        try:
            left = (await self._http.read("/openapi/v1/billing/balance/detail", Balance)).units / UNITS
        except (BackendRejected, BackendReplyInvalid):
            left = (await self._http.read("/v3/user", User)).units / UNITS
        if left <= 0:
            return "Novita answers and takes the key, but its account has no credit left."
        return f"Novita answers and takes the key; its account holds ${left:,.2f}."

    async def owned(self) -> Sequence[RemoteWork]:
        """Return the trainings under our names."""
        async with aclosing(self._trainings()) as trainings:
            return tuple(
                [
                    RemoteWork(training.remote_id, training.task_name, state_of(training))
                    async for training in trainings
                    if is_ours(training.task_name)
                ]
            )

    async def estimate(self, plan: TrainingPlan) -> Estimate:
        """Say what this training will cost by the price list.

        Novita tells no price.
        """
        self._known(plan.checkpoint)
        price = self._prices.micros("novita.training")
        return Estimate(
            cost_micros=price,
            wait_seconds=None,
            train_seconds=TRAIN_SECONDS,
            where=WHERE,
            lines=(QuoteLine(fact(FactKind.ONE_TRAINING), price),),
            price_source=self._prices.source,
        )

    async def submit(self, plan: TrainingPlan) -> RemoteTask:
        """Upload the pictures, then order the training."""
        known = self._known(plan.checkpoint)
        assets = await self._upload_all(plan.images)
        body = orders.training(plan, known.base_model, assets, expert=self._expert, faces=self._faces)
        method = orders.method_of(plan)
        started = await self._http.pay(f"/v3/training/{method}", Started, body=body)
        return RemoteTask(f"{method}:{started.task_id}")

    async def find(self, name: str) -> RemoteTask | None:
        """Look through the whole list for a training of that name."""
        async with aclosing(self._trainings()) as trainings:
            async for training in trainings:
                if training.task_name == name:
                    return RemoteTask(training.remote_id)
        return None

    async def poll(self, remote: RemoteTask) -> Progress:
        """Say how a training stands."""
        training = await self._training(remote)
        progress = progress_of(training)
        if progress is None:
            log.warning("training=%s has the unknown status %s", remote.id, shown(training.task_status, longest=40))
            return Progress(RemoteState.QUEUED)
        return progress

    async def poll_many(self, remotes: Sequence[RemoteTask]) -> Mapping[str, Progress]:
        """Say how the listed trainings stand.

        How far one is that runs, only its own call tells.
        """
        wanted = {remote.id for remote in remotes}
        found: dict[str, Progress] = {}
        if not wanted:
            return found
        async with aclosing(self._trainings(pages=LOOK_PAGES, whole=False)) as trainings:
            async for training in trainings:
                progress = progress_of(training)
                is_sure = training.task_status != "TRAINING"
                if progress is not None and is_sure and training.remote_id in wanted:
                    found[training.remote_id] = progress
                wanted.discard(training.remote_id)
                if not wanted:
                    break
        return found

    async def cancel(self, remote: RemoteTask) -> None:
        """Refuse.

        Novita has no call that stops a training.
        """
        raise BackendRejected(
            self.name,
            f"{remote.id} can't be stopped",
            reason=fact(FactKind.CANNOT_STOP, backend=NAME),
        )

    async def fetch(self, remote: RemoteTask) -> TrainedLora:
        """Return what Novita calls the finished LoRA.

        Its file stays there.
        """
        training = await self._training(remote)
        progress = progress_of(training)
        model = served(training)
        if progress is not None and progress.state in (RemoteState.FAILED, RemoteState.CANCELLED):
            raise BackendRejected(self.name, f"training {remote.id} is {progress.state} and has no LoRA")
        if progress is None or progress.state is not RemoteState.SUCCEEDED or model is None:
            raise NotThereYet(self.name, f"the LoRA of training {remote.id} is not served")
        return TrainedLora(sha256=None, size=0, reference=model.model_name)

    def price_of_drawing(self, plan: DrawingPlan) -> int | None:
        """Return the price by the list, so much for each megapixel."""
        width, height = orders.drawn_size(plan)
        return self._prices.micros("novita.megapixel", width * height / 1e6 * orders.drawn_count(plan))

    async def draw(self, plan: DrawingPlan) -> RemoteTask:
        """Order the pictures, one call, one seed for all."""
        known = self._known(plan.checkpoint)
        if not all(lora.reference for lora in plan.loras):
            raise BackendRejected(
                self.name,
                "a LoRA without a name there",
                reason=fact(FactKind.FOREIGN_LORA, backend=NAME),
            )
        start = await self._start(plan)
        body = orders.drawing(plan, known.model_name, start)
        way = "txt2img" if start is None else "img2img"
        started = await self._http.pay(f"/v3/async/{way}", Started, body=body)
        return RemoteTask(f"{orders.drawn_count(plan)}:{started.task_id}")

    async def drawing(self, remote: RemoteTask) -> DrawingProgress:
        """Say how a drawing stands.

        Its pictures are fetched in the same step, for their links last an hour.
        """
        count, _, task_id = remote.id.partition(":")
        if not count.isdecimal() or not task_id:
            raise BackendRejected(self.name, f"{remote.id} is no drawing of ours")
        result = await self._looks.read("/v3/async/task-result", Result, params={"task_id": task_id})
        match result.task.status:
            case "TASK_STATUS_SUCCEED" if not result.images:
                return DrawingProgress(RemoteState.FAILED, message=fact(FactKind.WITHHELD, backend=NAME))
            case "TASK_STATUS_SUCCEED":
                pictures = [
                    await keep_picture(self._http, self._store, image.image_url)
                    for image in result.images[: int(count)]
                ]
                notes = shortfall(FactKind.HELD_BACK, int(count) - len(pictures), int(count))
                return DrawingProgress(RemoteState.SUCCEEDED, notes=notes, pictures=tuple(pictures))
            case "TASK_STATUS_FAILED":
                return DrawingProgress(RemoteState.FAILED, message=not_drawn(result.task.reason))
            case "TASK_STATUS_QUEUED":
                return DrawingProgress(RemoteState.QUEUED)
            case "TASK_STATUS_PROCESSING":
                return DrawingProgress(RemoteState.RUNNING)
            case unknown:
                log.warning("drawing=%s has the unknown status %s", remote.id, shown(unknown, longest=40))
                return DrawingProgress(RemoteState.QUEUED)

    async def cancel_drawing(self, remote: RemoteTask) -> None:
        """Let it go on.

        Novita has no call that stops a drawing, and it takes seconds.
        """

    async def _start(self, plan: DrawingPlan) -> bytes | None:
        content = await plan.source_image.read() if plan.source_image else None
        if content is not None and len(content) > MOST_START:
            reason = fact(FactKind.SOURCE_TOO_LARGE, backend=NAME, most=MOST_START // 1024**2)
            raise BackendRejected(self.name, f"{len(content)} bytes to start from", reason=reason)
        return content

    def _known(self, checkpoint: str) -> Known:
        if checkpoint not in BY_NAME:
            raise BackendRejected(self.name, f"there is no checkpoint {checkpoint}")
        return BY_NAME[checkpoint]

    async def _upload_all(self, images: Sequence[PlanImage]) -> list[int | str]:
        """Upload some pictures at a time, and return their ids in the order of the pictures."""
        gate = asyncio.Semaphore(UPLOADS_AT_ONCE)

        async def upload(image: PlanImage) -> int | str:
            async with gate:
                return await self._upload(image)

        try:
            async with asyncio.TaskGroup() as group:
                uploads = [group.create_task(upload(image)) for image in images]
        except ExceptionGroup as failed:  # the first one stopped the others; it says what is wrong
            raise failed.exceptions[0] from None
        return [done.result() for done in uploads]

    async def _upload(self, image: PlanImage) -> int | str:
        """Upload one picture.

        Its link is asked for just before, for it lasts two to ten minutes.
        """
        content = await image.read()
        kind = recognise(content)
        if not kind.is_accepted:
            raise BackendRejected(self.name, f"picture {image.sha256} is a {kind}")
        extension = "jpeg" if kind.extension == "jpg" else kind.extension  # "jpg" is refused
        place = await self._http.write(
            "POST", "/v3/assets/training_dataset", Asset, body={"file_extension": extension}
        )
        await self._http.upload(place.upload_url, content, content_type=f"image/{extension}")
        return place.assets_id

    async def _training(self, remote: RemoteTask) -> Training:
        method, _, task_id = remote.id.partition(":")
        if method not in METHODS:
            raise BackendRejected(self.name, f"{remote.id} is no training of ours")
        return await self._looks.read(f"/v3/training/{method}", Training, params={"task_id": task_id})

    async def _trainings(
        self, *, pages: int = MOST_PAGES, whole: bool = True
    ) -> AsyncGenerator[ListedTraining, None]:
        """Go through the list, newest first.

        Where it must be `whole`, raise rather than stop before its end.
        """
        cursor = ""
        for _ in range(pages):
            params = {"pagination.limit": PAGE} | ({"pagination.cursor": cursor} if cursor else {})
            page = await self._looks.read("/v3/training", TrainingPage, params=params)
            for training in page.tasks:
                yield training
            cursor = page.pagination.next_cursor if page.pagination else ""
            if len(page.tasks) < PAGE or not cursor:  # the last page has a cursor too
                return
        if whole:
            raise BackendUnavailable(self.name, f"the list of trainings has more than {pages} pages")


def create(
    settings: NovitaSettings,
    context: Context,
    *,
    expert: orders.Expert = orders.NO_EXPERT,
    faces: orders.Faces | None = None,
) -> NovitaBackend:
    """Return Novita as a backend, where `faces` cuts faces out of the pictures of every subject."""
    headers = {"Authorization": f"Bearer {opened(settings.novita_key)}"}
    http = context.http(NAME, settings.novita_url, headers, hosts=HOSTS)
    return NovitaBackend(http, context.store, prices=context.prices.over(PRICES), expert=expert, faces=faces)
