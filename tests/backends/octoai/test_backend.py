"""What is special to OctoAI-compatible servers, beyond the suite for all backends."""

import base64
import hashlib
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from PIL import Image

from backends import octoai
from backends.answers import Answer
from backends.base import LoraUse, PlanImage, RemoteTask, SourceImage, TrainingPlan
from backends.octoai import backend as module
from backends.octoai.assets import LOOKS
from backends.octoai.backend import OctoaiBackend, place
from backends.octoai.drawings import drawing_order
from backends.octoai.refusals import drawing_complaint, violation
from backends.octoai.settings import OctoaiSettings
from backends.provider import Context
from bot.interactions.fact_words import words
from domain.datasets.picture_numbers import listed
from domain.errors import BackendAmbiguous, BackendRejected, BackendReplyInvalid, BackendUnavailable
from domain.money.charges import NOTHING
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from tests.backends.case import MemoryResults, at_once, drawing_plan, made, source_image, training_plan, worded
from tests.backends.cases.octoai import CASES
from tests.providers import octoai as provider
from tests.providers.faults import Fault
from tests.providers.octoai import OctoAI
from tests.providers.standin import drawing as drawing_of

CASE = CASES[0]


@pytest.fixture
async def standin() -> AsyncIterator[OctoAI]:
    async with OctoAI() as running:
        yield running


@pytest.fixture
def backend(standin: OctoAI, http: httpx.AsyncBaseTransport, store: MemoryResults) -> OctoaiBackend:
    backend: OctoaiBackend = made(standin, http, store)
    return backend


@pytest.fixture
def plan(backend: OctoaiBackend) -> TrainingPlan:
    return training_plan(CASE, backend)


def puts(standin: OctoAI) -> int:
    return sum(seen.origin == "files" and seen.method == "PUT" for seen in standin.seen)


def last_drawn(standin: OctoAI) -> dict[str, object]:
    seen = [seen for seen in standin.seen if seen.path == "/generate/sdxl" and seen.method == "POST"]
    body: dict[str, object] = json.loads(seen[-1].body)
    return body


async def finish(backend: OctoaiBackend, remote: RemoteTask) -> Progress:
    for _ in range(9):
        progress = await backend.poll(remote)
        if progress.state not in (RemoteState.QUEUED, RemoteState.RUNNING):
            return progress
    raise AssertionError("it never ended")


def picture(kind: str) -> PlanImage:
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, kind)

    async def read() -> bytes:
        return file.getvalue()

    content = file.getvalue()
    sha256 = hashlib.sha256(content).hexdigest()
    return PlanImage(sha256=sha256, size=len(content), caption="zorbo", held_out=False, read=read)


# --- decisions


@pytest.mark.parametrize(
    ("seed", "sent"),
    [(11, [11, 12]), (0, [2**32 - 1, 1]), (2**32 - 1, [2**32 - 1, 1]), (2**31 - 1, [2**31 - 1, 2**31])],
)
def test_each_picture_has_its_own_seed_within_bounds(plan: TrainingPlan, seed: int, sent: list[int]) -> None:
    assert drawing_order(replace(drawing_plan(plan, None), seed=seed))["seed"] == sent


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ([], "Some pictures were judged unsafe there, so they were left out."),
        ([3], "Picture 3 was judged unsafe there, so it was left out."),
        ([2, 3, 4, 9], "Pictures 2–4, 9 were judged unsafe there, so they were left out."),
    ],
)
def test_pictures_that_were_left_out_are_named(numbers: list[int], sentence: str) -> None:
    assert words(fact(FactKind.LEFT_OUT_UNSAFE, numbers=listed(numbers))) == sentence


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"detail":[{"loc":["body","details","steps"],"msg":"not an integer","type":"x"}]}',
            "details.steps: not an",
        ),
        (b'{"detail":[{"loc":["body","files",0],"msg":"`@here`","type":"x"}]}', "`body.files.0: ˋ@hereˋ`"),
    ],
)
def test_a_violation_is_told_with_its_field(body: bytes, said: str) -> None:
    error = violation(Answer(422, {}, body))

    assert error is not None
    assert said in words(error.reason)
    assert error.charge == NOTHING


