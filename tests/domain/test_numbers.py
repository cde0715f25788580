import pytest

from domain import numbers
from domain.numbers import NumberMissing


@pytest.mark.parametrize(("text", "value"), [("3", 3), (" 1,000 ", 1000), ("-2", -2), ("2 000", 2000), ("٣", 3)])
def test_whole_numbers_are_read_as_people_write_them(text: str, value: int) -> None:
    assert numbers.whole(text, what="Steps") == value


@pytest.mark.parametrize("text", ["", "three", "1.5", "--2", "9" * 30, "0x10"])
def test_what_is_no_whole_number_is_named(text: str) -> None:
    with pytest.raises(NumberMissing, match="Steps"):
        numbers.whole(text, what="Steps")


@pytest.mark.parametrize(("text", "value"), [("0.8", 0.8), ("0,8", 0.8), (" 1 ", 1.0), ("1e-4", 0.0001)])
def test_numbers_may_have_a_point_or_a_comma(text: str, value: float) -> None:
    assert numbers.decimal(text, what="Rate") == value


@pytest.mark.parametrize("text", ["", "much", "nan", "inf", "1.2.3"])
def test_what_is_no_number_is_named(text: str) -> None:
    with pytest.raises(NumberMissing, match="Rate"):
        numbers.decimal(text, what="Rate")
