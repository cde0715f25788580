"""What is special to Krea, beyond the suite for all backends."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from backends.base import LoraUse, RemoteTask, TrainingPlan
from backends.krea import KreaBackend
from backends.krea.orders import drawing_order, training_order
from bot.interactions.fact_words import words
from domain.datasets.dataset import Kind
from domain.errors import BackendAmbiguous, BackendRejected, BackendReplyInvalid, BackendUnavailable
from domain.money.charges import NOTHING
from domain.money.prices import PriceList
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from tests.backends import case
from tests.backends.case import MemoryResults, drawing_plan, training_plan, worded
from tests.backends.cases.krea import CASES
from tests.providers.faults import Fault
from tests.providers.faults import Kind as Trouble
from tests.providers.krea import DRAWS, Krea

CASE = CASES[0]
STOPPED = Progress(RemoteState.CANCELLED, message=fact(FactKind.STOPPED), cost_micros=0)


@pytest.fixture
async def standin() -> AsyncIterator[Krea]:
    async with Krea() as running:
        yield running


@pytest.fixture
def backend(standin: Krea, http: httpx.AsyncBaseTransport, store: MemoryResults) -> KreaBackend:
    prices = PriceList({"krea.training": 2.0, "krea.picture": 0.01})
    made_there: KreaBackend = case.made(standin, http, store, prices=prices)
    return made_there


@pytest.fixture
def plan(backend: KreaBackend) -> TrainingPlan:
    return training_plan(CASE, backend)


async def finish(backend: KreaBackend, remote: RemoteTask) -> list[Progress]:
    seen = [await backend.poll(remote)]
    while seen[-1].state in (RemoteState.QUEUED, RemoteState.RUNNING):
        seen.append(await backend.poll(remote))
    return seen


async def trained(backend: KreaBackend, plan: TrainingPlan) -> LoraUse:
    remote = await backend.submit(plan)
    await finish(backend, remote)
    return LoraUse(None, 0.8, (await backend.fetch(remote)).reference)


def failed(**said: str) -> Progress:
    return Progress(RemoteState.FAILED, message=fact(FactKind.FAILED, backend="krea", **said), cost_micros=0)


def orders(standin: Krea, path: str) -> list[dict[str, object]]:
    return [json.loads(seen.body) for seen in standin.seen if (seen.method, seen.path) == ("POST", path)]


# --- decisions


@pytest.mark.parametrize(
    ("kind", "type_"),
    [(Kind.CHARACTER, "Character"), (Kind.STYLE, "Style"), (Kind.OBJECT, "Object"), (Kind.CONCEPT, "Default")],
)
def test_each_kind_of_dataset_has_its_type_of_training(backend: KreaBackend, kind: Kind, type_: str) -> None:
    plan = training_plan(replace(CASE, kind=kind), backend)

    assert training_order(plan, ["https://krea.ai/1"]) == {
        "name": "atelier-1",
        "urls": ["https://krea.ai/1"],
        "model": "flux_dev",
        "type": type_,
        "trigger_word": "zorbo",
        "learning_rate": 1e-4,
        "max_train_steps": 500,
    }


def test_each_picture_has_a_seed_of_its_own(plan: TrainingPlan) -> None:
    asked = drawing_plan(plan, LoraUse(None, 2.5, "style-1"), side=256)

    assert drawing_order(asked, 3) == {
        "prompt": "zorbo at the sea",
        "width": 512,
        "height": 512,
        "seed": 14,
        "styles": [{"id": "style-1", "strength": 2}],
    }


async def test_prices_grow_with_steps_and_pictures(backend: KreaBackend, plan: TrainingPlan) -> None:
    longer = replace(plan, settings=replace(plan.settings, steps=1_500))

    assert (await backend.estimate(plan)).cost_micros == 1_000_000
    assert (await backend.estimate(longer)).cost_micros == 3_000_000
    assert backend.price_of_drawing(drawing_plan(plan, None, count=3)) == 30_000


# --- trainings


async def test_pictures_arrive_as_they_are_under_names_of_ours(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    await backend.submit(plan)
    (order,) = orders(standin, "/styles/train")
    uploads = [seen.body for seen in standin.seen if seen.path == "/assets"]

    assert [file.content for file in standin.files.values()] == [await image.read() for image in plan.images]
    assert [file.content_type for file in standin.files.values()][:2] == ["image/jpeg", "image/png"]
    assert order["urls"] == [url for url in standin.jobs[standin.job().id].order["urls"] if "/assets/" in url]
    assert b'filename="0001.jpg"' in uploads[0]
    assert b'filename="0002.png"' in uploads[1]


async def test_a_training_goes_through_all_states_and_says_nothing_of_its_cost(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    seen = await finish(backend, await backend.submit(plan))

    assert [progress.state for progress in seen] == [
        RemoteState.QUEUED,
        RemoteState.QUEUED,
        RemoteState.RUNNING,
        RemoteState.RUNNING,
        RemoteState.RUNNING,
        RemoteState.SUCCEEDED,
    ]
    assert seen[-1].cost_micros is None
    assert len(standin.billed) == 1


async def test_a_training_that_only_has_a_preview_has_no_style(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.job().stage = standin.job().stages.index("sampling")  # the next look finds a preview
    with pytest.raises(BackendUnavailable):
        await backend.fetch(remote)

    assert standin.job().preview
    assert (await finish(backend, remote))[-1].state is RemoteState.SUCCEEDED


async def test_a_failed_training_costs_nothing_and_says_why(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.fails = True

    assert await backend.poll(remote) == failed(said="`internal model error`")
    assert standin.billed == []


async def test_a_completed_training_without_a_style_breaks_the_contract(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    await finish(backend, remote)
    standin.job().style_id = ""
    with pytest.raises(BackendReplyInvalid):
        await backend.fetch(remote)


async def test_many_trainings_are_looked_at_with_one_request(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    remotes = [await backend.submit(replace(plan, name=f"atelier-{n}")) for n in (1, 2, 3)]
    await finish(backend, remotes[1])
    found = await backend.poll_many([*remotes[:2], RemoteTask("of somebody")])

    assert found == {remotes[0].id: Progress(RemoteState.QUEUED), remotes[1].id: Progress(RemoteState.SUCCEEDED)}
    assert standin.count("GET", "/jobs") == 1


async def test_what_is_older_than_the_list_is_looked_at_by_itself(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    oldest = standin.job()
    standin.jobs |= {f"job-{n}": replace(oldest, id=f"job-{n}") for n in range(100)}

    assert await backend.poll_many([remote]) == {}


async def test_the_account_without_credit_is_said_so(backend: KreaBackend, standin: Krea, plan: TrainingPlan) -> None:
    standin.credits = 0
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(plan)

    assert "no credit left" in words(raised.value.reason)
    assert raised.value.charge == NOTHING


async def test_an_order_beyond_what_may_run_at_once_was_surely_not_taken(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    standin.most_jobs = 0
    with pytest.raises(BackendUnavailable):
        await backend.submit(plan)

    assert standin.trainings == []


async def test_too_few_pictures_are_told_in_kreas_words(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    with pytest.raises(BackendRejected) as raised:
        await backend.submit(replace(plan, images=plan.images[:2]))

    assert "It said: `Need at least 3 training images, got 2`." in words(raised.value.reason)
    assert standin.trainings == []


async def test_another_checkpoint_is_refused_without_asking(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    with pytest.raises(BackendRejected):
        await backend.submit(replace(plan, checkpoint="sdxl"))
    with pytest.raises(BackendRejected):
        await backend.draw(replace(drawing_plan(plan, None), checkpoint="sdxl"))

    assert not standin.seen


async def test_a_picture_that_is_none_is_not_uploaded(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    async def read() -> bytes:
        return b"GIF89a and more"

    with pytest.raises(BackendRejected):
        await backend.submit(replace(plan, images=(replace(plan.images[0], read=read),)))

    assert not standin.seen


# --- stopping


async def test_a_stopped_training_costs_nothing(backend: KreaBackend, standin: Krea, plan: TrainingPlan) -> None:
    standin.held = True
    remote = await backend.submit(plan)
    await backend.cancel(remote)

    assert await backend.poll(remote) == STOPPED
    assert standin.billed == []


async def test_a_stop_that_is_refused_just_now_is_asked_again(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    remote = await backend.submit(plan)
    standin.job().stage = standin.job().stages.index("processing")  # the next look finds it sampling
    with pytest.raises(BackendUnavailable):
        await backend.cancel(remote)

    standin.job().stage = standin.job().stages.index("scheduled")  # and the next one, processing
    await backend.cancel(remote)
    assert await backend.poll(remote) == STOPPED


async def test_what_is_over_or_gone_is_never_deleted(backend: KreaBackend, standin: Krea, plan: TrainingPlan) -> None:
    remote = await backend.submit(plan)
    await finish(backend, remote)
    await backend.cancel(remote)
    await backend.cancel(RemoteTask("gone"))

    assert not [seen for seen in standin.seen if seen.method == "DELETE"]


# --- drawings


async def test_each_picture_is_an_order_of_its_own(
    backend: KreaBackend, standin: Krea, store: MemoryResults, plan: TrainingPlan
) -> None:
    lora = await trained(backend, plan)
    remote = await backend.draw(drawing_plan(plan, lora, count=4))
    states = [(await backend.drawing(remote)).state for _ in range(3)]
    pictures = (await backend.drawing(remote)).pictures

    assert [order["seed"] for order in orders(standin, DRAWS)] == [11, 12, 13, 14]
    assert states == [RemoteState.RUNNING, RemoteState.RUNNING, RemoteState.SUCCEEDED]
    assert len(set(pictures)) == 4
    assert set(pictures) == set(store.kept)  # and no preview is among them


async def test_a_drawing_waits_while_all_of_it_waits(backend: KreaBackend, standin: Krea, plan: TrainingPlan) -> None:
    standin.held = True
    remote = await backend.draw(drawing_plan(plan, None))

    assert (await backend.drawing(remote)).state is RemoteState.QUEUED


async def test_a_first_picture_that_is_refused_has_cost_nothing(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    with pytest.raises(BackendRejected) as raised:
        await backend.draw(drawing_plan(plan, LoraUse(None, 1.0, "style-of-somebody")))

    assert "It said: `Style not found`." in words(raised.value.reason)
    assert len(orders(standin, DRAWS)) == 1


LOST = "Its answer to one order was lost, so that may be charged too."


@pytest.mark.parametrize(
    ("fault", "told", "cost"),
    [
        (Fault(status=402), "2 of 4 were not taken there.", 20_000),
        (Fault(status=429), "2 of 4 were not taken there.", 20_000),
        (Fault(status=500), f"2 of 4 were not taken there. {LOST}", None),
        (Fault(Trouble.RESET, after=True), f"2 of 4 were not taken there. {LOST}", None),
    ],
)
async def test_the_pictures_that_were_taken_are_waited_for_when_a_later_one_is_not(
    backend: KreaBackend,
    standin: Krea,
    http: httpx.AsyncBaseTransport,
    plan: TrainingPlan,
    *,
    fault: Fault,
    told: str,
    cost: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = http.handle_async_request

    async def spoil_the_third(request: httpx.Request) -> httpx.Response:
        if request.url.path == DRAWS and len(orders(standin, DRAWS)) == 2:
            standin.faults.add(f"POST {DRAWS}", fault)
        return await real(request)

    monkeypatch.setattr(http, "handle_async_request", spoil_the_third)
    remote = await backend.draw(drawing_plan(plan, None, count=4))
    looks = [await backend.drawing(remote) for _ in range(4)]

    assert len(orders(standin, DRAWS)) == 3  # nothing is ordered after that
    assert [look.state for look in looks[:2]] == [RemoteState.RUNNING, RemoteState.RUNNING]
    assert looks[-1].state is RemoteState.SUCCEEDED
    assert len(looks[-1].pictures) == 2
    assert worded(looks[-1]) == told
    assert looks[-1].cost_micros == cost


async def test_a_lost_first_answer_is_unclear(backend: KreaBackend, standin: Krea, plan: TrainingPlan) -> None:
    standin.faults.add(f"POST {DRAWS}", Fault(Trouble.RESET, after=True))
    with pytest.raises(BackendAmbiguous):
        await backend.draw(drawing_plan(plan, None))

    assert len(orders(standin, DRAWS)) == 1


async def test_a_picture_that_fails_leaves_the_others_and_says_why(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    remote = await backend.draw(drawing_plan(plan, None))
    standin.job().ended, standin.job().error = "failed", "nsfw"
    looks = [await backend.drawing(remote) for _ in range(4)]

    assert looks[0].state is RemoteState.RUNNING  # the other one
    assert looks[-1].state is RemoteState.SUCCEEDED
    assert len(looks[-1].pictures) == 1
    assert worded(looks[-1]) == "1 of 2 was not drawn. Krea could not finish it. It said: `nsfw`."
    assert looks[-1].cost_micros == 10_000  # only what is completed is billed


@pytest.mark.parametrize(
    ("refused", "told", "cost"),
    [(True, "1 of 2 was not taken there.", 0), (False, f"1 of 2 was not taken there. {LOST}", None)],
)
async def test_a_drawing_without_any_picture_has_failed(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan, told: str, cost: int | None, *, refused: bool
) -> None:
    await backend.draw(drawing_plan(plan, None, count=1))
    standin.job().ended, standin.job().error = "failed", "nsfw"
    ticket = {"jobs": [standin.job().id], "count": 2} | ({"rest_was_refused": True} if refused else {})
    drawing = await backend.drawing(RemoteTask(json.dumps(ticket)))

    assert drawing.state is RemoteState.FAILED
    assert worded(drawing) == f"Krea could not finish it. It said: `nsfw`. {told}"
    assert drawing.cost_micros == cost


async def test_pictures_that_were_done_before_a_stop_are_kept(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    remote = await backend.draw(drawing_plan(plan, None))
    first = next(iter(standin.jobs))
    while standin.jobs[first].status != "completed":
        await backend.poll(RemoteTask(first))
    await backend.cancel_drawing(remote)
    drawing = await backend.drawing(remote)

    assert drawing.state is RemoteState.SUCCEEDED
    assert len(drawing.pictures) == 1
    assert worded(drawing) == "1 of 2 was not drawn. It was stopped."
    assert drawing.cost_micros == 10_000


async def test_a_stopped_drawing_costs_nothing(backend: KreaBackend, standin: Krea, plan: TrainingPlan) -> None:
    standin.held = True
    remote = await backend.draw(drawing_plan(plan, None))
    await backend.cancel_drawing(remote)
    drawing = await backend.drawing(remote)

    assert (drawing.state, drawing.cost_micros) == (RemoteState.CANCELLED, 0)


@pytest.mark.parametrize("content", [b"no picture", b""])
async def test_a_picture_that_is_none_breaks_the_contract(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan, content: bytes
) -> None:
    remote = await backend.draw(drawing_plan(plan, None, count=1))
    while standin.job().status != "completed":
        await backend.poll(RemoteTask(standin.job().id))
    name = standin.job().url.partition("?")[0].removeprefix(f"{standin.files_url}/f/")
    standin.files[name].content = content
    with pytest.raises(BackendReplyInvalid):
        await backend.drawing(remote)


async def test_a_completed_picture_without_a_link_breaks_the_contract(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    remote = await backend.draw(drawing_plan(plan, None, count=1))
    body = '{"job_id": "1", "status": "completed", "created_at": "2026-11-20T10:00:00Z", "result": {"urls": []}}'
    standin.faults.add("GET /jobs/", Fault(status=200, body=body))
    with pytest.raises(BackendReplyInvalid):
        await backend.drawing(remote)


async def test_a_lora_of_another_backend_is_refused_without_asking(
    backend: KreaBackend, standin: Krea, plan: TrainingPlan
) -> None:
    with pytest.raises(BackendRejected) as raised:
        await backend.draw(drawing_plan(plan, LoraUse("ab" * 32, 1.0)))

    assert raised.value.charge == NOTHING
    assert not standin.seen


@pytest.mark.parametrize("remote_id", ["nothing", "{}", '{"jobs": 3, "count": 1}', '{"jobs": [], "count": 1}'])
async def test_a_drawing_with_a_foreign_id_is_not_known(backend: KreaBackend, remote_id: str) -> None:
    with pytest.raises(BackendRejected):
        await backend.drawing(RemoteTask(remote_id))


async def test_a_job_id_cannot_lead_to_another_path(backend: KreaBackend, standin: Krea) -> None:
    with pytest.raises(BackendRejected):
        await backend.poll(RemoteTask("../jobs?limit=1"))

    assert standin.count("GET", "/jobs") == 0


# --- the stand-in

ORDERS: dict[str, dict[str, object]] = {
    "/styles/train": {"name": "atelier-1", "urls": ["https://krea.ai/1", "https://krea.ai/2", "https://krea.ai/3"]},
    DRAWS: {"prompt": "zorbo at the sea"},
}


@pytest.mark.parametrize(
    ("path", "changed", "error"),
    [
        ("/styles/train", {"urls": None}, "Invalid values: urls=None"),
        ("/styles/train", {"model": "sdxl"}, "Invalid values: model=sdxl"),
        ("/styles/train", {"type": "Person"}, "Invalid values: type=Person"),
        ("/styles/train", {"max_train_steps": 0}, "Invalid values: max_train_steps=0"),
        ("/styles/train", {"max_train_steps": 2_001}, "Invalid values: max_train_steps=2001"),
        ("/styles/train", {"rank": 16}, "Unknown params: rank"),
        ("/styles/train", {"model": "qwen", "learning_rate": 1e-4}, "Unknown params: learning_rate"),
        ("/styles/train", {"model": "qwen", "type": "Default"}, "Invalid values: type=Default"),
        (DRAWS, {"num_images": 2}, "Unknown params: num_images"),
        (DRAWS, {"width": 511}, "Invalid values: width=511"),
        (DRAWS, {"styles": [{"id": "s"}]}, "Invalid values: styles=[{'id': 's'}]"),
        (DRAWS, {"styles": [{"id": "s", "strength": 3}]}, "Invalid values: styles=[{'id': 's', 'strength': 3}]"),
        (DRAWS, {"styles": [{"id": "s", "strength": 1}]}, "Style not found"),
    ],
)
async def test_the_stand_in_refuses_what_no_page_documents(
    standin: Krea, anybody: httpx.AsyncClient, path: str, changed: dict[str, object], error: str
) -> None:
    headers = {"Authorization": f"Bearer {standin.key}"}
    answer = await anybody.post(standin.base_url + path, json=ORDERS[path] | changed, headers=headers)

    assert (answer.status_code, answer.json()) == (400, {"error": error})
    assert not standin.jobs


@pytest.mark.parametrize("path", list(ORDERS))
async def test_the_stand_in_takes_what_is_documented_from_who_has_the_key(
    standin: Krea, anybody: httpx.AsyncClient, path: str
) -> None:
    headers = {"Authorization": f"Bearer {standin.key}"}
    stranger = await anybody.post(standin.base_url + path, json=ORDERS[path])
    taken = await anybody.post(standin.base_url + path, json=ORDERS[path], headers=headers)

    assert stranger.status_code == 401
    assert taken.status_code == 200
    assert taken.json()["job_id"] == standin.job().id


async def test_the_stand_in_posts_an_ended_job_to_its_webhook(
    standin: Krea, backend: KreaBackend, anybody: httpx.AsyncClient
) -> None:
    heard: list[dict[str, object]] = []

    async def hear(request: web.Request) -> web.Response:
        heard.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hear)
    async with TestServer(app) as server:
        headers = {"Authorization": f"Bearer {standin.key}", "X-Webhook-URL": str(server.make_url("/hook"))}
        await anybody.post(standin.base_url + DRAWS, json=ORDERS[DRAWS], headers=headers)
        await finish(backend, RemoteTask(standin.job().id))

    assert [(said["job_id"], said["status"]) for said in heard] == [(standin.job().id, "completed")]
