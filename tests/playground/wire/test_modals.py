"""What Discord refuses in forms."""

from typing import Any

import discord as library
import pytest

from playground import Channel, Member
from tests.playground.obedient_bot import ObedientBot, raw_answer, refusal


@pytest.mark.parametrize(
    "change",
    [
        {"title": "x" * 46},
        {"title": ""},
        {"custom_id": "x" * 101},
        {"components": []},
        {"components": [{"type": 10, "content": "x"}] * 6},
        {"components": [{"type": 18, "label": "x" * 46, "component": {"type": 4, "style": 1, "custom_id": "a"}}]},
        {"components": [{"type": 18, "label": "x", "component": {"type": 19, "custom_id": "a", "max_values": 11}}]},
        {"components": [{"type": 19, "custom_id": "a"}]},
        {"components": [{"type": 18, "label": "x", "component": {"type": 4, "style": 1, "custom_id": "a"}}] * 2},
    ],
)
async def test_a_modal_beyond_the_limits_is_refused(
    obedient: ObedientBot, channel: Channel, ana: Member, change: dict[str, Any]
) -> None:
    label = {"type": 18, "label": "x", "component": {"type": 19, "custom_id": "a", "max_values": 10}}
    good: dict[str, Any] = {"title": "Fine", "custom_id": "x", "components": [label]}
    refused = []

    async def act(interaction: library.Interaction) -> None:
        refused.append(await refusal(raw_answer(interaction, 9, **{**good, **change})))
        await raw_answer(interaction, 9, **good)

    obedient.act = act
    reply = await ana.command(channel, "silent")

    assert refused == [(400, 50035)]
    assert reply.modal
    assert reply.modal.title == "Fine"
