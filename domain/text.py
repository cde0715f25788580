"""Members' text made safe to show and to use as a name."""

import unicodedata

from domain.errors import InvalidInput

NAME_LONGEST = 40  # characters; fits a select option and a card's first line
PROMPT_LONGEST = 1_000  # characters; longer than any text encoder of today reads
CAPTION_LONGEST = 400  # characters


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
    """Return a name that can be kept, or raise `InvalidInput`."""
    clean = one_line(text)
    if not clean:
        raise InvalidInput(f"A {what} needs a name with at least one letter. Please give it one. Nothing was made.")
    if len(clean) > NAME_LONGEST:
        raise InvalidInput(
            f"That name has {len(clean)} characters; please keep it to {NAME_LONGEST}. Nothing was made."
        )
    return clean


def prompt(text: str) -> str:
    """Return a prompt on one line, or raise `InvalidInput` when it is empty or too long."""
    clean = one_line(text)
    if not clean:
        raise InvalidInput("The prompt is empty. Write what the picture should show. Nothing was drawn.")
    if len(clean) > PROMPT_LONGEST:
        raise InvalidInput(
            f"The prompt has {len(clean):,} characters; I can read {PROMPT_LONGEST:,}. "
            "Please shorten it. Nothing was drawn."
        )
    return clean


def caption(text: str) -> str:
    """Return a caption on one line (may be empty), or raise `InvalidInput` when it is too long."""
    clean = one_line(text)
    if len(clean) > CAPTION_LONGEST:
        raise InvalidInput(
            f"That caption has {len(clean)} characters; please keep it to {CAPTION_LONGEST}. "
            "The old caption is unchanged."
        )
    return clean
