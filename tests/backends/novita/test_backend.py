"""What is special to Novita, beyond the contract suite; its stand-in answers over real sockets."""

import base64
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from backends import novita
from backends.answers import Answer
from backends.base import DrawingPlan, LoraUse, PlanImage, RemoteTask, SourceImage, TrainingPlan
from backends.novita import NovitaBackend
from backends.novita import backend as module
from backends.novita import orders as novita_orders
from backends.novita.orders import NO_EXPERT, Expert, Faces
from backends.novita.replies import out_of_sight
from backends.novita.settings import NovitaSettings
from backends.provider import Context
from bot.interactions.fact_words import words
from domain.datasets.dataset import Kind
from domain.errors import BackendRejected, BackendReplyInvalid, BackendUnavailable, Unusable
from domain.money.charges import NOTHING
from domain.orders.progress import RemoteState
from domain.training.settings import Preset
from tests.backends.case import Case, MemoryResults, at_once, drawing_plan, source_image, training_plan, worded
from tests.backends.cases.novita import CASES
from tests.providers import novita as standins
from tests.providers import novita_rules
from tests.providers.faults import Fault
from tests.providers.novita import Novita

SUBJECT, STYLE = CASES


@pytest.fixture
async def standin() -> AsyncIterator[Novita]:
    async with Novita() as running:
        yield running


@pytest.fixture
def backend(standin: Novita, http: httpx.AsyncBaseTransport, store: MemoryResults) -> NovitaBackend:
    return made(standin, http, store)


def made(
    standin: Novita,
    http: httpx.AsyncBaseTransport,
    store: MemoryResults,
    *,
    api_key: str = Novita.key,
    expert: Expert = NO_EXPERT,
    faces: Faces | None = None,
) -> NovitaBackend:
    context = Context(transport=http, store=store, origins=(standin.files_url,), sleep=at_once)
    settings = NovitaSettings(novita_key=SecretStr(api_key), novita_url=standin.base_url)
    return novita.create(settings, context, expert=expert, faces=faces)


def plan_for(case: Case, backend: NovitaBackend, *, images: int = 2) -> TrainingPlan:
    return training_plan(replace(case, images=images), backend)


def image(content: bytes, caption: str = "zorbo") -> PlanImage:
    async def read() -> bytes:
        return content

    return PlanImage("0" * 64, len(content), caption, held_out=False, read=read)


SKETCH = DrawingPlan(
    name="atelier-draw-1",
    member="7",
    checkpoint="sdxl-base-1.0",
    prompt="zorbo at the sea",
    loras=(),
    count=2,
    seed=11,
    width=512,
    height=512,
)


def fill(standin: Novita, count: int, *, name: str = "atelier-old") -> None:
    """Put trainings into the list as if they had been ordered one after the other."""
    for number in range(1, count + 1):
        task_id = f"{name}-{number}"
        standin.trainings[task_id] = standins.Training(
            id=task_id,
            name=task_id,
            method="subject",
            family="sdxl",
            created_at=1_730_000_000 + number,
            model_name=f"model_{number}.safetensors",
            is_doomed=False,
        )


class Fussy(MemoryResults):
    async def picture(self, content: bytes) -> str:
        raise Unusable(f"{len(content)} bytes of nothing")


async def trained(backend: NovitaBackend, plan: TrainingPlan) -> LoraUse:
    remote = await backend.submit(plan)
    for _ in standins.STAGES:
        await backend.poll(remote)
    lora = await backend.fetch(remote)
    return LoraUse(lora.sha256, 1.0, lora.reference)


# --- bodies


def test_a_subject_is_ordered_with_a_prompt_for_the_person(backend: NovitaBackend) -> None:
    plan = plan_for(SUBJECT, backend)

    assert novita_orders.training(plan, "stable-diffusion-xl-base-1.0", ["a1", "a2"]) == {
        "name": "atelier-1",
        "base_model": "stable-diffusion-xl-base-1.0",
        "width": 1024,
        "height": 1024,
        "image_dataset_items": [
            {"assets_id": "a1", "caption": "zorbo number 1"},
            {"assets_id": "a2", "caption": "zorbo number 2"},
        ],
        "expert_setting": {
            "train_batch_size": 1,
            "learning_rate": 2e-4,
            "max_train_steps": 500,
            "seed": 7,
            "lr_scheduler": "constant",
            "lora_r": 16,
            "lora_alpha": 16,
            "instance_prompt": "a photo of zorbo person",
            "class_prompt": "person",
        },
        "components": [
            {"name": "resize", "args": [{"name": "width", "value": "1024"}, {"name": "height", "value": "1024"}]}
        ],
    }


