"""Checks everything that passes a playground against Discord's own schemas."""
