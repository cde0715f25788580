"""How Scenario's replies are read."""

import pytest
from pydantic import ValidationError

from backends.scenario.replies import Price, Started, TrainingImage


@pytest.mark.parametrize(
    ("reply", "units"),
    [
        ('{"creativeUnitsCost": 7.5}', 7.5),
        ('{"creativeUnits": {"estimatedCreativeUnits": 3}}', 3.0),
        ('{"creativeUnitsCost": 0, "creativeUnits": {"estimatedCreativeUnits": 3}}', 0.0),
    ],
)
def test_both_ways_to_say_a_price_are_read(reply: str, units: float) -> None:
    assert Price.model_validate_json(reply).units == units


@pytest.mark.parametrize("reply", ["{}", '{"creativeUnitsCost": -1}', '{"creativeUnits": {}}', "[]"])
def test_what_says_no_price_is_none(reply: str) -> None:
    with pytest.raises(ValidationError):
        Price.model_validate_json(reply)


def test_a_start_that_names_neither_a_job_nor_a_model_is_none() -> None:
    with pytest.raises(ValidationError, match="neither a job nor a model"):
        Started.model_validate_json("{}")


@pytest.mark.parametrize(
    ("description", "written", "has_it"),
    [
        ("a red dot", "a red dot", True),
        ("zorbo, a red dot", "a red dot", True),
        ("a blue dot", "a red dot", False),
        ("a blue dot", "", False),
        (None, "a red dot", False),
        ("a blue dot", None, False),
    ],
)
def test_a_caption_of_scenario_is_known_by_its_end(
    description: str | None, written: str | None, *, has_it: bool
) -> None:
    image = TrainingImage(id="asset_1", description=description, automaticCaptioning=written)

    assert image.has_caption_of_scenario is has_it
