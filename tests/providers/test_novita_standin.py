"""The stand-in for Novita refuses what Novita's documentation forbids, and plays its documented answers."""

import base64
import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import web

from tests.providers import novita_rules
from tests.providers.novita import Novita
from tests.providers.novita_rules import Refused
from tests.providers.standin import drawing

KEY = {"Authorization": f"Bearer {Novita.key}"}
SUBJECT: dict[str, Any] = {
    "name": "guild-mascot-01",
    "base_model": "stable-diffusion-xl-base-1.0",
    "width": 1024,
    "height": 1024,
    "image_dataset_items": [{"assets_id": "a1", "caption": "ohwx person, smiling"}],
    "expert_setting": {"instance_prompt": "a photo of ohwx person", "class_prompt": "person"},
}
PICTURE = base64.b64encode(drawing(1)).decode()


@pytest.fixture
async def standin() -> AsyncIterator[Novita]:
    async with Novita() as running:
        yield running


@pytest.fixture
async def api(standin: Novita) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=standin.base_url, headers=KEY, trust_env=False) as opened:
        yield opened


async def uploaded(api: httpx.AsyncClient) -> str:
    place = (await api.post("/v3/assets/training_dataset", json={"file_extension": "png"})).json()
    async with httpx.AsyncClient(trust_env=False) as anybody:
        assert (await anybody.put(place["upload_url"], content=drawing(1))).status_code == 200
    return str(place["assets_id"])


async def subject(api: httpx.AsyncClient) -> dict[str, Any]:
    return changed(SUBJECT, "image_dataset_items.0.assets_id", await uploaded(api))


def picture() -> dict[str, Any]:
    return {
        "extra": {},
        "request": {
            "model_name": "sd_xl_base_1.0.safetensors",
            "prompt": "a photo of ohwx person",
            "negative_prompt": "",
            "width": 512,
            "height": 512,
            "image_num": 1,
            "steps": 25,
            "guidance_scale": 7,
            "sampler_name": "Euler a",
        },
    }


