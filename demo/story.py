"""The story of the demo, from twelve pictures in a chat to a mascot that can be drawn."""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.evidence import Books, books, likeness
from demo.narration import Narrator, spoken
from demo.stage import NotShownError, Stage, expect
from playground import Member, Message, Reply, Upload

NAME, TRIGGER = "Zorbo", "zorbo"
KILL_AT = 0.35  # of the training
TRAINING_SECONDS, DRAWING_SECONDS, QUIET_SECONDS = 900.0, 180.0, 300.0  # patience with a busy machine
LEAST_GAIN = 0.20  # by which the held-out loss must fall below the base model's
SEED, COUNT = 7, 3
STEP = re.compile(r"step ([\d,]+) of ([\d,]+)")
PROMPT = "on a yellow background"

Option = Any  # of a command: text, number or file; the playground checks each against the command's definition


@dataclass
class Story:
    """The chapters of the story, each of which checks what it prints."""

    stage: Stage
    narrator: Narrator
    seen: dict[str, Message] = field(default_factory=dict)  # what later chapters come back to

    async def play(self) -> Books:
        """Play all chapters, or raise `NotShownError` at the first promise that is not kept."""
        await self.begin()
        await self.collect()
        await self.look()
        await self.order()
        await self.crash()
        await self.finish()
        await self.draw()
        await self.keep_out()
        return await self.close()

    async def begin(self) -> None:
        """Start the bot, and its worker with it."""
        self.narrator.chapter("1 · Atelier starts, with a worker of its own")
        with self.narrator.waiting("starting the bot process"):
            await self.stage.bot.start()
        names = sorted(command["name"] for command in self.stage.discord.commands)
        self.narrator.proved(f"the bot (process {self.stage.bot.pid}) is online with {len(names)} commands")
        expect({"dataset", "train", "imagine", "model"} <= set(names), "the commands are registered")
        await self._ask(self.stage.ana, "help")

    async def collect(self) -> None:
        """Attach pictures in the chat."""
        self.narrator.chapter("2 · Ana makes a dataset and attaches twelve pictures of the mascot")
        ana = self.stage.ana
        made = await self._ask(ana, "dataset new", name=NAME, kind="character", trigger_word=TRIGGER)
        expect(TRIGGER in made.text, "the dataset has its trigger word")
        first = {f"image{i}": upload for i, upload in enumerate(self.stage.samples[:8], start=1)}
        added = await self._ask(ana, "dataset add", dataset=NAME, **first)
        expect("8 pictures" in added.text, "eight pictures were added")
        await self._mention()
        held = books(self.stage.data_dir / "atelier.sqlite").pictures
        expect(held == 12, f"twelve pictures are kept, not {held}")
        self.narrator.proved("12 pictures are kept, cleaned of their metadata; no Discord link is stored")

    async def _mention(self) -> None:
        ana, channel = self.stage.ana, self.stage.channel
        self.narrator.does("Ana", "@Atelier and four more of Zorbo!   (4 pictures in an ordinary message)")
        post = await ana.post(channel, "and four more of Zorbo!", files=self.stage.samples[8:], mention_bot=True)
        reply = await channel.wait_for(lambda m: m.reference is post, timeout=60)
        self.narrator.answers(reply)
        expect("Added 4 pictures" in reply.text, "four more pictures were added by a mention")

    async def look(self) -> None:
        """Look at the contact sheet."""
        self.narrator.chapter("3 · She looks at them on a contact sheet")
        sheet = await self._ask(self.stage.ana, "dataset view", dataset=NAME)
        expect(sheet.shown_attachments and sheet.alt_texts()[0], "the sheet is a picture with alt text")
        self.seen["sheet"] = sheet

    async def order(self) -> None:
        """Ask for a quote, then start the training."""
        self.narrator.chapter("4 · She asks what a training takes, and starts it")
        quote = await self._ask(self.stage.ana, "train start", dataset=NAME, preset="balanced")
        self.narrator.does("Ana", "presses ✅ Confirm")
        await self.stage.ana.press(quote, "Confirm")
        card = await self.stage.channel.wait_for(lambda m: "Training ·" in m.text, timeout=30)
        self.narrator.answers(card)
        expect(card.ephemeral_for is None, "the card is for everybody")
        self.seen["card"] = card

    async def crash(self) -> None:
        """Kill the bot while the worker trains, and start it again."""
        self.narrator.chapter("5 · In the middle of the training the bot is killed (SIGKILL)")
        card = self.seen["card"]
        at = await self._follow(card, until=KILL_AT)
        await self.stage.bot.kill()
        await self.stage.discord.bot_gone()
        self.narrator.note(f"process {self.stage.bot.pid} is dead at step {at}; the card stands still")
        with self.narrator.waiting("starting the bot again"):
            await self.stage.bot.start()
        self.narrator.proved(f"the bot is back as process {self.stage.bot.pid}")
        await self._old_button()
        goes_on = await self._follow(card, until=(at + 1) / self._steps(card)[1])
        expect(goes_on > at, "the training goes on after the crash")
        self.narrator.proved(f"the same card goes on: step {at} before the crash, step {goes_on} now")

    async def _old_button(self) -> None:
        """Press a button from before the crash."""
        sheet = self.seen["sheet"]
        self.narrator.does("Ana", "presses ✏️ Caption on the contact sheet from before the crash")
        form = (await self.stage.ana.press(sheet, "Caption")).modal
        expect(form, "a button from before the crash still opens its form")
        if form:
            picture = next(f for f in form.fields if f.options)
            words = next(f for f in form.fields if not f.options)
            reply = await self.stage.ana.submit(
                form, {picture.custom_id: picture.options[0].value, words.custom_id: "zorbo says hello"}
            )
            self.narrator.answers(await reply.final())
        self.narrator.proved("buttons and forms outlive a crash")

    async def finish(self) -> None:
        """Wait for the model."""
        self.narrator.chapter("6 · The model is done")
        card = self.seen["card"]
        await self._follow(card, until=2.0)
        done = await self.stage.channel.wait_for(lambda m: "is done" in m.text and m is not card, timeout=60)
        self.narrator.answers(card)
        self.narrator.answers(done)
        expect("Training · done" in card.text, "the card says that it is done")
        expect(done.pings == [self.stage.ana.id], "only Ana is pinged")
        expect(sum("Training ·" in m.text for m in self.stage.channel.messages) == 1, "there is one card")
        kept = books(self.stage.data_dir / "atelier.sqlite")
        expect((kept.tasks, kept.succeeded, kept.loras, kept.jobs_handed_over) == (1, 1, 1, 1), "one of each")
        expect(kept.gain >= LEAST_GAIN, f"the held-out loss fell by {kept.gain:.0%}, not by {LEAST_GAIN:.0%} or more")
        self.narrator.proved("one training, one model, one card, one completion: nothing lost, nothing doubled")
        self.narrator.proved(
            f"on pictures that it never saw, the loss fell from {kept.base_loss:.4f} to {kept.held_out_loss:.4f} "
            f"({kept.gain:.0%} better than the base model)"
        )
        self.seen["done"] = done

    async def draw(self) -> None:
        """Draw with the model and without it."""
        self.narrator.chapter("7 · She draws with it, and the same without it")
        choices = await self.stage.ana.autocomplete(self.stage.channel, "imagine", "model", "zor", prompt=PROMPT)
        expect(choices, "the model is offered by name")
        model = choices[0]
        self.narrator.note(f"typing zor offers {model.name}")
        with_it = await self._draw(name=model.name, value=str(model.value))
        without = await self._draw()
        expect(f"added the trigger word `{TRIGGER}`" in with_it.text, "the trigger word is added by itself")
        self._compare(with_it, without)
        self.narrator.does("Ana", "presses ℹ️ Info")
        info = await (await self.stage.ana.press(with_it, "Info")).final()
        self.narrator.answers(info)
        expect(f"seed:{SEED}" in info.text, "the recipe can be copied")
        self.seen["with"], self.seen["model"] = with_it, with_it

    def _compare(self, with_it: Message, without: Message) -> None:
        samples = [upload.data for upload in self.stage.samples]
        close = likeness([a.data for a in with_it.shown_attachments], samples)
        far = likeness([a.data for a in without.shown_attachments], samples)
        expect(close > far, f"the mascot's colours are there with the model ({close:.0%}), not without ({far:.0%})")
        self.narrator.proved(f"the mascot's own colours: {close:.0%} of them with the model, {far:.0%} without")

    async def keep_out(self) -> None:
        """Let another member try what is not his."""
        self.narrator.chapter("8 · Ben may look, but Ana's dataset and model stay hers")
        ben = self.stage.ben
        refused = [
            await self._ask(ben, "dataset view", dataset=NAME),
            await self._ask(ben, "train start", dataset=NAME),
            await self._ask(ben, "imagine", prompt="hi", model=NAME),
        ]
        self.narrator.does("Ben", "presses 🔄 Re-roll under Ana's picture")
        refused.append(await (await ben.press(self.seen["with"], "Re-roll")).final())
        self.narrator.answers(refused[-1])
        expect(all(m.ephemeral_for is ben.user for m in refused), "only Ben sees the refusals")
        expect(all("can't find" in m.text for m in refused[:3]), "Ben can't find what is Ana's")
        self.narrator.proved("refused on every door, politely, and to Ben alone")

    async def close(self) -> Books:
        """Look at the library, and say good night."""
        self.narrator.chapter("9 · The library, and good night")
        await self._ask(self.stage.ana, "model list")
        self.narrator.does("Ana", "presses 🔄 Re-roll under her first picture")
        again = await self._pictures(await self.stage.ana.press(self.seen["with"], "Re-roll"))
        expect(f"seed {SEED} " not in again.text, "a re-roll has another seed")
        code = await self.stage.bot.stop()
        expect(code == 0, f"the bot ends with code 0, not {code}")
        self.narrator.proved("the bot said good night with exit code 0")
        return books(self.stage.data_dir / "atelier.sqlite")

    async def _ask(self, member: Member, command: str, **options: Option) -> Message:
        """Run a command and show the final answer."""
        self.narrator.does(member.name, typed(command, options))
        reply = await member.command(self.stage.channel, command, **options)
        first = await reply.final(timeout=60)
        answer = await self.stage.channel.wait_for(
            lambda m: m is first and not m.text.startswith("Checking"), timeout=60, seen_by=member
        )
        self.narrator.answers(answer)
        return answer

    async def _draw(self, *, name: str = "", value: str = "") -> Message:
        """Draw, with the model of that name picked from the list or without one, and wait for the pictures."""
        options: dict[str, Option] = {"prompt": PROMPT, "count": COUNT, "seed": SEED}
        self.narrator.does("Ana", typed("imagine", {**options, "model": name} if name else options))
        if value:
            options["model"] = value
        reply = await self.stage.ana.command(self.stage.channel, "imagine", **options)
        return await self._pictures(reply)

    async def _pictures(self, reply: Reply) -> Message:
        """Wait until the waiting card has turned into pictures."""
        card = await reply.final()
        with self.narrator.waiting("the worker draws"):
            done = await self.stage.channel.wait_for(
                lambda m: m.id == card.id and ("Re-roll" in m.text or "failed" in m.text), timeout=DRAWING_SECONDS
            )
        self.narrator.answers(done)
        expect(len(done.shown_attachments) == COUNT, "every picture was drawn")
        expect(all("AI-generated" in alt for alt in done.alt_texts()), "every picture has alt text")
        return done

    async def _follow(self, card: Message, *, until: float) -> int:
        """Show the training's progress until that share of it is done or it is over, and return the step."""
        ends = time.monotonic() + TRAINING_SECONDS
        with self.narrator.progress("training") as bar:
            while time.monotonic() < ends:
                done, of = self._steps(card)
                bar.show(done, of or None, spoken(card).splitlines()[0].strip("* "))
                if (of and done / of >= until) or "Training · done" in card.text:
                    return done
                expect("failed" not in card.text, f"the training does not fail: {spoken(card)}")
                await self._next_edit(card)
        raise TimeoutError(f"the training took more than {TRAINING_SECONDS:.0f} s: {spoken(card)}")

    async def _next_edit(self, card: Message) -> None:
        """Wait until the card changes, or fail when the bot ends meanwhile."""
        before = card.edits
        changed = self.stage.discord.until(lambda: card.edits > before, timeout=QUIET_SECONDS, what="the next edit")
        edited, ended = asyncio.ensure_future(changed), asyncio.ensure_future(self.stage.bot.ended())
        done, _ = await asyncio.wait({edited, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if edited not in done:
            edited.cancel()
            raise NotShownError(f"the bot ended with code {ended.result()} in the middle of the training")
        await edited

    @staticmethod
    def _steps(card: Message) -> tuple[int, int]:
        found = STEP.search(card.text)
        return (int(found[1].replace(",", "")), int(found[2].replace(",", ""))) if found else (0, 0)


def typed(command: str, options: Mapping[str, Option]) -> str:
    """Write a command as it was typed, its files only counted."""
    files = sum(isinstance(value, Upload) for value in options.values())
    words = [f"{name}: {value}" for name, value in options.items() if not isinstance(value, Upload)]
    return " ".join(["/" + command, *words, *([f"(with {files} pictures attached)"] if files else [])])
