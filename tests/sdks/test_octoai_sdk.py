"""OctoAI's own Python SDK, unmodified but for its addresses, against the stand-in."""

import asyncio
import base64
import io
import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import octoai.uploading_asset_library
import pytest
from octoai.asset_library import Data_File, Data_Lora, FileData
from octoai.client import OctoAI as Sdk
from octoai.core.api_error import ApiError
from octoai.environment import OctoAIEnvironment
from octoai.fine_tuning import Details_LoraTune, LoraTuneCheckpoint, LoraTuneFile, UnprocessableEntityError
from octoai.image_gen.errors import UnprocessableEntityError as DrawingRefused
from octoai.uploading_asset_library import AssetNotReady
from PIL import Image

from tests.providers.faults import Fault
from tests.providers.octoai import DEFAULT_SDXL, OctoAI


@pytest.fixture
async def standin() -> AsyncIterator[OctoAI]:
    async with OctoAI() as running:
        yield running


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10.0, trust_env=False) as client:
        yield client


@pytest.fixture
def sdk(standin: OctoAI, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Sdk:
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: None)  # it looks every ten seconds
    monkeypatch.setattr(octoai.uploading_asset_library, "time", clock)
    places = OctoAIEnvironment(default=standin.base_url, image_gen=standin.image_url, text_gen=standin.image_url)
    return Sdk(environment=places, api_key=standin.key, httpx_client=http)


def picture(number: int) -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (number * 60, 10, 10)).save(file, "JPEG")
    file.seek(0)
    return file


def uploaded(sdk: Sdk, number: int) -> str:
    data = Data_File(file_format="jpeg")
    asset = sdk.asset_library.create_from_file(picture(number), data, f"mascot-{number:03d}")
    assert asset.status == "ready"
    return asset.id


def details(files: list[str], /, **other: Any) -> Details_LoraTune:  # noqa: ANN401 - whatever a test wants to be wrong
    fields: dict[str, Any] = {
        "base_checkpoint": LoraTuneCheckpoint(checkpoint_id=DEFAULT_SDXL),
        "files": [LoraTuneFile(file_id=file, caption="sks1 mascot waving") for file in files],
        "trigger_words": ["sks1"],
        "steps": 800,
    }
    return Details_LoraTune(**(fields | other))


async def test_the_sdk_uploads_trains_and_draws(standin: OctoAI, sdk: Sdk) -> None:
    def everything() -> tuple[list[str], list[bytes]]:
        checkpoint = sdk.asset_library.get("octoai:default-sdxl").asset
        files = [uploaded(sdk, number) for number in range(4)]
        tune = sdk.fine_tuning.create(
            name="mascot-v1",
            continue_on_rejection=True,
            details=details(files, base_checkpoint=LoraTuneCheckpoint(checkpoint_id=checkpoint.id)),
        )
        seen = [tune.status]
        while seen[-1] in ("pending", "running"):
            tune = sdk.fine_tuning.get(tune.id)
            seen.append(tune.status)
        listed = sdk.fine_tuning.list(name="mascot-v1", trigger_words=["sks1", "else"]).data
        assert [(found.id, found.status) for found in listed] == [(tune.id, "succeeded")]
        lora = sdk.asset_library.get(tune.output_lora_ids[0]).asset
        assert isinstance(lora.data, Data_Lora)
        assert (lora.name, lora.data.trigger_words) == ("mascot-v1", ["sks1"])
        drawn = sdk.image_gen.generate_sdxl(
            prompt="sks1 mascot on the moon",
            loras={lora.id: 0.9, "octoai:add-detail": 0.3, "mascot-v1": 0.1},
            num_images=2,
            seed=[5, 6],
            width=1024,
            height=1024,
            image_encoding="png",
        )
        assert [image.seed for image in drawn.images] == [5, 6]
        sdk.fine_tuning.delete(tune.id)
        sdk.asset_library.delete(files[0])
        return seen, [base64.b64decode(image.image_b64 or "") for image in drawn.images]

    seen, drawn = await asyncio.to_thread(everything)

    assert seen == ["pending", "pending", "running", "succeeded"]
    assert [Image.open(io.BytesIO(content)).size for content in drawn] == [(1024, 1024)] * 2
    assert standin.paid == ["mascot-v1"]
    assert not standin.tunes
    assert sum(asset.asset_type == "lora" and not asset.owner for asset in standin.assets.values()) == 1


