"""What is special to Replicate, beyond the contract suite."""

import io
import json
import logging
import tarfile
import time
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from backends.base import LoraUse, RemoteTask, TrainingPlan
from backends.replicate import ReplicateBackend
from backends.replicate import backend as module
from backends.replicate.archives import lora_in, packed
from backends.replicate.orders import FAST, STANDARD, drawing_input, inputs, side, sides
from bot.interactions.fact_words import words
from domain.errors import BackendRejected, BackendReplyInvalid, BackendUnavailable, Unusable
from domain.money.charges import NOTHING
from domain.orders.facts import FactKind, fact
from domain.orders.progress import RemoteState
from domain.training.settings import TrainingSettings
from tests.backends.case import MemoryResults, drawing_plan, made, source_image, training_plan, worded
from tests.backends.cases.replicate import CASES
from tests.providers import replicate as provider
from tests.providers.faults import Fault
from tests.providers.replicate import ReplicateStandIn, Version
from tests.providers.standin import lora_file

HOUR = 3600.0
ORDER = CASES[0].paid


@pytest.fixture
async def standin() -> AsyncIterator[ReplicateStandIn]:
    async with ReplicateStandIn() as running:
        yield running


@pytest.fixture
def backend(standin: ReplicateStandIn, http: httpx.AsyncBaseTransport) -> ReplicateBackend:
    backend: ReplicateBackend = made(standin, http, MemoryResults())
    return backend


@pytest.fixture
def plan(backend: ReplicateBackend) -> TrainingPlan:
    return training_plan(CASES[0], backend)


@pytest.fixture
def fast_plan(backend: ReplicateBackend) -> TrainingPlan:
    return training_plan(CASES[1], backend)


async def trained(backend: ReplicateBackend, plan: TrainingPlan) -> RemoteTask:
    remote = await backend.submit(plan)
    for _ in range(10):
        if (await backend.poll(remote)).state is RemoteState.SUCCEEDED:
            return remote
    raise AssertionError("it never ended")


async def drawn_with(backend: ReplicateBackend, plan: TrainingPlan) -> RemoteTask:
    lora = await backend.fetch(await trained(backend, plan))
    return await backend.draw(drawing_plan(plan, LoraUse(lora.sha256, 1.0, lora.reference)))


def version_of(standin: ReplicateStandIn, trainer: str) -> Version:
    return standin.models[trainer].versions[-1]


# --- readings


# --- orders


def test_the_standard_trainer_gets_all_settings(plan: TrainingPlan) -> None:
    settings = TrainingSettings(steps=700, learning_rate=3e-4, rank=24, resolution=768)

    assert inputs(STANDARD, replace(plan, settings=settings), "https://f", STANDARD.takes) == {
        "input_images": "https://f",
        "trigger_word": "zorbo",
        "wandb_run": "atelier-1",
        "steps": 700,
        "learning_rate": 3e-4,
        "lora_rank": 24,
        "resolution": "512,768",
        "autocaption": False,
    }


def test_the_fast_trainer_gets_only_what_it_takes(fast_plan: TrainingPlan) -> None:
    usual = {"input_images": "https://f", "trigger_word": "zorbo", "lora_type": "style", "training_steps": 600}

    assert inputs(FAST, fast_plan, "https://f", FAST.takes) == usual
    assert inputs(FAST, fast_plan, "https://f", frozenset({"input_images", "steps", "wandb_run"})) == {
        "input_images": "https://f",
        "steps": 600,
        "wandb_run": "atelier-1",
    }


def test_sides_and_resolutions_stay_in_range(plan: TrainingPlan) -> None:
    order = replace(
        drawing_plan(plan, LoraUse(None, 9.0, "x")), width=100, height=5000, count=4, prompt="zorbo asleep"
    )

    assert [sides(512), sides(1024)] == ["512", "512,768,1024"]
    assert [side(pixels) for pixels in (1, 500, 1000, 1024, 9000)] == [256, 496, 992, 1024, 1440]
    assert drawing_input(order) == {
        "prompt": "zorbo asleep",
        "aspect_ratio": "custom",
        "width": 256,
        "height": 1440,
        "num_outputs": 4,
        "lora_scale": 2.0,
        "seed": 11,
        "output_format": "png",
    }


