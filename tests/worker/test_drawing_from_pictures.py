"""Drawing from a picture: it stays near or goes far as asked, with each kind of scheduler, and nothing held twice."""

from pathlib import Path

import pytest
import torch
from PIL import Image, ImageChops, ImageDraw, ImageStat

from tests.worker.conftest import fingerprint_of
from worker.drawing import DrawRequest, SourceFile, draw, planned_steps
from worker.models.unet import BUILT_IN, UnetModel, load

STEPS = 8


@pytest.fixture(scope="module")
def tiny() -> UnetModel:
    return load(BUILT_IN)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "source"  # stored files have no ending
    picture = Image.new("RGB", (256, 256), (250, 250, 250))
    ImageDraw.Draw(picture).ellipse((64, 64, 192, 192), fill=(40, 180, 90))
    picture.save(path, "PNG")
    return path


def drawn(model: UnetModel, source: Path | None, change: float = 1.0, *, seed: int = 7) -> Image.Image:
    use = SourceFile(source, change) if source else None
    (picture,) = draw(model, DrawRequest("a red square on blue", (seed,), steps=STEPS, source=use))
    return picture


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return how far two pictures are apart: the mean over all channels, 0 to 255."""
    means: list[float] = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


def test_the_built_in_checkpoint_stays_near_the_picture_or_leaves_it_as_asked(tiny: UnetModel, source: Path) -> None:
    with Image.open(source) as opened:
        original = opened.resize((64, 64), Image.Resampling.LANCZOS)
    little, much = (difference(drawn(tiny, source, change), original) for change in (0.1, 0.9))

    assert little < 15
    assert much > 2 * little


@torch.no_grad()
def kept(model: UnetModel, source: Path) -> Image.Image:
    """Return what is left of a picture that goes through the autoencoder and nothing else."""
    pipeline = model.pipeline
    with Image.open(source) as opened:
        small = opened.resize((model.resolution, model.resolution), Image.Resampling.LANCZOS)
    mean, _ = model.encode_pictures(pipeline.image_processor.preprocess(small))
    pixels = pipeline.vae.decode(mean / pipeline.vae.config.scaling_factor).sample
    pictures: list[Image.Image] = pipeline.image_processor.postprocess(pixels)
    return pictures[0]


@pytest.mark.parametrize("kind", ["flow_model", "epsilon_model"])
def test_with_every_kind_of_scheduler_more_change_goes_further(
    kind: str, source: Path, request: pytest.FixtureRequest
) -> None:
    model: UnetModel = request.getfixturevalue(kind)
    unchanged = kept(model, source)
    distances = [difference(drawn(model, source, change), unchanged) for change in (0.1, 0.9)]

    assert 0 < distances[0] < distances[1]


def test_a_seed_gives_the_same_picture_and_words_alone_draw_as_before(flow_model: UnetModel, source: Path) -> None:
    weights, words = fingerprint_of(flow_model), drawn(flow_model, None).tobytes()
    first, again, other = (drawn(flow_model, source, 0.5, seed=seed).tobytes() for seed in (7, 7, 8))

    assert first == again != other
    assert drawn(flow_model, None).tobytes() == words
    assert fingerprint_of(flow_model) == weights


def test_its_parts_are_those_of_the_loaded_checkpoint(
    flow_model: UnetModel, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[object] = []
    kind = type(flow_model.unet)
    forward = kind.forward

    def spying(unet: object, *given: object, **named: object) -> object:
        used.append(unet)
        return forward(unet, *given, **named)

    monkeypatch.setattr(kind, "forward", spying)
    drawn(flow_model, source, 0.5)

    assert used
    assert all(unet is flow_model.unet for unet in used)


def test_a_picture_of_another_shape_is_cut_to_the_one_that_was_asked_for(flow_model: UnetModel, source: Path) -> None:
    request = DrawRequest("a dot", (7,), width=96, height=64, steps=STEPS, source=SourceFile(source, 0.3))
    (picture,) = draw(flow_model, request)

    assert picture.size == (96, 64)


def test_progress_counts_the_steps_that_are_really_taken(flow_model: UnetModel, source: Path) -> None:
    told: list[tuple[int, int]] = []
    request = DrawRequest("a dot", (7, 8), steps=STEPS, source=SourceFile(source, 0.75))
    draw(flow_model, request, on_step=lambda done, of: told.append((done, of)))

    assert told == [(done, 12) for done in range(1, 13)]


@pytest.mark.parametrize(
    ("usual", "change", "planned"),
    [
        (15, 1.0, (15, 15)),
        (15, 0.6, (15, 9)),
        (15, 0.3, (15, 4)),
        (15, 0.1, (40, 4)),
        (15, 0.05, (80, 4)),
        (25, 0.29, (25, 7)),
        (2, 0.05, (40, 2)),
    ],
)
def test_a_small_change_still_takes_four_steps(usual: int, change: float, planned: tuple[int, int]) -> None:
    assert planned_steps(usual, change) == planned
