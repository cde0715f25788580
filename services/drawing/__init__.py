"""Use cases of drawings."""
