"""What Discord refuses in command definitions."""

from typing import Any

import pytest

from tests.playground.obedient_bot import ObedientBot, refusal


@pytest.mark.parametrize(
    "definition",
    [
        {"name": "Upper", "description": "x"},
        {"name": "x" * 33, "description": "x"},
        {"name": "fine", "description": ""},
        {"name": "fine", "description": "x" * 101},
        {
            "name": "fine",
            "description": "x",
            "options": [{"type": 3, "name": f"o{i}", "description": "x"} for i in range(26)],
        },
        {"name": "fine", "description": "x", "options": [{"type": 3, "name": "same", "description": "x"}] * 2},
        {
            "name": "fine",
            "description": "x",
            "options": [
                {"type": 3, "name": "a", "description": "x"},
                {"type": 3, "name": "b", "description": "x", "required": True},
            ],
        },
        {
            "name": "fine",
            "description": "x",
            "options": [
                {
                    "type": 3,
                    "name": "a",
                    "description": "x",
                    "autocomplete": True,
                    "choices": [{"name": "a", "value": "a"}],
                }
            ],
        },
    ],
)
async def test_a_command_beyond_the_limits_is_refused(obedient: ObedientBot, definition: dict[str, Any]) -> None:
    assert obedient.application_id
    before = len(obedient.tree.get_commands())

    assert await refusal(
        obedient.http.bulk_upsert_global_commands(obedient.application_id, [{"type": 1, **definition}])
    ) == (
        400,
        50035,
    )
    assert before
