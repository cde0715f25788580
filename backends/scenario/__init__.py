"""Scenario as a backend: `backend.py` has the class, the other files what it needs."""

from backends.scenario.backend import ScenarioBackend, create

__all__ = ["ScenarioBackend", "create"]
