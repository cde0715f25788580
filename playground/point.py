"""Start a program with discord.py pointed at a playground (python -m playground.point -- MODULE ARGUMENT …)."""

import os
import runpy
import sys
from collections.abc import Mapping, Sequence

import discord
import yarl


def point(environment: Mapping[str, str]) -> None:
    """Give discord.py the addresses in PLAYGROUND_API and PLAYGROUND_GATEWAY, KeyError when one is missing."""
    discord.http.Route.BASE = environment["PLAYGROUND_API"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(environment["PLAYGROUND_GATEWAY"])


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a module as if it had been started by itself, with the rest of the arguments."""
    words = list(arguments[1:] if arguments[:1] == ["--"] else arguments)
    if not words:
        sys.exit("usage: python -m playground.point -- MODULE [ARGUMENT …]")
    point(environment)
    sys.argv = words
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)
