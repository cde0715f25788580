"""A stand-in for Replicate on loopback: https://replicate.com/docs/reference/http."""

import base64
import hashlib
import hmac
import io
import itertools
import json
import re
import tarfile
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import yarl
from aiohttp import web

from tests.providers.faults import Fault
from tests.providers.replicate_inputs import FAST_TRAINER, LORA, STANDARD_TRAINER, Properties, Wrong, faults, schema
from tests.providers.standin import StandIn, StoredFile, drawing, is_picture, lora_file, main

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OWNER = "alice"
STANDARD = "ostris/flux-dev-lora-trainer"
FAST = "replicate/fast-flux-trainer"
OFFICIAL = "black-forest-labs/flux-schnell"
HARDWARE = [{"name": "CPU", "sku": "cpu"}, {"name": "Nvidia T4 GPU", "sku": "gpu-t4"}]
FILE_SECONDS = 24 * 3600.0
RESULT_SECONDS = 3600.0
LARGEST_DATA_URL = 256 * 1024
MODEL_FIELDS = frozenset(
    "owner name visibility hardware description github_url paper_url license_url cover_image_url".split()
)
ORDER_FIELDS = frozenset("destination input webhook webhook_completed webhook_events_filter".split())
DRAW_FIELDS = frozenset("version input webhook webhook_completed webhook_events_filter stream".split())
EVENTS = ("start", "output", "logs", "completed")
NSFW = "NSFW content detected. Try running it again, or try a different prompt."
ENDED = ("succeeded", "failed", "canceled", "aborted")

NO_CREDIT = Fault(
    status=402,
    body='{"title":"Insufficient credit","detail":"You have insufficient credit to run this model. Go to '
    'https://replicate.com/account/billing#billing to purchase credit.","status":402}',
)
THROTTLED = Fault(status=429, body='{"detail":"Request was throttled. Your rate limit resets in ~30s."}', headers={})
THROTTLED_BODY = Fault(status=429, body='{"detail":"Request was throttled.","status":429,"retry_after":10}')
LOW_BALANCE = Fault(
    status=429,
    body='{"title":"Too many requests","detail":"Request was throttled. Your rate limit for creating predictions is '
    "reduced to 6 requests per minute with a burst of 1 requests while you have less than $5.0 in credit. Your rate "
    'limit resets in ~9s.","status":429}',
)


@dataclass
class Version:
    """A version of a model; its schema tells the inputs that it takes."""

    id: str
    created_at: str
    openapi_schema: dict[str, Any]
    cog_version: str = "0.16.9"


@dataclass
class Model:
    """A model: a trainer, a ready one, or one that trainings go to."""

    owner: str
    name: str
    visibility: str = "public"
    hardware: str = "gpu-t4"
    description: str | None = None
    is_official: bool = False
    trains: Properties | None = None
    versions: list[Version] = field(default_factory=list)


@dataclass
class Upload:
    """A file of the files API."""

    id: str
    name: str
    content: bytes
    content_type: str
    metadata: dict[str, Any]
    created_at: float


@dataclass
class Work:
    """A training or a prediction."""

    id: str
    kind: str  # trainings or predictions
    model: str
    version: str
    input: dict[str, Any]
    created_at: float
    destination: str = ""
    webhook: str | None = None
    events: Sequence[str] = ("output", "completed")
    status: str = "starting"
    stage: int = 0
    logs: str = ""
    error: str | None = None
    output: Any = None
    started_at: float | None = None
    completed_at: float | None = None
    deadline: float | None = None


