"""The model families that the worker trains and draws with."""