@pytest.mark.parametrize("body", [b'{"detail":"no"}', b'{"detail":[]}', b"<html>", b'{"detail":[{"loc":"x"}]}'])
def test_a_422_of_another_shape_is_left_to_the_status(body: bytes) -> None:
    assert violation(Answer(422, {}, body)) is None


def test_other_refusals_of_a_drawing_are_left_to_the_status() -> None:
    assert drawing_complaint(Answer(403, {}, b"{}")) is None


@pytest.mark.parametrize(
    ("url", "name"),
    [("https://gpu.example.org/octo", "`gpu.example.org`"), ("http://me:pw@10.0.0.5:81", "`10.0.0.5:81`")],
)
def test_a_place_is_named_without_the_rest_of_its_address(url: str, name: str) -> None:
    assert place(url) == name


# --- the server itself


def test_no_address_is_taken_for_granted() -> None:
    assert {"octoai_url", "octoai_image_url"} <= set(octoai.PROVIDER.needs)


async def test_health_names_both_places(backend: OctoaiBackend, standin: OctoAI) -> None:
    said = await backend.health()

    trainings, drawings = (url.removeprefix("http://") for url in (standin.base_url, standin.image_url))
    assert said == f"Trainings at `{trainings}` answer; drawings at `{drawings}` answer."
    assert standin.pictures_paid == 0


async def test_health_says_which_of_the_two_is_away(backend: OctoaiBackend, standin: OctoAI) -> None:
    await standin.stop_drawing()
    with pytest.raises(BackendUnavailable) as raised:
        await backend.health()

    trainings, drawings = (url.removeprefix("http://") for url in (standin.base_url, standin.image_url))
    assert words(raised.value.reason) == f"Trainings at `{trainings}` answer; drawings at `{drawings}` do not answer."


async def test_a_key_that_is_not_taken_is_an_outage_to_a_look(backend: OctoaiBackend, standin: OctoAI) -> None:
    standin.unauthorized_status = 403
    standin.faults.add("GET .*", Fault(status=403, body='{"detail": "Unauthorized"}'), times=9)
    with pytest.raises(BackendUnavailable) as raised:
        await backend.health()

    assert "do not answer; drawings" in words(raised.value.reason)


# --- trainings


async def test_a_quote_is_the_price_of_the_steps(backend: OctoaiBackend, plan: TrainingPlan) -> None:
    estimate = await backend.estimate(plan)

    assert estimate.cost_micros == 200_000
    assert [words(charge.what) for charge in estimate.lines] == ["400 steps"]
    assert "`127.0.0.1:" in estimate.where
    assert backend.price_of_drawing(drawing_plan(plan, None)) == 16_000


async def test_an_order_says_all_that_can_be_set(backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan) -> None:
    remote = await backend.submit(plan)
    order = standin.tunes[remote.id].order

    assert order.name == "atelier-1"
    assert order.continue_on_rejection
    assert order.details.base_checkpoint.checkpoint_id == "asset_01hdpjv7bxe1n99eazrv23ca1k"
    assert order.details.trigger_words == ["zorbo"]
    assert order.details.steps == 400
    assert order.details.seed == 7
    assert [file.caption for file in order.details.files] == [f"zorbo number {n}" for n in (1, 2, 3, 4, 5)]
    names = [standin.assets[file.file_id].name for file in order.details.files]
    assert names == [f"atelier-1-00{n}" for n in (1, 2, 3, 4, 5)]
    assert all(standin.assets[file.file_id].status == "ready" for file in order.details.files)


