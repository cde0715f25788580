"""Scenario's own SDK, unmodified but for its base URL, against the stand-in."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

import httpx
import pytest
from scenario_sdk import APIResponseValidationError, APIStatusError, Scenario

from tests.providers import scenario
from tests.providers.faults import Fault
from tests.providers.standin import drawing, is_picture

T = TypeVar("T")


@pytest.fixture
async def standin() -> AsyncIterator[scenario.Scenario]:
    async with scenario.Scenario() as running:
        yield running


@pytest.fixture
def sdk(standin: scenario.Scenario) -> Iterator[Scenario]:
    with httpx.Client(trust_env=False) as http:
        yield Scenario(
            api_key=scenario.KEY,
            api_secret=scenario.SECRET,
            base_url=standin.base_url,
            http_client=http,
            max_retries=0,
        )


async def call(work: Callable[[], T]) -> T:
    """Run the SDK, which blocks, beside the stand-in."""
    return await asyncio.to_thread(work)


def data_url(number: int) -> str:
    return "data:image/png;base64," + base64.b64encode(drawing(number)).decode()


def filled(sdk: Scenario, name: str, *, kind: str = "zimage-lora", images: int = 3) -> str:
    model_id = sdk.models.create(name=name, type=kind).model.id  # type: ignore[arg-type]
    for number in range(images):
        sdk.models.training_images.add(model_id, data=data_url(number), name=f"{number}.png", preset="subject")
    return model_id


def trained(sdk: Scenario, name: str) -> str:
    model_id = filled(sdk, name)
    sdk.models.train.trigger(model_id, parameters={"nb_epochs": 10, "nb_repeats": 5})
    while sdk.models.retrieve(model_id).model.status == "training":
        pass
    return model_id


async def test_the_sdk_uploads_trains_follows_and_draws(standin: scenario.Scenario, sdk: Scenario) -> None:
    def work() -> tuple[list[str], str, list[bytes]]:
        model_id = filled(sdk, "Pixel Knights")
        first = (sdk.models.retrieve(model_id).model.training_images or [])[0]
        assert first.automatic_captioning == first.description == "a subject drawing, number 1"
        sdk.assets.update(first.id, description="PXKN a knight, side view")

        started = sdk.models.train.trigger(
            model_id, parameters={"learning_rate": 0.00005, "rank": 64, "nb_epochs": 10, "nb_repeats": 20}
        )
        assert started.job is not None
        stages = []
        while (model := sdk.models.retrieve(model_id).model).status == "training":
            assert model.training_progress is not None
            stages.append(str(model.training_progress.stage))
        job = sdk.jobs.retrieve(started.job.job_id).job
        assert job.billing is not None
        assert job.billing.cu_cost == started.creative_units_cost == 37.5

        body = {"prompt": "PXKN at the sea", "numOutputs": 2, "loras": [model_id], "lorasScale": [0.8]}
        order = sdk.generate.run_model("model_z-image", body=body).job
        assert order is not None
        while (drawn := sdk.jobs.retrieve(order.job_id).job).status != "success":
            pass
        links = [sdk.assets.retrieve(asset_id).asset.url for asset_id in drawn.metadata.asset_ids or []]
        with httpx.Client(trust_env=False) as browser:
            return stages, str(model.status), [browser.get(link).content for link in links]

    stages, status, pictures = await call(work)

    model = next(iter(standin.models.values()))
    assert standin.assets[model.images[0]].description == "PXKN a knight, side view"
    assert stages == ["queued-for-train", "starting-train", *["running-train"] * 3]
    assert status == "trained"
    assert len(pictures) == 2
    assert all(is_picture(picture) for picture in pictures)
    assert standin.paid == ["Pixel Knights"]


async def test_the_sdk_asks_for_prices(standin: scenario.Scenario, sdk: Scenario) -> None:
    def work() -> tuple[float | None, float | None]:
        shell = sdk.models.create(name="knights", type="flux.2-dev-lora").model.id
        training = sdk.models.train.trigger(
            shell, dry_run="true", training_images_count=12, parameters={"nb_epochs": 10, "nb_repeats": 20}
        )
        picture = sdk.generate.run_model("model_bfl-flux-2-dev", body={"prompt": "a knight"}, dry_run="api")
        return training.creative_units_cost, picture.creative_units_cost

    assert await call(work) == (150, 10.75)
    assert not standin.paid
    assert not standin.drawings


async def test_the_sdk_types_fit_what_the_stand_in_says(standin: scenario.Scenario, sdk: Scenario) -> None:
    """Strictly, that is; a model that trains, its job, a drawing's job and its picture."""

    def work() -> None:
        model_id = trained(sdk, "x")
        drawn = sdk.generate.run_model("model_z-image", body={"prompt": "a knight", "numOutputs": 1}).job
        assert drawn is not None
        while sdk.jobs.retrieve(drawn.job_id).job.status != "success":
            pass
        other = filled(sdk, "y")
        sdk._strict_response_validation = True
        sdk.models.train.trigger(other)
        sdk.models.retrieve(other)
        sdk.jobs.retrieve(str(standin.models[model_id].job_id))
        sdk.assets.retrieve((sdk.jobs.retrieve(drawn.job_id).job.metadata.asset_ids or [])[0])
        sdk.models.training_images.add(model_id, data=data_url(7), name="7.png")

    await call(work)