def test_a_style_is_ordered_without_what_only_subjects_know(backend: NovitaBackend) -> None:
    plan = plan_for(STYLE, backend)
    every = Expert(with_prior_preservation=True, prior_loss_weight=0.5, train_text_encoder=True)

    assert novita_orders.expert_setting(plan, every) == {
        "train_batch_size": 1,
        "learning_rate": 2e-4,
        "max_train_steps": 500,
        "seed": 7,
        "lr_scheduler": "constant",
        "lora_r": 16,
        "lora_alpha": 16,
    }


def test_every_expert_setting_of_the_documentation_can_be_set(backend: NovitaBackend) -> None:
    every = Expert(
        train_batch_size=4,
        lr_scheduler="cosine_with_restarts",
        lr_warmup_steps=10,
        lora_alpha=8,
        lora_text_encoder_r=4,
        lora_text_encoder_alpha=128,
        train_text_encoder=True,
        with_prior_preservation=True,
        prior_loss_weight=0.5,
    )
    body = novita_orders.expert_setting(plan_for(SUBJECT, backend), every)

    assert body == {
        "train_batch_size": 4,
        "learning_rate": 2e-4,
        "max_train_steps": 500,
        "seed": 7,
        "lr_scheduler": "cosine_with_restarts",
        "lr_warmup_steps": 10,
        "lora_r": 16,
        "lora_alpha": 8,
        "lora_text_encoder_r": 4,
        "lora_text_encoder_alpha": 128,
        "instance_prompt": "a photo of zorbo person",
        "class_prompt": "person",
        "with_prior_preservation": True,
        "prior_loss_weight": 0.5,
        "train_text_encoder": True,
    }
    assert set(body) == novita_rules.EXPERT


def test_a_seed_of_0_becomes_the_lowest_that_is_taken(backend: NovitaBackend) -> None:
    plan = plan_for(STYLE, backend)

    assert novita_orders.expert_setting(replace(plan, settings=replace(plan.settings, seed=0)))["seed"] == 1


def test_a_style_has_no_faces(backend: NovitaBackend) -> None:
    subject = novita_orders.training(plan_for(SUBJECT, backend), "b", ["a1", "a2"], faces=Faces())
    style = novita_orders.training(plan_for(STYLE, backend), "b", ["a1", "a2"], faces=Faces())

    assert len(subject["components"]) == 3  # type: ignore[arg-type]
    assert len(style["components"]) == 1  # type: ignore[arg-type]


def test_a_caption_is_never_empty_nor_too_long(backend: NovitaBackend) -> None:
    images = (image(b"", ""), image(b"", f"{'a' * 1000}, {'b' * 100}"), image(b"", "c" * 1100))
    plan = replace(plan_for(STYLE, backend), images=images)
    items: Any = novita_orders.training(plan, "b", ["1", "2", "3"])["image_dataset_items"]

    assert [item["caption"] for item in items] == ["zorbo", "a" * 1000, "c" * 1024]


def test_a_drawing_is_ordered_with_the_lora_by_its_name() -> None:
    plan = replace(SKETCH, loras=(LoraUse(None, 0.8, "model_1_AB.safetensors"),))

    assert novita_orders.drawing(plan, "sd_xl_base_1.0.safetensors") == {
        "extra": {"response_image_type": "png"},
        "request": {
            "model_name": "sd_xl_base_1.0.safetensors",
            "prompt": "zorbo at the sea",
            "width": 512,
            "height": 512,
            "image_num": 2,
            "steps": 25,
            "guidance_scale": 7.0,
            "sampler_name": "DPM++ 2M Karras",
            "seed": 11,
            "loras": [{"model_name": "model_1_AB.safetensors", "strength": 0.8}],
        },
    }


