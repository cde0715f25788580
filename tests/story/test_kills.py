"""Fifty kills at random moments of the main job: nothing lost, nothing doubled, every task ends truthfully."""

import asyncio
import os
import random
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from demo.bot_process import BotProcess
from playground import Playground, Unseen
from tests.story import truth
from tests.story.customers import Customer

KILLS = int(os.environ.get("ATELIER_KILLS") or 50)
STEPS = 10  # of each training: long enough to be hit, short enough to end between two hits
LIFE_REQUESTS = 10  # to Discord, on average, before a kill: about what an order takes
LIFE_SECONDS = 3.0  # at most, when there are fewer
LONG, LONG_SECONDS = 0.06, 14.0  # share of lives that may last so long, in which a worker gets to train


def worker_of(bot: BotProcess) -> int | None:
    """Return the process id of the bot's worker, while it has one."""
    for child in psutil.Process(bot.pid).children():
        with suppress(psutil.NoSuchProcess):  # it has just ended
            if "serve" in child.cmdline():
                return child.pid
    return None


async def a_random_moment(discord: Playground, chance: random.Random) -> None:
    """Wait for a random share of what the bot does for its members, or at times for as long as a worker needs."""
    if chance.random() < LONG:
        await asyncio.sleep(chance.uniform(0.0, LONG_SECONDS))
        return
    enough = len(discord.requests) + chance.expovariate(1 / LIFE_REQUESTS)
    with suppress(Unseen):
        await discord.until(lambda: len(discord.requests) >= enough, timeout=chance.uniform(0.0, LIFE_SECONDS))
    await asyncio.sleep(chance.uniform(0.0, 0.02))  # so the kill follows a request by as little as nothing


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_fifty_kills_lose_nothing_and_double_nothing(
    discord: Playground, bot: BotProcess, data_dir: Path
) -> None:
    seed = int(os.environ.get("ATELIER_SEED") or random.SystemRandom().randrange(10**9))
    print(f"seed {seed}: set ATELIER_SEED to see it again")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    guild = discord.add_guild("Art club")
    channel = guild.add_channel("general")
    members = [guild.add_member(name) for name in ("Ana", "Ben")]
    customers = [Customer(discord, channel, member, random.Random(seed + i)) for i, member in enumerate(members)]
    await bot.start()
    for customer in customers:
        await customer.collect()

    enough = asyncio.Event()
    busy = [asyncio.create_task(c.be_busy(trainings=3, steps=STEPS, enough=enough)) for c in customers]
    for _ in range(KILLS):
        await a_random_moment(discord, chance)
        worker = worker_of(bot)
        if worker is not None and chance.random() < 0.5:
            os.kill(worker, signal.SIGKILL)
        else:
            await bot.kill()
            await bot.start()
    enough.set()
    await asyncio.gather(*busy)
    await truth.settled(data_dir, patience=400)
    await bot.stop()

    wrong = truth.untruths(data_dir, channel)
    assert not wrong, f"seed {seed}: " + "\n".join(wrong)
    names = {r[0] for r in truth.rows(data_dir / "atelier.sqlite", "SELECT model_name FROM tasks")}
    assert {name for customer in customers for name in customer.confirmed} <= names
    kept = truth.rows(data_dir / "atelier.sqlite", "SELECT count(*) FROM images WHERE deleted_at IS NULL")[0][0]
    assert kept == sum(customer.kept for customer in customers)
    drawings = truth.rows(data_dir / "atelier.sqlite", "SELECT count(*) FROM drawings")[0][0]
    assert drawings >= sum(customer.drawings for customer in customers) > 0
    ends = truth.rows(data_dir / "atelier.sqlite", "SELECT status, count(*) FROM tasks GROUP BY status")
    assert "succeeded" in {status for status, _ in ends}
