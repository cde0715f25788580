import random

import pytest

from domain import generations
from domain.errors import InvalidInput
from domain.generations import Ratio


@pytest.mark.parametrize(
    ("prompt", "result"),
    [
        ("on a beach", "zorbo, on a beach"),
        ("zorbo on a beach", "zorbo on a beach"),
        ("a happy Zorbo", "a happy Zorbo"),
        ("zorbola on a beach", "zorbo, zorbola on a beach"),
    ],
)
def test_the_trigger_word_is_added_once(prompt: str, result: str) -> None:
    assert generations.with_trigger(prompt, "zorbo") == result


@pytest.mark.parametrize(
    ("ratio", "resolution", "size"),
    [
        (Ratio.SQUARE, 64, (64, 64)),
        (Ratio.SQUARE, 512, (512, 512)),
        (Ratio.PORTRAIT, 64, (56, 72)),
        (Ratio.LANDSCAPE, 512, (592, 440)),
        (Ratio.TALL, 64, (48, 88)),
        (Ratio.WIDE, 64, (88, 48)),
    ],
)
def test_every_shape_has_about_the_same_area_in_steps_of_eight(
    ratio: Ratio, resolution: int, size: tuple[int, int]
) -> None:
    assert generations.size_of(ratio, resolution) == size


def test_a_recipe_without_a_seed_gets_one_by_chance() -> None:
    first, second = (
        generations.recipe(
            prompt="hi", lora=None, checkpoint="atelier-tiny", resolution=64, chance=random.Random(number)
        )
        for number in (1, 2)
    )

    assert first.seed != second.seed
    assert 0 <= first.seed <= generations.SEED_HIGHEST


@pytest.mark.parametrize("waiting", [0, 3])
def test_up_to_four_drawings_may_wait(waiting: int) -> None:
    generations.check_waiting(waiting)


def test_a_fifth_waiting_drawing_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidInput, match="Ask again when one of them is done"):
        generations.check_waiting(4)
