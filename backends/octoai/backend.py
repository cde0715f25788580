"""Trains and draws at a server that speaks OctoAI's API.

OctoAI itself ended on 31 October 2024, so such a server is somebody's own, and nothing here knows where it is.
Source: https://github.com/octoml/fern-config (fine-tuning, asset-library, image-gen).
"""

import base64
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote, urlsplit

from pydantic import ValidationError

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
from backends.http import Http
from backends.octoai.assets import FEWEST, AssetLibrary, number_of
from backends.octoai.drawings import Drawn, DrawnImage, Kept, drawing_order
from backends.octoai.refusals import asset_complaint, drawing_complaint, tune_complaint
from backends.octoai.settings import NAME, PRICES, OctoaiSettings
from backends.octoai.tunes import Tune, TuneResult, Tunes, left_out, progress_of, state_of, tune_order
from backends.provider import Context, opened
from backends.results import check_trained
from domain.datasets.picture_numbers import listed
from domain.errors import (
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
    FileDamaged,
    NotThereYet,
    Unusable,
    WorkUnknown,
)
from domain.money.prices import PriceList
from domain.orders.facts import Fact, FactKind, fact
from domain.orders.progress import Progress, RemoteState
from domain.remote_names import is_ours
from domain.training.settings import (
    STEPS,
    AllowedSettings,
    CheckpointInfo,
    Estimate,
    Preset,
    QuoteLine,
    TrainingSettings,
)

log = logging.getLogger(__name__)

DRAW_SECONDS = 120.0  # drawing answers when it is done; "runs beyond about a minute could fail" (prose docs)
PAGE = 100  # the most that a list gives at once
MOST_PAGES = 1_000
MOST_LIST = 16 * 1024 * 1024  # bytes: each training lists its pictures with their captions
MOST_ANSWER = 48 * 1024 * 1024  # bytes: four PNG of two megapixels as base64 take up to 32 million

# 400 to 1,200 steps are advised (prose docs). Nothing but steps and seed can be set; the rest only fills the form.
_SDXL = TrainingSettings(steps=800, learning_rate=1e-4, rank=16, resolution=1024)
SDXL = CheckpointInfo(
    name="sdxl-base-1.0",
    label="Stable Diffusion XL 1.0",
    family="sdxl",
    resolution=1024,
    presets={
        Preset.FAST: replace(_SDXL, steps=400),
        Preset.BALANCED: _SDXL,
        Preset.BEST: replace(_SDXL, steps=1200),
    },
    allowed=AllowedSettings(steps=STEPS, learning_rate=None, rank=None, resolution=None),
)
ASSET_OF = {SDXL.name: "octoai:default-sdxl"}  # asked by name: a private server has ids of its own


def create(settings: OctoaiSettings, context: Context, *, draw_seconds: float = DRAW_SECONDS) -> "OctoaiBackend":
    """Return the backend for the owner's server, whose files lie on its two addresses or on other known origins."""
    base_url, image_url = settings.octoai_url or "", settings.octoai_image_url or ""
    own = replace(context, origins=(base_url, image_url, *context.origins))
    headers = {"Authorization": f"Bearer {opened(settings.octoai_token)}"}
    api = own.http(NAME, base_url.rstrip("/"), headers, complaint=asset_complaint)
    return OctoaiBackend(
        AssetLibrary(api),
        replace(api, complaint=tune_complaint),
        replace(api, base_url=image_url.rstrip("/"), complaint=drawing_complaint),
        context.store,
        context.prices.over(PRICES),
        draw_seconds=draw_seconds,
    )


