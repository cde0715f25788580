"""fal's own Python client, unmodified, against the stand-in."""

import asyncio
import gc
import io
import zipfile
from collections.abc import AsyncIterator, Iterator

import fal_client
import fal_client.client
import httpx
import pytest
from PIL import Image

from tests.providers.fal import GENERATOR, TRAINER, FalStandIn
from tests.providers.faults import Fault, Kind

PAUSE = 0.01  # seconds between two looks

# It never closes the clients of its uploads: their sockets are closed when they are collected.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
async def standin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FalStandIn]:
    async with FalStandIn() as running:
        monkeypatch.setattr(fal_client.client, "QUEUE_URL_FORMAT", f"{running.base_url}/")
        monkeypatch.setattr(fal_client.client, "REST_URL", running.base_url)
        monkeypatch.setattr(fal_client.client, "CDN_URL", running.files_url)
        yield running


@pytest.fixture
def sdk(standin: FalStandIn) -> Iterator[fal_client.SyncClient]:
    client = fal_client.SyncClient(key=standin.key, default_timeout=5.0)
    yield client
    client._client.close()


def pictures() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for number in range(4):
            picture = io.BytesIO()
            Image.new("RGB", (64, 64), (number * 60, 10, 10)).save(picture, "PNG")
            archive.writestr(f"{number}.png", picture.getvalue())
    return whole.getvalue()


async def test_the_sdk_uploads_trains_and_draws(standin: FalStandIn, sdk: fal_client.SyncClient) -> None:
    def everything() -> tuple[list[object], bytes]:
        seen: list[object] = []
        url = sdk.upload(pictures(), "application/zip", "set.zip")
        trained = sdk.subscribe(
            TRAINER,
            {"images_data_url": url, "trigger_word": "zorbo", "steps": 100},
            with_logs=True,
            interval=PAUSE,
            on_queue_update=seen.append,
        )
        handle = sdk.submit(
            GENERATOR,
            {"prompt": "zorbo", "loras": [{"path": trained["diffusers_lora_file"]["url"], "scale": 1}]},
        )
        drawn = handle.get(interval=PAUSE)
        return seen, httpx.get(drawn["images"][0]["url"]).content

    seen, picture = await asyncio.to_thread(everything)

    assert [type(status).__name__ for status in seen] == ["Queued", "Queued", *["InProgress"] * 3, "Completed"]
    assert seen[0] == fal_client.Queued(position=1)
    assert standin.trainings == ["set"]
    assert Image.open(io.BytesIO(picture)).format == "JPEG"


async def test_the_asynchronous_sdk_sees_what_went_wrong(standin: FalStandIn) -> None:
    sdk = fal_client.AsyncClient(key=standin.key, default_timeout=5.0)
    url = await sdk.upload(b"no zip", "application/zip", "set.zip")
    handle = await sdk.submit(TRAINER, {"images_data_url": url})
    with pytest.raises(fal_client.FalClientHTTPError) as raised:
        await handle.get(interval=PAUSE)

    assert raised.value.status_code == 422


async def test_the_sdk_stops_what_waits(standin: FalStandIn, sdk: fal_client.SyncClient) -> None:
    standin.held = True

    def stopped() -> object:
        handle = sdk.submit(GENERATOR, {"prompt": "zorbo"})
        handle.cancel()
        return handle.status()

    status = await asyncio.to_thread(stopped)

    assert isinstance(status, fal_client.Completed)
    assert status.error_type == "client_cancelled"


async def test_a_token_for_uploads_ends(standin: FalStandIn, sdk: fal_client.SyncClient) -> None:
    await asyncio.to_thread(sdk.upload, pictures(), "application/zip", "set.zip")
    now = standin.now
    standin.now = lambda: now() + 7_200
    with pytest.raises(fal_client.FalClientHTTPError):
        await asyncio.to_thread(sdk.upload, pictures(), "application/zip", "set.zip", fallback_repository=["fal_v3"])


async def test_the_sdk_sends_its_key_to_the_host_of_signed_uploads(
    standin: FalStandIn, sdk: fal_client.SyncClient
) -> None:
    with pytest.raises(fal_client.FalClientHTTPError) as raised:
        await asyncio.to_thread(sdk.upload, pictures(), "application/zip", "set.zip", repository="fal")

    assert raised.value.status_code == 400
    assert [seen.headers["Authorization"] for seen in standin.seen if seen.method == "PUT"] == [f"Key {standin.key}"]


@pytest.mark.parametrize(
    "fault", [Fault(Kind.RESET, after=True), Fault(status=409, after=True)], ids=["reset", "409"]
)
async def test_the_sdk_orders_and_pays_twice_when_an_answer_is_lost(
    standin: FalStandIn, sdk: fal_client.SyncClient, fault: Fault
) -> None:
    url = await asyncio.to_thread(sdk.upload, pictures(), "application/zip", "set.zip")
    standin.faults.add(f"POST /{TRAINER}", fault)
    await asyncio.to_thread(sdk.submit, TRAINER, {"images_data_url": url})

    assert standin.trainings == ["set", "set"]


async def test_the_sdk_breaks_on_a_status_that_it_does_not_know(
    standin: FalStandIn, sdk: fal_client.SyncClient
) -> None:
    standin.odd_status = "REHEATING"
    handle = await asyncio.to_thread(sdk.submit, GENERATOR, {"prompt": "zorbo"})
    with pytest.raises(ValueError, match="REHEATING"):
        await asyncio.to_thread(handle.status)