async def test_the_sdk_types_do_not_know_an_idle_model(sdk: Scenario) -> None:
    """A fault of the SDK: it wants a stage in `trainingProgress`, and models that do not train have `{}` there."""

    def work() -> None:
        shell = sdk.models.create(name="x", type="zimage-lora").model.id
        sdk._strict_response_validation = True
        with pytest.raises(APIResponseValidationError):
            sdk.models.retrieve(shell)

    await call(work)


async def test_a_dry_run_in_the_body_is_an_order(standin: scenario.Scenario, sdk: Scenario) -> None:
    await call(lambda: sdk.models.train.trigger(filled(sdk, "oops"), extra_body={"dryRun": "true"}))

    assert standin.paid == ["oops"]


async def test_the_sdk_repeats_paid_calls_by_itself(standin: scenario.Scenario, sdk: Scenario) -> None:
    """A fault of the SDK: a paid order whose answer was lost is made again, and nothing marks it as the same one."""
    standin.faults.add("POST /v1/generate/custom/", Fault(status=500, after=True), times=1)
    eager = sdk.with_options(max_retries=2)
    await call(lambda: eager.generate.run_model("model_z-image", body={"prompt": "a knight", "numOutputs": 1}))

    assert len(standin.drawings) == 2
    orders = [seen for seen in standin.seen if seen.path.startswith("/v1/generate")]
    assert not any("idempotency" in name.lower() for seen in orders for name in seen.headers)


async def test_the_sdk_lists_every_page(sdk: Scenario) -> None:
    def work() -> tuple[list[str | None], list[str | None], list[str]]:
        for number in range(5):
            sdk.models.create(name=f"m{number}", type="zimage-lora")
        trained(sdk, "last")
        mine = [model.name for model in sdk.models.list(page_size=2)]
        new = [model.name for model in sdk.models.list(status="new", page_size=500)]
        return mine, new, [job.status for job in sdk.jobs.list(page_size=1)]

    mine, new, jobs = await call(work)

    assert mine == ["last", "m4", "m3", "m2", "m1", "m0"]
    assert new == ["m4", "m3", "m2", "m1", "m0"]
    assert jobs == ["success"]


async def test_the_sdk_stops_a_training_by_the_train_action_only(sdk: Scenario) -> None:
    def work() -> tuple[int, str, int]:
        model_id = filled(sdk, "stopped")
        job = sdk.models.train.trigger(model_id).job
        assert job is not None
        by_job = refusal(lambda: sdk.jobs.trigger_action(job.job_id, action="cancel"))
        stopped = sdk.models.train.action(model_id, action="cancel").model.status
        return by_job, stopped, refusal(lambda: sdk.models.train.action(model_id, action="cancel"))

    assert await call(work) == (400, "training-canceled", 400)


async def test_big_files_go_up_in_parts(standin: scenario.Scenario, sdk: Scenario) -> None:
    content = drawing(3, width=256, height=256)

    def work() -> str:
        upload = sdk.uploads.create(
            file_name="big.png", content_type="image/png", kind="image", parts=2, file_size=len(content)
        ).upload
        halves = content[:300], content[300:]
        with httpx.Client(trust_env=False) as http:
            for part, half in zip(upload.parts or [], halves, strict=True):
                assert http.put(str(part.url), content=half).status_code == 200
        sdk.uploads.trigger_action(upload.id, action="complete")
        while (state := sdk.uploads.retrieve(upload.id).upload).status != "imported":
            pass
        model_id = sdk.models.create(name="big", type="zimage-lora").model.id
        assert state.entity_id is not None
        return sdk.models.training_images.add(model_id, asset_id=state.entity_id).training_image.name

    assert await call(work) == "big.png"
    kept = next(iter(standin.assets.values()))
    assert hashlib.sha256(kept.content).digest() == hashlib.sha256(content).digest()


