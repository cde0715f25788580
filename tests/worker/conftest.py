"""What several worker tests share: two random checkpoints, a folder of drawn pictures, a short training."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw

from tests.worker.random_checkpoint import write
from worker.models.unet import UnetModel, load
from worker.training.request import TrainPicture, TrainRequest
from worker.training.settings import TrainerSettings

# Short, and with everything in it that a long one has.
SHORT = TrainerSettings(
    steps=6,
    batch=2,
    rank=4,
    augmentations=2,
    warmup=2,
    validate_every=2,
    noise_levels=2,
    samples=1,
    save_every=2,
)


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """Sums in one order: the same weights to the last bit, on any machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True, scope="session")
def _on_the_cpu() -> Iterator[None]:
    """Keep this process off a GPU, whose sums come in another order each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: False)
        yield


@pytest.fixture(scope="session")
def flow_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("flow"), prediction="flow_prediction")


@pytest.fixture(scope="session")
def epsilon_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("epsilon"), prediction="epsilon", picture=160, vae_channels=(8, 8, 16, 16))


@pytest.fixture(scope="session")
def flow_model(flow_folder: Path) -> UnetModel:
    return load(str(flow_folder))


@pytest.fixture(scope="session")
def epsilon_model(epsilon_folder: Path) -> UnetModel:
    return load(str(epsilon_folder))


@pytest.fixture(scope="session")
def picture_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pictures of a green dot, two of them wide; one has a caption."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(6):
        picture = Image.new("RGB", (96, 48) if number % 3 == 2 else (64, 64), (250, 240, 230))
        ImageDraw.Draw(picture).ellipse((8 + 4 * number, 8, 32 + 4 * number, 32), fill=(20, 160, 60))
        picture.save(folder / f"dot{number}.png")
    (folder / "dot0.txt").write_text("a green dot")
    return folder


@pytest.fixture(scope="session")
def request_for_dots(picture_folder: Path) -> TrainRequest:
    files = sorted(picture_folder.glob("*.png"))
    pictures = tuple(TrainPicture(file, "a green dot", held_out=place == 1) for place, file in enumerate(files))
    return TrainRequest(pictures, "zorbo", SHORT, prompts=("zorbo",))  # one prompt: half the time for samples


def fingerprint_of(model: UnetModel) -> list[tuple[str, float]]:
    """Return every weight's name and sum, which tell a touched model from an untouched one."""
    return [(name, float(weight.double().sum())) for name, weight in model.unet.state_dict().items()]
