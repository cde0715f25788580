"""The hourly round of tidying up."""

import asyncio
import logging

import pytest

from bot.background.upkeep import tidying


class Failing:
    """Fails in its first round."""

    def __init__(self) -> None:
        self.rounds = 0
        self.second = asyncio.Event()

    async def tidy(self) -> None:
        self.rounds += 1
        if self.rounds == 1:
            raise LookupError("away")
        self.second.set()


async def test_a_failed_round_is_logged_and_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    service = Failing()

    with caplog.at_level(logging.ERROR):
        async with asyncio.timeout(30), tidying(service.tidy, pause=0.0):
            await service.second.wait()

    assert service.rounds >= 2
    assert "tidying failed; the next round tries again" in caplog.text
    assert [task for task in asyncio.all_tasks() if task.get_name() == "tidying"] == []
