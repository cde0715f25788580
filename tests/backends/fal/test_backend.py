"""What is special about fal, beyond the contract that all backends share."""

import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from backends.base import LoraUse, RemoteTask, TrainingPlan
from backends.fal import FalBackend
from backends.fal.failures import Ended
from backends.fal.orders import drawing_order, packed, sides, training_order
from bot.interactions.fact_words import words
from domain.datasets.dataset import Kind
from domain.drawing.recipes import Ratio, size_of
from domain.errors import BackendRejected, BackendReplyInvalid, BackendUnavailable
from domain.money.charges import NOTHING
from domain.orders.progress import Progress, RemoteState
from tests.backends import case
from tests.backends.case import MemoryResults, drawing_plan, source_image, training_plan, worded
from tests.backends.cases.fal import CASES
from tests.providers.fal import GENERATOR, REDRAWER, TRAINER, FalStandIn
from tests.providers.faults import Fault

LOCKED = '{"detail": "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."}'


@pytest.fixture
async def standin() -> AsyncIterator[FalStandIn]:
    async with FalStandIn() as running:
        yield running


@pytest.fixture
def backend(standin: FalStandIn, http: httpx.AsyncBaseTransport) -> FalBackend:
    return made(standin, http)


@pytest.fixture
def plan(backend: FalBackend) -> TrainingPlan:
    return training_plan(CASES[0], backend)


def made(standin: FalStandIn, http: httpx.AsyncBaseTransport) -> FalBackend:
    backend: FalBackend = case.made(standin, http, MemoryResults())
    return backend


async def ended(backend: FalBackend, remote: RemoteTask) -> Progress:
    while True:
        progress = await backend.poll(remote)
        if progress.state not in (RemoteState.QUEUED, RemoteState.RUNNING):
            return progress


async def trained(backend: FalBackend, plan: TrainingPlan) -> LoraUse:
    remote = await backend.submit(plan)
    await ended(backend, remote)
    lora = await backend.fetch(remote)
    return LoraUse(lora.sha256, 1.0, lora.reference)


async def drawn(backend: FalBackend, remote: RemoteTask) -> tuple[RemoteState, str]:
    while True:
        drawing = await backend.drawing(remote)
        if drawing.state not in (RemoteState.QUEUED, RemoteState.RUNNING):
            return drawing.state, worded(drawing)


# --- what is sent


@pytest.mark.parametrize(
    ("kind", "is_style", "create_masks"), [(Kind.CHARACTER, False, True), (Kind.STYLE, True, False)]
)
def test_a_style_is_trained_without_masks(
    backend: FalBackend, kind: Kind, *, is_style: bool, create_masks: bool
) -> None:
    styled = training_plan(replace(CASES[0], kind=kind), backend)

    assert training_order(styled, "https://v3.fal.media/files/a/atelier-1.zip") == {
        "images_data_url": "https://v3.fal.media/files/a/atelier-1.zip",
        "trigger_word": "zorbo",
        "steps": 500,
        "is_style": is_style,
        "create_masks": create_masks,
    }


async def test_the_zip_file_holds_our_own_names_only(plan: TrainingPlan) -> None:
    contents = [await image.read() for image in plan.images]
    whole = packed([(contents[0], "zorbo in the sun"), (contents[1], "")])

    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.namelist() == ["0001.jpg", "0001.txt", "0002.png"]
        assert archive.read("0001.txt") == b"zorbo in the sun"
        assert archive.read("0002.png") == contents[1]


