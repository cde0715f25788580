"""What is Scenario's own: shells, dry runs, captions, both dialects, and how it refuses."""

import io
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import httpx
import pytest
from PIL import Image

from backends.base import DrawingPlan, LoraUse, PlanImage, RemoteTask, TrainingPlan
from backends.provider import Context
from backends.scenario import ScenarioBackend
from backends.scenario.api import connect
from backends.scenario.bases import discover
from backends.scenario.orders import caption_of, drawing_body, side
from backends.scenario.replies import Started, TrainingImage
from backends.scenario.settings import ScenarioSettings
from backends.scenario.types import BASES
from bot.interactions.fact_words import words
from domain.datasets.dataset import Kind
from domain.errors import (
    BackendAmbiguous,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
)
from domain.money.charges import NOTHING
from domain.orders.progress import Progress, RemoteState
from domain.training.settings import Preset
from tests.backends import case
from tests.backends.case import MemoryResults, drawing_plan, training_plan, worded
from tests.backends.cases.scenario import CASES
from tests.providers.faults import Fault
from tests.providers.faults import Kind as Broken
from tests.providers.scenario import Model as Held
from tests.providers.scenario import Scenario

CASE = CASES[0]
CENT = 10_000  # millionths of a dollar: the price of one unit


@pytest.fixture
async def standin() -> AsyncIterator[Scenario]:
    async with Scenario() as running:
        yield running


@pytest.fixture
def backend(standin: Scenario, http: httpx.AsyncBaseTransport, store: MemoryResults) -> ScenarioBackend:
    return made(standin, http, store)


@pytest.fixture
def plan(backend: ScenarioBackend) -> TrainingPlan:
    return training_plan(replace(CASE, images=2), backend)


async def at_once(_: float) -> None:
    """Let no time pass."""


def made(
    standin: Scenario,
    http: httpx.AsyncBaseTransport,
    store: MemoryResults,
    *,
    legacy: bool = False,
    project_id: str = "",
) -> ScenarioBackend:
    settings = {"scenario_legacy": legacy, "scenario_project": project_id}
    backend: ScenarioBackend = case.made(standin, http, store, settings=settings)
    return backend


async def ended(backend: ScenarioBackend, remote: RemoteTask) -> Progress:
    for _ in range(20):
        progress = await backend.poll(remote)
        if progress.state not in (RemoteState.QUEUED, RemoteState.RUNNING):
            return progress
    raise AssertionError("it never ended")


async def trained(backend: ScenarioBackend, plan: TrainingPlan) -> LoraUse:
    remote = await backend.submit(plan)
    await ended(backend, remote)
    lora = await backend.fetch(remote)
    return LoraUse(lora.sha256, 0.83, lora.reference)


def paths(standin: Scenario, method: str) -> Sequence[str]:
    return [seen.path for seen in standin.seen if seen.origin == "api" and seen.method == method]


# --- words


@pytest.mark.parametrize(
    ("caption", "written", "trained_on"),
    [
        ("zorbo at sea", "a ship", "zorbo at sea"),
        ("", "a ship", "zorbo, a ship"),
        ("a picture of zorbo", "a ship", "zorbo, a ship"),  # our own words for a picture without a caption
        ("", "Zorbo on a ship", "Zorbo on a ship"),
        ("", "", "zorbo"),
        ("a picture of zorbo", None, "a picture of zorbo"),
    ],
)
def test_a_caption_is_the_members_or_scenarios(
    plan: TrainingPlan, caption: str, written: str | None, trained_on: str
) -> None:
    kept = TrainingImage.model_validate({"id": "asset_1", "automaticCaptioning": written})

    assert caption_of(replace(plan.images[0], caption=caption), kept, plan) == trained_on


@pytest.mark.parametrize(("asked", "drawn"), [(512, 512), (100, 128), (4_000, 2_048), (1_000, 992), (136, 128)])
def test_a_side_is_a_multiple_of_sixteen_within_bounds(asked: int, drawn: int) -> None:
    assert side(asked) == drawn


def test_no_more_than_six_loras_and_four_pictures_are_ordered(plan: TrainingPlan) -> None:
    loras = tuple(LoraUse(None, 1.0, f"model_z-image:model_{n}") for n in range(8))
    body = drawing_body(replace(drawing_plan(plan, None), loras=loras, count=9, seed=2**31 + 5))

    assert body["loras"] == ["model_0", "model_1", "model_2", "model_3", "model_4", "model_5"]
    assert body["numOutputs"] == 4
    assert body["seed"] == 5


