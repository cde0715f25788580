"""The use cases, which load, decide, act and save."""