def test_a_drawing_keeps_within_what_novita_draws() -> None:
    plan = replace(
        SKETCH,
        width=64,
        height=4_096,
        count=9,
        prompt="x, " * 400,
        loras=(LoraUse(None, 1.7, "a"), LoraUse(None, -1, "b")),
    )
    request: Any = novita_orders.drawing(plan, "m")["request"]

    assert (request["width"], request["height"], request["image_num"]) == (128, 2048, 8)
    assert [lora["strength"] for lora in request["loras"]] == [1.0, 0.0]
    assert request["prompt"] == ("x, " * 341)[:-2]


# --- statuses


async def test_trained_is_not_finished_before_the_lora_is_served(backend: NovitaBackend) -> None:
    remote = await backend.submit(plan_for(SUBJECT, backend))
    seen = [await backend.poll(remote) for _ in range(5)]

    assert [progress.state for progress in seen] == [
        RemoteState.QUEUED,
        RemoteState.RUNNING,
        RemoteState.RUNNING,
        RemoteState.SUCCEEDED,
        RemoteState.SUCCEEDED,
    ]
    assert "putting it into service" in worded(seen[2])
    assert all(progress.cost_micros is None for progress in seen)  # no reply has a price


async def test_a_lora_that_is_not_served_yet_is_asked_for_again(backend: NovitaBackend, standin: Novita) -> None:
    remote = await backend.submit(plan_for(SUBJECT, backend))
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)

    standin.says = "UNKNOWN"
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)


async def test_an_unknown_status_is_logged_once_at_each_look(
    backend: NovitaBackend, standin: Novita, caplog: pytest.LogCaptureFixture
) -> None:
    standin.says = "@everyone `REHEARSING`"
    remote = await backend.submit(plan_for(SUBJECT, backend))
    progress = await backend.poll(remote)

    assert progress.state is RemoteState.QUEUED
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [remote.id in record.getMessage() for record in warnings] == [True]


@pytest.mark.parametrize("remote_id", ["0d3d3b1e", "flux:0d3d3b1e", "../user:1", ""])
async def test_an_id_that_is_not_of_ours_asks_nobody(backend: NovitaBackend, standin: Novita, remote_id: str) -> None:
    with pytest.raises(BackendRejected):
        await backend.poll(RemoteTask(remote_id))
    with pytest.raises(BackendRejected):
        await backend.drawing(RemoteTask(remote_id))

    assert not standin.seen


# --- uploads


async def test_a_jpg_is_called_jpeg_and_the_order_of_pictures_is_kept(
    backend: NovitaBackend, standin: Novita
) -> None:
    await backend.submit(plan_for(STYLE, backend, images=12))

    asked = [json.loads(seen.body) for seen in standin.seen if seen.path == "/v3/assets/training_dataset"]
    assert sorted({body["file_extension"] for body in asked}) == ["jpeg", "png"]
    items = standin.orders[0]["image_dataset_items"]
    assert [item["caption"] for item in items] == [f"zorbo number {number}" for number in range(1, 13)]
    for number, item in enumerate(items, start=1):
        content = standin.content(standin.assets[item["assets_id"]].file) or b""
        assert content.startswith(b"\xff\xd8" if number % 2 else b"\x89PNG")


async def test_a_place_for_a_picture_is_asked_for_just_before_it_is_filled(
    backend: NovitaBackend, standin: Novita
) -> None:
    await backend.submit(plan_for(SUBJECT, backend, images=50))

    waiting = most = 0
    for seen in standin.seen:
        waiting += (seen.path == "/v3/assets/training_dataset") - (seen.method == "PUT")
        most = max(most, waiting)
    assert most <= module.UPLOADS_AT_ONCE
    assert sum(seen.method == "PUT" for seen in standin.seen) == 50


async def test_a_numeric_asset_id_goes_back_as_a_number(backend: NovitaBackend, standin: Novita) -> None:
    standin.asset_numbers = True
    await backend.submit(plan_for(SUBJECT, backend))

    assert sorted(item["assets_id"] for item in standin.orders[0]["image_dataset_items"]) == [1, 2]


