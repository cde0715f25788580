"""Captions of training images, and find and replace in all of them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from domain.datasets.dataset import Kind, TrainingImage
from domain.datasets.errors import WordsMissing
from domain.datasets.trigger_words import has_word
from domain.text import caption as checked


@dataclass(frozen=True, slots=True)
class Replacement:
    """One caption before and after a bulk replace."""

    image: TrainingImage
    after: str


def training_caption(caption: str, *, trigger_word: str, kind: Kind) -> str:
    """Return the caption that is trained on, which always holds the trigger word."""
    if has_word(caption, trigger_word):
        return caption
    if caption:
        return f"{trigger_word}, {caption}"
    return f"a picture in {trigger_word} style" if kind is Kind.STYLE else f"a picture of {trigger_word}"


def replace_all(images: Sequence[TrainingImage], find: str, put: str) -> tuple[Replacement, ...]:
    """Return the captions that a replace would change, or raise `WordsMissing` when `find` is empty."""
    if not find.strip():
        raise WordsMissing
    changed = (Replacement(i, checked(i.caption.replace(find, put))) for i in images if find in i.caption)
    return tuple(r for r in changed if r.after != r.image.caption)


def fingerprint(changes: Sequence[Replacement]) -> str:
    """Return a mark that changes with any of the captions that a replace would change."""
    before = [[change.image.id, change.image.caption] for change in changes]
    return hashlib.sha256(json.dumps(before).encode()).hexdigest()
