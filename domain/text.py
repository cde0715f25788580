"""Members' text made safe to show and to use as a name."""

import unicodedata
from dataclasses import dataclass

from domain.errors import InvalidInput

NAME_LONGEST = 40  # characters; fits a select option and a card's first line
PROMPT_LONGEST = 1_000  # characters; longer than any text encoder of today reads
CAPTION_LONGEST = 400  # characters


@dataclass(eq=False)
class NameMissing(InvalidInput):
    """A name of `what`, such as a `dataset`, holds no letter."""

    what: str


@dataclass(eq=False)
class NameTooLong(InvalidInput):
    """A name has more than `NAME_LONGEST` characters."""

    length: int


class PromptMissing(InvalidInput):
    """A prompt is empty."""


@dataclass(eq=False)
class PromptTooLong(InvalidInput):
    """A prompt has more than `PROMPT_LONGEST` characters."""

    length: int


@dataclass(eq=False)
class CaptionTooLong(InvalidInput):
    """A caption has more than `CAPTION_LONGEST` characters."""

    length: int


def one_line(text: str) -> str:
    """Return `text` normalised (NFKC) on one line, without control, format or bidi characters."""
    normal = unicodedata.normalize("NFKC", text)
    kept = (" " if c.isspace() else c for c in normal if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join("".join(kept).split())


def shown(text: str, *, longest: int = 200) -> str:
    """Return `text` in a code span, in which Discord reads no mention, link or markdown."""
    clean = one_line(text).replace("`", "\u02cb")
    short = clean if len(clean) <= longest else clean[: longest - 1] + "…"
    return f"`{short or ' '}`"


def name(text: str, *, what: str) -> str:
    """Return a name that can be kept for `what`, such as a `dataset`, or raise `NameMissing` or `NameTooLong`."""
    clean = one_line(text)
    if not clean:
        raise NameMissing(what)
    if len(clean) > NAME_LONGEST:
        raise NameTooLong(len(clean))
    return clean


def prompt(text: str) -> str:
    """Return a prompt on one line, or raise `PromptMissing` or `PromptTooLong`."""
    clean = one_line(text)
    if not clean:
        raise PromptMissing
    if len(clean) > PROMPT_LONGEST:
        raise PromptTooLong(len(clean))
    return clean


def caption(text: str) -> str:
    """Return a caption on one line, which may be empty, or raise `CaptionTooLong`."""
    clean = one_line(text)
    if len(clean) > CAPTION_LONGEST:
        raise CaptionTooLong(len(clean))
    return clean
