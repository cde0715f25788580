"""What a member cannot do."""


class CannotDo(Exception):
    """Discord's own client would not let the member do this, and the text says why."""
