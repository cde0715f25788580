"""Picture numbers as members write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.datasets.errors import NoSuchPicture, NumbersUnreadable
from domain.datasets.picture_numbers import listed, parse
from domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3", (3,)),
        ("3, 5-7", (3, 5, 6, 7)),
        ("7-5", (5, 6, 7)),
        ("5 - 7", (5, 6, 7)),
        ("5–7", (5, 6, 7)),
        ("5 to 7", (5, 6, 7)),
        ("1 2 3", (1, 2, 3)),
        ("1 and 3", (1, 3)),
        ("1;3;", (1, 3)),
        ("#2, #4-#5", (2, 4, 5)),
        ("3,3,3", (3,)),
        ("1-12", tuple(range(1, 13))),
    ],
)
def test_members_may_write_numbers_in_many_ways(text: str, numbers: tuple[int, ...]) -> None:
    assert parse(text, highest=12) == numbers


@pytest.mark.parametrize("text", ["", " ", "all", "1,two", "-", "1-", "1.5", "@everyone", "9999999"])
def test_anything_else_is_answered_with_an_example(text: str) -> None:
    with pytest.raises(NumbersUnreadable):
        parse(text, highest=12)


@pytest.mark.parametrize(("text", "wrong"), [("0", 0), ("13", 13), ("1-13", 13), ("1, 999999", 999_999)])
def test_a_number_that_is_not_there_is_named(text: str, wrong: int) -> None:
    with pytest.raises(NoSuchPicture) as refused:
        parse(text, highest=12)

    assert (refused.value.number, refused.value.highest) == (wrong, 12)


def test_an_empty_dataset_has_no_picture_1() -> None:
    with pytest.raises(NoSuchPicture):
        parse("1", highest=0)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((3,), "3"), ((3, 5, 6, 7), "3, 5–7"), ((1, 2, 4), "1–2, 4"), ((), "")],
)
def test_runs_are_read_as_ranges(numbers: tuple[int, ...], text: str) -> None:
    assert listed(numbers) == text


@settings(deadline=None)
@given(st.text("0123456789,;-– #toand\u0663x", max_size=30))
def test_whatever_is_typed_gives_numbers_of_the_sheet_or_a_sentence(text: str) -> None:
    try:
        numbers = parse(text, highest=200)
    except InvalidInput:
        return

    assert numbers
    assert list(numbers) == sorted(set(numbers))
    assert all(1 <= number <= 200 for number in numbers)


@settings(deadline=None)
@given(st.sets(st.integers(1, 200), min_size=1))
def test_what_is_read_out_means_the_same_when_it_is_typed_back(numbers: set[int]) -> None:
    assert parse(listed(sorted(numbers)), highest=200) == tuple(sorted(numbers))
