"""One suite for every hosted backend, against its stand-in over real sockets: the contract of `backends/base.py`."""

import base64
import importlib
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from backends.base import Backend, DrawingProgress, LoraUse, RemoteTask, TrainingPlan
from bot.interactions.fact_words import words
from domain.errors import (
    BackendAmbiguous,
    BackendError,
    BackendRejected,
    BackendReplyInvalid,
    BackendUnavailable,
)
from domain.money.charges import NOTHING
from domain.orders.progress import Progress, RemoteState
from tests.backends.case import (
    Case,
    MemoryResults,
    drawing_plan,
    ends_with_the_drip,
    source_image,
    training_plan,
    worded,
)
from tests.providers.faults import Fault, Kind
from tests.providers.standin import StandIn

FOLDER = Path(__file__).parent / "cases"
CASES: list[Case] = [
    case
    for file in sorted(FOLDER.glob("*.py"))
    for case in importlib.import_module(f"tests.backends.cases.{file.stem}").CASES
]
MOST_LOOKS = 40

BROKEN = [
    Fault(Kind.STATUS, 500),
    Fault(Kind.STATUS, 502, body="<html>bad gateway</html>"),
    Fault(Kind.STATUS, 429),
    Fault(Kind.STATUS, 429, headers={"Retry-After": "1"}),
    Fault(Kind.HTML),
    Fault(Kind.TRUNCATED),
    Fault(Kind.RESET),
    Fault(Kind.DEEP),
    Fault(Kind.BIG_NUMBER),
    Fault(Kind.BOMB),
    Fault(Kind.ENDLESS),
    Fault(Kind.DRIP),
    Fault(Kind.REDIRECT),
]
# The answer is spoilt after the order was carried out: nothing but a look can tell.
LOST = [
    Fault(Kind.STATUS, 500, after=True),
    Fault(Kind.STATUS, 503, after=True),
    Fault(Kind.HTML, after=True),
    Fault(Kind.TRUNCATED, after=True),
    Fault(Kind.RESET, after=True),
    Fault(Kind.DRIP, after=True),
]


def named(fault: Fault) -> str:
    return f"{fault.kind} {fault.status}{' after' if fault.after else ''}{' hint' if fault.headers else ''}"


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
async def standin(case: Case) -> AsyncIterator[StandIn]:
    async with case.standin() as running:
        yield running


@pytest.fixture
def backend(case: Case, standin: StandIn, http: httpx.AsyncBaseTransport, store: MemoryResults) -> Backend:
    backend: Backend = case.backend(standin, http, store, deadline=ends_with_the_drip(standin))
    return backend


@pytest.fixture
def plan(case: Case, backend: Backend) -> TrainingPlan:
    return training_plan(case, backend)


async def ended(backend: Backend, remote: RemoteTask) -> Progress:
    for _ in range(MOST_LOOKS):
        progress = await backend.poll(remote)
        if progress.state not in (RemoteState.QUEUED, RemoteState.RUNNING):
            return progress
    raise AssertionError(f"still {progress.state} after {MOST_LOOKS} looks")


async def drawn(backend: Backend, remote: RemoteTask) -> DrawingProgress:
    for _ in range(MOST_LOOKS):
        drawing = await backend.drawing(remote)
        if drawing.state not in (RemoteState.QUEUED, RemoteState.RUNNING):
            return drawing
    raise AssertionError("the drawing never ended")


async def test_a_training_goes_from_quote_to_pictures(
    case: Case, backend: Backend, standin: StandIn, plan: TrainingPlan, store: MemoryResults
) -> None:
    estimate = await backend.estimate(plan)
    asked_before = case.trainings(standin)
    remote = await backend.submit(plan)
    progress = await ended(backend, remote)
    lora = await backend.fetch(remote)
    drawing_order = drawing_plan(plan, LoraUse(lora.sha256, 0.9, lora.reference))
    price = backend.price_of_drawing(drawing_order)
    drawing = await drawn(backend, await backend.draw(drawing_order))

    assert not asked_before  # a quote starts nothing
    assert estimate.cost_micros is not None
    assert estimate.cost_micros > 0
    assert estimate.lines
    assert sum(line.micros for line in estimate.lines) == estimate.cost_micros
    assert estimate.price_source
    assert "your pictures go to" in estimate.where.lower()
    assert progress.state is RemoteState.SUCCEEDED
    assert list(case.trainings(standin)) == [plan.name]
    assert lora.sha256 or lora.reference
    assert (lora.sha256 is not None) == case.gives_file
    assert price is not None
    assert price > 0
    assert drawing.state is RemoteState.SUCCEEDED
    assert len(drawing.pictures) == 2
    assert set(drawing.pictures) <= set(store.kept)


async def test_the_provider_is_healthy_and_a_wrong_key_is_said_so(backend: Backend, standin: StandIn) -> None:
    assert await backend.health()

    standin.faults.add(".*", Fault(status=401, body='{"message": "no"}'), times=10)
    with pytest.raises(BackendError):
        await backend.health()


