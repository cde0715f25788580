"""The named colours of the drawn pictures."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from checkpoints.atelier_tiny.pictures.canvas import Rgb

# Mint is left out on purpose: it belongs to the demo's mascot, which the checkpoint must not know.
NAMED: dict[str, Rgb] = {
    "red": (218, 38, 38),
    "orange": (245, 138, 28),
    "yellow": (250, 216, 44),
    "green": (48, 160, 64),
    "blue": (40, 88, 208),
    "purple": (132, 52, 172),
    "pink": (244, 132, 178),
    "brown": (132, 84, 44),
    "black": (24, 24, 26),
    "white": (250, 250, 248),
    "grey": (136, 136, 140),
    "turquoise": (36, 186, 200),
    "light blue": (140, 196, 246),
    "dark blue": (20, 34, 104),
    "light green": (158, 220, 110),
    "dark green": (20, 84, 40),
    "dark red": (126, 16, 22),
    "light grey": (202, 202, 206),
}
OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "grey": ("gray",),
    "purple": ("violet",),
    "turquoise": ("cyan", "teal"),
    "light blue": ("sky blue", "pale blue"),
    "dark blue": ("navy blue", "navy"),
    "light green": ("lime green", "pale green"),
    "light grey": ("silver", "light gray"),
    "dark red": ("maroon",),
}
MAIN = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "grey")
BRIGHT = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "turquoise", "light blue", "light green")
TOLD_APART = 130  # smallest sum of channel differences at which two colours read as different at 64 px
JITTER = 14  # largest change of a channel, out of 255: no two reds are the same


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour as drawn and as called in the caption."""

    word: str
    rgb: Rgb

    def darker(self, share: float = 0.35) -> Rgb:
        """Return the colour mixed with black."""
        return mix(self.rgb, (0, 0, 0), share)

    def lighter(self, share: float = 0.4) -> Rgb:
        """Return the colour mixed with white."""
        return mix(self.rgb, (255, 255, 255), share)


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """Return first with a share (0..1) of second stirred in."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def difference(first: Rgb, second: Rgb) -> int:
    """Return the sum of channel differences, 0..765."""
    return sum(abs(a - b) for a, b in zip(first, second, strict=True))


def named(dice: Random, name: str) -> Colour:
    """Return one shade of a named colour, sometimes under another of its names."""
    red, green, blue = (min(255, max(0, channel + dice.randint(-JITTER, JITTER))) for channel in NAMED[name])
    names = (name, name, *OTHER_NAMES.get(name, ()))
    return Colour(dice.choice(names), (red, green, blue))


def any_colour(dice: Random, unlike: Collection[Rgb] = (), among: Collection[str] = ()) -> Colour:
    """Return a random colour that differs visibly from each of the given ones."""
    names = list(among) or (list(MAIN) * 2 + list(NAMED))
    dice.shuffle(names)
    colours = [named(dice, name) for name in names]
    for colour in colours:
        if all(difference(colour.rgb, other) >= TOLD_APART for other in unlike):
            return colour
    return max(colours, key=lambda c: min(difference(c.rgb, other) for other in unlike))
