"""Slash commands and message actions, one command group per file."""
