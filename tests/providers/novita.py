"""A stand-in for Novita: uploads, subject and style training, the list, drawing, results, balance, webhooks."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from tests.providers import novita_rules as rules
from tests.providers.novita_rules import Refused
from tests.providers.standin import StandIn, drawing, is_picture, main

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STAGES = ("QUEUING", "TRAINING", "DEPLOYING", "SERVING")
DEPLOYING = STAGES.index("DEPLOYING")
SERVING = STAGES.index("SERVING")
DRAWING_STAGES = ("TASK_STATUS_QUEUED", "TASK_STATUS_PROCESSING", "TASK_STATUS_SUCCEED")
TASK_TYPES = {"txt2img": "TXT_TO_IMG", "img2img": "IMG_TO_IMG"}
PER_MINUTE = {"txt2img": 20, "img2img": 10}  # pictures, not calls
TRAINING_UNITS = 30_000  # of 0.0001 US dollars
MEGAPIXEL_UNITS = 25
NSFW_UNITS = 15
DEFAULT_PAGE = 10
WEBHOOK_SECONDS = 5.0
WEBHOOK_TRIES = 6
CHANCE_SEED = 392_212_448  # what -1 becomes


@dataclass
class Asset:
    """A place for an upload."""

    file: str


@dataclass
class Training:
    """A training; `stage` is an index of `STAGES`."""

    id: str
    name: str
    method: str
    family: str
    created_at: int
    model_name: str
    is_doomed: bool  # one of its files is no picture
    stage: int = 0
    ended: str = ""  # FAILED or CANCELED

    @property
    def is_served(self) -> bool:
        """Whether its LoRA can be used."""
        return self.stage == SERVING and not self.ended

    @property
    def status(self) -> str:
        """Return Novita's word for it."""
        return self.ended or ("SUCCESS" if self.stage >= DEPLOYING else STAGES[self.stage])

    @property
    def models(self) -> list[dict[str, str]]:
        """Return its LoRA, once there is one."""
        if self.ended or self.stage < DEPLOYING:
            return []
        return [{"model_name": self.model_name, "model_status": STAGES[self.stage]}]


@dataclass
class Drawing:
    """A drawing; `stage` is an index of `DRAWING_STAGES`."""

    id: str
    kind: str
    extra: Mapping[str, Any]
    request: Mapping[str, Any]
    stage: int = 0
    reason: str = ""  # why it failed


