"""What members see in a message."""

from playground import Channel, Member, Playground
from tests.playground.sample_bot import running


async def test_a_card_of_components_shows_its_picture_with_alt_text(
    discord: Playground, channel: Channel, ana: Member
) -> None:
    async with running(discord):
        card = await (await ana.command(channel, "card")).final()
        pressed = await ana.press(card, "Pressed 0")
        assert await pressed.final() is card

    assert card.buttons[0].title == "🔢 Pressed 1"
    assert card.is_v2
    assert card.text.startswith("## A card")
    assert [a.filename for a in card.shown_attachments] == ["red.png"]
    assert card.alt_texts() == ["A red square"]
