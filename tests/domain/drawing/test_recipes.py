import random

import pytest

from domain.drawing import recipes
from domain.drawing.errors import ChangeOutOfBounds, TooManyWaiting
from domain.drawing.recipes import Ratio, Recipe, SourceImage


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
    assert recipes.with_trigger(prompt, "zorbo") == result


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
    assert recipes.size_of(ratio, resolution) == size


@pytest.mark.parametrize(
    ("picture", "resolution", "size"),
    [
        ((64, 64), 64, (64, 64)),
        ((2_048, 1_024), 64, (88, 48)),
        ((1_000, 1_500), 512, (416, 624)),
        ((1_500, 1_000), 1_024, (1_256, 840)),
        ((300, 900), 1_024, (592, 1_776)),
        ((64, 2_048), 1_024, (592, 1_776)),  # a stripe: no longer than three times its width
        ((2_048, 64), 64, (112, 40)),
    ],
)
def test_a_drawing_from_a_picture_has_its_shape_and_the_area_of_any_other(
    picture: tuple[int, int], resolution: int, size: tuple[int, int]
) -> None:
    assert recipes.size_like(SourceImage("a" * 64, *picture), resolution) == size


def recipe_of(size: tuple[int, int], *, source_sha256: str | None = None) -> Recipe:
    width, height = size
    return Recipe("hi", "hi", "c", None, 1.0, 1, 41, width, height, source_sha256=source_sha256)


@pytest.mark.parametrize("resolution", [64, 512, 640, 768, 1_024, 1_536])
@pytest.mark.parametrize("ratio", list(Ratio))
def test_every_ratio_is_told_from_its_size(ratio: Ratio, resolution: int) -> None:
    size = recipes.size_of(ratio, resolution)

    assert recipes.ratio_again(recipe_of(size)) == (None if ratio is Ratio.SQUARE else ratio)
    assert recipes.ratio_again(recipe_of(size, source_sha256="a" * 64)) is ratio


@pytest.mark.parametrize("size", [(592, 1_776), (416, 624), (1_256, 840), (112, 40), (1_024, 1_016)])
def test_the_shape_of_a_picture_to_start_from_is_no_ratio_unless_it_has_the_size_of_one(
    size: tuple[int, int],
) -> None:
    assert recipes.ratio_again(recipe_of(size, source_sha256="a" * 64)) is None


@pytest.mark.parametrize(
    ("source", "ratio", "size"),
    [
        (None, None, (64, 64)),
        (None, Ratio.WIDE, (88, 48)),
        (SourceImage("a" * 64, 100, 300), None, (40, 112)),
        (SourceImage("a" * 64, 100, 300), Ratio.WIDE, (88, 48)),
        (SourceImage("a" * 64, 100, 300), Ratio.SQUARE, (64, 64)),
    ],
)
def test_a_ratio_that_was_asked_for_comes_before_the_shape_of_the_picture(
    source: SourceImage | None, ratio: Ratio | None, size: tuple[int, int]
) -> None:
    recipe = recipes.recipe(
        prompt="hi", lora=None, checkpoint="c", resolution=64, ratio=ratio, source=source, chance=random.Random(1)
    )

    assert (recipe.width, recipe.height) == size
    assert recipe.source_sha256 == (source.sha256 if source else None)


@pytest.mark.parametrize("change", [0.05, 0.6, 1.0])
def test_a_little_of_a_picture_or_all_of_it_may_change(change: float) -> None:
    recipes.check_change(change)


@pytest.mark.parametrize("change", [-1.0, 0.0, 0.049, 1.01, float("nan"), float("inf")])
def test_no_picture_changes_less_than_a_little_or_more_than_all_of_it(change: float) -> None:
    with pytest.raises(ChangeOutOfBounds):
        recipes.check_change(change)


def test_an_edit_keeps_the_picture_that_it_starts_from_and_the_shape() -> None:
    source = SourceImage("a" * 64, 100, 300)
    old = recipes.recipe(
        prompt="hi", lora=None, checkpoint="c", resolution=64, source=source, change=0.3, chance=random.Random(1)
    )
    new = recipes.edited(old, prompt="ho", strength=1.0, count=1, seed=2, change=0.9, lora=None)

    assert (new.source_sha256, new.change, new.width, new.height) == ("a" * 64, 0.9, 40, 112)


def test_a_recipe_without_a_seed_gets_one_by_chance() -> None:
    first, second = (
        recipes.recipe(prompt="hi", lora=None, checkpoint="atelier-tiny", resolution=64, chance=random.Random(number))
        for number in (1, 2)
    )

    assert first.seed != second.seed
    assert 0 <= first.seed <= recipes.SEED_HIGHEST


@pytest.mark.parametrize("waiting", [0, 3])
def test_up_to_four_drawings_may_wait(waiting: int) -> None:
    recipes.check_waiting(waiting)


def test_a_fifth_waiting_drawing_is_refused() -> None:
    with pytest.raises(TooManyWaiting):
        recipes.check_waiting(4)
