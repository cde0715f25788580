"""A supersampled canvas with a pen that draws in the coordinates of the thing being drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from PIL import Image, ImageDraw

Point = tuple[float, float]
Rgb = tuple[int, int, int]

SUPERSAMPLING = 4  # pixels drawn per pixel kept, along each side: smooth edges at 64 px
CURVE_STEPS = 36  # corners of the polygon that stands for an ellipse: round enough at 256 px


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws filled forms in a box of -1..1 that lies at (x, y) of the picture.

    y grows downwards.
    """

    draw: ImageDraw.ImageDraw
    side: float  # drawn pixels along the picture's side
    x: float = 0.5  # centre of the box, as a share of the picture
    y: float = 0.5
    scale: float = 0.5  # half the box's side, as a share of the picture
    tilt: float = 0.0  # radians, clockwise
    mirrored: bool = False
    outline: Rgb | None = None
    outline_width: float = 0.02  # share of the picture

    def at(self, x: float, y: float, scale: float, *, tilt: float = 0.0, mirrored: bool = False) -> Pen:
        """Return a pen for a box inside this one, given in this pen's coordinates."""
        centre_x, centre_y = self._to_picture((x, y))
        return replace(
            self,
            x=centre_x / self.side,
            y=centre_y / self.side,
            scale=self.scale * scale,
            tilt=self.tilt + tilt,
            mirrored=self.mirrored != mirrored,
        )

    def polygon(self, points: Sequence[Point], fill: Rgb) -> None:
        """Fill the polygon through the points, and draw its outline if this pen has one."""
        corners = [self._to_picture(point) for point in points]
        self.draw.polygon(corners, fill=fill)
        if self.outline is not None:
            width = max(1, round(self.outline_width * self.side))
            self.draw.line([*corners, corners[0], corners[1]], fill=self.outline, width=width, joint="curve")

    def ellipse(self, centre: Point, radii: Point, fill: Rgb, *, degrees: Point = (0, 360)) -> None:
        """Fill an ellipse, or with degrees the slice cut off by the chord between two angles."""
        start, end = (math.radians(angle) for angle in degrees)
        angles = [start + (end - start) * step / CURVE_STEPS for step in range(CURVE_STEPS)]
        self.polygon([(centre[0] + radii[0] * math.cos(a), centre[1] + radii[1] * math.sin(a)) for a in angles], fill)

    def circle(self, centre: Point, radius: float, fill: Rgb) -> None:
        """Fill a circle."""
        self.ellipse(centre, (radius, radius), fill)

    def rectangle(self, first: Point, last: Point, fill: Rgb) -> None:
        """Fill the rectangle between two opposite corners."""
        self.polygon([first, (last[0], first[1]), last, (first[0], last[1])], fill)

    def stroke(self, points: Sequence[Point], width: float, fill: Rgb) -> None:
        """Draw a line with round ends through the points.

        `width` is in this pen's units.
        """
        corners = [self._to_picture(point) for point in points]
        pixels = max(1, round(width * self.scale * self.side))
        if self.outline is not None:
            rim = pixels + 2 * max(1, round(self.outline_width * self.side * 0.5))
            self._rounded_line(corners, rim, self.outline)
        self._rounded_line(corners, pixels, fill)

    def plain(self) -> Pen:
        """Return the same pen without an outline, for small marks."""
        return replace(self, outline=None)

    def _rounded_line(self, corners: list[Point], pixels: int, fill: Rgb) -> None:
        self.draw.line(corners, fill=fill, width=pixels, joint="curve")
        radius = pixels / 2
        for x, y in (corners[0], corners[-1]):
            self.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)

    def _to_picture(self, point: Point) -> Point:
        x, y = (-point[0] if self.mirrored else point[0]), point[1]
        cos, sin = math.cos(self.tilt), math.sin(self.tilt)
        return (
            (self.x + self.scale * (x * cos - y * sin)) * self.side,
            (self.y + self.scale * (x * sin + y * cos)) * self.side,
        )


@dataclass(frozen=True, slots=True)
class Canvas:
    """A square picture being drawn, larger than it will be."""

    pixels: int
    image: Image.Image = field(repr=False)

    def pen(self) -> Pen:
        """Return a pen whose box is the whole picture."""
        return Pen(draw=ImageDraw.Draw(self.image), side=self.image.width)

    def finished(self) -> Image.Image:
        """Return the picture at its final size, in pixels by pixels RGB."""
        return self.image.convert("RGB").resize((self.pixels, self.pixels), Image.Resampling.BOX)


def blank(pixels: int, fill: Rgb = (255, 255, 255)) -> Canvas:
    """Return an empty canvas for a picture of pixels by pixels."""
    side = pixels * SUPERSAMPLING
    return Canvas(pixels=pixels, image=Image.new("RGB", (side, side), fill))
