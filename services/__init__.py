"""The use cases: load, decide, act, save."""