def changed(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return the body with the value at a dotted path changed, or taken out when it is `...`."""
    copied = copy.deepcopy(body)
    inner: Any = copied
    *folders, last = path.split(".")
    for folder in folders:
        inner = inner[int(folder) if folder.isdecimal() else folder]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return copied


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", ...),
        ("base_model", ...),
        ("base_model", "flux"),
        ("width", ...),
        ("width", 0),
        ("height", "512"),
        ("image_dataset_items", []),
        ("image_dataset_items", "a1"),
        ("image_dataset_items.0.caption", "x" * 1025),
        ("image_dataset_items.0.image_url", "https://example.com"),
        ("dataset", {"images": []}),
        ("expert_setting.instance_prompt", ...),
        ("expert_setting.class_prompt", ...),
        ("expert_setting.class_prompt", "cat"),
        ("expert_setting.train_batch_size", 5),
        ("expert_setting.max_train_steps", 0),
        ("expert_setting.seed", 0),
        ("expert_setting.lr_warmup_steps", -1),
        ("expert_setting.lora_r", 2),
        ("expert_setting.lora_alpha", 129),
        ("expert_setting.lora_text_encoder_r", 3),
        ("expert_setting.prior_loss_weight", -0.5),
        ("expert_setting.lr_scheduler", "sine"),
        ("expert_setting.learning_rate", 3e-4),
        ("expert_setting.learning_rate", "fast"),
        ("expert_setting.with_prior_preservation", "yes"),
        ("expert_setting.batch_size", 1),
        ("components", [{"name": "sharpen", "args": []}]),
        ("components", [{"name": "resize", "args": [{"name": "width", "value": 512}]}]),
        ("components", [{"name": "resize", "args": [{"name": "depth", "value": "1"}]}]),
    ],
)
def test_a_subject_that_breaks_a_rule_is_refused(path: str, value: object) -> None:
    with pytest.raises(Refused) as refused:
        novita_rules.training("subject", changed(SUBJECT, path, value), strict=True)

    assert (refused.value.status, refused.value.reason) == (400, "INVALID_REQUEST_BODY")


async def test_a_refused_training_is_not_billed(standin: Novita, api: httpx.AsyncClient) -> None:
    body = await subject(api)
    for wrong in (
        changed(body, "base_model", "flux"),
        changed(body, "image_dataset_items.0.assets_id", "never issued"),
    ):
        answer = await api.post("/v3/training/subject", json=wrong)
        assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_REQUEST_BODY")

    assert not standin.paid


async def test_what_may_be_left_out_or_null_is_taken(standin: Novita, api: httpx.AsyncClient) -> None:
    body = await subject(api)
    del body["image_dataset_items"][0]["caption"]
    body["components"] = None
    body["expert_setting"] |= {"learning_rate": "1e-4", "seed": None, "lora_r": None, "lr_warmup_steps": None}

    assert (await api.post("/v3/training/subject", json=body)).status_code == 200
    standin.strict = False
    body["expert_setting"]["learning_rate"] = 3e-4  # as the vendor's own page sends it
    assert (await api.post("/v3/training/subject", json=body)).status_code == 200


async def test_a_style_needs_captions_and_no_prompt_for_a_person(api: httpx.AsyncClient) -> None:
    body = changed(await subject(api), "expert_setting", {"max_train_steps": 500})
    without = changed(body, "image_dataset_items.0.caption", ...)

    assert (await api.post("/v3/training/style", json=without)).status_code == 400
    assert (await api.post("/v3/training/style", json=body)).status_code == 200


@pytest.mark.parametrize("count", [50, 51])
async def test_50_pictures_are_the_most(api: httpx.AsyncClient, count: int) -> None:
    body = await subject(api)
    body["image_dataset_items"] *= count

    assert (await api.post("/v3/training/subject", json=body)).status_code == (200 if count == 50 else 400)


async def test_a_file_that_never_came_fails_the_training_when_it_is_not_refused(
    standin: Novita, api: httpx.AsyncClient
) -> None:
    standin.refuses_missing_assets = False
    body = changed(await subject(api), "image_dataset_items.0.assets_id", "never issued")
    task_id = (await api.post("/v3/training/subject", json=body)).json()["task_id"]
    looks = [(await api.get("/v3/training/subject", params={"task_id": task_id})).json() for _ in range(3)]

    assert [look["task_status"] for look in looks] == ["QUEUING", "TRAINING", "FAILED"]
    assert looks[-1]["models"] == []


async def test_a_training_is_looked_at_by_its_own_path_and_parameter(api: httpx.AsyncClient) -> None:
    task_id = (await api.post("/v3/training/subject", json=await subject(api))).json()["task_id"]

    async def status_of(path: str, **params: str) -> tuple[int, str]:
        answer = await api.get(path, params=params)
        return answer.status_code, answer.json().get("reason", "")

    assert await status_of("/v3/training/subject", task_id=task_id) == (200, "")
    assert await status_of("/v3/training/style", task_id=task_id) == (404, "TASK_NOT_FOUND")
    assert await status_of("/v3/training/subject", task_id="other") == (404, "TASK_NOT_FOUND")
    assert await status_of("/v3/training/subject", taskId=task_id) == (400, "INVALID_REQUEST_BODY")
    assert await status_of("/training/subject", task_id=task_id) == (404, "API_NOT_FOUND")
    assert (await api.delete("/v3/training/subject", params={"task_id": task_id})).json()["reason"] == "API_NOT_FOUND"


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"pagination.limit": "0"}, 400),
        ({"pagination.limit": "101"}, 400),
        ({"pagination.limit": "x"}, 400),
        ({"pagination.cursor": "10"}, 400),
        ({"pagination.limit": "100", "pagination.cursor": ""}, 200),
    ],
)
async def test_the_list_has_pages(api: httpx.AsyncClient, params: dict[str, str], status: int) -> None:
    assert (await api.get("/v3/training", params=params)).status_code == status


async def test_the_list_is_newest_first_and_always_has_a_cursor(api: httpx.AsyncClient) -> None:
    for name in ("first", "second", "third"):
        await api.post("/v3/training/subject", json=changed(await subject(api), "name", name))
    page = (await api.get("/v3/training", params={"pagination.limit": "2"})).json()
    rest = (await api.get("/v3/training", params={"pagination.limit": "2", "pagination.cursor": "c_2"})).json()
    styles = (await api.get("/v3/training", params={"task_type": "style"})).json()

    assert [row["task_name"] for row in page["tasks"]] == ["third", "second"]
    assert [row["task_name"] for row in rest["tasks"]] == ["first"]
    assert page["pagination"] == {"next_cursor": "c_2"}
    assert rest["pagination"] == {"next_cursor": "c_4"}
    assert styles["tasks"] == []


@pytest.mark.parametrize("extension", ["jpg", "gif", None])
async def test_an_upload_is_png_webp_or_jpeg(api: httpx.AsyncClient, extension: str | None) -> None:
    answer = await api.post("/v3/assets/training_dataset", json={"file_extension": extension})

    assert answer.status_code == 400


async def test_a_file_is_put_as_s3_takes_it(standin: Novita, api: httpx.AsyncClient) -> None:
    place = (await api.post("/v3/assets/training_dataset", json={"file_extension": "webp"})).json()

    async def parts() -> AsyncIterator[bytes]:
        yield b"in pieces"

    async with httpx.AsyncClient(trust_env=False) as anybody:
        assert (await anybody.put(place["upload_url"], content=parts())).status_code == 501
        assert (await anybody.put(place["upload_url"], content=b"one")).status_code == 200
        assert (await anybody.put(place["upload_url"], content=b"two")).status_code == 200
        late = standin.now() + standin.link_seconds + 1
        standin.now = lambda: late
        expired = await anybody.put(place["upload_url"], content=b"three")

    assert (expired.status_code, expired.headers["Content-Type"]) == (403, "application/xml; charset=utf-8")
    assert standin.content(next(iter(standin.assets.values())).file) == b"two"


# --- who asks


async def test_the_key_is_checked_in_both_documented_ways(standin: Novita, api: httpx.AsyncClient) -> None:
    async def refused(authorization: str) -> tuple[int, str]:
        answer = await api.get("/v3/user", headers={"Authorization": authorization})
        return answer.status_code, answer.json()["reason"]

    assert await refused("") == (401, "MISSING_API_KEY")
    assert await refused("Bearer wrong") == (403, "INVALID_API_KEY")
    assert await refused(Novita.key) == (403, "INVALID_API_KEY")  # without the word Bearer
    standin.missing_key_status, standin.wrong_key_status = 400, 401
    assert await refused("") == (400, "MISSING_API_KEY")
    assert await refused("Bearer wrong") == (401, "INVALID_API_KEY")


async def test_who_has_no_name_is_turned_away_at_the_front_door(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v3/user", headers={"User-Agent": ""})

    assert (answer.status_code, answer.text) == (403, "error code: 1010")


@pytest.mark.parametrize(
    ("content", "kind"), [(b"{", "application/json"), (b"[]", "application/json"), (b"{}", "text/plain")]
)
async def test_a_body_is_a_json_object(api: httpx.AsyncClient, content: bytes, kind: str) -> None:
    answer = await api.post("/v3/async/txt2img", content=content, headers={"Content-Type": kind})

    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_REQUEST_BODY")


# --- drawing


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("request", ..., "INVALID_REQUEST_BODY"),
        ("prompt", "flat", "INVALID_REQUEST_BODY"),
        ("request.model_name", ..., "INVALID_REQUEST_BODY"),
        ("request.prompt", "", "INVALID_REQUEST_BODY"),
        ("request.prompt", "x" * 1025, "INVALID_REQUEST_BODY"),
        ("request.negative_prompt", "x" * 1025, "VALIDATOR"),
        ("request.width", 127, "INVALID_REQUEST_BODY"),
        ("request.height", 2049, "INVALID_REQUEST_BODY"),
        ("request.image_num", 9, "INVALID_REQUEST_BODY"),
        ("request.steps", 101, "INVALID_REQUEST_BODY"),
        ("request.guidance_scale", 0.5, "INVALID_REQUEST_BODY"),
        ("request.sampler_name", "Euler b", "INVALID_REQUEST_BODY"),
        ("request.sampler_name", ..., "INVALID_REQUEST_BODY"),
        ("request.seed", -2, "INVALID_REQUEST_BODY"),
        ("request.clip_skip", 13, "INVALID_REQUEST_BODY"),
        ("request.loras", [{"model_name": "m", "strength": 1.1}], "INVALID_REQUEST_BODY"),
        ("request.loras", [{"model_name": "m", "strength": 1}] * 6, "INVALID_REQUEST_BODY"),
        ("request.embeddings", [{}], "INVALID_REQUEST_BODY"),
        ("request.hires_fix", {"target_width": 64, "target_height": 64}, "INVALID_REQUEST_BODY"),
        ("request.refiner", {"switch_at": 2}, "INVALID_REQUEST_BODY"),
        ("request.strength", 0.5, "INVALID_REQUEST_BODY"),
        ("extra.response_image_type", "gif", "INVALID_REQUEST_BODY"),
        ("extra.nsfw_detection_level", 3, "INVALID_REQUEST_BODY"),
        ("extra.webhook", {}, "INVALID_REQUEST_BODY"),
        ("extra.custom_storage", {"aws_s3": {"region": "r"}}, "INVALID_REQUEST_BODY"),
        ("extra.webhooks", {}, "INVALID_REQUEST_BODY"),
    ],
)
def test_a_drawing_that_breaks_a_rule_is_refused(path: str, value: object, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        novita_rules.drawing("txt2img", changed(picture(), path, value), strict=True)

    assert (refused.value.status, refused.value.reason) == (400, reason)


async def test_a_drawing_that_names_what_is_not_there_is_refused(standin: Novita, api: httpx.AsyncClient) -> None:
    for path, value in (
        ("request.model_name", "stable-diffusion-xl-base-1.0"),  # where it is trained on, not where it draws
        ("request.loras", [{"model_name": "m", "strength": 1}]),
    ):
        answer = await api.post("/v3/async/txt2img", json=changed(picture(), path, value))
        assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_REQUEST_BODY")

    assert not standin.drawings


async def test_a_transparent_background_needs_png_and_sdxl(api: httpx.AsyncClient) -> None:
    body = changed(picture(), "request.enable_transparent_background", value=True)
    jpeg = changed(body, "extra.response_image_type", "jpeg")
    older = changed(body, "request.model_name", "v1-5-pruned-emaonly.safetensors")

    assert [(await api.post("/v3/async/txt2img", json=sent)).status_code for sent in (body, jpeg, older)] == [
        200,
        400,
        400,
    ]


async def test_a_picture_is_drawn_from_a_picture(api: httpx.AsyncClient) -> None:
    body = changed(changed(picture(), "request.image_base64", PICTURE), "request.strength", 0.5)

    assert (await api.post("/v3/async/img2img", json=body)).status_code == 200
    for path, value, reason in (
        ("request.image_base64", ..., "INVALID_IMAGE_FORMAT"),
        ("request.image_base64", "data:image/png;base64,AA", "INVALID_IMAGE_FORMAT"),
        ("request.strength", 1.5, "INVALID_REQUEST_BODY"),
    ):
        answer = await api.post("/v3/async/img2img", json=changed(body, path, value))
        assert (answer.status_code, answer.json()["reason"]) == (400, reason)


async def test_a_lora_is_called_with_and_without_its_ending_once_it_is_served(
    standin: Novita, api: httpx.AsyncClient
) -> None:
    task_id = (await api.post("/v3/training/subject", json=await subject(api))).json()["task_id"]
    training = standin.trainings[task_id]
    name = training.model_name
    training.stage = 2
    body = changed(picture(), "request.loras", [{"model_name": name, "strength": 1}])
    assert (await api.post("/v3/async/txt2img", json=body)).status_code == 400  # DEPLOYING

    training.stage = 3
    assert (await api.post("/v3/async/txt2img", json=body)).status_code == 200
    body["request"]["loras"][0]["model_name"] = name.removesuffix(".safetensors")
    assert (await api.post("/v3/async/txt2img", json=body)).status_code == 200
    body["request"]["model_name"] = "v1-5-pruned-emaonly.safetensors"
    assert (await api.post("/v3/async/txt2img", json=body)).status_code == 400  # another family


async def test_the_limit_counts_pictures_and_not_calls(standin: Novita, api: httpx.AsyncClient) -> None:
    now = 1_000.0
    standin.now = lambda: now
    eight = changed(picture(), "request.image_num", 8)
    codes = [(await api.post("/v3/async/txt2img", json=eight)).status_code for _ in range(3)]

    assert codes == [200, 200, 429]
    now += 61
    assert (await api.post("/v3/async/txt2img", json=eight)).status_code == 200


async def test_a_failed_drawing_is_a_good_answer_with_a_reason(standin: Novita, api: httpx.AsyncClient) -> None:
    standin.fails = True
    task_id = (await api.post("/v3/async/txt2img", json=picture())).json()["task_id"]
    answer = await api.get("/v3/async/task-result", params={"task_id": task_id})

    assert answer.status_code == 200
    assert answer.json()["task"]["status"] == "TASK_STATUS_FAILED"
    assert answer.json()["task"]["reason"] == "the drawing failed"
    assert answer.json()["extra"]["seed"] == "392212448"
    unknown = await api.get("/v3/async/task-result", params={"task_id": "other"})
    assert (unknown.status_code, unknown.json()["reason"]) == (404, "TASK_NOT_FOUND")


# --- webhooks


@dataclass
class Hook:
    """A receiver of webhooks; it answers 500 as often as `refusals` says."""

    url: str = ""
    refusals: int = 0
    told: list[Any] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        self.told.append(await request.json())
        self.refusals -= 1
        return web.Response(status=500 if self.refusals >= 0 else 204)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    receiver = Hook()
    app = web.Application()
    app.router.add_post("/hook", receiver.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def sent_to(hook: Hook, standin: Novita, api: httpx.AsyncClient, **more: object) -> list[Any]:
    webhook = {"url": hook.url, **more}
    await api.post("/v3/async/txt2img", json=changed(picture(), "extra.webhook", webhook))
    await standin.deliveries()
    return hook.told


@pytest.mark.parametrize(("refusals", "calls"), [(0, 1), (2, 3), (99, 6)])
async def test_a_webhook_is_told_the_result_six_times_at_most(
    standin: Novita, api: httpx.AsyncClient, hook: Hook, refusals: int, calls: int
) -> None:
    hook.refusals = refusals
    told = await sent_to(hook, standin, api)

    assert len(told) == calls
    assert told[-1]["event_type"] == "ASYNC_TASK_RESULT"
    assert told[-1]["payload"]["task"]["status"] == "TASK_STATUS_SUCCEED"
    assert told[-1]["payload"]["extra"]["webhook"]["url"] == hook.url


async def test_a_webhook_can_be_tried_without_drawing(standin: Novita, api: httpx.AsyncClient, hook: Hook) -> None:
    test_mode = {"enabled": True, "return_task_status": "TASK_STATUS_FAILED"}
    told = await sent_to(hook, standin, api, test_mode=test_mode)

    assert [event["payload"]["task"]["status"] for event in told] == ["TASK_STATUS_FAILED"]
