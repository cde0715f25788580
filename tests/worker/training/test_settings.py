"""The presets of the families."""

import pytest

from domain.errors import TrainingError
from worker.training.settings import settings_for


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TrainingError, match="preset unknown"):
        settings_for("tiny", "ultra")
