"""Takes the README's picture of a channel from the demo's transcript.

Run it after `make demo`, with Chromium installed: `.venv/bin/python docs/picture.py`.
"""

import html
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

ROOT = Path(__file__).parents[1]
TRANSCRIPT, PICTURE = ROOT / "demo" / "transcript.html", ROOT / "docs" / "channel.png"
FIRST, LAST = "more of Zorbo", "drawn with Zorbo"  # words of the first and the last message to show
PRIVATE = '<article class="secret"'  # what only one member saw
WIDTH, HEIGHT = 900, 4_000  # pixels of the browser's window, before the empty part is cut off
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--hide-scrollbars",
)


def excerpt(page: str) -> str:
    """Return the page with the messages from the first to the last one to show."""
    start, end = page.index("<main>") + len("<main>"), page.index("</main>")
    everything = re.split(r"(?=<article)", page[start:end])[1:]
    messages = [message for message in everything if not message.startswith(PRIVATE)]
    words = [html.unescape(re.sub(r"<[^>]+>", "", message)) for message in messages]
    first = next(number for number, said in enumerate(words) if FIRST in said)
    last = next(number for number, said in enumerate(words) if number > first and LAST in said)
    return page[:start] + "".join(messages[first : last + 1]) + page[end:]


def without_empty_part(picture: Image.Image) -> Image.Image:
    """Return the picture without the rows below that hold only the background."""
    background = Image.new(picture.mode, picture.size, picture.getpixel((picture.width - 1, picture.height - 1)))
    box = ImageChops.difference(picture, background).getbbox()
    return picture.crop((0, 0, picture.width, min(picture.height, (box[3] if box else 0) + 24)))


def main() -> int:
    """Write the picture and return 0, or say what is missing and return 1."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None or not TRANSCRIPT.is_file():
        sys.stderr.write("This needs Chromium, and demo/transcript.html, which `make demo` writes.\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        page, shot = Path(folder, "page.html"), Path(folder, "shot.png")
        page.write_text(excerpt(TRANSCRIPT.read_text(encoding="utf-8")), encoding="utf-8")
        files = (f"--user-data-dir={folder}/profile", f"--screenshot={shot}", f"--window-size={WIDTH},{HEIGHT}")
        subprocess.run([browser, *OPTIONS, *files, page.as_uri()], check=True, capture_output=True, timeout=120)  # noqa: S603 - a browser from PATH, our own page
        without_empty_part(Image.open(shot).convert("RGB")).quantize(256).save(PICTURE, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
