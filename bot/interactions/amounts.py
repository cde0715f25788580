"""Lengths and points of time in words."""

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
