"""The tree of errors."""

import inspect
import re

from domain import errors
from domain.errors import AppError, UserError
from domain.money.charges import NOTHING


def test_the_tree_in_the_docstring_names_every_error() -> None:
    drawn = re.findall(r"[├└]─ (\w+)", errors.__doc__ or "")
    defined = [name for name, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, AppError)]

    assert sorted([*drawn, "AppError"]) == sorted(defined)


def test_only_a_refusal_knows_by_itself_that_nothing_was_charged() -> None:
    assert UserError.charge == NOTHING
    assert AppError.charge is None
