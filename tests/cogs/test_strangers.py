"""Ids of somebody else's things, however they came into a stranger's hands: they open nothing."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import discord as library

from bot.interactions.buttons import Pressable, under_text
from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from playground import Channel, Member, Message, Modal, Playground
from tests.cogs.member_actions import make_dataset, said, settled
from tests.cogs.running_bot import Bot
from tests.cogs.trained_models import let_draw, train
from tests.pictures import drawn

MOST_BUTTONS = 25  # of one message
REFUSED = (
    "I can't find that",
    "belongs to somebody else",
    "Only the member who asked",
    "somebody else's model",
    "Only its owner can draw",
    "can't be brought back",
    "That drawing is gone",
    "Only members who may manage this server",
)
FOR_ALL = {"recipe"}  # everybody on the server may read it
NO_THING = {"place", "models"}  # a menu (see test_collecting.py), and the pages of the presser's own list


@dataclass(frozen=True, slots=True)
class Things:
    """What a member has: a dataset, trainings, a model, a drawing; and every card that shows them."""

    dataset: str
    task: str
    lora: str
    cards: tuple[Message, ...]

    def custom_ids(self) -> dict[str, str]:
        """Return the name of a button for every verb, as the cards carry them."""
        names = [button.custom_id or "" for card in self.cards for button in card.buttons]
        found = {name.split(":")[1]: name for name in names}
        generation = found["recipe"].split(":")[2]
        upload = found["new-for"].split(":")[2]
        for verb, thing in (
            ("retry-training", self.task),
            ("train-again", self.task),
            ("draw-again", generation),
            ("stop-drawing", generation),
            ("sheet", f"{self.dataset}:1"),
            ("choose-where", upload),
            ("quote-at", f"{self.task}:scripted/atelier-tiny"),
            ("train-elsewhere", self.task),
            ("was-charged", self.task),
            ("was-not-charged", self.task),
            ("approve-training", self.task),
            ("decline-training", self.task),
        ):
            found.setdefault(verb, f"v1:{verb}:{thing}")
        return found


async def things_of(member: Member, channel: Channel, bot: Bot) -> Things:
    let_draw(bot)
    datasets = await dataset_cards(member, channel)
    trainings, task = await training_cards(member, channel)
    lora = await train(bot, member, name="Own")
    gone = await train(bot, member, number=2, name="Gone")
    info = await said(member, channel, "model info", model=lora.id)
    question = await said(member, channel, "model delete", model=lora.id)
    deleted = await said(member, channel, "model delete", model=gone.id)
    await (await member.press(deleted, "Delete this model")).final()
    asked = await (await member.command(channel, "imagine", prompt="hi", model=lora.id)).final()
    picture = await channel.wait_for(lambda m: m.id == asked.id and "Re-roll" in m.text)
    delete = await (await member.press(picture, "Delete")).final()
    (dataset,) = await member.autocomplete(channel, "dataset view", "dataset", "Robo")
    cards = (*datasets, *trainings, info, question, deleted, picture, delete)
    return Things(str(dataset.value), task, lora.id, cards)


async def dataset_cards(member: Member, channel: Channel) -> list[Message]:
    await make_dataset(member, channel, pictures=6)
    sheet = await said(member, channel, "dataset view", dataset="Robo")
    form = await member.command(channel, "dataset caption", dataset="Robo", number=1)
    await (await member.submit(form.modal, {"caption": "red"})).final()
    change = await said(member, channel, "dataset caption", dataset="Robo", find="red", replace="green")
    removal = await said(member, channel, "dataset remove", dataset="Robo", numbers="6")
    question = await said(member, channel, "dataset delete", dataset="Robo")
    for name in ("Old", "Blip"):
        await make_dataset(member, channel, name)
    old = await said(member, channel, "dataset delete", dataset="Old")
    await (await member.press(old, "Delete the empty dataset")).final()
    posted = await member.post(channel, files=[drawn(40)])
    upload = await settled(member, await member.message_action("Add to dataset", posted))
    return [sheet, change, removal, question, old, upload]


async def training_cards(member: Member, channel: Channel) -> tuple[list[Message], str]:
    quotes = [await said(member, channel, "train start", dataset="Robo") for _ in range(2)]
    await (await member.press(quotes[0], "Confirm")).final()
    card = await channel.wait_for(lambda m: "Training · waiting" in m.text or "next in line" in m.text)
    name = next(b.custom_id for b in card.buttons if b.label == "Stop") or ""
    return [quotes[1], card], name.split(":")[2]


async def posted(bot: Bot, channel: Channel, custom_ids: Mapping[str, str]) -> list[Message]:
    """Let the bot post buttons of these names, as nobody could make it but by luck."""
    target = await bot.client.fetch_channel(channel.id)
    assert isinstance(target, library.TextChannel)
    names = list(custom_ids.items())
    messages = []
    for start in range(0, len(names), MOST_BUTTONS):
        items = [
            Pressable(library.ui.Button(label=verb, custom_id=name))
            for verb, name in names[start : start + MOST_BUTTONS]
        ]
        sent = await target.send("Forged", view=under_text(*items))
        messages += [message for message in channel.messages if message.id == sent.id]
    return messages


async def answers(member: Member, messages: Iterable[Message]) -> dict[str, Message | Modal]:
    """Press everything and return what each answered."""
    found: dict[str, Message | Modal] = {}
    for message in messages:
        for button in message.buttons:
            reply = await member.press(message, custom_id=button.custom_id)
            found[button.label] = reply.modal or await reply.final()
    return found


def opened(found: Mapping[str, Message | Modal], member: Member) -> dict[str, str]:
    """Return what was answered with more than a refusal that only this member sees."""
    return {
        verb: answer.title if isinstance(answer, Modal) else answer.text
        for verb, answer in found.items()
        if isinstance(answer, Modal)
        or answer.ephemeral_for is not member.user
        or not any(words in answer.text for words in REFUSED)
    }


def kept(path: Path) -> list[str]:
    """Return all that the bot knows, as text."""
    connection = sqlite3.connect(path, timeout=10)
    try:
        return [line for line in connection.iterdump() if "outbox" not in line]
    finally:
        connection.close()


async def test_no_button_with_somebody_elses_id_opens_or_changes_anything(
    bot: Bot, channel: Channel, ana: Member, ben: Member
) -> None:
    mine = await things_of(ana, channel, bot)
    custom_ids = mine.custom_ids()
    before, submitted = kept(bot.settings.database), bot.backend.count("submit")

    found = await answers(ben, await posted(bot, channel, custom_ids))

    assert set(custom_ids) | NO_THING == set(bot.client.buttons._handlers), "a verb that no card here has"
    assert set(opened(found, ben)) == FOR_ALL
    assert kept(bot.settings.database) == before
    assert bot.backend.count("submit") == submitted


async def test_on_another_server_ones_own_ids_open_nothing_either(
    discord: Playground, bot: Bot, channel: Channel, ana: Member
) -> None:
    mine = await things_of(ana, channel, bot)
    other = discord.add_guild("Chess club")
    elsewhere, ana_there = other.add_channel("games"), other.add_member("Ana", user=ana.user)
    before = kept(bot.settings.database)

    found = await answers(ana_there, await posted(bot, elsewhere, mine.custom_ids()))
    typed = await typed_ids(ana_there, elsewhere, mine)

    assert opened(found, ana_there) == {}
    assert all("I can't find that" in text for text in typed)
    assert kept(bot.settings.database) == before


async def test_no_command_takes_an_id_of_somebody_else(bot: Bot, channel: Channel, ana: Member, ben: Member) -> None:
    mine = await things_of(ana, channel, bot)
    before = kept(bot.settings.database)

    typed = await typed_ids(ben, channel, mine)
    offered = [
        await ben.autocomplete(channel, command, option, "")
        for command, option in (
            ("dataset view", "dataset"),
            ("train start", "dataset"),
            ("train status", "training"),
            ("train cancel", "training"),
            ("train retry", "training"),
            ("model info", "model"),
        )
    ]

    assert all("I can't find that" in text for text in typed)
    assert offered == [[]] * 6
    assert kept(bot.settings.database) == before


async def typed_ids(member: Member, channel: Channel, things: Things) -> list[str]:
    """Type the ids by hand into every command that takes one, and return the answers."""
    commands: list[tuple[str, dict[str, object]]] = [
        ("dataset view", {"dataset": things.dataset}),
        ("dataset add", {"dataset": things.dataset, "image1": drawn(50)}),
        ("dataset upload", {"dataset": things.dataset}),
        ("dataset caption", {"dataset": things.dataset, "number": 1}),
        ("dataset remove", {"dataset": things.dataset, "numbers": "1"}),
        ("dataset delete", {"dataset": things.dataset}),
        ("train start", {"dataset": things.dataset}),
        ("train status", {"training": things.task}),
        ("train cancel", {"training": things.task}),
        ("train retry", {"training": things.task}),
        ("model info", {"model": things.lora}),
        ("model delete", {"model": things.lora}),
        ("imagine", {"prompt": "hi", "model": things.lora}),
    ]
    found = [await said(member, channel, command, **options) for command, options in commands]
    assert all(message.ephemeral_for is member.user for message in found)
    return [message.text for message in found]


FORMS: list[tuple[str, dict[str, object]]] = [
    ("Caption", {"caption": "stolen"}),
    ("Remove…", {"Which numbers?": "1"}),
    ("New dataset", {"Name": "Stolen", "What it shows": "Style"}),
    ("Advanced", {"Steps": "10"}),
    ("Try it", {"What should the picture show?": "stolen"}),
    ("Edit", {"Prompt": "stolen"}),
]


async def test_no_form_about_somebody_elses_things_does_anything(
    bot: Bot, channel: Channel, ana: Member, ben: Member
) -> None:
    mine = await things_of(ana, channel, bot)
    upload = (await ana.command(channel, "dataset upload", dataset="Robo")).modal
    caption = (await ana.command(channel, "dataset caption", dataset="Robo", number=1)).modal
    modals: list[tuple[Modal | None, dict[str, object]]] = [
        (upload, {"Pictures": [drawn(60)]}),
        (caption, {"caption": "stolen"}),
    ]
    for label, values in FORMS:
        card = next(card for card in mine.cards if label in [b.label for b in card.buttons])
        modal = (await ana.press(card, label)).modal
        first = {"picture": modal.field("picture").options[0].value} if modal and label == "Caption" else {}
        modals.append((modal, values | first))
    before = kept(bot.settings.database)

    found = [await (await ben.submit(modal, values)).final() for modal, values in modals]

    verbs = {modal.custom_id.split(":")[2] for modal, _ in modals if modal}
    assert verbs == set(bot.client.forms._handlers), "a form that no card here has"
    assert [m.text for m in found if not any(words in m.text for words in REFUSED)] == []
    assert all(message.ephemeral_for is ben.user for message in found)
    assert kept(bot.settings.database) == before


async def test_a_failed_training_is_not_repeated_by_its_id(
    bot: Bot, channel: Channel, ana: Member, ben: Member
) -> None:
    mine = await things_of(ana, channel, bot)
    bot.backend.progress[bot.backend.only_training()] = Progress(
        RemoteState.FAILED, message=fact(FactKind.WORDS, said="No memory.")
    )
    await channel.wait_for(lambda m: "Training · failed" in m.text)

    refused = await said(ben, channel, "train retry", training=mine.task)
    quote = await said(ana, channel, "train retry", training=mine.task)

    assert "I can't find that training" in refused.text
    assert "**Quote · train `Robo`**" in quote.text
