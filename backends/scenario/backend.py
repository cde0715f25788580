"""Scenario as a backend.

A model is made, filled with captioned pictures, then trained, then drawn with.

https://docs.scenario.com
"""

import logging
from collections.abc import Callable, Mapping, Sequence
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
from backends.provider import Context
from backends.results import check_trained, keep_picture, shortfall
from backends.scenario.api import ScenarioApi, connect
from backends.scenario.bases import discover
from backends.scenario.orders import (
    base_of,
    caption_of,
    drawing_body,
    image_stem,
    pictures,
    preset_of,
    reference,
    side,
)
from backends.scenario.replies import Job, Model, TrainingImage
from backends.scenario.settings import NAME, PRICES, ScenarioSettings
from backends.scenario.types import (
    BASES,
    checkpoints,
    is_legacy,
    parameters,
    type_of,
)
from backends.scenario.words import (
    Refused,
    age_seconds,
    is_open,
    job_state,
    progress_of,
    training_state,
    why,
)
from domain.datasets.dataset import Kind
from domain.datasets.file_kinds import recognise
from domain.errors import (
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    NotThereYet,
    WorkUnknown,
)
from domain.money.prices import PriceList
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.remote_names import is_ours
from domain.training.settings import Estimate, QuoteLine

log = logging.getLogger(__name__)

BULK = 10  # models in one look: with all their pictures they stay below a megabyte
STALE_SECONDS = 24 * 3600.0  # after which nobody comes back to a shell
MOST_TIDIED = 5  # stale shells in one go
SHOWN_SECONDS = 15 * 60.0  # within which a model surely shows that its training was started; assumption

PICTURE_UNITS = 10.75  # the one price that was seen: 9 for a picture, 1.75 for its quality check
PIXELS = 1_024 * 1_024  # of a usual picture

WHERE = "At Scenario: your pictures go to Scenario (scenario.com) and stay there with the finished LoRA."


def create(settings: ScenarioSettings, context: Context) -> "ScenarioBackend":
    """Return the backend for an API key, with FLUX.1 and SDXL where the owner wants what is legacy."""
    return ScenarioBackend(
        connect(settings, context),
        context.store,
        prices=context.prices.over(PRICES),
        legacy=settings.scenario_legacy,
        now=context.now,
    )


