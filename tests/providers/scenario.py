"""A stand-in for Scenario: models are filled, trained and drawn with, as its reference and its guide describe."""

import base64
import binascii
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.providers.scenario_rules import (
    BASES,
    FLUX_TYPES,
    MOST_IMAGES,
    MOST_REQUEST,
    TYPES,
    UNITS_PER_STEP,
    Json,
    Refusal,
    check_inputs,
    check_training,
)
from tests.providers.standin import StandIn, drawing, is_picture, main

KEY, SECRET = "api_hello", "world-of-secrets"

# What a training says at each look, before it has succeeded: its stage, its progress, and its job's status.
STAGES = (
    ("queued-for-train", 0.0, "queued"),
    ("starting-train", 0.0, "warming-up"),
    ("running-train", 0.3, "in-progress"),
    ("running-train", 0.8, "in-progress"),
    ("running-train", 0.99, "finalizing"),
)
DRAWING_STAGES = ("queued", "in-progress", "finalizing")


@dataclass
class Asset:
    """A picture that Scenario keeps."""

    id: str
    name: str
    content: bytes
    description: str
    automatic: str
    created_at: str
    status: str = "success"


@dataclass
class Job:
    """A training or a drawing."""

    id: str
    type: str
    model_id: str
    units: float
    created_at: str
    input: Json
    status: str = "queued"
    history: list[str] = field(default_factory=lambda: ["queued"])
    stage: int = 0
    assets: list[str] = field(default_factory=list)
    error: Json = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return self.status in ("success", "failure", "canceled")

    def move(self, status: str) -> None:
        if self.status != status:
            self.status = status
            self.history.append(status)


@dataclass
class Model:
    """A model of the account."""

    id: str
    name: str
    type: str
    created_at: str
    updated_at: str
    status: str = "new"
    images: list[str] = field(default_factory=list)
    pairs: list[Json] = field(default_factory=list)
    parameters: Json = field(default_factory=dict)
    job_id: str | None = None
    ended_at: float = 0.0
    deleted: bool = False


@dataclass
class Upload:
    """A big file on its way in."""

    id: str
    name: str
    size: int
    status: str = "pending"
    asset_id: str | None = None


