"""Plays the main job for real, and writes what the channel looked like (`make demo`)."""

import asyncio
import shutil
import sys
import time
from pathlib import Path

from rich.console import Console

from demo.narration import Narrator
from demo.stage import NotShownError, Stage, stage
from demo.story import Story
from playground import Unseen
from playground.transcript import transcript

TRANSCRIPT = Path(__file__).parent / "transcript.html"
KEPT_LOG = Path(__file__).parent / "bot.log"
ABOUT = (
    "Everything here is real: a Discord on loopback, the bot as a process of its own, a worker that trains a LoRA, "
    "and the pictures that it draws. No account, no key, no GPU, no network."
)


async def play(console: Console) -> bool:
    """Play the story and return whether every step happened."""
    narrator = Narrator(console)
    narrator.title("Atelier", ABOUT)
    began = time.monotonic()
    async with stage() as set_up:
        try:
            await Story(set_up, narrator).play()
        except (NotShownError, Unseen, TimeoutError, RuntimeError) as error:
            _keep(set_up)
            narrator.failed(f"{error}\n\nThe bot's log is in {KEPT_LOG}; what the channel showed, in {TRANSCRIPT}.")
            return False
        _write(set_up)
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    narrator.title("Done", f"Every step happened, in {minutes} min {seconds:02} s. The channel: {TRANSCRIPT}")
    return True


def main() -> None:
    """Run the demo and exit 0 only when every step happened."""
    sys.exit(0 if asyncio.run(play(Console())) else 1)


def _write(set_up: Stage) -> None:
    TRANSCRIPT.write_text(transcript(set_up.channel, title="Atelier: a mascot in six minutes"), encoding="utf-8")


def _keep(set_up: Stage) -> None:
    _write(set_up)
    if set_up.log.exists():
        shutil.copyfile(set_up.log, KEPT_LOG)


if __name__ == "__main__":
    main()
