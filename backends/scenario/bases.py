"""Finding those base models of Scenario whose ids are not public knowledge, among the public models it lists."""

from collections.abc import Mapping

from backends.scenario.api import ScenarioApi
from backends.scenario.types import BASES, HINTS, draws_with, undiscovered


async def discover(api: ScenarioApi) -> Mapping[str, str]:
    """Return the base model of each checkpoint: the known ones, and those that say they take its LoRAs."""
    found = dict(BASES)
    async for row in api.models(privacy="public", type="custom"):
        words = f"{row.id} {row.name or ''}".lower()
        missing = [t for t in undiscovered() if t.checkpoint not in found and HINTS.get(t.family, "") in words]
        if missing:
            inputs = (await api.model(row.id)).inputs or ()  # a list has no inputs
            found |= {t.checkpoint: row.id for t in missing if draws_with(inputs, t.checkpoint)}
    return found
