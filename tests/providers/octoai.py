"""A stand-in for an OctoAI-compatible server: asset library, LoRA tunes, and drawing on an origin of its own.

Source of every rule: https://github.com/octoml/fern-config (asset-library, fine-tuning, image-gen). Where those say
nothing, the choice made here is marked "assumed".
"""

import base64
import itertools
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from tests.providers.faults import FAULTS, spoil
from tests.providers.octoai_requests import Complete, Generate, LoraData, NewAsset, NewTune
from tests.providers.standin import LARGEST_REQUEST, StandIn, StoredFile, drawing, is_picture, lora_file, main

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
M = TypeVar("M", bound=BaseModel)

TENANT = "5f0f3c2e-6f7b-4a57-8f8a-2f6f1b0c9d11"
DEFAULT_SDXL = "asset_01hdpjv7bxe1n99eazrv23ca1k"
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
MOST_ASYNC = 10 * 1024 * 1024  # bytes of a request that is answered later

XL = "image/stable-diffusion-xl-v1-0"
SD15 = "image/stable-diffusion-v1-5"
# What LoRAs an engine draws with; sd3 takes none.
ENGINES: dict[str, str] = {
    "sdxl": XL,
    "controlnet-sdxl": XL,
    "ssd": "image/stable-diffusion-ssd",
    "sd3": "",
    "flux-dev": "image/flux-dev",
    "flux-schnell": "image/flux-schnell",
}
SIZES = {
    (640, 1536), (768, 1344), (832, 1216), (896, 1152), (1024, 1024),
    (1152, 896), (1216, 832), (1344, 768), (1536, 640),
}  # fmt: skip
FLUX_SIZES = SIZES | {(512, 512), (576, 1024), (768, 1024), (1024, 576), (1024, 768)}


# --- what is kept


@dataclass
class Asset:
    id: str
    asset_type: str
    name: str
    data: dict[str, Any]
    created_at: str
    description: str = ""
    status: str = "ready_to_upload"
    status_details: str = ""
    size_bytes: int = 0
    owner: str = ""  # of a public asset
    is_public: bool = False

    @property
    def file(self) -> str:
        return f"assets/{self.id}"

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "asset_type": self.asset_type,
            "name": self.name,
            "description": self.description,
            "is_public": self.is_public,
            "size_bytes": self.size_bytes,
            "status": self.status,
            "status_details": self.status_details,
            "status_info": {},
            "created_at": self.created_at,
            "tenant_uuid": TENANT,
            "data": self.data,
            "file_structure": "single_file",
            "url": None,
            "hf_repo": None,
        }


@dataclass
class Tune:
    id: str
    order: NewTune
    base: Asset
    created_at: str
    status: str = "pending"
    status_details: str = ""
    looks: int = 0
    output: list[str] = field(default_factory=list)
    result: dict[str, Any] | None = None
    ended_at: str | None = None

    @property
    def is_over(self) -> bool:
        return self.status in ("succeeded", "failed", "cancelled")

    def shown(self, *, status: str = "") -> dict[str, Any]:
        details = self.order.details
        word = details.trigger_words[0]
        return {
            "id": self.id,
            "tenant_id": TENANT,
            "name": self.order.name,
            "description": self.order.description or "",
            "tune_type": details.tune_type,
            "status": status or self.status,
            "status_details": self.status_details,
            "details": {
                "tune_type": details.tune_type,
                "base_checkpoint": {
                    "checkpoint_id": self.base.id,
                    "engine": self.base.data["engine"],
                    "name": self.base.name,
                },
                "files": [{"file_id": f.file_id, "caption": f.caption or word} for f in details.files],
                "trigger_words": details.trigger_words,
                "steps": details.steps,
                "seed": details.seed,
                "resize_images": bool(details.resize_images),
            },
            "output_lora_ids": self.output,
            "result": self.result,
            "created_at": self.created_at,
            "updated_at": self.ended_at or self.created_at,
            "succeeded_at": self.ended_at if self.status == "succeeded" else None,
            "deleted_at": None,
        }


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: dict[str, Any], *, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.answer = web.json_response(body, status=status, headers=headers)


