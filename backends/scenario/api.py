"""Scenario's API, one method for each route that is used.

https://docs.scenario.com, and the reference inside `scenario-sdk` 2.4.0 (https://pypi.org/project/scenario-sdk/).
"""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from backends.http import Http
from backends.links import Hosts
from backends.provider import Context, opened
from backends.scenario.replies import (
    Asset,
    AssetReply,
    Job,
    JobReply,
    Model,
    ModelPage,
    ModelReply,
    Price,
    Started,
    TrainingImage,
    TrainingImageReply,
    Upload,
    UploadReply,
)
from backends.scenario.settings import NAME, ScenarioSettings
from backends.scenario.words import complaint
from domain.errors import BackendRejected, BackendReplyInvalid, BackendUnavailable
from domain.orders.facts import FactKind, fact

RESULT_HOST = "cdn.cloud.scenario.com"
UPLOAD_HOSTS = ("amazonaws.com", "scenario.com")  # parts of 5 MB and more, 10,000 at most: those are S3's rules
PAGE = 100  # models; with their signed links a page of the most allowed, 500, is several megabytes
MOST_PAGE = 8 * 1024 * 1024  # bytes
MOST_PAGES = 100
MOST_INLINE = 4 * 1024 * 1024  # bytes of a picture; in base64 that stays under the gateway's 6 MB for a request
UPLOAD_LOOKS = 15
UPLOAD_PAUSE = 1.0  # seconds between two of them

Parameters = Mapping[str, float]
DrawingBody = Mapping[str, str | float | Sequence[str] | Sequence[float]]


