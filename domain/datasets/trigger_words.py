"""Trigger words, the made-up words that call up what a LoRA learned."""

import re
import unicodedata
from collections.abc import Collection

from domain.datasets.errors import TriggerWordRefused, WordFault

SHAPE = re.compile(r"[a-z][a-z0-9]{2,15}")

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
    """Return the trigger word as it is kept, or raise `TriggerWordRefused`."""
    clean = word.strip().lower()
    if not SHAPE.fullmatch(clean):
        fault = WordFault.SHAPE
    elif clean in COMMON_WORDS:
        fault = WordFault.COMMON
    elif clean in taken:
        fault = WordFault.TAKEN
    else:
        return clean
    raise TriggerWordRefused(fault, clean, suggest(word, taken))


def has_word(text: str, word: str) -> bool:
    """Say whether a word stands in a text, in small or capital letters, between spaces or punctuation.

    An underscore is punctuation here. A letter with an accent is another letter, in one character or in two.
    """
    plain = unicodedata.normalize("NFC", text)
    return re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", plain, re.IGNORECASE) is not None


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
