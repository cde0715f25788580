"""The contact sheet and what its buttons and forms do, also long after and after restarts."""

import discord as library
import pytest

from bot.interactions.buttons import OUTDATED, Pressable
from playground import Channel, Member, Playground
from tests.cogs.member_actions import add, make_dataset, said
from tests.cogs.running_bot import Bot
from tests.pictures import drawn

pytestmark = pytest.mark.usefixtures("bot")


async def test_the_sheet_turns_to_the_next_page_and_back(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=14)
    sheet = await said(ana, channel, "dataset view", dataset="Robo")
    first = sheet.text, sheet.alt_texts()

    await (await ana.press(sheet, "Next")).final()
    second = sheet.text, sheet.alt_texts()
    await (await ana.press(sheet, "Previous")).final()

    assert "page 1 of 2" in first[0]
    assert "page 2 of 2" in second[0]
    assert second[1] == ["Contact sheet of Robo, page 2 of 2, pictures 13 to 14"]
    assert (sheet.text, sheet.alt_texts()) == first
    assert len(sheet.shown_attachments) == 1


async def test_the_ends_of_the_sheet_have_no_way_on(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=13)

    sheet = await said(ana, channel, "dataset view", dataset="Robo", page=200)

    assert "page 2 of 2" in sheet.text
    assert [b.disabled for b in sheet.buttons if b.label in ("Previous", "Next")] == [False, True]


async def test_one_page_needs_no_paging_buttons(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=1)

    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    assert [b.title for b in sheet.buttons] == ["✏️ Caption", "🗑️ Remove…"]


async def test_an_empty_dataset_says_how_to_fill_it(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel)

    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    assert "There are no pictures yet. Add up to 10 at a time with /dataset add." in sheet.text


async def test_a_caption_is_written_by_number_and_stands_in_the_form_next_time(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=2)
    form = await ana.command(channel, "dataset caption", dataset="Robo", number=2)
    written = await (await ana.submit(form.modal, {"caption": "waving in the snow"})).final()

    again = await ana.command(channel, "dataset caption", dataset="Robo", number=2)
    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    assert written.text == "✏️ Caption of picture 2 of `Robo`: `waving in the snow`"
    assert again.modal is not None
    assert again.modal.field("caption").value == "waving in the snow"
    assert "2. `waving in the snow`" in sheet.text
    assert "2: waving in the snow" in sheet.alt_texts()[0]


async def test_the_caption_button_lets_one_pick_a_picture_of_the_page(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=2)
    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    form = await ana.press(sheet, "Caption")
    written = await (await ana.submit(form.modal, {"Picture": "Picture 1", "caption": "from behind"})).final()

    assert written.text == "✏️ Caption of picture 1 of `Robo`: `from behind`"


async def test_a_number_that_is_not_there_is_answered_with_those_that_are(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=2)

    refused = await said(ana, channel, "dataset caption", dataset="Robo", number=3)

    assert refused.text == (
        "There is no picture 3. This dataset has pictures 1 to 2; /dataset view shows them. Nothing was changed."
    )


async def test_a_replace_is_counted_first_and_applied_once(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=3)
    for number, caption in enumerate(("a red robot", "red shoes", "blue"), start=1):
        form = await ana.command(channel, "dataset caption", dataset="Robo", number=number)
        await (await ana.submit(form.modal, {"caption": caption})).final()

    counted = await said(ana, channel, "dataset caption", dataset="Robo", find="red", replace="green")
    preview = counted.text
    done = await (await ana.press(counted, "Apply to 2 captions")).final()
    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    assert "This would change 2 captions in `Robo`" in preview
    assert "1. `a red robot` → `a green robot`" in preview
    assert "Nothing is changed until you press Apply." in preview
    assert done.text == "✏️ Changed 2 captions in `Robo`."
    assert "2. `green shoes`" in sheet.text
    assert "3. `blue`" in sheet.text


async def test_a_replace_is_refused_when_the_captions_changed_meanwhile(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=2)
    for number in (1, 2):
        form = await ana.command(channel, "dataset caption", dataset="Robo", number=number)
        await (await ana.submit(form.modal, {"caption": "red"})).final()
    counted = await said(ana, channel, "dataset caption", dataset="Robo", find="red", replace="green")
    form = await ana.command(channel, "dataset caption", dataset="Robo", number=1)
    await (await ana.submit(form.modal, {"caption": "very red"})).final()

    refused = await (await ana.press(counted, "Apply to 2 captions")).followup()
    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    assert "The captions changed since you saw that count, so I left them all as they are." in refused.text
    assert "1. `very red`\n2. `red`" in sheet.text


async def test_a_replace_that_finds_nothing_offers_no_button(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=1)

    counted = await said(ana, channel, "dataset caption", dataset="Robo", find="purple")

    assert "None of the captions in `Robo` holds those words" in counted.text
    assert not counted.buttons


async def test_caption_without_number_or_words_says_what_to_give(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=1)

    refused = await said(ana, channel, "dataset caption", dataset="Robo")

    assert "Give me a picture's number to write its caption, or words to find" in refused.text