async def test_an_upload_that_comes_too_late_costs_nothing(backend: NovitaBackend, standin: Novita) -> None:
    standin.link_seconds = -1.0
    with pytest.raises(BackendUnavailable):
        await backend.submit(plan_for(SUBJECT, backend))

    assert not standin.paid
    assert not standin.count("POST", "/v3/training/subject")


async def test_what_is_no_picture_is_not_uploaded(backend: NovitaBackend, standin: Novita) -> None:
    with pytest.raises(BackendRejected):
        await backend.submit(replace(plan_for(SUBJECT, backend), images=(image(b"GIF89a"),)))

    assert not standin.seen


async def test_a_damaged_picture_fails_the_training_later(backend: NovitaBackend) -> None:
    plan = replace(plan_for(SUBJECT, backend), images=(image(b"\x89PNG\r\n\x1a\n and no more"),))
    remote = await backend.submit(plan)
    states = [(await backend.poll(remote)).state for _ in range(3)]

    assert states == [RemoteState.QUEUED, RemoteState.RUNNING, RemoteState.FAILED]


async def test_every_option_is_taken_by_novita(
    standin: Novita, http: httpx.AsyncBaseTransport, store: MemoryResults
) -> None:
    expert = Expert(
        train_batch_size=4,
        lr_scheduler="polynomial",
        lr_warmup_steps=0,
        lora_alpha=8,
        lora_text_encoder_r=4,
        lora_text_encoder_alpha=128,
        train_text_encoder=False,
        with_prior_preservation=True,
        prior_loss_weight=0.5,
    )
    backend = made(standin, http, store, expert=expert, faces=Faces())
    for case in CASES:
        await backend.submit(plan_for(case, backend))

    assert [len(order["components"]) for order in standin.orders] == [3, 1]


async def test_every_checkpoint_trains_and_draws(backend: NovitaBackend, standin: Novita) -> None:
    for info in backend.abilities.checkpoints:
        settings = info.settings(Preset.BEST, kind=Kind.OBJECT, seed=1)
        plan = replace(plan_for(STYLE, backend, images=1), checkpoint=info.name, kind=Kind.OBJECT, settings=settings)
        await backend.draw(drawing_plan(plan, await trained(backend, plan), count=1))

    assert len(standin.orders) == 2 * 17


async def test_a_checkpoint_that_novita_lacks_is_refused_before_anything_is_sent(
    backend: NovitaBackend, standin: Novita
) -> None:
    plan = replace(plan_for(SUBJECT, backend), checkpoint="flux")
    with pytest.raises(BackendRejected):
        await backend.submit(plan)
    with pytest.raises(BackendRejected):
        await backend.estimate(plan)
    with pytest.raises(BackendRejected):
        await backend.draw(replace(SKETCH, checkpoint="flux"))

    assert not standin.seen


# --- the list


async def test_the_list_is_read_to_its_end(backend: NovitaBackend, standin: Novita) -> None:
    fill(standin, 250)

    assert await backend.find("atelier-old-1") == RemoteTask("subject:atelier-old-1")
    assert standin.count("GET", "/v3/training") == 3
    assert await backend.find("atelier-new") is None
    assert standin.count("GET", "/v3/training") == 6


async def test_a_list_of_full_pages_ends_with_an_empty_one(backend: NovitaBackend, standin: Novita) -> None:
    fill(standin, 200)

    assert await backend.find("atelier-new") is None
    assert standin.count("GET", "/v3/training") == 3


async def test_a_list_that_was_not_read_whole_proves_nothing(backend: NovitaBackend, standin: Novita) -> None:
    fill(standin, 100)
    standin.faults.add("GET /v3/training$", Fault(status=500), times=3)
    with pytest.raises(BackendUnavailable):
        await backend.find("atelier-new")


@pytest.mark.parametrize("body", ['{"code": 0, "msg": "busy"}', "{}", '{"tasks": [{"task_name": "atelier-new"}]}'])
async def test_an_answer_without_rows_is_no_empty_list(backend: NovitaBackend, standin: Novita, body: str) -> None:
    standin.faults.add("GET /v3/training$", Fault(status=200, body=body))
    with pytest.raises(BackendReplyInvalid):
        await backend.find("atelier-new")