class OctoaiBackend:
    """A server that speaks OctoAI's API."""

    def __init__(
        self,
        library: AssetLibrary,
        tunes: Http,
        images: Http,
        store: ResultStore,
        prices: PriceList,
        *,
        draw_seconds: float,
    ) -> None:
        self.name = NAME
        self.abilities = Abilities(
            checkpoints=(SDXL,),
            fewest_images=FEWEST,
            lists=True,
            poll_seconds=10.0,
            stops_drawings=False,  # the call that orders one draws it
            draws_from_image=True,
        )
        self._library = library
        self._tunes = tunes
        self._images = images
        self._store = store
        self._prices = prices
        self._draw_seconds = draw_seconds

    async def health(self) -> str:
        """Say which of the two addresses answer.

        Raises `BackendUnavailable` unless both do.
        """
        trainings = await _trouble(self._tunes.read("/v1/tunes", Tunes, params={"limit": 1}))
        drawings = await _trouble(self._images.read("/generate/sdxl", object))
        if isinstance(drawings, BackendRejected):
            drawings = None  # it answers, and draws nothing for a mere look
        said = (
            f"Trainings at {place(self._tunes.base_url)} {'do not ' if trainings else ''}answer; "
            f"drawings at {place(self._images.base_url)} {'do not ' if drawings else ''}answer."
        )
        if error := trainings or drawings:
            raise BackendUnavailable(
                NAME, f"{said} {error.detail}", reason=fact(FactKind.WORDS, said=said)
            ) from error
        return said

    async def owned(self) -> Sequence[RemoteWork]:
        """Return our trainings there."""
        tunes = await self._list()
        return tuple(RemoteWork(t.id, t.name, state_of(t)) for t in tunes if is_ours(t.name))

    async def estimate(self, plan: TrainingPlan) -> Estimate:
        """Price the steps by the price list.

        The API tells no price.
        """
        steps = plan.settings.steps
        cost = self._prices.micros("octoai.training_step", steps)
        return Estimate(
            cost_micros=cost,
            wait_seconds=None,
            train_seconds=None,
            where=f"Your pictures go to the OctoAI-compatible server at {place(self._tunes.base_url)}, "
            "which the person who runs this bot chose; they and the LoRA stay there.",
            lines=(QuoteLine(fact(FactKind.STEPS, steps=steps), cost),),
            price_source=self._prices.source,
        )

    async def submit(self, plan: TrainingPlan) -> RemoteTask:
        """Upload the pictures, wait until the server has checked them, and order the training."""
        checkpoint = await self._checkpoint(plan.checkpoint)
        files = await self._library.upload(plan)
        tune = await self._tunes.pay("/v1/tune", Tune, body=tune_order(plan, checkpoint=checkpoint, files=files))
        return RemoteTask(tune.id)

    async def find(self, name: str) -> RemoteTask | None:
        """Look for a training of exactly that name.

        Names are unique there.
        """
        tunes = await self._list(lambda seen: any(tune.name == name for tune in seen), name=name)
        return next((RemoteTask(tune.id) for tune in tunes if tune.name == name), None)

    async def poll(self, remote: RemoteTask) -> Progress:
        """Say how a training stands, and which pictures it had to do without."""
        tune = await self._tune(remote)
        return progress_of(tune, notes=await self._notes(tune))

    async def poll_many(self, remotes: Sequence[RemoteTask]) -> Mapping[str, Progress]:
        """Read the list, for as long as that takes fewer requests than to ask for each training by itself."""
        wanted = {remote.id for remote in remotes}
        tunes = await self._list(
            lambda seen: wanted <= {tune.id for tune in seen} or len(seen) >= PAGE * len(wanted),
        )
        return {tune.id: progress_of(tune) for tune in tunes if tune.id in wanted and not left_out(tune)}

    async def cancel(self, remote: RemoteTask) -> None:
        """Stop a training, unless it is over or gone already."""
        try:
            await self._library.http.write("POST", f"{_path(remote)}/cancel", Tune)
        except WorkUnknown:
            return
        except BackendRejected:  # what happens to a finished one is not documented
            if state_of(await self._tune(remote)) in (RemoteState.QUEUED, RemoteState.RUNNING):
                raise

    async def fetch(self, remote: RemoteTask) -> TrainedLora:
        """Bring the LoRA's file, if the server gives it.

        Draw there by the id of its asset.
        """
        tune = await self._tune(remote)
        check_trained(NAME, f"tune {tune.id}", state_of(tune))
        made = tune.output_lora_ids or (tune.result and tune.result.output_assets)
        if not made:
            raise BackendReplyInvalid(NAME, f"tune {tune.id} succeeded without a LoRA")
        try:
            placed = await self._library.get(made[0])
        except BackendRejected as error:  # it was just made, so the library may be late
            raise NotThereYet(NAME, f"LoRA {made[0]} is not there: {error.detail}") from error
        if placed.asset.status != "ready":
            raise NotThereYet(NAME, f"LoRA {made[0]} is {placed.asset.status}")
        if not placed.transfer_api.get_url:
            log.warning("tune=%s its LoRA has no link, so only the server has it", tune.id)
            return TrainedLora(None, 0, reference=made[0])
        content = await self._library.http.download(placed.transfer_api.get_url)
        try:
            sha256 = await self._store.lora(content)
        except Unusable as error:
            raise FileDamaged(NAME, f"the file of LoRA {made[0]} is not usable: {error}") from error
        return TrainedLora(sha256, len(content), reference=made[0])

    def price_of_drawing(self, plan: DrawingPlan) -> int | None:
        """Price the pictures by the price list."""
        return self._prices.micros("octoai.picture", plan.count)

    async def draw(self, plan: DrawingPlan) -> RemoteTask:
        """Draw, which takes as long as the call.

        Whatever came of it is in the id.
        """
        if plan.checkpoint not in ASSET_OF or not all(lora.reference for lora in plan.loras):
            raise BackendRejected(NAME, f"{plan.name}: the checkpoint or a LoRA is not one of this server")
        order = drawing_order(plan, await plan.source_image.read() if plan.source_image else None)
        answer = await self._images.pay(
            "/generate/sdxl", Drawn, body=order, most=MOST_ANSWER, seconds=self._draw_seconds
        )
        kept = await self._keep(answer.images, count=plan.count)
        return RemoteTask(kept.model_dump_json(exclude_defaults=True))

    async def drawing(self, remote: RemoteTask) -> DrawingProgress:
        """Say what came of a drawing."""
        try:
            kept = Kept.model_validate_json(remote.id)
        except ValidationError as error:
            raise BackendRejected(NAME, "there is no such drawing") from error
        state = RemoteState.SUCCEEDED if kept.pictures else RemoteState.FAILED
        notes = kept.notes if kept.pictures else ()
        return DrawingProgress(state, message=kept.message, notes=notes, pictures=kept.pictures)

    async def cancel_drawing(self, remote: RemoteTask) -> None:
        """Do nothing.

        A drawing that has an id is over.
        """

    async def _keep(self, images: Sequence[DrawnImage], *, count: int) -> Kept:
        """Store the pictures. They are paid for, so what is wrong with some ends nothing, and repeats nothing."""
        safe = [image for image in images[:count] if not image.removed_for_safety]
        pictures = [kept for image in safe if (kept := await self._kept(image))]
        removed, missing = len(images[:count]) - len(safe), count - len(images[:count])
        return Kept(pictures=tuple(pictures), count=count, removed=removed, missing=missing)

    async def _kept(self, image: DrawnImage) -> str:
        """Store one picture and return its SHA-256, empty when it is none."""
        try:
            return await self._store.picture(base64.b64decode(image.image_b64 or "", validate=True))
        except (ValueError, Unusable) as error:
            log.warning("a drawn picture is not usable: %s", error)
            return ""

    async def _checkpoint(self, name: str) -> str:
        """Return the server's id of a checkpoint."""
        known = self.abilities.checkpoint(name)
        if known is None:
            raise BackendRejected(NAME, f"there is no checkpoint {name}")
        try:
            return (await self._library.get(ASSET_OF[name])).asset.id
        except BackendRejected as error:
            reason = fact(FactKind.CHECKPOINT_MISSING, backend=NAME, label=known.label)
            raise BackendRejected(NAME, error.detail, reason=reason) from error

    async def _tune(self, remote: RemoteTask) -> Tune:
        return await self._tunes.read(_path(remote), Tune)

    async def _list(
        self, is_enough: Callable[[Sequence[Tune]], bool] = lambda _: False, *, name: str = ""
    ) -> list[Tune]:
        """Return trainings page by page, until there are no more or `is_enough`."""
        seen: list[Tune] = []
        for page in range(MOST_PAGES):
            params = {"limit": PAGE, "offset": page * PAGE} | ({"name": name} if name else {})
            tunes = await self._tunes.read("/v1/tunes", Tunes, params=params, most=MOST_LIST)
            seen += tunes.data
            if not tunes.data or not tunes.has_more or is_enough(seen):
                return seen
        raise BackendReplyInvalid(NAME, f"the list of tunes goes on after {MOST_PAGES} pages")

    async def _notes(self, tune: Tune) -> tuple[Fact, ...]:
        """Name the pictures that a training did without."""
        result = tune.result or TuneResult()
        notes = []
        for assets, kind in (
            (result.rejected_assets, FactKind.LEFT_OUT_UNSAFE),
            (result.unready_assets, FactKind.LEFT_OUT_UNREADY),
        ):
            if assets:
                notes.append(fact(kind, numbers=listed(await self._numbers(assets))))
        return tuple(notes)

    async def _numbers(self, assets: Sequence[str]) -> list[int]:
        """Return the numbers of pictures.

        Those that are gone from the library have none.
        """
        numbers = []
        for asset in assets:
            try:
                number = number_of((await self._library.get(asset)).asset)
            except BackendRejected:
                continue
            if number is not None:
                numbers.append(number)
        return sorted(numbers)


def place(url: str) -> str:
    """Return a server's name and port for reading, without the rest of its address."""
    parts = urlsplit(url)
    return f"`{parts.hostname}`" if parts.port is None else f"`{parts.hostname}:{parts.port}`"


async def _trouble(call: Awaitable[object]) -> BackendError | None:
    try:
        await call
    except BackendError as error:
        return error
    return None


def _path(remote: RemoteTask) -> str:
    return f"/v1/tune/{quote(remote.id, safe='')}"