@dataclass(frozen=True, slots=True)
class ScenarioApi:
    """Calls in the name of one project.

    The key of a team needs its id, the key of a project does not.
    """

    http: Http
    project_id: str = ""

    # --- models

    async def check(self) -> None:
        """Ask for one model, to see whether the key is taken.

        `GET /me` is closed to keys.
        """
        await self.http.read("/models", ModelPage, params=self._query(pageSize="1"), most=MOST_PAGE)

    async def model(self, model_id: str) -> Model:
        """Return a model with all its pictures."""
        return (await self.http.read(f"/models/{model_id}", ModelReply, params=self._query())).model

    async def models(self, **filters: str) -> AsyncIterator[Model]:
        """Yield models, newest first, with three pictures of each."""
        query = self._query(pageSize=str(PAGE), sortBy="createdAt", sortDirection="desc", **filters)
        token: str | None = None
        for _ in range(MOST_PAGES):
            params = {**query, "paginationToken": token} if token else query
            page = await self.http.read("/models", ModelPage, params=params, most=MOST_PAGE)
            for model in page.models:
                yield model
            token = page.next_pagination_token
            if not token:
                return
        raise BackendReplyInvalid(NAME, f"a list of models of more than {MOST_PAGES} pages")

    async def some_models(self, model_ids: Sequence[str]) -> Sequence[Model]:
        """Return those models, with all their pictures."""
        body = {"modelIds": list(model_ids), "allTrainingImages": True}
        return (await self.http.write("POST", "/models/get-bulk", ModelPage, body=body, params=self._query())).models

    async def create_model(self, name: str, model_type: str) -> Model:
        """Make an empty model.

        It costs nothing.
        """
        body = {"name": name, "type": model_type}
        return (await self.http.write("POST", "/models", ModelReply, body=body, params=self._query())).model

    async def delete_model(self, model_id: str) -> None:
        """Delete a model."""
        await self.http.write("DELETE", f"/models/{model_id}", dict, params=self._query())

    # --- pictures to train on

    async def add_image(
        self, model_id: str, content: bytes, *, name: str, media_type: str, preset: str
    ) -> TrainingImage:
        """Add a picture to a model.

        `preset` says which sort of caption Scenario shall write.
        """
        if len(content) <= MOST_INLINE:
            data = base64.b64encode(content).decode("ascii")
            picture = {"data": f"data:{media_type};base64,{data}", "name": name}
        else:
            picture = {"assetId": await self._upload(content, name=name, media_type=media_type)}
        path, body = f"/models/{model_id}/training-images", {**picture, "preset": preset}
        reply = await self.http.write("POST", path, TrainingImageReply, body=body, params=self._query())
        return reply.training_image

    async def put_caption(self, asset_id: str, caption: str) -> None:
        """Set the caption that is trained on."""
        await self.http.write("PUT", f"/assets/{asset_id}", dict, body={"description": caption}, params=self._query())

    async def _upload(self, content: bytes, *, name: str, media_type: str) -> str:
        """Send a picture that is too big for a request.

        Return its asset's id.
        """
        order = {"fileName": name, "contentType": media_type, "kind": "image", "parts": 1, "fileSize": len(content)}
        made = (await self.http.write("POST", "/uploads", UploadReply, body=order, params=self._query())).upload
        if not made.parts:
            raise BackendReplyInvalid(NAME, "an upload without a place for it")
        to = Hosts(suffixes=UPLOAD_HOSTS, origins=self.http.hosts.origins)
        await replace(self.http, hosts=to).upload(made.parts[0].url, content)
        done = {"action": "complete"}
        await self.http.write("POST", f"/uploads/{made.id}/action", UploadReply, body=done, params=self._query())
        return await self._imported(made)

    async def _imported(self, upload: Upload) -> str:
        for _ in range(UPLOAD_LOOKS):
            now = (await self.http.read(f"/uploads/{upload.id}", UploadReply, params=self._query())).upload
            if now.status == "imported" and now.entity_id:
                return now.entity_id
            if now.status == "failed":
                reason = fact(FactKind.PICTURE_UNREADABLE, backend=NAME)
                raise BackendRejected(NAME, f"upload {now.id} failed", reason=reason)
            await self.http.sleep(UPLOAD_PAUSE)
        raise BackendUnavailable(NAME, f"upload {upload.id} is still not in")

    # --- trainings

    async def price(self, model_id: str, parameters: Parameters, *, images: int) -> Price:
        """Return what a training will cost, by a dry run.

        In the body `dryRun` would be ignored and a paid training start: only the query counts.
        """
        params = self._query(dryRun="true", trainingImagesCount=str(images))
        body = {"parameters": parameters}
        price = await self.http.write("PUT", f"/models/{model_id}/train", Price, body=body, params=params)
        if price.job is not None:
            raise BackendReplyInvalid(NAME, f"model {model_id}: a dry run was taken for an order")
        return price

    async def train(self, model_id: str, parameters: Parameters) -> Started:
        """Start a training, which is the paid call."""
        path, body = f"/models/{model_id}/train", {"parameters": parameters}
        return await self.http.pay(path, Started, body=body, method="PUT", params=self._query())

    async def stop_training(self, model_id: str) -> None:
        """Stop a training.

        It is refused when none runs.
        """
        path, body = f"/models/{model_id}/train/action", {"action": "cancel"}
        await self.http.write("POST", path, ModelReply, body=body, params=self._query())

    # --- drawings

    async def draw(self, base: str, body: DrawingBody) -> Job:
        """Order pictures of a base model, which is the paid call."""
        return (await self.http.pay(f"/generate/custom/{base}", JobReply, body=body, params=self._query())).job

    async def job(self, job_id: str) -> Job:
        """Return a job."""
        return (await self.http.read(f"/jobs/{job_id}", JobReply, params=self._query())).job

    async def stop_job(self, job_id: str) -> None:
        """Stop a drawing.

        It is refused when it has ended.
        """
        body = {"action": "cancel"}
        await self.http.write("POST", f"/jobs/{job_id}/action", JobReply, body=body, params=self._query())

    async def asset(self, asset_id: str) -> Asset:
        """Return a picture, with a fresh link to it."""
        return (await self.http.read(f"/assets/{asset_id}", AssetReply, params=self._query())).asset

    def _query(self, **more: str) -> Mapping[str, str]:
        return {**({"projectId": self.project_id} if self.project_id else {}), **more}


def connect(settings: ScenarioSettings, context: Context) -> ScenarioApi:
    """Return the API for a key."""
    pair = f"{opened(settings.scenario_key)}:{opened(settings.scenario_secret)}"
    headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}
    hosts = (RESULT_HOST,)
    http = context.http(NAME, settings.scenario_url, headers, hosts=hosts, complaint=complaint)
    return ScenarioApi(http, settings.scenario_project)
