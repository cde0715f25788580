"""What was posted before a restart still does what it says after it: every button and form that is left."""

from domain.training.tasks import Progress, RemoteState
from playground import Channel, Member
from tests.cogs.member_actions import make_dataset, said, settled
from tests.cogs.running_bot import Bot
from tests.cogs.trained_models import let_draw, train
from tests.pictures import drawn


async def test_the_sheets_buttons_and_their_forms(bot: Bot, channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=3)
    sheet = await said(ana, channel, "dataset view", dataset="Robo")
    await bot.restart()
    caption = (await ana.press(sheet, "Caption")).modal
    remove = (await ana.press(sheet, "Remove…")).modal
    await bot.restart()

    written = await (await ana.submit(caption, {"Picture": "Picture 2", "caption": "red"})).final()
    gone = await (await ana.submit(remove, {"Which numbers?": "3"})).final()

    assert written.text == "✏️ Caption of picture 2 of `Robo`: `red`"
    assert "Removed 1 picture (3) from `Robo`; it has 2 pictures now" in gone.text


async def test_counted_changes_and_questions_about_datasets(bot: Bot, channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=1)
    form = await ana.command(channel, "dataset caption", dataset="Robo", number=1)
    await (await ana.submit(form.modal, {"caption": "red"})).final()
    change = await said(ana, channel, "dataset caption", dataset="Robo", find="red", replace="green")
    kept, deleted = [await said(ana, channel, "dataset delete", dataset="Robo") for _ in range(2)]
    await bot.restart()

    changed = await (await ana.press(change, "Apply to 1 caption")).final()
    await (await ana.press(kept, "Keep it")).final()
    await (await ana.press(deleted, "Delete 1 picture")).final()
    told = deleted.text
    await bot.restart()
    await (await ana.press(deleted, "Undo")).final()

    assert changed.text == "✏️ Changed 1 caption in `Robo`."
    assert kept.text == "Kept `Robo`; nothing was deleted."
    assert "Deleted `Robo` with 1 picture." in told
    assert deleted.text == "↩️ `Robo` is back with 1 picture."


async def test_new_dataset_for_waiting_pictures(bot: Bot, channel: Channel, ana: Member) -> None:
    posted = await ana.post(channel, files=[drawn(1)])
    asked = await settled(ana, await ana.message_action("Add to dataset", posted))
    await bot.restart()

    form = (await ana.press(asked, "New dataset")).modal
    await (await ana.submit(form, {"Name": "Robo", "What it shows": "Style"})).final()

    assert "Added 1 picture to `Robo`; it has 1 picture now." in asked.text


async def test_advanced_and_cancel_on_a_quote(bot: Bot, channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=4)
    quote = await said(ana, channel, "train start", dataset="Robo")
    await bot.restart()

    form = (await ana.press(quote, "Advanced")).modal
    dropped = await (await ana.press(quote, "Cancel")).final()

    assert form is not None
    assert form.field("Steps").value == "120"
    assert "Nothing was started or charged" in dropped.text
    assert bot.backend.count("submit") == 0


async def test_stop_and_retry_on_a_trainings_card(bot: Bot, channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=4)
    await (await ana.press(await said(ana, channel, "train start", dataset="Robo"), "Confirm")).final()
    card = await channel.wait_for(lambda m: "Training ·" in m.text)
    bot.backend.progress[bot.backend.only_training()] = Progress(RemoteState.RUNNING, step=1, of=120)
    await channel.wait_for(lambda m: "step 1 of 120" in m.text)
    await bot.restart()

    stopping = await (await ana.press(card, "Stop")).final()
    await channel.wait_for(lambda m: "Training · cancelled" in m.text)
    quote = await (await ana.press(card, "Retry")).final()

    assert "`Robo`" in stopping.text
    assert "**Quote · train `Robo`**" in quote.text


async def test_try_it_and_its_form(bot: Bot, channel: Channel, ana: Member) -> None:
    let_draw(bot)
    await train(bot, ana)
    info = await said(ana, channel, "model info", model="Robo")
    await bot.restart()
    form = (await ana.press(info, "Try it")).modal
    await bot.restart()

    await ana.submit(form, {"What should the picture show?": "at night", "How many pictures": "2"})
    done = await channel.wait_for(lambda m: "Re-roll" in m.text)

    assert "`zorbo, at night`" in done.text
    assert len(done.shown_attachments) == 2


async def test_stop_try_again_edit_and_delete_under_a_drawing(bot: Bot, channel: Channel, ana: Member) -> None:
    card = await said(ana, channel, "imagine", prompt="hi", seed=7)
    await bot.restart()
    await ana.press(card, "Stop")
    await channel.wait_for(lambda m: "This drawing was stopped" in m.text)
    await bot.restart()
    let_draw(bot)
    await ana.press(card, "Try again")
    again = await channel.wait_for(lambda m: "Re-roll" in m.text)
    await bot.restart()
    form = (await ana.press(again, "Edit")).modal
    question = await (await ana.press(again, "Delete")).final()
    await bot.restart()
    await ana.press(question, "Delete it")
    deleted = await channel.wait_for(lambda m: m.id == question.id and "Deleted" in m.text, seen_by=ana)

    assert "seed 7" in again.text
    assert form is not None
    assert form.field("Prompt").value == "hi"
    assert again.deleted
    assert deleted.text == "Deleted 1 picture."


async def test_delete_on_a_models_card(bot: Bot, channel: Channel, ana: Member) -> None:
    await train(bot, ana)
    info = await said(ana, channel, "model info", model="Robo")
    await bot.restart()
    question = await (await ana.press(info, "Delete")).final()
    await bot.restart()
    await ana.press(question, "Delete this model")

    deleted = await channel.wait_for(lambda m: "Deleted `Robo v1`" in m.text, seen_by=ana)

    assert [button.label for button in deleted.buttons] == ["Undo"]
