"""A stand-in for Krea: assets, style training, jobs and drawing, by its OpenAPI description and job lifecycle.

Where no page says what the real one does, the choice is marked as an assumption.
"""

import contextlib
import io
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any, ClassVar

from aiohttp import ClientError, ClientSession, web
from aiohttp.typedefs import Handler
from PIL import Image

from tests.providers.standin import StandIn, drawing, is_picture, main

# https://docs.krea.ai/developers/job-lifecycle: in this order; a training waits in all of them.
TRAINING = ("backlogged", "queued", "scheduled", "processing", "sampling", "intermediate-complete", "completed")
DRAWING = ("queued", "processing", "intermediate-complete", "completed")
ENDS = ("completed", "failed", "cancelled")
STATUSES = (*TRAINING, "failed", "cancelled")
STOPPABLE = ("queued", "processing")
FILE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic")
LARGEST_FILE = 75_000_000  # bytes
FEWEST_URLS = 3  # said by Krea's own client
DRAWS = "/generate/image/bfl/flux-1-dev"
Check = Callable[[object], bool]


def text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def number(low: float = float("-inf"), high: float = float("inf")) -> Check:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def whole(low: int, high: int) -> Check:
    return lambda value: isinstance(value, int) and number(low, high)(value)


def uri(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def styles(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(style, dict)
        and set(style) == {"id", "strength"}
        and text(style["id"])
        and number(-2, 2)(style["strength"])
        for style in value
    )


def _training(models: Sequence[str], types: Sequence[str]) -> dict[str, Check]:
    return {
        "name": text,
        "urls": lambda value: isinstance(value, list) and all(uri(url) for url in value),
        "model": lambda value: value in models,
        "type": lambda value: value in types,
        "trigger_word": lambda value: isinstance(value, str),
        "max_train_steps": whole(1, 2_000),
    }


# https://docs.krea.ai/api-reference/styles/train-a-custom-style-lora: two forms of an order.
FULL = _training(("flux_dev", "flux_schnell", "wan", "wan22"), ("Style", "Object", "Character", "Default")) | {
    "learning_rate": number(),
    "batch_size": whole(1, 2**31),
}
SHORT = _training(("qwen", "z-image"), ("Style", "Object", "Character"))
# https://docs.krea.ai/api-reference/image/flux
PICTURE: dict[str, Check] = {
    "prompt": lambda value: isinstance(value, str) and len(value) <= 1_800,
    "seed": number(),
    "steps": whole(1, 100),
    "width": number(512, 2_368),
    "height": number(512, 2_368),
    "styles": styles,
}


class Refused(Exception):
    """A request that is refused, with its status and Krea's word for it."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status


@dataclass
class Job:
    """A training or a picture; `stage` is an index of `stages`."""

    id: str
    order: Mapping[str, Any]
    stages: Sequence[str]
    created_at: datetime
    webhook: str
    stage: int = 0
    ended: str = ""  # failed or cancelled
    error: str = ""
    style_id: str = ""
    url: str = ""
    preview: str = ""

    @property
    def status(self) -> str:
        """Return Krea's word for it."""
        return self.ended or self.stages[self.stage]

    @property
    def is_training(self) -> bool:
        return self.stages is TRAINING

    @property
    def result(self) -> dict[str, Any] | None:
        """Return what it brought; an intermediate result is a preview only."""
        match self.status:
            case "completed":
                return {"style_id": self.style_id} if self.is_training else {"urls": [self.url]}
            case "intermediate-complete":
                return {"urls": [self.preview]}
            case "failed":
                return {"error": self.error} if self.error else {}
            case _:
                return None


class Krea(StandIn):
    """Krea on loopback; `standin.trainings` are the names of the trainings that it took."""

    name: ClassVar[str] = "krea"
    key: ClassVar[str] = "krea-test-key:9f2c71"

    def __init__(self, *, port: int = 0, files_port: int = 0) -> None:
        self.strict = True  # refuse fields of a training that no page documents; of a picture they always are
        self.odd_status = ""  # said instead of the true one
        self.failure = "internal model error"  # what a failed job tells; empty when it tells nothing
        self.credits = 1_000_000  # jobs that the account can pay for
        self.most_jobs = 1_000_000  # that may be open at once
        self.jobs: dict[str, Job] = {}
        self.styles: dict[str, str] = {}  # by id: the model that each was trained for
        super().__init__(port=port, files_port=files_port)

    def settings(self) -> dict[str, Any]:
        return {"krea_key": self.key, "krea_url": self.base_url}

    def routes(self) -> None:
        self.api.middlewares.append(self._door)
        route = self.api.router
        route.add_post("/assets", self._asset)
        route.add_post("/styles/train", self._train)
        route.add_post(DRAWS, self._draw)
        route.add_get("/jobs", self._list)
        route.add_get("/jobs/{id}", self._look)
        route.add_delete("/jobs/{id}", self._stop)

    @property
    def trainings(self) -> list[str]:
        """Return the names of the trainings that were ordered."""
        return [job.order["name"] for job in self.jobs.values() if job.is_training]

    @property
    def billed(self) -> list[Job]:
        """Return the jobs that cost something: "You only pay for completed jobs.\""""
        return [job for job in self.jobs.values() if job.status == "completed"]

    def job(self) -> Job:
        """Return the youngest job."""
        return list(self.jobs.values())[-1]

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check who asks, and put every refusal into Krea's words."""
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response({"error": "Unauthorized"}, status=401)
        try:
            return await handler(request)
        except Refused as refused:
            return web.json_response({"error": str(refused)}, status=refused.status)

    # --- orders

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        form = await _form(request)
        if "file" not in form or set(form) - {"file", "description"}:
            raise Refused(400, "A file is required")
        content_type, content = form["file"]
        if content_type not in FILE_TYPES or len(content) > LARGEST_FILE or not is_picture(content):
            raise Refused(400, "Invalid file type or size")
        width, height = Image.open(io.BytesIO(content)).size
        asset_id = str(uuid.uuid4())
        return web.json_response(
            {
                "id": asset_id,
                "image_url": self.link(f"assets/{asset_id}", content=content, content_type=content_type),
                "uploaded_at": self._time().isoformat(),
                "width": width,
                "height": height,
                "size_bytes": len(content),
                "mime_type": content_type,
            }
        )

    async def _train(self, request: web.Request) -> web.StreamResponse:
        order = await _order(request)
        self._check(order, SHORT if order.get("model") in ("qwen", "z-image") else FULL, needed=("name", "urls"))
        if len(order["urls"]) < FEWEST_URLS:
            raise Refused(400, f"Need at least {FEWEST_URLS} training images, got {len(order['urls'])}")
        job = self._begin(request, order, TRAINING)
        # Assumption: links are followed only when the training runs.
        if not all(is_picture(self._fetched(url)) for url in order["urls"]):
            job.ended, job.error = "failed", "could not read a training image"
        return self._taken(job)

    async def _draw(self, request: web.Request) -> web.StreamResponse:
        order = await _order(request)
        self._check(order, PICTURE, needed=("prompt",), is_closed=True)
        # Assumption: a style of another account or another model is refused at once.
        if any(self.styles.get(style["id"]) != "flux_dev" for style in order.get("styles", [])):
            raise Refused(400, "Style not found")
        return self._taken(self._begin(request, order, DRAWING))

    def _check(
        self, order: Mapping[str, Any], rules: Mapping[str, Check], *, needed: Sequence[str], is_closed: bool = False
    ) -> None:
        for name in needed:
            if name not in order:
                raise Refused(400, f"{name} is required")
        for name, value in order.items():
            if name not in rules:
                if self.strict or is_closed:
                    raise Refused(400, f"Unknown params: {name}")
            elif not rules[name](value):
                raise Refused(400, f"Invalid values: {name}={value}"[:120])

    def _begin(self, request: web.Request, order: Mapping[str, Any], stages: Sequence[str]) -> Job:
        webhook = request.headers.get("X-Webhook-URL", "")
        if webhook and not uri(webhook):
            raise Refused(400, "X-Webhook-URL is no URL")
        if len(self.jobs) >= self.credits:
            raise Refused(402, "Insufficient credits")
        if sum(job.status not in ENDS for job in self.jobs.values()) >= self.most_jobs:
            raise Refused(429, "Maximum number of concurrent jobs reached")
        job = Job(str(uuid.uuid4()), order, stages, self._time(), webhook)
        self.jobs[job.id] = job
        return job

    def _taken(self, job: Job) -> web.Response:
        return web.json_response(
            {
                "job_id": job.id,
                "status": job.stages[0],
                "created_at": job.created_at.isoformat(),
                "completed_at": None,
                "result": None,
            }
        )

    # --- jobs

    async def _list(self, request: web.Request) -> web.StreamResponse:
        known = {"cursor", "limit", "types", "status"}
        limit, status = request.query.get("limit", "100"), request.query.get("status")
        if set(request.query) - known or not limit.isdecimal() or not 1 <= int(limit) <= 1_000:
            raise Refused(400, "Invalid query parameters")
        if status is not None and status not in STATUSES:
            raise Refused(400, "Invalid query parameters")
        jobs = [job for job in reversed(self.jobs.values()) if status in (None, job.status)]
        if cursor := request.query.get("cursor"):
            jobs = [job for job in jobs if job.created_at < datetime.fromisoformat(cursor)]
        page = jobs[: int(limit)]
        following = page[-1].created_at.isoformat() if len(jobs) > len(page) else None
        return web.json_response({"items": [self._shown(job) for job in page], "next_cursor": following})

    async def _look(self, request: web.Request) -> web.StreamResponse:
        job = self._job(request)
        if job.status not in ENDS:
            await self._move(job)
        return web.json_response(self._shown(job))

    async def _stop(self, request: web.Request) -> web.StreamResponse:
        job = self._job(request)
        if job.status not in STOPPABLE:  # assumption: refused so, and nothing of a finished job is deleted
            raise Refused(400, f"Job cannot be cancelled while {job.status}")
        job.ended = "cancelled"  # assumption: it is still there afterwards
        await self._report(job)
        return web.Response()

    def _job(self, request: web.Request) -> Job:
        job = self.jobs.get(request.match_info["id"])
        if job is None:
            raise Refused(404, "Job not found")
        return job

    async def _move(self, job: Job) -> None:
        """Move a job one stage on, and end it where it is time."""
        if self.fails:
            job.ended, job.error = "failed", self.failure
        elif self.held:
            job.stage = max(job.stage, job.stages.index("queued"))
        else:
            job.stage += 1
        if job.status == "intermediate-complete":
            job.preview = self._drawn(job, blurred=True)
        elif job.status == "completed" and job.is_training:
            job.style_id = f"style-{next(self._numbers)}"
            self.styles[job.style_id] = job.order.get("model", "flux_dev")
        elif job.status == "completed":
            job.url = self._drawn(job)
        if job.status in ENDS:
            await self._report(job)

    def _drawn(self, job: Job, *, blurred: bool = False) -> str:
        width, height = (64, 64) if blurred else (int(job.order.get(side, 1_024)) for side in ("width", "height"))
        picture = drawing(int(job.order.get("seed", 1)), width=width, height=height)
        return self.link(f"images/{uuid.uuid4()}.png", content=picture, content_type="image/png")

    def _shown(self, job: Job) -> dict[str, Any]:
        said: dict[str, Any] = {
            "job_id": job.id,
            "status": self.odd_status or job.status,
            "created_at": job.created_at.isoformat(),
        }
        return said if job.result is None else said | {"result": job.result}

    async def _report(self, job: Job) -> None:
        """Post an ended job to its webhook, once. Assumption: that is not repeated."""
        if not job.webhook:
            return
        with contextlib.suppress(ClientError):
            async with ClientSession() as session:
                await session.post(job.webhook, json=self._shown(job))

    def _fetched(self, url: str) -> bytes | None:
        """Return the bytes behind a link that this server gave out, as its own machines would fetch them."""
        name = url.partition("?")[0].removeprefix(f"{self.files_url}/f/")
        stored = self.files.get(name)
        return stored.content if stored and self.now() <= stored.ends_at else None

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)


async def _order(request: web.Request) -> dict[str, Any]:
    try:
        order = await request.json()
    except json.JSONDecodeError as error:
        raise Refused(400, "Invalid JSON") from error
    if not isinstance(order, dict):
        raise Refused(400, "Invalid request parameters")
    return order


async def _form(request: web.Request) -> dict[str, tuple[str, bytes]]:
    """Return the content type and the bytes of each part of a form, by name."""
    head = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    whole = message_from_bytes(head + await request.read())
    if whole.get_content_type() != "multipart/form-data" or not whole.is_multipart():
        raise Refused(400, "Expected multipart/form-data")
    parts = {}
    for part in whole.walk():
        name = part.get_param("name", header="Content-Disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            parts[name] = part.get_content_type(), content
    return parts


if __name__ == "__main__":
    main(Krea)
