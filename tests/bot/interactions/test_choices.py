"""What is offered while a member types."""

import logging

import pytest

from bot.interactions.choices import choices, safely


async def test_a_search_that_fails_offers_nothing_instead_of_an_error(caplog: pytest.LogCaptureFixture) -> None:
    async def search() -> list[str]:
        raise LookupError("database away")

    with caplog.at_level(logging.ERROR):
        assert await safely(search()) == ()

    assert "an autocomplete failed" in caplog.text


def test_names_are_cut_and_counted_as_discord_demands() -> None:
    offered = choices((f"{n}" * 200, str(n)) for n in range(40))

    assert len(offered) == 25
    assert len(offered[0].name) == 100
    assert offered[24].value == "24"