def refusal(work: Callable[[], object]) -> int:
    """Return the status with which a call is refused."""
    with pytest.raises(APIStatusError) as raised:
        work()
    return raised.value.status_code


OTHER_LIST = base64.b64encode(b"pageSize=7|7").decode()

# What the stand-in must refuse: each call, its status, and what the answer says.
REFUSED: list[tuple[str, Callable[[Scenario], object], int, str]] = [
    ("a wrong key", lambda s: s.with_options(api_key="api_other").models.list(), 401, "Unauthorized"),
    ("its own profile", lambda s: s.get("/me", cast_to=object), 403, "API Keys cannot access protected resources"),
    (
        "a type that is gone",
        lambda s: s.models.create(name="x", type="sd-xl-lora"),  # type: ignore[arg-type]
        400,
        "Invalid model type sd-xl-lora",
    ),
    ("an unknown model", lambda s: s.models.retrieve("model_X"), 404, "Model model_X not found"),
    ("an unknown job", lambda s: s.jobs.retrieve("job_X"), 404, "Job job_X not found"),
    ("an unknown asset", lambda s: s.assets.retrieve("asset_X"), 404, "Asset asset_X not found"),
    (
        "no picture",
        lambda s: s.models.training_images.add(filled(s, "x", images=0), data="data:image/png;base64,AAAA", name="x"),
        400,
        "Invalid data URL",
    ),
    (
        "eleven pictures at once",
        lambda s: s.models.training_images.add(filled(s, "x", images=0), asset_ids=["asset_1"] * 11),
        400,
        "Too many assetIds provided in a single request",
    ),
    (
        "two forms of a picture",
        lambda s: s.models.training_images.add(filled(s, "x", images=0), asset_ids=["asset_1"], name="x.png"),
        400,
        "assetIds cannot be used",
    ),
    (
        "a picture twice",
        lambda s: s.models.training_images.add(first := filled(s, "x"), asset_id=first_image(s, first)),
        400,
        "The provided assetId is already a training image of this model",
    ),
    (
        "a training of nothing",
        lambda s: s.models.train.trigger(filled(s, "x", images=0)),
        400,
        "training-image count",
    ),
    (
        "a training of too much",
        lambda s: s.models.train.trigger(filled(s, "x", images=0), dry_run="true", training_images_count=51),
        400,
        "training-image count: 51",
    ),
    (
        "edits without pairs",
        lambda s: s.models.train.trigger(filled(s, "x", kind="qwen-image-edit-lora")),
        400,
        "At least 2 complete training image pairs",
    ),
    (
        "a rank too high",
        lambda s: s.models.train.trigger(filled(s, "x"), parameters={"rank": 129}),
        400,
        "Input rank must be at most 128",
    ),
    (
        "a FLUX.1 rank too high",
        lambda s: s.models.train.trigger(filled(s, "x", kind="flux.1-lora"), parameters={"rank": 65}),
        400,
        "Input rank must be at most 64",
    ),
    (
        "a learning rate too low",
        lambda s: s.models.train.trigger(filled(s, "x"), parameters={"learning_rate": 0.000001}),
        400,
        "Input learningRate must be at least 1e-05",
    ),
    (
        "five samples",
        lambda s: s.models.train.trigger(filled(s, "x"), parameters={"sample_prompts": ["a"] * 5}),
        400,
        "samplePrompts must be at most 4",
    ),
    ("a second training", lambda s: twice(s, filled(s, "x")), 400, "Model is already training"),
    (
        "a picture during a training",
        lambda s: s.models.training_images.add(started(s, filled(s, "x")), data=data_url(9), name="9.png"),
        400,
        "while the model is training",
    ),
    (
        "another action than cancel",
        lambda s: s.models.train.action(filled(s, "x"), action="pause"),  # type: ignore[arg-type]
        400,
        "must be one of cancel",
    ),
    (
        "a LoRA as a base",
        lambda s: s.generate.run_model(trained(s, "x"), body={"prompt": "a"}),
        400,
        "Custom models only are supported for this endpoint",
    ),
    ("no prompt", lambda s: s.generate.run_model("model_z-image", body={}), 400, "Input prompt is required"),
    (
        "a long prompt",
        lambda s: s.generate.run_model("model_z-image", body={"prompt": "a" * 2_049}),
        400,
        "Input prompt must be at most 2048",
    ),
    (
        "a strong LoRA",
        lambda s: s.generate.run_model("model_z-image", body={"prompt": "a", "lorasScale": [2.5]}),
        400,
        "Input lorasScale must be at most 2",
    ),
    (
        "seven LoRAs",
        lambda s: s.generate.run_model("model_z-image", body={"prompt": "a", "loras": ["model_1"] * 7}),
        400,
        "Input loras must be at most 6 items long",
    ),
    (
        "a LoRA of another family",
        lambda s: s.generate.run_model("model_bfl-flux-2-dev", body={"prompt": "a", "loras": [trained(s, "x")]}),
        400,
        "Allowed model types: flux.2-dev-lora, flux.2-dev-edit-lora",
    ),
    (
        "an untrained LoRA",
        lambda s: s.generate.run_model("model_z-image", body={"prompt": "a", "loras": [filled(s, "x")]}),
        400,
        "is not trained",
    ),
    (
        "an unknown LoRA",
        lambda s: s.generate.run_model("model_z-image", body={"prompt": "a", "loras": ["model_X"]}),
        404,
        "Model model_X not found",
    ),
    ("an odd width", lambda s: s.generate.run_model("model_z-image", body={"prompt": "a", "width": 500}), 400, "16"),
    ("a page of nothing", lambda s: s.models.list(page_size=501), 400, "Input pageSize must be at most 500"),
    ("a page of jobs too long", lambda s: s.jobs.list(page_size=101), 400, "Input pageSize must be at most 100"),
    ("a token of another list", lambda s: s.models.list(pagination_token=OTHER_LIST), 400, "Invalid paginationToken"),
]


