"""Monsters, robots, ghosts, snowmen and people, each described as it is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from checkpoints.atelier_tiny.pictures.animals import DARK, WHITE, eye
from checkpoints.atelier_tiny.pictures.canvas import Pen, Rgb
from checkpoints.atelier_tiny.pictures.colours import BRIGHT, MAIN, Colour, any_colour, named

Character = Callable[[Pen, Random, list[Rgb]], str]
COUNTS = ("no", "one", "two", "three")
SKINS = ((250, 220, 190), (238, 196, 158), (198, 142, 100), (142, 92, 60), (94, 60, 40))


def an(words: str) -> str:
    """Put "a" or "an" before the words."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def with_features(subject: str, features: list[str]) -> str:
    """Return the subject with its features, such as "a cat with a hat and a scarf"."""
    if len(features) < 2:
        return " with ".join([subject, *features])
    return f"{subject} with {', '.join(features[:-1])} and {features[-1]}"


def smile(pen: Pen, y: float, width: float, *, happy: bool = True) -> None:
    """Draw a mouth that curves up when happy and down when not."""
    bend = 0.12 if happy else -0.12
    points = [(x / 4 * width, y + bend * (1 - (x / 4) ** 2)) for x in range(-4, 5)]
    pen.plain().stroke(points, 0.07, DARK)


def hat(pen: Pen, dice: Random, x: float, y: float, size: float) -> str:
    """Draw a hat whose brim lies at (x, y), and return its words."""
    colour = any_colour(dice, among=[*BRIGHT, "black", "brown"])
    kind = dice.choice(("top hat", "party hat", "cap", "crown", "hat"))
    head = pen.at(x, y, size)
    match kind:
        case "party hat":
            head.polygon([(-0.6, 0), (0, -1.3), (0.6, 0)], colour.rgb)
        case "cap":
            head.ellipse((0, 0.1), (0.85, 0.8), colour.rgb, degrees=(180, 365))
            head.stroke([(0.3, 0), (1.2, 0.05)], 0.2, colour.darker(0.2))
        case "crown":
            colour = named(dice, "yellow")
            teeth = [(-0.8, -0.8), (-0.4, -0.35), (0, -0.9), (0.4, -0.35), (0.8, -0.8), (0.7, 0.1), (-0.7, 0.1)]
            head.polygon(teeth, colour.rgb)
        case _:
            head.rectangle((-0.6, -1), (0.6, 0), colour.rgb)
            head.stroke([(-1, 0), (1, 0)], 0.2, colour.rgb)
    return an(f"{colour.word} {kind}") if kind != "crown" else "a crown"


def _row_of_eyes(pen: Pen, count: int, y: float, size: float) -> None:
    for k in range(count):
        eye(pen, (k - (count - 1) / 2) * size * 2.2, y, size)


def _monster_body(pen: Pen, dice: Random, colour: Colour) -> str:
    kind = dice.choice(("round", "round", "square", "tall", "triangular", "furry", "wide"))
    match kind:
        case "round":
            pen.circle((0, 0.1), 0.66, colour.rgb)
        case "square":
            pen.rectangle((-0.6, -0.5), (0.6, 0.72), colour.rgb)
        case "tall":
            pen.ellipse((0, 0), (0.45, 0.8), colour.rgb)
        case "triangular":
            pen.polygon([(-0.75, 0.75), (0, -0.75), (0.75, 0.75)], colour.rgb)
        case "wide":
            pen.ellipse((0, 0.2), (0.85, 0.55), colour.rgb)
        case _:
            spikes = [(0.78 if k % 2 else 0.6, 2 * math.pi * k / 24) for k in range(24)]
            pen.polygon([(r * math.cos(a), 0.1 + r * math.sin(a)) for r, a in spikes], colour.rgb)
    return kind


def _horns(pen: Pen, colour: Colour) -> None:
    for side in (-1, 1):
        pen.polygon([(side * 0.2, -0.45), (side * 0.55, -0.95), (side * 0.5, -0.3)], colour.rgb)


def _antennae(pen: Pen, dice: Random, colour: Colour, count: int) -> None:
    for k in range(count):
        x = (k - (count - 1) / 2) * 0.6
        pen.stroke([(x * 0.6, -0.4), (x + dice.uniform(-0.1, 0.1), -0.8)], 0.08, colour.darker())
        pen.circle((x, -0.85), 0.13, colour.rgb)


def _head_wear(pen: Pen, dice: Random, body: Colour) -> str | None:
    colour = any_colour(dice, unlike=[body.rgb], among=(*BRIGHT, "white", "black"))
    match dice.randrange(6):
        case 0:
            _horns(pen, colour)
            return f"{colour.word} horns"
        case 1:
            _antennae(pen, dice, colour, 2)
            return f"{colour.word} antennae"
        case 2:
            _antennae(pen, dice, colour, 1)
            return an(f"{colour.word} antenna")
        case _:
            return None