async def test_removed_pictures_come_back_with_undo_once(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=5)

    gone = await said(ana, channel, "dataset remove", dataset="Robo", numbers="1, 3-4")
    told = gone.text
    back = await (await ana.press(gone, "Undo")).final()
    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    assert "Removed 3 pictures (1, 3–4) from `Robo`; it has 2 pictures now, with new numbers." in told
    assert back.text == "↩️ 3 pictures are back in `Robo`; it has 5 pictures now."
    assert "5 pictures" in sheet.text


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        (
            "6",
            "There is no picture 6. This dataset has pictures 1 to 2; /dataset view shows them. Nothing was changed.",
        ),
        ("0", "There is no picture 0."),
        ("all", "Write picture numbers such as `3, 5-7`, as on the contact sheet. Nothing was removed."),
        ("1-99999", "There is no picture 99999."),
    ],
)
async def test_numbers_that_make_no_sense_remove_nothing(
    channel: Channel, ana: Member, numbers: str, why: str
) -> None:
    await make_dataset(ana, channel, pictures=2)

    refused = await said(ana, channel, "dataset remove", dataset="Robo", numbers=numbers)

    assert why in refused.text


async def test_a_sheet_whose_numbers_are_outdated_removes_nothing(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=3)
    sheet = await said(ana, channel, "dataset view", dataset="Robo")
    form = await ana.press(sheet, "Remove…")
    await said(ana, channel, "dataset remove", dataset="Robo", numbers="1")

    refused = await (await ana.submit(form.modal, {"Which numbers?": "2"})).final()

    assert "The pictures have new numbers since you opened that sheet, so I removed nothing." in refused.text


async def test_a_sheet_whose_pictures_are_all_gone_answers_every_button_in_words(
    channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel, pictures=13)
    sheet = await said(ana, channel, "dataset view", dataset="Robo")
    form = await ana.press(sheet, "Remove…")
    await said(ana, channel, "dataset remove", dataset="Robo", numbers="1-13")

    caption = await (await ana.press(sheet, "Caption")).final()
    late = await (await ana.submit(form.modal, {"Which numbers?": "2"})).final()
    again = await ana.press(sheet, "Remove…")
    remove = await (await ana.submit(again.modal, {"Which numbers?": "2"})).final()
    await (await ana.press(sheet, "Next")).final()

    assert caption.text == (
        "There are no pictures in `Robo` any more, so no caption was changed. Add some with /dataset add."
    )
    assert caption.ephemeral_for is ana.user
    assert "new numbers since you opened that sheet, so I removed nothing." in late.text
    assert "new numbers since you opened that sheet, so I removed nothing." in remove.text
    assert "There are no pictures yet. Add up to 10 at a time with /dataset add." in sheet.text
    assert sheet.buttons == []
    assert sheet.shown_attachments == []


async def test_the_sheets_remove_button_removes_and_offers_undo(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=3)
    sheet = await said(ana, channel, "dataset view", dataset="Robo")

    form = await ana.press(sheet, "Remove…")
    gone = await (await ana.submit(form.modal, {"Which numbers?": "2"})).final()

    assert "Removed 1 picture (2) from `Robo`; it has 2 pictures now" in gone.text
    assert [b.label for b in gone.buttons] == ["Undo"]


async def test_old_cards_and_forms_work_after_restarts_and_a_month(
    discord: Playground, bot: Bot, channel: Channel, ana: Member
) -> None:
    await make_dataset(ana, channel, pictures=14)
    sheet = await said(ana, channel, "dataset view", dataset="Robo")
    gone = await said(ana, channel, "dataset remove", dataset="Robo", numbers="14")
    form = await ana.command(channel, "dataset caption", dataset="Robo", number=1)
    await bot.restart()

    written = await (await ana.submit(form.modal, {"caption": "old form"})).final()
    discord.advance(days=31)
    await bot.restart()
    await (await ana.press(sheet, "Next")).final()
    back = await (await ana.press(gone, "Undo")).final()

    assert "Caption of picture 1 of `Robo`: `old form`" in written.text
    assert "page 2 of 2" in sheet.text
    assert "1 picture is back in `Robo`" in back.text


async def test_a_button_of_another_version_is_answered_in_words(bot: Bot, channel: Channel, ana: Member) -> None:
    view = library.ui.View(timeout=None)
    view.add_item(Pressable(library.ui.Button(label="Old", custom_id="v0:sheet:abc:1")))
    view.add_item(Pressable(library.ui.Button(label="Strange", custom_id="v1:nobody-knows:abc")))
    target = await bot.client.fetch_channel(channel.id)
    assert isinstance(target, library.TextChannel)
    posted = await target.send("An old card", view=view)
    message = await channel.wait_for(lambda m: m.id == posted.id)

    answers = [await (await ana.press(message, label)).final() for label in ("Old", "Strange")]

    assert {a.text for a in answers} == {OUTDATED}
    assert all(a.ephemeral_for == ana.user for a in answers)


async def test_pictures_added_meanwhile_show_when_the_page_is_turned(channel: Channel, ana: Member) -> None:
    await make_dataset(ana, channel, pictures=13)
    sheet = await said(ana, channel, "dataset view", dataset="Robo")
    await add(ana, channel, "Robo", [drawn(40)])

    await (await ana.press(sheet, "Next")).final()

    assert sheet.alt_texts() == ["Contact sheet of Robo, page 2 of 2, pictures 13 to 14"]
