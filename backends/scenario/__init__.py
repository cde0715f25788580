"""Scenario as a backend."""

from backends.provider import Provider
from backends.scenario.backend import ScenarioBackend, create
from backends.scenario.settings import NAME, ScenarioSettings

PROVIDER = Provider(NAME, "Scenario", ScenarioSettings, create)
__all__ = ["PROVIDER", "ScenarioBackend", "ScenarioSettings", "create"]
