"""Use cases of trainings."""
