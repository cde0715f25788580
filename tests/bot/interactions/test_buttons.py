"""Buttons and menus that carry only ids."""

import discord as library
import pytest

from bot.interactions.buttons import Press, button, custom_id, menu, under_text
from playground import Channel, Member, Message
from tests.cogs.running_bot import Bot

ID = "0" * 32  # as long as the ids of rows


class Pressed:
    """Keeps what was pressed."""

    def __init__(self) -> None:
        self.presses: list[Press] = []

    async def __call__(self, interaction: library.Interaction[library.Client], press: Press) -> None:
        self.presses.append(press)
        await interaction.response.send_message("Thank you.", ephemeral=True)


async def posted(bot: Bot, channel: Channel, *items: library.ui.Item[library.ui.View]) -> Message:
    target = await bot.client.fetch_channel(channel.id)
    assert isinstance(target, library.TextChannel)
    sent = await target.send("Press", view=under_text(*items))
    return await channel.wait_for(lambda message: message.id == sent.id)


async def test_a_press_brings_the_verb_and_the_ids(bot: Bot, channel: Channel, ana: Member) -> None:
    pressed = Pressed()
    bot.client.buttons.add("feed", pressed)
    message = await posted(bot, channel, button("Feed", "feed", ID, "2"))

    await (await ana.press(message, "Feed")).final()

    assert pressed.presses == [Press("feed", (ID, "2"))]


async def test_a_menu_brings_what_was_picked(bot: Bot, channel: Channel, ana: Member) -> None:
    pressed = Pressed()
    bot.client.buttons.add("pick", pressed)
    options = [library.SelectOption(label=word, value=word.lower()) for word in ("Red", "Blue")]
    message = await posted(bot, channel, menu("pick", ID, placeholder="Pick a colour", options=options))

    await (await ana.choose(message, ["Blue"])).final()

    assert pressed.presses == [Press("pick", (ID,), ("blue",))]


async def test_a_button_of_an_older_version_is_answered_in_words(bot: Bot, channel: Channel, ana: Member) -> None:
    message = await posted(bot, channel, button("Feed", "a-verb-of-old", ID))

    answer = await (await ana.press(message, "Feed")).final()

    assert answer.text.startswith("This button is from an older Atelier")
    assert answer.ephemeral_for is ana.user


async def test_an_error_of_a_button_is_explained_to_the_member(bot: Bot, channel: Channel, ana: Member) -> None:
    async def fail(_interaction: library.Interaction[library.Client], _press: Press) -> None:
        raise LookupError("secret detail")

    bot.client.buttons.add("fail", fail)
    message = await posted(bot, channel, button("Fail", "fail", ID))

    answer = await (await ana.press(message, "Fail")).final()

    assert answer.text.startswith("Sorry, something went wrong on my side.")
    assert "secret detail" not in answer.text


@pytest.mark.parametrize("verb", ["undelete-dataset", "delete-drawing-now"])
def test_the_longest_custom_ids_are_within_what_discord_takes(verb: str) -> None:
    assert len(custom_id(verb, ID, ID)) <= 100