async def test_the_sdk_lists_what_it_uploaded_page_by_page(sdk: Sdk) -> None:
    def pages() -> list[tuple[int, bool]]:
        for number in range(3):
            uploaded(sdk, number)
        found = [sdk.asset_library.list(asset_type=["file", "lora"], limit=2, offset=offset) for offset in (0, 2)]
        return [(len(page.data), page.has_more) for page in found]

    assert await asyncio.to_thread(pages) == [(2, True), (1, False)]


async def test_the_sdk_stops_a_training(standin: OctoAI, sdk: Sdk) -> None:
    def stopped() -> tuple[str, int | None]:
        standin.held = True
        tune = sdk.fine_tuning.create(name="mascot-v1", details=details([uploaded(sdk, 1)]))
        status = sdk.fine_tuning.cancel(tune.id).status
        with pytest.raises(ApiError) as again:
            sdk.fine_tuning.cancel(tune.id)
        return status, again.value.status_code

    assert await asyncio.to_thread(stopped) == ("cancelled", 409)


async def test_one_unsafe_picture_fails_a_training_that_does_not_go_on(standin: OctoAI, sdk: Sdk) -> None:
    def failed() -> tuple[str, list[str] | None, str]:
        standin.unsafe = {"mascot-002"}
        good = uploaded(sdk, 1)
        with pytest.raises(AssetNotReady, match="rejected"):
            uploaded(sdk, 2)
        bad = sdk.asset_library.get("mascot-002").asset.id
        tune = sdk.fine_tuning.create(name="mascot-v1", details=details([good, bad]))
        tune = sdk.fine_tuning.get(tune.id)
        assert tune.result is not None
        return tune.status, tune.result.rejected_assets, bad

    status, rejected, bad = await asyncio.to_thread(failed)

    assert status == "failed"
    assert rejected == [bad]


@pytest.mark.parametrize(
    "wrong",
    [
        {"files": []},
        {"steps": 0},
        {"trigger_words": []},
        {"trigger_words": ["sks1", "sks2"]},
        {"trigger_words": [""]},
        {"files": [LoraTuneFile(file_id="asset_unknown")]},
        {"files": [LoraTuneFile(file_id=DEFAULT_SDXL)]},
    ],
    ids=str,
)
async def test_the_stand_in_refuses_trainings_as_the_schema_does(
    standin: OctoAI, sdk: Sdk, wrong: dict[str, Any]
) -> None:
    def order() -> None:
        file = uploaded(sdk, 1)
        with pytest.raises(UnprocessableEntityError) as refused:
            sdk.fine_tuning.create(name="mascot-v1", details=details([file], **wrong))
        assert refused.value.body.detail

    await asyncio.to_thread(order)
    assert not standin.paid


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 1024},
        {"width": 1000, "height": 1000},
        {"num_images": 17},
        {"num_images": 0},
        {"steps": 201},
        {"cfg_scale": 0.0},
        {"cfg_scale": 50.5},
        {"seed": 0},
        {"seed": 2**32},
        {"seed": [1, 2, 3]},
        {"sampler": "EULER"},
        {"image_encoding": "webp"},
        {"loras": {"octoai:crayon-style": 1.0}},
        {"loras": {"octoai:default-sdxl": 1.0}},
        {"strength": 1.5},
        {"init_image": "%"},
        {"clip_skip": 13},
        {"prompt": "a" * 10_001},
    ],
    ids=lambda wrong: str(wrong)[:40],
)
async def test_the_stand_in_refuses_drawings_as_the_schema_does(
    standin: OctoAI, sdk: Sdk, wrong: dict[str, Any]
) -> None:
    def draw() -> None:
        with pytest.raises(DrawingRefused):
            sdk.image_gen.generate_sdxl(**({"prompt": "a mascot"} | wrong))

    await asyncio.to_thread(draw)
    assert standin.pictures_paid == 0


