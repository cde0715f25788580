"""Use cases of datasets and their pictures."""
