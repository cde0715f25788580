"""A stand-in for fal: its queue and its file server, as strict as the real ones."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from aiohttp import web

from tests.providers.standin import StandIn, StoredFile, drawing, is_picture, lora_file, main

FOR_EVER = 1e12
TOKEN_SECONDS = 3600.0

USER = "user-1"

# https://docs.fal.ai/model-apis/errors: the platform's error types and their statuses
PLATFORM = {
    "request_timeout": 504,
    "startup_timeout": 504,
    "runner_scheduling_failure": 503,
    "runner_connection_timeout": 503,
    "runner_disconnected": 503,
    "runner_connection_refused": 503,
    "runner_connection_error": 503,
    "runner_incomplete_response": 502,
    "runner_server_error": 500,
    "client_disconnected": 499,
    "client_cancelled": 499,
    "bad_request": 400,
    "internal_error": 500,
}
Check = Callable[[object], bool]


def text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def flag(value: object) -> bool:
    return isinstance(value, bool)


def whole(low: int, high: int) -> Check:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def number(low: float, high: float) -> Check:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def size(value: object) -> bool:
    if isinstance(value, dict):
        return set(value) == {"width", "height"} and all(whole(64, 14_142)(side) for side in value.values())
    return value in {"square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"}


def loras(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(lora, dict)
        and set(lora) <= {"path", "scale"}
        and text(lora.get("path"))
        and number(0, 4)(lora.get("scale", 1))
        for lora in value
    )


@dataclass(frozen=True)
class Endpoint:
    """What an endpoint takes: the fields it cannot do without, and the rule for each that it knows."""

    required: Sequence[str]
    rules: Mapping[str, Check]


TRAINER, GENERATOR = "fal-ai/flux-lora-fast-training", "fal-ai/flux-lora"
REDRAWER = f"{GENERATOR}/image-to-image"
DRAWS: Mapping[str, Check] = {
    "prompt": text,
    "loras": loras,
    "image_size": size,
    "num_inference_steps": whole(1, 50),
    "guidance_scale": number(0, 35),
    "seed": whole(0, 2**32 - 1),
    "num_images": whole(1, 4),
    "output_format": lambda value: value in ("jpeg", "png"),
    "enable_safety_checker": flag,
    "sync_mode": flag,
}
ENDPOINTS = {
    TRAINER: Endpoint(
        required=["images_data_url"],
        rules={
            "images_data_url": text,
            "trigger_word": lambda value: value is None or text(value),
            "create_masks": flag,
            "steps": whole(1, 10_000),
            "is_style": flag,
            "is_input_format_already_preprocessed": flag,
            "data_archive_format": lambda value: value is None or text(value),
        },
    ),
    GENERATOR: Endpoint(required=["prompt"], rules=DRAWS),
    REDRAWER: Endpoint(
        required=["prompt", "image_url"],
        rules={**DRAWS, "image_url": text, "strength": number(0, 1)},
    ),
}


@dataclass
class Job:
    """One request in the queue."""

    id: str
    endpoint: str
    input: dict[str, Any]
    looks: int = 0
    logs: list[dict[str, str]] = field(default_factory=list)
    result: dict[str, Any] | None = None
    problem: tuple[int, dict[str, Any]] | None = None  # status and body of the result
    error: str = ""
    error_type: str = ""

    @property
    def is_over(self) -> bool:
        return self.result is not None or self.problem is not None

    @property
    def alias(self) -> str:
        return "/".join(self.endpoint.split("/")[:2])


class FalStandIn(StandIn):
    """Takes orders as fal does; `standin.trainings` are the names of the zip files whose training it bills."""

    name: ClassVar[str] = "fal"
    key: ClassVar[str] = "key-id-1:fal-secret-9f2c"

    def __init__(self, *, port: int = 0, files_port: int = 0) -> None:
        self.strict = True  # refuse fields that the endpoint does not know; the real one may pass over them
        self.refuses_at_once = False  # say 422 at the order already, not only with its result
        self.failure = "image_load_error"  # what `fails` is about: a model's word, or one of PLATFORM
        self.says_error = False  # let the status of a model's failure tell that it is one, too
        self.odd_status = ""  # said instead of the documented ones
        self.is_prudish = False  # flags and blackens every picture
        self.blackens = 0  # so many pictures of each drawing, the first ones, even if it is not prudish
        self.loses = 0  # so many pictures of each drawing are not given
        self.foreign_links = ""  # another origin for the links of an accepted order
        self.jobs: dict[str, Job] = {}
        self.lifecycles: dict[str, Mapping[str, Any]] = {}
        self.announced: dict[str, str] = {}
        self.tokens: dict[str, float] = {}
        super().__init__(port=port, files_port=files_port)

    def settings(self) -> dict[str, Any]:
        return {"fal_key": self.key, "fal_queue_url": self.base_url, "fal_rest_url": self.base_url}

    def routes(self) -> None:
        self.api.router.add_post("/storage/upload/initiate", self._initiate)
        self.api.router.add_post("/storage/auth/token", self._token)
        self.api.router.add_get("/{owner}/{alias}/requests/{id}/status", self._status)
        self.api.router.add_get("/{owner}/{alias}/requests/{id}", self._result)
        self.api.router.add_put("/{owner}/{alias}/requests/{id}/cancel", self._cancel)
        self.api.router.add_route("*", "/{owner}/{alias}/{path:.+}/requests/{rest:.+}", self._too_long)
        self.api.router.add_post("/{endpoint:.+}", self._submit)
        self.file_server.router.add_post("/files/upload", self._upload)

    @property
    def trainings(self) -> list[str]:
        """Return the names of the trainings that are billed, by their zip files."""
        return [
            job.input["images_data_url"].rpartition("/")[2].removesuffix(".zip")
            for job in self.jobs.values()
            if job.endpoint == TRAINER
        ]

    def job(self) -> Job:
        """Return the youngest request."""
        return list(self.jobs.values())[-1]

    # --- storage

    async def _initiate(self, request: web.Request) -> web.Response:
        if not request.headers.get("Authorization"):
            return web.json_response({"detail": "Authorization header is required"}, status=401)
        if refused := self._refused(request):
            return refused
        body = await request.json()
        if not text(body.get("file_name")) or not text(body.get("content_type")):
            return problem("missing", "body", "file_name")
        if request.query.get("storage_type") not in ("gcs", "fal-cdn-v3"):
            return problem("value_error", "query", "storage_type")
        name = self._fresh(body["file_name"])
        upload_url = self.link(name)
        self.announced[name] = body["content_type"]
        self.lifecycles[name] = json.loads(request.headers.get("X-Fal-Object-Lifecycle-Preference", "{}"))
        return web.json_response({"upload_url": upload_url, "file_url": self._plain(name)})

    async def on_put(self, request: web.Request, stored: StoredFile) -> web.StreamResponse:
        """Take an upload of the content type that its signature is for; its lifecycle begins."""
        name = request.match_info["name"]
        if request.headers.get("Content-Type") != self.announced.get(name):
            body = "<Error>SignatureDoesNotMatch</Error>"
            return web.Response(status=403, text=body, content_type="application/xml")
        answer = await super().on_put(request, stored)
        stored.content_type = self.announced[name]
        seconds = self.lifecycles[name].get("expiration_duration_seconds")
        stored.ends_at = self.now() + seconds if seconds else FOR_EVER
        return answer

    async def _token(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        token = f"cdn-{next(self._numbers)}"
        self.tokens[token] = self.now() + TOKEN_SECONDS
        ends_at = datetime.fromtimestamp(self.tokens[token], UTC).isoformat()
        return web.json_response(
            {"token": token, "token_type": "Bearer", "base_url": self.files_url, "expires_at": ends_at}
        )

    async def _upload(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) < self.now():
            return web.json_response({"detail": "invalid or expired token"}, status=401)
        name = self._fresh(request.headers.get("X-Fal-File-Name", "upload.bin"))
        self.link(name, content=await request.read(), content_type=request.headers.get("Content-Type", ""))
        self.files[name].ends_at = FOR_EVER
        return web.json_response({"access_url": self._plain(name)})

    def _fresh(self, file_name: str) -> str:
        return f"files/{uuid.uuid4().hex}/{file_name}"

    def _plain(self, name: str) -> str:
        return f"{self.files_url}/f/{name}"

    def _made(self, file_name: str, content: bytes, content_type: str) -> dict[str, Any]:
        """Return what a result says of a file; its link works for `link_seconds`."""
        name = self._fresh(file_name)
        self.link(name, content=content, content_type=content_type)
        return {
            "url": self._plain(name),
            "content_type": content_type,
            "file_name": file_name,
            "file_size": len(content),
        }

    def _fetched(self, url: str) -> bytes | None:
        """Return the bytes behind a link that this server gave out, as its own machines would fetch them."""
        stored = self.files.get(url.removeprefix(f"{self.files_url}/f/"))
        return stored.content if stored and self.now() <= stored.ends_at else None

    # --- queue

    async def _submit(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        endpoint = request.match_info["endpoint"]
        if endpoint not in ENDPOINTS:
            return web.json_response({"detail": f'Application "{endpoint}" not found'}, status=404)
        try:
            order = await request.json()
        except ValueError:
            return problem("json_invalid", "body")
        if not isinstance(order, dict):
            return problem("dict_type", "body")
        wrong = self._wrong(endpoint, order)
        if wrong and self.refuses_at_once:
            return web.json_response(wrong, status=422)
        job = Job(str(uuid.uuid4()), endpoint, order)
        self.jobs[job.id] = job
        return web.json_response({"status": "IN_QUEUE", **self._links(job), "queue_position": 0})

    def _links(self, job: Job) -> dict[str, Any]:
        own = f"{self.foreign_links or self.base_url}/{job.alias}/requests/{job.id}"
        return {
            "request_id": job.id,
            "gateway_request_id": job.id,
            "response_url": own,
            "status_url": f"{own}/status",
            "cancel_url": f"{own}/cancel",
        }

    async def _status(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        job = self._job(request)
        if job is None:
            return web.json_response({"status": "NOT_FOUND"}, status=404)
        if not job.is_over:
            await self._move(job)
        links = self._links(job)
        said: dict[str, Any] = {"request_id": job.id, "response_url": links["response_url"]}
        logs = job.logs if request.query.get("logs") in ("1", "true") else None
        if self.odd_status:
            return web.json_response({"status": self.odd_status, **said, "logs": logs})
        if job.is_over:
            said |= {"status": "COMPLETED", "logs": logs, "metrics": {"inference_time": 312.4}}
            if job.error:
                said |= {"error": job.error} | ({"error_type": job.error_type} if job.error_type else {})
            return web.json_response(said)
        if job.looks <= 2:
            return web.json_response(said | {"status": "IN_QUEUE", "queue_position": 2 - job.looks}, status=202)
        return web.json_response(said | {"status": "IN_PROGRESS", "logs": logs}, status=202)

    async def _move(self, job: Job) -> None:
        """Move work one stage on, and end it where it is time."""
        if self.fails:
            self._fail(job)
        elif not self.held:
            job.looks += 1
            if job.endpoint == TRAINER and 3 <= job.looks <= 5:
                job.logs += lines(job.input.get("steps", 1_000), job.looks)
            elif job.looks > 3:
                self._finish(job)

    def _finish(self, job: Job) -> None:
        wrong = self._wrong(job.endpoint, job.input)
        if wrong:
            job.problem = 422, wrong
        elif job.endpoint == TRAINER:
            self._train(job)
        else:
            self._draw(job)

    def _fail(self, job: Job) -> None:
        if self.failure in PLATFORM:
            job.error, job.error_type = "It did not work", self.failure
            job.problem = PLATFORM[self.failure], {"detail": job.error, "error_type": job.error_type}
            return
        job.problem = 422, items(self.failure, "body", "images_data_url")
        job.error = "Invalid status code: 422" if self.says_error else ""

    def _train(self, job: Job) -> None:
        content = self._fetched(job.input["images_data_url"])
        if content is None:
            job.problem = 422, items("file_download_error", "body", "images_data_url")
            return
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                pictures = [n for n in archive.namelist() if not n.endswith(".txt") and is_picture(archive.read(n))]
        except zipfile.BadZipFile:
            pictures = []
        if not pictures:
            job.problem = 422, items("image_load_error", "body", "images_data_url")
            return
        config = json.dumps({"steps": job.input.get("steps", 1_000)}).encode()
        job.result = {
            "diffusers_lora_file": self._made(
                "pytorch_lora_weights.safetensors", lora_file(), "application/octet-stream"
            ),
            "config_file": self._made("config.json", config, "application/json"),
            "debug_preprocessed_output": None,
        }

    def _draw(self, job: Job) -> None:
        order = job.input
        if any(self._fetched(lora["path"]) is None for lora in order.get("loras", [])):
            job.problem = 422, items("file_download_error", "body", "loras")
            return
        if job.endpoint == REDRAWER and not is_picture(self._fetched(order["image_url"])):
            job.problem = 422, items("file_download_error", "body", "image_url")
            return
        asked = order.get("image_size", "landscape_4_3")
        width, height = (asked["width"], asked["height"]) if isinstance(asked, dict) else (1024, 768)
        kind = order.get("output_format", "jpeg")
        count, seed = order.get("num_images", 1), order.get("seed", 1)
        count -= self.loses
        pictures = [drawing(seed + i, width=width, height=height, kind=kind.upper()) for i in range(count)]
        job.result = {
            "images": [
                self._made(f"{i}.{kind}", picture, f"image/{kind}") | {"width": width, "height": height}
                for i, picture in enumerate(pictures)
            ],
            "seed": seed,
            "has_nsfw_concepts": [self.is_prudish or i < self.blackens for i in range(count)],
            "prompt": order["prompt"],
            "timings": {"inference": 3.2},
        }

    async def _result(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        job = self._job(request)
        if job is None:
            return web.json_response({"detail": "Request not found"}, status=404)
        if job.problem:
            status, body = job.problem
            headers = {"X-Fal-Error-Type": body["error_type"]} if "error_type" in body else {}
            return web.json_response(body, status=status, headers=headers)
        if job.result is None:
            return web.json_response({"detail": "Request is still in progress"}, status=400)
        return web.json_response(job.result)

    async def _cancel(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        job = self._job(request)
        if job is None:
            return web.json_response({"status": "NOT_FOUND"}, status=404)
        if job.is_over:
            return web.json_response({"status": "ALREADY_COMPLETED"}, status=400)
        job.error, job.error_type = "Request was cancelled", "client_cancelled"
        job.problem = 499, {"detail": job.error, "error_type": job.error_type}
        return web.json_response({"status": "CANCELLATION_REQUESTED"}, status=202)

    async def _too_long(self, _: web.Request) -> web.Response:
        """Refuse a status by the whole endpoint: only its first two parts are asked."""
        return web.json_response({"detail": "Method Not Allowed"}, status=405)

    def _job(self, request: web.Request) -> Job | None:
        job = self.jobs.get(request.match_info["id"])
        alias = f"{request.match_info['owner']}/{request.match_info['alias']}"
        return job if job and job.alias == alias else None

    def _refused(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") == f"Key {self.key}":
            return None
        return web.json_response({"detail": "invalid key credentials"}, status=401)

    def _wrong(self, endpoint: str, order: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what is wrong with an order as fal says it, None when nothing is."""
        known = ENDPOINTS[endpoint]
        for name in known.required:
            if name not in order:
                return items("missing", "body", name)
        for name, value in order.items():
            if name not in known.rules:
                if self.strict:
                    return items("extra_forbidden", "body", name)
            elif not known.rules[name](value):
                return items("value_error", "body", name)
        return None


