"""Use cases of models."""
