"""README's table of backends is what their abilities say."""

import importlib
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from backends.base import Backend
from backends.provider import Context
from backends.registry import HOSTED
from backends.wire import transport
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
    return {cells[0]: cells for cells in (line.split(" | ") for line in table) if len(cells) == 6}


def yes(is_so: bool) -> str:  # noqa: FBT001 - a cell of the table
    return "yes" if is_so else "no"


def test_every_hosted_backend_has_a_row() -> None:
    assert set(TITLES.values()) <= set(rows())


@pytest.mark.parametrize("name", TITLES)
def test_a_row_says_what_the_backend_can(name: str) -> None:
    abilities = backends()[name].abilities
    _, _, pictures, stop, file, _ = rows()[TITLES[name]]

    assert (stop, file) == (yes(abilities.cancel), yes(name in GIVES_FILE))
    assert pictures == f"{abilities.fewest_images}–{abilities.most_images}"


def test_the_document_names_those_that_can_not_be_asked_after_a_crash() -> None:
    mute = [TITLES[name] for name, backend in backends().items() if not backend.abilities.find]

    assert f"{' and '.join(mute)} can't be asked." in (ROOT / "README.md").read_text(encoding="utf-8")
