"""Pauses between attempts."""

import pytest

from domain.backoff import pause_after


@pytest.mark.parametrize(("failures", "pause"), [(0, 1.0), (1, 1.0), (2, 2.0), (6, 32.0), (7, 60.0), (10_000, 60.0)])
def test_pauses_grow_up_to_the_longest(failures: int, pause: float) -> None:
    assert pause_after(failures, first=1.0, longest=60.0) == pause


def test_a_pause_is_never_shorter_than_what_was_asked_for() -> None:
    assert pause_after(1, first=1.0, longest=60.0, asked=90.0) == 90.0
    assert pause_after(3, first=1.0, longest=60.0, asked=2.0) == 4.0
