"""@everyone in every field that takes text: nobody is pinged, and nothing breaks."""

import pytest

from domain.orders.facts import FactKind, fact
from domain.orders.progress import Progress, RemoteState
from playground import Channel, Guild, Member, Message
from tests.cogs.member_actions import make_dataset, said
from tests.cogs.running_bot import Bot
from tests.cogs.trained_models import let_draw, train
from tests.pictures import drawn

EVIL = "@everyone @here"


@pytest.fixture
def evil(guild: Guild, ben: Member) -> str:
    """Return everything that could ping somebody, and what could end a code span."""
    return f"{EVIL} <@{ben.id}> <@&{guild.id}> ` ```"


def pinged(*messages: Message) -> list[object]:
    return [ping for message in messages for ping in message.pings]


async def test_in_the_options_of_trainings_and_models(bot: Bot, channel: Channel, ana: Member, evil: str) -> None:
    del bot
    await make_dataset(ana, channel, pictures=4)
    found = [
        await said(ana, channel, "train start", dataset=evil),
        await said(ana, channel, "train start", dataset="Robo", checkpoint=evil),
        await said(ana, channel, "train start", dataset="Robo", name=EVIL),
        await said(ana, channel, "train status", training=evil),
        await said(ana, channel, "train cancel", training=evil),
        await said(ana, channel, "train retry", training=evil),
        await said(ana, channel, "model info", model=evil),
        await said(ana, channel, "model delete", model=evil),
        await said(ana, channel, "imagine", prompt="hi", model=evil),
    ]

    assert pinged(*found) == []
    assert all(message.ephemeral_for is ana.user for message in found)
    assert all("went wrong" not in message.text for message in found)
    assert f"train `{EVIL}`" in found[2].text


async def test_in_the_forms_of_trainings_and_drawings(bot: Bot, channel: Channel, ana: Member, evil: str) -> None:
    let_draw(bot)
    await make_dataset(ana, channel, pictures=4)
    quote = await said(ana, channel, "train start", dataset="Robo")
    await train(bot, ana, name=EVIL)
    info = await said(ana, channel, "model info", model=EVIL)
    form = (await ana.press(info, "Try it")).modal
    await ana.submit(form, {"What should the picture show?": evil})
    done = await channel.wait_for(lambda m: "Re-roll" in m.text)
    edit = (await ana.press(done, "Edit")).modal

    advanced = (await ana.press(quote, "Advanced")).modal
    refused = await (await ana.submit(advanced, {"Seed": EVIL})).followup()
    seed = await (await ana.submit(edit, {"Seed": EVIL})).final()
    await ana.submit(edit, {"Prompt": evil, "How many pictures": "2"})
    edited = await channel.wait_for(lambda m: m.id > done.id and "Re-roll" in m.text)
    recipe = await (await ana.press(edited, "Info")).final()
    question = await (await ana.press(edited, "Delete")).final()

    assert pinged(quote, info, refused, done, seed, edited, recipe, question) == []
    assert "Seed must be a whole number" in refused.text
    assert "Seed must be a whole number" in seed.text
    assert recipe.text.count("```") == 2
    assert EVIL in edited.alt_texts()[0]


async def test_in_the_form_for_a_new_dataset_and_around_files(
    bot: Bot, channel: Channel, ana: Member, evil: str
) -> None:
    del bot
    await ana.post(channel, evil, files=[drawn(1, name=f"{EVIL}.png")], mention_bot=True)
    asked = await channel.wait_for(lambda m: "Choose where" in m.text)
    choice = await (await ana.press(asked, "Choose where…")).final()
    form = (await ana.press(choice, "New dataset")).modal
    word = await (await ana.submit(form, {"Name": "Robo", "What it shows": "Style", "trigger_word": EVIL})).followup()
    await (await ana.submit(form, {"Name": EVIL, "What it shows": "Style"})).final()

    assert pinged(asked, choice, word) == []
    assert "3 to 16 letters and digits" in word.text
    assert f"Added 1 picture to `{EVIL}`" in choice.text


async def test_in_what_a_backend_says_about_a_failure(bot: Bot, channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=4)
    await (await ana.press(await said(ana, channel, "train start", dataset="Robo", name=EVIL), "Confirm")).final()
    bot.backend.progress[bot.backend.only_training()] = Progress(
        RemoteState.FAILED, message=fact(FactKind.WORDS, said=f"Out of {EVIL}.")
    )
    card = await channel.wait_for(lambda m: "Training · failed" in m.text)
    found = [await said(ana, channel, command) for command in ("train status", "train list", "queue")]
    offered = await ana.autocomplete(channel, "train retry", "training", EVIL)

    assert pinged(card, *found) == []
    assert f"`{EVIL}`" in found[1].text
    assert len(offered) == 1