class OctoAI(StandIn):
    """The three APIs of OctoAI. With `one_host` the first origin also draws."""

    name = "octoai"
    key = "octoai-stand-in-token"
    one_host: ClassVar[bool] = False

    def __init__(self, *, port: int = 0, files_port: int = 0) -> None:
        self.strict = True  # refuse fields that are not documented; the real servers ignored them
        self.conflict_status = 409  # or 400: how a taken name fails is not documented
        self.unauthorized_status = 401  # or 403
        self.unknown_status = ""  # what trainings claim to be, instead of moving
        self.unsafe: set[str] = set()  # names of pictures that are rejected
        self.broken: set[str] = set()  # names of pictures whose check fails
        self.stuck: set[str] = set()  # names of pictures that never become ready
        self.gone_after_check: set[str] = set()  # names of pictures that are not ready once a training begins
        self.loses_uploads = False  # what is put arrives nowhere
        self.gives_links = True  # an asset can be downloaded
        self.unsafe_drawings = 0  # so many of the next pictures are removed
        self.removed_as: str | None = None  # the prose documentation shows the text "null"
        self.ballast = 0  # bytes that follow each picture
        self.blocked_words = {"forbidden"}
        self.drawings_per_minute = 60
        self.paid: list[str] = []  # names of trainings
        self.pictures_paid = 0
        self.assets: dict[str, Asset] = {}
        self.tunes: dict[str, Tune] = {}
        self.answers: dict[str, list[Any]] = {}  # of drawings that are answered later: looks left, body
        self.recent: deque[float] = deque()
        self._ids = itertools.count(1)
        self._images_port = 0
        super().__init__(port=port, files_port=files_port)
        self._seed_public()

    def settings(self) -> dict[str, Any]:
        return {"octoai_token": self.key, "octoai_url": self.base_url, "octoai_image_url": self.image_url}

    def routes(self) -> None:
        self.images = web.Application(client_max_size=LARGEST_REQUEST, middlewares=[self._remember("images"), spoil])
        self.images[FAULTS] = self.faults
        add = self.api.router
        add.add_post("/v1/assets", self._create_asset)
        add.add_get("/v1/assets", self._list_assets)
        add.add_get("/v1/assets/{key}", self._get_asset)
        add.add_delete("/v1/assets/{key}", self._delete_asset)
        add.add_post("/v1/assets/{key}/complete-upload", self._complete)
        add.add_post("/v1/tune", self._create_tune)
        add.add_get("/v1/tunes", self._list_tunes)
        add.add_get("/v1/tune/{id}", self._get_tune)
        add.add_delete("/v1/tune/{id}", self._delete_tune)
        add.add_post("/v1/tune/{id}/cancel", self._cancel_tune)
        drawers = [self.images, self.api] if self.one_host else [self.images]
        for app in drawers:
            app.router.add_post("/generate/{engine}", self._generate)
            app.router.add_get("/v1/requests/{id}", self._request)
            app.router.add_get("/v1/requests/{id}/response", self._response)
        for app in (self.api, self.images):
            app.middlewares.append(self._refusals)
            app.middlewares.append(self._authorize)

    @property
    def image_url(self) -> str:
        """Return where drawings are made."""
        return f"http://127.0.0.1:{self._images_port}"

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        runner = web.AppRunner(self.images, access_log=None, handle_signals=False, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._images_port).start()
        self._images_port = runner.addresses[0][1]
        self._runners.append(runner)
        return self

    async def stop_drawing(self) -> None:
        """Let the origin of drawings be gone, as if its machine was off."""
        await self._runners.pop().cleanup()

    async def on_put(self, request: web.Request, stored: StoredFile) -> web.StreamResponse:
        return web.Response() if self.loses_uploads else await super().on_put(request, stored)

    # --- the front door

    @web.middleware
    async def _authorize(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            raise Refused(self.unauthorized_status, {"detail": "Unauthorized"})
        return await handler(request)

    @web.middleware
    async def _refusals(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Refused as refused:
            return refused.answer
        except web.HTTPException as error:
            return web.json_response({"detail": error.reason}, status=error.status)

    async def _read(self, request: web.Request, model: type[M], *, empty: bool = False) -> M:
        text = await request.read()
        if not text and empty:
            text = b"{}"
        try:
            return model.model_validate_json(text, strict=True, extra="forbid" if self.strict else "ignore")
        except ValidationError as error:
            raise Refused(
                422, {"detail": [_violation("body", e["loc"], e["msg"], e["type"]) for e in error.errors()]}
            ) from error

    # --- asset library

    def _seed_public(self) -> None:
        for id_, kind, name, engine in (
            (DEFAULT_SDXL, "checkpoint", "default-sdxl", XL),
            (self._id("asset"), "checkpoint", "default-sd15", SD15),
            (self._id("asset"), "lora", "add-detail", XL),
            (self._id("asset"), "lora", "crayon-style", SD15),
        ):
            data = {"asset_type": kind, "engine": engine, "file_format": "safetensors", "data_type": "fp16"}
            self.assets[id_] = Asset(
                id_, kind, name, data, self._time(), status="ready", owner="octoai", is_public=True, size_bytes=1
            )

    async def _create_asset(self, request: web.Request) -> web.Response:
        asked = await self._read(request, NewAsset)
        if asked.asset_type != asked.data.asset_type:
            raise _wrong("body.data.asset_type", "does not match asset_type")
        if asked.transfer_api_type in ("sts", "gcp-oauth"):
            raise _wrong("body.transfer_api_type", "this server signs links only")
        self._refuse_taken(asked.name, (a.name for a in self.assets.values() if not a.owner), "asset")
        asset = Asset(
            self._id("asset"),
            asked.asset_type,
            asked.name,
            asked.data.model_dump(),
            self._time(),
            description=asked.description or "",
            is_public=bool(asked.is_public),
        )
        self.assets[asset.id] = asset
        if asked.url:
            asset.status = "uploaded"
            transfer: dict[str, Any] = {"type": "none"}
        else:
            link = self.link(asset.file)
            transfer = {"type": "presigned-url", "put_url": link, "get_url": link}
        return web.json_response({"asset": asset.shown(), "transfer_api": transfer, "token": ""})

    async def _complete(self, request: web.Request) -> web.Response:
        await self._read(request, Complete, empty=True)
        asset = self._asset(request.match_info["key"])
        if asset.status == "ready_to_upload":
            content = self.content(asset.file)
            if content is None:  # assumed: a failure within a success, as the `error` field of the reply suggests
                asset.status, asset.status_details = "error", "no file was uploaded"
                return web.json_response({"error": "no file was uploaded"})
            asset.status, asset.size_bytes = "uploaded", len(content)
        return web.json_response({"error": None})

    async def _get_asset(self, request: web.Request) -> web.Response:
        if request.query.get("transfer_api_type", "any") not in ("presigned-url", "sts", "gcp-oauth", "any"):
            raise _wrong("query.transfer_api_type", "is not one of the permitted values")
        asset = self._asset(request.match_info["key"])
        shown = asset.shown()
        transfer: dict[str, Any] = {"type": "none"}
        if self.gives_links and not asset.owner:
            link = self.link(asset.file, content=self.content(asset.file))
            transfer = {"type": "presigned-url", "put_url": link, "get_url": link}
        self._move_asset(asset)
        return web.json_response({"asset": shown, "transfer_api": transfer})

    def _move_asset(self, asset: Asset) -> None:
        if asset.status != "uploaded" or asset.name in self.stuck:
            return
        if asset.name in self.unsafe:
            asset.status = "rejected"
        elif asset.name in self.broken or not self._is_what_it_says(asset):
            asset.status, asset.status_details = "error", "the file can't be read"
        else:
            asset.status = "ready"

    def _is_what_it_says(self, asset: Asset) -> bool:
        content = self.content(asset.file)
        start = {"png": b"\x89PNG", "jpg": b"\xff\xd8", "jpeg": b"\xff\xd8"}.get(asset.data.get("file_format", ""))
        return start is None or (content is not None and content.startswith(start) and is_picture(content))

    async def _list_assets(self, request: web.Request) -> web.Response:
        query = request.query
        is_public = query.get("is_public", "false") == "true"
        ids = [part for part in query.get("asset_ids", "").split(",") if part]
        found = [
            asset.shown()
            for asset in self.assets.values()
            if asset.is_public == is_public
            and asset.owner == query.get("owner", "")
            and query.get("name", asset.name) == asset.name
            and (not ids or asset.id in ids)
            and _is_any(asset.asset_type, query.getall("asset_type", []))
            and _is_any(asset.data.get("engine"), query.getall("engine", []))
            and _is_any(asset.data.get("file_format"), query.getall("file_format", []))
            and query.get("data_type", asset.data.get("data_type")) == asset.data.get("data_type")
        ]
        return web.json_response(_page(request, found))

    async def _delete_asset(self, request: web.Request) -> web.Response:
        asset = self.assets.get(request.match_info["key"])  # by id only
        if asset is None or asset.owner:
            raise Refused(404, {"detail": "asset not found"})
        del self.assets[asset.id]
        return web.json_response({"id": asset.id, "deleted_at": self._time()})

    def _asset(self, key: str) -> Asset:
        """Find an asset by id, by name among the account's own, or as `owner:name`."""
        owner, _, name = key.rpartition(":")
        found = self.assets.get(key) or next(
            (a for a in self.assets.values() if (a.owner, a.name) == (owner, name)), None
        )
        if found is None:
            raise Refused(404, {"detail": f"asset {key} not found"})
        return found

    # --- fine-tuning

    async def _create_tune(self, request: web.Request) -> web.Response:
        order = await self._read(request, NewTune)
        base = self._asset(order.details.base_checkpoint.checkpoint_id)
        if base.asset_type != "checkpoint":
            raise _wrong("body.details.base_checkpoint.checkpoint_id", "is no checkpoint")
        if order.details.base_checkpoint.engine not in (None, base.data["engine"]):
            raise _wrong("body.details.base_checkpoint.engine", "is not the engine of that checkpoint")
        for number, file in enumerate(order.details.files):
            asset = self.assets.get(file.file_id)
            if asset is None or asset.data.get("file_format") not in ("png", "jpg", "jpeg"):
                raise _wrong(f"body.details.files.{number}.file_id", "is no picture")
        self._refuse_taken(order.name, (t.order.name for t in self.tunes.values()), "tune")
        tune = Tune(self._id("tune"), order, base, self._time())
        self.tunes[tune.id] = tune
        self.paid.append(order.name)
        return web.json_response(tune.shown(), status=201)

    async def _get_tune(self, request: web.Request) -> web.Response:
        return web.json_response(self._look(self._tune(request)))

    async def _list_tunes(self, request: web.Request) -> web.Response:
        query = request.query
        found = [
            tune
            for tune in reversed(self.tunes.values())
            if query.get("name", tune.order.name) == tune.order.name
            and query.get("tune_type", "lora_tune") == "lora_tune"
            and query.get("base_checkpoint_id", tune.base.id) == tune.base.id
            and _is_any(tune.order.details.trigger_words[0], query.getall("trigger_words", []))
            and query.get("engine", tune.base.data["engine"]) == tune.base.data["engine"]
        ]
        page = _page(request, found)
        return web.json_response(page | {"data": [self._look(tune) for tune in page["data"]]})

    async def _cancel_tune(self, request: web.Request) -> web.Response:
        tune = self._tune(request)
        if tune.is_over:  # assumed
            raise Refused(409, {"detail": f"tune is {tune.status}"})
        tune.status, tune.ended_at = "cancelled", self._time()
        return web.json_response(tune.shown())

    async def _delete_tune(self, request: web.Request) -> web.Response:
        del self.tunes[self._tune(request).id]  # the pictures and the LoRA stay
        return web.json_response({})

    def _tune(self, request: web.Request) -> Tune:
        tune = self.tunes.get(request.match_info["id"])
        if tune is None:
            raise Refused(404, {"detail": "tune not found"})
        return tune

    def _look(self, tune: Tune) -> dict[str, Any]:
        """Move a training on by one stage, and show it."""
        if self.unknown_status:
            return tune.shown(status=self.unknown_status)
        if not tune.is_over and not self.held:
            tune.looks += 1
            self._move_tune(tune)
        return tune.shown()

    def _move_tune(self, tune: Tune) -> None:
        files = [self.assets[file.file_id] for file in tune.order.details.files if file.file_id in self.assets]
        rejected = [a.id for a in files if a.status == "rejected"]
        ready = [a for a in files if a.status == "ready" and a.name not in self.gone_after_check]
        unready = [
            f.file_id for f in tune.order.details.files if f.file_id not in {a.id for a in ready} | set(rejected)
        ]
        if self.fails:
            self._fail(tune, "CUDA error: device-side assert triggered")
        elif unready:  # assumed: it fails, as the documentation wants pictures to be ready first
            self._fail(tune, "some assets are not ready")
        elif rejected and not tune.order.continue_on_rejection:
            self._fail(tune, "some assets were rejected")
        elif not ready:
            self._fail(tune, "no assets are left")
        elif tune.looks == 1:
            tune.status = "pending"
        elif tune.looks == 2:
            tune.status = "running"
        else:
            self._succeed(tune)
        if tune.is_over:
            tune.ended_at = self._time()
            tune.result = {
                "output_assets": tune.output,
                "rejected_assets": rejected,
                "unready_assets": unready,
                "number_of_available_assets": len(ready),
            }

    def _fail(self, tune: Tune, why: str) -> None:
        tune.status, tune.status_details = "failed", why

    def _succeed(self, tune: Tune) -> None:
        engine = tune.base.data["engine"]
        data = LoraData(
            asset_type="lora", engine=engine, trigger_words=tune.order.details.trigger_words, checkpoint=tune.base.id
        )
        lora = Asset(
            self._id("asset"), "lora", tune.order.name, data.model_dump(), self._time(), status="ready"
        )  # assumed: named exactly like the tune
        self.link(lora.file, content=lora_file())
        lora.size_bytes = len(lora_file())
        self.assets[lora.id] = lora
        tune.status, tune.output = "succeeded", [lora.id]

    # --- image generation

    async def _generate(self, request: web.Request) -> web.Response:
        engine = request.match_info["engine"]
        if engine not in ENGINES:
            raise Refused(404, {"detail": "Not Found"})
        self._limit_rate()
        asked = await self._read(request, Generate)
        self._check_drawing(asked, engine)
        if any(word in asked.prompt for word in self.blocked_words):
            raise Refused(400, {"message": "This request violates our Acceptable Use Policy."})
        body = self._draw(asked)
        if request.headers.get("X-OctoAI-Async") != "1":
            return web.json_response(body)
        if (request.content_length or 0) > MOST_ASYNC:
            raise Refused(413, {"detail": "request too large"})
        id_ = self._id("response")
        self.answers[id_] = [2, body]
        return web.json_response({"response_id": id_, "poll_url": f"{request.url.origin()}/v1/requests/{id_}"})

    async def _request(self, request: web.Request) -> web.Response:
        answer = self._later(request)
        answer[0] -= 1
        states = {1: "pending", 0: "running"}
        if answer[0] in states:
            return web.json_response({"status": states[answer[0]]})
        return web.json_response({"status": "completed", "response_url": f"{request.url}/response"})

    async def _response(self, request: web.Request) -> web.Response:
        return web.json_response(self._later(request)[1])

    def _later(self, request: web.Request) -> list[Any]:
        if request.match_info["id"] not in self.answers:
            raise Refused(404, {"detail": "Not Found"})
        return self.answers[request.match_info["id"]]

    def _limit_rate(self) -> None:
        now = self.now()
        while self.recent and self.recent[0] <= now - 60:
            self.recent.popleft()
        if len(self.recent) >= self.drawings_per_minute:
            wait = str(int(self.recent[0] + 60 - now) + 1)
            raise Refused(429, {"detail": "rate limit exceeded"}, headers={"Retry-After": wait})
        self.recent.append(now)

    def _check_drawing(self, asked: Generate, engine: str) -> None:
        if (asked.width is None) != (asked.height is None):
            raise _wrong("body.width", "width and height go together")
        sizes = FLUX_SIZES if engine.startswith("flux") else SIZES
        if asked.width is not None and (asked.width, asked.height) not in sizes:
            raise _wrong("body.width", "this width and height are not supported together")
        if isinstance(asked.seed, list) and len(asked.seed) != (asked.num_images or 1):
            raise _wrong("body.seed", "as many seeds as images, or one")
        if engine == "controlnet-sdxl" and not (asked.controlnet and asked.controlnet_image):
            raise _wrong("body.controlnet", "field required")
        if asked.init_image is not None and not (
            _is_base64(asked.init_image) and is_picture(base64.b64decode(asked.init_image))
        ):
            raise _wrong("body.init_image", "is no picture in base64")
        if asked.loras and engine == "sd3":
            raise _wrong("body.loras", "not supported on SD3")
        for key, weight in (asked.loras or {}).items():
            lora = self._asset(key)
            if lora.asset_type != "lora" or weight is None:
                raise _wrong(f"body.loras.{key}", "is no LoRA with a weight")
            if lora.status != "ready":
                raise _wrong(f"body.loras.{key}", f"is {lora.status}")
            if lora.data["engine"] != ENGINES[engine]:
                raise _wrong(f"body.loras.{key}", f"is of the engine {lora.data['engine']}")

    def _draw(self, asked: Generate) -> dict[str, Any]:
        count = asked.num_images or 1
        given = (
            asked.seed
            if isinstance(asked.seed, list)
            else [None if asked.seed is None else asked.seed + i for i in range(count)]
        )
        images = []
        for seed in (next(self._numbers) if seed is None else seed for seed in given):
            is_removed = self.unsafe_drawings > 0
            self.unsafe_drawings -= is_removed
            kind = (asked.image_encoding or "jpeg").upper()
            content = drawing(seed, width=asked.width or 1024, height=asked.height or 1024, kind=kind)
            content += bytes(self.ballast)
            images.append(
                {
                    "image_b64": self.removed_as if is_removed else base64.b64encode(content).decode(),
                    "removed_for_safety": is_removed,
                    "seed": seed,
                    "safety_score": 0.97 if is_removed else None,
                }
            )
        self.pictures_paid += count
        return {"images": images, "prediction_time_ms": 3120.5}

    # --- small things

    def _id(self, kind: str) -> str:
        number = next(self._ids)
        return f"{kind}_01j8z{''.join(DIGITS[number // 32**place % 32] for place in reversed(range(21)))}"

    def _time(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _refuse_taken(self, name: str, names: Iterable[str], what: str) -> None:
        if name in set(names):
            raise Refused(self.conflict_status, {"detail": f"the {what} name {name} is taken"})


def _page(request: web.Request, found: list[Any]) -> dict[str, Any]:
    numbers = {"offset": 0, "limit": 100}
    for name, usual in numbers.items():
        text = request.query.get(name, str(usual))
        if not re.fullmatch(r"-?\d+", text):
            raise _wrong(f"query.{name}", "value is not a valid integer")
        numbers[name] = int(text)
    if numbers["offset"] < 0 or not 1 <= numbers["limit"] <= 100:
        raise _wrong("query.limit", "ensure this value is from 1 to 100")
    end = numbers["offset"] + numbers["limit"]
    return {"data": found[numbers["offset"] : end], "has_more": end < len(found), "total": len(found)}


def _is_any(value: str | None, wanted: list[str]) -> bool:
    return not wanted or value in wanted


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def _wrong(place: str, message: str) -> Refused:
    where, *loc = place.split(".")
    return Refused(422, {"detail": [_violation(where, loc, message, "value_error")]})


def _violation(where: str, loc: Iterable[str | int], message: str, kind: str) -> dict[str, Any]:
    return {"loc": [where, *loc], "msg": message, "type": kind}


class OneHost(OctoAI):
    """All on one origin, as a small private server may have it."""

    one_host = True


if __name__ == "__main__":
    main(OneHost)