def _no_asset(sdk: Sdk) -> None:
    sdk.asset_library.get("asset_unknown")


def _no_tune(sdk: Sdk) -> None:
    sdk.fine_tuning.get("tune_unknown")


def _no_lora(sdk: Sdk) -> None:
    sdk.image_gen.generate_sdxl(prompt="a mascot", loras={"mascot-v9": 1.0})


def _no_checkpoint(sdk: Sdk) -> None:
    checkpoint = LoraTuneCheckpoint(checkpoint_id="asset_unknown")
    sdk.fine_tuning.create(name="mascot-v1", details=details(["asset_1"], base_checkpoint=checkpoint))


def _no_public_delete(sdk: Sdk) -> None:
    sdk.asset_library.delete(DEFAULT_SDXL)


@pytest.mark.parametrize("ask", [_no_asset, _no_tune, _no_lora, _no_checkpoint, _no_public_delete])
async def test_what_is_unknown_is_not_found(sdk: Sdk, ask: Callable[[Sdk], None]) -> None:
    def asked() -> int | None:
        with pytest.raises(ApiError) as refused:
            ask(sdk)
        return refused.value.status_code

    assert await asyncio.to_thread(asked) == 404


@pytest.mark.parametrize(
    ("name", "data", "query"),
    [
        ("mascot 001", Data_File(file_format="jpeg"), {}),
        ("", Data_File(file_format="jpeg"), {}),
        ("mascot-001", Data_File(file_format="webp"), {}),
        ("mascot-001", Data_File(file_format="jpeg"), {"asset_type": "lora"}),
        ("mascot-001", FileData(file_format="jpeg"), {}),  # without the kind of asset that it is about
    ],
)
async def test_the_stand_in_refuses_assets_as_the_schema_does(
    standin: OctoAI, sdk: Sdk, name: str, data: object, query: dict[str, Any]
) -> None:
    before = len(standin.assets)
    fields: dict[str, Any] = {"asset_type": "file", "name": name, "data": data} | query

    def create() -> int | None:
        with pytest.raises(ApiError) as refused:
            sdk.asset_library.create(**fields)
        return refused.value.status_code

    assert await asyncio.to_thread(create) == 422
    assert len(standin.assets) == before


@pytest.mark.parametrize("paging", [{"limit": 0}, {"limit": 101}, {"offset": -1}], ids=str)
async def test_the_stand_in_refuses_pages_beyond_their_bounds(sdk: Sdk, paging: dict[str, int]) -> None:
    def ask() -> None:
        with pytest.raises(UnprocessableEntityError):
            sdk.fine_tuning.list(**paging)  # type: ignore[arg-type]

    await asyncio.to_thread(ask)


@pytest.mark.parametrize("status", [401, 403])
async def test_both_places_refuse_another_key(standin: OctoAI, sdk: Sdk, http: httpx.Client, status: int) -> None:
    standin.unauthorized_status = status
    stranger = Sdk(environment=sdk._client_wrapper.get_environment(), api_key="other", httpx_client=http)

    def ask() -> list[int | None]:
        with pytest.raises(ApiError) as trainings:
            stranger.fine_tuning.list()
        with pytest.raises(ApiError) as drawings:
            stranger.image_gen.generate_sdxl(prompt="a mascot")
        return [trainings.value.status_code, drawings.value.status_code]

    assert await asyncio.to_thread(ask) == [status, status]


