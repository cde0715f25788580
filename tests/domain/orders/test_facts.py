"""Facts as rows keep them."""

from domain.orders.facts import Fact, FactKind, because, fact, from_json, to_json

KNOWN = fact(FactKind.TOO_LARGE, backend="fal", megabytes=120, most=100)


def test_a_fact_comes_back_from_its_row_with_its_cause() -> None:
    caused = because(fact(FactKind.NOT_ACCEPTED, backend="fal"), KNOWN)

    assert from_json(to_json(KNOWN)) == KNOWN
    assert from_json(to_json(caused)) == Fact(FactKind.NOT_ACCEPTED, {"backend": "fal"}, KNOWN)


def test_a_kind_that_is_not_known_is_shown_by_its_name() -> None:
    assert from_json({"kind": "eaten by a whale", "size": 3}) == fact(FactKind.WORDS, said="eaten by a whale")
