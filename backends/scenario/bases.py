"""Finding those base models of Scenario whose ids are not public knowledge, among the public models it lists."""

import logging
from collections.abc import Mapping

from backends.scenario.api import ScenarioApi
from backends.scenario.settings import NAME
from backends.scenario.types import BASES, HINTS, draws_with, undiscovered
from domain.errors import BackendError

log = logging.getLogger(__name__)


async def discover(api: ScenarioApi, known: Mapping[str, str] = BASES) -> Mapping[str, str]:
    """Return the base model of each checkpoint.

    The public ones, and those that say they take its LoRAs.

    A listed model that can't be read is passed over, since any stranger's may be closed or gone; of what was `known`
    before, only what the list does not hold any more is forgotten.
    """
    found = dict(BASES)
    async for row in api.models(privacy="public", type="custom"):
        words = f"{row.id} {row.name or ''}".lower()
        missing = [t for t in undiscovered() if t.checkpoint not in found and HINTS.get(t.family, "") in words]
        if not missing:
            continue
        try:
            inputs = (await api.model(row.id)).inputs or ()  # a list has no inputs
        except BackendError as error:
            log.info("backend=%s model=%s is passed over: %s", NAME, row.id, error.detail)
            found |= {t.checkpoint: row.id for t in missing if known.get(t.checkpoint) == row.id}
        else:
            found |= {t.checkpoint: row.id for t in missing if draws_with(inputs, t.checkpoint)}
    return found