class ScenarioBackend:
    """Trains and draws at Scenario.

    A training's id is its model's, a drawing's its job's and how many pictures.
    """

    def __init__(
        self,
        api: ScenarioApi,
        store: ResultStore,
        *,
        prices: PriceList,
        legacy: bool,
        now: Callable[[], float],
    ) -> None:
        self.name = NAME
        self.abilities = Abilities(
            checkpoints=checkpoints(BASES, legacy=legacy),
            fewest_images=5,  # Scenario advises 5 to 15
            most_images=50,  # a plan may allow fewer
            lists=True,
            poll_seconds=15.0,
        )
        self._api = api
        self._store = store
        self._prices = prices
        self._legacy = legacy
        self._bases = BASES
        self._now = now

    async def health(self) -> str:
        """Say that Scenario takes our key."""
        await self._api.check()
        return "Scenario answers and takes this bot's key."

    async def learn(self) -> None:
        """Look for the base models whose ids are not public, and offer what they draw with from then on."""
        self._bases = await discover(self._api, self._bases)
        self.abilities = replace(self.abilities, checkpoints=checkpoints(self._bases, legacy=self._legacy))

    async def owned(self) -> Sequence[RemoteWork]:
        """Return the trainings of our names.

        Shells on which nothing was started are none.
        """
        works = [
            RemoteWork(model.id, model.name or "", self._state(model))
            async for model in self._api.models()
            if _is_ours(model) and not model.is_shell
        ]
        return tuple(works)

    # --- training

    async def estimate(self, plan: TrainingPlan) -> Estimate:
        """Ask Scenario for the price.

        It is a dry run on the plan's own shell, which `submit` uses afterwards.
        """
        try:
            shell = await self._shell(plan, tidy=True)
            price = await self._api.price(shell.id, self._parameters(plan), images=len(plan.images))
        except Refused as error:
            raise _explained(error, plan) from error
        micros = self._micros(price.units)
        return Estimate(
            cost_micros=micros,
            wait_seconds=None,
            train_seconds=None,
            where=WHERE,
            lines=(QuoteLine(fact(FactKind.UNITS, units=price.units), micros),),
            price_source=fact(FactKind.PRICE_ASKED, units=price.units, as_of=self._prices.as_of.isoformat()),
        )

    async def submit(self, plan: TrainingPlan) -> RemoteTask:
        """Fill the plan's shell and start the training.

        One that was started under its name is that training.
        """
        try:
            shell = await self._shell(plan)
            if shell.is_shell:
                await self._fill(shell, plan)
                started = await self._api.train(shell.id, self._parameters(plan))
                log.info("backend=%s name=%s model=%s job=%s", NAME, plan.name, shell.id, started.job_id)
        except Refused as error:
            raise _explained(error, plan) from error
        return RemoteTask(shell.id)

    async def find(self, name: str) -> RemoteTask | None:
        """Say whether a training of that name was started.

        A shell alone is none.
        """
        async for model in self._api.models():
            if model.name == name and not model.is_shell:
                return RemoteTask(model.id)
        return None

    async def poll(self, remote: RemoteTask) -> Progress:
        """Say how a training stands.

        When it has ended, its job tells the reason and the cost.
        """
        model = await self._api.model(remote.id)
        state = self._state(model)
        job = None if is_open(state) else await self._job_of(model)
        return progress_of(model, job, state, price=self._micros)

    async def poll_many(self, remotes: Sequence[RemoteTask]) -> Mapping[str, Progress]:
        """Say how those trainings stand that have not ended."""
        found: dict[str, Progress] = {}
        for start in range(0, len(remotes), BULK):
            ids = [remote.id for remote in remotes[start : start + BULK]]
            try:
                models = await self._api.some_models(ids)
            except BackendRejected:  # one that is gone may spoil the whole answer
                continue
            states = {model.id: self._state(model) for model in models}
            found |= {
                model.id: progress_of(model, None, states[model.id], price=self._micros)
                for model in models
                if model.id in ids and is_open(states[model.id])
            }
        return found

    async def cancel(self, remote: RemoteTask) -> None:
        """Stop a training.

        An idle model would refuse that, so it is looked at before.

        One that was just started may look idle still: it would refuse, train all the same and be paid. So the stop is
        put off, but not for ever: how such a model goes on is asked only once the stop is told, or refused.
        """
        try:
            model = await self._api.model(remote.id)
        except WorkUnknown:
            return  # there is nothing to stop
        age = age_seconds(model, now=self._now())
        if model.is_shell and age is not None and age < SHOWN_SECONDS:
            raise BackendUnavailable(NAME, f"model {model.id} does not show its training yet, so it can't be stopped")
        if is_open(self._state(model)):
            await self._api.stop_training(remote.id)

    async def fetch(self, remote: RemoteTask) -> TrainedLora:
        """Return what draws with the LoRA.

        Its weights stay at Scenario.
        """
        model = await self._api.model(remote.id)
        check_trained(NAME, f"model {remote.id}", self._state(model))
        checkpoint = (model.type or "").removesuffix("-lora")
        if checkpoint not in self._bases and not is_legacy(checkpoint):  # ordered before a restart, not learnt since
            await self._learn_for(model)
        # A base that is in no list now may be found later: `draw` looks it up again where none is kept.
        return TrainedLora(sha256=None, size=0, reference=reference(self._bases.get(checkpoint, ""), model.id))

    async def _learn_for(self, model: Model) -> None:
        """Look for the base model of a finished LoRA.

        Where that can't be done now, the LoRA is fetched later.
        """
        try:
            await self.learn()
        except (BackendRejected, BackendReplyInvalid) as error:  # says nothing about this training, which is paid
            raise NotThereYet(NAME, f"no list to find the base of {model.id} in: {error.detail}") from error

    async def _shell(self, plan: TrainingPlan, *, tidy: bool = False) -> Model:
        """Return the model of the plan's name, made for it if there is none.

        That costs nothing.

        A model on which a training was started comes first. Shells of quotes that nobody confirmed are removed.
        """
        mine: Model | None = None
        stale: list[Model] = []
        wanted = type_of(plan.checkpoint)
        async for model in self._api.models():
            if model.name == plan.name and not model.is_shell:
                return model
            if model.name == plan.name and model.type == wanted:
                mine = mine or model
            elif model.is_shell and _is_ours(model) and (age_seconds(model, now=self._now()) or 0.0) > STALE_SECONDS:
                stale.append(model)
        if tidy:
            await self._tidy(stale[:MOST_TIDIED])
        return mine or await self._api.create_model(plan.name, wanted)

    async def _tidy(self, shells: Sequence[Model]) -> None:
        for shell in shells:
            try:
                await self._api.delete_model(shell.id)
            except BackendError as error:  # it can wait for the next quote
                log.warning("backend=%s model=%s was not tidied away: %s", NAME, shell.id, error)
            else:
                log.info("backend=%s model=%s tidied away: it was never trained", NAME, shell.id)

    async def _fill(self, shell: Model, plan: TrainingPlan) -> None:
        """Bring every picture and caption into the shell that is not there yet."""
        there = {(image.name or "").partition(".")[0]: image for image in (await self._api.model(shell.id)).images}
        for number, image in enumerate(plan.images, 1):
            stem = image_stem(number, image)
            kept = there.get(stem) or await self._add(shell, image, stem, plan.kind)
            caption = caption_of(image, kept, plan)
            if caption != kept.description:
                await self._api.put_caption(kept.id, caption)

    async def _add(self, shell: Model, image: PlanImage, stem: str, kind: Kind) -> TrainingImage:
        content = await image.read()
        sort = recognise(content)
        return await self._api.add_image(
            shell.id,
            content,
            name=f"{stem}.{sort.extension}",
            media_type=f"image/{sort.name.lower()}",
            preset=preset_of(kind),
        )

    async def _job_of(self, model: Model) -> Job | None:
        if model.job_id is None:
            return None
        try:
            return await self._api.job(model.job_id)
        except BackendRejected:  # that the training has ended is true without it
            return None

    def _state(self, model: Model) -> RemoteState:
        stage = model.training_progress.stage if model.training_progress else None
        state = training_state(model.status, stage)
        if state is None:
            log.warning("backend=%s model=%s has an unknown status: %r %r", NAME, model.id, model.status, stage)
            return RemoteState.RUNNING
        return state

    def _parameters(self, plan: TrainingPlan) -> Mapping[str, float]:
        return parameters(plan.checkpoint, plan.settings, images=len(plan.images))

    def _micros(self, units: float) -> int:
        return self._prices.micros("scenario.unit", units)

    # --- drawing

    def price_of_drawing(self, plan: DrawingPlan) -> int | None:
        """Return a guess from the one price that was seen, more for bigger pictures."""
        size = max(1.0, side(plan.width) * side(plan.height) / PIXELS)
        return self._micros(PICTURE_UNITS * pictures(plan) * size)

    async def draw(self, plan: DrawingPlan) -> RemoteTask:
        """Order all pictures at once from the base model, which is the paid call."""
        base = next(filter(None, map(base_of, plan.loras)), "") or self._bases.get(plan.checkpoint)
        if not base:
            raise BackendRejected(NAME, f"no base model is known for {plan.checkpoint}")
        if plan.source_image:  # only FLUX.1's base model would take one, and FLUX.1 is given up
            raise BackendRejected(
                NAME, "a picture to start from", reason=fact(FactKind.NO_SOURCE_IMAGE, backend=NAME)
            )
        job = await self._api.draw(base, drawing_body(plan))
        return RemoteTask(f"{job.job_id}:{pictures(plan)}")

    async def drawing(self, remote: RemoteTask) -> DrawingProgress:
        """Say how a drawing stands, its pictures fetched when it succeeded."""
        job_id, count = _drawing_id(remote)
        job = await self._api.job(job_id)
        state = job_state(job.status)
        match state:
            case RemoteState.SUCCEEDED:
                return await self._drawn(job, count)
            case RemoteState.FAILED:
                return DrawingProgress(state, message=why(job), cost_micros=self._cost(job.units_of_failure))
            case RemoteState.CANCELLED:
                return DrawingProgress(state, message=fact(FactKind.STOPPED))
            case RemoteState.QUEUED | RemoteState.RUNNING:
                return DrawingProgress(state)
            case None:
                log.warning("backend=%s job=%s has an unknown status: %r", NAME, job_id, job.status)
                return DrawingProgress(RemoteState.RUNNING)

    async def cancel_drawing(self, remote: RemoteTask) -> None:
        """Stop a drawing.

        One that has ended is left alone.
        """
        job_id, _ = _drawing_id(remote)
        try:
            state = job_state((await self._api.job(job_id)).status)
        except WorkUnknown:
            return  # there is nothing to stop
        if state is None or is_open(state):
            await self._api.stop_job(job_id)

    async def _drawn(self, job: Job, count: int) -> DrawingProgress:
        cost = self._cost(job.units)
        assets = [await self._api.asset(asset_id) for asset_id in job.assets[:count]]
        if any(asset.status == "pending" for asset in assets):
            return DrawingProgress(RemoteState.RUNNING)
        safe = [asset for asset in assets if not asset.nsfw]
        good = [asset for asset in safe if asset.status != "error"]
        if not good:
            is_withheld = len(assets) > len(safe)
            message = fact(FactKind.WITHHELD, backend=NAME) if is_withheld else fact(FactKind.NOTHING_USABLE)
            return DrawingProgress(RemoteState.FAILED, message=message, cost_micros=cost)
        marked, lost = len(assets) - len(safe), count - len(assets) + len(safe) - len(good)
        notes = (*shortfall(FactKind.HELD_BACK, marked, count), *shortfall(FactKind.NOT_GIVEN, lost, count))
        kept = [await keep_picture(self._api.http, self._store, asset.url) for asset in good]
        return DrawingProgress(RemoteState.SUCCEEDED, notes=notes, pictures=tuple(kept), cost_micros=cost)

    def _cost(self, units: float | None) -> int | None:
        return None if units is None else self._micros(units)


def _is_ours(model: Model) -> bool:
    return model.name is not None and is_ours(model.name)


def _explained(error: Refused, plan: TrainingPlan) -> BackendRejected:
    """Return a refusal with what to do about it, where the kind of LoRA is one that Scenario gave up."""
    said = error.reason.values.get("said", "") if error.reason else ""
    reason = fact(FactKind.LEGACY_LORA, backend=NAME, said=said) if is_legacy(plan.checkpoint) else error.reason
    return BackendRejected(NAME, error.detail, reason=reason)


def _drawing_id(remote: RemoteTask) -> tuple[str, int]:
    job_id, _, count = remote.id.rpartition(":")
    if not job_id or not count.isdecimal():
        raise BackendRejected(NAME, f"{remote.id!r} is no drawing of Scenario's")
    return job_id, int(count)