def items(kind: str, *place: str) -> dict[str, Any]:
    """Return a model's problem as fal writes it; `input` is what must never be shown."""
    return {
        "detail": [
            {
                "loc": list(place),
                "msg": f"{kind} it is",
                "type": kind,
                "url": f"https://docs.fal.ai/errors#{kind}",
                "input": "a secret prompt",
            }
        ]
    }


def problem(kind: str, *place: str) -> web.Response:
    """Return an answer that says what is wrong."""
    return web.json_response(items(kind, *place), status=422)


def lines(steps: int, look: int) -> list[dict[str, str]]:
    """Return what the trainer wrote since the last look: captions first, then bars of steps."""
    match look:
        case 3:
            messages = ["Captioning images", " 60%|██████    | 3/5 [00:02<00:01,  1.5it/s]"]
        case 4:
            done = steps * 42 // 100
            messages = [f"\r 42%|████▏     | {done}/{steps} [01:10<01:37,  5.9it/s]", "Saving a checkpoint"]
        case _:
            messages = [f"\r100%|██████████| {steps}/{steps} [02:47<00:00,  5.9it/s]"]
    return [
        {
            "message": message,
            "level": "INFO",
            "source": "USER",
            "timestamp": f"2026-11-20T10:0{look}:{second:02}.123Z",
        }
        for second, message in enumerate(messages)
    ]


if __name__ == "__main__":
    main(FalStandIn)
