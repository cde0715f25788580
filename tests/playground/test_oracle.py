"""The checks against Discord's schemas notice what is wrong."""

import pytest

from playground import Dispatched, Exchange, Received
from tests import oracle

pytestmark = pytest.mark.skipif(not oracle.is_there(), reason=oracle.MISSING)

MESSAGES = "/channels/{channel_id}/messages"


def exchange(**changes: object) -> Exchange:
    error = {"code": 10003, "message": "Unknown Channel"}
    values = {
        "method": "POST",
        "route": MESSAGES,
        "path": "/channels/1/messages",
        "query": {},
        "request": {"content": "x"},
        "status": 404,
        "response": error,
        **changes,
    }
    return Exchange(**values)  # type: ignore[arg-type] # the values are mixed on purpose


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (exchange(), None),
        (exchange(request={"content": 5}), "request: $.content"),
        (exchange(request={"attachments": [{"id": 0, "filename": "a.png"}]}), None),
        (exchange(response={"message": "no code"}), "answer 404: $"),
        (exchange(status=200, response={"id": "1"}), "answer 200: $"),
        (exchange(route="/nowhere", path="/nowhere"), "Discord has no such route"),
        (exchange(method="PUT"), "does not know this method"),
        (exchange(status=500, response=None), None),
        (Dispatched("MESSAGE_DELETE", {"id": "1", "channel_id": "2"}), None),
        (Dispatched("MESSAGE_DELETE", {"id": 1, "channel_id": "2"}), "MESSAGE_DELETE: $.id"),
        (Dispatched("INTERACTION_CREATE", {"id": "1"}), "INTERACTION_CREATE: $"),
        (Dispatched("UNHEARD_OF", {}), None),
        (Received(2, {"token": "x"}), "IDENTIFY: $"),
        (Received(1, None), None),
    ],
)
def test_a_violation_is_found_and_named(seen: object, expected: str | None) -> None:
    found = oracle.oracle().check(seen)

    if expected is None:
        assert found == []
    else:
        assert any(expected in line for line in found), found
