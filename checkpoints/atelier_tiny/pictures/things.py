"""Buildings, plants, vehicles, food and things in the sky."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from checkpoints.atelier_tiny.pictures import outdoor_things as outdoor
from checkpoints.atelier_tiny.pictures import small_things as small
from checkpoints.atelier_tiny.pictures.canvas import Pen
from checkpoints.atelier_tiny.pictures.colours import BRIGHT, Colour

Draw = Callable[[Pen, Random, Colour], None]


@dataclass(frozen=True, slots=True)
class Thing:
    """How a thing is drawn, called and coloured, and where it belongs."""

    draw: Draw
    names: tuple[str, ...]
    colours: tuple[str, ...] = BRIGHT
    place: str = "ground"  # ground, sky, water or table
    coloured: bool = True  # whether the caption tells its colour


_GREENS = ("green", "dark green", "light green")
_STONE = ("grey", "light grey", "brown", "purple", "yellow", "white")

THINGS: dict[str, Thing] = {
    "house": Thing(outdoor.house, ("house", "little house", "cottage"), (*BRIGHT, "white", "brown")),
    "castle": Thing(outdoor.castle, ("castle",), _STONE),
    "tree": Thing(outdoor.tree, ("tree",), (*_GREENS, "green", "orange", "red", "pink")),
    "pine": Thing(outdoor.pine, ("pine tree", "fir tree"), _GREENS),
    "palm": Thing(outdoor.palm, ("palm tree", "palm"), _GREENS, coloured=False),
    "flower": Thing(
        outdoor.flower, ("flower", "daisy"), ("red", "pink", "purple", "yellow", "white", "blue", "orange")
    ),
    "tulip": Thing(outdoor.tulip, ("tulip",), ("red", "pink", "purple", "yellow", "white", "orange")),
    "cactus": Thing(outdoor.cactus, ("cactus",), _GREENS),
    "mushroom": Thing(outdoor.mushroom, ("mushroom", "toadstool"), ("red", "brown", "orange", "purple", "blue")),
    "car": Thing(outdoor.car, ("car",), (*BRIGHT, "white", "black", "grey")),
    "bus": Thing(outdoor.bus, ("bus",), BRIGHT),
    "train": Thing(outdoor.train, ("train", "steam train"), (*BRIGHT, "black")),
    "boat": Thing(outdoor.boat, ("boat", "sailing boat", "ship"), (*BRIGHT, "brown"), "water"),
    "rocket": Thing(outdoor.rocket, ("rocket", "spaceship"), (*BRIGHT, "white", "grey"), "sky"),
    "plane": Thing(outdoor.plane, ("plane", "aeroplane"), (*BRIGHT, "white", "grey"), "sky"),
    "balloon": Thing(outdoor.balloon, ("balloon",), BRIGHT, "sky"),
    "hot air balloon": Thing(outdoor.hot_air_balloon, ("hot air balloon",), BRIGHT, "sky"),
    "umbrella": Thing(small.umbrella, ("umbrella",), (*BRIGHT, "black")),
    "apple": Thing(small.apple, ("apple",), ("red", "green", "yellow", "red"), "table"),
    "pear": Thing(small.pear, ("pear",), ("green", "yellow", "light green"), "table"),
    "cherries": Thing(small.cherries, ("pair of cherries",), ("red", "dark red"), "table"),
    "banana": Thing(small.banana, ("banana",), ("yellow", "yellow", "green"), "table"),
    "cake": Thing(small.cake, ("cake", "birthday cake"), ("pink", "white", "brown", "red", "light blue"), "table"),
    "ice cream": Thing(small.ice_cream, ("ice cream",), ("pink", "white", "brown", "light green", "yellow"), "table"),
    "cup": Thing(small.cup, ("cup", "mug", "cup of coffee"), (*BRIGHT, "white", "grey"), "table"),
    "teapot": Thing(small.teapot, ("teapot",), (*BRIGHT, "white"), "table"),
    "book": Thing(small.book, ("book",), (*BRIGHT, "brown", "black"), "table"),
    "gift": Thing(small.gift, ("gift", "present"), BRIGHT, "table"),
    "lamp": Thing(small.lamp, ("lamp",), BRIGHT, "table"),
    "chair": Thing(small.chair, ("chair",), (*BRIGHT, "brown", "white")),
    "key": Thing(small.key, ("key",), ("yellow", "grey", "brown", "red", "blue"), "table"),
    "crown": Thing(small.crown, ("crown",), ("yellow", "yellow", "grey", "orange", "purple"), "table"),
    "sun": Thing(outdoor.sun, ("sun",), ("yellow", "orange", "red"), "sky"),
    "moon": Thing(outdoor.moon, ("moon",), ("white", "yellow", "light grey"), "sky"),
    "cloud": Thing(outdoor.cloud, ("cloud",), ("white", "grey", "light blue", "pink"), "sky"),
    "rainbow": Thing(outdoor.rainbow, ("rainbow",), BRIGHT, "sky", coloured=False),
    "planet": Thing(outdoor.planet, ("planet", "planet with a ring"), BRIGHT, "sky"),
    "mountain": Thing(outdoor.mountain, ("mountain",), ("grey", "brown", "purple", "blue", "dark green")),
    "kite": Thing(small.kite, ("kite",), BRIGHT, "sky"),
    "flag": Thing(small.flag, ("flag",), BRIGHT),
}