async def test_the_pictures_are_put_without_the_key_and_go_away_after_a_day(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    put = next(seen for seen in standin.seen if seen.method == "PUT")
    order = next(seen for seen in standin.seen if seen.path == f"/{TRAINER}")
    standin.now = lambda: 4_000_000_000.0
    progress = await ended(backend, remote)

    assert put.origin == "files"
    assert put.headers["Content-Type"] == "application/zip"
    assert "Authorization" not in put.headers
    assert next(iter(standin.lifecycles.values())) == {"expiration_duration_seconds": 86_400}
    assert "X-Fal-Object-Lifecycle-Preference" not in order.headers  # the LoRA is to stay
    assert progress.state is RemoteState.FAILED
    assert "could not fetch a file" in worded(progress)


@pytest.mark.parametrize(
    ("width", "height", "given"),
    [
        (8, 4_000, (256, 1_536)),
        (512, 512, (512, 512)),
        (1_000, 1_000, (992, 992)),
        (1_024, 1_024, (1_024, 1_024)),
        (1_136, 928, (1_120, 928)),  # 1.005 megapixels would be charged as two
        (928, 1_136, (928, 1_120)),
        (1_536, 1_536, (1_536, 1_536)),
    ],
)
def test_the_sides_of_a_picture_are_brought_within_bounds(
    plan: TrainingPlan, width: int, height: int, given: tuple[int, int]
) -> None:
    assert sides(replace(drawing_plan(plan, None), width=width, height=height)) == given


@pytest.mark.parametrize("ratio", list(Ratio))
def test_a_picture_of_every_shape_costs_one_megapixel(backend: FalBackend, plan: TrainingPlan, ratio: Ratio) -> None:
    width, height = size_of(ratio, 1_024)
    order = replace(drawing_plan(plan, None, count=1), width=width, height=height)

    assert backend.price_of_drawing(order) == 35_000


def test_a_drawing_asks_for_what_fal_can_do(plan: TrainingPlan) -> None:
    order = drawing_order(drawing_plan(plan, LoraUse(None, 4.5, "https://v3.fal.media/files/a.safetensors")))

    assert order == {
        "prompt": "zorbo at the sea",
        "loras": [{"path": "https://v3.fal.media/files/a.safetensors", "scale": 4}],
        "image_size": {"width": 512, "height": 512},
        "num_images": 2,
        "seed": 11,
        "output_format": "png",
        "enable_safety_checker": True,
    }


async def test_too_many_bytes_are_refused_at_the_quote(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    heavy = replace(plan, images=(replace(plan.images[0], size=150 * 1024 * 1024),))
    with pytest.raises(BackendRejected) as raised:
        await backend.estimate(heavy)
    with pytest.raises(BackendRejected):
        await backend.submit(heavy)

    assert "150 MB" in words(raised.value.reason)
    assert raised.value.charge == NOTHING
    assert not standin.seen


async def test_prices_grow_with_steps_and_megapixels(backend: FalBackend, plan: TrainingPlan) -> None:
    longer = replace(plan, settings=replace(plan.settings, steps=1_500))

    assert (await backend.estimate(plan)).cost_micros == 1_000_000
    assert (await backend.estimate(longer)).cost_micros == 3_000_000
    assert backend.price_of_drawing(drawing_plan(plan, None, side=1_024)) == 70_000
    assert backend.price_of_drawing(drawing_plan(plan, None, side=1_536)) == 210_000  # 2.25 megapixels count as 3


# --- what is read


async def test_a_status_with_more_logs_than_usual_is_read(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.job().looks = 3
    standin.job().logs = [{"message": f"{step}/500 [" + "█" * 1_000} for step in range(500)]

    assert (await backend.poll(remote)).step == 210


async def test_an_odd_status_is_logged_once_a_look(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan, caplog: pytest.LogCaptureFixture
) -> None:
    remote = await backend.submit(plan)
    standin.odd_status = "REHEATING"
    await backend.poll(remote)

    assert [record.levelname for record in caplog.records if "REHEATING" in record.message] == ["WARNING"]


# --- failures


@pytest.mark.parametrize("says_error", [False, True])
async def test_a_completed_training_whose_result_is_an_error_has_failed(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan, *, says_error: bool
) -> None:
    remote = await backend.submit(plan)
    standin.fails, standin.says_error, standin.failure = True, says_error, "image_too_small"
    progress = await backend.poll(remote)

    assert progress.state is RemoteState.FAILED
    assert worded(progress) == "One of the pictures is too small for fal. Please remove the smallest ones."


async def test_a_completed_training_with_an_error_has_failed_whatever_its_result(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.fails, standin.failure = True, "startup_timeout"
    progress = await backend.poll(remote)

    assert progress.state is RemoteState.FAILED
    assert worded(progress) == "fal found no machine for it in time. Please try again later."
    with pytest.raises(BackendRejected):
        await backend.fetch(remote)


async def test_an_error_without_a_type_is_a_failure_too(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    job = standin.job()
    job.error, job.result = "Something", {"diffusers_lora_file": {"url": "https://v3.fal.media/files/a"}}

    assert (await backend.poll(remote)).state is RemoteState.FAILED
    job.result, job.problem = None, (503, {"detail": "gone"})
    assert (await backend.poll(remote)).state is RemoteState.FAILED


async def test_a_result_that_fal_cannot_give_just_now_ends_nothing(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.job().looks = 5
    body = '{"detail": "Internal error", "error_type": "internal_error"}'
    standin.faults.add("GET /fal-ai/flux-lora-fast-training/requests/[^/]+$", Fault(status=500, body=body), times=3)
    with pytest.raises(BackendUnavailable):
        await backend.poll(remote)

    standin.faults.clear()
    assert (await backend.poll(remote)).state is RemoteState.SUCCEEDED


async def test_an_order_that_is_refused_at_once_says_why(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    standin.refuses_at_once = True
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(replace(plan, settings=replace(plan.settings, steps=20_000)))

    assert raised.value.charge == NOTHING
    assert "secret prompt" not in str(raised.value)
    assert not standin.trainings


async def test_an_account_without_credit_is_refused_orders_but_can_still_look(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    standin.faults.add(f"POST /{TRAINER}", Fault(status=403, body=LOCKED))
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(plan)
    remote = await backend.submit(plan)
    standin.faults.add("GET .*/status", Fault(status=403, body=LOCKED))
    with pytest.raises(BackendUnavailable):
        await backend.poll(remote)

    assert "no credit left" in words(raised.value.reason)
    assert (await ended(backend, remote)).state is RemoteState.SUCCEEDED


# --- traps


async def test_the_key_does_not_follow_links_to_another_host(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    standin.foreign_links = standin.files_url
    remote = await backend.submit(plan)
    before = len(standin.seen)
    with pytest.raises(BackendReplyInvalid):
        await backend.poll(remote)
    with pytest.raises(BackendReplyInvalid):
        await backend.cancel(remote)

    assert len(standin.seen) == before


async def test_an_id_that_fal_has_forgotten_is_no_outage(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.jobs.clear()
    with pytest.raises(BackendRejected) as raised:
        await backend.poll(remote)

    assert not isinstance(raised.value, Ended)


async def test_stopping_what_is_over_or_gone_is_fine_but_a_wrong_key_is_not(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    await ended(backend, remote)
    await backend.cancel(remote)
    standin.jobs.clear()
    await backend.cancel(remote)

    standin.faults.add("PUT .*/cancel", Fault(status=401, body='{"detail": "invalid key credentials"}'))
    with pytest.raises(BackendRejected):
        await backend.cancel(remote)


async def test_a_lora_that_is_no_safetensors_file_is_not_taken(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    await ended(backend, remote)
    name = next(name for name in standin.files if name.endswith("pytorch_lora_weights.safetensors"))
    standin.files[name].content = b"\x80\x04\x95a pickle"
    with pytest.raises(BackendReplyInvalid):
        await backend.fetch(remote)


async def test_a_lora_cannot_be_fetched_before_it_is_there(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.held = True
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)


async def test_a_completed_training_whose_result_is_missing_is_fetched_later(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    await ended(backend, remote)
    body = '{"detail": "Request not found"}'
    standin.faults.add(f"GET /{TRAINER}/requests/[^/]+$", Fault(status=404, body=body))
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)

    assert (await backend.fetch(remote)).reference


async def test_blackened_and_missing_pictures_leave_the_others(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    standin.blackens, standin.loses = 2, 1
    remote = await backend.draw(drawing_plan(plan, None, count=4))
    drawn_at_last = await drawn(backend, remote)

    assert drawn_at_last == (
        RemoteState.SUCCEEDED,
        "2 of 4 were held back by its filter. 1 of 4 was not given.",
    )
    assert len((await backend.drawing(remote)).pictures) == 1


async def test_a_result_without_a_picture_breaks_the_contract(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    standin.loses = 2
    remote = await backend.draw(drawing_plan(plan, None))
    with pytest.raises(BackendReplyInvalid):
        await drawn(backend, remote)


async def test_a_drawing_whose_pictures_are_all_black_has_failed_and_says_so(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    lora = await trained(backend, plan)
    standin.is_prudish = True
    state, message = await drawn(backend, await backend.draw(drawing_plan(plan, lora)))

    assert state is RemoteState.FAILED
    assert "filter kept every picture back" in message


async def test_a_lora_whose_link_has_died_asks_for_another_training(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    lora = await trained(backend, plan)
    standin.now = lambda: 4_000_000_000.0
    state, message = await drawn(backend, await backend.draw(drawing_plan(plan, lora)))

    assert state is RemoteState.FAILED
    assert "train the LoRA again" in message


async def test_a_picture_whose_link_has_died_is_asked_for_again(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    remote = await backend.draw(drawing_plan(plan, None, count=1))
    standin.job().looks = 3
    now, standin.link_seconds = standin.now, -1.0
    with pytest.raises(BackendUnavailable):
        await backend.drawing(remote)

    standin.now = lambda: now() - 10
    assert await drawn(backend, remote) == (RemoteState.SUCCEEDED, "")


async def test_a_lora_from_elsewhere_is_refused_before_anything_is_paid(
    standin: FalStandIn, backend: FalBackend, plan: TrainingPlan
) -> None:
    with pytest.raises(BackendRejected) as raised:
        await backend.draw(drawing_plan(plan, LoraUse("ab" * 32, 1.0)))

    assert raised.value.charge == NOTHING
    assert not standin.seen


async def test_a_stopped_drawing_says_so(standin: FalStandIn, backend: FalBackend, plan: TrainingPlan) -> None:
    standin.held = True
    remote = await backend.draw(drawing_plan(plan, None))
    await backend.cancel_drawing(remote)

    assert await drawn(backend, remote) == (RemoteState.CANCELLED, "It was stopped.")


@pytest.mark.parametrize(
    ("method", "path", "status", "key"),
    [
        ("POST", f"/{TRAINER}", 401, "Key other:key"),
        ("POST", f"/{TRAINER}", 401, f"Bearer {FalStandIn.key}"),
        ("POST", "/fal-ai/nothing", 404, ""),
        ("POST", "/storage/upload/initiate?storage_type=gcs", 401, "Key other:key"),
        ("GET", f"/{GENERATOR}/image-to-image/requests/1/status", 405, ""),
        ("GET", f"/{TRAINER}/requests/1/status", 404, ""),
        ("GET", f"/{TRAINER}/requests/1", 404, ""),
        ("PUT", f"/{TRAINER}/requests/1/cancel", 404, ""),
    ],
)
async def test_the_stand_in_refuses_what_fal_refuses(
    standin: FalStandIn, anybody: httpx.AsyncClient, *, method: str, path: str, status: int, key: str
) -> None:
    headers = {"Authorization": key or f"Key {standin.key}"}
    answer = await anybody.request(method, standin.base_url + path, json={"prompt": "x"}, headers=headers)

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("endpoint", "order", "word"),
    [
        (TRAINER, {}, "missing"),
        (TRAINER, {"images_data_url": "x", "steps": 0}, "value_error"),
        (TRAINER, {"images_data_url": "x", "steps": "9"}, "value_error"),
        (TRAINER, {"images_data_url": "x", "learning_rate": 1}, "extra_forbidden"),
        (GENERATOR, {"prompt": "x", "num_images": 5}, "value_error"),
        (GENERATOR, {"prompt": "x", "loras": [{"path": "x", "scale": 5}]}, "value_error"),
        (GENERATOR, {"prompt": "x", "image_size": "huge"}, "value_error"),
        (GENERATOR, {"prompt": "x", "image_url": "x"}, "extra_forbidden"),
        (REDRAWER, {"prompt": "x"}, "missing"),
        (REDRAWER, {"prompt": "x", "image_url": "x", "strength": 1.1}, "value_error"),
    ],
)
async def test_the_stand_in_knows_the_fields(
    standin: FalStandIn, anybody: httpx.AsyncClient, endpoint: str, order: dict[str, object], word: str
) -> None:
    standin.refuses_at_once = True
    headers = {"Authorization": f"Key {standin.key}"}
    answer = await anybody.post(f"{standin.base_url}/{endpoint}", json=order, headers=headers)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == word


async def test_the_stand_in_takes_an_upload_of_the_announced_type_only(
    standin: FalStandIn, anybody: httpx.AsyncClient
) -> None:
    answer = await anybody.post(
        f"{standin.base_url}/storage/upload/initiate",
        params={"storage_type": "gcs"},
        json={"file_name": "a.zip", "content_type": "application/zip"},
        headers={"Authorization": f"Key {standin.key}"},
    )
    link = answer.json()["upload_url"]
    other_type = await anybody.put(link, content=b"x", headers={"Content-Type": "image/png"})
    with_key = await anybody.put(
        link, content=b"x", headers={"Content-Type": "application/zip", "Authorization": f"Key {standin.key}"}
    )

    assert other_type.status_code == 403
    assert with_key.status_code == 400


async def test_a_picture_to_start_from_is_uploaded_for_a_day_and_ordered_by_its_link(
    backend: FalBackend, standin: FalStandIn, plan: TrainingPlan
) -> None:
    await backend.draw(replace(drawing_plan(plan, None), source_image=source_image(2, change=0.35)))
    job = standin.job()

    assert job.endpoint == REDRAWER
    assert job.input["strength"] == 0.35
    assert job.input["image_url"].endswith("/atelier-draw-1.png")
    (lifecycle,) = standin.lifecycles.values()
    assert lifecycle == {"expiration_duration_seconds": 24 * 3600}


async def test_a_picture_that_can_t_be_uploaded_orders_nothing(
    backend: FalBackend, standin: FalStandIn, plan: TrainingPlan
) -> None:
    standin.faults.add("POST /storage/upload/initiate", Fault(status=503))
    with pytest.raises(BackendUnavailable):
        await backend.draw(replace(drawing_plan(plan, None), source_image=source_image()))

    assert not standin.jobs
