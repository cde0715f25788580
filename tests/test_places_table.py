"""README's table of backends is what their abilities say."""

import importlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from backends.base import Abilities, Backend
from backends.provider import Context
from backends.registry import HOSTED
from backends.wire import transport
from domain.training.settings import AllowedSettings
from tests.backends.case import MemoryResults

ROOT = Path(__file__).parent.parent
TITLES = {name: provider.spoken.removeprefix("the ") for name, provider in HOSTED.items()}


CASES = [importlib.import_module(f"tests.backends.cases.{name}").CASES[0] for name in HOSTED]
GIVES_FILE = {case.standin.name for case in CASES if case.gives_file}


def backends() -> Mapping[str, Backend]:
    context = Context(transport=transport(), store=MemoryResults())
    values = {name: "http://a" for provider in HOSTED.values() for name in provider.needs}
    return {
        name: provider.create(provider.settings(_env_file=None, **values), context)
        for name, provider in HOSTED.items()
    }


def rows() -> dict[str, list[str]]:
    table = re.findall(r"^\| (.+) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {cells[0]: cells for cells in (line.split(" | ") for line in table) if len(cells) == 9}


def settable(abilities: Abilities) -> str:
    """Return what can be set at any of the checkpoints, in the table's words and order."""
    allowed = [checkpoint.allowed for checkpoint in abilities.checkpoints]
    words: dict[str, Sequence[object]] = {
        "way": [each.methods for each in allowed],
        "steps": [each.steps for each in allowed],
        "rate": [each.learning_rate for each in allowed],
        "rank": [each.rank for each in allowed],
        "size": [each.resolution for each in allowed],
        "seed": [each.seed for each in allowed],
    }
    assert {*words} == {"way", "steps", "rate", "rank", "size", "seed"}
    assert len(AllowedSettings.__dataclass_fields__) == 8
    return ", ".join(word for word, found in words.items() if any(found))


def yes(is_so: bool) -> str:  # noqa: FBT001 - a cell of the table
    return "yes" if is_so else "no"


def test_every_hosted_backend_has_a_row() -> None:
    assert set(TITLES.values()) <= set(rows())


@pytest.mark.parametrize("name", TITLES)
def test_a_row_says_what_the_backend_can(name: str) -> None:
    abilities = backends()[name].abilities
    _, _, settings, captions, stop, file, _, find, pictures = rows()[TITLES[name]]

    assert settings == settable(abilities)
    assert (captions, stop, file, find) == (
        yes(abilities.captions),
        yes(abilities.cancel),
        yes(name in GIVES_FILE),
        yes(abilities.find),
    )
    assert pictures == f"{abilities.fewest_images}–{abilities.most_images}"
