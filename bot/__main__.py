"""The command line of Atelier."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import discord
import typer
from pydantic import ValidationError

from bot.background.worker_process import ALLOCATOR, serve_command
from bot.cli import doctor as doctor_command
from bot.cli import picture as picture_command
from bot.cli.doctor import DoctorSettings
from bot.composition import serve
from bot.redaction import RedactingFormatter
from bot.settings import Settings, SharedSettings
from storage.database import DataFolderInUse, SchemaTooNew

S = TypeVar("S", bound=SharedSettings)

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Atelier, a Discord bot that trains and draws.")

LOG_FORM = "%(asctime)s %(levelname)s %(name)s %(message)s"
EX_CONFIG, EX_TEMPFAIL = 78, 75  # sysexits(3); a supervisor restarts on neither


@app.command()
def run() -> None:
    """Run the bot (needs ATELIER_DISCORD_TOKEN)."""
    settings = _settings(Settings)
    _log(settings)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs, signatures and all
    try:
        asyncio.run(serve(settings))
    except (DataFolderInUse, SchemaTooNew) as error:
        _refuse(str(error), EX_TEMPFAIL)
    except discord.LoginFailure:
        _refuse("Discord refuses ATELIER_DISCORD_TOKEN. Copy it again from discord.com/developers", EX_CONFIG)
    except discord.PrivilegedIntentsRequired:
        _refuse("Discord refuses this bot's intents", EX_CONFIG)


@app.command()
def worker(
    data_dir: Annotated[Path | None, typer.Option(help="The bot's data folder, when not the one of .env.")] = None,
    name: str = "",
) -> None:
    """Run one more worker beside the bot that uses this data folder."""
    shared = _settings(SharedSettings)
    arguments = serve_command(data_dir or shared.data_dir, name, with_parent=False)
    environment = {**ALLOCATOR, **os.environ, **shared.places}
    os.execve(arguments[0], arguments, environment)  # noqa: S606 - this very Python with fixed words and a folder


@app.command()
def demo() -> None:
    """Play the main job on this machine, without a Discord account, a key or a GPU."""
    from demo.__main__ import main as play

    play()


@app.command()
def picture(
    files: Annotated[list[Path], typer.Argument(help="The pictures to look at.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show whether intake accepts picture files, and why it refuses the others."""
    sys.exit(picture_command.picture(files, as_json=as_json))


@app.command()
def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say whether everything that is switched on is well, without spending."""
    settings = _settings(DoctorSettings)
    logging.basicConfig(handlers=[logging.NullHandler()])  # the table has it all
    sys.exit(doctor_command.doctor(settings, as_json=as_json))


def _log(settings: Settings) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(LOG_FORM, secrets=settings.secrets))
    logging.basicConfig(level=settings.log_level, handlers=[handler])


def _settings(kind: Callable[[], S]) -> S:
    try:
        return kind()
    except ValidationError as error:
        wrong = ", ".join(f"ATELIER_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        _refuse(f"{wrong}. See .env.example", EX_CONFIG)


def _refuse(why: str, code: int) -> NoReturn:
    typer.echo(f"Atelier can't start: {why}.", err=True)
    raise typer.Exit(code)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
