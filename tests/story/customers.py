"""Members who keep ordering, whatever happens to the bot meanwhile."""

import asyncio
import random
from typing import Any

from playground import CannotDo, Channel, Member, Message, Playground, Reply, Unseen
from tests.pictures import drawn

PATIENCE = 6.0  # seconds; what is not answered by then was lost with the bot, and the member goes on

Lost = (Unseen, CannotDo, TimeoutError, LookupError)


class Customer:
    """One member: makes a dataset, orders trainings, stops some, and draws; remembers what the bot acknowledged."""

    def __init__(self, discord: Playground, channel: Channel, member: Member, chance: random.Random) -> None:
        self.member = member
        self.confirmed: list[str] = []  # names of models whose training the bot said it started
        self.kept: int = 0  # pictures that the bot said it added
        self.drawings = 0  # drawings that the bot showed as accepted
        self._discord = discord
        self._channel = channel
        self._chance = chance

    @property
    def dataset(self) -> str:
        """Return the name of the member's one dataset."""
        return f"Things of {self.member.name}"

    async def collect(self, pictures: int = 5) -> None:
        """Make the dataset and fill it; the bot must be there."""
        made = await self.member.command(self._channel, "dataset new", name=self.dataset, kind="object")
        await made.final()
        first = self._chance.randrange(1_000_000)
        files: dict[str, Any] = {f"image{n}": drawn(first + n, side=96) for n in range(1, pictures + 1)}
        await self.member.command(self._channel, "dataset add", dataset=self.dataset, **files)
        await self._channel.wait_for(
            lambda m: f"Added {pictures} pictures" in m.text, seen_by=self.member, timeout=60
        )
        self.kept = pictures

    async def order(self, number: int, *, steps: int) -> None:
        """Order one training; an order that dies on the way is simply not acknowledged."""
        name = f"{self.member.name} {number}"
        try:
            quote = await self._quote(name, steps)
            answer = await (await self.member.press(quote, "Confirm")).final(timeout=PATIENCE)
        except Lost:
            return
        if "Started." in answer.text:
            self.confirmed.append(name)

    async def draw(self, prompt: str) -> None:
        """Ask for one picture."""
        try:
            reply = await self.member.command(self._channel, "imagine", prompt=prompt)
            waiting = await reply.final(timeout=PATIENCE)
        except Lost:
            return
        self.drawings += "🎨" in waiting.text

    async def stop(self, name: str) -> None:
        """Stop a training, if it is still on its way."""
        try:
            await (await self.member.command(self._channel, "train cancel", training=name)).final(timeout=PATIENCE)
        except Lost:
            return

    async def _quote(self, name: str, steps: int) -> Message:
        command = await self.member.command(
            self._channel, "train start", dataset=self.dataset, preset="fast", name=name
        )
        first = await command.final(timeout=PATIENCE)
        form = await self.member.press(first, "Advanced")
        if form.modal is None:
            raise LookupError("the form did not open")
        reply: Reply = await self.member.submit(form.modal, {"Steps": str(steps)})
        return await reply.final(timeout=PATIENCE)

    async def be_busy(self, *, trainings: int, steps: int, enough: asyncio.Event) -> None:
        """Order trainings, and drawings in between, until it is enough and one was started; then stop the others."""
        number = 0
        while not (enough.is_set() and self.confirmed):
            await self._discord.until(lambda: bool(self._discord.gateway.sockets), timeout=120)
            if len(self.confirmed) < trainings and self._chance.random() < 0.6:
                await self.order(number, steps=steps)
                number += 1
            else:
                await self.draw(f"a red circle, number {number}")
            await asyncio.sleep(self._chance.uniform(0.0, 1.0))  # people pause
        for name in self.confirmed[1:]:
            await self.stop(name)
