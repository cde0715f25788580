"""What the demo prints about who does what and what Atelier answers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from playground import Message

LONGEST = 900  # characters of an answer
NOISE = re.compile(r"\*\*|^-# |^#+ |`", re.MULTILINE)
STAMP = re.compile(r"<t:\d+(?::\w)?>")


class Narrator:
    """Tells the story on a console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def title(self, title: str, text: str) -> None:
        """Begin."""
        self._console.print(Panel(Text(text), title=f"[bold]{escape(title)}[/]", border_style="bright_blue"))

    def chapter(self, title: str) -> None:
        """Begin a part of the story."""
        self._console.print()
        self._console.rule(f"[bold bright_blue]{escape(title)}[/]", align="left")

    def does(self, who: str, what: str) -> None:
        """Tell what somebody does."""
        self._console.print(f"[bold yellow]{escape(who)}[/]  {escape(what)}")

    def answers(self, message: Message) -> None:
        """Show what Atelier says."""
        text = STAMP.sub("…", NOISE.sub("", spoken(message)))
        pictures = len(message.shown_attachments)
        shown = f"\n[dim]🖼  {pictures} picture{'' if pictures == 1 else 's'}[/]" if pictures else ""
        only = f" [dim]· only {escape(message.ephemeral_for.name)} sees this[/]" if message.ephemeral_for else ""
        short = escape(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
        self._console.print(
            Panel(f"{short}{shown}", title=f"[cyan]Atelier[/]{only}", title_align="left", border_style="dim cyan")
        )

    def note(self, text: str) -> None:
        """Tell what happens behind the scene."""
        self._console.print(f"[dim]   {escape(text)}[/]")

    def proved(self, text: str) -> None:
        """Tell what was really checked just now."""
        self._console.print(f"[green]   ✔ {escape(text)}[/]")

    def failed(self, text: str) -> None:
        """Tell what did not happen."""
        self._console.print(Panel(escape(text), title="[bold red]The demo failed[/]", border_style="red"))

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show that something takes a moment."""
        with self._console.status(f"[dim]{escape(what)}…[/]"):
            yield

    @contextmanager
    def progress(self, what: str) -> Iterator["Steps"]:
        """Show a bar, for as long as the block runs."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[words]}"))
        with Progress(*columns, TimeElapsedColumn(), console=self._console, transient=True) as bar:
            yield Steps(bar, what)


class Steps:
    """A bar that follows what a card says."""

    def __init__(self, bar: Progress, what: str) -> None:
        self._bar = bar
        self._task = bar.add_task(what, total=None, words="")

    def show(self, done: int, of: int | None, words: str) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=done, total=of, words=escape(words))


def spoken(message: Message) -> str:
    """Return what a message says, without the labels of its buttons and menus."""
    labels = {button.title for button in message.buttons} | {menu.placeholder for menu in message.selects}
    text = "\n".join(line for line in message.text.splitlines() if line not in labels)
    names = {f"<@{user.id}>": f"@{user.name}" for user in message.channel.world.users.values()}
    for mention, name in names.items():
        text = text.replace(mention, name)
    return text
