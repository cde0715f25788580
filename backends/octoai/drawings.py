"""Drawings as an OctoAI-compatible server orders and answers them.

Source: https://github.com/octoml/fern-config (image-gen).
"""

import base64
from math import log as ln

from backends.answers import Reply
from backends.base import DrawingPlan
from backends.octoai.settings import NAME
from backends.results import shortfall
from domain.orders.facts import Fact, FactKind, fact

# Width and height that SDXL draws in (image-gen, `width`).
SIZES = (
    (640, 1536),
    (768, 1344),
    (832, 1216),
    (896, 1152),
    (1024, 1024),
    (1152, 896),
    (1216, 832),
    (1344, 768),
    (1536, 640),
)
SEEDS = 2**32 - 1  # a seed is "greater than 0 and less than 2^32"


class DrawnImage(Reply):
    """One drawn picture, or that it was taken away, with status 200, and without its bytes."""

    image_b64: str | None = None
    removed_for_safety: bool = False


class Drawn(Reply):
    """The pictures of one drawing."""

    images: list[DrawnImage]


class Kept(Reply):
    """What came of a drawing, and what did not, which is its remote id.

    So nothing else must be remembered of it. `trouble` is in the ids of older drawings, in words.
    """

    pictures: tuple[str, ...] = ()
    count: int = 0
    removed: int = 0
    missing: int = 0
    trouble: str = ""

    @property
    def notes(self) -> tuple[Fact, ...]:
        """Return what became of the pictures that are not there."""
        if self.trouble:
            return (fact(FactKind.WORDS, said=self.trouble),)
        unreadable = self.count - self.removed - self.missing - len(self.pictures)
        return (
            *shortfall(FactKind.HELD_BACK, self.removed, self.count),
            *shortfall(FactKind.NOT_GIVEN, self.missing, self.count),
            *shortfall(FactKind.UNREADABLE, unreadable, self.count),
        )

    @property
    def message(self) -> Fact | None:
        """Return why no picture came of it, None where one did."""
        if self.pictures:
            return None
        if self.trouble:
            return fact(FactKind.WORDS, said=self.trouble)
        return fact(FactKind.WITHHELD, backend=NAME) if self.removed else fact(FactKind.NOTHING_USABLE)


def drawing_order(plan: DrawingPlan, start: bytes | None = None) -> dict[str, object]:
    """Return the order for a drawing, in the size that is nearest in shape.

    `start` is the picture it starts from.
    """
    width, height = nearest_size(plan.width, plan.height)
    order: dict[str, object] = {
        "prompt": plan.prompt,
        "width": width,
        "height": height,
        "num_images": plan.count,
        "seed": [(plan.seed + number) % SEEDS or SEEDS for number in range(plan.count)],
        "steps": 30,
        "cfg_scale": 7.5,  # the default, 12, burns colours in
        "use_refiner": False,  # the refiner never saw the LoRA's subject
        "image_encoding": "png",
    }
    if plan.loras:
        order["loras"] = {lora.reference: lora.strength for lora in plan.loras}
    if plan.source_image and start is not None:
        order |= {"init_image": base64.b64encode(start).decode(), "strength": plan.source_image.change}
    return order


def nearest_size(width: int, height: int) -> tuple[int, int]:
    """Return the size that SDXL draws in whose shape is nearest."""
    return min(SIZES, key=lambda size: abs(ln(size[0] / size[1]) - ln(width / height)))