async def test_a_list_without_an_end_is_left(backend: NovitaBackend, standin: Novita) -> None:
    fill(standin, 100 * module.MOST_PAGES)
    with pytest.raises(BackendUnavailable, match="more than 50 pages"):
        await backend.find("atelier-new")


async def test_the_audit_leaves_other_people_s_trainings_alone(backend: NovitaBackend, standin: Novita) -> None:
    fill(standin, 1, name="portrait")
    await backend.submit(plan_for(STYLE, backend))
    held = await backend.owned()

    assert [(work.name, work.state) for work in held] == [("atelier-1", RemoteState.QUEUED)]
    assert held[0].id.startswith("style:")


async def test_one_page_tells_of_many_trainings(backend: NovitaBackend, standin: Novita) -> None:
    fill(standin, 150, name="other")
    plan = plan_for(SUBJECT, backend)
    remotes = [await backend.submit(replace(plan, name=f"atelier-{number}")) for number in range(4)]
    ids = [remote.id.partition(":")[2] for remote in remotes]
    standin.trainings[ids[1]].stage = 1
    standin.trainings[ids[2]].stage = 3
    standin.trainings[ids[3]].ended = "FAILED"
    told = await backend.poll_many([*remotes, RemoteTask("subject:other-150")])

    assert {id_: progress.state for id_, progress in told.items()} == {
        remotes[0].id: RemoteState.QUEUED,
        remotes[2].id: RemoteState.SUCCEEDED,
        remotes[3].id: RemoteState.FAILED,
        "subject:other-150": RemoteState.QUEUED,
    }  # how far the second one is, the list does not tell
    assert standin.count("GET", "/v3/training") == 1


async def test_a_look_at_many_goes_no_further_than_the_newest(backend: NovitaBackend, standin: Novita) -> None:
    fill(standin, 500)
    told = await backend.poll_many([RemoteTask("subject:atelier-old-1"), RemoteTask("subject:atelier-old-500")])

    assert set(told) == {"subject:atelier-old-500"}
    assert standin.count("GET", "/v3/training") == module.LOOK_PAGES


async def test_a_list_says_nothing_of_a_status_that_it_should_not_have(
    backend: NovitaBackend, standin: Novita
) -> None:
    remote = await backend.submit(plan_for(SUBJECT, backend))
    standin.says = "UNKNOWN"

    assert await backend.poll_many([remote, RemoteTask("style:gone")]) == {}
    assert await backend.poll_many([]) == {}
    assert [work.state for work in await backend.owned()] == [RemoteState.QUEUED]


# --- refusals


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, '{"reason": "BILLING_BALANCE_NOT_ENOUGH"}'),
        (403, "error code: 1010"),
        (403, '{"reason": "INVALID_API_KEY"}'),
        (404, '{"reason": "API_NOT_FOUND"}'),
        (404, "<html>not here</html>"),
    ],
)
async def test_only_novita_s_own_404_says_that_a_training_is_unknown(
    backend: NovitaBackend, standin: Novita, status: int, body: str
) -> None:
    remote = await backend.submit(plan_for(SUBJECT, backend))
    standin.faults.add("GET .*", Fault(status=status, body=body))
    with pytest.raises(BackendUnavailable):
        await backend.poll(remote)

    assert standin.count("GET", "/v3/training/subject") == 1  # asking again at once would not help
    assert out_of_sight(Answer(404, {}, b'{"reason": "TASK_NOT_FOUND"}')) is None


async def test_cloudflare_s_refusal_is_not_taken_for_a_wrong_key(backend: NovitaBackend, standin: Novita) -> None:
    standin.faults.add("POST /v3/training/subject", Fault(status=403, body="error code: 1010"))
    with pytest.raises(BackendUnavailable) as raised:
        await backend.submit(plan_for(SUBJECT, backend))

    assert "before Novita" in raised.value.detail
    assert not standin.paid


