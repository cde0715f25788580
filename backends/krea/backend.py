"""Trains styles, which are LoRAs, at Krea and draws with them.

https://docs.krea.ai/api-reference/introduction
"""

import logging
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from pydantic import ValidationError

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
from backends.krea.orders import DRAWS, FLUX, drawing_order, training_order
from backends.krea.replies import Asset, Job, Jobs, Ticket, complaint, progress_of, state_of
from backends.krea.settings import NAME, PRICES, KreaSettings
from backends.provider import Context, opened
from backends.results import check_trained, keep_picture, shortfall
from domain.datasets.file_kinds import recognise
from domain.errors import (
    BackendAmbiguous,
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
)
from domain.money.prices import PriceList
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.training.settings import Estimate, QuoteLine

log = logging.getLogger(__name__)

# Assumption: no page names the hosts of results; gen.krea.ai and app-uploads.krea.ai are seen in the wild.
HOSTS = ("krea.ai",)

WHERE = "Your pictures go to Krea (krea.ai) without their captions; they and the finished LoRA stay there."


class KreaBackend:
    """Trains and draws at Krea.

    What is trained stays there.
    """

    def __init__(self, http: Http, store: ResultStore, prices: PriceList) -> None:
        self.name = NAME
        self.abilities = Abilities(
            checkpoints=(FLUX,),
            fewest_images=3,  # https://github.com/krea-ai/skills, krea-ai/references/lora-training.md
            captions=False,
            lists=True,
            find=False,  # jobs are listed without their names, and styles only once they are trained
            poll_seconds=5.0,  # https://docs.krea.ai/developers/job-lifecycle: every 2 to 5 seconds
        )
        self._http = http
        self._store = store
        self._prices = prices

    async def health(self) -> str:
        """Look at one job.

        It costs nothing, and no key, no job.
        """
        await self._http.read("/jobs", Jobs, params={"limit": 1})
        return "Krea answers and takes this bot's key."

    async def owned(self) -> Sequence[RemoteWork]:
        """Return nothing.

        Krea lists jobs without their names.
        """
        return ()

    async def estimate(self, plan: TrainingPlan) -> Estimate:
        """Say what this training will cost by the price list.

        Its price grows with its steps.
        """
        steps = plan.settings.steps
        micros = self._prices.micros("krea.training", steps / 1_000)
        return Estimate(
            cost_micros=micros,
            wait_seconds=None,
            train_seconds=1_800.0,  # 15 to 45 minutes are usual, says the page about LoRA training named above
            where=WHERE,
            lines=(QuoteLine(fact(FactKind.STEPS, steps=steps, label=FLUX.label), micros),),
            price_source=self._prices.source,
        )

    async def submit(self, plan: TrainingPlan) -> RemoteTask:
        """Upload the pictures one by one, then order the training, which is the paid call."""
        if plan.checkpoint != FLUX.name:
            raise BackendRejected(self.name, f"there is no checkpoint {plan.checkpoint}")
        urls = [await self._upload(image, f"{number:04}") for number, image in enumerate(plan.images, start=1)]
        job = await self._http.pay("/styles/train", Job, body=training_order(plan, urls))
        return RemoteTask(job.job_id)

    async def find(self, name: str) -> RemoteTask | None:  # noqa: ARG002 - there is nothing to ask
        """Return None, which proves nothing.

        A job does not tell its name.
        """
        return None

    async def poll(self, remote: RemoteTask) -> Progress:
        """Say how a training stands.

        Krea does not tell its steps.
        """
        return progress_of(await self._http.read(_path(remote.id), Job))

    async def poll_many(self, remotes: Sequence[RemoteTask]) -> Mapping[str, Progress]:
        """Say how those trainings stand that are among the newest jobs."""
        wanted = {remote.id for remote in remotes}
        listed = await self._http.read("/jobs", Jobs, params={"limit": 100})
        return {job.job_id: progress_of(job) for job in listed.items if job.job_id in wanted}

    async def cancel(self, remote: RemoteTask) -> None:
        """Ask to stop a job.

        Raises `BackendUnavailable` while it is in a state in which Krea can't.
        """
        try:
            job = await self._http.read(_path(remote.id), Job)
        except BackendRejected:
            return  # there is nothing to stop
        if state_of(job) in (RemoteState.QUEUED, RemoteState.RUNNING):
            try:  # assumption: a job that was stopped can be looked at, and is `cancelled`
                await self._http.write("DELETE", _path(remote.id), object)
            except BackendRejected as error:
                raise BackendUnavailable(self.name, f"it can't be stopped now: {error.detail}") from error

    async def fetch(self, remote: RemoteTask) -> TrainedLora:
        """Return the id of the finished style.

        Krea does not give its file.
        """
        job = await self._http.read(_path(remote.id), Job)
        check_trained(self.name, f"job {job.job_id}", state_of(job))
        if job.result is None or not job.result.style_id:
            raise BackendReplyInvalid(self.name, f"job {job.job_id} is completed without a style")
        return TrainedLora(sha256=None, size=0, reference=job.result.style_id)

    def price_of_drawing(self, plan: DrawingPlan) -> int | None:
        """Return the price of its pictures by the price list, whatever their size."""
        return self._prices.micros("krea.picture", plan.count)

    async def draw(self, plan: DrawingPlan) -> RemoteTask:
        """Order each picture by a call of its own.

        When a later one fails, the drawing is what was taken before.
        """
        if plan.checkpoint != FLUX.name or not all(lora.reference for lora in plan.loras):
            raise BackendRejected(
                self.name,
                "another checkpoint, or a LoRA without a style",
                reason=fact(FactKind.FOREIGN_LORA, backend=NAME),
            )
        if plan.source_image:
            raise BackendRejected(
                self.name, "a picture to start from", reason=fact(FactKind.NO_SOURCE_IMAGE, backend=NAME)
            )
        jobs: list[str] = []
        rest_was_refused = False
        for number in range(plan.count):
            try:
                job = await self._http.pay(DRAWS, Job, body=drawing_order(plan, number))
            except BackendError as error:
                if not jobs:
                    raise
                log.warning("drawing=%s got %d of %d pictures: %s", plan.name, number, plan.count, error.detail)
                rest_was_refused = not isinstance(error, BackendAmbiguous)
                break
            jobs.append(job.job_id)
        ticket = Ticket(jobs=jobs, count=plan.count, rest_was_refused=rest_was_refused)
        return RemoteTask(ticket.model_dump_json())

    async def drawing(self, remote: RemoteTask) -> DrawingProgress:
        """Say how a drawing stands, and bring its pictures here once all that were taken have ended."""
        ticket = self._ticket(remote)
        jobs = [await self._http.read(_path(job_id), Job) for job_id in ticket.jobs]
        looks = [progress_of(job) for job in jobs]
        states = {look.state for look in looks}
        if states & {RemoteState.QUEUED, RemoteState.RUNNING}:
            return DrawingProgress(RemoteState.QUEUED if states == {RemoteState.QUEUED} else RemoteState.RUNNING)
        drawn = [job for job in jobs if state_of(job) is RemoteState.SUCCEEDED]
        lost = [look for look in looks if look.state is not RemoteState.SUCCEEDED]
        cost, untaken = self._cost(ticket, len(drawn)), untaken_of(ticket)
        if not drawn:
            return DrawingProgress(lost[0].state, message=lost[0].message, notes=untaken, cost_micros=cost)
        failed = shortfall(FactKind.NOT_DRAWN, len(lost), ticket.count)
        why = tuple(look.message for look in lost[:1] if look.message)
        pictures = tuple([await self._picture(job) for job in drawn])
        notes = (*failed, *why, *untaken)
        return DrawingProgress(RemoteState.SUCCEEDED, notes=notes, pictures=pictures, cost_micros=cost)

    async def cancel_drawing(self, remote: RemoteTask) -> None:
        """Ask to stop each picture of a drawing."""
        for job_id in self._ticket(remote).jobs:
            await self.cancel(RemoteTask(job_id))

    def _ticket(self, remote: RemoteTask) -> Ticket:
        try:
            return Ticket.model_validate_json(remote.id)
        except ValidationError as error:
            raise BackendRejected(self.name, "this drawing was never Krea's") from error

    def _cost(self, ticket: Ticket, drawn: int) -> int | None:
        """Return what part of a drawing cost, which its quote does not tell.

        It is None where a lost order may be billed.

        Only completed jobs are billed: https://docs.krea.ai/developers/job-lifecycle.
        """
        is_whole = drawn == ticket.count
        is_known = ticket.rest_was_refused or len(ticket.jobs) == ticket.count
        return None if is_whole or not is_known else self._prices.micros("krea.picture", drawn)

    async def _upload(self, image: PlanImage, name: str) -> str:
        """Upload one picture under a name of ours, and return its URL."""
        content = await image.read()
        kind = recognise(content)
        if not kind.is_accepted:
            raise BackendRejected(self.name, f"picture {image.sha256} is a {kind}")
        file = (f"{name}.{kind.extension}", content, f"image/{kind.lower()}")
        return (await self._http.write("POST", "/assets", Asset, files={"file": file})).image_url

    async def _picture(self, job: Job) -> str:
        if job.result is None or not job.result.urls:
            raise BackendReplyInvalid(self.name, f"job {job.job_id} is completed without a picture")
        return await keep_picture(self._http, self._store, job.result.urls[0])


def create(settings: KreaSettings, context: Context) -> KreaBackend:
    """Return the backend for the account that the key belongs to."""
    headers = {"Authorization": f"Bearer {opened(settings.krea_key)}"}
    http = context.http(NAME, settings.krea_url, headers, hosts=HOSTS, complaint=complaint)
    return KreaBackend(http, context.store, context.prices.over(PRICES))


def untaken_of(ticket: Ticket) -> tuple[Fact, ...]:
    """Return what is known of the pictures that Krea did not take an order for."""
    untaken = shortfall(FactKind.NOT_TAKEN, ticket.count - len(ticket.jobs), ticket.count)
    is_known = ticket.rest_was_refused or not untaken
    return untaken if is_known else (*untaken, fact(FactKind.ONE_MORE_PERHAPS))


def _path(job_id: str) -> str:
    return f"/jobs/{quote(job_id, safe='')}"