def _limbs(pen: Pen, dice: Random, colour: Colour) -> None:
    limb = colour.darker(0.2)
    lift = dice.choice((-0.35, 0.1, 0.4))
    for side in (-1, 1):
        pen.stroke([(side * 0.45, 0.15), (side * 0.9, 0.15 + lift)], 0.14, limb)
        pen.stroke([(side * 0.28, 0.6), (side * 0.3, 0.92)], 0.17, limb)


def _monster(pen: Pen, dice: Random, unlike: list[Rgb]) -> str:
    colour = any_colour(dice, unlike=unlike, among=[*BRIGHT, "black", "grey", "brown", "white", "dark blue"])
    if dice.random() < 0.75:
        _limbs(pen, dice, colour)
    wear = _head_wear(pen, dice, colour)
    kind = _monster_body(pen, dice, colour)
    features = [wear] if wear else []
    if dice.random() < 0.3:
        spot = any_colour(dice, unlike=[colour.rgb], among=BRIGHT)
        for x, y in ((-0.3, 0.4), (0.3, 0.45), (0, 0.6)):
            pen.plain().circle((x, y), 0.11, spot.rgb)
        features.append(f"{spot.word} spots")
    count = dice.choice((1, 1, 2, 2, 2, 3))
    _row_of_eyes(pen, count, -0.05, 0.32 if count == 1 else 0.2)
    smile(pen, 0.34, 0.28, happy=dice.random() < 0.7)
    if wear is None and dice.random() < 0.3:
        features.append(hat(pen, dice, 0, -0.5, 0.36))
    features.insert(
        0, "one big eye" if count == 1 and dice.random() < 0.5 else f"{COUNTS[count]} eye{'s' * (count > 1)}"
    )
    noun = dice.choice(("monster", "monster", "creature", "alien"))
    shape = kind if dice.random() < 0.5 else ""
    return with_features(f"{colour.word} {shape} {noun}".replace("  ", " "), features)


def _robot(pen: Pen, dice: Random, unlike: list[Rgb]) -> str:
    colour = any_colour(dice, unlike=unlike, among=[*BRIGHT, "grey", "light grey", "white", "black"])
    detail = any_colour(dice, unlike=[colour.rgb], among=[*BRIGHT, "black", "white"])
    for side in (-1, 1):
        pen.stroke([(side * 0.5, 0.25), (side * 0.8, dice.choice((-0.1, 0.6)))], 0.13, colour.darker())
        pen.rectangle((side * 0.28 - 0.13, 0.7), (side * 0.28 + 0.13, 1), colour.darker())
    pen.rectangle((-0.5, 0.05), (0.5, 0.75), colour.rgb)
    pen.plain().rectangle((-0.22, 0.25), (0.22, 0.5), detail.rgb)
    features = []
    if dice.random() < 0.5:
        _antennae(pen, dice, detail, 1)
        features.append(an(f"{detail.word} antenna"))
    pen.rectangle((-0.42, -0.6), (0.42, 0), colour.rgb)
    for x in (-0.2, 0.2):
        pen.plain().circle((x, -0.33), 0.12, detail.rgb if dice.random() < 0.5 else WHITE)
        pen.plain().circle((x, -0.33), 0.06, DARK)
    return with_features(f"{colour.word} robot", features)


def _ghost(pen: Pen, dice: Random, unlike: list[Rgb]) -> str:
    colour = any_colour(dice, unlike=unlike, among=("white", "white", "light blue", "light green", "pink", "purple"))
    hem = [(0.6 - k * 0.15, 0.95 if k % 2 == 0 else 0.75) for k in range(9)]
    dome = [(0.6 * math.cos(a / 10), -0.2 + 0.65 * math.sin(a / 10)) for a in range(-31, 1)]
    pen.polygon([*dome, *hem], colour.rgb)
    for x in (-0.2, 0.2):
        pen.plain().ellipse((x, -0.2), (0.1, 0.16), DARK)
    pen.plain().circle((0, 0.15), 0.1, DARK)
    features = [hat(pen, dice, 0, -0.78, 0.3)] if dice.random() < 0.25 else []
    return with_features(f"{colour.word} ghost", features)