@pytest.mark.parametrize("no_credit", [(400, "BILLING_BALANCE_NOT_ENOUGH"), (403, "NOT_ENOUGH_BALANCE")])
async def test_an_empty_account_is_said_so(
    backend: NovitaBackend, standin: Novita, no_credit: tuple[int, str]
) -> None:
    standin.no_credit = no_credit
    standin.balance = 1
    with pytest.raises(BackendRejected, match="BALANCE") as training:
        await backend.submit(plan_for(SUBJECT, backend))
    with pytest.raises(BackendRejected, match="BALANCE") as drawing:
        await backend.draw(SKETCH)

    assert "no credit left" in words(training.value.reason)
    assert "no credit left" in words(drawing.value.reason)
    assert not standin.paid


async def test_settings_outside_the_documentation_are_refused_with_novita_s_words(
    backend: NovitaBackend, standin: Novita
) -> None:
    plan = plan_for(SUBJECT, backend)
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(replace(plan, settings=replace(plan.settings, learning_rate=3e-4)))

    assert "`learning_rate must be one of" in words(raised.value.reason)
    assert not standin.paid


# --- health and money


async def test_health_tells_the_balance(backend: NovitaBackend, standin: Novita) -> None:
    standin.balance = 125_000

    assert "$12.50" in await backend.health()


async def test_health_knows_the_old_call_too(backend: NovitaBackend, standin: Novita) -> None:
    standin.balance = 125_000
    standin.has_billing_page = False

    assert "$12.50" in await backend.health()


async def test_health_says_that_nothing_is_left(backend: NovitaBackend, standin: Novita) -> None:
    standin.balance = 0

    assert "no credit left" in await backend.health()


async def test_health_says_that_the_key_is_wrong(
    standin: Novita, http: httpx.AsyncBaseTransport, store: MemoryResults
) -> None:
    with pytest.raises(BackendRejected) as raised:
        await made(standin, http, store, api_key="sk_other").health()

    assert "does not take this bot's key" in words(raised.value.reason)


async def test_a_quote_names_the_price_list_and_warns(backend: NovitaBackend) -> None:
    estimate = await backend.estimate(plan_for(SUBJECT, backend))

    assert estimate.cost_micros == 3_000_000
    assert words(estimate.price_source) == "estimate, price list of 1 November 2026"
    assert "can't be stopped" in estimate.where
    assert backend.price_of_drawing(replace(SKETCH, width=1024, height=1024)) == 5_243


# --- drawing


@pytest.mark.parametrize("strings", [True, False])
@pytest.mark.parametrize("enveloped", [True, False])
async def test_numbers_and_envelopes_come_in_two_ways(
    backend: NovitaBackend, standin: Novita, store: MemoryResults, *, strings: bool, enveloped: bool
) -> None:
    standin.numbers_as_strings, standin.enveloped = strings, enveloped
    remote = await backend.draw(SKETCH)
    states = [(await backend.drawing(remote)).state for _ in range(2)]
    drawn = await backend.drawing(remote)

    assert states == [RemoteState.QUEUED, RemoteState.RUNNING]
    assert drawn.state is RemoteState.SUCCEEDED
    assert set(drawn.pictures) == set(store.kept)
    assert len(drawn.pictures) == 2


async def test_a_dead_link_is_asked_for_again(backend: NovitaBackend, standin: Novita) -> None:
    standin.result_seconds = -1.0
    remote = await backend.draw(SKETCH)
    for _ in range(2):
        await backend.drawing(remote)
    with pytest.raises(BackendUnavailable):
        await backend.drawing(remote)

    standin.result_seconds = 3600.0
    assert (await backend.drawing(remote)).state is RemoteState.SUCCEEDED


async def test_a_drawn_picture_that_is_none_is_not_kept(standin: Novita, http: httpx.AsyncBaseTransport) -> None:
    backend = made(standin, http, Fussy())
    remote = await backend.draw(SKETCH)
    for _ in range(2):
        await backend.drawing(remote)
    with pytest.raises(BackendReplyInvalid):
        await backend.drawing(remote)


async def test_a_picture_that_was_kept_back_leaves_the_others(
    backend: NovitaBackend, standin: Novita, store: MemoryResults
) -> None:
    standin.withheld = 1
    remote = await backend.draw(SKETCH)
    drawings = [await backend.drawing(remote) for _ in range(3)]

    assert drawings[-1].state is RemoteState.SUCCEEDED
    assert worded(drawings[-1]) == "1 of 2 was held back by its filter."
    assert drawings[-1].pictures == tuple(store.kept)
    assert len(drawings[-1].pictures) == 1