def test_a_drawing_from_a_picture_leaves_its_shape_to_the_picture(plan: TrainingPlan) -> None:
    order = replace(drawing_plan(plan, LoraUse(None, 1.0, "x")), source_image=source_image(change=0.35))
    body = drawing_input(order, "https://api.replicate.com/v1/files/1")

    assert body["image"] == "https://api.replicate.com/v1/files/1"
    assert body["prompt_strength"] == 0.35
    assert not body.keys() & {"aspect_ratio", "width", "height"}


async def test_the_standard_price_goes_by_steps_and_may_double(backend: ReplicateBackend, plan: TrainingPlan) -> None:
    estimate = await backend.estimate(plan)

    assert estimate.cost_micros == 1_000_000  # 500 steps
    assert estimate.ceiling_micros == 2_000_000


async def test_the_fast_price_is_one_for_all(backend: ReplicateBackend, fast_plan: TrainingPlan) -> None:
    estimate = await backend.estimate(fast_plan)

    assert estimate.cost_micros == 2_000_000
    assert estimate.ceiling_micros is None


async def test_the_upload_holds_every_image_under_names_of_our_own(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    held_out = replace(plan.images[4], held_out=True, caption="")
    await backend.submit(replace(plan, images=(*plan.images[:4], held_out)))
    (upload,) = standin.uploads.values()
    with zipfile.ZipFile(io.BytesIO(upload.content)) as archive:
        names = archive.namelist()
        captions = [archive.read(name).decode() for name in names if name.endswith(".txt")]

    assert upload.name == "atelier-1.zip"
    assert upload.content_type == "application/zip"
    assert [name for name in names if not name.endswith(".txt")] == [
        "0001.jpg",
        "0002.png",
        "0003.jpg",
        "0004.png",
        "0005.jpg",
    ]
    assert captions == ["zorbo number 1", "zorbo number 2", "zorbo number 3", "zorbo number 4", ""]


def test_the_same_images_make_the_same_upload() -> None:
    image = b"\x89PNG\r\n\x1a\n and so on"

    assert packed([(image, "a")]) == packed([(image, "a")])
    with pytest.raises(Unusable):
        packed([(b"GIF89a", "a")])


async def test_the_private_model_is_made_once(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    await backend.submit(plan)
    await backend.submit(replace(plan, name="atelier-2"))

    assert standin.models["alice/atelier-loras"].visibility == "private"
    assert standin.count("POST", "/v1/models") == 1


async def test_a_model_that_somebody_else_just_made_is_fine(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    await backend.submit(plan)
    standin.faults.add("GET /v1/models/alice/atelier-loras", Fault(status=404))
    await backend.submit(replace(plan, name="atelier-2"))

    assert standin.count("POST", "/v1/models") == 2
    assert standin.paid == ["atelier-1", "atelier-2"]


async def test_a_public_model_gets_no_pictures(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    standin.models["alice/atelier-loras"] = provider.Model("alice", "atelier-loras")
    with pytest.raises(BackendRejected, match="public") as raised:
        await backend.submit(plan)

    assert raised.value.charge == NOTHING
    assert not standin.uploads
    assert not standin.paid


async def test_too_many_bytes_are_refused_at_the_quote(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    heavy = replace(plan, images=(replace(plan.images[0], size=150 * 1024 * 1024),))
    with pytest.raises(BackendRejected) as raised:
        await backend.estimate(heavy)
    with pytest.raises(BackendRejected):
        await backend.submit(heavy)

    assert "150 MB" in words(raised.value.reason)
    assert not standin.seen


async def test_what_can_not_be_trained_is_refused_before_anything_is_paid(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    async def read() -> bytes:
        return b"<svg>"

    for wrong in (
        replace(plan, checkpoint="flux-pro"),
        replace(plan, images=(replace(plan.images[0], read=read),)),
    ):
        with pytest.raises(BackendRejected):
            await backend.submit(wrong)

    assert not standin.paid


async def test_the_version_is_asked_for_at_every_order(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    newer = replace(version_of(standin, provider.STANDARD), id="f" * 64)
    standin.models[provider.STANDARD].versions.append(newer)
    remote = await backend.submit(plan)

    assert standin.work[remote.id].version == "f" * 64


async def test_a_trainer_that_tells_no_inputs_gets_the_documented_ones(
    backend: ReplicateBackend, standin: ReplicateStandIn, fast_plan: TrainingPlan
) -> None:
    version_of(standin, provider.FAST).openapi_schema = {}
    remote = await backend.submit(fast_plan)

    assert set(standin.work[remote.id].input) == FAST.takes


async def test_settings_out_of_range_are_refused_by_name(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(replace(plan, settings=replace(plan.settings, rank=500, steps=9000)))

    assert "`steps`, `lora_rank`" in words(raised.value.reason)
    assert not standin.paid


async def test_no_credit_is_told_without_amounts(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    standin.faults.add(ORDER, provider.NO_CREDIT)
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(plan)

    assert "no credit left" in words(raised.value.reason)


@pytest.mark.parametrize(
    ("fault", "seconds"), [(provider.THROTTLED, 30), (provider.THROTTLED_BODY, 10), (provider.LOW_BALANCE, 9)]
)
async def test_a_throttled_order_waits_as_long_as_it_is_told(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan, fault: Fault, seconds: float
) -> None:
    standin.faults.add(ORDER, fault)
    with pytest.raises(BackendUnavailable) as raised:
        await backend.submit(plan)

    assert raised.value.retry_after == seconds
    assert "$5" not in raised.value.detail
    assert not standin.paid


# --- looking them up


async def test_trainings_are_found_on_later_pages(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan, fast_plan: TrainingPlan
) -> None:
    standin.page_size = 1
    first = await backend.submit(fast_plan)
    await backend.submit(replace(plan, name="atelier-2"))
    await backend.submit(replace(plan, name="atelier-3"))

    assert await backend.find("atelier-1") == first
    assert await backend.find("atelier") is None


async def test_a_failed_page_is_no_proof_that_there_is_nothing(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    standin.page_size = 1
    await backend.submit(plan)
    await backend.submit(replace(plan, name="atelier-2"))
    standin.faults.add("GET /v1/trainings$", Fault(status=503), times=3)
    with pytest.raises(BackendUnavailable):
        await backend.find("atelier-1")


async def test_a_training_is_found_by_its_label_when_its_upload_is_long_gone(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    later = time.time() + 48 * HOUR
    standin.now = lambda: later

    assert await backend.find("atelier-1") == remote


async def test_the_audit_leaves_the_owners_own_trainings_alone(backend: ReplicateBackend, plan: TrainingPlan) -> None:
    await backend.submit(replace(plan, name="holiday"))

    assert await backend.owned() == ()


async def test_a_list_without_an_end_is_not_believed(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 2)
    standin.page_size = 1
    for number in range(3):
        await backend.submit(replace(plan, name=f"atelier-{number}"))
    with pytest.raises(BackendReplyInvalid, match="more than 2 pages"):
        await backend.find("atelier-nothing")


async def test_trainings_of_other_trainers_are_no_matter(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    other = await backend.submit(replace(plan, name="atelier-2"))
    standin.work[other.id].output = "https://replicate.delivery/x"
    standin.work[other.id].input = {}

    assert await backend.find("atelier-1") == remote


async def test_waiting_trainings_are_told_by_one_request(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remotes = [await backend.submit(replace(plan, name=f"atelier-{number}")) for number in range(3)]
    await backend.poll(remotes[0])
    before = len(standin.seen)
    told = await backend.poll_many([*remotes, RemoteTask("nothing")])

    assert set(told) == {remotes[1].id, remotes[2].id}
    assert {progress.state for progress in told.values()} == {RemoteState.QUEUED}
    assert len(standin.seen) == before + 1
    assert await backend.poll_many(remotes[:1]) == {}
    assert len(standin.seen) == before + 1


# --- following them


async def test_steps_come_from_the_log(backend: ReplicateBackend, plan: TrainingPlan) -> None:
    remote = await backend.submit(plan)
    seen = [await backend.poll(remote) for _ in range(4)]

    assert [(progress.step, progress.of) for progress in seen] == [(0, 500), (125, 500), (250, 500), (500, 500)]
    assert [progress.eta_seconds for progress in seen] == [None, 667, 667, None]


async def test_a_log_of_megabytes_can_be_read(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.work[remote.id].logs = "█" * 500_000
    standin.held = True

    assert (await backend.poll(remote)).state is RemoteState.QUEUED


async def test_an_unknown_status_is_noted(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan, caplog: pytest.LogCaptureFixture
) -> None:
    remote = await backend.submit(plan)
    await backend.poll(remote)
    standin.odd_status = "hibernating\nforged line"
    with caplog.at_level(logging.WARNING):
        progress = await backend.poll(remote)

    assert progress.state is RemoteState.RUNNING
    assert [record.getMessage() for record in caplog.records] == [
        f"backend=replicate work={remote.id} has the unknown status 'hibernating forged line'"
    ]


async def test_what_was_dropped_before_it_began_costs_nothing(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.aborts = True
    progress = await backend.poll(remote)

    assert progress.state is RemoteState.FAILED
    assert worded(progress) == "Replicate dropped it before it began. Please start it again."
    assert progress.cost_micros == 0


async def test_only_what_never_ran_is_surely_free(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    waiting = await backend.submit(plan)
    running = await backend.submit(replace(plan, name="atelier-2"))
    await backend.poll(running)
    await backend.cancel(waiting)
    await backend.cancel(running)

    assert (await backend.poll(waiting)).cost_micros == 0
    assert (await backend.poll(running)).cost_micros is None
    assert not standin.models["alice/atelier-loras"].versions


@pytest.mark.parametrize("refuses", [True, False])
async def test_stopping_what_is_over_is_fine_either_way(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan, *, refuses: bool
) -> None:
    standin.refuses_late_cancel = refuses
    remote = await trained(backend, plan)
    await backend.cancel(remote)

    assert (await backend.poll(remote)).state is RemoteState.SUCCEEDED


async def test_a_stop_that_is_refused_while_it_runs_is_an_error(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.faults.add("POST .*/cancel", Fault(status=400))
    with pytest.raises(BackendRejected):
        await backend.cancel(remote)


# --- weights


async def test_the_lora_is_the_one_in_the_archive(standin: ReplicateStandIn, http: httpx.AsyncBaseTransport) -> None:
    store = MemoryResults()
    backend = made(standin, http, store)
    lora = await backend.fetch(await trained(backend, training_plan(CASES[1], backend)))

    assert store.kept[lora.sha256 or ""] == lora_file()
    assert lora.size == len(lora_file())
    assert lora.reference == f"alice/atelier-loras:{standin.models['alice/atelier-loras'].versions[0].id}"


async def test_weights_that_are_not_there_yet_are_asked_for_again(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remote = await trained(backend, plan)
    kept = dict(standin.files)
    standin.files.clear()
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)
    standin.files.update(kept)

    assert (await backend.fetch(remote)).sha256


async def test_a_lora_whose_weights_are_gone_for_good_draws_all_the_same(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remote = await trained(backend, plan)
    later = time.time() + 3 * HOUR
    standin.now = lambda: later
    lora = await backend.fetch(remote)
    drawing = await backend.draw(drawing_plan(plan, LoraUse(lora.sha256, 1.0, lora.reference)))
    states = [(await backend.drawing(drawing)).state for _ in range(2)]

    assert lora.sha256 is None
    assert lora.size == 0
    assert states == [RemoteState.RUNNING, RemoteState.SUCCEEDED]


@pytest.mark.parametrize("status", [401, 403, 503])
async def test_a_bad_hour_of_the_file_host_does_not_lose_the_weights(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan, status: int
) -> None:
    remote = await trained(backend, plan)
    standin.file_status = status
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)
    standin.file_status = 200

    assert (await backend.fetch(remote)).sha256


@pytest.mark.parametrize(
    ("link", "hours"),
    [
        ("https://replicate.delivery.example/x", 3),
        ("https://169.254.169.254/x", 3),
        ("x", 3),
        (None, 25),  # its own, which answers 401
    ],
)
async def test_weights_that_can_t_be_had_in_time_stay_there(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan, link: str | None, hours: int
) -> None:
    remote = await trained(backend, plan)
    standin.file_status = 401
    if link:
        standin.work[remote.id].output["weights"] = link
    later = time.time() + hours * HOUR
    standin.now = lambda: later
    lora = await backend.fetch(remote)

    assert lora.sha256 is None
    assert lora.reference == standin.work[remote.id].output["version"]


async def test_a_trouble_of_the_moment_loses_no_weights_although_the_training_ended_hours_ago(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remote = await trained(backend, plan)
    later = time.time() + 3 * HOUR
    standin.now = lambda: later
    standin.file_status = 503
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)
    standin.file_status, standin.now = 200, time.time  # it kept the file a little longer

    assert (await backend.fetch(remote)).sha256


async def test_weights_at_replicates_own_origin_are_fetched_with_the_key(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remote = await trained(backend, plan)
    output = standin.work[remote.id].output
    name = output["weights"].partition("?")[0].removeprefix(f"{standin.files_url}/f/")
    output["weights"] = f"{standin.base_url}/v1/results/{name}"

    assert (await backend.fetch(remote)).sha256


async def test_an_output_that_was_removed_is_told_to_the_owner(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remote = await trained(backend, plan)
    standin.work[remote.id].output = None
    with pytest.raises(BackendReplyInvalid):
        await backend.fetch(remote)
    later = time.time() + 3 * HOUR
    standin.now = lambda: later
    with pytest.raises(BackendRejected) as raised:
        await backend.fetch(remote)

    assert "their account at Replicate" in words(raised.value.reason)


@pytest.mark.parametrize(
    "version", ["", "alice/atelier-loras", "a/b:" + "g" * 64, "../../account:" + "0" * 64 + "/x"]
)
async def test_a_version_that_is_none_is_not_kept(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan, version: str
) -> None:
    remote = await trained(backend, plan)
    standin.work[remote.id].output["version"] = version
    with pytest.raises(BackendReplyInvalid):
        await backend.fetch(remote)


@pytest.mark.parametrize(
    "link",
    ["https://169.254.169.254/latest", "http://replicate.delivery/x", "https://replicate.delivery.example/x", "x"],
)
async def test_a_link_that_leads_elsewhere_is_not_followed(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan, link: str
) -> None:
    remote = await trained(backend, plan)
    standin.work[remote.id].output["weights"] = link
    with pytest.raises(BackendReplyInvalid):
        await backend.fetch(remote)


Entry = tuple[str, bytes, bytes]
REGULAR, LINK, HARD_LINK, FOLDER = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE


def tar(*entries: Entry, mode: str = "w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type = kind
            entry.linkname = "/etc/passwd" if kind in (LINK, HARD_LINK) else ""
            entry.size = len(content) if kind == REGULAR else 0
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def sparse() -> bytes:
    """Return a tar of 10 kB with a file that claims to be a terabyte of zeros."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        entry = tarfile.TarInfo("lora.safetensors")
        entry.pax_headers = {
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.name": "lora.safetensors",
            "GNU.sparse.realsize": str(2**40),
        }
        content = b"0\n".ljust(512, b"\0")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize(
    "archive",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>" * 200, id="a page"),
        pytest.param(tar(), id="no entry"),
        pytest.param(tar(("config.yaml", REGULAR, b"x")), id="no LoRA"),
        pytest.param(tar(("a.safetensors", REGULAR, b"x"), ("b.safetensors", REGULAR, b"y")), id="two LoRAs"),
        pytest.param(tar(("a.safetensors", LINK, b"")), id="a symlink"),
        pytest.param(tar(("a.safetensors", HARD_LINK, b"")), id="a hard link"),
        pytest.param(tar(("a.safetensors", FOLDER, b"")), id="a folder"),
        pytest.param(tar(("a.safetensors", tarfile.CHRTYPE, b"")), id="a device"),
        pytest.param(sparse(), id="a sparse file"),
        pytest.param(tar(("a.safetensors", REGULAR, b"x" * 4000))[:2000], id="cut off"),
        pytest.param(tar(("a.safetensors", REGULAR, b"x" * 5000)), id="too large"),
        pytest.param(tar(*[("x", REGULAR, b"")] * 1001, ("a.safetensors", REGULAR, b"x")), id="too many entries"),
        pytest.param(tar(("a.safetensors", REGULAR, b"x"), mode="w:gz"), id="compressed"),
    ],
)
async def test_a_hostile_archive_is_refused(archive: bytes) -> None:
    with pytest.raises(Unusable):
        lora_in(archive, most=4999)


def test_a_name_in_an_archive_leads_nowhere() -> None:
    assert lora_in(tar(("../../etc/x.safetensors", REGULAR, b"lora"), ("link", LINK, b""))) == b"lora"


async def test_a_bad_archive_breaks_the_contract_not_the_bot(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    for archive in (tar(("a.safetensors", REGULAR, b"a pickle instead")), b"no tar"):
        standin.archive = archive
        with pytest.raises(BackendReplyInvalid):
            await backend.fetch(await trained(backend, plan))


# --- drawings


async def test_a_drawing_needs_one_lora_from_there(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    good = LoraUse(None, 1.0, "alice/atelier-loras:" + "0" * 64)
    for order in (
        drawing_plan(plan, None),
        drawing_plan(plan, LoraUse("0" * 64, 1.0)),
        replace(drawing_plan(plan, good), loras=(good, good)),
    ):
        with pytest.raises(BackendRejected) as raised:
            await backend.draw(order)
        assert raised.value.charge == NOTHING

    assert not standin.seen


async def test_a_picture_that_the_safety_check_takes_leaves_the_others(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    standin.nsfw = 1
    remote = await drawn_with(backend, plan)
    await backend.drawing(remote)
    drawing = await backend.drawing(remote)

    assert drawing.state is RemoteState.SUCCEEDED
    assert worded(drawing) == "1 of 2 was held back by its filter."
    assert len(drawing.pictures) == 1


async def test_a_drawing_of_which_the_safety_check_takes_all_has_failed(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    standin.nsfw = 2
    remote = await drawn_with(backend, plan)
    await backend.drawing(remote)
    drawing = await backend.drawing(remote)

    assert drawing.state is RemoteState.FAILED
    assert drawing.message == fact(FactKind.WITHHELD, backend="replicate")


@pytest.mark.parametrize("hours", [1.5, 3])
async def test_pictures_that_nobody_fetched_in_time_are_told_as_gone(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan, hours: float
) -> None:
    remote = await drawn_with(backend, plan)
    for _ in range(2):
        await backend.drawing(remote)
    later = time.time() + hours * HOUR
    standin.now = lambda: later
    drawing = await backend.drawing(remote)

    assert drawing.state is RemoteState.FAILED
    assert "for an hour only" in worded(drawing)


async def test_a_drawing_can_be_stopped(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    standin.held = False
    remote = await drawn_with(backend, plan)
    await backend.cancel_drawing(remote)
    await backend.cancel_drawing(remote)

    assert (await backend.drawing(remote)).state is RemoteState.CANCELLED


async def test_a_drawing_that_is_no_picture_breaks_the_contract(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    remote = await drawn_with(backend, plan)
    for _ in range(2):
        await backend.drawing(remote)
    for name in standin.files:
        if name.startswith(remote.id):
            standin.files[name].content = b"<html>"
    with pytest.raises(BackendReplyInvalid):
        await backend.drawing(remote)


async def test_a_training_is_ordered_with_its_input_and_destination_alone(
    backend: ReplicateBackend, standin: ReplicateStandIn, plan: TrainingPlan
) -> None:
    await backend.submit(plan)
    (order,) = [json.loads(seen.body) for seen in standin.seen if seen.path.endswith("/trainings")]

    assert set(order) == {"destination", "input"}


async def test_health_says_whose_account_it_is(backend: ReplicateBackend) -> None:
    assert await backend.health() == "Replicate answers, and knows this bot's key as that of `alice`."
