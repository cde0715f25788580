"""The composition root and the command line of Atelier."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import discord
import typer
from pydantic import ValidationError

from bot.client import Client, Services
from bot.settings import Settings
from storage.database import DataFolderInUse, SchemaTooNew, open_database
from storage.files import FileStore

log = logging.getLogger(__name__)
app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

EX_USAGE, EX_CONFIG, EX_TEMPFAIL = 64, 78, 75  # sysexits(3); a supervisor restarts on none of these


@asynccontextmanager
async def atelier(settings: Settings) -> AsyncIterator[Client]:
    """Open everything that Atelier needs, in order, and close it in reverse."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.database))
        files = FileStore(settings.files)
        log.debug("data folder %s open: %s %s", settings.data_dir, database, files)
        client = Client(Services(), data_dir=settings.data_dir, guild_ready_timeout=settings.guild_ready_timeout)
        yield await stack.enter_async_context(client)


async def serve(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT."""
    async with atelier(settings) as client:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, lambda: loop.create_task(client.close()))
        await client.start(settings.discord_token.get_secret_value())


@app.command()
def run() -> None:
    """Run the bot (needs ATELIER_DISCORD_TOKEN)."""
    try:
        settings = Settings()
    except ValidationError as error:
        missing = ", ".join(f"ATELIER_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        typer.echo(f"Atelier can't start: {missing}. See .env.example.", err=True)
        raise typer.Exit(EX_CONFIG) from None
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs whole URLs, signatures and all
    try:
        asyncio.run(serve(settings))
    except (DataFolderInUse, SchemaTooNew) as error:
        typer.echo(f"Atelier can't start: {error}.", err=True)
        raise typer.Exit(EX_TEMPFAIL) from None
    except discord.LoginFailure:
        typer.echo("Atelier can't start: Discord refuses ATELIER_DISCORD_TOKEN.", err=True)
        raise typer.Exit(EX_CONFIG) from None


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