async def test_a_drawing_of_which_every_picture_was_kept_back_fails(backend: NovitaBackend, standin: Novita) -> None:
    standin.withheld = 2
    remote = await backend.draw(SKETCH)
    drawings = [await backend.drawing(remote) for _ in range(3)]

    assert drawings[-1].state is RemoteState.FAILED
    assert "kept every picture back" in worded(drawings[-1])


@pytest.mark.parametrize(
    ("reason", "meaning"), [("out of `memory`", "It said: `out of ˋmemoryˋ`."), (" ", "did not say why")]
)
async def test_a_failed_drawing_says_why(backend: NovitaBackend, standin: Novita, reason: str, meaning: str) -> None:
    standin.fails, standin.draw_reason = True, reason
    drawing = await backend.drawing(await backend.draw(SKETCH))

    assert drawing.state is RemoteState.FAILED
    assert meaning in worded(drawing)


async def test_an_unknown_status_of_a_drawing_is_no_end(backend: NovitaBackend, standin: Novita) -> None:
    standin.says = "TASK_STATUS_UNKNOWN"
    remote = await backend.draw(SKETCH)

    assert (await backend.drawing(remote)).state is RemoteState.QUEUED


async def test_a_lora_that_novita_does_not_have_is_not_asked_for(backend: NovitaBackend, standin: Novita) -> None:
    with pytest.raises(BackendRejected) as raised:
        await backend.draw(replace(SKETCH, loras=(LoraUse("0" * 64, 1.0),)))

    assert raised.value.charge == NOTHING
    assert not standin.seen


async def test_a_lora_of_another_family_is_refused_or_fails(backend: NovitaBackend, standin: Novita) -> None:
    lora = await trained(backend, plan_for(STYLE, backend))
    with pytest.raises(BackendRejected):
        await backend.draw(replace(SKETCH, loras=(lora,)))

    standin.refuses_late = True
    drawing = await backend.drawing(await backend.draw(replace(SKETCH, loras=(lora,))))
    assert drawing.state is RemoteState.FAILED
    assert "does not fit" in worded(drawing)


async def test_more_than_20_pictures_a_minute_have_to_wait(backend: NovitaBackend, standin: Novita) -> None:
    now = 1_000.0
    standin.now = lambda: now
    for _ in range(5):
        await backend.draw(replace(SKETCH, count=4))
    with pytest.raises(BackendUnavailable):
        await backend.draw(replace(SKETCH, count=1))

    now += 61
    assert (await backend.draw(replace(SKETCH, count=4))).id.startswith("4:")


async def test_novita_can_stop_nothing(backend: NovitaBackend, standin: Novita) -> None:
    with pytest.raises(BackendRejected) as raised:
        await backend.cancel(RemoteTask("subject:1"))
    await backend.cancel_drawing(RemoteTask("2:1"))

    assert "can't stop what it has taken" in words(raised.value.reason)
    assert not standin.seen


async def test_a_picture_to_start_from_is_ordered_with_how_much_may_change(
    backend: NovitaBackend, standin: Novita
) -> None:
    start = source_image(change=0.35)
    await backend.draw(replace(SKETCH, source_image=start))
    await backend.draw(SKETCH)
    with_start, without = (order["request"] for order in standin.orders[-2:])

    assert [task.kind for task in standin.drawings.values()] == ["img2img", "txt2img"]
    assert base64.b64decode(with_start["image_base64"]) == await start.read()
    assert with_start["strength"] == 0.35
    assert set(with_start) - set(without) == {"image_base64", "strength"}


async def test_a_picture_of_more_than_ten_megabytes_is_refused_before_anything_is_ordered(
    backend: NovitaBackend, standin: Novita
) -> None:
    async def read() -> bytes:
        return bytes(10 * 1024 * 1024 + 1)

    with pytest.raises(BackendRejected) as raised:
        await backend.draw(replace(SKETCH, source_image=SourceImage("0" * 64, 0.5, read)))

    assert "at most 10 MB" in words(raised.value.reason)
    assert raised.value.charge == NOTHING
    assert not standin.seen
