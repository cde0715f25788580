"""Every fact that an order can have has words."""

import string
from collections import defaultdict

import pytest

from bot.interactions.backend_words import SPECIAL
from bot.interactions.fact_words import SENTENCES, words
from domain.orders.facts import Fact, FactKind, fact

OF_THE_COMMAND_LINE = {
    FactKind.PRESET_UNKNOWN,
    FactKind.FOLDER_MISSING,
    FactKind.FOLDER_EMPTY,
    FactKind.CAPTION_UNREADABLE,
}


# Those that the words of a training or of a drawing are for.
OF_ONE_FEATURE = {
    FactKind.NOT_REACHED,
    FactKind.NOT_ACCEPTED,
    FactKind.NEVER_ANSWERED,
    FactKind.LOST_TOO_OFTEN,
    FactKind.UNKNOWN_THERE,
    FactKind.LOST_AND_REFUSED,
    FactKind.RESULT_DAMAGED,
    FactKind.NO_RESULT,
    FactKind.PICTURES_MISSING,
}


@pytest.mark.parametrize(
    "kind", sorted(set(FactKind) - OF_THE_COMMAND_LINE - OF_ONE_FEATURE - set(SPECIAL) - {FactKind.WORDS})
)
def test_every_fact_that_an_order_can_have_has_words(kind: FactKind) -> None:
    names = [name for _, name, _, _ in string.Formatter().parse(SENTENCES[kind]) if name]

    assert words(Fact(kind, defaultdict(str, {name: name for name in names})))


def test_a_fact_is_worded_with_its_values() -> None:
    assert words(fact(FactKind.ENCODING, done=2, of=9)) == "looking at your pictures (2 of 9)"
    assert words(fact(FactKind.WORDS, said="As it was.")) == "As it was."
    assert words(None) == ""
