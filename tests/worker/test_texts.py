"""The words of the worker's command line."""

import pytest

from domain.orders.facts import FactKind, fact
from worker.texts import words


@pytest.mark.parametrize(
    ("is_local", "end"),
    [
        (1, "Check that the folder is complete."),
        (0, "Check that the folder is complete, that the id is right and that this machine is online."),
    ],
)
def test_a_broken_checkpoint_is_explained_by_where_it_comes_from(is_local: int, end: str) -> None:
    said = words(fact(FactKind.CHECKPOINT_BROKEN, name="odd", is_local=is_local))

    assert said == f"`odd` does not load as a diffusers checkpoint. {end}"


def test_a_fact_that_the_command_line_does_not_expect_is_shown_with_its_values() -> None:
    assert words(fact(FactKind.LORA_LACKS_LAYERS, missing=1, layers=9)) == "lora lacks layers, missing=1, layers=9"
