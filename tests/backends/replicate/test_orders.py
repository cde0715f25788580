"""What is ordered at Replicate, within what it takes."""

from pydantic import JsonValue

from backends.replicate.orders import accepted


def test_a_schema_tells_the_inputs_or_nothing() -> None:
    properties: JsonValue = {"steps": {"type": "integer"}}

    assert accepted({"components": {"schemas": {"TrainingInput": {"properties": properties}}}}) == frozenset(
        {"steps"}
    )
    assert accepted({"components": {"schemas": {"Input": {"properties": properties}}}}) is None
    assert accepted({"components": []}) is None
    assert accepted({}) is None