class Scenario(StandIn):
    """Scenario, with a switch for each thing that it may do otherwise."""

    name = "scenario"
    key: ClassVar[str] = f"{KEY}:{SECRET}"

    def __init__(self, *, port: int = 0, files_port: int = 0) -> None:
        self.strict = True  # fields and query parameters that nobody documented are refused
        self.project: str | None = None  # the only project that may be named
        self.ceiling: int | None = None  # pictures of a training that the plan allows
        self.parallel: int | None = None  # trainings at once that the plan allows
        self.cooldown = 0.0  # seconds after the end of a training before the model is trained again
        self.guide_dialect = False  # the train answer as the guide prints it
        self.draft = False  # a new model is called `draft`
        self.odd_status = ""  # said instead of the true status while work goes on
        self.captions = True  # pictures get an automatic caption
        self.nsfw = False  # pictures are marked
        self.lost_pictures = 0  # of each drawing
        self.asset_status = "success"
        self.marked: set[str] = set()  # ids of pictures that are marked, beside those that `nsfw` marks
        self.spoilt: set[str] = set()  # ids of pictures that could not be kept
        self.no_refund = False
        self.hides_starts = False  # a model whose training was started looks idle still, and can't be stopped
        self.imports_fail = False
        self.models: dict[str, Model] = {}
        self.jobs: dict[str, Job] = {}
        self.assets: dict[str, Asset] = {}
        self.uploads: dict[str, Upload] = {}
        self.paid: list[str] = []  # the names of the trainings that were billed
        self.drawings: list[Json] = []  # the orders that were billed
        self.signatures: dict[str, str] = {}
        super().__init__(port=port, files_port=files_port)

    @property
    def base_url(self) -> str:
        return f"{super().base_url}/v1"

    def settings(self) -> dict[str, Any]:
        return {"scenario_key": KEY, "scenario_secret": SECRET, "scenario_url": self.base_url}

    def routes(self) -> None:
        self.api.middlewares.append(self._door)
        add = self.api.router.add_route
        for method, path, handler in (
            ("GET", "/me", self.me),
            ("GET", "/projects", self.list_projects),
            ("GET", "/teams", self.list_teams),
            ("GET", "/teams/{id}/limits", self.limits),
            ("POST", "/models", self.create_model),
            ("GET", "/models", self.list_models),
            ("POST", "/models/get-bulk", self.bulk),
            ("GET", "/models/{id}", self.get_model),
            ("PUT", "/models/{id}", self.update_model),
            ("DELETE", "/models/{id}", self.delete_model),
            ("POST", "/models/{id}/training-images", self.add_images),
            ("PUT", "/models/{id}/training-images/pairs", self.put_pairs),
            ("PUT", "/models/{id}/training-images/{image}", self.replace_image),
            ("DELETE", "/models/{id}/training-images/{image}", self.delete_image),
            ("PUT", "/models/{id}/train", self.train),
            ("POST", "/models/{id}/train/action", self.train_action),
            ("GET", "/jobs", self.list_jobs),
            ("GET", "/jobs/{id}", self.get_job),
            ("POST", "/jobs/{id}/action", self.job_action),
            ("POST", "/generate/custom/{id}", self.generate),
            ("POST", "/assets", self.create_asset),
            ("GET", "/assets/{id}", self.get_asset),
            ("PUT", "/assets/{id}", self.update_asset),
            ("POST", "/uploads", self.create_upload),
            ("GET", "/uploads/{id}", self.get_upload),
            ("POST", "/uploads/{id}/action", self.upload_action),
        ):
            add(method, f"/v1{path}", handler)

    # --- the door

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        expected = "Basic " + base64.b64encode(self.key.encode()).decode()
        if request.headers.get("Authorization") != expected:
            return web.json_response({"message": "Unauthorized"}, status=401)
        if self.project and request.query.get("projectId", self.project) != self.project:
            return web.json_response({"message": "Forbidden"}, status=403)
        if len(await request.read()) > MOST_REQUEST:
            return web.json_response({"message": "Request Too Long"}, status=413)
        try:
            return await handler(request)
        except Refusal as refusal:
            return web.json_response(refusal.body, status=refusal.status)

    def _query(self, request: web.Request, *known: str) -> Mapping[str, str]:
        allowed = {"projectId", "originalAssets", *known}
        if self.strict and (odd := set(request.query) - allowed):
            raise Refusal(400, f"Unknown query parameter {min(odd)}")
        return request.query

    async def _body(self, request: web.Request, *known: str) -> Json:
        try:
            body = await request.json() if await request.read() else {}
        except ValueError as error:
            raise Refusal(400, "Invalid JSON body") from error
        if not isinstance(body, dict):
            raise Refusal(400, "Body must be an object")
        if self.strict and (odd := set(body) - {*known, "dryRun"}):  # `dryRun` in a body is ignored, as the real one
            raise Refusal(400, f"Unknown field {min(odd)}")
        return body

    # --- account

    async def me(self, _: web.Request) -> web.Response:
        raise Refusal(403, message="API Keys cannot access protected resources")

    async def list_projects(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"projects": [{"id": self.project or "proj_x", "name": "Atelier", "teamId": "team_x"}]}
        )

    async def list_teams(self, _: web.Request) -> web.Response:
        project = {"id": self.project or "proj_x", "name": "Atelier"}
        team = {"id": "team_x", "name": "Atelier", "plan": "cu-pro", "type": "team", "projects": [project]}
        return web.json_response({"teams": [team | {"context": {"userRole": "key"}}]})

    async def limits(self, _: web.Request) -> web.Response:
        limits = {"creativeUnits": 5000, "maxTrainingDatasets": self.ceiling or MOST_IMAGES, "models": 1000}
        return web.json_response({"plan": "cu-pro", "limits": limits, "values": {"creativeUnits": 12.5}})

    # --- models

    def _model(self, request: web.Request) -> Model:
        model = self.models.get(request.match_info["id"])
        if model is None or model.deleted:
            raise Refusal(404, f"Model {request.match_info['id']} not found")
        return model

    async def create_model(self, request: web.Request) -> web.Response:
        self._query(request)
        known = ("name", "type", "shortDescription", "baseModelId", "classSlug", "collectionIds", "concepts")
        body = await self._body(request, *known)
        self._check_type(body.get("type"))
        now = self._date()
        model_id = self._id("model")
        self.models[model_id] = Model(model_id, body.get("name", ""), body["type"], now, now)
        return web.json_response({"model": self._say(self.models[model_id])})

    async def list_models(self, request: web.Request) -> web.Response:
        known = (
            "privacy status type types pageSize paginationToken sortBy sortDirection collectionId collectionIds tags "
            "createdAfter createdBefore updatedAfter updatedBefore loadedOnly"
        )
        query = self._query(request, *known.split())
        if query.get("privacy", "private") == "public":
            types = {query["type"]} if "type" in query else set(query.get("types", "custom").split(","))
            rows = [self._say_base(base) for base in BASES.values() if "custom" in types]
            for row in rows:
                row.pop("inputs")
        else:
            wanted = query.get("status")
            wanted = wanted if wanted in ("new", "training", "trained", "failed", "deleted") else None  # silently
            held = [m for m in self.models.values() if m.deleted == (wanted == "deleted")]
            held = [m for m in held if wanted in (None, "deleted", m.status)]
            if query.get("sortDirection", "desc") == "desc":
                held.reverse()
            rows = [self._say(model, images=3) for model in held]
        return self._page(request, rows, "models", default=100, most=500)

    async def get_model(self, request: web.Request) -> web.Response:
        self._query(request)
        base = BASES.get(request.match_info["id"])
        if base is not None:
            return web.json_response({"model": self._say_base(base)})
        model = self._model(request)
        return web.json_response({"model": self._look_at(model)})

    async def bulk(self, request: web.Request) -> web.Response:
        self._query(request)
        known = ("modelIds", "minimal", "allTrainingImages", "trainingImagesPreview", "thumbnail", "settings")
        body = await self._body(request, *known)
        images = None if body.get("allTrainingImages") else 3
        held = [self.models[i] for i in body.get("modelIds", []) if i in self.models and not self.models[i].deleted]
        return web.json_response({"models": [self._look_at(model, images=images) for model in held]})

    async def update_model(self, request: web.Request) -> web.Response:
        self._query(request)
        model = self._model(request)
        body = await self._body(request, "name", "type", "shortDescription", "concepts", "classSlug", "thumbnail")
        if "type" in body:
            self._check_type(body["type"])
            if model.status != "new":
                raise Refusal(400, "Model type can only be changed while the model is new")
            model.type = body["type"]
        model.name = body.get("name", model.name)
        return web.json_response({"model": self._say(model)})

    async def delete_model(self, request: web.Request) -> web.Response:
        self._query(request)
        self._model(request).deleted = True
        return web.json_response({})

    def _check_type(self, model_type: object) -> None:
        if model_type not in TYPES:
            raise Refusal(400, f"Invalid model type {model_type}. Allowed model types: {', '.join(TYPES)}")

    def _look_at(self, model: Model, *, images: int | None = None) -> Json:
        """Say how a model stands, and move it on."""
        job = self.jobs.get(model.job_id or "")
        if job is None or job.is_over:
            return self._say(model, images=images)
        if self.fails:
            self._end(model, job, "failure")
            return self._say(model, images=images)
        said = self._say(model, images=images)
        self._advance(model, job)
        return said

    def _advance(self, model: Model, job: Job) -> None:
        if self.held:
            return
        job.stage += 1
        if job.stage < len(STAGES):
            job.move(STAGES[job.stage][2])
        else:
            self._end(model, job, "success")

    def _end(self, model: Model, job: Job, status: str) -> None:
        if status == "failure":
            job.error = {"error": "Training diverged\n@everyone", "hint": "Lower the learning rate."}
        job.move(status)
        model.status = {"success": "trained", "failure": "failed", "canceled": "training-canceled"}[status]
        model.ended_at = self.now()
        model.updated_at = self._date()

    def _say(self, model: Model, *, images: int | None = None) -> Json:
        job = None if self.hides_starts else self.jobs.get(model.job_id or "")
        status = "new" if self.hides_starts else model.status
        status = "draft" if self.draft and status == "new" else status
        progress: Json = {}
        if job is not None and not job.is_over:
            stage, share, _ = STAGES[job.stage]
            progress = {"stage": stage, "progress": share, "position": 2 if job.stage == 0 else 0}
            progress |= {"updatedAt": self.now() * 1000, "remainingTimeMs": 1_260_000 - 200_000 * job.stage}
            if self.odd_status:
                status, progress["stage"] = self.odd_status, self.odd_status
        return {
            **_model_frame(
                model.id, model.name, model.type, status=status, created=model.created_at, updated=model.updated_at
            ),
            "trainingImagesNumber": len(model.images),
            "trainingImages": [self._say_image(i) for i in model.images[:images]],
            "trainingImagePairs": model.pairs,
            "parameters": model.parameters,
            "trainingProgress": progress,
            **({"jobId": model.job_id} if model.job_id else {}),
        }

    def _say_base(self, base: Json) -> Json:
        date = "2026-01-01T00:00:00.000Z"
        frame = _model_frame(base["id"], base["name"], "custom", status="trained", created=date, updated=date)
        return {**frame, "privacy": "public", "custom": True, "trainingImagesNumber": 0, "inputs": base["inputs"]}

    # --- training images

    async def add_images(self, request: web.Request) -> web.Response:
        self._query(request)
        model = self._editable(request)
        ids = self._take_images(await self._body(request, "data", "name", "assetId", "assetIds", "preset"))
        self._attach(model, ids)
        return web.json_response({"trainingImage": self._say_image(ids[-1])})

    async def replace_image(self, request: web.Request) -> web.Response:
        self._query(request)
        model = self._editable(request)
        place = self._place(model, request)
        ids = self._take_images(await self._body(request, "data", "name", "assetId", "assetIds", "preset"))
        model.images[place : place + 1] = ids
        return web.json_response({"trainingImage": self._say_image(ids[-1])})

    async def delete_image(self, request: web.Request) -> web.Response:
        self._query(request)
        model = self._editable(request)
        del model.images[self._place(model, request)]
        return web.json_response({})

    async def put_pairs(self, request: web.Request) -> web.Response:
        self._query(request)
        model = self._editable(request)
        pairs = await request.json()
        if not isinstance(pairs, list):
            raise Refusal(400, "Body must be an array")
        for pair in pairs:
            if {pair.get("sourceId"), pair.get("targetId")} - set(model.images):
                raise Refusal(400, "sourceId and targetId must be training images of this model")
        model.pairs = pairs
        return web.json_response({"count": len(pairs), "pairs": pairs})

    def _editable(self, request: web.Request) -> Model:
        model = self._model(request)
        if model.status == "training":
            raise Refusal(400, "Training images cannot be changed while the model is training")
        return model

    def _place(self, model: Model, request: web.Request) -> int:
        image_id = request.match_info["image"]
        if image_id not in model.images:
            raise Refusal(404, f"Training image {image_id} not found")
        return model.images.index(image_id)

    def _take_images(self, body: Json) -> list[str]:
        if body.get("preset", "default") not in ("default", "style", "subject"):
            raise Refusal(400, "Input preset must be one of default, style, subject")
        forms = [bool(body.get("data")), bool(body.get("assetId")), "assetIds" in body]
        if "assetIds" in body and (body.get("name") or body.get("data") or body.get("assetId")):
            raise Refusal(400, "assetIds cannot be used with assetId, data and name")
        if not any(forms):
            raise Refusal(400, "One of data, assetId, assetIds is required")
        if body.get("assetId") or "assetIds" in body:
            ids = body["assetIds"] if "assetIds" in body else [body["assetId"]]
            if len(ids) > 10:
                raise Refusal(400, "Too many assetIds provided in a single request")
            for asset_id in ids:
                self._asset(asset_id)
            return list(ids)
        if not body.get("name"):
            raise Refusal(400, "Input name is required")
        found = re.fullmatch(r"data:image/(png|jpeg|webp);base64,([A-Za-z0-9+/=]+)", body["data"])
        content = _unpacked(found[2]) if found else None
        if not is_picture(content):
            raise Refusal(400, "Invalid data URL")
        assert content is not None
        return [self._keep(body["name"], content, body.get("preset", "default")).id]

    def _attach(self, model: Model, ids: Iterable[str]) -> None:
        for asset_id in ids:
            if asset_id in model.images:
                raise Refusal(400, "The provided assetId is already a training image of this model")
            if self.ceiling is not None and len(model.images) >= self.ceiling:
                text = "Your plan does not allow more training images"
                raise Refusal(429, text, action="add-training-image", actionLimit=self.ceiling)
            model.images.append(asset_id)
            model.updated_at = self._date()

    def _keep(self, name: str, content: bytes, preset: str = "default") -> Asset:
        asset_id = self._id("asset")
        automatic = f"a {preset} drawing, number {len(self.assets) + 1}" if self.captions else ""
        self.assets[asset_id] = Asset(asset_id, name, content, automatic, automatic, self._date())
        return self.assets[asset_id]

    def _say_image(self, asset_id: str) -> Json:
        asset = self.assets[asset_id]
        return {
            "id": asset.id,
            "name": asset.name,
            "description": asset.description,
            "automaticCaptioning": asset.automatic,
            "downloadUrl": self.signed(asset),
            "createdAt": asset.created_at,
        }

    # --- training

    async def train(self, request: web.Request) -> web.Response:
        query = self._query(request, "dryRun", "trainingImagesCount")
        model = self._model(request)
        parameters = (await self._body(request, "parameters")).get("parameters", {})
        is_dry = query.get("dryRun") in ("true", "api")
        if self.strict and not is_dry and "trainingImagesCount" in query:
            raise Refusal(400, "trainingImagesCount is for dry runs")
        count = len(model.images) or (int(query.get("trainingImagesCount", "0")) if is_dry else 0)
        check_training(model.type, parameters, images=count, pairs=len(model.pairs), strict=self.strict)
        units = self._units(model, parameters, count)
        bill = {"creativeUnitsCost": units, "creativeUnitsDiscount": 0, "costDetails": {"train-model": units}}
        if is_dry:
            return web.json_response(bill, status=269)
        self._check_pace(model)
        job_type = "flux-model-training" if model.type in FLUX_TYPES else "musubi-model-training"
        job = Job(self._id("job"), job_type, model.id, units, self._date(), {"modelId": model.id})
        self.jobs[job.id] = job
        model.status, model.job_id, model.updated_at = "training", job.id, self._date()
        model.parameters = {"nbEpochs": 10, "nbRepeats": 20, "batchSize": 1, **parameters}
        if model.type in FLUX_TYPES:
            model.parameters = {"maxTrainSteps": count * 100, **model.parameters}
        self.paid.append(model.name)
        if self.guide_dialect:
            said: Json = {"id": job.id, "type": job.type, "status": job.status}
            return web.json_response({"job": said, "creativeUnits": {"estimatedCreativeUnits": units}})
        return web.json_response({"job": self._say_job(job), "model": self._say(model), **bill})

    def _check_pace(self, model: Model) -> None:
        if model.status == "training":
            raise Refusal(400, "Model is already training")
        left = self.cooldown - (self.now() - model.ended_at)
        if model.ended_at and left > 0:
            raise Refusal(429, "Training cooldown", remainingSeconds=math.ceil(left), trace_id="tr_1")
        running = sum(m.status == "training" for m in self.models.values())
        if self.parallel is not None and running >= self.parallel:
            raise Refusal(429, "Too many trainings", action="parallel-training", actionLimit=self.parallel)

    def _units(self, model: Model, parameters: Json, count: int) -> float:
        if model.type in FLUX_TYPES:
            return float(UNITS_PER_STEP * parameters.get("maxTrainSteps", count * 100))
        return float(UNITS_PER_STEP * count * parameters.get("nbEpochs", 10) * parameters.get("nbRepeats", 20))

    async def train_action(self, request: web.Request) -> web.Response:
        self._query(request)
        model = self._model(request)
        if (await self._body(request, "action")).get("action") != "cancel":
            raise Refusal(400, "Input action must be one of cancel")
        if model.status != "training" or self.hides_starts:
            raise Refusal(400, "Model is not training")
        self._end(model, self.jobs[model.job_id or ""], "canceled")
        return web.json_response({"model": self._say(model)})

    # --- jobs

    def _job(self, request: web.Request) -> Job:
        job = self.jobs.get(request.match_info["id"])
        if job is None:
            raise Refusal(404, f"Job {request.match_info['id']} not found")
        return job

    async def get_job(self, request: web.Request) -> web.Response:
        self._query(request)
        job = self._job(request)
        if job.type != "custom":
            self._look_at(self.models[job.model_id])
            return web.json_response({"job": self._say_job(job)})
        if self.fails and not job.is_over:
            job.error = {"error": "Out of memory", "hint": "Try a smaller picture."}
            job.move("failure")
        said = self._say_job(job)
        if not job.is_over and not self.held:
            self._draw_on(job)
        return web.json_response({"job": said})

    async def list_jobs(self, request: web.Request) -> web.Response:
        query = self._query(
            request, "status", "type", "types", "pageSize", "paginationToken", "hideResults", "authorId"
        )
        held = [job for job in self.jobs.values() if query.get("status") in (None, job.status)]
        return self._page(request, [self._say_job(job) for job in reversed(held)], "jobs", default=50, most=100)

    async def job_action(self, request: web.Request) -> web.Response:
        self._query(request)
        job = self._job(request)
        if (await self._body(request, "action")).get("action") != "cancel":
            raise Refusal(400, "Input action must be one of cancel")
        if job.type != "custom" or job.is_over:
            raise Refusal(400, "This job cannot be canceled")
        job.move("canceled")
        return web.json_response({"job": self._say_job(job)})

    def _say_job(self, job: Job) -> Json:
        share = {"success": 1.0, "queued": 0.0}.get(job.status, min(0.99, job.stage / len(STAGES)))
        odd = self.odd_status if self.odd_status and not job.is_over else ""
        billing: Json = {"cuCost": job.units, "cuDiscount": 0}
        return {
            "jobId": job.id,
            "jobType": job.type,
            "status": odd or job.status,
            "progress": share,
            "statusHistory": [{"status": status, "date": job.created_at} for status in job.history],
            "metadata": {
                "input": job.input,
                **({"assetIds": job.assets} if job.assets and job.status == "success" else {}),
                **job.error,
            },
            "billing": billing | ({"disableRefund": True} if self.no_refund else {}),
            "ownerId": "proj_x",
            "authorId": "apiu_x",
            "createdAt": job.created_at,
            "updatedAt": job.created_at,
        }

    # --- drawing

    async def generate(self, request: web.Request) -> web.Response:
        query = self._query(request, "dryRun", "ipDetection")
        base = BASES.get(request.match_info["id"])
        if base is None:
            self._model(request)
            raise Refusal(400, "Custom models only are supported for this endpoint")
        inputs = {known["name"]: known for known in base["inputs"]}
        body = await self._body(request, *inputs)
        check_inputs(body, inputs, self.models)
        count = body.get("numOutputs", 4 if base["id"] == "model_z-image" else 1)
        units = 9.0 * count + 1.75
        details = {"custom-generation": 9.0 * count, "quality-gate": 1.75}
        bill = {"creativeUnitsCost": units, "creativeUnitsDiscount": 0, "costDetails": details}
        if query.get("dryRun") in ("true", "api"):
            return web.json_response(bill, status=269)
        job = Job(self._id("job"), "custom", base["id"], units, self._date(), body | {"numOutputs": count})
        self.jobs[job.id] = job
        self.drawings.append(body)
        return web.json_response({"job": self._say_job(job), **bill})

    def _draw_on(self, job: Job) -> None:
        job.stage += 1
        if job.stage < len(DRAWING_STAGES):
            job.move(DRAWING_STAGES[job.stage])
            return
        seed = job.input.get("seed", 1)
        for number in range(job.input["numOutputs"] - self.lost_pictures):
            job.assets.append(self._keep(f"{job.id}-{number}.png", drawing(seed + number)).id)
        job.move("success")

    # --- assets

    def _asset(self, asset_id: str) -> Asset:
        if asset_id not in self.assets:
            raise Refusal(404, f"Asset {asset_id} not found")
        return self.assets[asset_id]

    async def create_asset(self, request: web.Request) -> web.Response:
        self._query(request)
        body = await self._body(request, "name", "image", "hide", "parentId", "collectionIds")
        if not body.get("name"):
            raise Refusal(400, "Input name is required")
        content = _unpacked(body.get("image", ""))  # bare base64 here, not a data URL
        if not is_picture(content):
            raise Refusal(400, "Invalid image")
        assert content is not None
        return web.json_response({"asset": self._say_asset(self._keep(body["name"], content))})

    async def get_asset(self, request: web.Request) -> web.Response:
        self._query(request, "withEmbedding", "withQualityGateDetails")
        return web.json_response({"asset": self._say_asset(self._asset(request.match_info["id"]))})

    async def update_asset(self, request: web.Request) -> web.Response:
        self._query(request)
        asset = self._asset(request.match_info["id"])
        known = ("name", "description", "canvas", "thumbnail", "lockId", "lockExpiresAt", "disableSnapshot")
        body = await self._body(request, *known)
        asset.name, asset.description = body.get("name", asset.name), body.get("description", asset.description)
        return web.json_response({"asset": self._say_asset(asset)})

    def _say_asset(self, asset: Asset) -> Json:
        return {
            "id": asset.id,
            "url": self.signed(asset),
            "mimeType": "image/png",
            "kind": "image",
            "source": "txt2img",
            "status": "error" if asset.id in self.spoilt else self.asset_status,
            "privacy": "private",
            "metadata": {"kind": "image", "type": "inference-txt2img"},
            "properties": {"width": 64, "height": 64, "size": len(asset.content)},
            "tags": [],
            "collectionIds": [],
            "editCapabilities": [],
            "ownerId": "proj_x",
            "authorId": "apiu_x",
            "description": asset.description,
            "automaticCaptioning": asset.automatic,
            **({"nsfw": ["nudity"]} if self.nsfw or asset.id in self.marked else {}),
            "createdAt": asset.created_at,
            "updatedAt": asset.created_at,
        }

    def signed(self, asset: Asset) -> str:
        """Return a signed link to a picture, as the CDN's look."""
        name = f"assets-transform/{asset.id}"
        signature = self.link(name, content=asset.content, content_type="image/png").rpartition("=")[2]
        self.signatures[name] = signature
        return f"{self.files_url}/f/{name}?Policy=eyJ9&Signature={signature}&Key-Pair-Id=K1"

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name in self.signatures and not request.headers.get("Authorization"):
            said = dict(request.query)
            if said.get("Signature") != self.signatures[name] or said.get("Policy") != "eyJ9":
                return web.Response(status=403, text="<Error>AccessDenied</Error>", content_type="application/xml")
        return await super()._file(request)

    # --- uploads

    def _upload(self, request: web.Request) -> Upload:
        upload = self.uploads.get(request.match_info["id"])
        if upload is None:
            raise Refusal(404, f"Upload {request.match_info['id']} not found")
        return upload

    async def create_upload(self, request: web.Request) -> web.Response:
        self._query(request, "dryRun")
        body = await self._body(request, "fileName", "contentType", "kind", "parts", "fileSize", "assetOptions")
        for name in ("fileName", "contentType", "kind", "parts", "fileSize"):
            if not body.get(name):
                raise Refusal(400, f"Input {name} is required")
        upload = Upload(self._id("upload"), body["fileName"], body["fileSize"])
        self.uploads[upload.id] = upload
        parts = [
            {"number": n, "url": self.link(f"uploads/{upload.id}/{n}"), "expires": self._date()}
            for n in range(1, int(body["parts"]) + 1)
        ]
        return web.json_response({"upload": self._say_upload(upload) | {"parts": parts}})

    async def upload_action(self, request: web.Request) -> web.Response:
        self._query(request)
        upload = self._upload(request)
        if (await self._body(request, "action")).get("action") != "complete":
            raise Refusal(400, "Input action must be one of complete")
        upload.status = "validating"
        return web.json_response({"upload": self._say_upload(upload)})

    async def get_upload(self, request: web.Request) -> web.Response:
        self._query(request)
        upload = self._upload(request)
        said = self._say_upload(upload)
        if upload.status == "validating":
            self._import(upload)
        return web.json_response({"upload": said})

    def _import(self, upload: Upload) -> None:
        places = [name for name in self.files if name.startswith(f"uploads/{upload.id}/")]
        content = b"".join(self.content(place) or b"" for place in places)
        if self.imports_fail or len(content) != upload.size or not is_picture(content):
            upload.status = "failed"
            return
        upload.status, upload.asset_id = "imported", self._keep(upload.name, content).id

    def _say_upload(self, upload: Upload) -> Json:
        failed = {"errorMessage": "Invalid file"} if upload.status == "failed" else {}
        frame = {"kind": "image", "source": "multipart", "fileName": upload.name, "config": {}, "ownerId": "proj_x"}
        dates = {"authorId": "apiu_x", "createdAt": self._date(), "updatedAt": self._date()}
        return {"id": upload.id, "status": upload.status, "entityId": upload.asset_id, **frame, **dates, **failed}

    # --- odds and ends

    def _page(self, request: web.Request, rows: list[Json], name: str, *, default: int, most: int) -> web.Response:
        size = int(request.query.get("pageSize", default))
        if not 1 <= size <= most:
            raise Refusal(400, f"Input pageSize must be at most {most}")
        filters = "&".join(f"{k}={v}" for k, v in sorted(request.query.items()) if k != "paginationToken")
        start = 0
        if token := request.query.get("paginationToken"):
            said, _, place = (_unpacked(token) or b"").decode().rpartition("|")
            if said != filters:
                raise Refusal(400, "Invalid paginationToken")
            start = int(place)
        end = start + size
        more = base64.b64encode(f"{filters}|{end}".encode()).decode()
        return web.json_response(
            {name: rows[start:end], **({"nextPaginationToken": more} if end < len(rows) else {})}
        )

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers):024d}"

    def _date(self) -> str:
        moment = datetime.fromtimestamp(self.now(), UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _model_frame(model_id: str, name: str, kind: str, *, status: str, created: str, updated: str) -> Json:
    return {
        "id": model_id,
        "name": name,
        "type": kind,
        "status": status,
        "privacy": "private",
        "source": "scenario",
        "custom": False,
        "capabilities": ["txt2img", "img2img"],
        "tags": [],
        "collectionIds": [],
        "exampleAssetIds": [],
        "ownerId": "proj_x",
        "authorId": "apiu_x",
        "createdAt": created,
        "updatedAt": updated,
    }


def _unpacked(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


if __name__ == "__main__":
    main(Scenario)
