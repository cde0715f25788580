"""The checkpoints that Novita has."""

import itertools
from dataclasses import replace

import pytest

from backends.novita.checkpoints import BY_NAME, CHECKPOINTS, LEARNING_RATES, SD15, SDXL
from domain.datasets.dataset import Kind
from domain.training.errors import LearningRateUnknown
from domain.training.settings import Preset
from tests.providers import novita_rules


def test_the_17_checkpoints_are_those_that_novita_documents() -> None:
    trained_on = {known.base_model: "sdxl" for known in SDXL} | {known.base_model: "sd15" for known in SD15}
    drawn_with = {known.model_name: "sdxl" for known in SDXL} | {known.model_name: "sd15" for known in SD15}

    assert trained_on == novita_rules.FAMILIES
    assert drawn_with == novita_rules.DRAWS
    assert len(BY_NAME) == len(CHECKPOINTS) == 17
    assert BY_NAME["sdxl-base-1.0"].model_name == "sd_xl_base_1.0.safetensors"  # not its base_model with an ending


def test_every_preset_keeps_within_its_own_bounds() -> None:
    for checkpoint, preset, kind in itertools.product(CHECKPOINTS, Preset, Kind):
        checkpoint.allowed.check(checkpoint.settings(preset, kind=kind, seed=1))


def test_only_the_five_documented_learning_rates_are_taken() -> None:
    checkpoint = CHECKPOINTS[0]
    settings = checkpoint.settings(Preset.FAST, kind=Kind.STYLE, seed=1)

    assert set(LEARNING_RATES) == {1e-4, 1e-5, 1e-6, 2e-4, 5e-5}
    with pytest.raises(LearningRateUnknown):
        checkpoint.allowed.check(replace(settings, learning_rate=1.5e-4))


def test_characters_are_subjects_and_all_else_is_a_style() -> None:
    methods = {kind: CHECKPOINTS[0].settings(Preset.FAST, kind=kind, seed=1).method for kind in Kind}

    assert methods == {
        Kind.CHARACTER: "subject",
        Kind.STYLE: "style",
        Kind.OBJECT: "style",
        Kind.CONCEPT: "style",
    }
