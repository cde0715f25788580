"""Each error that a member can cause is worded by some feature."""

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from enum import StrEnum
from itertools import product
from typing import Any, get_args, get_type_hints

import pytest

import domain
import services
import storage
from domain.datasets.pictures import RefusedPicture
from domain.datasets.refusals import Refusal
from domain.errors import OrderRefused, UserError
from storage.training.tasks import TooManyOpen
from tests.cogs.running_bot import Bot

SAMPLES: dict[type, list[Any]] = {
    int: [3],
    float: [0.5],
    str: ["Robo"],
    bool: [True, False],
    type(None): [None],
    RefusedPicture: [RefusedPicture(reason) for reason in Refusal],
}
WORDED_BY_ITSELF = {TooManyOpen}


def errors() -> Iterator[type[UserError]]:
    for package in (domain, services, storage):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    yield from _leaves(UserError)


def _leaves(error: type[UserError]) -> Iterator[type[UserError]]:
    for below in error.__subclasses__():
        if below.__module__.partition(".")[0] == "tests":
            continue
        if below.__subclasses__():
            yield from _leaves(below)
        elif below not in WORDED_BY_ITSELF:
            yield below


def _samples(kind: Any) -> list[Any]:  # noqa: ANN401 - whatever a field's annotation is
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return list(kind)
    return SAMPLES[kind] if kind in SAMPLES else [value for each in get_args(kind) for value in _samples(each)]


def _made(error: type[UserError]) -> Iterator[UserError]:
    if not dataclasses.is_dataclass(error):
        yield error()
        return
    hints = get_type_hints(error)
    for values in product(*(_samples(hints[field.name]) for field in dataclasses.fields(error))):
        yield error(*values)


@pytest.mark.parametrize("for_moderator", [False, True])
async def test_each_error_has_words(bot: Bot, *, for_moderator: bool) -> None:
    every = [made for error in errors() for made in _made(error)]
    for each in every:
        if isinstance(each, OrderRefused):
            each.for_moderator = for_moderator
    words = {repr(each): bot.client.explanations.words(each) for each in every}

    assert len(words) > 50
    unworded = [repr(each) for each in every if words[repr(each)] == str(each)]
    assert unworded == []
