"""Replicate's own SDK, unchanged but for its base URL, against the stand-in; and where the SDK itself goes wrong."""

import asyncio
import io
import time
import zipfile
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from pydantic.v1 import ValidationError
from replicate.client import Client
from replicate.exceptions import ReplicateError
from replicate.prediction import Prediction
from replicate.training import Training

from backends.replicate.replies import steps_done
from tests.providers.faults import Fault
from tests.providers.replicate import FAST, OFFICIAL, STANDARD, ReplicateStandIn
from tests.providers.standin import drawing, is_picture


@pytest.fixture
async def standin() -> AsyncIterator[ReplicateStandIn]:
    async with ReplicateStandIn() as running:
        yield running


@pytest.fixture
async def sdk(standin: ReplicateStandIn) -> AsyncIterator[Client]:
    made = Client(standin.key, base_url=standin.base_url)
    yield made
    made._client.close()


def zipped() -> io.BytesIO:
    """Return a zip as a customer makes it, with what a Mac adds."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photos/1.png", drawing(1))
        archive.writestr("photos/1.txt", "zorbo at the sea")
        archive.writestr("photos/2.jpg", drawing(2, kind="JPEG"))
        archive.writestr("__MACOSX/photos/._1.png", b"\x00\x05\x16\x07")
    file.name = "set.zip"
    return file


def train(sdk: Client, **given: object) -> Training:
    sdk.models.create("alice", "knights", visibility="private", hardware="gpu-t4")
    version = sdk.models.get(STANDARD).latest_version
    assert version is not None
    return sdk.trainings.create(
        model=STANDARD,
        version=version.id,
        input={"input_images": zipped(), "trigger_word": "zorbo", "steps": 1000, **given},
        destination="alice/knights",
    )


def version_of(training: Training) -> str:
    """Return the id of the version that a training made."""
    made = training.output
    assert made is not None
    return str(made["version"]).removeprefix("alice/knights:")


def ended(work: Training) -> Training:
    for _ in range(10):
        if work.status in ("succeeded", "failed", "canceled"):
            return work
        work.reload()
    raise AssertionError("it never ended")


async def test_the_sdk_uploads_trains_and_draws(standin: ReplicateStandIn, sdk: Client) -> None:
    def flow() -> tuple[list[str], Prediction]:
        training = train(sdk)
        seen: list[str] = [training.status]
        while training.status not in ("succeeded", "failed", "canceled"):
            training.reload()
            seen.append(training.status)
        picture = sdk.predictions.create(
            version=version_of(training),
            input={"prompt": "zorbo asleep", "num_outputs": 2, "output_format": "png"},
        )
        picture.reload()
        picture.reload()
        return seen, picture

    seen, picture = await asyncio.to_thread(flow)
    async with httpx.AsyncClient(trust_env=False) as plain:
        pictures = [(await plain.get(link)).content for link in picture.output or ()]

    assert seen == ["starting", "processing", "processing", "processing", "succeeded"]
    assert standin.paid == ["set"]
    assert picture.status == "succeeded"
    assert [is_picture(content) for content in pictures] == [True, True]
    assert pictures[0] != pictures[1]


async def test_a_wait_brings_the_pictures_with_the_answer(standin: ReplicateStandIn, sdk: Client) -> None:
    def flow() -> tuple[Prediction, Prediction]:
        ready = sdk.predictions.create(version=OFFICIAL, input={"prompt": "a fox"}, wait=5)
        standin.held = True
        return ready, sdk.predictions.create(version=OFFICIAL, input={"prompt": "a fox"}, wait=True)

    ready, waiting = await asyncio.to_thread(flow)

    assert ready.status == "succeeded"
    assert waiting.status == "starting"


async def test_lists_have_pages_and_no_logs(standin: ReplicateStandIn, sdk: Client) -> None:
    standin.page_size = 2

    def flow() -> list[Training]:
        for _ in range(5):
            sdk.predictions.create(version=OFFICIAL, input={"prompt": "a fox"})
        ended(train(sdk))
        page = sdk.predictions.list()
        sizes = [len(page)]
        while page.next:
            page = sdk.predictions.list(page.next)
            sizes.append(len(page))
        assert sizes == [2, 2, 1]
        return list(sdk.trainings.list())

    (training,) = await asyncio.to_thread(flow)

    assert training.status == "succeeded"
    assert training.logs is None


async def test_files_come_and_go(sdk: Client) -> None:
    def flow() -> tuple[list[str], bool, list[str]]:
        file = sdk.files.create(zipped(), filename="mine.zip", metadata={"of": "a test"})
        assert sdk.files.get(file.id).metadata == {"of": "a test"}
        before = [entry.name for entry in sdk.files.list()]
        return before, sdk.files.delete(file.id), [entry.name for entry in sdk.files.list()]

    assert await asyncio.to_thread(flow) == (["mine.zip"], True, [])


async def test_a_model_with_versions_can_not_be_deleted(standin: ReplicateStandIn, sdk: Client) -> None:
    def flow() -> None:
        training = ended(train(sdk))
        with pytest.raises(ReplicateError) as refused:
            sdk.models.delete("alice", "knights")
        assert refused.value.status == 409
        sdk.models.get("alice/knights").versions.delete(version_of(training))
        assert sdk.models.delete("alice", "knights")

    await asyncio.to_thread(flow)

    assert "alice/knights" not in standin.models


async def test_a_cancelled_training_makes_no_version(standin: ReplicateStandIn, sdk: Client) -> None:
    def flow() -> Training:
        training = train(sdk)
        training.reload()
        training.cancel()
        return training

    assert (await asyncio.to_thread(flow)).status == "canceled"
    assert not standin.models["alice/knights"].versions


async def test_a_training_on_no_zip_fails_later_with_the_trainers_words(
    sdk: Client,
) -> None:
    training = await asyncio.to_thread(lambda: ended(train(sdk, input_images=io.BytesIO(b"no zip at all"))))

    assert training.status == "failed"
    assert training.error == "input_images must be a zip file"


REFUSED: list[tuple[int, Callable[[Client], object]]] = [
    (403, lambda sdk: sdk.models.create("bob", "knights", visibility="private", hardware="gpu-t4")),
    (404, lambda sdk: sdk.models.get("alice/nothing")),
    (404, lambda sdk: sdk.trainings.get("nothing")),
    (404, lambda sdk: sdk.trainings.create(model=STANDARD, version="0" * 64, input={}, destination="alice/knights")),
    (409, lambda sdk: [train(sdk), train(sdk)]),
    (422, lambda sdk: sdk.models.create("alice", "Knights!", visibility="private", hardware="gpu-t4")),
    (422, lambda sdk: sdk.models.create("alice", "knights", visibility="private", hardware="gpu-none")),
    (422, lambda sdk: train(sdk, steps=2)),
    (422, lambda sdk: train(sdk, lora_rank=129)),
    (422, lambda sdk: train(sdk, caption_dropout_rate=1.5)),
    (422, lambda sdk: train(sdk, autocaption="yes")),
    (422, lambda sdk: sdk.predictions.create(version=STANDARD, input={"prompt": "x"})),
    (422, lambda sdk: sdk.predictions.create(version=OFFICIAL, input={})),
    (422, lambda sdk: sdk.predictions.create(version=OFFICIAL, input={"prompt": "x", "num_outputs": 5})),
    (422, lambda sdk: sdk.predictions.create(version=OFFICIAL, input={"prompt": "x", "width": 512})),
    (422, lambda sdk: sdk.predictions.create(version=OFFICIAL, input={"prompt": "x"}, webhook="http://bot.example")),
]


@pytest.mark.parametrize(("status", "ask"), REFUSED)
async def test_what_replicate_refuses_the_stand_in_refuses(
    sdk: Client, status: int, ask: Callable[[Client], object]
) -> None:
    with pytest.raises(ReplicateError) as raised:
        await asyncio.to_thread(ask, sdk)

    assert raised.value.status == status
    assert raised.value.detail


async def test_no_key_and_a_wrong_key_are_told_apart_from_the_right_one(standin: ReplicateStandIn) -> None:
    link = f"{standin.base_url}/v1/account"
    async with httpx.AsyncClient(trust_env=False) as plain:
        answers = [
            await plain.get(link, headers=headers)
            for headers in (
                {},
                {"Authorization": "Bearer r8_wrong"},
                {"Authorization": f"Bearer {standin.key}"},
                {"Authorization": f"Token {standin.key}"},
            )
        ]

    assert [answer.status_code for answer in answers] == [401, 401, 200, 200]
    assert answers[0].json()["title"] == "Unauthenticated"


async def test_a_destination_must_be_there_and_ours(sdk: Client) -> None:
    def flow(destination: str) -> int | None:
        version = sdk.models.get(FAST).latest_version
        assert version is not None
        with pytest.raises(ReplicateError) as raised:
            sdk.trainings.create(model=FAST, version=version.id, input={}, destination=destination)
        return raised.value.status

    assert await asyncio.to_thread(flow, "alice/nothing") == 404
    assert await asyncio.to_thread(flow, OFFICIAL) == 403
    assert await asyncio.to_thread(flow, "no slash") == 422


async def test_what_waits_past_its_deadline_is_aborted(standin: ReplicateStandIn, sdk: Client) -> None:
    body = {"version": OFFICIAL, "input": {"prompt": "a fox"}}
    answer = await asyncio.to_thread(
        lambda: sdk._client.post("/v1/predictions", json=body, headers={"Cancel-After": "5m"})
    )
    later = time.time() + 301
    standin.now = lambda: later
    link = answer.json()["urls"]["get"]

    assert (await asyncio.to_thread(sdk._client.get, link)).json()["status"] == "aborted"


# --- where the SDK itself goes wrong, so that nobody copies it


async def test_the_sdk_finds_no_progress_in_a_trainers_log_and_we_do(sdk: Client) -> None:
    def flow() -> Training:
        training = train(sdk)
        for _ in range(3):
            training.reload()
        return training

    logs = (await asyncio.to_thread(flow)).logs or ""

    assert Prediction.Progress.parse(logs.split("\n")[-1]) is None
    assert steps_done(logs, 1000) == (500, 667)


async def test_the_sdk_can_not_read_a_training_that_was_aborted(standin: ReplicateStandIn, sdk: Client) -> None:
    def flow() -> None:
        training = train(sdk)
        standin.aborts = True
        training.reload()

    with pytest.raises(ValidationError, match="status"):
        await asyncio.to_thread(flow)


async def test_the_sdk_asks_a_failing_api_ten_times(standin: ReplicateStandIn, sdk: Client) -> None:
    standin.faults.add("GET /v1/account", Fault(status=503, body="{}", headers={"Retry-After": "0"}), times=20)
    with pytest.raises(ReplicateError):
        await asyncio.to_thread(sdk.accounts.current)

    assert standin.count("GET", "/v1/account") == 10
