"""Which settings a checkpoint takes, and what a training may come to."""

from dataclasses import replace

import pytest

from domain.datasets.dataset import Kind
from domain.errors import InvalidInput
from domain.training.errors import LearningRateUnknown, MethodUnknown, ResolutionUneven, SettingOutOfBounds
from domain.training.settings import AllowedSettings, Bounds, CheckpointInfo, Estimate, Preset, TrainingSettings

SETTINGS = TrainingSettings(steps=60, learning_rate=1e-3, rank=16, resolution=64)


@pytest.mark.parametrize("value", [2, 3, 4])
def test_both_ends_lie_within_bounds(value: float) -> None:
    Bounds(2, 4).check("Rank", value)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"steps": 9}, SettingOutOfBounds),
        ({"learning_rate": 0.1}, SettingOutOfBounds),
        ({"rank": 1}, SettingOutOfBounds),
        ({"resolution": 2_048}, SettingOutOfBounds),
        ({"resolution": 65}, ResolutionUneven),
        ({"seed": -1}, SettingOutOfBounds),
        ({"learning_rate": 2e-3}, LearningRateUnknown),
        ({"method": "fast"}, MethodUnknown),
    ],
)
def test_the_setting_that_is_not_taken_is_named(changes: dict[str, float | str], error: type[InvalidInput]) -> None:
    allowed = AllowedSettings(learning_rates=(1e-3,), methods=("", "slow"))
    allowed.check(SETTINGS)

    with pytest.raises(error):
        allowed.check(replace(SETTINGS, **changes))  # type: ignore[arg-type]  # each value has its field's type


def test_what_the_backend_decides_is_not_checked() -> None:
    allowed = AllowedSettings(steps=None, learning_rate=None, rank=None, resolution=None, seed=None)

    allowed.check(TrainingSettings(steps=0, learning_rate=0, rank=0, resolution=3, seed=-1))


def test_a_preset_is_trained_in_the_way_that_is_usual_for_the_kind() -> None:
    info = CheckpointInfo("x", "X", "sdxl", 64, {Preset.FAST: SETTINGS}, method_for={Kind.STYLE: "style"})

    assert info.settings(Preset.FAST, kind=Kind.STYLE, seed=5) == replace(SETTINGS, seed=5, method="style")
    assert info.settings(Preset.FAST, kind=Kind.OBJECT, seed=5) == replace(SETTINGS, seed=5)


@pytest.mark.parametrize(("cost", "ceiling", "most"), [(5, None, 5), (5, 9, 9), (None, None, None), (None, 9, 9)])
def test_the_most_that_it_may_come_to_is_set_aside(cost: int | None, ceiling: int | None, most: int | None) -> None:
    assert Estimate(cost, None, None, "here", ceiling_micros=ceiling).most_micros == most
