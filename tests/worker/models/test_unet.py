"""Checkpoints: found, kept warm, and refused with a sentence."""

import json
import shutil
from pathlib import Path

import pytest

from domain.errors import CheckpointUnusable
from worker.models.objective import Prediction
from worker.models.unet import UnetModel, load
from worker.models.warm import WarmCheckpoint


def test_the_family_is_told_from_the_size_of_the_pictures(flow_model: UnetModel, epsilon_model: UnetModel) -> None:
    assert (flow_model.family.name, flow_model.resolution, flow_model.quantum) == ("tiny", 32, 8)
    assert (epsilon_model.family.name, epsilon_model.resolution, epsilon_model.quantum) == ("sd15", 160, 16)
    assert flow_model.objective.prediction is Prediction.FLOW
    assert epsilon_model.objective.prediction is Prediction.EPSILON


def test_a_checkpoint_stays_loaded_until_another_is_asked_for(flow_folder: Path, epsilon_folder: Path) -> None:
    warm = WarmCheckpoint()
    first = warm.get(str(flow_folder))

    assert warm.get(str(flow_folder)) is first
    assert warm.get(str(epsilon_folder)).name == str(epsilon_folder)
    assert warm.get(str(flow_folder)) is not first


@pytest.mark.parametrize("name", ["nowhere", "/nowhere/at/all", "../up/there", ""])
def test_a_checkpoint_that_is_not_there_is_refused_without_its_path(name: str) -> None:
    with pytest.raises(CheckpointUnusable, match="checkpoint not found") as refused:
        load(name)

    assert "/nowhere/at" not in str(refused.value)


def test_an_incomplete_folder_is_refused(flow_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(flow_folder, tmp_path / "part")
    shutil.rmtree(folder / "unet")

    with pytest.raises(CheckpointUnusable, match="checkpoint broken"):
        load(str(folder))


def test_a_checkpoint_of_another_kind_is_refused_by_name(flow_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(flow_folder, tmp_path / "other")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {"_class_name": "FluxPipeline"}))

    with pytest.raises(CheckpointUnusable, match="FluxPipeline"):
        load(str(folder))
