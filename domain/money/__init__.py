"""Limits, prices and charges."""
