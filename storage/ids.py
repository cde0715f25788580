"""Ids that cannot be guessed."""

import secrets


def new_id() -> str:
    """Return a new id of 128 random bits, as 32 hexadecimal digits."""
    return secrets.token_hex(16)
