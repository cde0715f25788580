"""README's table of backends is what their abilities say."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from backends import fal, krea, novita, octoai, replicate, scenario
from backends.base import Abilities, Backend
from backends.http import transport
from bot.hosted import HOSTED
from domain.money.prices import PriceList
from domain.training.settings import Knobs
from tests.backends.case import MemoryArrivals

ROOT = Path(__file__).parent.parent
TITLES = {
    "novita": "Novita",
    "scenario": "Scenario",
    "octoai": "OctoAI-compatible server",
    "replicate": "Replicate",
    "fal": "fal",
    "krea": "Krea",
}


def backends() -> Mapping[str, Backend]:
    web, kept, prices = transport(), MemoryArrivals(), PriceList()
    made: tuple[Backend, ...] = (
        novita.create(web, kept, api_key="k", prices=prices),
        scenario.create(web, kept, key="k", secret="s", prices=prices),  # noqa: S106 - no secret
        octoai.create(web, kept, token="t", base_url="http://a", image_url="http://b", prices=prices),  # noqa: S106
        replicate.create(web, kept, token="t", prices=prices),  # noqa: S106 - no secret
        fal.create(web, kept, key="i:s", prices=prices),
        krea.create(web, kept, key="k", prices=prices),
    )
    return {backend.name: backend for backend in made}


def rows() -> dict[str, list[str]]:
    table = re.findall(r"^\| (.+) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {cells[0]: cells for cells in (line.split(" | ") for line in table) if len(cells) == 9}


def settable(abilities: Abilities) -> str:
    """Return what can be set at any of the checkpoints, in the table's words and order."""
    knobs = [checkpoint.knobs for checkpoint in abilities.checkpoints]
    words: dict[str, Sequence[object]] = {
        "way": [knob.methods for knob in knobs],
        "steps": [knob.steps for knob in knobs],
        "rate": [knob.learning_rate for knob in knobs],
        "rank": [knob.rank for knob in knobs],
        "size": [knob.resolution for knob in knobs],
        "seed": [knob.seed for knob in knobs],
    }
    assert {*words} == {"way", "steps", "rate", "rank", "size", "seed"}
    assert len(Knobs.__dataclass_fields__) == 8
    return ", ".join(word for word, found in words.items() if any(found))


def yes(is_so: bool) -> str:  # noqa: FBT001 - a cell of the table
    return "yes" if is_so else "no"


def test_every_hosted_backend_has_a_row() -> None:
    assert set(HOSTED) == set(TITLES)
    assert set(TITLES.values()) <= set(rows())


@pytest.mark.parametrize("name", TITLES)
def test_a_row_says_what_the_backend_can(name: str) -> None:
    abilities = backends()[name].abilities
    _, _, settings, captions, stop, file, _, find, pictures = rows()[TITLES[name]]

    assert settings == settable(abilities)
    assert (captions, stop, file, find) == (
        yes(abilities.captions),
        yes(abilities.cancel),
        yes(abilities.gives_weights),
        yes(abilities.find),
    )
    assert pictures == f"{abilities.fewest_images}–{abilities.most_images}"
