"""Numbered SQL files, applied in order through `PRAGMA user_version`."""