async def test_progress_goes_forward_until_it_ends(backend: Backend, plan: TrainingPlan) -> None:
    remote = await backend.submit(plan)
    seen = [await backend.poll(remote) for _ in range(12)]

    order = list(RemoteState)
    places = [order.index(progress.state) for progress in seen]
    assert places == sorted(places)
    assert seen[0].state in (RemoteState.QUEUED, RemoteState.RUNNING)
    assert all(0 <= progress.step <= max(progress.of, progress.step) for progress in seen)


@pytest.mark.parametrize("fault", LOST, ids=named)
async def test_a_lost_answer_is_never_taken_for_a_refusal(
    case: Case, backend: Backend, standin: StandIn, plan: TrainingPlan, fault: Fault
) -> None:
    standin.faults.add(case.paid, fault)
    with pytest.raises(BackendAmbiguous):
        await backend.submit(plan)

    assert list(case.trainings(standin)) == [plan.name]
    if backend.abilities.find:
        found = await backend.find(plan.name)
        assert found is not None
        assert (await ended(backend, found)).state is RemoteState.SUCCEEDED


async def test_what_was_never_handed_over_is_not_found(backend: Backend) -> None:
    if backend.abilities.find:
        assert await backend.find("atelier-nothing") is None


async def test_a_busy_provider_has_surely_not_taken_the_order(
    case: Case, backend: Backend, standin: StandIn, plan: TrainingPlan
) -> None:
    standin.faults.add(case.paid, Fault(status=429, headers={"Retry-After": "7"}))
    with pytest.raises(BackendUnavailable) as raised:
        await backend.submit(plan)

    assert raised.value.retry_after == 7
    assert not case.trainings(standin)
    remote = await backend.submit(plan)  # under the same name, as nothing happened
    assert (await ended(backend, remote)).state is RemoteState.SUCCEEDED
    assert list(case.trainings(standin)) == [plan.name]


async def test_an_order_is_posted_once_whatever_happens(
    case: Case, backend: Backend, standin: StandIn, plan: TrainingPlan
) -> None:
    standin.faults.add(case.paid, Fault(status=500), times=5)
    with pytest.raises(BackendAmbiguous):
        await backend.submit(plan)

    assert standin.faults.played == 1
    assert not case.trainings(standin)


async def test_a_refused_order_is_told_with_its_reason(
    case: Case, backend: Backend, standin: StandIn, plan: TrainingPlan
) -> None:
    standin.faults.add(case.paid, Fault(status=402, body='{"detail": "no credit"}'))
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(plan)

    assert raised.value.charge == NOTHING
    assert not case.trainings(standin)


@pytest.mark.parametrize("fault", BROKEN, ids=named)
async def test_a_broken_look_changes_nothing(
    case: Case, backend: Backend, standin: StandIn, plan: TrainingPlan, fault: Fault
) -> None:
    remote = await backend.submit(plan)
    standin.faults.add(case.polled, fault, times=3)  # as often as a read is repeated
    with pytest.raises((BackendUnavailable, BackendReplyInvalid)):
        await backend.poll(remote)

    standin.faults.clear()
    assert (await ended(backend, remote)).state is RemoteState.SUCCEEDED


