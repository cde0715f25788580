"""Novita's own SDK, unmodified, against the stand-in: novita-client 0.7.1 with dataclass-wizard 0.35."""

import asyncio
import base64
import gc
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TypeVar

import pytest
from novita_client import NovitaClient, Txt2ImgV3LoRA, settings
from novita_client.exceptions import NovitaResponseError
from novita_client.proto import FACE_TRAINING_DEFAULT_COMPONENTS, TrainingComponent
from PIL import Image

from tests.providers.novita import Novita
from tests.providers.standin import is_picture

# It downloads with a pool of threads that it never closes.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed running multiprocessing pool:ResourceWarning")

T = TypeVar("T")

PICTURES = [Image.new("RGB", (64, 64), (shade, 90, 100)) for shade in (10, 120, 240)]
RESIZE = TrainingComponent(
    name="resize", args=[{"name": "width", "value": "512"}, {"name": "height", "value": "512"}]
)


@pytest.fixture
async def standin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Novita]:
    monkeypatch.setattr(settings, "DEFAULT_POLL_INTERVAL", 0.0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with Novita() as running:
        yield running


@pytest.fixture
async def sdk(standin: Novita) -> AsyncIterator[NovitaClient]:
    client = NovitaClient(Novita.key, standin.base_url)
    yield client
    client.session.close()
    gc.collect()  # its pools end here, where that is allowed


async def away(call: Callable[[], T]) -> T:
    """Make a call of the synchronous SDK without stopping the stand-in."""
    return await asyncio.to_thread(call)


async def subject(sdk: NovitaClient, *, name: str = "mascot", class_prompt: str = "person") -> str:
    return str(
        await away(
            partial(
                sdk.create_training_subject,
                name=name,
                base_model="v1-5-pruned-emaonly",
                images=PICTURES,
                instance_prompt="a photo of ohwx person",
                class_prompt=class_prompt,
                learning_rate="1e-4",
                max_train_steps=500,
                seed=7,
                lora_r=16,
                components=FACE_TRAINING_DEFAULT_COMPONENTS,
            )
        )
    )


async def test_the_sdk_goes_from_pictures_to_a_picture(sdk: NovitaClient, standin: Novita) -> None:
    task_id = await subject(sdk)
    looks = [await away(partial(sdk.query_training_subject_status, task_id)) for _ in range(4)]
    model = looks[-1].models[0]
    result = await away(
        partial(
            sdk.txt2img_v3,
            model_name="v1-5-pruned-emaonly.safetensors",
            prompt="a photo of ohwx person in a park",
            image_num=2,
            steps=25,
            guidance_scale=7.0,
            loras=[Txt2ImgV3LoRA(model.model_name, 0.8)],
        )
    )

    assert [look.task_status for look in looks] == ["QUEUING", "TRAINING", "SUCCESS", "SUCCESS"]
    assert model.model_status == "SERVING"
    assert standin.paid == ["mascot"]
    assert len(result.images_encoded) == 2
    assert all(is_picture(base64.b64decode(image)) for image in result.images_encoded)


async def test_the_sdk_trains_a_style_and_finds_it_in_the_list(sdk: NovitaClient, standin: Novita) -> None:
    task_id = await away(
        partial(
            sdk.create_training_style,
            name="ink",
            base_model="stable-diffusion-xl-base-1.0",
            images=PICTURES,
            captions=["ink, a", "ink, b", "ink, c"],
            lora_r=8,
            components=[RESIZE],
        )
    )
    await subject(sdk)
    styles = await away(partial(sdk.list_training, "style"))
    found = (await away(sdk.list_training)).get_by_task_name("ink")

    assert [training.task_name for training in styles] == ["ink"]
    assert (found.task_id, found.task_type) == (task_id, "style")
    assert [item["caption"] for item in standin.orders[0]["image_dataset_items"]] == ["ink, a", "ink, b", "ink, c"]


async def test_the_sdk_draws_from_a_picture_and_knows_its_account(sdk: NovitaClient, standin: Novita) -> None:
    standin.balance = 125_000
    account = await away(sdk.user_info)
    result = await away(
        partial(
            sdk.img2img_v3,
            model_name="sd_xl_base_1.0.safetensors",
            input_image=PICTURES[0],
            prompt="a house",
            image_num=1,
            steps=20,
            guidance_scale=7.5,
        )
    )

    assert account.credit_balance == 125_000
    assert len(result.images_encoded) == 1


async def test_the_sdk_tells_why_an_order_was_refused_but_not_why_a_look_was(
    sdk: NovitaClient, standin: Novita
) -> None:
    with pytest.raises(NovitaResponseError, match="class_prompt is not supported"):
        await subject(sdk, class_prompt="cat")
    with pytest.raises(NovitaResponseError) as look:
        await away(partial(sdk.query_training_subject_status, "no such task"))

    assert str(look.value) == "Request failed with status 404"  # the body with TASK_NOT_FOUND is dropped
    assert not standin.paid


async def test_the_sdk_breaks_on_a_status_that_its_own_sister_knows(sdk: NovitaClient, standin: Novita) -> None:
    standin.says = "TASK_STATUS_UNKNOWN"
    with pytest.raises(Exception, match="TASK_STATUS_UNKNOWN"):
        await away(
            partial(sdk.txt2img_v3, model_name="sd_xl_base_1.0.safetensors", prompt="a house", image_num=1, steps=20)
        )


def test_the_sdk_gives_itself_an_older_name() -> None:
    from novita_client.version import __version__

    assert __version__ == "0.5.0"
