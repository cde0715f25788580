"""Rows and files that are not needed any more, and work that no row knows."""