async def test_a_short_hiccup_is_not_noticed(
    case: Case, backend: Backend, standin: StandIn, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.faults.add(case.polled, Fault(status=503))

    assert (await backend.poll(remote)).state in (RemoteState.QUEUED, RemoteState.RUNNING)
    assert standin.faults.played == 1


async def test_a_status_that_nobody_documented_is_no_end(
    case: Case, backend: Backend, standin: StandIn, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    case.unknown_status(standin)

    assert (await backend.poll(remote)).state in (RemoteState.QUEUED, RemoteState.RUNNING)


async def test_a_provider_that_stays_away_has_taken_nothing(
    backend: Backend, standin: StandIn, plan: TrainingPlan
) -> None:
    await standin.__aexit__()
    with pytest.raises(BackendUnavailable):
        await backend.submit(plan)


async def test_a_failed_training_says_so(backend: Backend, standin: StandIn, plan: TrainingPlan) -> None:
    remote = await backend.submit(plan)
    standin.fails = True
    progress = await ended(backend, remote)

    assert progress.state is RemoteState.FAILED
    assert worded(progress)
    with pytest.raises(BackendRejected):
        await backend.fetch(remote)


async def test_a_look_that_shows_no_end_yet_does_not_end_a_fetch_for_good(
    case: Case, backend: Backend, standin: StandIn, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)
    case.unknown_status(standin)
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)


async def test_stopping_twice_is_fine(backend: Backend, standin: StandIn, plan: TrainingPlan) -> None:
    if not backend.abilities.cancel:
        pytest.skip("this provider can't stop a training")
    standin.held = True
    remote = await backend.submit(plan)
    await backend.poll(remote)
    await backend.cancel(remote)
    await backend.cancel(remote)
    standin.held = False

    assert (await ended(backend, remote)).state is RemoteState.CANCELLED
    await backend.cancel(remote)  # also when it is over


async def test_stopping_what_is_gone_returns_quietly(backend: Backend, standin: StandIn, plan: TrainingPlan) -> None:
    if not backend.abilities.cancel:
        pytest.skip("this provider can't stop a training")
    remote = await backend.submit(plan)
    standin.faults.add(".*", Fault(status=404, body="{}"), times=10)
    await backend.cancel(remote)

    assert standin.faults.played


async def test_another_process_goes_on_where_the_last_one_stopped(
    case: Case, standin: StandIn, plan: TrainingPlan, http: httpx.AsyncBaseTransport, store: MemoryResults
) -> None:
    remote = await case.backend(standin, http, store).submit(plan)
    states = []
    for _ in range(MOST_LOOKS):
        states.append((await case.backend(standin, http, store).poll(remote)).state)
        if states[-1] is RemoteState.SUCCEEDED:
            break
    fresh = case.backend(standin, http, store)
    lora = await fresh.fetch(remote)
    again = await case.backend(standin, http, store).fetch(remote)  # killed before it was saved
    drawing = await fresh.draw(drawing_plan(plan, LoraUse(lora.sha256, 1.0, lora.reference), count=1))
    pictures = await drawn(case.backend(standin, http, store), drawing)

    assert states[-1] is RemoteState.SUCCEEDED
    assert again == lora
    assert len(pictures.pictures) == 1


async def test_work_that_it_does_not_know_is_no_outage(case: Case, backend: Backend) -> None:
    with pytest.raises(BackendRejected):
        await backend.poll(RemoteTask(case.unknown_id))


async def test_the_audit_sees_our_trainings(backend: Backend, plan: TrainingPlan) -> None:
    remote = await backend.submit(plan)
    await backend.submit(replace(plan, name="atelier-2"))
    held = await backend.owned()

    if backend.abilities.find:
        assert sorted(work.name for work in held) == ["atelier-1", "atelier-2"]
        assert remote.id in {work.id for work in held}
    else:
        assert held == ()


@pytest.mark.parametrize("number", [1, 2], ids=["JPEG", "PNG"])
async def test_a_drawing_from_a_picture_carries_it_or_is_refused_before_anything_is_posted(
    backend: Backend, standin: StandIn, plan: TrainingPlan, number: int
) -> None:
    remote = await backend.submit(plan)
    await ended(backend, remote)
    lora = await backend.fetch(remote)
    before = len(standin.seen)
    start = source_image(number, change=0.35)
    order = replace(drawing_plan(plan, LoraUse(lora.sha256, 1.0, lora.reference)), source_image=start)
    if not backend.abilities.draws_from_image:
        with pytest.raises(BackendRejected, match="start from") as raised:
            await backend.draw(order)
        assert "can't start from a picture" in words(raised.value.reason)
        assert raised.value.charge == NOTHING
        assert len(standin.seen) == before
        return
    drawing = await drawn(backend, await backend.draw(order))
    content = await start.read()
    sent = [seen.body for seen in standin.seen[before:]]
    others = await backend.draw(drawing_plan(plan, LoraUse(lora.sha256, 1.0, lora.reference)))

    assert drawing.state is RemoteState.SUCCEEDED
    assert len(drawing.pictures) == 2
    assert sum(content in body or base64.b64encode(content) in body for body in sent) == 1
    assert sum(b"0.35" in body for body in sent) == 1
    assert (await drawn(backend, others)).state is RemoteState.SUCCEEDED
    assert not any(b"0.35" in seen.body for seen in standin.seen[before + len(sent) :])


async def test_a_lost_answer_to_a_drawing_is_never_repeated(
    backend: Backend, standin: StandIn, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    await ended(backend, remote)
    lora = await backend.fetch(remote)
    before = len(standin.seen)
    standin.faults.add("POST .*", Fault(Kind.RESET, after=True))
    with pytest.raises(BackendAmbiguous):
        await backend.draw(drawing_plan(plan, LoraUse(lora.sha256, 1.0, lora.reference)))

    posted = [seen for seen in standin.seen[before:] if seen.method == "POST"]
    assert len(posted) == 1


async def test_the_key_stays_between_us_and_the_provider(
    case: Case, backend: Backend, standin: StandIn, plan: TrainingPlan, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="backends")
    remote = await backend.submit(plan)
    standin.faults.add(case.polled, Fault(status=401, body='{"message": "no"}'))
    with pytest.raises(BackendError) as raised:
        await backend.poll(remote)
    await ended(backend, remote)
    lora = await backend.fetch(remote)
    await drawn(backend, await backend.draw(drawing_plan(plan, LoraUse(lora.sha256, 1.0, lora.reference))))

    secret = standin.key.split(":")[-1]
    told = f"{raised.value!r} {raised.value.detail} {caplog.text} {backend!r}"
    assert secret not in told
    leaked = [seen.path for seen in standin.seen if seen.origin == "files" and "Authorization" in seen.headers]
    assert not leaked
    assert all(seen.headers.get("User-Agent") for seen in standin.seen)
