"""What `atelier doctor` shows.

Whether everything that the settings switch on is well, found out without spending.
"""

import asyncio
import importlib.util
import logging
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from backends.provider import Provider
from backends.registry import HOSTED
from backends.wire import transport
from bot.hosted import context_of
from bot.redaction import RedactingFormatter
from bot.settings import Settings
from domain.errors import AppError, BackendError
from domain.text import one_line
from storage.files import FREE_FLOOR, FileStore
from storage.pictures.pool import PicturePool
from storage.results import ResultFiles

SECONDS = 20.0  # for the answer of a hosted backend
WAL_RESET_BUG = ((3, 7, 0), (3, 51, 2))  # the first and the last SQLite with it: https://www.sqlite.org/wal.html


class State(StrEnum):
    """How something is, in a word."""

    WELL = "well"
    OFF = "off"
    NOTE = "note"  # it works, and there is something to know
    WRONG = "wrong"


ICONS = {
    State.WELL: "[green]✓[/green]",
    State.OFF: "–",
    State.NOTE: "[yellow]![/yellow]",
    State.WRONG: "[red]✗[/red]",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one thing, in whole sentences."""

    what: str
    state: State
    words: str
    missing: Sequence[str] = ()  # settings


class DoctorSettings(Settings):
    """The settings as the doctor reads them.

    A missing token is something to tell, no reason to stop.
    """

    discord_token: SecretStr = SecretStr("")


def doctor(settings: Settings, *, as_json: bool, console: Console | None = None, seconds: float = SECONDS) -> int:
    """Print how everything is, as a table or as JSON.

    Return 0 when all that is on is well, else 1.
    """
    findings = [_safe(finding, settings) for finding in asyncio.run(_findings(settings, seconds))]
    out = console or Console()
    if as_json:
        out.print_json(data=[_fields(finding) for finding in findings])
    else:
        out.print(_table(findings))
    return 1 if any(finding.state is State.WRONG for finding in findings) else 0


async def _findings(settings: Settings, seconds: float) -> Sequence[Finding]:
    own = [
        _discord(settings),
        _folder(settings.data_dir),
        _sqlite(settings, sqlite3.sqlite_version),
        _worker(settings),
    ]
    async with transport() as web:
        hosted = await asyncio.gather(*(_hosted(provider, settings, web, seconds) for provider in HOSTED.values()))
    return [*own, *hosted]


def _discord(settings: Settings) -> Finding:
    if settings.discord_token.get_secret_value():
        return Finding("Discord", State.WELL, "ATELIER_DISCORD_TOKEN is there. Discord was not asked about it.")
    words = "ATELIER_DISCORD_TOKEN is missing. Copy it from discord.com/developers, your application, Bot."
    return Finding("Discord", State.WRONG, words, ("ATELIER_DISCORD_TOKEN",))


def _folder(folder: Path) -> Finding:
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"a")
            file.flush()
        free = shutil.disk_usage(there).free
    except OSError as error:
        words = f"Nothing can be written to {there} ({error.strerror}). Check ATELIER_DATA_DIR and its permissions."
        return Finding("data folder", State.WRONG, words)
    room = f"{free / 1024**3:,.1f} GiB are free there"
    if free < FREE_FLOOR:
        words = f"{folder}: only {room}, and the bot takes no pictures below {FREE_FLOOR // 1024**2} MiB. Make room."
        return Finding("data folder", State.WRONG, words)
    can = "can be written to" if folder.exists() else "is not there yet and can be made"
    return Finding("data folder", State.WELL, f"{folder} {can}; {room}.")


def _sqlite(settings: Settings, version: str) -> Finding:
    """Tell of the WAL-reset bug where several processes write.

    This bot avoids it, what runs beside it may not.
    """
    first, last = WAL_RESET_BUG
    if not first <= tuple(map(int, version.split("."))) <= last or not settings.local:
        return Finding("SQLite", State.WELL, f"SQLite {version}.")
    words = (
        f"SQLite {version} has a bug (3.7.0 to 3.51.2) that can damage a WAL database which several programs write. "
        "This bot alone writes atelier.sqlite, and the queue that it shares with workers uses no WAL, so both are "
        "safe. Let no other program, such as Litestream or a backup tool, open atelier.sqlite while the bot runs."
    )
    return Finding("SQLite", State.NOTE, words)


def _worker(settings: Settings) -> Finding:
    if not settings.local:
        return Finding("local worker", State.OFF, "ATELIER_LOCAL is false: only hosted backends train and draw.")
    draws = f"{settings.checkpoint_sd15} and atelier-tiny" if settings.checkpoint_sd15 else "atelier-tiny"
    if not settings.worker:
        words = f"On, with {draws}. ATELIER_WORKER is false, so workers must be started by hand (make worker)."
        return Finding("local worker", State.WELL, words)
    if importlib.util.find_spec("torch") is None:
        words = "On, but torch is not installed: install atelier[local], or set ATELIER_WORKER=false."
        return Finding("local worker", State.WRONG, words)
    return Finding("local worker", State.WELL, f"On, with {draws}. The bot starts it.")


async def _hosted(
    provider: Provider[Any], settings: Settings, web: httpx.AsyncBaseTransport, seconds: float
) -> Finding:
    name, absent = provider.name, provider.missing(settings)
    note = f" {provider.note}" if provider.note else ""
    if absent:
        wanted = [f"ATELIER_{setting.upper()}" for setting in absent]
        is_begun = len(absent) < len(provider.needs)
        words = f"Off{', though some of it is set' if is_begun else ''}. Not set: {', '.join(wanted)}.{note}"
        return Finding(name, State.NOTE if is_begun else State.OFF, words, wanted)
    try:
        # The store is never opened, since a health check brings no files.
        store = ResultFiles(FileStore(settings.files), PicturePool())
        backend = provider.create(settings, context_of(settings, web, store))
        async with asyncio.timeout(seconds):
            return Finding(name, State.WELL, f"On. {await backend.health()}")
    except TimeoutError:
        words = f"On, but {provider.spoken} did not answer within {seconds:g} seconds.{note}"
    except BackendError as error:
        words = f"On, but it does not work now: {error.detail.removesuffix('.')}.{note}"
    except (AppError, ValueError, httpx.InvalidURL) as error:
        words = f"On, but its settings can't be used: {error}.{note}"
    except Exception as error:  # noqa: BLE001 - one backend's failure must not hide how the others are
        words = f"On, but looking at it failed: {type(error).__name__}.{note}"
    return Finding(name, State.WRONG, words)


def _safe(finding: Finding, settings: Settings) -> Finding:
    """Return a finding on one line, without secrets or parts of them.

    Providers' answers may repeat them.
    """
    parts = [part for secret in settings.secrets for part in (secret, *secret.split(":"))]
    hiding = RedactingFormatter("%(message)s", secrets=parts)
    words = one_line(hiding.format(logging.makeLogRecord({"msg": finding.words})))
    return Finding(finding.what, finding.state, words, finding.missing)


def _fields(finding: Finding) -> dict[str, object]:
    return {
        "what": finding.what,
        "state": finding.state.value,
        "words": finding.words,
        "missing": list(finding.missing),
    }


def _table(findings: Sequence[Finding]) -> Table:
    table = Table("what", "state", "what was found", box=None, padding=(0, 2, 0, 0))
    for finding in findings:
        table.add_row(finding.what, f"{ICONS[finding.state]} {finding.state}", escape(finding.words))
    return table
