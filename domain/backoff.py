"""How long to wait before something that failed is tried again."""


def pause_after(failures: int, *, first: float, longest: float, asked: float | None = None) -> float:
    """Return the seconds to wait after so many failures in a row, twice as long after each.

    It is never shorter than the pause that the other side `asked` for.
    """
    return max(min(first * 2.0 ** min(max(0, failures - 1), 60), longest), asked or 0.0)
