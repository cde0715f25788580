"""Drawings and their recipes."""