class Novita(StandIn):
    """Novita on loopback, with the doubts of its documentation as switches."""

    name: ClassVar[str] = "novita"
    key: ClassVar[str] = "sk_novita-test-key"

    def __init__(self, *, port: int = 0, files_port: int = 0) -> None:
        self.strict = True  # refuse what no page documents; the real service may overlook it
        self.missing_key_status = 401  # one page says 401, another 400
        self.wrong_key_status = 403  # or 401
        self.needs_user_agent = True
        self.refuses_missing_assets = True  # at once; otherwise the training fails
        self.refuses_late = False  # what a drawing names wrongly makes it fail instead of being refused
        self.numbers_as_strings = True  # as 64-bit numbers often come
        self.enveloped = False  # answer orders as version 2 did
        self.asset_numbers = False  # asset ids are integers, as on an older page
        self.tells_progress = True  # `extra` is in the status of a training
        self.has_billing_page = True  # otherwise the balance is told by the old call only
        self.balance = 10_000_000  # in 0.0001 US dollars
        self.no_credit = (400, "BILLING_BALANCE_NOT_ENOUGH")  # or (403, "NOT_ENOUGH_BALANCE")
        self.says: str | None = None  # a status instead of the true one, for all that has not ended
        self.withheld = 0  # pictures that are left out of a finished drawing
        self.draw_reason = "the drawing failed"
        self.result_seconds = 3600.0
        self.webhook_seconds = WEBHOOK_SECONDS
        self.assets: dict[str | int, Asset] = {}
        self.trainings: dict[str, Training] = {}
        self.drawings: dict[str, Drawing] = {}
        self.paid: list[str] = []  # names of the trainings that were billed
        self.orders: list[Mapping[str, Any]] = []  # bodies of the trainings and drawings that were accepted
        self._drawn: dict[str, list[float]] = {kind: [] for kind in TASK_TYPES}  # when each picture was ordered
        self._webhooks: set[asyncio.Task[None]] = set()
        super().__init__(port=port, files_port=files_port)

    def settings(self) -> dict[str, Any]:
        return {"novita_key": self.key, "novita_url": self.base_url}

    def routes(self) -> None:
        """Add the routes; whatever else is asked for is not found."""
        self.api.middlewares.append(self._door)
        route = self.api.router
        route.add_post("/v3/assets/training_dataset", self._asset)
        for method in ("subject", "style"):
            route.add_post(f"/v3/training/{method}", self._train)
            route.add_get(f"/v3/training/{method}", self._training)
        route.add_get("/v3/training", self._list)
        for kind in TASK_TYPES:
            route.add_post(f"/v3/async/{kind}", self._draw)
        route.add_get("/v3/async/task-result", self._result)
        route.add_get("/openapi/v1/billing/balance/detail", self._balance)
        route.add_get("/v3/user", self._user)

    async def __aexit__(self, *error: object) -> None:
        for webhook in self._webhooks:
            webhook.cancel()
        await asyncio.gather(*self._webhooks, return_exceptions=True)
        await super().__aexit__(*error)

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Check who asks, and put every refusal into Novita's words."""
        if self.needs_user_agent and not request.headers.get("User-Agent"):
            return web.Response(status=403, text="error code: 1010")
        try:
            self._check_key(request.headers.get("Authorization"))
            return await handler(request)
        except Refused as refused:
            return _refusal(refused.status, refused.reason, str(refused))
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            return _refusal(404, "API_NOT_FOUND", "api not found")

    def _check_key(self, authorization: str | None) -> None:
        if not authorization:
            raise Refused("api key is missing", status=self.missing_key_status, reason="MISSING_API_KEY")
        if authorization != f"Bearer {self.key}":
            raise Refused("api key is invalid", status=self.wrong_key_status, reason="INVALID_API_KEY")

    # --- training

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        body = await _json(request)
        rules.known(body, {"file_extension"}, strict=self.strict)
        rules.choice(body, "file_extension", {"png", "webp", "jpeg"}, needed=True)
        number = len(self.assets) + 1
        asset_id: str | int = number if self.asset_numbers else f"{number:032x}"
        file = f"prod/{number:032x}.{body['file_extension']}"
        link = self.link(file)
        self.assets[asset_id] = Asset(file)
        host = urlsplit(link).netloc
        return web.json_response(
            {"assets_id": asset_id, "upload_url": link, "method": "PUT", "headers": {"Host": {"values": [host]}}}
        )

    async def _train(self, request: web.Request) -> web.StreamResponse:
        method = request.path.rpartition("/")[2]
        body = await _json(request)
        rules.training(method, body, strict=self.strict)
        contents = [self._uploaded(item.get("assets_id")) for item in body["image_dataset_items"]]
        self._charge(TRAINING_UNITS)
        number = len(self.trainings) + 1
        created_at = int(self.now())
        training = Training(
            id=str(uuid.UUID(int=number)),
            name=body["name"],
            method=method,
            family=rules.FAMILIES[body["base_model"]],
            created_at=created_at,
            model_name=f"model_{created_at}_{number:010X}.safetensors",
            is_doomed=not all(is_picture(content) for content in contents),
        )
        self.trainings[training.id] = training
        self.paid.append(training.name)
        self.orders.append(body)
        return self._started(training.id)

    def _uploaded(self, asset_id: object) -> bytes | None:
        asset = self.assets.get(asset_id) if isinstance(asset_id, str | int) else None
        content = self.content(asset.file) if asset else None
        if content is None and self.refuses_missing_assets:
            raise Refused(f"assets_id {asset_id} was not uploaded")
        return content

    async def _training(self, request: web.Request) -> web.StreamResponse:
        task_id = request.query.get("task_id")
        if not task_id:
            raise Refused("task_id is missing")
        training = self.trainings.get(task_id)
        if training is None or training.method != request.path.rpartition("/")[2]:
            raise Refused("task not found", status=404, reason="TASK_NOT_FOUND")
        answer = {"task_id": training.id, "model_type": "lora", **self._look(training)}
        if self.tells_progress:
            percent = min(100, 50 * training.stage)
            answer["extra"] = {"eta_relative": 600 - 6 * percent, "progress_percent": percent}
        self._advance(training)
        return web.json_response(answer)

    def _look(self, training: Training) -> dict[str, Any]:
        """Return how a training stands now."""
        if self.fails and not training.is_served and not training.ended:
            training.ended = "FAILED"
        has_ended = training.ended or training.is_served
        status = training.status if has_ended or self.says is None else self.says
        return {"task_status": status, "models": training.models}

    def _advance(self, training: Training) -> None:
        """Move a training on by one stage, after somebody looked at it."""
        if self.held or training.ended or training.is_served:
            return
        if training.is_doomed and STAGES[training.stage] == "TRAINING":
            training.ended = "FAILED"
            return
        training.stage += 1

    async def _list(self, request: web.Request) -> web.StreamResponse:
        """Answer a page, newest first; it has a cursor even when it is the last."""
        limit = _integer(request.query.get("pagination.limit", str(DEFAULT_PAGE)))
        cursor = request.query.get("pagination.cursor") or "c_0"
        start = _integer(cursor.removeprefix("c_")) if cursor.startswith("c_") else None
        if limit is None or not 1 <= limit <= 100 or start is None:
            raise Refused("pagination is invalid")
        method = request.query.get("task_type")
        rows = [t for t in reversed(self.trainings.values()) if method in (None, t.method)]
        page = []
        for training in rows[start : start + limit]:
            page.append(
                {
                    "task_name": training.name,
                    "task_id": training.id,
                    "task_type": training.method,
                    "created_at": training.created_at,
                    **self._look(training),
                }
            )
            self._advance(training)
        return web.json_response({"tasks": page, "pagination": {"next_cursor": f"c_{start + limit}"}})

    # --- drawing

    async def _draw(self, request: web.Request) -> web.StreamResponse:
        kind = request.path.rpartition("/")[2]
        body = await _json(request)
        extra, asked = rules.drawing(kind, body, strict=self.strict)
        wrong = self._wrongly_named(asked)
        if wrong and not self.refuses_late:
            raise Refused(wrong)
        self._limit(kind, asked["image_num"])
        self._charge(_units(extra, asked))
        task = Drawing(str(uuid.UUID(int=2**64 + len(self.drawings))), kind, extra, asked, reason=wrong)
        self.drawings[task.id] = task
        self.orders.append(body)
        if extra.get("webhook"):
            delivery = asyncio.create_task(self._deliver(task))
            self._webhooks.add(delivery)
            delivery.add_done_callback(self._webhooks.discard)
        return self._started(task.id)

    def _wrongly_named(self, asked: Mapping[str, Any]) -> str:
        """Return what is wrong with the names in a drawing, empty when nothing is."""
        family = rules.DRAWS.get(asked["model_name"])
        if family is None:
            return f"model {asked['model_name']} not found"
        served = {t.model_name.removesuffix(".safetensors"): t for t in self.trainings.values() if t.is_served}
        for lora in asked.get("loras") or ():
            trained = served.get(lora["model_name"].removesuffix(".safetensors"))
            if trained is None:
                return f"lora {lora['model_name']} not found"
            if trained.family != family:
                return f"lora {lora['model_name']} does not fit {asked['model_name']}"
        return ""

    def _limit(self, kind: str, pictures: int) -> None:
        now = self.now()
        recent = [at for at in self._drawn[kind] if at > now - 60]
        if len(recent) + pictures > PER_MINUTE[kind]:
            raise Refused("rate limit exceeded", status=429, reason="RATE_LIMIT_EXCEEDED")
        self._drawn[kind] = recent + [now] * pictures

    async def _result(self, request: web.Request) -> web.StreamResponse:
        task = self.drawings.get(request.query.get("task_id", ""))
        if task is None:
            raise Refused("task not found", status=404, reason="TASK_NOT_FOUND")
        answer = self._drawing_answer(task)
        is_last = task.stage == len(DRAWING_STAGES) - 1
        if not (self.held or task.reason or is_last):
            task.stage += 1
        return web.json_response(answer)

    def _drawing_answer(self, task: Drawing) -> dict[str, Any]:
        """Return how a drawing stands; when it is done, with links that are fresh."""
        is_done = task.stage == len(DRAWING_STAGES) - 1
        if self.fails and not is_done and not task.reason:
            task.reason = self.draw_reason
        status = "TASK_STATUS_FAILED" if task.reason else DRAWING_STAGES[task.stage]
        if self.says is not None and not is_done and not task.reason:
            status = self.says
        images = self._images(task) if status == "TASK_STATUS_SUCCEED" else []
        moment = int(self.now() * 1000)
        times = {f"{name}_time_ms": self._long(moment) for name in ("submit", "execute", "complete")}
        return {
            "extra": {
                "seed": self._long(_seed(task)),
                "enable_nsfw_detection": bool(task.extra.get("enable_nsfw_detection")),
                "debug_info": {"request_info": "", **times},
                **({"webhook": {"url": task.extra["webhook"]["url"]}} if task.extra.get("webhook") else {}),
            },
            "task": {
                "task_id": task.id,
                "task_type": TASK_TYPES[task.kind],
                "status": status,
                "reason": task.reason,
                "eta": 0,
                "progress_percent": 0,
            },
            "images": images,
            "videos": [],
            "audios": [],
        }

    def _images(self, task: Drawing) -> list[dict[str, Any]]:
        kind = task.extra.get("response_image_type") or "png"
        asked = task.request
        images = []
        for number in range(asked["image_num"] - self.withheld):
            content = drawing(_seed(task) + number, width=asked["width"], height=asked["height"], kind=kind.upper())
            file = f"prod/{task.id}/{number}.{kind}"
            link = self.link(file, content=content, content_type=f"image/{kind}")
            self.files[file].ends_at = self.now() + self.result_seconds
            judged = {"valid": True, "confidence": 0.02} if task.extra.get("enable_nsfw_detection") else None
            images.append(
                {
                    "image_url": link,
                    "image_url_ttl": self._long(int(self.result_seconds)),
                    "image_type": kind,
                    "nsfw_detection_result": judged,
                }
            )
        return images

    async def deliveries(self) -> None:
        """Return when every webhook was told, or given up."""
        await asyncio.gather(*self._webhooks)

    async def _deliver(self, task: Drawing) -> None:
        """Tell the webhook what became of a drawing, six times at most; in test mode, nothing is drawn."""
        webhook = task.extra["webhook"]
        if urlsplit(webhook["url"]).hostname != "127.0.0.1":  # nothing here leaves this machine
            return
        test = webhook.get("test_mode") or {}
        if test.get("enabled") and test.get("return_task_status") == "TASK_STATUS_FAILED":
            task.reason = self.draw_reason
        elif not task.reason:
            task.stage = len(DRAWING_STAGES) - 1
        event = {"event_type": "ASYNC_TASK_RESULT", "payload": self._drawing_answer(task)}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(self.webhook_seconds)) as client:
            for _ in range(WEBHOOK_TRIES):
                try:
                    async with client.post(webhook["url"], json=event) as answer:
                        if 200 <= answer.status < 300:
                            return
                except (aiohttp.ClientError, TimeoutError):
                    continue

    # --- account

    async def _balance(self, _: web.Request) -> web.StreamResponse:
        if not self.has_billing_page:
            raise Refused("api not found", status=404, reason="API_NOT_FOUND")
        left = str(self.balance)
        return web.json_response(
            {"availableBalance": left, "cashBalance": left, "creditLimit": "0", "outstandingInvoices": "0"}
        )

    async def _user(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(
            {"allow_features": ["upload_model"], "credit_balance": self.balance, "free_trial": {"training": 1}}
        )

    def _charge(self, units: int) -> None:
        if units > self.balance:
            status, reason = self.no_credit
            raise Refused("balance is not enough", status=status, reason=reason)
        self.balance -= units

    def _started(self, task_id: str) -> web.StreamResponse:
        answer = {"task_id": task_id}
        return web.json_response({"code": 0, "msg": "", "data": answer} if self.enveloped else answer)

    def _long(self, number: int) -> int | str:
        return str(number) if self.numbers_as_strings else number


def _refusal(status: int, reason: str, message: str) -> web.Response:
    return web.json_response({"code": status, "reason": reason, "message": message, "metadata": {}}, status=status)


async def _json(request: web.Request) -> Mapping[str, Any]:
    if request.content_type != "application/json":
        raise Refused("Content-Type must be application/json")
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise Refused("the body is no JSON") from error
    if not isinstance(body, dict):
        raise Refused("the body is no object")
    return body


def _integer(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _seed(task: Drawing) -> int:
    seed = task.request.get("seed")
    return CHANCE_SEED if seed is None or seed < 0 else int(seed)


def _units(extra: Mapping[str, Any], asked: Mapping[str, Any]) -> int:
    """Return the price of a drawing in 0.0001 US dollars, rounded up."""
    each = -(-asked["width"] * asked["height"] * MEGAPIXEL_UNITS // 1_000_000)
    return int(asked["image_num"] * (each + (NSFW_UNITS if extra.get("enable_nsfw_detection") else 0)))


if __name__ == "__main__":
    main(Novita)
