"""What intake makes of picture files (`atelier picture`)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.interactions.refusals import refusal
from domain.datasets.pictures import CleanPicture, RefusedPicture, are_alike
from domain.datasets.refusals import MOST_BYTES
from domain.text import one_line
from storage.pictures.pool import PicturePool


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not even be read, and why."""

    reason: str  # a code, beside those of `Refusal`
    sentence: str


Outcome = CleanPicture | RefusedPicture | Unread
Told = tuple[str, Outcome]  # a file's name and what became of it


def picture(files: Sequence[Path], *, as_json: bool, console: Console | None = None) -> int:
    """Print what intake makes of each file, and return 0 when it takes them all, else 1."""
    outcomes = asyncio.run(_outcomes(files))
    told = list(zip([one_line(str(file)) for file in files], outcomes, strict=True))
    out = console or Console()
    if as_json:
        out.print_json(data=[_fields(told, i) for i in range(len(told))])
    else:
        out.print(_table(told))
    return 0 if all(isinstance(outcome, CleanPicture) for outcome in outcomes) else 1


async def _outcomes(files: Sequence[Path]) -> list[Outcome]:
    async with PicturePool() as pool:
        return [await _outcome(pool, file) for file in files]


async def _outcome(pool: PicturePool, file: Path) -> Outcome:
    try:
        data = await asyncio.to_thread(_read, file)
    except FileNotFoundError:
        return Unread("not_found", "There is no file of this name. Check the spelling and the folder.")
    except IsADirectoryError:
        return Unread("folder", "This is a folder. Name the pictures in it instead, such as FOLDER/*.png.")
    except OSError as error:
        return Unread("unreadable", f"This file can't be read ({error.strerror}). Check its permissions.")
    return await pool.clean(data)


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)  # one more than allowed shows that it is too big


def _fields(told: Sequence[Told], number: int) -> dict[str, object]:
    name, outcome = told[number]
    match outcome:
        case CleanPicture():
            same, like = _like(outcome, told[:number])
            return {
                "file": name,
                "accepted": True,
                "format": outcome.arrived_as.value,
                "kept_as": outcome.kind.value,
                "width": outcome.width,
                "height": outcome.height,
                "bytes": outcome.size,
                "sha256": outcome.sha256,
                "phash": outcome.phash,
                "same": same,
                "like": like,
            }
        case RefusedPicture() | Unread():
            sentence = _sentence(outcome)
            return {"file": name, "accepted": False, "reason": str(outcome.reason), "sentence": sentence}


def _sentence(outcome: RefusedPicture | Unread) -> str:
    return refusal(outcome) if isinstance(outcome, RefusedPicture) else outcome.sentence


def _table(told: Sequence[Told]) -> Table:
    table = Table("file", "verdict", "what intake makes of it", box=None, padding=(0, 2, 0, 0))
    for number, (name, outcome) in enumerate(told):
        match outcome:
            case CleanPicture():
                words = _accepted(outcome, told[:number])
                table.add_row(escape(name), "[green]accepted[/green]", escape(words))
            case RefusedPicture() | Unread():
                verdict = f"[red]refused[/red]\n{outcome.reason}"
                table.add_row(escape(name), verdict, escape(_sentence(outcome)))
    return table


def _accepted(clean: CleanPicture, before: Sequence[Told]) -> str:
    kept = f"{clean.width} × {clean.height}, {clean.size / 1_024:,.0f} KiB as {clean.kind}"
    line = f"{clean.arrived_as}, kept at {kept}, sha256 {clean.sha256[:16]}…"
    match _like(clean, before):
        case str(same), _:
            return f"{line}\nthe same picture as {same}"
        case _, str(like):
            return f"{line}\nlooks like {like}"
        case _:
            return line


def _like(clean: CleanPicture, before: Sequence[Told]) -> tuple[str | None, str | None]:
    """Return the names of the first equal and of the first similar picture among those before."""
    pictures = [(name, other) for name, other in before if isinstance(other, CleanPicture)]
    same = (name for name, other in pictures if other.sha256 == clean.sha256)
    like = (name for name, other in pictures if are_alike(other.phash, clean.phash))
    return next(same, None), next(like, None)