async def test_a_server_without_the_checkpoint_gets_no_pictures(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    del standin.assets[provider.DEFAULT_SDXL]
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(plan)

    assert "does not have Stable Diffusion XL 1.0" in words(raised.value.reason)
    assert raised.value.charge == NOTHING
    assert puts(standin) == 0


@pytest.mark.parametrize("status", [409, 400])
async def test_a_name_that_is_taken_means_that_our_order_arrived(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan, status: int
) -> None:
    standin.conflict_status = status
    first = await backend.submit(plan)
    with pytest.raises(BackendAmbiguous):
        await backend.submit(plan)

    assert await backend.find(plan.name) == first
    assert standin.paid == ["atelier-1"]


@pytest.mark.parametrize("status", [409, 400])
async def test_a_second_try_finds_the_pictures_of_the_first(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan, status: int
) -> None:
    standin.conflict_status = status
    standin.faults.add(CASE.paid, Fault(status=429))
    with pytest.raises(BackendUnavailable):
        await backend.submit(plan)
    await backend.submit(plan)

    assert puts(standin) == 5
    assert standin.paid == ["atelier-1"]


async def test_a_refused_asset_that_is_not_there_is_told_as_refused(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.faults.add("POST /v1/assets$", Fault(status=400, body='{"detail": "quota exceeded"}'))
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(plan)

    assert "quota exceeded" in raised.value.detail
    assert not standin.paid


async def test_an_upload_link_that_expired_is_asked_for_again_by_the_next_try(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.link_seconds = -1.0
    with pytest.raises(BackendUnavailable):
        await backend.submit(plan)
    standin.link_seconds = 600.0
    await backend.submit(plan)

    assert standin.paid == ["atelier-1"]


async def test_an_upload_that_failed_within_a_success_is_noticed(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.loses_uploads = True
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(plan)

    assert words(raised.value.reason) == (
        "It can't use picture 1. It said: `no file was uploaded`. Please remove or replace that."
    )
    assert not standin.paid


async def test_a_picture_that_it_cannot_read_is_named_before_anything_is_paid(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.broken = {"atelier-1-002", "atelier-1-004"}
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(plan)

    assert "picture 2, 4. It said: `the file can't be read`" in words(raised.value.reason)
    assert not standin.paid


async def test_webp_is_refused_by_its_bytes(backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan) -> None:
    images = (picture("PNG"), picture("WEBP"))
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(replace(plan, images=images))

    assert "JPEG and PNG only, and picture 2 is neither" in words(raised.value.reason)
    assert not standin.paid


async def test_an_unknown_checkpoint_is_refused_without_asking(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    with pytest.raises(BackendRejected):
        await backend.submit(replace(plan, checkpoint="sd15"))

    assert not standin.seen


async def test_a_server_that_signs_no_link_for_uploads_breaks_the_contract(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    body = '{"asset": {"id": "asset_1", "name": "x", "status": "ready_to_upload"}, "transfer_api": {"type": "sts"}}'
    standin.faults.add("POST /v1/assets$", Fault(status=200, body=body))
    with pytest.raises(BackendReplyInvalid):
        await backend.submit(plan)

    assert not standin.paid


async def test_the_wait_for_pictures_ends(
    standin: OctoAI, http: httpx.AsyncBaseTransport, store: MemoryResults, plan: TrainingPlan
) -> None:
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)

    backend = made(standin, http, store, sleep=nap)
    standin.stuck = {"atelier-1-003"}
    with pytest.raises(BackendUnavailable) as raised:
        await backend.submit(plan)

    assert naps == [2.0] * LOOKS
    assert "still checking picture 3" in words(raised.value.reason)
    assert not standin.paid


async def test_a_picture_that_is_judged_unsafe_is_left_out_and_named(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.unsafe = {"atelier-1-003"}
    remote = await backend.submit(plan)
    progress = await finish(backend, remote)

    assert progress.state is RemoteState.SUCCEEDED
    assert tuple(map(words, progress.notes)) == ("Picture 3 was judged unsafe there, so it was left out.",)


async def test_too_few_safe_pictures_are_not_paid_for(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.unsafe = {"atelier-1-001", "atelier-1-002", "atelier-1-003"}
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(plan)

    assert "judged picture 1–3 unsafe" in words(raised.value.reason)
    assert raised.value.charge == NOTHING
    assert not standin.paid


async def test_pictures_that_were_not_ready_are_named(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.gone_after_check = {"atelier-1-002", "atelier-1-005"}
    progress = await finish(backend, await backend.submit(plan))

    assert progress.state is RemoteState.FAILED
    assert (
        words(progress.message)
        == "The OctoAI-compatible server could not finish it. It said: `some assets are not ready`."
    )
    assert tuple(map(words, progress.notes)) == (
        "Pictures 2, 5 were not ready there in time, so they were left out.",
    )


async def test_a_picture_that_is_gone_from_the_library_has_no_number(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.unsafe = {"atelier-1-003"}
    remote = await backend.submit(plan)
    await finish(backend, remote)
    standin.assets = {id_: asset for id_, asset in standin.assets.items() if asset.name != "atelier-1-003"}

    notes = (await backend.poll(remote)).notes
    assert tuple(map(words, notes)) == ("Some pictures were judged unsafe there, so they were left out.",)


async def test_many_trainings_are_looked_at_with_one_request(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    remotes = [await backend.submit(replace(plan, name=f"atelier-{n}")) for n in (1, 2, 3)]
    found = await backend.poll_many([*remotes, RemoteTask("tune_of_somebody")])

    assert set(found) == {remote.id for remote in remotes}
    assert standin.count("GET", "/v1/tunes") == 1


async def test_what_needs_more_than_the_list_is_looked_at_by_itself(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.unsafe = {"atelier-1-003"}
    remotes = [await backend.submit(replace(plan, name=f"atelier-{n}")) for n in (1, 2)]
    for remote in remotes:
        await finish(backend, remote)

    assert set(await backend.poll_many(remotes)) == {remotes[1].id}


async def test_a_list_is_read_page_by_page(backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan) -> None:
    first = await backend.submit(plan)
    model = standin.tunes[first.id]
    for n in range(230):
        order = model.order.model_copy(update={"name": f"atelier-x{n}" if n % 2 else f"else-{n}"})
        standin.tunes[f"tune_{n}"] = replace(model, id=f"tune_{n}", order=order)

    assert len(await backend.owned()) == 116
    assert standin.count("GET", "/v1/tunes") == 3
    assert await backend.poll_many([first]) == {}  # on the third page: to ask for it alone is cheaper
    assert standin.count("GET", "/v1/tunes") == 4


async def test_a_list_without_an_end_is_given_up(
    backend: OctoaiBackend, standin: OctoAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 3)
    page = '{"data": [{"id": "tune_1", "name": "x", "status": "running"}], "has_more": true}'
    standin.faults.add("GET /v1/tunes", Fault(status=200, body=page), times=9)
    with pytest.raises(BackendReplyInvalid):
        await backend.find("atelier-1")

    assert standin.count("GET", "/v1/tunes") == 3


async def test_a_refused_stop_of_a_running_training_is_no_success(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.held = True
    remote = await backend.submit(plan)
    standin.faults.add("POST .*/cancel", Fault(status=409, body='{"detail": "not now"}'))
    with pytest.raises(BackendRejected):
        await backend.cancel(remote)


async def test_a_remote_id_cannot_lead_to_another_path(backend: OctoaiBackend, standin: OctoAI) -> None:
    with pytest.raises(BackendRejected):
        await backend.poll(RemoteTask("../tunes?limit=1"))

    assert standin.count("GET", "/v1/tunes") == 0


async def test_a_lora_that_only_the_server_has_is_still_drawn_with(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.gives_links = False
    remote = await backend.submit(plan)
    await finish(backend, remote)
    lora = await backend.fetch(remote)

    assert lora.sha256 is None
    drawing = await backend.drawing(await backend.draw(drawing_plan(plan, LoraUse(None, 1.0, lora.reference))))
    assert drawing.state is RemoteState.SUCCEEDED


async def test_a_lora_that_is_a_pickle_is_not_kept(
    backend: OctoaiBackend, standin: OctoAI, store: MemoryResults, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    await finish(backend, remote)
    lora = standin.assets[standin.tunes[remote.id].output[0]]
    standin.files[lora.file].content = b"\x80\x04\x95ckpt pickled" * 9
    with pytest.raises(BackendReplyInvalid):
        await backend.fetch(remote)

    assert not store.kept


async def test_a_success_without_a_lora_breaks_the_contract(backend: OctoaiBackend, standin: OctoAI) -> None:
    body = '{"id": "tune_1", "name": "atelier-1", "status": "succeeded", "output_lora_ids": []}'
    standin.faults.add("GET /v1/tune/tune_1", Fault(status=200, body=body))
    with pytest.raises(BackendReplyInvalid):
        await backend.fetch(RemoteTask("tune_1"))


async def test_a_lora_that_is_not_ready_yet_is_fetched_later(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    await finish(backend, remote)
    lora = standin.assets[standin.tunes[remote.id].output[0]]
    lora.status = "uploaded"
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)

    assert (await backend.fetch(remote)).reference == lora.id


async def test_a_lora_that_the_library_does_not_show_yet_is_fetched_later(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    await finish(backend, remote)
    lora = standin.tunes[remote.id].output[0]
    standin.faults.add(f"GET /v1/assets/{lora}", Fault(status=404, body='{"detail": "no such asset"}'))
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)

    assert (await backend.fetch(remote)).reference == lora


# --- drawings


async def test_a_drawing_asks_for_what_was_planned(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    remote = await backend.draw(
        replace(drawing_plan(plan, LoraUse(None, 0.8, "octoai:add-detail")), width=888, height=1184)
    )
    drawing = await backend.drawing(remote)

    assert last_drawn(standin) == {
        "prompt": "zorbo at the sea",
        "loras": {"octoai:add-detail": 0.8},
        "width": 896,
        "height": 1152,
        "num_images": 2,
        "seed": [11, 12],
        "steps": 30,
        "cfg_scale": 7.5,
        "use_refiner": False,
        "image_encoding": "png",
    }
    assert json.loads(remote.id) == {"pictures": list(drawing.pictures), "count": 2}


async def test_a_drawing_without_a_lora_names_none(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    await backend.draw(drawing_plan(plan, None))

    assert "loras" not in last_drawn(standin)


async def test_a_big_answer_is_taken(
    standin: OctoAI, http: httpx.AsyncBaseTransport, store: MemoryResults, plan: TrainingPlan
) -> None:
    standin.ballast = 6 * 1024 * 1024
    context = Context(transport=http, store=store, seconds=0.001, sleep=at_once)  # for all but drawing
    backend = octoai.create(OctoaiSettings(_env_file=None, **standin.settings()), context, draw_seconds=60.0)
    drawing = await backend.drawing(await backend.draw(replace(drawing_plan(plan, None), count=4)))

    assert len(drawing.pictures) == 4
    assert sum(len(store.kept[sha256]) for sha256 in drawing.pictures) > 24 * 1024 * 1024


@pytest.mark.parametrize("instead", [None, "null"])
async def test_a_picture_that_was_removed_leaves_the_others(
    backend: OctoaiBackend, standin: OctoAI, store: MemoryResults, plan: TrainingPlan, instead: str | None
) -> None:
    standin.unsafe_drawings = 1
    standin.removed_as = instead
    drawing = await backend.drawing(await backend.draw(drawing_plan(plan, None)))

    assert drawing.state is RemoteState.SUCCEEDED
    assert worded(drawing) == "1 of 2 was held back by its filter."
    assert drawing.pictures == tuple(store.kept)
    assert len(drawing.pictures) == 1


async def test_whatever_is_wrong_with_some_pictures_is_told_beside_the_others(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    good = base64.b64encode(drawing_of(7)).decode()
    images = [{"image_b64": good}, {"removed_for_safety": True}, {"image_b64": "%%%"}]
    standin.faults.add("POST /generate/sdxl", Fault(status=200, body=json.dumps({"images": images})))
    drawing = await backend.drawing(await backend.draw(drawing_plan(plan, None, count=4)))

    assert len(drawing.pictures) == 1
    assert worded(drawing) == "1 of 4 was held back by its filter. 1 of 4 was not given. 1 of 4 was unreadable."


@pytest.mark.parametrize("instead", [None, "null"])
async def test_a_drawing_of_which_every_picture_was_removed_has_failed(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan, instead: str | None
) -> None:
    standin.unsafe_drawings = 2
    standin.removed_as = instead
    drawing = await backend.drawing(await backend.draw(drawing_plan(plan, None)))

    assert drawing.state is RemoteState.FAILED
    assert "filter kept every picture back" in worded(drawing)
    assert drawing.pictures == ()


@pytest.mark.parametrize(
    "images",
    [
        "[]",
        '[{"image_b64": "%%%"}, {"image_b64": "%%%"}]',
        '[{"image_b64": "AAAA"}, {"image_b64": "AAAA"}]',
        '[{"image_b64": null}, {}]',
    ],
)
async def test_pictures_that_are_of_no_use_end_a_paid_drawing(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan, images: str
) -> None:
    standin.faults.add("POST /generate/sdxl", Fault(status=200, body=f'{{"images": {images}}}'))
    drawing = await backend.drawing(await backend.draw(drawing_plan(plan, None)))

    assert drawing.state is RemoteState.FAILED
    assert drawing.message == fact(FactKind.NOTHING_USABLE)


async def test_a_prompt_that_is_blocked_is_told_so(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    with pytest.raises(BackendRejected) as raised:
        await backend.draw(replace(drawing_plan(plan, None), prompt="a forbidden thing"))

    assert words(raised.value.reason) == (
        "The OctoAI-compatible server's filter does not allow this prompt. Please word it differently."
    )
    assert standin.pictures_paid == 0


async def test_a_drawing_beyond_the_rate_was_surely_not_made(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    standin.drawings_per_minute = 1
    standin.now = lambda: 1_000.0
    await backend.draw(drawing_plan(plan, None))
    with pytest.raises(BackendUnavailable) as raised:
        await backend.draw(drawing_plan(plan, None))

    assert raised.value.retry_after == 61
    assert standin.pictures_paid == 2


async def test_a_lora_of_another_backend_is_refused_without_asking(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    with pytest.raises(BackendRejected):
        await backend.draw(drawing_plan(plan, LoraUse("ab" * 32, 1.0)))

    assert not standin.seen


async def test_a_lora_that_the_server_lost_is_a_refusal(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    with pytest.raises(BackendRejected):
        await backend.draw(drawing_plan(plan, LoraUse(None, 1.0, "asset_gone")))

    assert standin.pictures_paid == 0


async def test_a_drawing_with_a_foreign_id_is_not_known(backend: OctoaiBackend) -> None:
    with pytest.raises(BackendRejected):
        await backend.drawing(RemoteTask("nothing"))


async def test_stopping_a_drawing_that_is_over_is_fine(backend: OctoaiBackend) -> None:
    await backend.cancel_drawing(RemoteTask("{}"))


async def test_a_picture_to_start_from_goes_with_the_order(
    backend: OctoaiBackend, standin: OctoAI, plan: TrainingPlan
) -> None:
    start = source_image(change=0.35)
    await backend.draw(replace(drawing_plan(plan, None), source_image=start))
    order = last_drawn(standin)

    assert order["init_image"] == base64.b64encode(await start.read()).decode()
    assert order["strength"] == 0.35


async def test_the_stand_in_takes_only_pictures_to_start_from(backend: OctoaiBackend, plan: TrainingPlan) -> None:
    async def read() -> bytes:
        return b"no picture"

    with pytest.raises(BackendRejected):
        await backend.draw(replace(drawing_plan(plan, None), source_image=SourceImage("0" * 64, 0.5, read)))
