"""What a training picture shows, drawn in a box and put into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from checkpoints.atelier_tiny.pictures.animals import ANIMALS
from checkpoints.atelier_tiny.pictures.canvas import Pen, Rgb
from checkpoints.atelier_tiny.pictures.characters import CHARACTERS
from checkpoints.atelier_tiny.pictures.colours import MAIN, NAMED, any_colour
from checkpoints.atelier_tiny.pictures.shapes import SHAPES
from checkpoints.atelier_tiny.pictures.things import THINGS


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be drawn in a box, and its words without an article."""

    draw: Callable[[Pen], str]  # draws and returns the words
    plural: Callable[[int], str] | None = None
    place: str = "ground"


def shape(dice: Random, unlike: tuple[Rgb, ...]) -> Subject:
    """Return a shape in a colour that shows on these."""
    draw, names, plural = SHAPES[dice.choice(tuple(SHAPES))]
    colour = any_colour(dice, unlike=unlike, among=[*MAIN, *MAIN, *NAMED])

    def paint(pen: Pen) -> str:
        draw(pen, dice, colour)
        return f"{colour.word} {dice.choice(names)}"

    return Subject(paint, lambda _count: f"{colour.word} {plural}", place="any")


def thing(dice: Random, unlike: tuple[Rgb, ...], *places: str) -> Subject:
    """Return a thing that belongs in one of these places."""
    names = [name for name, known in THINGS.items() if known.place in places]
    return _named_thing(dice, unlike, dice.choice(names))


def _named_thing(dice: Random, unlike: tuple[Rgb, ...], name: str) -> Subject:
    known = THINGS[name]
    colour = any_colour(dice, unlike=unlike, among=known.colours)
    word = dice.choice((known.names[0], *known.names))

    def paint(pen: Pen) -> str:
        known.draw(pen, dice, colour)
        return f"{colour.word} {word}" if known.coloured else word

    return Subject(paint, lambda _count: f"{colour.word} {_plural(word)}", known.place)


def animal(dice: Random, unlike: tuple[Rgb, ...], *places: str) -> Subject:
    """Return an animal that belongs in one of these places."""
    names = [name for name, entry in ANIMALS.items() if entry[3] in places]
    draw, words, colours, place = ANIMALS[dice.choice(names)]
    colour = any_colour(dice, unlike=unlike, among=colours)
    word = dice.choice((words[0], *words))

    def paint(pen: Pen) -> str:
        draw(pen, dice, colour)
        return f"{colour.word} {word}"

    return Subject(paint, lambda _count: f"{colour.word} {_plural(word)}", place)


def _plural(word: str) -> str:
    match word:
        case "fish" | "octopus" | "cactus":
            return {"fish": "fish", "octopus": "octopuses", "cactus": "cactuses"}[word]
        case "mouse":
            return "mice"
        case "cup of coffee":
            return "cups of coffee"
        case "planet with a ring":
            return "planets"
        case "pair of cherries":
            return "pairs of cherries"
        case _ if word.endswith(("y",)) and word[-2] not in "aeo":
            return f"{word[:-1]}ies"
        case _ if word.endswith(("s", "x", "sh", "ch")):
            return f"{word}es"
        case _:
            return f"{word}s"


def character(dice: Random, unlike: tuple[Rgb, ...]) -> Subject:
    """Return a made-up character."""
    draw = dice.choice(CHARACTERS)
    return Subject(lambda pen: draw(pen, dice, list(unlike)))
