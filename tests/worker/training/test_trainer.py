"""Training a LoRA on small random checkpoints."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file

from domain.errors import NothingToTrain, TrainingError
from tests.worker.conftest import SHORT, fingerprint_of
from worker.job_control import Cancelled, Drained
from worker.models.unet import UnetModel
from worker.training.events import Prepared, Sampled, Stepped, TrainEvent, TrainOutcome, Validated
from worker.training.request import TrainPicture, TrainRequest
from worker.training.trainer import train


def quietly(_event: TrainEvent) -> None:
    pass


def stopping_at(step: int, error: Exception) -> Callable[[TrainEvent], None]:
    def on_event(event: TrainEvent) -> None:
        if isinstance(event, Stepped) and event.step == step:
            raise error

    return on_event


def run(
    model: UnetModel, request: TrainRequest, folder: Path, on_event: Callable[[TrainEvent], None] = quietly
) -> TrainOutcome:
    return train(model, request, out=folder / "lora.safetensors", workdir=folder / "work", on_event=on_event)


@pytest.mark.parametrize("family", ["tiny", "sd15"])
def test_a_short_training_of_each_family_writes_a_proved_file_and_leaves_the_checkpoint_as_it_was(
    family: str, request_for_dots: TrainRequest, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    model: UnetModel = request.getfixturevalue("flow_model" if family == "tiny" else "epsilon_model")
    before = fingerprint_of(model)
    events: list[TrainEvent] = []
    outcome = run(model, request_for_dots, tmp_path, events.append)

    assert model.family.name == family
    assert outcome.steps == 6
    assert outcome.lora.stat().st_size == outcome.size
    assert any(weight.abs().max() > 0 for name, weight in load_file(outcome.lora).items() if "lora_up" in name)
    assert [event.step for event in events if isinstance(event, Validated)] == [0, 2, 4, 6]
    assert {event.step for event in events if isinstance(event, Stepped)} >= {1, 2, 3, 4, 5, 6}
    assert fingerprint_of(model) == before
    assert not list(tmp_path.glob(".*"))


def test_the_held_out_loss_falls_below_the_base_models(
    flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    longer = replace(request_for_dots, settings=replace(SHORT, steps=40, learning_rate=5e-3, validate_every=10))
    outcome = run(flow_model, longer, tmp_path)

    assert outcome.base_loss is not None
    assert outcome.best_loss is not None
    assert outcome.best_loss < 0.95 * outcome.base_loss


def test_samples_start_with_the_base_model_and_end_with_the_kept_weights(
    flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    seen: list[TrainEvent] = []
    outcome = run(flow_model, request_for_dots, tmp_path, seen.append)

    sampled = [event for event in seen if isinstance(event, Sampled)]
    assert sampled[0].step == 0
    assert sampled[-1].step == outcome.best_step
    assert [sample.step for sample in outcome.samples] == sorted({0, 3, outcome.best_step})
    assert all(path.is_file() for sample in outcome.samples for path in sample.paths)
    assert outcome.samples[0].paths[0].read_bytes() != outcome.samples[-1].paths[0].read_bytes()


def test_a_drained_training_continues_to_the_same_file(
    flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    whole = run(flow_model, request_for_dots, tmp_path / "whole")
    with pytest.raises(Drained):
        run(flow_model, request_for_dots, tmp_path / "parts", stopping_at(3, Drained()))
    resumed: list[TrainEvent] = []
    parts = run(flow_model, request_for_dots, tmp_path / "parts", resumed.append)

    assert Prepared(pictures=5, held_out=1, resumed_at=3) in resumed
    assert weights_of(parts) == weights_of(whole)
    assert (parts.base_loss, parts.best_loss, parts.best_step) == (whole.base_loss, whole.best_loss, whole.best_step)
    assert [sample.step for sample in parts.samples] == [sample.step for sample in whole.samples]


def test_a_killed_training_continues_from_its_last_save_to_the_same_file(
    flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    whole = run(flow_model, request_for_dots, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(flow_model, request_for_dots, tmp_path / "parts", stopping_at(5, KeyboardInterrupt()))  # type: ignore[arg-type]  # stands for a kill: nothing is saved for it
    resumed: list[TrainEvent] = []
    parts = run(flow_model, request_for_dots, tmp_path / "parts", resumed.append)

    assert Prepared(pictures=5, held_out=1, resumed_at=4) in resumed
    assert weights_of(parts) == weights_of(whole)


def test_a_half_written_state_is_not_trusted(
    flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    with pytest.raises(Drained):
        run(flow_model, request_for_dots, tmp_path, stopping_at(3, Drained()))
    state = tmp_path / "work" / "state.safetensors"
    state.write_bytes(state.read_bytes()[: state.stat().st_size // 2])
    seen: list[TrainEvent] = []
    run(flow_model, request_for_dots, tmp_path, seen.append)

    assert Prepared(pictures=5, held_out=1, resumed_at=0) in seen


def test_another_request_in_the_same_folder_starts_from_the_beginning(
    flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    with pytest.raises(Drained):
        run(flow_model, request_for_dots, tmp_path, stopping_at(3, Drained()))
    other = replace(request_for_dots, settings=replace(SHORT, seed=99))
    seen: list[TrainEvent] = []
    run(flow_model, other, tmp_path, seen.append)

    assert Prepared(pictures=5, held_out=1, resumed_at=0) in seen


def test_a_cancelled_training_stops_at_once_and_writes_no_file(
    flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    before = fingerprint_of(flow_model)
    seen: list[TrainEvent] = []

    def on_event(event: TrainEvent) -> None:
        seen.append(event)
        if isinstance(event, Stepped) and event.step == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(flow_model, request_for_dots, tmp_path, on_event)

    assert seen[-1] == next(event for event in seen if isinstance(event, Stepped) and event.step == 2)
    assert not (tmp_path / "lora.safetensors").exists()
    assert fingerprint_of(flow_model) == before


def test_a_cancel_is_heard_while_samples_are_drawn(
    flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    with pytest.raises(Cancelled):
        run(flow_model, request_for_dots, tmp_path, stopping_at(0, Cancelled()))

    assert not list((tmp_path / "work" / "samples").iterdir())


def test_training_that_only_gets_worse_stops_early_and_keeps_the_best_weights(
    flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    wild = replace(SHORT, steps=60, learning_rate=0.2, validate_every=1, patience=3)
    seen: list[TrainEvent] = []
    outcome = run(flow_model, replace(request_for_dots, settings=wild), tmp_path, seen.append)

    losses = {event.step: event.loss for event in seen if isinstance(event, Validated) and event.step > 0}
    assert outcome.stopped_early
    assert outcome.steps == outcome.best_step + 3
    assert outcome.best_loss == losses[outcome.best_step] == min(losses.values())


def test_a_training_without_held_out_pictures_keeps_the_last_weights_and_claims_no_score(
    flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    pictures = tuple(replace(picture, held_out=False) for picture in request_for_dots.pictures)
    outcome = run(flow_model, replace(request_for_dots, pictures=pictures), tmp_path)

    assert (outcome.base_loss, outcome.best_loss, outcome.best_step) == (None, None, 6)


def test_no_pictures_and_damaged_pictures_are_named(
    flow_model: UnetModel, request_for_dots: TrainRequest, tmp_path: Path
) -> None:
    with pytest.raises(NothingToTrain, match="no pictures"):
        run(flow_model, replace(request_for_dots, pictures=()), tmp_path)
    damaged = tmp_path / "broken.png"
    damaged.write_bytes(request_for_dots.pictures[0].path.read_bytes()[:60])
    with pytest.raises(TrainingError, match=r"broken\.png"):
        run(flow_model, replace(request_for_dots, pictures=(TrainPicture(damaged),)), tmp_path)


def weights_of(outcome: TrainOutcome) -> dict[str, list[float]]:
    return {name: tensor.flatten().tolist() for name, tensor in load_file(outcome.lora).items()}
