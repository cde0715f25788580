"""The main job over real sockets and with a real worker: attach, train, draw, and what others may not do."""

from pathlib import Path
from typing import Any

import pytest

from demo.bot_process import BotProcess
from playground import Playground
from tests.pictures import drawn
from tests.story import truth


@pytest.mark.slow
async def test_pictures_become_a_model_that_draws(discord: Playground, bot: BotProcess, data_dir: Path) -> None:
    guild = discord.add_guild("Art club")
    channel = guild.add_channel("general")
    ana, ben = guild.add_member("Ana"), guild.add_member("Ben")
    await bot.start()

    await (await ana.command(channel, "dataset new", name="Robo", kind="character")).final()
    files: dict[str, Any] = {f"image{n}": drawn(n, side=128) for n in range(1, 9)}
    await ana.command(channel, "dataset add", dataset="Robo", **files)
    await channel.wait_for(lambda m: "Added 8 pictures" in m.text, seen_by=ana)
    first = await (await ana.command(channel, "train start", dataset="Robo", preset="fast")).final()
    form = await ana.press(first, "Advanced")
    assert form.modal is not None
    quote = await (await ana.submit(form.modal, {"Steps": "20"})).final()
    await (await ana.press(quote, "Confirm")).final()
    done = await channel.wait_for(lambda m: "`Robo v1` is done" in m.text, timeout=240)
    reply = await ana.command(channel, "imagine", prompt="at the beach", model="Robo v1", count=2, seed=7)
    result = await channel.wait_for(lambda m: "2 pictures" in m.text and bool(m.attachments), timeout=120)
    refused = await (await ben.command(channel, "imagine", prompt="at the beach", model="Robo v1")).final()
    again = await ana.press(result, "Info")
    recipe = await again.final()
    await truth.settled(data_dir, patience=60)
    await bot.stop()

    assert done.pings == [ana.user.id]
    assert reply.error is None
    assert len(result.attachments) == 2
    assert all("AI-generated" in text for text in result.alt_texts())
    assert "can't find that model" in refused.text
    assert refused.ephemeral_for == ben.user
    assert "seed" in recipe.text
    assert truth.untruths(data_dir, channel) == []
