import io
from html.parser import HTMLParser

import pytest
from PIL import Image

from playground import Guild, Playground, Upload
from playground.markdown import to_html
from playground.transcript import transcript
from playground.world.bodies import MessageFlag
from playground.world.channels import Channel, Message
from playground.world.triggers import InteractionKind, Trigger

EVIL = "<script>alert(1)</script>\"'&"


class Reader(HTMLParser):
    """Collects the tags, texts and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


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


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("**bold** and `**code**`", "<strong>bold</strong> and <code>**code**</code>"),
        ("-# small", "<small>small</small>"),
        ("```\na < b\n```", "<pre>a &lt; b</pre>"),
        (
            "<@7> at <t:0:f>",
            '<span class="mention">@Ana</span> at <span class="stamp">01 January 1970 00:00 UTC</span>',
        ),
        ("<@8>", '<span class="mention">@unknown</span>'),
        ("[here](https://example.org/a)", '<a href="https://example.org/a">here</a>'),
        ("[here](javascript:alert)", "[here](javascript:alert)"),
        ("a\nb", "a<br>b"),
        ("\x000\x00 `x`", "0 <code>x</code>"),
    ],
)
def test_markdown_reads_as_in_discord(text: str, markup: str) -> None:
    assert to_html(text, {7: "Ana"}) == markup


@pytest.mark.parametrize("text", [EVIL, f"`{EVIL}`", f"**{EVIL}**", f"[{EVIL}](https://x.org/{EVIL})", f"# {EVIL}"])
def test_no_text_of_anybody_becomes_markup(text: str) -> None:
    assert "script" not in Reader(to_html(text, {7: EVIL})).tags


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
