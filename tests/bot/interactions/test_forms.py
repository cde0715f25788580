"""Forms without memory: what a submit carries, and what an unknown one is told."""

import asyncio

import discord as library
import pytest

from bot.client import Client
from bot.interactions import forms
from bot.interactions.buttons import button, under_text
from bot.interactions.forms import Submitted
from playground import Channel, Member, Modal, Upload
from tests.cogs.member_actions import said
from tests.cogs.running_bot import Bot


class Sent:
    """Keeps what forms brought."""

    def __init__(self) -> None:
        self.submitted: list[Submitted] = []
        self.contents: list[bytes] = []

    async def __call__(self, interaction: library.Interaction[Client], submitted: Submitted) -> None:
        self.submitted.append(submitted)
        for file in submitted.files.get("pictures", ()):
            self.contents.append(await file.read())
        await interaction.response.send_message("Thank you.", ephemeral=True)


@pytest.fixture
def sent(bot: Bot) -> Sent:
    keeper = Sent()
    bot.client.forms.add("test", keeper)

    async def ask(interaction: library.Interaction[Client], _press: object) -> None:
        await forms.show(interaction, everything())

    bot.client.buttons.add("ask", ask)
    return keeper


def everything() -> library.ui.Modal:
    options = [library.SelectOption(label=word.capitalize(), value=word) for word in ("style", "object")]
    return forms.form(
        "A title that is longer than the 45 characters Discord allows",
        "test",
        "one",
        "two",
        fields=[
            forms.text_field("name", "Name", longest=40, value="Robo"),
            forms.text_field("note", "Note", longest=400, required=False, paragraph=True),
            forms.choice_field("kind", "Kind", options),
            forms.files_field("pictures", "Pictures", most=3),
        ],
    )


async def opened(bot: Bot, channel: Channel, member: Member) -> Modal | None:
    target = await bot.client.fetch_channel(channel.id)
    assert isinstance(target, library.TextChannel)
    posted = await target.send("Press", view=under_text(button("Ask", "ask", "x")))
    message = await channel.wait_for(lambda m: m.id == posted.id)
    return (await member.press(message, "Ask")).modal


async def test_every_kind_of_field_arrives_under_its_name(
    bot: Bot, channel: Channel, ana: Member, sent: Sent
) -> None:
    modal = await opened(bot, channel, ana)

    answer = await ana.submit(
        modal, {"Name": "Blip", "Kind": "Object", "Pictures": [Upload("a.png", b"1"), Upload("b.png", b"22")]}
    )
    await answer.final()

    (submitted,) = sent.submitted
    assert (submitted.verb, submitted.ids) == ("test", ("one", "two"))
    assert submitted.texts == {"name": "Blip", "note": ""}
    assert submitted.choices == {"kind": ("object",)}
    assert [file.filename for file in submitted.files["pictures"]] == ["a.png", "b.png"]
    assert sent.contents == [b"1", b"22"]


async def test_a_form_that_is_opened_and_dismissed_stays_in_no_memory(
    bot: Bot, channel: Channel, ana: Member, sent: Sent
) -> None:
    dismissed = await opened(bot, channel, ana)
    await said(ana, channel, "help")  # by now the library is done with the form

    assert dismissed is not None
    assert bot.client._connection._view_store._modals == {}
    assert sent.submitted == []


async def test_a_form_nobody_knows_any_more_is_answered_in_words(
    bot: Bot, channel: Channel, ana: Member, sent: Sent
) -> None:
    modal = await opened(bot, channel, ana)
    del bot.client.forms._handlers["test"]

    answer = await (await ana.submit(modal, {"Kind": "Style", "Pictures": [Upload("a.png", b"1")]})).final()

    assert answer.text.startswith("This form is from an older Atelier")
    assert answer.ephemeral_for == ana.user
    assert sent.submitted == []


async def test_an_error_in_a_form_reaches_the_member_with_a_reference(
    bot: Bot, channel: Channel, ana: Member, sent: Sent
) -> None:
    async def fail(_interaction: library.Interaction[Client], _submitted: Submitted) -> None:
        await asyncio.sleep(0)
        raise LookupError("secret detail")

    bot.client.forms.add("test", fail)
    modal = await opened(bot, channel, ana)

    answer = await (await ana.submit(modal, {"Kind": "Style", "Pictures": [Upload("a.png", b"1")]})).final()

    assert "Sorry, something went wrong on my side." in answer.text
    assert "secret detail" not in answer.text
    assert sent.submitted == []
