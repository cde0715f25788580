import io

from rich.console import Console

from demo.narration import Narrator, spoken
from demo.story import typed
from playground import Channel, Message, Playground, Upload


def message(channel: Channel, content: str) -> Message:
    world = channel.world
    button = {"type": 2, "style": 2, "label": "Stop", "emoji": {"name": "⏹️"}, "custom_id": "x"}
    row = {"type": 1, "components": [button]}
    return Message(id=world.ids.next(), channel=channel, author=world.bot, content=content, raw_components=[row])


def test_what_a_message_says_has_names_and_no_labels_of_buttons() -> None:
    guild = Playground().add_guild("Club")
    ana = guild.add_member("Ana")

    assert spoken(message(guild.add_channel("general"), f"Hello <@{ana.id}>\nStop it")) == "Hello @Ana\nStop it"


def test_nothing_that_anybody_wrote_formats_the_console() -> None:
    output = io.StringIO()
    narrator = Narrator(Console(file=output, width=100))
    channel = Playground().add_guild("Club").add_channel("general")
    narrator.answers(message(channel, "[red]**hello**[/red] [/]"))
    narrator.does("Ana", "[bold]x[/]")

    assert "[red]hello[/red] [/]" in output.getvalue()
    assert "Ana  [bold]x[/]" in output.getvalue()


def test_a_command_is_told_as_it_was_typed_with_its_files_counted() -> None:
    options = {"dataset": "Zorbo", "image1": Upload("a.png", b""), "image2": Upload("b.png", b"")}

    assert typed("dataset add", options) == "/dataset add dataset: Zorbo (with 2 pictures attached)"
