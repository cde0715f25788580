"""Trigger words: the made-up word that calls up what a LoRA learned."""

import re
import unicodedata
from collections.abc import Collection

from domain.errors import InvalidInput

SHAPE = re.compile(r"[a-z][a-z0-9]{2,15}")
NOTHING_MADE = "No dataset was made yet."

# Words that a checkpoint knows already: a LoRA would fight their old meaning.
COMMON_WORDS = frozenset(
    "art artist baby bear beach bird black blue boat boy brown car cat character child city cloud "
    "concept cup dance dark day dog dragon draw drawing dress eye face fairy fire fish flower forest "
    "fox friend game ghost girl gold green grey hair hand happy hat head heart hero horse house ice "
    "king knight light lion little logo man mascot monster moon mountain mouse night object orange "
    "person photo picture pink portrait purple queen rabbit rainbow red robot rose sad sea ship sky "
    "small snow space star style sun sword tiger tree water white wolf woman wood yellow young".split()
)


def check(word: str, taken: Collection[str]) -> str:
    """Return the trigger word as it is kept, or raise `InvalidInput` with a suggestion."""
    clean = word.strip().lower()
    if not SHAPE.fullmatch(clean):
        raise InvalidInput(
            "A trigger word is 3 to 16 letters and digits, starting with a letter, without spaces. "
            f"How about `{suggest(word, taken)}`? {NOTHING_MADE}"
        )
    if clean in COMMON_WORDS:
        raise InvalidInput(
            f"`{clean}` is an everyday word that the checkpoint already draws in its own way. "
            f"A made-up word works better. How about `{suggest(clean, taken)}`? {NOTHING_MADE}"
        )
    if clean in taken:
        raise InvalidInput(
            f"`{clean}` is already the trigger word of another dataset on this server, or of one that was deleted in "
            "the last 24 hours and may come back; pictures would mix. "
            f"How about `{suggest(clean, taken)}`? {NOTHING_MADE}"
        )
    return clean


def suggest(name: str, taken: Collection[str]) -> str:
    """Return a free, made-up word that still sounds like `name`."""
    plain = unicodedata.normalize("NFKD", name.lower())
    letters = "".join(c for c in plain if "a" <= c <= "z")[:10]
    stem = letters if len(letters) >= 3 else f"{letters}zor"
    for ending in ("", "xo", "zu", "qi", "vu", "jax", *(f"z{n}" for n in range(2, 1000))):
        word = stem + ending
        if word not in COMMON_WORDS and word not in taken and SHAPE.fullmatch(word):
            return word
    return stem  # unreachable on a server with under a thousand datasets of one name