def _snowman(pen: Pen, dice: Random, _unlike: list[Rgb]) -> str:
    scarf = any_colour(dice, among=BRIGHT)
    for side in (-1, 1):
        pen.plain().stroke([(side * 0.35, 0.1), (side * 0.85, -0.2)], 0.06, (110, 70, 40))
    pen.circle((0, 0.5), 0.5, (248, 250, 252))
    pen.circle((0, -0.25), 0.36, (248, 250, 252))
    pen.plain().stroke([(-0.3, 0.03), (0.3, 0.03), (0.28, 0.4)], 0.14, scarf.rgb)
    for x in (-0.13, 0.13):
        pen.plain().circle((x, -0.33), 0.06, DARK)
    pen.plain().polygon([(0, -0.25), (0.3, -0.18), (0, -0.13)], (246, 140, 30))
    features = [an(f"{scarf.word} scarf")]
    if dice.random() < 0.6:
        features.append(hat(pen, dice, 0, -0.52, 0.3))
    return with_features("snowman", features)


def _clothes(pen: Pen, dice: Random, colour: Colour, *, dress: bool) -> None:
    trousers = any_colour(dice, unlike=[colour.rgb], among=("blue", "dark blue", "black", "brown", "grey")).rgb
    for side in (-1, 1):
        pen.stroke([(side * 0.15, 0.5), (side * 0.17, 0.92)], 0.17, SKINS[1] if dress else trousers)
    if dress:
        pen.polygon([(-0.18, -0.05), (0.18, -0.05), (0.48, 0.68), (-0.48, 0.68)], colour.rgb)
    else:
        pen.rectangle((-0.28, -0.05), (0.28, 0.5), colour.rgb)


def _hair(pen: Pen, kind: str, colour: Rgb) -> None:
    match kind:
        case "long":
            pen.ellipse((0, -0.3), (0.4, 0.5), colour)
        case "curly":
            for k in range(7):
                angle = math.pi + math.pi * k / 6
                pen.circle((0.3 * math.cos(angle), -0.42 + 0.3 * math.sin(angle)), 0.15, colour)
        case _:
            pen.ellipse((0, -0.42), (0.35, 0.36), colour)


def _person(pen: Pen, dice: Random, unlike: list[Rgb]) -> str:
    noun, dress = dice.choice((("girl", True), ("woman", True), ("boy", False), ("man", False), ("child", False)))
    clothes = any_colour(dice, unlike=unlike, among=MAIN)
    hair = any_colour(dice, unlike=unlike, among=("brown", "black", "yellow", "orange", "grey", "red"))
    skin, lift = dice.choice(SKINS), dice.choice((-0.2, 0.25, 0.35))
    kind = "long" if dress and dice.random() < 0.6 else dice.choice(("short", "curly"))
    _hair(pen, kind, hair.rgb)
    for side in (-1, 1):
        pen.stroke([(side * 0.2, 0.08), (side * 0.55, 0.08 + lift)], 0.12, skin)
    _clothes(pen, dice, clothes, dress=dress)
    pen.circle((0, -0.34), 0.3, skin)
    pen.plain().ellipse((0, -0.42), (0.3, 0.24), hair.rgb, degrees=(190, 350))
    for x in (-0.11, 0.11):
        pen.plain().circle((x, -0.33), 0.045, DARK)
    smile(pen, -0.22, 0.12)
    worn = an(f"{clothes.word} {'dress' if dress else dice.choice(('shirt', 'jumper'))}")
    features = [f"{'blond' if hair.word == 'yellow' else hair.word} hair"] if dice.random() < 0.6 else []
    if dice.random() < 0.25:
        features.append(hat(pen, dice, 0, -0.55, 0.32))
    return f"{with_features(noun, features)} in {worn}"


def _clown(pen: Pen, dice: Random, _unlike: list[Rgb]) -> str:
    hair = any_colour(dice, among=BRIGHT)
    for side in (-1, 1):
        pen.circle((side * 0.5, -0.1), 0.28, hair.rgb)
    pen.circle((0, 0), 0.55, (250, 226, 200))
    for x in (-0.2, 0.2):
        eye(pen, x, -0.12, 0.12)
    pen.plain().circle((0, 0.08), 0.14, (222, 32, 40))
    smile(pen, 0.28, 0.26)
    hat_words = hat(pen, dice, 0, -0.48, 0.35)
    return with_features("clown", [f"{hair.word} hair", hat_words])


def _face(pen: Pen, dice: Random, unlike: list[Rgb]) -> str:
    colour = any_colour(dice, unlike=unlike, among=("yellow", "yellow", "yellow", *BRIGHT))
    happy = dice.random() < 0.6
    pen.circle((0, 0), 0.9, colour.rgb)
    for x in (-0.32, 0.32):
        pen.plain().ellipse((x, -0.2), (0.11, 0.17), DARK)
    smile(pen.at(0, 0.25, 1.6), 0.05, 0.3, happy=happy)
    return f"{'happy' if happy else 'sad'} {colour.word} {dice.choice(('face', 'smiley'))}"


CHARACTERS: tuple[Character, ...] = (
    *(_monster,) * 9,
    *(_robot,) * 3,
    *(_person,) * 5,
    _ghost,
    _snowman,
    _clown,
    _face,
)