async def test_a_removed_picture_and_a_blocked_prompt_look_different(standin: OctoAI, sdk: Sdk) -> None:
    standin.unsafe_drawings = 1

    def draw() -> list[bool]:
        with pytest.raises(ApiError) as refused:
            sdk.image_gen.generate_sdxl(prompt="a forbidden mascot")
        assert refused.value.status_code == 400
        assert refused.value.body == {"message": "This request violates our Acceptable Use Policy."}
        return [image.image_b64 is None for image in sdk.image_gen.generate_sdxl(prompt="a", num_images=2).images]

    assert await asyncio.to_thread(draw) == [True, False]


async def test_drawing_too_often_is_refused_for_a_minute(standin: OctoAI, sdk: Sdk) -> None:
    standin.drawings_per_minute = 1
    standin.now = lambda: 1_000.0

    def draw() -> int | None:
        sdk.image_gen.generate_sdxl(prompt="a mascot")
        with pytest.raises(ApiError) as refused:
            sdk.image_gen.generate_sdxl(prompt="a mascot")
        return refused.value.status_code

    assert await asyncio.to_thread(draw) == 429
    standin.now = lambda: 1_060.0
    await asyncio.to_thread(sdk.image_gen.generate_sdxl, prompt="a mascot")


# --- what the SDK does wrong


async def test_with_retries_on_the_sdk_takes_a_lost_answer_for_a_refusal(standin: OctoAI, sdk: Sdk) -> None:
    def order() -> int | None:
        file = uploaded(sdk, 1)
        standin.faults.add("POST /v1/tune$", Fault(status=503, headers={"Retry-After": "0"}, after=True))
        with pytest.raises(ApiError) as refused:
            sdk.fine_tuning.create(name="mascot-v1", details=details([file]), request_options={"max_retries": 1})
        return refused.value.status_code

    assert await asyncio.to_thread(order) == 409
    assert standin.paid == ["mascot-v1"]  # it is there, and paid


async def test_with_retries_on_the_sdk_orders_a_taken_name_again(standin: OctoAI, sdk: Sdk) -> None:
    def order() -> None:
        file = uploaded(sdk, 1)
        refusal = Fault(status=409, headers={"Retry-After": "0"}, body='{"detail": "the name is taken"}')
        standin.faults.add("POST /v1/tune$", refusal, times=3)
        with pytest.raises(ApiError):
            sdk.fine_tuning.create(name="mascot-v1", details=details([file]), request_options={"max_retries": 2})

    await asyncio.to_thread(order)
    assert standin.count("POST", "/v1/tune") == 3


async def test_the_sdk_does_not_read_why_an_upload_failed(standin: OctoAI, sdk: Sdk) -> None:
    standin.loses_uploads = True

    def upload() -> str:
        with pytest.raises(AssetNotReady) as failed:
            uploaded(sdk, 1)
        return str(failed.value)

    assert await asyncio.to_thread(upload) == "Asset creation failed with status: error"
    assert next(iter(reversed(standin.assets.values()))).status_details == "no file was uploaded"


async def test_the_sdk_forgets_its_key_when_it_draws_for_later(standin: OctoAI, sdk: Sdk, http: httpx.Client) -> None:
    url = f"{standin.image_url}/generate/sdxl"

    def draw() -> tuple[int, list[bool], int]:
        with pytest.raises(httpx.HTTPStatusError) as refused:
            sdk.infer_async(url, {"prompt": "a mascot"})
        http.headers["Authorization"] = f"Bearer {standin.key}"  # what helps
        future = sdk.infer_async(url, {"prompt": "a mascot"})
        looks = [sdk.is_future_ready(future) for _ in range(3)]
        result: Any = sdk.get_future_result(future)
        return refused.value.response.status_code, looks, len(result["images"])

    assert await asyncio.to_thread(draw) == (401, [False, False, True], 1)
