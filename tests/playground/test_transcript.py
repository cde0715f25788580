"""A transcript shows a channel as its members saw it."""

import io

import pytest
from PIL import Image

from playground import Guild, Playground, Upload
from playground.transcript import transcript
from playground.world.bodies import MessageFlag
from playground.world.channels import Channel, Message
from playground.world.triggers import InteractionKind, Trigger
from tests.playground.html_reader import EVIL, Reader


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def guild() -> Guild:
    return Playground().add_guild("Club")


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.add_channel("general", topic="Talk")


def says(channel: Channel, **shown: object) -> Message:
    """Put a message of the bot into the channel."""
    world = channel.world
    message = Message(id=world.ids.next(), channel=channel, author=world.bot, **shown)  # type: ignore[arg-type]  # fields by name
    channel.stored.append(message)
    return message


async def test_everything_that_was_said_is_on_the_page_and_escaped(guild: Guild, channel: Channel) -> None:
    ana = guild.add_member(EVIL)
    await ana.post(channel, EVIL, files=[Upload("red.png", png())])
    page = transcript(channel, title=EVIL)
    read = Reader(page)

    assert "script" not in read.tags
    assert "".join(read.texts).count("<script>alert(1)</script>") >= 2
    assert (
        sum(name == "src" and value.startswith("data:image/png;base64,") for _, name, value in read.attributes) == 1
    )


def test_a_page_needs_nothing_from_anywhere(channel: Channel) -> None:
    says(channel, content="see https://example.org/picture.png")
    read = Reader(transcript(channel, title="Club"))

    assert not {"script", "link", "iframe"} & set(read.tags)
    assert not [value for _, name, value in read.attributes if name in ("src", "href") and "://" in value]


def test_cards_keep_their_pictures_alt_texts_and_buttons(channel: Channel) -> None:
    file = channel.world.store_file(Upload("red.png", png()), "attachments/1")
    gallery = {
        "type": 12,
        "items": [
            {"media": {"url": "attachment://red.png", "attachment_id": str(file.id)}, "description": "A red square"}
        ],
    }
    button = {"type": 2, "style": 4, "label": "Delete", "emoji": {"name": "🗑️"}, "custom_id": "x", "disabled": True}
    container = {
        "type": 17,
        "accent_color": 0xFF0000,
        "components": [{"type": 10, "content": "**Done**"}, gallery, {"type": 1, "components": [button]}],
    }
    says(channel, raw_components=[container], attachments=[file], flags=int(MessageFlag.COMPONENTS_V2))
    page = transcript(channel, title="Club")

    assert 'alt="A red square"' in page
    assert '<button type="button" class="danger" disabled>🗑️ Delete</button>' in page
    assert "border-left-color:#ff0000" in page
    assert "<strong>Done</strong>" in page


def test_what_only_one_member_saw_says_so_and_what_was_deleted_is_gone(channel: Channel) -> None:
    ana = channel.world.add_user("Ana")
    trigger = Trigger(channel.world.ids.next(), InteractionKind.COMPONENT, ana, {}, label="Details")
    says(channel, content="psst", trigger=trigger, flags=int(MessageFlag.EPHEMERAL))
    says(channel, content="oops").deleted = True
    page = transcript(channel, title="Club")

    assert "Only visible to Ana" in page
    assert "<b>Ana</b> pressed <b>Details</b>" in page
    assert "oops" not in page