class ReplicateStandIn(StandIn):
    """Replicate, as documented and as seen by its clients; see each switch below."""

    name = "replicate"
    key = "r8_StandInKeyThatOpensNothingAnywhere00"

    def settings(self) -> dict[str, Any]:
        return {"replicate_token": self.key, "replicate_url": self.base_url}

    def routes(self) -> None:
        self.strict = True  # names that are not documented are refused; the real one is not known to
        self.link_seconds = RESULT_SECONDS
        self.page_size = 100
        self.odd_status = ""  # the next look tells this, and nothing moves on
        self.aborts = False  # waiting work is dropped at the next look
        self.nsfw = 0  # pictures that the safety checker takes from each drawing
        self.file_status = 200  # what the file server answers to everything
        self.refuses_late_cancel = True  # stopping what is over: a refusal, or no matter
        self.archive: bytes | None = None  # given as weights instead of the proper tar
        self.secret = "whsec_" + base64.b64encode(b"a secret of twenty-four b").decode()
        self.models = {STANDARD: _trainer(STANDARD, STANDARD_TRAINER), FAST: _trainer(FAST, FAST_TRAINER)}
        self.models[OFFICIAL] = Model(
            "black-forest-labs", "flux-schnell", is_official=True, versions=[_version(OFFICIAL, LORA)]
        )
        self.uploads: dict[str, Upload] = {}
        self.work: dict[str, Work] = {}
        self.deliveries: list[tuple[str, str, int]] = []  # webhook-id, event, the status it was answered with
        self._ids = itertools.count(1)

        self.api.middlewares.append(self._authorise)
        add = self.api.router.add_route
        add("GET", "/v1/account", self.account)
        add("GET", "/v1/hardware", self.hardware)
        add("GET", "/v1/webhooks/default/secret", self.signing_secret)
        add("POST", "/v1/models", self.create_model)
        add("GET", "/v1/models/{owner}/{name}", self.get_model)
        add("DELETE", "/v1/models/{owner}/{name}", self.delete_model)
        add("GET", "/v1/models/{owner}/{name}/versions", self.list_versions)
        add("GET", "/v1/models/{owner}/{name}/versions/{version}", self.get_version)
        add("DELETE", "/v1/models/{owner}/{name}/versions/{version}", self.delete_version)
        add("POST", "/v1/models/{owner}/{name}/versions/{version}/trainings", self.create_training)
        add("POST", "/v1/models/{owner}/{name}/predictions", self.create_official)
        add("POST", "/v1/predictions", self.create_prediction)
        add("POST", "/v1/files", self.create_file)
        add("GET", "/v1/files", self.list_files)
        add("GET", "/v1/files/{id}", self.get_file)
        add("GET", "/v1/results/{name:.+}", self.own_result)
        add("DELETE", "/v1/files/{id}", self.delete_file)
        for kind in ("trainings", "predictions"):
            add("GET", f"/v1/{kind}", self.list_work)
            add("GET", f"/v1/{kind}/{{id}}", self.get_work)
            add("POST", f"/v1/{kind}/{{id}}/cancel", self.cancel_work)

    @property
    def paid(self) -> list[str]:
        """Return the names of the files of all trainings that were ordered, without `.zip`."""
        ordered = [work for work in self.work.values() if work.kind == "trainings"]
        files = [self._upload_at(work.input.get("input_images")) for work in ordered]
        return [file.name.removesuffix(".zip") if file else "" for file in files]

    # --- who asks, and errors

    @web.middleware
    async def _authorise(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization")
        if given is None:
            return problem(401, "Unauthenticated", "You did not pass an authentication token")
        if given not in (f"Bearer {self.key}", f"Token {self.key}"):
            return problem(401, "Unauthenticated", "You did not pass a valid authentication token")
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return not_found()

    # --- account

    async def account(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"type": "user", "username": OWNER, "name": "Alice", "github_url": "https://github.com/alice"}
        )

    async def hardware(self, _: web.Request) -> web.Response:
        return web.json_response(HARDWARE)

    async def signing_secret(self, _: web.Request) -> web.Response:
        return web.json_response({"key": self.secret})

    # --- models

    async def create_model(self, request: web.Request) -> web.Response:
        body = await _object(request)
        if body is None:
            return problem(400, "Bad request", "The body is no JSON object")
        wrong = [Wrong(name, f"{name} is required") for name in _MODEL_NEEDS if not isinstance(body.get(name), str)]
        if self.strict:
            wrong += [Wrong(name, "Unknown field") for name in body if name not in MODEL_FIELDS]
        if not wrong and body["visibility"] not in ("public", "private"):
            wrong.append(Wrong("visibility", "Must be public or private"))
        if not wrong and body["hardware"] not in {entry["sku"] for entry in HARDWARE}:
            wrong.append(Wrong("hardware", "There is no such hardware"))
        if not wrong and not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", body["name"]):
            wrong.append(Wrong("name", "Must be lower case"))
        if wrong:
            return invalid(wrong)
        if body["owner"] != OWNER:
            return problem(403, "Forbidden", "You may not create models for that owner")
        key = f"{OWNER}/{body['name']}"
        if key in self.models:
            return problem(409, "Conflict", "A model with that name and owner already exists")
        made = Model(OWNER, body["name"], body["visibility"], body["hardware"], body.get("description"))
        self.models[key] = made
        return web.json_response(self._model(made), status=201)

    async def get_model(self, request: web.Request) -> web.Response:
        return web.json_response(self._model(self._model_of(request)))

    async def delete_model(self, request: web.Request) -> web.Response:
        model = self._model_of(request)
        if model.owner != OWNER or model.visibility != "private":
            return problem(403, "Forbidden", "Only private models of your own can be deleted")
        if model.versions:
            return problem(409, "Conflict", "The model still has versions")
        del self.models[f"{model.owner}/{model.name}"]
        return web.Response(status=204)

    async def list_versions(self, request: web.Request) -> web.Response:
        return self._page(request, [vars(version) for version in reversed(self._model_of(request).versions)])

    async def get_version(self, request: web.Request) -> web.Response:
        return web.json_response(vars(self._version_of(request)))

    async def delete_version(self, request: web.Request) -> web.Response:
        model, version = self._model_of(request), self._version_of(request)
        if model.owner != OWNER or model.visibility != "private":
            return problem(403, "Forbidden", "Only versions of your own private models can be deleted")
        if any(work.kind == "trainings" and work.version == version.id for work in self.work.values()):
            return problem(409, "Conflict", "The version was trained on")
        model.versions.remove(version)
        return web.Response(status=202)

    # --- files

    async def create_file(self, request: web.Request) -> web.Response:
        parts = _parts(request.headers.get("Content-Type", ""), await request.read())
        if "content" not in parts or not parts["content"].content:
            return invalid([Wrong("content", "content is required")])
        if self.strict and (unknown := set(parts) - {"content", "type", "filename", "metadata"}):
            return invalid([Wrong(name, "Unknown part") for name in sorted(unknown)])
        sent = parts["content"]
        name = parts["filename"].content.decode() if "filename" in parts else sent.filename
        if not name or len(name.encode()) > 255:
            return invalid([Wrong("filename", "Must have 1 to 255 bytes")])
        try:
            metadata = json.loads(parts["metadata"].content) if "metadata" in parts else {}
        except ValueError:
            return invalid([Wrong("metadata", "Must be JSON")])
        upload = Upload(self._id(), name, sent.content, sent.content_type, metadata, self.now())
        self.uploads[upload.id] = upload
        return web.json_response(self._file_object(upload), status=201)

    async def list_files(self, request: web.Request) -> web.Response:
        alive = [self._file_object(upload) for upload in reversed(self.uploads.values()) if self._is_alive(upload)]
        return self._page(request, alive)

    async def own_result(self, request: web.Request) -> web.Response:
        """Give a result at the API's own origin, as no page shows one: there, it takes the key."""
        stored = self.files.get(request.match_info["name"])
        if stored is None or self.now() > stored.ends_at:
            raise web.HTTPNotFound
        return web.Response(body=stored.content)

    async def get_file(self, request: web.Request) -> web.Response:
        return web.json_response(self._file_object(self._upload_of(request)))

    async def delete_file(self, request: web.Request) -> web.Response:
        del self.uploads[self._upload_of(request).id]
        return web.Response(status=204)

    # --- trainings and predictions

    async def create_training(self, request: web.Request) -> web.Response:
        model, version = self._model_of(request), self._version_of(request)
        if model.trains is None:
            return not_found()
        body = await _object(request)
        if body is None:
            return problem(400, "Bad request", "The body is no JSON object")
        wrong = self._envelope(body, ORDER_FIELDS)
        destination = body.get("destination")
        if not isinstance(destination, str) or not re.fullmatch(r"[\w.-]+/[\w.-]+", destination):
            wrong.append(Wrong("destination", "Must be owner/name"))
        elif destination not in self.models:
            return problem(404, "Not found", "The specified training destination does not exist")
        elif not destination.startswith(f"{OWNER}/"):
            return problem(403, "Forbidden", "The training destination is not yours")
        wrong += faults(body.get("input"), model.trains, required=(), strict=self.strict)
        if wrong:
            return invalid(wrong)
        work = Work(
            id=self._id(),
            kind="trainings",
            model=f"{model.owner}/{model.name}",
            version=version.id,
            input=body["input"],
            created_at=self.now(),
            destination=str(destination),
        )
        _listen(work, body)
        self.work[work.id] = work
        told = self._object(work)
        # The documented answer names the wrong place: whoever follows it finds nothing.
        told["urls"] = {**told["urls"], "get": f"{self.base_url}/v1/predictions/{work.id}"}
        return web.json_response(told, status=201)

    async def create_official(self, request: web.Request) -> web.Response:
        model = self._model_of(request)
        if not model.is_official:
            return not_found()
        return await self._predict(request, version=f"{model.owner}/{model.name}")

    async def create_prediction(self, request: web.Request) -> web.Response:
        return await self._predict(request, version=None)

    async def _predict(self, request: web.Request, *, version: str | None) -> web.Response:
        body = await _object(request)
        if body is None:
            return problem(400, "Bad request", "The body is no JSON object")
        wrong = self._envelope(body, DRAW_FIELDS)
        found = self._runnable(body.get("version") if version is None else version)
        given = body.get("input")
        if found is None:
            wrong.append(Wrong("version", "Does not exist, or may not be run"))
        wrong += faults(given, LORA, required=("prompt",), strict=self.strict)
        if self.strict and isinstance(given, dict) and given.get("aspect_ratio") != "custom":
            wrong += [Wrong(f"input.{side}", "Only with custom") for side in ("width", "height") if side in given]
        if (
            isinstance(given, dict)
            and given.get("image") is not None
            and not is_picture(self._fetched(given["image"]))
        ):
            wrong.append(Wrong("input.image", "Is no picture that can be fetched"))
        waits = re.fullmatch(r"wait(?:=(\d+))?", request.headers.get("Prefer", "wait=1"))
        cancel_after = re.fullmatch(r"(\d+)([smh]?)", request.headers.get("Cancel-After", "0"))
        if not waits or not 1 <= int(waits[1] or 60) <= 60 or not cancel_after:
            return problem(400, "Bad request", "Prefer or Cancel-After can't be read")
        if wrong or found is None:
            return invalid(wrong)
        key, known = found
        work = Work(self._id(), "predictions", key, known.id, body["input"], self.now())
        if "Cancel-After" in request.headers:
            work.deadline = self.now() + int(cancel_after[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[cancel_after[2]]
        _listen(work, body)
        self.work[work.id] = work
        status = 201
        if "Prefer" in request.headers:
            for _ in range(3):
                await self._move_on(work)
            status = 201 if work.status in ENDED else 202
        return web.json_response(self._object(work), status=status)

    async def list_work(self, request: web.Request) -> web.Response:
        kind = request.path.rpartition("/")[2]
        entries = [self._object(work) for work in reversed(self.work.values()) if work.kind == kind]
        for entry in entries:
            del entry["logs"]
        return self._page(request, entries)

    async def get_work(self, request: web.Request) -> web.Response:
        work = self._work_of(request)
        if self.odd_status:
            told = {**self._object(work), "status": self.odd_status}
            self.odd_status = ""
            return web.json_response(told)
        await self._move_on(work)
        return web.json_response(self._object(work))

    async def cancel_work(self, request: web.Request) -> web.Response:
        work = self._work_of(request)
        if work.status in ENDED and self.refuses_late_cancel:
            return problem(400, "Bad request", "It has ended already")
        if work.status not in ENDED:
            await self._end(work, "canceled")
        return web.json_response(self._object(work))

    # --- how work goes on

    async def _move_on(self, work: Work) -> None:
        """Take work one stage on."""
        if work.status in ENDED:
            return None
        if self.aborts or (work.deadline is not None and self.now() > work.deadline and work.status == "starting"):
            return await self._end(work, "aborted")
        if self.fails:
            return await self._end(work, "failed", error="CUDA out of memory. Tried to allocate 2.00 GiB")
        if self.held:
            return None
        if work.status == "starting":
            work.status, work.started_at = "processing", self.now()
            await self._tell(work, "start")
        work.stage += 1
        if work.kind == "trainings":
            return await self._train(work)
        return await self._draw(work)

    async def _train(self, work: Work) -> None:
        steps = int(work.input.get("steps", work.input.get("training_steps", 1000)))
        if work.stage == 1:
            failure, captions = _unpack(self._fetched(work.input.get("input_images")))
            if failure:
                return await self._end(work, "failed", error=failure)
            work.logs = (
                f"Downloading weights: 100%|██████████| 23/23 [00:09<00:00,  2.41it/s]\nCaptioning {captions}\n"
            )
            work.logs += f"captions: 100%|██████████| {captions}/{captions} [00:04<00:00,  1.10it/s]\n"
        elif work.stage <= 3:
            done = steps * (work.stage - 1) // 4
            work.logs += f"flux_train_replicate:   0%|          | 0/{steps} [00:00<?, ?it/s]\r"
            work.logs += (
                f"flux_train_replicate:  25%|██▌       | {done}/{steps} [01:23<11:07, 1.35it/s, lr: 4.0e-04]\r"
            )
        else:
            return await self._trained(work, steps)
        await self._tell(work, "logs")
        return None

    async def _trained(self, work: Work, steps: int) -> None:
        work.logs += f"flux_train_replicate: 100%|██████████| {steps}/{steps} [12:21<00:00, 1.35it/s]\n"
        version = _version(work.id, LORA, created_at=_iso(self.now()))
        self.models[work.destination].versions.append(version)
        archive = _weights(work.model) if self.archive is None else self.archive
        link = self.link(f"{work.id}/trained_model.tar", content=archive, content_type="application/x-tar")
        work.output = {"version": f"{work.destination}:{version.id}", "weights": link}
        await self._tell(work, "output")
        await self._end(work, "succeeded")

    async def _draw(self, work: Work) -> None:
        if work.stage == 1:
            return
        asked = work.input
        count = int(asked.get("num_outputs", 1))
        kept = count - min(self.nsfw, count)
        if not kept:
            await self._end(work, "failed", error=NSFW)
            return
        sides = [int(asked.get(side, 1024)) // 16 * 16 for side in ("width", "height")]
        kind = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[asked.get("output_format", "webp")]
        work.output = [
            self.link(
                f"{work.id}/out-{number}.{asked.get('output_format', 'webp')}",
                content=drawing(int(asked.get("seed", 0)) + number, width=sides[0], height=sides[1], kind=kind),
            )
            for number in range(kept)
        ]
        await self._tell(work, "output")
        await self._end(work, "succeeded")

    async def _end(self, work: Work, status: str, *, error: str | None = None) -> None:
        work.status, work.error, work.completed_at = status, error, self.now()
        await self._tell(work, "completed")

    # --- webhooks

    async def _tell(self, work: Work, event: str) -> None:
        """Deliver an event, again under the same id when it was not taken; only ever to this machine."""
        if work.webhook is None or event not in work.events or yarl.URL(work.webhook).host != "127.0.0.1":
            return
        body = json.dumps(self._object(work)).encode()
        delivery, timestamp = f"msg_{self._id()}", str(int(self.now()))
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signature = hmac.new(key, f"{delivery}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": delivery,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
        }
        async with aiohttp.ClientSession() as session:
            for _ in range(3):
                async with session.post(work.webhook, data=body, headers=headers, allow_redirects=False) as answer:
                    self.deliveries.append((delivery, event, answer.status))
                    if 200 <= answer.status < 300:
                        return

    # --- what is told

    def _object(self, work: Work) -> dict[str, Any]:
        is_removed = (
            work.kind == "predictions"
            and work.completed_at is not None
            and self.now() - work.completed_at > RESULT_SECONDS
        )
        told: dict[str, Any] = {
            "id": work.id,
            "model": work.model,
            "version": work.version,
            "input": {} if is_removed else work.input,
            "output": None if is_removed else work.output,
            "logs": "" if is_removed else work.logs,
            "error": work.error,
            "status": work.status,
            "source": "api",
            "created_at": _iso(work.created_at, nanoseconds="084"),
            "data_removed": is_removed,
            "urls": {
                "web": f"https://replicate.com/p/{work.id}",
                "get": f"{self.base_url}/v1/{work.kind}/{work.id}",
                "cancel": f"{self.base_url}/v1/{work.kind}/{work.id}/cancel",
            },
        }
        if work.started_at is not None:
            told["started_at"] = _iso(work.started_at)
        if work.completed_at is not None:
            told["completed_at"] = _iso(work.completed_at, nanoseconds="123")
            if work.started_at is not None:
                told["metrics"] = {"predict_time": 502.7, "total_time": 510.1}
        return told

    def _model(self, model: Model) -> dict[str, Any]:
        return {
            "url": f"https://replicate.com/{model.owner}/{model.name}",
            "owner": model.owner,
            "name": model.name,
            "description": model.description,
            "visibility": model.visibility,
            "is_official": model.is_official,
            "github_url": None,
            "paper_url": None,
            "license_url": None,
            "run_count": 0,
            "cover_image_url": None,
            "default_example": None,
            "latest_version": vars(model.versions[-1]) if model.versions else None,
        }

    def _file_object(self, upload: Upload) -> dict[str, Any]:
        digest = hashlib.sha256(upload.content).hexdigest()
        return {
            "id": upload.id,
            "name": upload.name,
            "content_type": upload.content_type,
            "size": len(upload.content),
            "etag": digest[:32],
            "checksums": {"sha256": digest},
            "metadata": upload.metadata,
            "created_at": _iso(upload.created_at),
            "expires_at": _iso(upload.created_at + FILE_SECONDS),
            "urls": {"get": f"{self.base_url}/v1/files/{upload.id}"},
        }

    def _page(self, request: web.Request, entries: Sequence[Mapping[str, Any]]) -> web.Response:
        try:
            start = int(base64.urlsafe_b64decode(request.query.get("cursor", "MA==")))
        except ValueError:
            return problem(400, "Bad request", "The cursor can't be read")

        def link(place: int) -> str:
            cursor = base64.urlsafe_b64encode(str(place).encode()).decode()
            return str(yarl.URL(self.base_url + request.path).with_query(cursor=cursor))

        end = start + self.page_size
        return web.json_response(
            {
                "next": link(end) if end < len(entries) else None,
                "previous": link(max(0, start - self.page_size)) if start else None,
                "results": list(entries[start:end]),
            }
        )

    # --- what a request names

    def _model_of(self, request: web.Request) -> Model:
        found = self.models.get(f"{request.match_info['owner']}/{request.match_info['name']}")
        if found is None:
            raise web.HTTPNotFound
        return found

    def _version_of(self, request: web.Request) -> Version:
        for version in self._model_of(request).versions:
            if version.id == request.match_info["version"]:
                return version
        raise web.HTTPNotFound

    def _work_of(self, request: web.Request) -> Work:
        work = self.work.get(request.match_info["id"])
        if work is None or work.kind != request.path.split("/")[2]:
            raise web.HTTPNotFound
        return work

    def _upload_of(self, request: web.Request) -> Upload:
        upload = self.uploads.get(request.match_info["id"])
        if upload is None or not self._is_alive(upload):
            raise web.HTTPNotFound
        return upload

    def _is_alive(self, upload: Upload) -> bool:
        return self.now() < upload.created_at + FILE_SECONDS

    def _upload_at(self, link: object) -> Upload | None:
        start = f"{self.base_url}/v1/files/"
        return (
            self.uploads.get(link.removeprefix(start)) if isinstance(link, str) and link.startswith(start) else None
        )

    def _fetched(self, link: object) -> bytes | None:
        """Return what an input link leads to: a file of ours, a data URL, or a file of the file server."""
        upload = self._upload_at(link)
        if upload is not None:
            return upload.content if self._is_alive(upload) else b""
        if not isinstance(link, str):
            return None
        if link.startswith("data:") and len(link) <= LARGEST_DATA_URL:
            return base64.b64decode(link.partition(",")[2])
        return self.content(yarl.URL(link).path.removeprefix("/f/")) or b""

    def _runnable(self, spelled: object) -> tuple[str, Version] | None:
        """Return the model and version that a prediction names in one of three ways."""
        if not isinstance(spelled, str):
            return None
        key, _, wanted = spelled.rpartition(":")
        if not key and spelled in self.models:
            model = self.models[spelled]
            return (spelled, model.versions[-1]) if model.is_official else None
        for name, model in self.models.items():
            for version in model.versions:
                if version.id == wanted and key in ("", name) and model.trains is None:
                    return name, version
        return None

    def _envelope(self, body: Mapping[str, Any], known: frozenset[str]) -> list[Wrong]:
        wrong = [Wrong(name, "Unknown field") for name in body if self.strict and name not in known]
        hook = body.get("webhook", body.get("webhook_completed"))
        if hook is not None and not (isinstance(hook, str) and hook.startswith(("https://", "http://127.0.0.1:"))):
            wrong.append(Wrong("webhook", "Must be an HTTPS URL"))
        events = body.get("webhook_events_filter")
        if events is not None and (not isinstance(events, list) or set(events) - set(EVENTS)):
            wrong.append(Wrong("webhook_events_filter", f"Must be some of {', '.join(EVENTS)}"))
        return wrong

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """Give a result; one that is dropped is nowhere."""
        if self.file_status != 200:
            return web.Response(status=self.file_status)
        stored: StoredFile | None = self.files.get(request.match_info["name"])
        if stored is not None and self.now() > stored.ends_at:
            return web.Response(status=404, text="Not found")
        return await super()._file(request)

    def _id(self) -> str:
        """Return 26 characters of the alphabet that ids are made of."""
        digest = hashlib.sha256(f"work {next(self._ids)}".encode()).digest()
        return base64.b32encode(digest).decode().lower()[:26]


_MODEL_NEEDS = ("owner", "name", "visibility", "hardware")


@dataclass(frozen=True, slots=True)
class _Part:
    filename: str
    content_type: str
    content: bytes


def problem(status: int, title: str, detail: str, **more: object) -> web.Response:
    """Return a problem report: https://www.rfc-editor.org/rfc/rfc7807."""
    body = {"title": title, "detail": detail, "status": status, **more}
    return web.json_response(body, status=status, content_type="application/problem+json")


def not_found() -> web.Response:
    """Return what is said of everything that is not there."""
    return problem(404, "Not found", "The requested resource could not be found.")


def invalid(wrong: Sequence[Wrong]) -> web.Response:
    """Return the report on fields that are wrong."""
    lines = "".join(f"- {entry.field.replace('input.', 'input: ')}: {entry.description}\n" for entry in wrong)
    fields = [{"type": "invalid", "field": entry.field, "description": entry.description} for entry in wrong]
    return problem(422, "Input validation failed", lines, invalid_fields=fields)


async def _object(request: web.Request) -> dict[str, Any] | None:
    try:
        body = json.loads(await request.read())
    except ValueError:
        return None
    return body if isinstance(body, dict) and request.content_type == "application/json" else None


def _parts(content_type: str, body: bytes) -> dict[str, _Part]:
    """Return the parts of a multipart/form-data body by name."""
    boundary = re.search(r'multipart/form-data;.*boundary="?([^";]+)', content_type)
    found: dict[str, _Part] = {}
    for piece in body.split(b"--" + boundary[1].encode())[1:-1] if boundary else ():
        head, _, content = piece.partition(b"\r\n\r\n")
        text = head.decode("utf-8", "replace")
        name = re.search(r'(?:^|[ ;])name="([^"]*)"', text)
        file = re.search(r'filename="([^"]*)"', text)
        kind = re.search(r"content-type: *(\S+)", text, re.IGNORECASE)
        if name:
            found[name[1]] = _Part(file[1] if file else "", kind[1] if kind else "", content.removesuffix(b"\r\n"))
    return found


def _listen(work: Work, body: Mapping[str, Any]) -> None:
    """Note where events go, and which."""
    work.webhook = body.get("webhook", body.get("webhook_completed"))
    if "webhook" not in body and "webhook_completed" in body:
        work.events = ("completed",)
    work.events = body.get("webhook_events_filter", work.events)


def _unpack(content: bytes | None) -> tuple[str, int]:
    """Return the trainer's words about what it was given to train on, empty when it is fine, and how many images."""
    if content is None:
        return "input_images must be provided", 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name for name in archive.namelist() if not re.search(r"(^|/)(__MACOSX/|\._)", name)]
            images = [name for name in names if is_picture(archive.read(name))]
    except zipfile.BadZipFile:
        return "input_images must be a zip file", 0
    return ("" if images else "No images found in the zip"), len(images)


def _weights(trainer: str) -> bytes:
    """Return what a trainer leaves behind."""
    file = io.BytesIO()
    folder = "output/flux_train_replicate"
    entries = {"flux-lora.safetensors": lora_file(), "config.yaml": b"job: extension\n"}
    if trainer == STANDARD:
        entries = {
            f"{folder}/lora.safetensors": lora_file(),
            f"{folder}/config.yaml": b"job: extension\n",
            f"{folder}/captions/0001.txt": b"a caption",
        }
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, content in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def _trainer(key: str, properties: Properties) -> Model:
    owner, name = key.split("/")
    version = _version(key, LORA)
    version.openapi_schema = schema("TrainingInput", properties, ["input_images"])
    return Model(owner, name, trains=properties, versions=[version])


def _version(seed: str, properties: Properties, *, created_at: str = "2026-11-01T09:00:00.000000Z") -> Version:
    return Version(hashlib.sha256(seed.encode()).hexdigest(), created_at, schema("Input", properties, ["prompt"]))


def _iso(seconds: float, *, nanoseconds: str = "") -> str:
    """Return a time as Replicate writes it, sometimes to the nanosecond."""
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return f"{time:%Y-%m-%dT%H:%M:%S.%f}{nanoseconds}Z"


if __name__ == "__main__":
    main(ReplicateStandIn)
