"""What a dataset allows, and how it is split for training."""

from dataclasses import replace

import pytest

from domain.datasets.dataset import TrainingImage, check_trainable, fingerprint, room_for, split
from domain.datasets.errors import TooFewPictures
from tests.domain.datasets.test_pending_uploads import image


def images(count: int, contributors: tuple[int, ...] = (1,)) -> list[TrainingImage]:
    return [
        replace(image(n, f"{n:064x}", "0" * 64), contributor_id=contributors[n % len(contributors)])
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize(("have", "more", "room"), [(0, 10, 10), (195, 10, 5), (200, 1, 0), (250, 1, 0)])
def test_a_dataset_takes_200_images(have: int, more: int, room: int) -> None:
    assert room_for(have, more) == room


def test_three_images_are_too_few_and_four_are_enough() -> None:
    with pytest.raises(TooFewPictures, match="3"):
        check_trainable(images(3))

    check_trainable(images(4))


@pytest.mark.parametrize(
    ("count", "held_out"), [(1, 0), (2, 0), (3, 1), (4, 1), (6, 2), (10, 2), (25, 3), (100, 12), (200, 24)]
)
def test_about_an_eighth_is_held_out_and_two_thirds_always_stay(count: int, held_out: int) -> None:
    frozen = split(images(count))

    assert sum(one.held_out for one in frozen) == held_out
    assert len(frozen) == count


def test_a_contributors_only_picture_is_never_held_out() -> None:
    everybodys_own = images(12, contributors=tuple(range(12)))
    one_more = [*images(11, contributors=tuple(range(11))), replace(image(12, "c" * 64, "0" * 64), contributor_id=3)]

    assert not any(one.held_out for one in split(everybodys_own))
    assert {one.contributor_id for one in split(one_more) if one.held_out} <= {3}


def test_the_mark_of_a_sheet_changes_with_every_image_that_comes_or_goes() -> None:
    four = images(4)

    marks = {fingerprint(four), fingerprint(four[1:]), fingerprint(images(5)), fingerprint([four[1], four[0]])}

    assert len(marks) == 4
    assert fingerprint(images(4)) == fingerprint(four)
