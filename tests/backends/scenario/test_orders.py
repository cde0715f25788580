"""What is ordered at Scenario, within what it takes."""

import pytest

from backends.scenario.orders import strength


@pytest.mark.parametrize(("asked", "given"), [(0.83, 0.85), (1.0, 1.0), (-1.0, 0.0), (3.0, 2.0), (0.07, 0.05)])
def test_a_strength_is_one_that_scenario_takes(asked: float, given: float) -> None:
    assert strength(asked) == given
