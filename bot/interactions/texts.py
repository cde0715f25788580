"""Counts, lengths of time and points of time in words."""

MINUTE, HOUR = 60, 3_600


def about(seconds: float) -> str:
    """Return a rough length of time: `about 3 min`."""
    if seconds < MINUTE:
        return "less than a minute"
    if seconds < 1.5 * HOUR:
        return f"about {round(seconds / MINUTE)} min"
    return f"about {seconds / HOUR:.1f} h".replace(".0 h", " h")


def when(time: float, style: str = "R") -> str:
    """Return a time that each member reads in their own time zone; `R` says how long from now."""
    return f"<t:{int(time)}:{style}>"


def count(number: int, thing: str) -> str:
    """Return `1 picture`, `12 pictures`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
