"""Datasets, their pictures, captions and trigger words."""
