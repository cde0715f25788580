"""Bench (a), the time from a member's command to its acknowledgement, against a bot that only defers."""

import asyncio
import statistics
import tempfile
from pathlib import Path

from bench.table import Row, show
from demo.bot_process import BotProcess
from playground import Channel, Member, Playground

CONCURRENT = (1, 50, 200)
ROUNDS = 5
MOST_TIMES_AS_SLOW = 1.5  # at the 99th percentile of 200 at once

Times = dict[int, list[float]]  # milliseconds, by how many commands ran at once


async def _measure(module: tuple[str, ...], command: str) -> Times:
    with tempfile.TemporaryDirectory() as folder:
        async with Playground(rate_limits=False) as discord:
            guild = discord.add_guild("Bench")
            channel = guild.add_channel("bench")
            members = [guild.add_member(f"Member {n}") for n in range(max(CONCURRENT))]
            bot = BotProcess(discord, Path(folder), module=module, worker=False)
            await bot.start()
            await _at_once(channel, members[:20], command)  # warm-up
            times = {n: await _rounds(channel, members[:n], command) for n in CONCURRENT}
            await bot.stop()
            return times


async def _rounds(channel: Channel, members: list[Member], command: str) -> list[float]:
    rounds = max(ROUNDS, 100 // len(members))
    return [time for _ in range(rounds) for time in await _at_once(channel, members, command)]


async def _at_once(channel: Channel, members: list[Member], command: str) -> list[float]:
    replies = await asyncio.gather(*(member.command(channel, command) for member in members))
    times = [reply.acknowledged for reply in replies]
    if None in times:
        raise RuntimeError(f"{times.count(None)} of {len(times)} commands were not acknowledged in time")
    await asyncio.gather(*(reply.final() for reply in replies if command != "bare"))
    return [time for time in times if time is not None]


def _row(concurrent: int, ours: list[float], bare: list[float]) -> Row:
    (p50, p99), (bare50, bare99) = _percentiles(ours), _percentiles(bare)
    return Row(
        what=f"(a) acknowledge, {concurrent} at once",
        measured=f"p50 {p50:.0f} ms = {p50 / bare50:.2f} ×, p99 {p99:.0f} ms = {p99 / bare99:.2f} × a bare bot",
        target=f"p99 ≤ {MOST_TIMES_AS_SLOW} ×" if concurrent == max(CONCURRENT) else "–",
        reached=concurrent != max(CONCURRENT) or p99 <= MOST_TIMES_AS_SLOW * bare99,
    )


def _percentiles(times: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98]


def run() -> list[Row]:
    """Measure both bots, the bare one before and after ours, and return a row for each load."""
    first = asyncio.run(_measure(("bench.bare_bot",), "bare"))
    ours = asyncio.run(_measure(("bot", "run"), "dataset list"))
    last = asyncio.run(_measure(("bench.bare_bot",), "bare"))
    return [_row(n, ours[n], first[n] + last[n]) for n in CONCURRENT]


if __name__ == "__main__":
    show(run())
