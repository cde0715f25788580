"""Times and prices in words."""

MINUTE, HOUR = 60, 3_600
MICROS = 1_000_000  # in one US dollar


def about(seconds: float) -> str:
    """Return a rough length of time: `about 3 min`."""
    if seconds < MINUTE:
        return "less than a minute"
    if seconds < 1.5 * HOUR:
        return f"about {round(seconds / MINUTE)} min"
    return f"about {seconds / HOUR:.1f} h".replace(".0 h", " h")


def dollars(micros: int) -> str:
    """Return a price: `$1.50`; of less than a cent as much as it takes."""
    cents = f"${micros / MICROS:,.2f}"
    return cents if micros >= MICROS // 100 else f"${micros / MICROS:.6f}".rstrip("0")


def when(time: float, style: str = "R") -> str:
    """Return a time that each member reads in their own time zone; `R` says how long from now."""
    return f"<t:{int(time)}:{style}>"