def test_a_drawing_without_a_lora_names_none(plan: TrainingPlan) -> None:
    assert set(drawing_body(drawing_plan(plan, None))) == {"prompt", "numOutputs", "width", "height", "seed"}


# --- how it refuses


async def test_a_start_that_had_arrived_before_is_found_and_not_refused(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.faults.add(CASE.paid, Fault(status=400, body='{"reason": "Model is already training"}', after=True))
    with pytest.raises(BackendAmbiguous):
        await backend.submit(plan)

    found = await backend.find(plan.name)
    assert found is not None
    assert (await ended(backend, found)).state is RemoteState.SUCCEEDED
    assert standin.paid == [plan.name]


async def test_a_plan_that_allows_fewer_pictures_is_told(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.ceiling = 1
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(plan)

    assert "at most 1 pictures" in words(raised.value.reason)
    assert not standin.paid


async def test_a_plan_that_trains_one_at_a_time_is_told(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.parallel = 1
    await backend.submit(plan)
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(replace(plan, name="atelier-2"))

    assert "at most 1 LoRAs at once" in words(raised.value.reason)
    assert standin.paid == [plan.name]


async def test_a_kind_of_lora_that_is_gone_names_what_took_its_place(
    standin: Scenario, http: httpx.AsyncBaseTransport, store: MemoryResults, plan: TrainingPlan
) -> None:
    backend = made(standin, http, store, legacy=True)
    old = backend.abilities.checkpoint("sd-xl")
    assert old is not None
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(
            replace(plan, checkpoint="sd-xl", settings=old.settings(Preset.FAST, kind=Kind.STYLE, seed=1))
        )

    assert "sd-xl-lora" in words(raised.value.reason)
    assert "Z-Image or FLUX.2" in words(raised.value.reason)
    assert raised.value.charge == NOTHING
    assert not standin.models


def test_what_scenario_gave_up_is_offered_on_demand_only(
    backend: ScenarioBackend, standin: Scenario, http: httpx.AsyncBaseTransport, store: MemoryResults
) -> None:
    known = [checkpoint.name for checkpoint in backend.abilities.checkpoints]
    old = [checkpoint.name for checkpoint in made(standin, http, store, legacy=True).abilities.checkpoints]

    assert known == ["zimage", "zimage-turbo", "zimage-de-turbo", "flux.2-dev"]
    assert old == [*known, "flux.1", "sd-xl"]


# --- quotes and shells


async def test_the_price_is_asked_with_a_dry_run_in_the_query(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    estimate = await backend.estimate(plan)
    asked = [seen for seen in standin.seen if seen.path.endswith("/train")]

    assert estimate.cost_micros == 625_000
    assert [words(charge.what) for charge in estimate.lines] == ["62.5 compute units for the training"]
    assert words(estimate.price_source) == (
        "asked just now, 62.5 compute units; for one unit: estimate, price list of 1 November 2026"
    )
    assert [dict(seen.query) for seen in asked] == [{"dryRun": "true", "trainingImagesCount": "2"}]
    assert b"dryRun" not in asked[0].body
    assert not standin.paid


async def test_a_quote_makes_one_shell_that_the_training_uses(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    await backend.estimate(plan)
    await backend.estimate(plan)
    before = await backend.find(plan.name), await backend.owned()
    remote = await backend.submit(plan)

    assert before == (None, ())
    assert [model.name for model in standin.models.values()] == [plan.name]
    assert await backend.find(plan.name) == remote


async def test_the_guides_name_for_a_shell_is_understood(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.draft = True
    await backend.estimate(plan)

    assert await backend.find(plan.name) is None
    await backend.submit(plan)
    assert len(standin.models) == 1


async def test_shells_of_quotes_that_nobody_confirmed_are_removed(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    long_ago, just_now = "2026-01-01T00:00:00.000Z", standin._date()
    for number, (name, date) in enumerate(
        [("atelier-old", long_ago), ("a stranger's", long_ago), (plan.name, long_ago), ("atelier-young", just_now)]
    ):
        standin.models[f"model_{number}"] = Held(f"model_{number}", name, "zimage-lora", date, date)
    standin.models["model_9"] = Held("model_9", "atelier-done", "zimage-lora", long_ago, long_ago, status="trained")
    await backend.estimate(plan)

    left = [model.name for model in standin.models.values() if not model.deleted]
    assert left == ["a stranger's", plan.name, "atelier-young", "atelier-done"]


async def test_a_shell_that_cannot_be_removed_spoils_no_quote(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    long_ago = "2026-01-01T00:00:00.000Z"
    standin.models["model_0"] = Held("model_0", "atelier-old", "zimage-lora", long_ago, long_ago)
    standin.faults.add("DELETE .*", Fault(status=403, body='{"message": "no"}'))

    assert (await backend.estimate(plan)).cost_micros


async def test_a_dry_run_that_was_taken_for_an_order_is_no_price(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    body = '{"job": {"jobId": "job_1"}, "creativeUnitsCost": 5}'
    standin.faults.add(CASE.paid, Fault(status=200, body=body))
    with pytest.raises(BackendReplyInvalid):
        await backend.estimate(plan)


async def test_the_guides_words_for_a_price_are_read(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.faults.add(CASE.paid, Fault(status=269, body='{"creativeUnits": {"estimatedCreativeUnits": 150}}'))

    assert (await backend.estimate(plan)).cost_micros == 150 * CENT


# --- handing over


async def test_a_training_that_was_started_under_its_name_is_not_paid_again(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    first = await backend.submit(plan)
    second = await backend.submit(plan)

    assert second == first
    assert standin.paid == [plan.name]


async def test_an_interrupted_hand_over_goes_on_with_the_pictures_that_are_missing(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.faults.add(r"PUT /v1/assets/", Fault(status=503, after=True))
    with pytest.raises(BackendUnavailable):
        await backend.submit(plan)
    standin.faults.add(r"POST /v1/models/[^/]+/training-images", Fault(Broken.RESET, after=True))
    with pytest.raises(BackendUnavailable):
        await backend.submit(plan)
    remote = await backend.submit(plan)

    model = standin.models[remote.id]
    assert [standin.assets[i].description for i in model.images] == [image.caption for image in plan.images]
    assert standin.count("POST", f"/v1/models/{remote.id}/training-images") == 2
    assert standin.paid == [plan.name]


async def test_both_dialects_of_the_train_answer_are_read(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="backends.scenario")
    standin.guide_dialect = True
    remote = await backend.submit(plan)

    assert (await ended(backend, remote)).state is RemoteState.SUCCEEDED
    assert f"job={standin.models[remote.id].job_id}" in caplog.text
    only_a_model = Started.model_validate({"model": {"id": "model_1", "jobId": "job_7"}})
    assert only_a_model.job_id == "job_7"


async def test_captions_of_scenario_are_used_where_the_member_gave_none(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    images = (replace(plan.images[0], caption=""), *plan.images[1:])
    remote = await backend.submit(replace(plan, images=images))
    progress = await backend.poll(remote)

    captions = [standin.assets[i].description for i in standin.models[remote.id].images]
    assert captions[0] == "zorbo, a subject drawing, number 1"
    assert captions[1:] == [image.caption for image in plan.images[1:]]
    assert tuple(map(words, progress.notes)) == (
        "One picture had no caption; Scenario wrote `zorbo, a subject drawing, number 1`.",
    )


async def test_without_any_caption_the_trigger_word_is_one(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.captions = False
    remote = await backend.submit(replace(plan, images=tuple(replace(i, caption="") for i in plan.images)))

    assert {standin.assets[i].description for i in standin.models[remote.id].images} == {"zorbo"}
    assert (await backend.poll(remote)).notes == ()


async def test_a_picture_too_big_for_a_request_is_uploaded_in_parts(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    remote = await backend.submit(replace(plan, images=(*plan.images[:1], noisy())))

    assert standin.count("POST", "/v1/uploads") == 1
    assert len(standin.models[remote.id].images) == 2
    assert [seen.method for seen in standin.seen if seen.origin == "files"] == ["PUT"]


async def test_a_big_picture_that_cannot_be_read_is_told(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.imports_fail = True
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(replace(plan, images=(*plan.images[:1], noisy())))

    assert (
        words(raised.value.reason)
        == "Scenario could not read one of the pictures. Please check the dataset and try again."
    )
    assert not standin.paid


async def test_the_project_is_named_on_every_call(
    standin: Scenario, http: httpx.AsyncBaseTransport, store: MemoryResults, plan: TrainingPlan
) -> None:
    standin.project = "proj_mine"
    backend = made(standin, http, store, project_id="proj_mine")
    await backend.estimate(plan)
    lora = await trained(backend, plan)
    drawing = await backend.draw(drawing_plan(plan, lora))
    await backend.drawing(drawing)
    await backend.cancel_drawing(drawing)

    assert {seen.query.get("projectId") for seen in standin.seen if seen.origin == "api"} == {"proj_mine"}


async def test_a_training_is_found_on_whatever_page_it_stands(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    for number in range(230):
        date = "2026-11-01T00:00:00.000Z"
        standin.models[f"model_x{number}"] = Held(f"model_x{number}", f"other {number}", "flux.1-lora", date, date)

    assert await backend.find(plan.name) == remote
    assert standin.count("GET", "/v1/models") == 1 + 3
    assert [work.id for work in await backend.owned()] == [remote.id]


async def test_a_list_without_an_end_is_given_up(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.faults.add(
        "GET /v1/models$", Fault(status=200, body='{"models": [], "nextPaginationToken": "again"}'), times=1_000
    )
    with pytest.raises(BackendReplyInvalid):
        await backend.find(plan.name)


# --- following


async def test_progress_tells_place_steps_and_time_left(backend: ScenarioBackend, plan: TrainingPlan) -> None:
    remote = await backend.submit(plan)
    queued, starting, running = [await backend.poll(remote) for _ in range(3)]

    assert (queued.state, queued.position, queued.eta_seconds) == (RemoteState.QUEUED, 2, 1_260.0)
    assert (starting.state, worded(starting)) == (RemoteState.RUNNING, "Scenario prepares the training.")
    assert (running.step, running.of, running.position) == (300, 1_000, None)


async def test_a_success_says_what_it_cost(backend: ScenarioBackend, plan: TrainingPlan) -> None:
    progress = await ended(backend, await backend.submit(plan))

    assert progress.cost_micros == 625_000
    assert (progress.step, progress.of) == (1_000, 1_000)


@pytest.mark.parametrize(
    ("no_refund", "cost"),
    [(False, 0), (True, 625_000)],
)
async def test_a_failure_says_why_and_whether_it_was_charged(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan, *, no_refund: bool, cost: int
) -> None:
    standin.no_refund = no_refund
    remote = await backend.submit(plan)
    standin.fails = True
    progress = await backend.poll(remote)

    assert worded(progress) == (
        "Scenario could not finish it. It said: `Training diverged @everyone Lower the learning rate.`."
    )
    assert progress.cost_micros == cost


async def test_an_end_is_an_end_without_its_job(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.fails = True
    await backend.poll(remote)
    standin.faults.add("GET /v1/jobs/", Fault(status=404, body='{"reason": "Job not found"}'))
    progress = await backend.poll(remote)

    assert progress.state is RemoteState.FAILED
    assert worded(progress) == "Scenario could not finish it. It did not say why."
    assert progress.cost_micros is None


async def test_many_trainings_are_looked_at_together(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    images = plan.images[:1]
    remotes = [await backend.submit(replace(plan, name=f"atelier-{n}", images=images)) for n in range(12)]
    await backend.cancel(remotes[0])
    looks = len(standin.seen)
    found = await backend.poll_many([*remotes, RemoteTask("model_nothing")])

    assert set(found) == {remote.id for remote in remotes[1:]}  # what has ended is polled by itself
    assert {progress.state for progress in found.values()} == {RemoteState.QUEUED}
    assert len(standin.seen) - looks == 2


async def test_notes_are_the_same_in_both_looks(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.held = True
    remote = await backend.submit(replace(plan, images=tuple(replace(i, caption="") for i in plan.images)))

    assert (await backend.poll_many([remote]))[remote.id] == await backend.poll(remote)


async def test_a_look_at_many_that_is_refused_leaves_them_to_single_looks(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.faults.add("POST /v1/models/get-bulk", Fault(status=404, body='{"reason": "Model x not found"}'))

    assert await backend.poll_many([remote]) == {}


async def test_a_training_is_stopped_by_its_own_action(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    await backend.cancel(remote)
    progress = await backend.poll(remote)

    assert (progress.state, worded(progress)) == (RemoteState.CANCELLED, "It was stopped.")
    assert progress.cost_micros is None  # whether a stop is refunded, nobody says
    assert paths(standin, "POST")[-1] == f"/v1/models/{remote.id}/train/action"


@pytest.mark.parametrize("draft", [False, True])
async def test_a_training_that_does_not_show_yet_is_stopped_once_it_does(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan, *, draft: bool
) -> None:
    remote = await backend.submit(plan)
    standin.hides_starts, standin.draft = True, draft
    with pytest.raises(BackendUnavailable):
        await backend.cancel(remote)
    assert not any(path.endswith("/train/action") for path in paths(standin, "POST"))

    standin.hides_starts = False
    await backend.cancel(remote)
    assert (await backend.poll(remote)).state is RemoteState.CANCELLED


@pytest.mark.parametrize("date", ["2026-01-01T00:00:00.000Z", "yesterday"])
async def test_a_training_that_never_shows_is_not_waited_for_for_ever(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan, date: str
) -> None:
    remote = await backend.submit(plan)
    standin.hides_starts = True
    standin.models[remote.id].updated_at = date
    with pytest.raises(BackendRejected):
        await backend.cancel(remote)


# --- drawing


async def drawn(backend: ScenarioBackend, order: DrawingPlan) -> tuple[RemoteState, str, int | None]:
    remote = await backend.draw(order)
    for _ in range(10):
        drawing = await backend.drawing(remote)
        if drawing.state not in (RemoteState.QUEUED, RemoteState.RUNNING):
            return drawing.state, worded(drawing), drawing.cost_micros
    raise AssertionError("it never ended")


async def test_a_lora_is_drawn_with_by_its_base_model(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    lora = await trained(backend, plan)
    state, _, cost = await drawn(backend, drawing_plan(plan, lora))

    assert state is RemoteState.SUCCEEDED
    assert cost == 19.75 * CENT
    assert standin.drawings == [
        {
            "prompt": "zorbo at the sea",
            "numOutputs": 2,
            "width": 512,
            "height": 512,
            "seed": 11,
            "loras": [lora.reference.partition(":")[2]],
            "lorasScale": [0.85],
        }
    ]
    assert "/v1/generate/custom/model_z-image" in paths(standin, "POST")


async def test_a_checkpoint_without_a_base_model_draws_nothing(
    standin: Scenario, http: httpx.AsyncBaseTransport, store: MemoryResults, plan: TrainingPlan
) -> None:
    backend = made(standin, http, store, legacy=True)
    with pytest.raises(BackendRejected):
        await backend.draw(replace(drawing_plan(plan, None), checkpoint="sd-xl"))

    assert not paths(standin, "POST")


async def test_a_bigger_picture_is_guessed_to_cost_more(backend: ScenarioBackend, plan: TrainingPlan) -> None:
    order = drawing_plan(plan, None, count=1)

    assert backend.price_of_drawing(order) == 107_500
    assert backend.price_of_drawing(replace(order, count=4)) == 430_000
    assert backend.price_of_drawing(replace(order, width=2_048, height=1_024)) == 215_000


async def test_pictures_that_are_all_marked_are_not_shown(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.nsfw = True
    state, message, cost = await drawn(backend, drawing_plan(plan, None))

    assert state is RemoteState.FAILED
    assert message.startswith("Scenario's filter kept every picture back.")
    assert cost == 19.75 * CENT


async def test_a_missing_picture_leaves_the_others(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.lost_pictures = 1
    state, message, cost = await drawn(backend, drawing_plan(plan, None))

    assert (state, message) == (RemoteState.SUCCEEDED, "1 of 2 was not given.")
    assert cost == 19.75 * CENT


async def test_marked_and_spoilt_pictures_leave_the_others(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan, store: MemoryResults
) -> None:
    remote = await backend.draw(drawing_plan(plan, None, count=4))
    job = standin.jobs[remote.id.partition(":")[0]]
    while not job.assets:
        await backend.drawing(remote)
    standin.marked, standin.spoilt = set(job.assets[:2]), {job.assets[3]}
    drawing = await backend.drawing(remote)

    assert drawing.state is RemoteState.SUCCEEDED
    assert worded(drawing) == "2 of 4 were held back by its filter. 1 of 4 was not given."
    assert [store.kept[sha256] for sha256 in drawing.pictures] == [standin.assets[job.assets[2]].content]
    assert drawing.cost_micros == 37.75 * CENT


@pytest.mark.parametrize(("lost", "status"), [(2, "success"), (0, "error")])
async def test_a_drawing_without_any_picture_has_failed(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan, lost: int, status: str
) -> None:
    standin.lost_pictures, standin.asset_status = lost, status
    state, message, cost = await drawn(backend, drawing_plan(plan, None))

    assert state is RemoteState.FAILED
    assert message.startswith("No picture that can be used came of it.")
    assert cost == 19.75 * CENT


async def test_a_picture_that_is_not_ready_yet_is_waited_for(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.asset_status = "pending"
    remote = await backend.draw(drawing_plan(plan, None))
    states = [(await backend.drawing(remote)).state for _ in range(6)]
    standin.asset_status = "success"
    drawing = await backend.drawing(remote)

    assert states[-1] is RemoteState.RUNNING
    assert drawing.state is RemoteState.SUCCEEDED


async def test_a_failed_drawing_is_not_charged(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    standin.fails = True
    state, message, cost = await drawn(backend, drawing_plan(plan, None))

    assert state is RemoteState.FAILED
    assert "`Out of memory Try a smaller picture.`." in message
    assert cost == 0


async def test_an_expired_link_is_asked_for_again(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan
) -> None:
    remote = await backend.draw(drawing_plan(plan, None))
    for _ in range(3):
        await backend.drawing(remote)
    standin.link_seconds = -1
    with pytest.raises(BackendUnavailable):
        await backend.drawing(remote)
    standin.link_seconds = 600

    assert (await backend.drawing(remote)).state is RemoteState.SUCCEEDED


async def test_an_unknown_status_of_a_drawing_is_no_end(
    backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan, caplog: pytest.LogCaptureFixture
) -> None:
    remote = await backend.draw(drawing_plan(plan, None))
    standin.odd_status = "dreaming"

    assert (await backend.drawing(remote)).state is RemoteState.RUNNING
    assert "'dreaming'" in caplog.text


async def test_a_drawing_is_stopped_twice(backend: ScenarioBackend, standin: Scenario, plan: TrainingPlan) -> None:
    standin.held = True
    remote = await backend.draw(drawing_plan(plan, None))
    await backend.cancel_drawing(remote)
    await backend.cancel_drawing(remote)
    drawing = await backend.drawing(remote)

    assert (drawing.state, worded(drawing)) == (RemoteState.CANCELLED, "It was stopped.")


@pytest.mark.parametrize("odd", ["", "job_1", "job_1:x", ":2"])
async def test_a_drawing_of_somebody_else_is_not_asked_for(
    backend: ScenarioBackend, standin: Scenario, odd: str
) -> None:
    with pytest.raises(BackendRejected):
        await backend.drawing(RemoteTask(odd))

    assert not standin.seen


# --- base models whose ids are not public


async def test_base_models_are_discovered_by_the_loras_they_take(
    standin: Scenario, http: httpx.AsyncBaseTransport
) -> None:
    settings = ScenarioSettings(_env_file=None, **standin.settings())
    found = await discover(connect(settings, Context(transport=http, store=MemoryResults())))

    assert {name: base for name, base in found.items() if name not in BASES} == {
        "flux.2-klein-4b": "model_bfl-flux-2-klein-4b",
        "flux.2-klein-base-9b": "model_bfl-flux-2-klein-base-9b",
        "qwen-image": "model_qwen-image-2512",
        "qwen-image-2512": "model_qwen-image-2512",
    }
    assert len(paths(standin, "GET")) == 1 + 3  # the bases that are known are not looked at


@pytest.mark.parametrize("fault", [Fault(status=403), Fault(status=404), Fault(Broken.HTML)])
async def test_a_public_model_that_can_t_be_read_spoils_no_discovery(
    backend: ScenarioBackend, standin: Scenario, fault: Fault
) -> None:
    standin.faults.add("GET /v1/models/model_bfl-flux-2-klein-4b$", fault)
    await backend.learn()
    offered = {checkpoint.name for checkpoint in backend.abilities.checkpoints}

    assert {"flux.2-klein-base-9b", "qwen-image", "qwen-image-2512"} <= offered
    assert "flux.2-klein-4b" not in offered


async def test_what_was_learnt_of_a_model_outlives_a_look_at_it_that_fails(
    backend: ScenarioBackend, standin: Scenario
) -> None:
    await backend.learn()
    offered = backend.abilities
    standin.faults.add("GET /v1/models/", Fault(status=404), times=2)
    await backend.learn()

    assert standin.faults.played == 2
    assert backend.abilities == offered


async def test_what_a_discovered_base_draws_with_is_offered_from_then_on(backend: ScenarioBackend) -> None:
    before = {checkpoint.name for checkpoint in backend.abilities.checkpoints}
    await backend.learn()
    after = {checkpoint.name for checkpoint in backend.abilities.checkpoints}

    assert after - before == {"flux.2-klein-4b", "flux.2-klein-base-9b", "qwen-image", "qwen-image-2512"}
    assert before < after


async def test_what_was_learnt_outlives_a_look_that_fails(backend: ScenarioBackend, standin: Scenario) -> None:
    await backend.learn()
    offered = backend.abilities
    standin.faults.add("GET", Fault(status=500), times=sys.maxsize)
    with pytest.raises(BackendUnavailable):
        await backend.learn()

    assert backend.abilities == offered


async def test_a_lora_on_a_discovered_base_is_drawn_with_after_restarts(
    standin: Scenario, http: httpx.AsyncBaseTransport, store: MemoryResults, plan: TrainingPlan
) -> None:
    knowing = made(standin, http, store)
    await knowing.learn()
    klein = replace(plan, checkpoint="flux.2-klein-4b")
    remote = await knowing.submit(klein)
    fresh = made(standin, http, store)
    await ended(fresh, remote)
    lora = await fresh.fetch(remote)
    use = LoraUse(lora.sha256, 0.83, lora.reference)
    state, _, _ = await drawn(made(standin, http, store), drawing_plan(klein, use))

    assert state is RemoteState.SUCCEEDED


async def test_a_lora_whose_base_is_in_no_list_is_kept_without_one(
    standin: Scenario, http: httpx.AsyncBaseTransport, store: MemoryResults, plan: TrainingPlan
) -> None:
    remote = await klein_trained(standin, http, store, plan)
    standin.faults.add("GET /v1/models/model_bfl-flux-2-klein-4b$", Fault(status=404, body='{"reason": "gone"}'))
    fresh = made(standin, http, store)
    lora = await fresh.fetch(remote)
    await fresh.learn()
    order = drawing_plan(replace(plan, checkpoint="flux.2-klein-4b"), LoraUse(None, 1.0, lora.reference))
    state, _, _ = await drawn(fresh, order)

    assert lora.reference == f":{remote.id}"
    assert state is RemoteState.SUCCEEDED  # with the base that was found since


@pytest.mark.parametrize("fault", [Fault(status=400, body='{"reason": "no"}'), Fault(Broken.HTML), Fault(status=503)])
async def test_without_a_list_of_bases_a_lora_is_fetched_later(
    standin: Scenario, http: httpx.AsyncBaseTransport, store: MemoryResults, plan: TrainingPlan, fault: Fault
) -> None:
    remote = await klein_trained(standin, http, store, plan)
    fresh = made(standin, http, store)
    standin.faults.add("GET /v1/models$", fault, times=3)
    with pytest.raises(BackendUnavailable):
        await fresh.fetch(remote)

    standin.faults.clear()
    assert (await fresh.fetch(remote)).reference == f"model_bfl-flux-2-klein-4b:{remote.id}"


async def klein_trained(
    standin: Scenario, http: httpx.AsyncBaseTransport, store: MemoryResults, plan: TrainingPlan
) -> RemoteTask:
    knowing = made(standin, http, store)
    await knowing.learn()
    remote = await knowing.submit(replace(plan, checkpoint="flux.2-klein-4b"))
    await ended(knowing, remote)
    return remote


def noisy() -> PlanImage:
    file = io.BytesIO()
    Image.effect_noise((2_048, 2_048), 90).convert("RGB").save(file, "PNG", compress_level=0)
    content = file.getvalue()

    async def read() -> bytes:
        return content

    return PlanImage("f" * 64, len(content), "zorbo in the snow", held_out=False, read=read)