def first_image(sdk: Scenario, model_id: str) -> str:
    return (sdk.models.retrieve(model_id).model.training_images or [])[0].id


def started(sdk: Scenario, model_id: str) -> str:
    sdk.models.train.trigger(model_id)
    return model_id


def twice(sdk: Scenario, model_id: str) -> object:
    return sdk.models.train.trigger(started(sdk, model_id))


@pytest.mark.parametrize(("work", "status", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_what_scenario_refuses_is_refused(
    sdk: Scenario, work: Callable[[Scenario], object], status: int, says: str
) -> None:
    def tried() -> APIStatusError:
        with pytest.raises(APIStatusError) as raised:
            work(sdk)
        return raised.value

    error = await call(tried)

    assert error.status_code == status
    assert says in error.response.text


async def test_a_training_soon_after_another_is_told_to_wait(standin: scenario.Scenario, sdk: Scenario) -> None:
    standin.cooldown = 900

    def work() -> APIStatusError:
        model_id = trained(sdk, "x")
        with pytest.raises(APIStatusError) as raised:
            sdk.models.train.trigger(model_id)
        return raised.value

    error = await call(work)

    assert error.status_code == 429
    assert 0 < error.response.json()["remainingSeconds"] <= 900


async def test_a_project_of_somebody_else_is_closed(standin: scenario.Scenario, sdk: Scenario) -> None:
    standin.project = "proj_mine"

    assert await call(lambda: refusal(lambda: sdk.models.list(project_id="proj_other"))) == 403


async def test_pairs_are_an_array_of_training_images(sdk: Scenario) -> None:
    def work() -> tuple[float, int]:
        model_id = filled(sdk, "edits", kind="qwen-image-edit-lora", images=4)
        ids = [image.id for image in sdk.models.retrieve(model_id).model.training_images or []]
        pairs = [{"source_id": ids[n], "target_id": ids[n + 1], "instruction": "dusk"} for n in (0, 2)]
        put = sdk.models.training_images.replace_pairs
        count = put(model_id, body=pairs).count  # type: ignore[arg-type]
        sdk.models.train.trigger(model_id)
        return count, refusal(lambda: put(filled(sdk, "x"), body=[{"source_id": "asset_X", "target_id": "asset_Y"}]))

    assert await call(work) == (2, 400)


async def test_links_are_signed_and_want_no_key(sdk: Scenario) -> None:
    def work() -> tuple[int, int, int]:
        link = (sdk.models.retrieve(filled(sdk, "x")).model.training_images or [])[0].download_url
        with httpx.Client(trust_env=False) as http:
            return (
                http.get(link).status_code,
                http.get(link.replace("Signature=", "Signature=0")).status_code,
                http.get(link, headers={"Authorization": "Basic x"}).status_code,
            )

    assert await call(work) == (200, 403, 400)
