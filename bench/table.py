"""The table that every bench fills and prints."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, how it came out and what was to be reached."""

    what: str
    measured: str
    target: str
    reached: bool
    note: str = ""


def show(rows: Sequence[Row], *, title: str = "Bench") -> None:
    """Print the rows as a table."""
    table = Table("what", "measured", "target", "reached", "note", title=title, title_justify="left")
    for row in rows:
        table.add_row(row.what, row.measured, row.target, "yes" if row.reached else "[red]no[/red]", row.note)
    Console().print(table)
