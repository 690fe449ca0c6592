"""Draw three departments' picture stores that overlap, to try an audit on.

    python examples/draw_stores.py FOLDER [--seed 1]

Every picture is drawn here, by arithmetic: no photograph, font or file of anybody's is read, so
what comes out has the licence of this project, Apache-2.0. One seed gives the same bytes each time
for one version of Pillow and NumPy on one kind of machine.

FOLDER gets ``housing/``, ``landreg/`` and ``tourism/``, and beside them ``planted.csv`` with the
columns a, b, kind: what was planted, to hold an audit's findings against. Its kinds:

exact            the same bytes under another name or in another store
hard-link        two names of one file
metadata         the same JPEG scan data with another EXIF block
pixels           another lossless format, the same pixels
wrong-extension  the same bytes, a PNG whose name ends in .jpg
re-encode        lossy again, or another lossy format, at the same size
resize           half or a quarter of the width
page             a single page, and the document of three pages that begins with it
rotated          turned by 90 degrees in its pixels
rotated-exif     turned by 90 degrees by its EXIF orientation alone
mirrored         left and right exchanged
look-alike       NOT a copy, though it looks like one
corrupt          b is a, cut off half-way
empty, not-a-picture   a is no picture at all; b is empty
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import os
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, ...]
Point = tuple[float, float]
Stops = Sequence[tuple[float, Colour]]
Grid = NDArray[np.float32]
Rng = np.random.Generator
Surface = Callable[[float, float], Point]
Projection = Callable[[float, float, float], Point]

FINE = 2  # shapes are drawn this many times larger, then averaged down: smooth edges
FIRST_MTIME = 1_600_000_000  # every file gets a fixed time, an hour after the one before it

BILINEAR, BICUBIC = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC
BLACK, WHITE, INK = (0, 0, 0), (255, 255, 255), (34, 34, 46)


# ------------------------------------------------------------------ colours, noise, the canvas


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Blend two colours; share 0 is the first, 1 the second."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def shade(colour: Colour, factor: float) -> Colour:
    """Make a colour darker (below 1) or lighter (above 1)."""
    return tuple(max(0, min(255, round(c * factor))) for c in colour[:3])


def pick(rng: Rng, things: Sequence[Colour]) -> Colour:
    """One of the colours, at random."""
    return things[int(rng.integers(len(things)))]


def noise(rng: Rng, width: int, height: int, cells: tuple[int, int], octaves: int = 5) -> Grid:
    """Fractal noise between 0 and 1; cells across and down in its coarsest octave."""
    total: Grid = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        across, down = cells[0] << octave, cells[1] << octave
        coarse = rng.random((down + 1, across + 1), dtype=np.float32)
        smooth = Image.fromarray(coarse).resize((width, height), BICUBIC)
        total += np.asarray(smooth) * np.float32(0.5**octave)
    total -= total.min()
    even: Grid = total / np.float32(total.max())
    return even


def ridge(rng: Rng, count: int, cells: int, octaves: int = 6) -> Grid:
    """Heights between 0 and 1 along the outline of a range of hills."""
    outline: Grid = noise(rng, count, 2, (cells, 1), octaves)[0]
    return outline


def ramp(width: int, height: int, stops: Stops) -> Image.Image:
    """Colours running from top to bottom through the stops (position, colour)."""
    where = np.linspace(0, 1, height)
    places = [position for position, _ in stops]
    bands = [np.interp(where, places, [c[i] for _, c in stops]) for i in range(3)]
    column = np.stack(bands, axis=-1).round().astype(np.uint8)[:, None, :]
    return Image.fromarray(column).resize((width, height), Image.Resampling.NEAREST)


def alpha(values: NDArray[np.floating]) -> Image.Image:
    """Turn numbers between 0 and 1 into a mask."""
    return Image.fromarray((np.clip(values, 0, 1) * 255).astype(np.uint8))


def halo_mask() -> Image.Image:
    """Light that falls off from the middle of a square."""
    falloff = [round(max(0, 1 - v / 180) ** 1.8 * 255) for v in range(256)]
    return Image.radial_gradient("L").point(falloff)


HALO = halo_mask()


class Canvas:
    """A picture being drawn: coordinates in final pixels, shapes kept at FINE times the size."""

    def __init__(self, width: int, height: int, ground: Colour = WHITE) -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width * FINE, height * FINE), ground)
        self.pens = {3: ImageDraw.Draw(self.image), 4: ImageDraw.Draw(self.image, "RGBA")}

    def poly(self, points: Iterable[Point], fill: Colour) -> None:
        """Fill a polygon."""
        self.pens[len(fill)].polygon([(x * FINE, y * FINE) for x, y in points], fill)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        """Fill an upright rectangle."""
        left, top, right, bottom = x0 * FINE, y0 * FINE, x1 * FINE - 1, y1 * FINE - 1
        self.pens[len(fill)].rectangle((left, top, max(left, right), max(top, bottom)), fill)

    def frame(self, x0: float, y0: float, x1: float, y1: float, ink: Colour, width: float) -> None:
        """Outline an upright rectangle."""
        corners = (x0 * FINE, y0 * FINE, x1 * FINE, y1 * FINE)
        self.pens[len(ink)].rectangle(corners, None, ink, round(width * FINE))

    def line(self, points: Iterable[Point], ink: Colour, width: float = 1) -> None:
        """Draw a line through points."""
        path = [(x * FINE, y * FINE) for x, y in points]
        self.pens[len(ink)].line(
            path, ink, max(1, round(width * FINE)), "curve" if width > 2 else None
        )

    def disc(self, x: float, y: float, across: float, fill: Colour, down: float = 0) -> None:
        """Fill an ellipse around a point, by its half axes."""
        down = down or across
        box = ((x - across) * FINE, (y - down) * FINE, (x + across) * FINE, (y + down) * FINE)
        self.pens[len(fill)].ellipse(box, fill)

    def arc(self, x: float, y: float, r: float, start: float, end: float, ink: Colour) -> None:
        """Draw part of a circle, degrees clockwise from three o'clock."""
        box = ((x - r) * FINE, (y - r) * FINE, (x + r) * FINE, (y + r) * FINE)
        self.pens[len(ink)].arc(box, start, end, ink, 2 * FINE)

    def text(
        self, x: float, y: float, words: str, size: float, ink: Colour = INK, anchor: str = "la"
    ) -> None:
        """Write words in Pillow's own font."""
        font = ImageFont.load_default(size * FINE)
        self.pens[len(ink)].text((x * FINE, y * FINE), words, ink, font, anchor)

    def glyph(self, name: str, x: float, y: float, size: float, ink: Colour, width: float) -> None:
        """Write one of the few Chinese characters that GLYPHS knows the strokes of."""
        for stroke in GLYPHS[name]:
            self.line([(x + u * size, y + v * size) for u, v in stroke], ink, width)

    def sky(self, stops: Stops, bottom: float | None = None) -> None:
        """Paint a gradient from the top edge down."""
        bottom = self.height if bottom is None else bottom
        self.image.paste(ramp(self.width * FINE, round(bottom * FINE), stops))

    def veil(
        self, colour: Colour, cover: Grid, top: float = 0, bottom: float | None = None
    ) -> None:
        """Lay a colour over the picture, as thick as the grid says."""
        bottom = self.height if bottom is None else bottom
        size = (self.width * FINE, round((bottom - top) * FINE))
        mask = alpha(cover).resize(size, BILINEAR)
        self.image.paste(colour, (0, round(top * FINE)), mask)

    def light(self, x: float, y: float, r: float, colour: Colour, down: float = 0) -> None:
        """Add the glow of a lamp."""
        down = down or r
        left, top = round((x - r) * FINE), round((y - down) * FINE)
        wide, high = max(2, round(2 * r * FINE)), max(2, round(2 * down * FINE))
        strength = max(colour[:3])
        bright = tuple(c * 255 // strength for c in colour[:3])
        halo = HALO.point([v * strength // 255 for v in range(256)])
        self.image.paste(bright, (left, top), halo.resize((wide, high), BILINEAR))

    def done(self) -> Image.Image:
        """Give the picture at its final size."""
        return self.image.reduce(FINE)


GLYPHS: dict[str, list[list[Point]]] = {
    "大": [[(0.05, 0.36), (0.95, 0.36)], [(0.5, 0.05), (0.48, 0.4), (0.08, 0.95)],
          [(0.5, 0.38), (0.94, 0.95)]],
    "中": [[(0.12, 0.25), (0.88, 0.25), (0.88, 0.65), (0.12, 0.65), (0.12, 0.25)],
          [(0.5, 0.02), (0.5, 0.98)]],
    "山": [[(0.5, 0.05), (0.5, 0.9)], [(0.12, 0.35), (0.12, 0.9), (0.88, 0.9), (0.88, 0.35)]],
    "田": [[(0.1, 0.12), (0.9, 0.12), (0.9, 0.92), (0.1, 0.92), (0.1, 0.12)],
          [(0.5, 0.12), (0.5, 0.92)], [(0.1, 0.52), (0.9, 0.52)]],
    "土": [[(0.2, 0.4), (0.8, 0.4)], [(0.5, 0.08), (0.5, 0.9)], [(0.06, 0.9), (0.94, 0.9)]],
    "王": [[(0.12, 0.1), (0.88, 0.1)], [(0.18, 0.5), (0.82, 0.5)], [(0.06, 0.92), (0.94, 0.92)],
          [(0.5, 0.1), (0.5, 0.92)]],
    "米": [[(0.08, 0.48), (0.92, 0.48)], [(0.5, 0.05), (0.5, 0.96)], [(0.22, 0.14), (0.36, 0.36)],
          [(0.78, 0.14), (0.64, 0.36)], [(0.46, 0.52), (0.1, 0.9)], [(0.54, 0.52), (0.9, 0.9)]],
    "平": [[(0.14, 0.12), (0.86, 0.12)], [(0.06, 0.56), (0.94, 0.56)], [(0.5, 0.12), (0.5, 0.98)],
          [(0.28, 0.24), (0.34, 0.44)], [(0.72, 0.24), (0.66, 0.44)]],
}  # fmt: skip


def photograph(
    canvas: Canvas, rng: Rng, *, grain: float = 3.5, vignette: float = 0.3, bloom: float = 0.15
) -> Image.Image:
    """Finish a drawing as a camera would: bloom around lights, dark corners, film grain."""
    image = canvas.done()
    width, height = image.size
    blurred = image.reduce(8).filter(ImageFilter.GaussianBlur(4)).resize(image.size, BILINEAR)
    glow = blurred.point([round(max(0, v - 90) * bloom * 1.5) for v in range(256)] * 3)
    y, x = np.linspace(-1, 1, height // 4)[:, None], np.linspace(-1, 1, width // 4)[None, :]
    corners = alpha(1 - vignette * ((x * x + y * y) / 2) ** 1.5).resize(image.size, BILINEAR)
    image = ImageChops.multiply(ImageChops.screen(image, glow), Image.merge("RGB", [corners] * 3))
    speckle = film(rng, width, height, grain)
    return ImageChops.add(image, Image.merge("RGB", [speckle] * 3), offset=-128)


def film(rng: Rng, width: int, height: int, grain: float) -> Image.Image:
    """Film grain around a middle grey, a little softer than single pixels."""
    tile = rng.standard_normal((400, 400), dtype=np.float32)
    tile = (tile + np.roll(tile, 1, 0)) * np.float32(grain / 1.6) + 128
    times = (height // 400 + 1, width // 400 + 1)
    wide = np.tile(np.clip(tile, 0, 255).round().astype(np.uint8), times)
    return Image.fromarray(np.ascontiguousarray(wide[:height, :width]))


# ------------------------------------------------------------------ things that stand in scenes


def eye(x: float, y: float, focal: float) -> Projection:
    """One-point perspective with its vanishing point at (x, y)."""
    return lambda across, up, away: (x + focal * across / away, y - focal * up / away)


def patch(surface: Surface, u0: float, v0: float, u1: float, v1: float) -> list[Point]:
    """The corners of a rectangle that lies on a surface."""
    return [surface(u0, v0), surface(u1, v0), surface(u1, v1), surface(u0, v1)]


def cuboid(canvas: Canvas, to: Projection, x: Point, y: Point, z: Point, colour: Colour) -> None:
    """A block in perspective: far sides first, its top and flanks shaded."""
    (x0, x1), (y0, y1), (z0, z1) = x, y, z
    if x0 > 0:
        canvas.poly(
            [to(x0, y0, z0), to(x0, y1, z0), to(x0, y1, z1), to(x0, y0, z1)], shade(colour, 0.7)
        )
    if x1 < 0:
        canvas.poly(
            [to(x1, y0, z0), to(x1, y1, z0), to(x1, y1, z1), to(x1, y0, z1)], shade(colour, 0.74)
        )
    if y1 < 0:
        canvas.poly(
            [to(x0, y1, z0), to(x1, y1, z0), to(x1, y1, z1), to(x0, y1, z1)], shade(colour, 1.16)
        )
    canvas.poly([to(x0, y0, z0), to(x1, y0, z0), to(x1, y1, z0), to(x0, y1, z0)], colour)


def clouds(
    canvas: Canvas, rng: Rng, colour: Colour, bottom: float, cover: float = 0.5, thick: float = 0.9
) -> None:
    """Clouds over the upper part of the picture, thinning out towards the horizon."""
    rows = round(bottom / 2)
    puff = noise(rng, canvas.width // 2, rows, (3, 5), 6)
    fade = np.linspace(1, 0.25, rows, dtype=np.float32)[:, None]
    canvas.veil(colour, np.clip((puff - (1 - cover)) * 3.2, 0, thick) * fade, 0, bottom)


def hills(canvas: Canvas, rng: Rng, top: float, base: float, colour: Colour, cells: int) -> None:
    """A range of hills from edge to edge, between a highest point and a base line."""
    xs = np.linspace(-4, canvas.width + 4, canvas.width // 2)
    ys = base - (base - top) * ridge(rng, len(xs), cells)
    outline = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
    canvas.poly([*outline, (canvas.width + 4, base + 900), (-4, base + 900)], colour)


def bush(canvas: Canvas, rng: Rng, x: float, y: float, r: float, green: Colour) -> None:
    """Foliage: leaves in clumps, darker below and lit from the upper left."""
    for step in range(60):
        angle, far = rng.random() * math.tau, math.sqrt(rng.random())
        dx, dy = math.cos(angle) * far, math.sin(angle) * far
        lit = 0.6 + 0.35 * (1 - (dx * 0.5 + dy + 1.5) / 3) + 0.3 * step / 60 * rng.random()
        size = r * (0.34 - 0.22 * step / 60)
        canvas.disc(x + dx * r, y + dy * r * 0.75, size, shade(green, lit), size * 0.8)


def tree(canvas: Canvas, rng: Rng, x: float, ground: float, high: float, green: Colour) -> None:
    """A broad-leaved tree."""
    trunk = (74, 58, 46)
    canvas.line([(x, ground), (x + high * 0.03, ground - high * 0.6)], trunk, high * 0.05)
    for dx, dy, r in ((-0.22, 0.55, 0.24), (0.24, 0.58, 0.25), (0.0, 0.74, 0.3)):
        bush(canvas, rng, x + dx * high, ground - dy * high, r * high, green)


def palm(canvas: Canvas, rng: Rng, x: float, ground: float, high: float, colour: Colour) -> None:
    """A palm: a leaning trunk and a crown of drooping fronds."""
    lean = high * 0.1
    trunk = [(x + lean * (t / 9) ** 2, ground - high * t / 9) for t in range(10)]
    canvas.line(trunk, shade(colour, 0.8), high * 0.035)
    crown_x, crown_y = trunk[-1]
    for frond in range(15):
        angle = math.pi * (frond / 14) + rng.normal() * 0.06
        reach, rise = math.cos(angle) * high * 0.4, (0.1 + math.sin(angle)) * high * 0.3
        tone = shade(colour, 0.75 + 0.55 * rng.random())
        spine = [
            (crown_x + reach * t, crown_y - rise * t + high * 0.3 * t**2.4)
            for t in np.linspace(0, 1, 14)
        ]
        leaf(canvas, spine, high, tone)


def leaf(canvas: Canvas, spine: list[Point], high: float, tone: Colour) -> None:
    """One frond: leaflets on both sides of its spine, longest in the middle."""
    canvas.line(spine, tone, high * 0.01)
    for step, ((ax, ay), (bx, by)) in enumerate(pairwise(spine)):
        long = high * 0.085 * math.sin(math.pi * (step + 2) / (len(spine) + 2))
        across = math.hypot(bx - ax, by - ay) or 1.0
        ux, uy = (bx - ax) / across, (by - ay) / across
        for half in (0.0, 0.5):
            x, y = ax + (bx - ax) * half, ay + (by - ay) * half
            for side in (-1, 1):
                tip = (
                    x + (ux - side * uy * 0.9) * long,
                    y + (uy + side * ux * 0.9) * long + long * 0.5,
                )
                canvas.poly([(x - ux * 3, y - uy * 3), tip, (x + ux * 3, y + uy * 3)], tone)


def person(canvas: Canvas, x: float, feet: float, high: float, coat: Colour) -> None:
    """Somebody standing or walking, seen from afar."""
    canvas.disc(x, feet - high * 0.91, high * 0.075, mix(coat, (70, 50, 40), 0.6), high * 0.09)
    body = [(-0.12, 0.8), (0.12, 0.8), (0.14, 0.42), (-0.14, 0.42)]
    canvas.poly([(x + u * high, feet - v * high) for u, v in body], coat)
    for side in (-0.05, 0.07):
        leg = [(x + side * high, feet - high * 0.45), (x + side * 1.7 * high, feet)]
        canvas.line(leg, shade(coat, 0.55), high * 0.08)


def reflect(
    canvas: Canvas,
    rng: Rng,
    horizon: float,
    water: Colour,
    clear: float = 0.6,
    rough: float = 1,
    smear: int = 1,
) -> None:
    """Fill everything below the horizon with water (or wet asphalt, which smears what it shows)."""
    line = round(horizon)
    rows, columns = canvas.height - line, canvas.width
    scene = canvas.done()
    if smear > 1:
        scene = scene.reduce((3, smear)).resize(scene.size, BICUBIC)
    above = np.asarray(scene)[:line]
    near = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    swell = noise(rng, columns, rows, (5, 44), 3)[((near[:, 0] ** 0.5) * (rows - 1)).astype(int)]
    slope = (swell - 0.5) * rough
    down = np.arange(rows)[:, None] * 0.9 + slope * (14 + 190 * near)
    row = np.clip(line - 1 - np.abs(down), 0, line - 1).astype(int)
    column = np.clip(np.arange(columns)[None, :] + slope * 26, 0, columns - 1).astype(int)
    keep = (clear * (1 - 0.55 * near))[..., None]
    tone = np.array(water, np.float32) * (1 - 0.3 * near)[..., None]
    surface = above[row, column] * keep.astype(np.float32)
    surface += tone * (1 - keep)
    surface += (slope * 34)[..., None]
    sea = Image.fromarray(np.clip(surface, 0, 255, out=surface).astype(np.uint8))
    sea = sea.resize((columns * FINE, rows * FINE), BILINEAR)
    canvas.image.paste(sea, (0, line * FINE))


def junk(canvas: Canvas, x: float, y: float, size: float, sail: Colour) -> None:
    """A junk under three battened sails."""
    hull = [(-0.62, -0.12), (-0.5, 0.1), (0.42, 0.1), (0.66, -0.2), (0.4, -0.08), (-0.4, -0.05)]
    canvas.disc(x, y + 0.13 * size, size * 0.6, (20, 40, 50, 90), size * 0.05)
    for mast, high, wide in ((-0.38, 0.55, 0.26), (0.0, 0.95, 0.42), (0.4, 0.6, 0.28)):
        left, foot = x + (mast - wide * 0.35) * size, y - 0.1 * size
        right, head = x + (mast + wide * 0.65) * size, y - high * size
        canvas.line([(x + mast * size, y), (x + mast * size, head - 6)], (60, 40, 30), size * 0.014)
        canvas.poly(
            [
                (left, foot),
                (x + mast * size, head),
                (right - wide * size * 0.2, head + 4),
                (right, foot - 0.1 * size),
            ],
            sail,
        )
        for batten in (0.2, 0.4, 0.6, 0.8):
            inner = left + (x + mast * size - left) * batten
            outer = right - wide * size * 0.2 * batten
            level = foot + (head - foot) * batten
            canvas.line([(inner, level), (outer, level)], shade(sail, 0.62), size * 0.01)
    canvas.poly([(x + u * size, y + v * size) for u, v in hull], (72, 46, 34))
    canvas.line(
        [(x - 0.5 * size, y - 0.02 * size), (x + 0.5 * size, y - 0.05 * size)],
        (178, 128, 70),
        size * 0.02,
    )


# ------------------------------------------------------------------ housing: photographs


def windows(
    canvas: Canvas, rng: Rng, area: tuple[float, float, float, float], floors: int, bays: int
) -> None:
    """The windows of a residential block, with their air conditioners and washing."""
    x0, y0, x1, y1 = area
    wide, high = (x1 - x0) / bays, (y1 - y0) / floors
    for floor in range(floors):
        top = y0 + floor * high
        canvas.box(x0, top + high * 0.9, x1, top + high, (60, 50, 50, 60))
        for bay in range(bays):
            left = x0 + bay * wide
            glass = mix((44, 62, 78), (168, 196, 208), rng.random() ** 2)
            if rng.random() < 0.12:
                glass = (232, 218, 190)
            right, sill = left + wide * 0.78, top + high * 0.72
            canvas.box(left + wide * 0.2, top + high * 0.16, right, sill, glass)
            canvas.box(left + wide * 0.47, top + high * 0.16, left + wide * 0.51, sill, WHITE)
            if rng.random() < 0.5:
                canvas.box(
                    left + wide * 0.3, sill, left + wide * 0.6, sill + high * 0.2, (214, 214, 208)
                )
            if rng.random() < 0.16:
                washing(canvas, rng, left + wide * 0.12, sill, wide * 0.8, high * 0.34)


def washing(canvas: Canvas, rng: Rng, x: float, y: float, wide: float, high: float) -> None:
    """Clothes on a pole."""
    for piece in range(4):
        colour = pick(rng, [(206, 70, 66), (240, 236, 226), (66, 104, 170), (238, 188, 80)])
        left = x + wide * piece / 4
        canvas.box(left, y, left + wide * 0.2, y + high * (0.6 + 0.5 * rng.random()), colour)


def tower(
    canvas: Canvas, rng: Rng, x: float, top: float, wide: float, base: float, colour: Colour
) -> None:
    """A residential tower of two wings and a recess between them."""
    canvas.box(x + wide * 0.4, top - 46, x + wide * 0.62, top, shade(colour, 0.82))
    canvas.box(x + wide * 0.44, top - 64, x + wide * 0.54, top - 46, shade(colour, 0.95))
    canvas.line([(x + wide * 0.5, top - 64), (x + wide * 0.5, top - 110)], (120, 120, 124), 2)
    floors = max(8, round((base - top) / 31))
    for left, right, light in ((0, 0.44, 1.06), (0.44, 0.56, 0.6), (0.56, 0.9, 0.98)):
        canvas.box(x + wide * left, top, x + wide * right, base, shade(colour, light))
        bays = max(1, round((right - left) * wide / 38))
        area = (x + wide * left, top + 10, x + wide * right, base)
        windows(canvas, rng, area, floors, bays)
        canvas.box(x + wide * left, top - 6, x + wide * right, top + 6, shade(colour, 1.18))
    canvas.poly(
        [(x + wide * 0.9, top), (x + wide, top + 16), (x + wide, base), (x + wide * 0.9, base)],
        shade(colour, 0.6),
    )
    for stripe in (0.03, 0.41, 0.59):
        canvas.box(x + wide * stripe, top, x + wide * (stripe + 0.025), base, (176, 84, 66))


def estate_towers(rng: Rng) -> Image.Image:
    """The towers of an estate above its podium, on a fine day."""
    canvas = Canvas(1500, 1125)
    canvas.sky([(0, (64, 132, 196)), (0.55, (170, 206, 230)), (1, (226, 234, 232))])
    clouds(canvas, rng, WHITE, 700, 0.52)
    hills(canvas, rng, 560, 860, (112, 142, 140), 3)
    hills(canvas, rng, 680, 900, (84, 122, 96), 4)
    for x, top, wide, colour in (
        (330, 380, 210, (196, 190, 196)),
        (980, 330, 220, (204, 196, 188)),
        (60, 210, 270, (234, 198, 176)),
        (1180, 170, 280, (232, 212, 168)),
        (560, 90, 360, (238, 206, 186)),
    ):
        tower(canvas, rng, x, top, wide, 960, colour)
    podium(canvas, rng)
    return photograph(canvas, rng)


def podium(canvas: Canvas, rng: Rng) -> None:
    """A shopping podium, trees along it, and the road in front."""
    canvas.box(0, 930, 1500, 1030, (208, 196, 178))
    canvas.box(0, 926, 1500, 938, (160, 82, 66))
    for x in range(20, 1500, 74):
        canvas.box(x, 958, x + 56, 1022, pick(rng, [(64, 80, 92), (92, 108, 112), (226, 206, 150)]))
        canvas.box(
            x - 4, 948, x + 60, 960, pick(rng, [(58, 116, 92), (190, 72, 58), (48, 88, 140)])
        )
    canvas.box(0, 1030, 1500, 1056, (188, 186, 178))
    canvas.box(0, 1056, 1500, 1125, (96, 98, 104))
    for x in range(-20, 1500, 130):
        canvas.box(x, 1092, x + 66, 1097, (232, 232, 226))
    for x in range(-10, 1540, 118):
        tree(canvas, rng, x + rng.normal() * 16, 1052, 150 + rng.random() * 60, (84, 134, 66))


RAINBOW = [
    (226, 92, 84),
    (238, 146, 84),
    (244, 200, 96),
    (150, 190, 108),
    (92, 176, 160),
    (92, 156, 206),
    (112, 118, 190),
    (182, 112, 172),
]


def rainbow_court(rng: Rng) -> Image.Image:
    """A ball court before a block painted in all colours."""
    canvas = Canvas(1600, 1200, (120, 176, 214))
    canvas.sky([(0, (96, 160, 214)), (0.4, (206, 226, 238)), (1, (206, 226, 238))])
    wide = 200
    for column, colour in enumerate(RAINBOW):
        x = column * wide
        canvas.box(x, 96, x + wide, 760, colour)
        canvas.box(x, 86, x + wide, 104, shade(colour, 1.2))
        for floor in range(12):
            balcony(canvas, rng, x, 112 + floor * 54, wide, colour)
        canvas.box(x + wide - 9, 96, x + wide, 760, shade(colour, 0.66))
    court(canvas)
    for x, high in ((120, 470), (560, 390), (1070, 400), (1500, 500)):
        palm(canvas, rng, x, 800, high, (66, 122, 72))
    for x in range(0, 1640, 92):
        bush(canvas, rng, x, 792, 40, (78, 130, 66))
    hoop(canvas, 420, 900)
    hoop(canvas, 1180, 900)
    for x, feet, coat in (
        (700, 930, (220, 70, 60)),
        (790, 960, (250, 250, 250)),
        (930, 915, (40, 60, 110)),
        (640, 1010, (246, 196, 70)),
    ):
        canvas.disc(x + 20, feet, 40, (20, 40, 30, 80), 7)
        person(canvas, x, feet, 112, coat)
    return photograph(canvas, rng, vignette=0.26)


def balcony(canvas: Canvas, rng: Rng, x: float, y: float, wide: float, colour: Colour) -> None:
    """One floor of one column: a dark opening behind a painted parapet."""
    canvas.box(x, y, x + wide - 9, y + 30, shade(colour, 0.5))
    for bay in range(4):
        left = x + 8 + bay * 46
        canvas.box(left, y + 4, left + 34, y + 30, mix((52, 64, 80), (190, 206, 210), rng.random()))
        canvas.box(left + 16, y + 4, left + 18, y + 30, (236, 236, 232))
        if rng.random() < 0.3:
            washing(canvas, rng, left, y + 10, 36, 24)
    canvas.box(x, y + 30, x + wide - 9, y + 36, shade(colour, 1.16))


def court(canvas: Canvas) -> None:
    """The ground of the court in perspective, with its white lines."""
    canvas.box(0, 760, 1600, 1200, (172, 112, 92))
    to = eye(800, 640, 1000)

    def ground(u: float, v: float) -> Point:
        return to(-3.0 + 6.0 * u, -1.0, 5.4 - 3.7 * v)

    canvas.poly(patch(ground, 0, 0, 1, 1), (58, 132, 112))
    canvas.poly(patch(ground, 0, 0.32, 0.22, 0.7), (202, 112, 78))
    canvas.poly(patch(ground, 0.78, 0.32, 1, 0.7), (202, 112, 78))
    edges = [
        patch(ground, 0.02, 0.03, 0.98, 0.97),
        patch(ground, 0, 0.32, 0.22, 0.7),
        patch(ground, 0.78, 0.32, 1, 0.7),
        patch(ground, 0.5, 0.03, 0.5, 0.97),
    ]
    for corners in edges:
        canvas.line([*corners, corners[0]], (240, 240, 232), 4)
    ring = [
        ground(0.5 + 0.1 * math.cos(a), 0.5 + 0.17 * math.sin(a))
        for a in np.linspace(0, math.tau, 60)
    ]
    canvas.line(ring, (240, 240, 232), 4)


def hoop(canvas: Canvas, x: float, ground: float) -> None:
    """A basketball hoop on its post."""
    canvas.disc(x, ground, 60, (20, 40, 30, 80), 9)
    canvas.line([(x, ground), (x, ground - 230)], (70, 74, 82), 9)
    canvas.box(x - 66, ground - 300, x + 66, ground - 214, (244, 244, 240))
    canvas.frame(x - 66, ground - 300, x + 66, ground - 214, (200, 60, 50), 4)
    canvas.frame(x - 22, ground - 262, x + 22, ground - 228, (200, 60, 50), 3)
    canvas.disc(x, ground - 218, 24, (214, 96, 40), 7)


@dataclass(frozen=True)
class RoomStyle:
    """What differs between two living rooms of one type of flat."""

    wall: Colour
    floor: Colour
    sofa: Colour
    curtain: Colour
    rug: Colour
    sofa_left: bool
    art: tuple[Colour, Colour, Colour]


ROOM_12A = RoomStyle(
    (232, 222, 204),
    (176, 126, 82),
    (70, 106, 116),
    (222, 214, 200),
    (206, 186, 156),
    True,
    ((230, 168, 96), (196, 92, 72), (60, 84, 100)),
)
ROOM_14A = RoomStyle(
    (212, 220, 214),
    (148, 116, 92),
    (196, 132, 84),
    (188, 202, 196),
    (122, 142, 150),
    False,
    ((176, 202, 208), (92, 140, 140), (238, 222, 186)),
)


def living_room(rng: Rng, style: RoomStyle) -> Image.Image:
    """A living room: one window at the end, a sofa along one side, sun on the floor."""
    canvas = Canvas(1500, 1000, style.wall)
    to = eye(750, 470, 760)
    shell(canvas, rng, to, style)
    room_window(canvas, rng, to, style)
    sunbeam = [to(-1.1, -1.2, 3.9), to(0.5, -1.2, 3.9), to(1.3, -1.2, 2.3), to(-0.6, -1.2, 2.3)]
    canvas.poly(sunbeam, (255, 236, 190, 70))
    furniture(canvas, rng, to, style)
    depth = np.hypot(*np.meshgrid(np.linspace(-1.1, 1.1, 75), np.linspace(-0.9, 1.3, 50)))
    canvas.veil((36, 26, 24), np.clip(depth.astype(np.float32) * 0.34 - 0.12, 0, 0.45))
    canvas.light(750, 430, 640, (96, 88, 70))
    return photograph(canvas, rng, vignette=0.3, bloom=0.25)


def shell(canvas: Canvas, rng: Rng, to: Projection, style: RoomStyle) -> None:
    """Ceiling, walls and a floor of planks."""
    wall = style.wall
    left = [to(-2.6, -1.2, 1), to(-2.6, 1.35, 1), to(-2.6, 1.35, 4.2), to(-2.6, -1.2, 4.2)]
    right = [to(2.6, -1.2, 1), to(2.6, 1.35, 1), to(2.6, 1.35, 4.2), to(2.6, -1.2, 4.2)]
    canvas.poly(
        [to(-2.6, 1.35, 1), to(2.6, 1.35, 1), to(2.6, 1.35, 4.2), to(-2.6, 1.35, 4.2)],
        mix(wall, WHITE, 0.6),
    )
    canvas.poly(left, shade(wall, 0.9))
    canvas.poly(right, shade(wall, 0.84))
    for row in range(26):
        for board in range(5):
            x, z = -2.6 + row * 0.2, 1 + board * 0.8 - (row * 0.37) % 0.8
            tone = shade(style.floor, 0.88 + 0.22 * rng.random())
            z0, z1 = max(1.0, z), min(4.2, z + 0.8)
            if z1 <= z0:
                continue
            plank = [to(x, -1.2, z0), to(x + 0.2, -1.2, z0), to(x + 0.2, -1.2, z1), to(x, -1.2, z1)]
            canvas.poly(plank, tone)
            canvas.line([*plank, plank[0]], (60, 36, 20, 70), 1)
    for x in (-2.6, 2.6):
        skirting = [to(x, -1.2, 1), to(x, -1.06, 1), to(x, -1.06, 4.2), to(x, -1.2, 4.2)]
        canvas.poly(skirting, (244, 240, 232))
    canvas.poly(
        [to(-2.6, -1.2, 4.2), to(2.6, -1.2, 4.2), to(2.6, -1.06, 4.2), to(-2.6, -1.06, 4.2)],
        (248, 244, 238),
    )


def room_window(canvas: Canvas, rng: Rng, to: Projection, style: RoomStyle) -> None:
    """The window of the end wall, towers outside, curtains and an air conditioner."""
    (x0, y0), (x1, y1) = to(-1.3, 0.95, 4.2), to(1.3, -0.45, 4.2)
    high = round(y1 - y0)
    canvas.image.paste(
        ramp(round((x1 - x0) * FINE), high * FINE, [(0, (150, 196, 230)), (1, (240, 240, 226))]),
        (round(x0 * FINE), round(y0 * FINE)),
    )
    for step in range(14):
        x = x0 + step * (x1 - x0) / 14
        top = y0 + high * (0.25 + 0.5 * rng.random())
        colour = mix((170, 184, 198), (206, 204, 200), rng.random())
        canvas.box(x, top, x + 30, y1, colour)
        for level in range(int(top) + 6, int(y1), 9):
            canvas.box(x + 4, level, x + 26, level + 4, shade(colour, 0.86))
    for x in np.linspace(x0, x1, 4):
        canvas.box(x - 4, y0, x + 4, y1, (250, 250, 246))
    canvas.frame(x0 - 8, y0 - 8, x1 + 8, y1 + 8, (250, 250, 246), 9)
    for side in (-1, 1):
        for fold in range(7):
            x = 750 + side * (x1 - 750 + 34) - side * fold * 13
            tone = shade(style.curtain, 0.86 + 0.2 * (fold % 2))
            canvas.box(x - 7, y0 - 36, x + 7, y1 + 130, tone)
    canvas.box(x0 - 70, y0 - 44, x1 + 70, y0 - 34, (120, 104, 88))
    canvas.box(640, y0 - 96, 860, y0 - 52, (246, 246, 244))
    canvas.line([(650, y0 - 62), (850, y0 - 62)], (190, 190, 190), 3)


def furniture(canvas: Canvas, rng: Rng, to: Projection, style: RoomStyle) -> None:
    """Rug, picture, sofa, television bench, table, lamp and a plant."""
    side = -1 if style.sofa_left else 1

    def across(x0: float, x1: float) -> Point:
        return (x0, x1) if side > 0 else (-x1, -x0)

    rug = [to(-1.1, -1.2, 2.1), to(1.0, -1.2, 2.1), to(1.0, -1.2, 3.4), to(-1.1, -1.2, 3.4)]
    canvas.poly(rug, style.rug)
    canvas.line([*rug, rug[0]], shade(style.rug, 0.75), 6)
    art(canvas, to, 2.6 * side, style)
    cuboid(canvas, to, across(2.2, 2.6), (-1.2, -0.3), (2.2, 3.8), shade(style.sofa, 0.9))
    cuboid(canvas, to, across(1.55, 2.3), (-1.2, -0.75), (2.2, 3.8), style.sofa)
    for z in (3.5, 2.35):
        cuboid(
            canvas,
            to,
            across(1.55, 2.4),
            (-1.2, -0.58),
            (z - 0.1, z + 0.15),
            shade(style.sofa, 1.08),
        )
    for z, colour in ((3.1, style.art[0]), (2.75, style.art[1])):
        cuboid(canvas, to, across(1.95, 2.15), (-0.74, -0.4), (z, z + 0.3), colour)
    side = -side
    cuboid(canvas, to, across(2.1, 2.6), (-1.2, -0.85), (2.3, 3.9), (142, 100, 66))
    cuboid(canvas, to, across(2.4, 2.44), (-0.8, -0.1), (2.5, 3.6), (28, 30, 36))
    cuboid(canvas, to, (-0.45, 0.45), (-0.86, -0.8), (2.5, 3.0), (160, 112, 72))
    for x in (-0.4, 0.36):
        cuboid(canvas, to, (x, x + 0.05), (-1.2, -0.86), (2.5, 2.55), (96, 66, 44))
    cup_x, cup_y = to(0.1, -0.74, 2.7)
    canvas.box(cup_x - 12, cup_y - 12, cup_x + 12, cup_y + 12, (240, 238, 232))
    plant_x, plant_y = to(2.1 * side, -1.2, 4.0)
    canvas.box(plant_x - 24, plant_y - 44, plant_x + 24, plant_y, (196, 122, 88))
    for _ in range(26):
        dx, dy = rng.normal() * 46, -70 - rng.random() * 120
        canvas.line(
            [
                (plant_x, plant_y - 40),
                (plant_x + dx * 0.5, plant_y + dy * 0.8),
                (plant_x + dx, plant_y + dy),
            ],
            pick(rng, [(62, 110, 66), (92, 146, 84)]),
            6,
        )
    lamp_x, lamp_y = to(0, 1.35, 2.6)
    canvas.line([(lamp_x, lamp_y), (lamp_x, lamp_y + 60)], (90, 84, 80), 3)
    canvas.poly(
        [
            (lamp_x - 30, lamp_y + 60),
            (lamp_x + 30, lamp_y + 60),
            (lamp_x + 74, lamp_y + 106),
            (lamp_x - 74, lamp_y + 106),
        ],
        (250, 240, 214),
    )


def art(canvas: Canvas, to: Projection, x: float, style: RoomStyle) -> None:
    """A framed picture on a side wall."""

    def wall(u: float, v: float) -> Point:
        return to(x, 0.1 + 0.8 * v, 2.5 + 1.1 * u)

    canvas.poly(patch(wall, 0, 0, 1, 1), (70, 54, 42))
    canvas.poly(patch(wall, 0.04, 0.05, 0.96, 0.95), style.art[0])
    canvas.poly(
        [
            wall(0.04, 0.05),
            wall(0.96, 0.05),
            wall(0.96, 0.3),
            wall(0.6, 0.6),
            wall(0.35, 0.35),
            wall(0.04, 0.5),
        ],
        style.art[1],
    )
    canvas.poly([wall(0.04, 0.05), wall(0.96, 0.05), wall(0.5, 0.28)], style.art[2])


def light_well(rng: Rng) -> Image.Image:
    """Looking straight up between four blocks to a patch of sky."""
    canvas = Canvas(1400, 1400, (236, 246, 252))
    to = eye(700, 730, 800)
    floors, first, step = 19, 0.85, 0.3
    last = first + floors * step
    sides: list[tuple[Surface, Colour]] = [
        (lambda u, z: to(-1 + 2 * u, 0.95, z), (120, 196, 190)),
        (lambda u, z: to(1, 0.95 - 1.9 * u, z), (238, 150, 120)),
        (lambda u, z: to(1 - 2 * u, -0.95, z), (112, 160, 206)),
        (lambda u, z: to(-1, -0.95 + 1.9 * u, z), (246, 204, 120)),
    ]
    for wall, colour in sides:
        for floor in range(floors):
            z = first + floor * step
            light = 0.5 + 0.62 * (floor / floors) ** 1.1
            canvas.poly(patch(wall, 0, z, 1, z + step), shade(colour, light))
            canvas.poly(patch(wall, 0, z, 1, z + step * 0.12), shade(colour, light * 0.62))
            for bay in range(7):
                well_window(canvas, rng, wall, bay / 7, z, step, light)
    for wall, _ in sides:
        canvas.line([wall(0, last), wall(1, last)], (250, 250, 250), 3)
        canvas.line([wall(0, first), wall(0, last)], (30, 30, 34, 150), 5)
    canvas.light(700, 730, 420, (150, 150, 140))
    return photograph(canvas, rng, vignette=0.42, bloom=0.3)


def well_window(
    canvas: Canvas, rng: Rng, wall: Surface, u: float, z: float, step: float, light: float
) -> None:
    """One window of the light well: lit or dark, with what hangs out of it."""
    glass = mix((40, 56, 70), (150, 178, 190), rng.random() ** 1.6)
    if rng.random() < 0.12:
        glass, light = (255, 226, 160), max(light, 0.9)
    canvas.poly(
        patch(wall, u + 0.03, z + step * 0.3, u + 0.105, z + step * 0.85), shade(glass, light)
    )
    if rng.random() < 0.5:
        canvas.poly(
            patch(wall, u + 0.034, z + step * 0.12, u + 0.075, z + step * 0.34),
            shade((214, 214, 206), light),
        )
    if rng.random() < 0.22:
        for piece in range(4):
            cloth = pick(rng, [(214, 74, 66), (246, 240, 230), (70, 120, 190), (240, 196, 84)])
            left = u + 0.02 + piece * 0.024
            low, high = z + step * 0.02, z + step * (0.28 + 0.2 * rng.random())
            canvas.poly(patch(wall, left, low, left + 0.02, high), shade(cloth, max(0.55, light)))


# ------------------------------------------------------------------ landreg: a photograph


def aerial(rng: Rng) -> Image.Image:
    """A bay, fields and a village from straight above, as a survey flight saw them."""
    canvas = Canvas(1500, 1200)
    x = np.linspace(-0.12, 0.62, 1500, dtype=np.float32)[None, :]
    land = noise(rng, 1500, 1200, (2, 2), 7) * 0.55 + x
    tones: Stops = [
        (0.0, (18, 62, 92)),
        (0.3, (40, 112, 128)),
        (0.375, (112, 176, 168)),
        (0.39, (226, 210, 168)),
        (0.405, (196, 182, 130)),
        (0.42, (116, 138, 82)),
        (0.6, (86, 116, 66)),
        (0.8, (58, 90, 54)),
        (1.2, (110, 116, 86)),
    ]
    places = [place for place, _ in tones]
    bands = [np.interp(land, places, [c[i] for _, c in tones]) for i in range(3)]
    slope = np.gradient(land, axis=0) + np.gradient(land, axis=1)
    relief = 1 + np.where(land > 0.4, slope * 34, slope * 3)
    texture = 0.88 + 0.24 * noise(rng, 1500, 1200, (90, 72), 3)
    ground = np.stack(bands, axis=-1) * (relief * np.where(land > 0.41, texture, 1))[..., None]
    flat = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))
    canvas.image.paste(flat.resize(canvas.image.size))
    fields(canvas, rng, land)
    road = [
        (1500.0, 250.0),
        (1260, 330),
        (1120, 470),
        (1090, 640),
        (1130, 820),
        (1080, 1000),
        (1130, 1200),
    ]
    canvas.line(curve(road), (212, 204, 190), 12)
    canvas.line(curve(road), (150, 146, 142), 7)
    village(canvas, rng, land, road)
    for _ in range(9):
        boat(canvas, rng, land)
    return photograph(canvas, rng, grain=4.5, vignette=0.4, bloom=0.05)


def curve(points: Sequence[Point], steps: int = 14) -> list[Point]:
    """A smooth line through the points (Catmull-Rom)."""
    ends = [points[0], *points, points[-1]]
    path: list[Point] = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for t in np.linspace(0, 1, steps, endpoint=False):
            w = (
                -t + 2 * t**2 - t**3,
                2 - 5 * t**2 + 3 * t**3,
                t + 4 * t**2 - 3 * t**3,
                t**3 - t**2,
            )
            x, y = (sum(k * p[i] for k, p in zip(w, (a, b, c, d), strict=True)) / 2 for i in (0, 1))
            path.append((x, y))
    return [*path, points[-1]]


def fields(canvas: Canvas, rng: Rng, land: Grid) -> None:
    """Terraced fields wherever the land is low and dry."""
    greens = [(150, 164, 84), (112, 146, 72), (176, 160, 104), (132, 120, 78), (170, 182, 108)]
    shift = rng.random((20, 24, 2)) * 30
    for row in range(18):
        for column in range(22):
            corners = []
            for dr, dc in ((0, 0), (0, 1), (1, 1), (1, 0)):
                jolt = shift[row + dr, column + dc]
                px, py = (column + dc) * 78 + (row + dr) * 14 - 120, (row + dr) * 68
                corners.append((float(px + jolt[0]), float(py + jolt[1])))
            at = [land[int(np.clip(y, 0, 1199)), int(np.clip(x, 0, 1499))] for x, y in corners]
            if min(at) < 0.425 or max(at) > 0.78 or rng.random() < 0.18:
                continue
            colour = pick(rng, greens)
            canvas.poly(corners, (*colour, 215))
            canvas.line([*corners, corners[0]], (74, 92, 54, 190), 3)
            furrows(canvas, corners, shade(colour, 0.84))


def furrows(canvas: Canvas, corners: list[Point], colour: Colour) -> None:
    """The rows of a ploughed field."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    for t in np.linspace(0.1, 0.9, 9):
        canvas.line(
            [(ax + (bx - ax) * t, ay + (by - ay) * t), (dx + (cx - dx) * t, dy + (cy - dy) * t)],
            colour,
            1.5,
        )


def village(canvas: Canvas, rng: Rng, land: Grid, road: Sequence[Point]) -> None:
    """Houses with their shadows along a road."""
    for x, y in curve(road, 5):
        for side in (-1, 1):
            cx, cy = x + side * (34 + rng.random() * 60), y + rng.normal() * 10
            if not (20 < cx < 1480 and 20 < cy < 1180) or land[int(cy), int(cx)] < 0.42:
                continue
            w, h, turn = 13 + rng.random() * 9, 12 + rng.random() * 7, rng.normal() * 0.25
            roof = [
                (
                    cx + u * w * math.cos(turn) - v * h * math.sin(turn),
                    cy + u * w * math.sin(turn) + v * h * math.cos(turn),
                )
                for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            ]
            canvas.poly([(px + 9, py + 9) for px, py in roof], (30, 36, 26, 130))
            tone = pick(rng, [(206, 196, 184), (188, 108, 84), (226, 222, 214), (150, 156, 164)])
            canvas.poly(roof, tone)
            canvas.poly(
                [roof[0], roof[1], mid(roof[1], roof[2]), mid(roof[0], roof[3])], shade(tone, 0.84)
            )
        bush(canvas, rng, x + rng.normal() * 70, y + rng.normal() * 40, 15, (66, 98, 54))


def mid(one: Point, other: Point) -> Point:
    """The point half-way between two."""
    return ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)


def boat(canvas: Canvas, rng: Rng, land: Grid) -> None:
    """A boat and its wake, if the place is at sea."""
    x, y = float(rng.uniform(30, 700)), float(rng.uniform(30, 1170))
    if land[int(y), int(x)] > 0.33:
        return
    turn = rng.random() * math.tau
    dx, dy = math.cos(turn), math.sin(turn)
    for spread in (-0.22, 0.22):
        wake = (x - 120 * math.cos(turn + spread), y - 120 * math.sin(turn + spread))
        canvas.line([(x, y), wake], (226, 240, 238, 90), 3)
    hull = [
        (x + dx * 17, y + dy * 17),
        (x - dy * 5, y + dx * 5),
        (x - dx * 12, y - dy * 12),
        (x + dy * 5, y - dx * 5),
    ]
    canvas.poly(hull, (246, 244, 238))


# ------------------------------------------------------------------ tourism: photographs


@dataclass(frozen=True)
class Hour:
    """The colours of the harbour at one time of day."""

    sky: Stops
    hill: Colour
    walls: tuple[Colour, ...]
    water: Colour
    lit: float


DAY = Hour(
    [(0, (52, 128, 204)), (0.6, (150, 198, 232)), (1, (234, 238, 232))],
    (96, 134, 122),
    ((206, 210, 212), (158, 182, 198), (224, 214, 200), (120, 150, 172), (186, 172, 160)),
    (52, 112, 128),
    0.0,
)
NIGHT = Hour(
    [(0, (10, 12, 38)), (0.6, (38, 36, 84)), (1, (126, 82, 104))],
    (20, 22, 46),
    ((26, 28, 50), (34, 38, 62), (22, 26, 44), (40, 36, 58), (30, 34, 52)),
    (10, 16, 38),
    0.45,
)
NEON = [(255, 92, 120), (84, 200, 255), (255, 190, 92), (150, 120, 255), (110, 240, 190)]


def harbour(rng: Rng, hour: Hour) -> Image.Image:
    """The harbour with the peak behind its towers; the same view at any hour."""
    canvas = Canvas(1800, 1100)
    horizon = 690
    canvas.sky(hour.sky, horizon)
    clouds(canvas, rng, mix(hour.sky[2][1], WHITE, 0.0 if hour.lit else 0.8), 600, 0.5, 0.85)
    hills(canvas, rng, 210, 700, mix(hour.hill, hour.sky[2][1], 0.3), 3)
    hills(canvas, rng, 380, 720, hour.hill, 5)
    for rank, (tallest, wide, step) in enumerate(((230, 44, 30), (300, 58, 46), (230, 76, 66))):
        haze = (0.45, 0.2, 0.0)[rank]
        for x in range(-30, 1830, step):
            high = tallest * (0.3 + 0.7 * rng.random() * math.exp(-(((x - 900) / 800) ** 2)))
            wall = mix(pick(rng, hour.walls), hour.sky[2][1], haze)
            block(
                canvas,
                rng,
                (x, horizon - high, x + wide * (0.7 + 0.4 * rng.random()), horizon),
                wall,
                hour,
            )
        if rank == 1:
            landmarks(canvas, rng, horizon, hour)
    canvas.box(0, horizon - 14, 1800, horizon, shade(hour.walls[3], 0.7))
    for x in range(0, 1800, 24):
        lamp = (255, 214, 150) if hour.lit else (232, 228, 216)
        canvas.box(x, horizon - 12, x + 12, horizon - 5, lamp)
    reflect(canvas, rng, horizon, hour.water, 0.78 if hour.lit else 0.5)
    ferry(canvas, 1330, 850, 190, hour)
    junk(canvas, 520, 920, 270, (188, 62, 46) if not hour.lit else (216, 70, 62))
    if hour.lit:
        canvas.light(520, 800, 260, (120, 40, 34))
    else:
        canvas.light(1500, 60, 700, (90, 84, 60))
    return photograph(canvas, rng, vignette=0.3, bloom=0.55 if hour.lit else 0.1)


def block(
    canvas: Canvas, rng: Rng, area: tuple[float, float, float, float], wall: Colour, hour: Hour
) -> None:
    """One tower of the skyline with its windows, lit or not."""
    x0, y0, x1, y1 = area
    edge = x1 - (x1 - x0) * 0.24
    canvas.box(x0, y0, edge, y1, wall)
    canvas.box(edge, y0, x1, y1, shade(wall, 0.74))
    warm = pick(rng, [(255, 222, 150), (255, 238, 206), (190, 220, 255)])
    lit = hour.lit * (0.35 + rng.random())
    for y in np.arange(y0 + 5, y1 - 14, 8):
        for x in np.arange(x0 + 3, edge - 5, 7):
            on = rng.random()
            if hour.lit and on < lit:
                canvas.box(x, y, x + 4, y + 4.5, shade(warm, 0.55 + 0.45 * rng.random()))
            elif not hour.lit:
                canvas.box(x, y, x + 5, y + 4.5, shade(wall, 0.7 + 0.3 * on))
    if hour.lit and rng.random() < 0.3:
        sign = pick(rng, NEON)
        canvas.box(x0 + 4, y0 + 4, edge - 4, y0 + 16, sign)
        canvas.light((x0 + x1) / 2, y0 + 10, 70, shade(sign, 0.5))


def landmarks(canvas: Canvas, rng: Rng, horizon: float, hour: Hour) -> None:
    """Three towers with crowns of their own: stepped, faceted, pointed."""
    glass = mix(hour.walls[1], hour.sky[1][1], 0.3)
    trim = (236, 244, 255) if hour.lit else shade(glass, 1.25)
    for level in range(5):
        inset = level * 9
        block(
            canvas,
            rng,
            (1130 + inset, horizon - 350 - level * 32, 1250 - inset, horizon),
            shade(glass, 0.95),
            hour,
        )
    for tooth in range(6):
        x = 1166 + tooth * 8
        canvas.poly([(x, horizon - 478), (x + 3, horizon - 506), (x + 7, horizon - 478)], trim)
    faceted = [
        (660, horizon),
        (660, horizon - 330),
        (705, horizon - 400),
        (750, horizon - 470),
        (750, horizon),
    ]
    canvas.poly(faceted, shade(glass, 0.72))
    canvas.poly(
        [(705, horizon - 400), (750, horizon - 470), (750, horizon), (705, horizon)],
        shade(glass, 0.9),
    )
    for level in range(4):
        low, high = horizon - level * 84, horizon - level * 84 - 84
        canvas.line([(660, low), (750, high), (750, low), (660, high)], trim, 2)
    for x in (722, 738):
        canvas.line([(x, horizon - 430), (x, horizon - 540)], trim, 3)
    block(canvas, rng, (880, horizon - 380, 950, horizon), shade(glass, 0.9), hour)
    canvas.poly([(880, horizon - 380), (915, horizon - 440), (950, horizon - 380)], trim)
    canvas.line([(915, horizon - 440), (915, horizon - 500)], trim, 3)


def ferry(canvas: Canvas, x: float, y: float, size: float, hour: Hour) -> None:
    """A double-ended ferry, green below and white above."""
    dim = 0.55 if hour.lit else 1.0
    canvas.disc(x, y + 2, size * 0.56, (10, 30, 40, 110), size * 0.04)
    hull = [(-0.54, -0.14), (-0.46, 0), (0.46, 0), (0.54, -0.14)]
    canvas.poly([(x + u * size, y + v * size) for u, v in hull], shade((34, 98, 74), dim))
    for low, high, half in ((0.14, 0.25, 0.48), (0.25, 0.36, 0.4)):
        canvas.box(
            x - half * size,
            y - high * size,
            x + half * size,
            y - low * size,
            shade((240, 240, 230), dim),
        )
        pane = (255, 224, 150) if hour.lit else (70, 96, 106)
        for step in np.arange(-half + 0.03, half - 0.03, 0.06):
            canvas.box(
                x + step * size,
                y - (high - 0.03) * size,
                x + (step + 0.04) * size,
                y - (low + 0.03) * size,
                pane,
            )
    canvas.box(
        x - 0.05 * size,
        y - 0.48 * size,
        x + 0.05 * size,
        y - 0.36 * size,
        shade((226, 190, 80), dim),
    )
    if hour.lit:
        canvas.light(x, y - 0.2 * size, size * 0.7, (90, 70, 40))


def misty_hills(rng: Rng) -> Image.Image:
    """Ridge behind ridge above a sea of mist, early in the morning."""
    canvas = Canvas(1600, 1067)
    canvas.sky(
        [(0, (98, 132, 182)), (0.3, (216, 186, 184)), (0.5, (252, 214, 168)), (1, (252, 226, 190))]
    )
    clouds(canvas, rng, (255, 226, 206), 420, 0.42, 0.7)
    canvas.light(1120, 400, 620, (150, 110, 60))
    canvas.disc(1120, 400, 44, (255, 246, 222))
    for layer in range(7):
        near = layer / 6
        top = 330 + 90 * layer
        colour = mix(
            mix((224, 178, 172), (108, 112, 160), min(1, near * 1.8)), (14, 54, 72), near**2
        )
        hills(canvas, rng, top, top + 150 + 60 * layer, colour, 3 + layer // 2)
        if layer < 6:
            drift = noise(rng, 400, 120, (3, 2), 5)
            drift *= np.sin(np.linspace(0, math.pi, 120, dtype=np.float32))[:, None]
            mist = mix((255, 226, 200), (214, 206, 226), near)
            canvas.veil(mist, drift * (0.9 - 0.35 * near), top + 70, min(1067, top + 330))
    for x in np.sort(rng.random(70)) * 1640 - 20:
        pine(canvas, rng, float(x), 1075, 70 + 110 * abs(float(x) / 1600 - 0.45) * 2)
    for bird in range(7):
        x, y = 420 + bird * 46, 250 + abs(bird - 3) * 22
        canvas.line([(x - 13, y - 7), (x, y), (x + 13, y - 7)], (60, 60, 76), 2)
    return photograph(canvas, rng, bloom=0.25)


def pine(canvas: Canvas, rng: Rng, x: float, ground: float, high: float) -> None:
    """A dark conifer."""
    tone = mix((12, 30, 34), (30, 58, 54), rng.random())
    for tier in range(6):
        top = ground - high + tier * high * 0.14
        half = high * (0.05 + 0.045 * tier)
        canvas.poly([(x, top), (x - half, top + high * 0.24), (x + half, top + high * 0.24)], tone)
    canvas.box(x - high * 0.02, ground - high * 0.2, x + high * 0.02, ground, tone)


def neon_street(rng: Rng) -> Image.Image:
    """A street of signs on a wet night."""
    canvas = Canvas(1200, 1500, (14, 12, 30))
    canvas.sky([(0, (12, 12, 36)), (0.5, (66, 34, 84)), (1, (120, 60, 96))], 900)
    to = eye(600, 880, 760)
    for z in (14.0, 10.5, 8.0, 6.2, 4.8, 3.8, 3.0, 2.4, 1.9, 1.5):
        for side in (-1, 1):
            night_house(canvas, rng, to, side, z)
    canvas.box(560, 800, 640, 884, (250, 190, 150, 90))
    canvas.poly(
        [to(-1.5, -0.5, 40), to(1.5, -0.5, 40), to(1.5, -0.5, 0.5), to(-1.5, -0.5, 0.5)],
        (30, 28, 40),
    )
    for z in np.geomspace(13, 1.25, 15):
        for side in (-1, 1):
            neon_sign(canvas, rng, to, side, float(z))
    canvas.light(600, 860, 300, (150, 90, 90))
    reflect(canvas, rng, 900, (34, 30, 48), 0.85, 0.35, smear=60)
    pavements(canvas, to)
    for x, z, coat in (
        (-0.7, 3.2, (40, 40, 60)),
        (-0.55, 3.0, (120, 40, 50)),
        (0.8, 2.6, (30, 50, 70)),
        (-0.95, 2.0, (60, 50, 46)),
        (0.55, 4.2, (50, 40, 70)),
    ):
        px, py = to(x, -0.5, z)
        person(canvas, px, py, 0.42 * 760 / z, coat)
        canvas.disc(px, py - 0.42 * 760 / z * 1.02, 90 / z, pick(rng, NEON), 32 / z)
    taxi(canvas, 625, 1090, 210)
    return photograph(canvas, rng, vignette=0.42, bloom=0.85, grain=4)


def pavements(canvas: Canvas, to: Projection) -> None:
    """Kerbs on both sides, and the dashed line along the middle of the road."""
    for side in (-1, 1):
        pavement = [
            to(side * 1.05, -0.5, 30),
            to(side * 1.6, -0.5, 30),
            to(side * 1.6, -0.5, 0.55),
            to(side * 1.05, -0.5, 0.55),
        ]
        canvas.poly(pavement, (120, 100, 130, 60))
        canvas.line([pavement[0], pavement[3]], (230, 190, 210, 150), 4)
    for z in np.geomspace(0.6, 16, 16):
        dash = [
            to(-0.02, -0.5, z),
            to(0.02, -0.5, z),
            to(0.02, -0.5, z * 1.1),
            to(-0.02, -0.5, z * 1.1),
        ]
        canvas.poly(dash, (250, 226, 200, 150))


def night_house(canvas: Canvas, rng: Rng, to: Projection, side: int, z: float) -> None:
    """One house of the street: its flank in perspective with lit windows and a bright shop."""
    deep, top = z * 0.27, 1.3 + 1.6 * float(rng.random())
    wall = mix((44, 34, 60), (70, 52, 70), rng.random())

    def flank(u: float, v: float) -> Point:
        return to(side * 1.5, -0.5 + (top + 0.5) * v, z + deep * (1 - u))

    front = [
        to(side * 1.5, -0.5, z),
        to(side * 9, -0.5, z),
        to(side * 9, top, z),
        to(side * 1.5, top, z),
    ]
    canvas.poly(front, shade(wall, 0.6))
    canvas.poly(patch(flank, 0, 0, 1, 1), wall)
    floors = max(4, round(top * 5))
    for floor in range(1, floors):
        for bay in range(4):
            lamp = pick(rng, [(255, 214, 140), (255, 236, 200), (170, 210, 255)])
            pane = lamp if rng.random() < 0.35 else shade(wall, 0.5)
            u, v = bay / 4 + 0.06, floor / floors + 0.03
            canvas.poly(patch(flank, u, v, u + 0.14, v + 0.55 / floors), shade(pane, 0.85))
    shop = pick(rng, [(255, 226, 170), (255, 200, 150), (200, 240, 250)])
    canvas.poly(patch(flank, 0.05, 0.0, 0.95, 0.16), shop)
    canvas.poly(patch(flank, 0, 0.16, 1, 0.21), shade(pick(rng, NEON), 0.8))


def neon_sign(canvas: Canvas, rng: Rng, to: Projection, side: int, z: float) -> None:
    """A sign on a bracket over the street, facing us."""
    colour, scale = pick(rng, NEON), 760 / z
    x, y = to(side * (0.62 + 0.5 * float(rng.random())), 0.1 + 0.95 * float(rng.random()), z)
    names = sorted(GLYPHS)
    wide = 0.26 * scale
    count = int(rng.integers(1, 4))
    high = wide * (count + 0.15)
    canvas.line([(x, y), (x + side * scale, y)], (50, 46, 60), max(1, 0.02 * scale))
    canvas.light(x, y + high / 2, wide * 2.0, shade(colour, 0.55), high * 1.1)
    canvas.box(x - wide / 2, y, x + wide / 2, y + high, shade(colour, 0.24))
    canvas.frame(x - wide / 2, y, x + wide / 2, y + high, colour, max(1, wide * 0.05))
    for row in range(count):
        name = names[int(rng.integers(len(names)))]
        ink = mix(colour, WHITE, 0.65)
        canvas.glyph(name, x - wide * 0.34, y + wide * (row + 0.2), wide * 0.68, ink, wide * 0.09)


def taxi(canvas: Canvas, x: float, y: float, wide: float) -> None:
    """The back of a red taxi."""
    canvas.disc(x, y, wide * 0.56, (0, 0, 0, 150), wide * 0.06)
    canvas.box(x - wide * 0.46, y - wide * 0.1, x - wide * 0.3, y + 4, BLACK)
    canvas.box(x + wide * 0.3, y - wide * 0.1, x + wide * 0.46, y + 4, BLACK)
    canvas.box(x - wide / 2, y - wide * 0.4, x + wide / 2, y - wide * 0.06, (186, 32, 36))
    roof = [(-0.44, -0.4), (-0.33, -0.68), (0.33, -0.68), (0.44, -0.4)]
    canvas.poly([(x + u * wide, y + v * wide) for u, v in roof], (206, 204, 206))
    pane = [(-0.37, -0.41), (-0.29, -0.63), (0.29, -0.63), (0.37, -0.41)]
    canvas.poly([(x + u * wide, y + v * wide) for u, v in pane], (52, 46, 70))
    canvas.box(x - wide * 0.12, y - wide * 0.78, x + wide * 0.12, y - wide * 0.68, (255, 246, 200))
    canvas.text(x, y - wide * 0.73, "TAXI", wide * 0.08, (160, 20, 20), "mm")
    canvas.box(x - wide * 0.14, y - wide * 0.24, x + wide * 0.14, y - wide * 0.16, (250, 226, 90))
    for side in (-1, 1):
        canvas.box(
            x + side * wide * 0.4 - 18,
            y - wide * 0.34,
            x + side * wide * 0.4 + 18,
            y - wide * 0.22,
            (255, 86, 70),
        )
        canvas.light(x + side * wide * 0.4, y - wide * 0.28, wide * 0.4, (200, 30, 30))


def beach_sunset(rng: Rng) -> Image.Image:
    """The sun going down behind islands, a sampan in its path."""
    canvas = Canvas(1600, 1067)
    canvas.sky(
        [(0, (44, 44, 98)), (0.42, (166, 82, 112)), (0.78, (250, 150, 84)), (1, (255, 214, 130))],
        620,
    )
    clouds(canvas, rng, (255, 132, 96), 470, 0.55, 0.75)
    clouds(canvas, rng, (74, 48, 96), 380, 0.42, 0.7)
    canvas.light(860, 560, 560, (180, 120, 50))
    canvas.disc(860, 560, 58, (255, 240, 190))
    for top, colour in ((520, (170, 92, 98)), (556, (110, 60, 84)), (592, (62, 38, 66))):
        hills(canvas, rng, top, 640, colour, 5)
    reflect(canvas, rng, 622, (64, 44, 84), 0.74)
    for _ in range(420):
        away = rng.random() ** 1.7
        x, y = 860 + rng.normal() * (26 + 130 * away), 626 + 330 * away
        canvas.disc(x, y, 4 + 16 * away, (255, 226, 160, 150), 1 + 1.5 * away)
    shore = [(x, 985 + 26 * math.sin(x / 190) + 9 * math.sin(x / 47)) for x in range(-10, 1620, 10)]
    canvas.poly([*((x, y - 12) for x, y in shore), (1620, 1080), (-10, 1080)], (255, 226, 206, 120))
    canvas.poly([*shore, (1620, 1080), (-10, 1080)], (96, 60, 62))
    sampan(canvas, 620, 800, 210)
    palm(canvas, rng, 1330, 1090, 800, (22, 16, 30))
    palm(canvas, rng, 1470, 1100, 560, (26, 18, 34))
    return photograph(canvas, rng, bloom=0.35)


def sampan(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A sampan with its arched shelter and someone at the oar."""
    dark = (30, 20, 34)
    canvas.disc(x, y + size * 0.07, size * 0.56, (24, 14, 34, 120), size * 0.05)
    hull = [(-0.6, -0.12), (-0.4, 0.07), (0.42, 0.07), (0.64, -0.16), (0.4, -0.04), (-0.4, -0.03)]
    canvas.poly([(x + u * size, y + v * size) for u, v in hull], dark)
    arch = [
        (x - size * 0.06 + size * 0.25 * math.cos(a), y - size * 0.02 - size * 0.2 * math.sin(a))
        for a in np.linspace(0, math.pi, 24)
    ]
    canvas.poly(arch, dark)
    person(canvas, x + size * 0.42, y - size * 0.02, size * 0.46, dark)
    canvas.line([(x + size * 0.36, y - size * 0.28), (x + size * 0.8, y + size * 0.1)], dark, 4)


def garden_pavilion(rng: Rng) -> Image.Image:
    """A golden pavilion and a red bridge, doubled by the pond they stand in."""
    canvas = Canvas(1500, 1125)
    canvas.sky([(0, (122, 180, 222)), (1, (226, 236, 230))], 640)
    clouds(canvas, rng, WHITE, 380, 0.5)
    hills(canvas, rng, 260, 560, (120, 156, 140), 3)
    for row, green in enumerate(((82, 126, 88), (96, 142, 76), (66, 112, 66))):
        for x in range(-40, 1560, 96):
            r = 84 + 46 * rng.random() - row * 14
            tint = mix(green, pick(rng, [(150, 168, 82), (52, 92, 66), (188, 122, 74)]), 0.3)
            bush(canvas, rng, x + rng.normal() * 22, 430 + row * 66 + rng.normal() * 18, r, tint)
    canvas.box(0, 592, 1500, 622, (122, 122, 104))
    for x in range(0, 1500, 58):
        canvas.disc(
            x + rng.normal() * 8,
            616,
            30 + 14 * rng.random(),
            shade((140, 136, 124), 0.8 + 0.4 * rng.random()),
            15,
        )
    bridge(canvas, 40, 520, 606)
    bridge(canvas, 980, 1460, 606)
    pavilion(canvas, 750, 606)
    reflect(canvas, rng, 626, (58, 92, 76), 0.72, 0.5)
    for _ in range(46):
        away = rng.random()
        across, y, r = rng.random() * 1500, 720 + 390 * away, 12 + 26 * away
        canvas.disc(across, y, r, shade((92, 142, 86), 0.8 + 0.4 * rng.random()), r * 0.32)
        if rng.random() < 0.3:
            canvas.disc(across, y - r * 0.3, r * 0.3, (246, 190, 206), r * 0.24)
    return photograph(canvas, rng, vignette=0.34)


def pavilion(canvas: Canvas, x: float, ground: float) -> None:
    """Two storeys of gold under swept roofs of dark tile."""
    gold, red, tile = (232, 184, 84), (178, 54, 44), (92, 92, 96)
    canvas.box(x - 190, ground - 34, x + 190, ground + 16, (196, 190, 176))
    for base, high, half in ((ground - 34, 130, 140), (ground - 214, 110, 100)):
        canvas.box(x - half, base - high, x + half, base, gold)
        for step in range(7):
            left = x - half + 10 + step * (2 * half - 20) / 7
            canvas.box(left, base - high + 26, left + half * 0.22, base - 22, (110, 64, 44))
        for step in range(5):
            post = x - half + step * half / 2
            canvas.box(post - 6, base - high, post + 6, base, red)
        canvas.box(x - half - 12, base - 18, x + half + 12, base - 12, red)
        eaves = half + 92
        low, top = base - high + 16, base - high - 54
        roof = [
            (x - eaves, low - 26),
            (x - half - 18, low + 2),
            (x + half + 18, low + 2),
            (x + eaves, low - 26),
            (x + half * 0.7, top + 16),
            (x + half * 0.5, top),
            (x - half * 0.5, top),
            (x - half * 0.7, top + 16),
        ]
        canvas.poly(roof, tile)
        for rib in np.linspace(-1, 1, 19):
            canvas.line(
                [(x + rib * half * 0.5, top), (x + rib * (half + 40), low - 4)],
                shade(tile, 0.74),
                2,
            )
        canvas.line([roof[0], roof[1], roof[2], roof[3]], gold, 5)
    canvas.box(x - 56, ground - 386, x + 56, ground - 376, gold)
    canvas.poly([(x - 12, ground - 380), (x, ground - 450), (x + 12, ground - 380)], gold)
    canvas.disc(x, ground - 424, 11, gold)


def bridge(canvas: Canvas, x0: float, x1: float, base: float) -> None:
    """An arched red bridge."""
    red, span = (206, 60, 44), x1 - x0
    deck = [(x0 + span * t, base - 4 * 96 * t * (1 - t)) for t in np.linspace(0, 1, 40)]
    under = [(x, y + 30) for x, y in reversed(deck[3:-3])]
    canvas.poly([*deck, *under], shade(red, 0.78))
    canvas.line([(x, y - 46) for x, y in deck], red, 8)
    canvas.line([(x, y - 22) for x, y in deck], red, 4)
    canvas.line(deck, shade(red, 1.1), 9)
    for x, y in deck[::3]:
        canvas.box(x - 5, y - 58, x + 5, y, red)


def fireworks(rng: Rng) -> Image.Image:
    """A New Year display over dark water."""
    canvas = Canvas(1500, 1000)
    canvas.sky([(0, (6, 8, 24)), (1, (48, 34, 66))], 720)
    smoke = noise(rng, 750, 360, (4, 3), 6)
    canvas.veil((122, 84, 98), np.clip((smoke - 0.45) * 1.3, 0, 0.5), 60, 720)
    for x, y, r, colour in (
        (380, 270, 250, (255, 116, 96)),
        (800, 200, 300, (255, 204, 104)),
        (1190, 300, 240, (110, 190, 255)),
        (600, 440, 150, (220, 130, 255)),
        (1010, 470, 140, (130, 255, 170)),
        (180, 500, 120, (255, 240, 200)),
    ):
        burst(canvas, rng, x, y, r, colour)
    for x in range(-20, 1520, 34):
        high = 40 + 120 * rng.random() ** 2
        block(canvas, rng, (x, 720 - high, x + 40, 720), (20, 18, 32), NIGHT)
    reflect(canvas, rng, 720, (14, 14, 34), 0.85)
    for x in range(-10, 1520, 38):
        high = 74 + 20 * rng.random()
        canvas.disc(x, 1000 - high, 13, (6, 6, 12), 16)
        canvas.box(x - 21, 1000 - high + 12, x + 21, 1000, (6, 6, 12))
    return photograph(canvas, rng, bloom=0.75, grain=4.5)


def burst(canvas: Canvas, rng: Rng, x: float, y: float, r: float, colour: Colour) -> None:
    """One shell: sparks flying out of a point, falling and fading."""
    canvas.light(x, y, r * 1.6, shade(colour, 0.75))
    for _ in range(130):
        angle, speed = rng.random() * math.tau, r * (1 - 0.5 * rng.random() ** 3)
        dx, dy = math.cos(angle) * speed, math.sin(angle) * speed
        trail = [(x + dx * t, y + dy * t + r * 0.2 * t * t) for t in np.linspace(0.2, 1, 7)]
        for step, (one, other) in enumerate(pairwise(trail)):
            canvas.line([one, other], mix(shade(colour, 0.35), colour, step / 5), 1 + step * 0.25)
        canvas.disc(*trail[-1], 2.6, mix(colour, WHITE, 0.7))
    canvas.light(x, y, r * 0.4, (255, 255, 240))


def tram_street(rng: Rng) -> Image.Image:
    """A double-decker tram coming down a street of old shop-houses."""
    canvas = Canvas(1500, 1125)
    canvas.sky([(0, (108, 172, 222)), (1, (240, 238, 224))], 700)
    clouds(canvas, rng, WHITE, 500, 0.5)
    to = eye(640, 660, 800)
    for z in (16.0, 12.0, 9.2, 7.2, 5.6, 4.4, 3.5, 2.8, 2.2, 1.7, 1.3):
        for side in (-1, 1):
            shop_house(canvas, rng, to, side, z)
    canvas.poly(
        [to(-1.9, -0.55, 60), to(1.9, -0.55, 60), to(1.9, -0.55, 0.6), to(-1.9, -0.55, 0.6)],
        (132, 130, 130),
    )
    for kerb in (-1.9, 1.9):
        canvas.poly(
            [
                to(kerb, -0.55, 60),
                to(kerb * 0.74, -0.55, 60),
                to(kerb * 0.74, -0.55, 0.6),
                to(kerb, -0.55, 0.6),
            ],
            (186, 180, 170),
        )
    for x in (-0.62, -0.28, 0.22, 0.56):
        canvas.poly(
            [
                to(x, -0.55, 60),
                to(x + 0.03, -0.55, 60),
                to(x + 0.03, -0.55, 0.6),
                to(x, -0.55, 0.6),
            ],
            (84, 82, 86),
        )
    for x in (-0.45, 0.39):
        canvas.line([to(x, 1.25, 40), to(x, 1.25, 1.0)], (60, 60, 66), 2)
    tram(canvas, to)
    for x, z, coat in (
        (-1.6, 3.6, (200, 80, 70)),
        (-1.5, 2.5, (60, 90, 140)),
        (1.55, 3.0, (70, 70, 80)),
        (1.62, 4.6, (230, 190, 90)),
        (-1.58, 5.2, (90, 130, 90)),
    ):
        px, py = to(x, -0.55, z)
        canvas.disc(px + 14, py, 160 / z, (30, 30, 40, 90), 22 / z)
        person(canvas, px, py, 0.5 * 800 / z, coat)
    canvas.light(640, 560, 520, (90, 84, 66))
    return photograph(canvas, rng, vignette=0.3)


def shop_house(canvas: Canvas, rng: Rng, to: Projection, side: int, z: float) -> None:
    """A shop-house by day: painted walls, shutters, an awning and a hanging board."""
    deep, top = z * 0.3, 1.0 + 1.3 * float(rng.random())
    wall = pick(
        rng, [(236, 210, 168), (206, 222, 206), (232, 190, 170), (198, 210, 224), (240, 230, 206)]
    )
    wall = mix(wall, (232, 234, 226), min(0.7, z / 20))
    light = 0.72 if side < 0 else 1.0

    def flank(u: float, v: float) -> Point:
        return to(side * 1.9, -0.55 + (top + 0.55) * v, z + deep * (1 - u))

    canvas.poly(
        [
            to(side * 1.9, -0.55, z),
            to(side * 9, -0.55, z),
            to(side * 9, top, z),
            to(side * 1.9, top, z),
        ],
        shade(wall, light * 0.8),
    )
    canvas.poly(patch(flank, 0, 0, 1, 1), shade(wall, light))
    floors = max(3, round(top * 3.6))
    shutter = pick(rng, [(74, 118, 110), (96, 116, 144), (132, 88, 66), (104, 128, 92)])
    for floor in range(1, floors):
        v = floor / floors + 0.07
        canvas.poly(patch(flank, 0, v - 0.04, 1, v - 0.025), shade(wall, light * 0.78))
        for bay in range(3):
            u = bay / 3 + 0.07
            canvas.poly(patch(flank, u, v, u + 0.2, v + 0.62 / floors), shade(shutter, light))
            canvas.poly(
                patch(flank, u + 0.06, v + 0.01, u + 0.14, v + 0.56 / floors),
                mix((60, 74, 86), (200, 216, 222), rng.random()),
            )
    canvas.poly(patch(flank, 0.06, 0.0, 0.94, 0.19), (86, 74, 66))
    canvas.poly(patch(flank, 0.12, 0.02, 0.88, 0.15), pick(rng, [(220, 190, 120), (150, 166, 160)]))
    cover = pick(rng, [(196, 72, 58), (58, 124, 96), (64, 96, 150), (222, 170, 76)])
    low, high = 0.19 * (top + 0.55) - 0.62, 0.24 * (top + 0.55) - 0.55
    canvas.poly(
        [
            to(side * 1.9, high, z),
            to(side * 1.9, high, z + deep),
            to(side * 1.5, low, z + deep),
            to(side * 1.5, low, z),
        ],
        shade(cover, light * 1.1),
    )
    if z < 9:
        x, y = to(side * 1.55, 0.5 + 0.35 * float(rng.random()), z + deep * 0.5)
        wide = 0.2 * 800 / z
        canvas.box(x - wide / 2, y, x + wide / 2, y + wide * 2.3, cover)
        names = sorted(GLYPHS)
        for row in range(2):
            name = names[int(rng.integers(len(names)))]
            canvas.glyph(
                name,
                x - wide * 0.32,
                y + wide * (0.2 + row),
                wide * 0.64,
                (252, 240, 206),
                wide * 0.09,
            )


def tram(canvas: Canvas, to: Projection) -> None:
    """The tram: its front, and its flank running away to the left."""
    green, x0, x1, z0, z1 = (26, 112, 82), 0.08, 0.7, 2.35, 5.2

    def front(u: float, v: float) -> Point:
        return to(x0 + (x1 - x0) * u, -0.5 + 1.42 * v, z0)

    def flank(u: float, v: float) -> Point:
        return to(x0, -0.5 + 1.42 * v, z1 + (z0 - z1) * u)

    left, ground = to(x0 - 0.1, -0.55, z0)
    right, _ = to(x1 + 0.1, -0.55, z0)
    canvas.disc((left + right) / 2, ground, (right - left) / 2, (30, 30, 36, 130), 16)
    canvas.poly(patch(flank, 0, 0, 1, 1), shade(green, 0.72))
    canvas.poly(patch(flank, 0, 0.43, 1, 0.5), (226, 196, 110))
    for low, high in ((0.24, 0.41), (0.62, 0.84)):
        for pane in range(7):
            u = 0.03 + pane * 0.138
            canvas.poly(patch(flank, u, low, u + 0.11, high), (174, 198, 204))
    canvas.poly(patch(front, 0, 0.04, 1, 1), green)
    canvas.poly(patch(front, 0.06, 0.95, 0.94, 1.03), shade(green, 0.8))
    for low, high in ((0.25, 0.44), (0.62, 0.86)):
        for pane in range(3):
            u = 0.08 + pane * 0.29
            canvas.poly(patch(front, u, low, u + 0.26, high), (60, 78, 88))
            canvas.poly([front(u, high), front(u + 0.16, high), front(u, low)], (164, 190, 200))
    canvas.poly(patch(front, 0.2, 0.5, 0.8, 0.58), (24, 26, 30))
    x, y = front(0.5, 0.54)
    canvas.text(x, y, "HAPPY BAY", 21, (255, 226, 130), "mm")
    canvas.poly(patch(front, 0, 0.455, 1, 0.475), (226, 196, 110))
    x, y = front(0.5, 0.155)
    canvas.disc(x, y, 17, (255, 246, 214))
    canvas.light(x, y, 80, (150, 130, 80))
    canvas.text(*front(0.5, 0.235), "120", 26, (250, 236, 190), "mm")
    canvas.poly(patch(front, 0.03, 0.0, 0.97, 0.06), (52, 52, 56))


# ------------------------------------------------------------------ plans and maps


Wall = tuple[float, float, float, float]


@dataclass(frozen=True)
class FlatPlan:
    """A flat: its rooms in metres (x, y, width, depth), and what the sheet is called."""

    title: str
    number: str
    saleable: str
    mirrored: bool


ROOMS: dict[str, Wall] = {
    "LIVING / DINING": (0, 2.6, 5.2, 4.2),
    "KITCHEN": (0, 0, 2.4, 2.6),
    "BATH": (2.4, 0, 1.6, 2.6),
    "BEDROOM 1": (5.2, 3.4, 3.2, 3.4),
    "BEDROOM 2": (5.2, 0, 3.2, 3.4),
    "HALL": (4.0, 0, 1.2, 2.6),
    "BALCONY": (0.8, 6.8, 3.4, 1.1),
}


def flat_plan(plan: FlatPlan) -> Image.Image:
    """A floor plan on its sheet; the neighbour's flat is the same, mirrored."""
    canvas = Canvas(1500, 1100)
    scale, left, top = 98, 180, 130

    def at(x: float, y: float) -> Point:
        return (left + ((8.4 - x) if plan.mirrored else x) * scale, top + y * scale)

    def span(x: float, y: float, wide: float, deep: float) -> tuple[float, float, float, float]:
        (ax, ay), (bx, by) = at(x, y), at(x + wide, y + deep)
        return min(ax, bx), ay, max(ax, bx), by

    for name, room in ROOMS.items():
        x0, y0, x1, y1 = span(*room)
        tint = {"BATH": (226, 238, 244), "KITCHEN": (246, 240, 224), "BALCONY": (230, 240, 226)}
        canvas.box(x0, y0, x1, y1, tint.get(name, (252, 250, 244)))
        tiles(canvas, (x0, y0, x1, y1), name)
    fittings(canvas, span)
    for room in ROOMS.values():
        canvas.frame(*span(*room), INK, 6)
    canvas.frame(*span(0, 0, 8.4, 6.8), INK, 11)
    doors(canvas, at, plan.mirrored)
    for name, (x, y, wide, deep) in ROOMS.items():
        cx, cy = at(x + wide / 2, y + (0.5 if "BED" in name else deep / 2))
        canvas.text(cx, cy - 10, name, 17 if wide > 2 else 13, INK, "mm")
        canvas.text(cx, cy + 12, f"{wide * 1000:.0f} x {deep * 1000:.0f}", 12, (90, 90, 100), "mm")
    dimensions(canvas, left, top, scale)
    sheet(canvas, plan)
    return canvas.done()


def tiles(canvas: Canvas, area: tuple[float, float, float, float], name: str) -> None:
    """Tiles where water is used, boards on the balcony."""
    x0, y0, x1, y1 = area
    if name in ("BATH", "KITCHEN"):
        for x in np.arange(x0 + 20, x1, 20):
            canvas.line([(x, y0), (x, y1)], (206, 214, 220), 1)
    if name in ("BATH", "KITCHEN", "BALCONY"):
        for y in np.arange(y0 + 20, y1, 20):
            canvas.line([(x0, y), (x1, y)], (206, 214, 220), 1)


def fittings(canvas: Canvas, span: Callable[[float, float, float, float], Wall]) -> None:
    """Beds, sofa, table, sink, hob and bath, as a plan shows them."""
    thin = (120, 120, 134)
    for bed in ((6.6, 4.4, 1.8, 1.5), (6.6, 0.9, 1.8, 1.3)):
        canvas.box(*span(*bed), (236, 228, 214))
        canvas.frame(*span(*bed), thin, 2)
        x, y, wide, deep = bed
        canvas.frame(*span(x + wide - 0.45, y + 0.15, 0.35, deep - 0.3), thin, 2)
    for piece in (
        (0.15, 3.9, 0.8, 1.9),
        (1.15, 4.5, 0.6, 0.8),
        (3.6, 2.9, 1.0, 1.0),
        (0.12, 0.12, 0.6, 2.2),
        (5.35, 6.1, 1.6, 0.55),
        (2.5, 0.12, 1.4, 0.75),
    ):
        canvas.box(*span(*piece), (240, 240, 242))
        canvas.frame(*span(*piece), thin, 2)
    for x, y, r in (
        (0.42, 0.5, 13),
        (0.42, 0.95, 13),
        (2.8, 0.5, 12),
        (3.65, 2.0, 16),
        (4.1, 3.4, 26),
    ):
        x0, y0, _, _ = span(x, y, 0, 0)
        canvas.arc(x0, y0, r, 0, 360, thin)


def doors(canvas: Canvas, at: Callable[[float, float], Point], mirrored: bool) -> None:
    """Doors with the arc they sweep, and windows as double lines in the wall."""
    for x, y, wide in ((4.2, 0.0, 0.9), (1.2, 2.6, 0.8), (2.9, 2.6, 0.7)):
        (hx, hy), (ex, _) = at(x, y), at(x + wide, y)
        canvas.box(min(hx, ex), hy - 6, max(hx, ex), hy + 6, WHITE)
        r = abs(ex - hx)
        canvas.line([(hx, hy), (hx, hy + r)], INK, 3)
        canvas.arc(hx, hy, r, *((90, 180) if mirrored else (0, 90)), ink=(120, 120, 134))
    for x0, y0, x1, y1 in (
        (8.4, 4.2, 8.4, 6.0),
        (8.4, 0.8, 8.4, 2.4),
        (1.0, 6.8, 4.0, 6.8),
        (0.6, 0, 1.8, 0),
        (2.8, 0, 3.5, 0),
    ):
        (ax, ay), (bx, by) = at(x0, y0), at(x1, y1)
        canvas.line([(ax, ay), (bx, by)], WHITE, 9)
        canvas.line([(ax, ay), (bx, by)], (70, 130, 180), 3)


def dimensions(canvas: Canvas, left: float, top: float, scale: float) -> None:
    """Dimension lines along two sides."""
    grey, right, foot = (110, 110, 122), left + 8.4 * scale, top + 6.8 * scale
    canvas.line([(left, top - 50), (right, top - 50)], grey, 2)
    canvas.line([(left - 60, top), (left - 60, foot)], grey, 2)
    for x in (left, left + 4.2 * scale, right):
        canvas.line([(x - 7, top - 43), (x + 7, top - 57)], grey, 2)
    for y in (top, top + 3.4 * scale, foot):
        canvas.line([(left - 67, y + 7), (left - 53, y - 7)], grey, 2)
    canvas.text((left + right) / 2, top - 66, "8400", 15, grey, "mm")
    canvas.text(left - 92, (top + foot) / 2, "6800", 15, grey, "mm")


def sheet(canvas: Canvas, plan: FlatPlan) -> None:
    """The title block of a plan, its north point and frame."""
    canvas.frame(30, 30, 1470, 1070, INK, 4)
    canvas.frame(1120, 30, 1470, 1070, INK, 3)
    canvas.text(1145, 70, "ESTATE PLANS OFFICE", 22)
    for row, (label, words) in enumerate(
        (
            ("ESTATE", "Sha Tin Gardens"),
            ("BLOCK", "7"),
            ("UNIT", plan.title),
            ("DRAWING No.", plan.number),
            ("SALEABLE AREA", plan.saleable),
            ("SCALE", "1 : 50"),
        )
    ):
        y = 150 + row * 96
        canvas.line([(1120, y - 20), (1470, y - 20)], INK, 2)
        canvas.text(1145, y - 8, label, 13, (110, 110, 122))
        canvas.text(1145, y + 16, words, 25)
    canvas.arc(1295, 880, 62, 0, 360, INK)
    canvas.poly([(1295, 806), (1318, 930), (1295, 904)], INK)
    canvas.poly([(1295, 806), (1272, 930), (1295, 904)], (210, 210, 214))
    canvas.text(1295, 790, "N", 24, INK, "mm")


def wing(canvas: Canvas, turn: int, tint: Colour) -> None:
    """One arm of the cross: a corridor between two flats of four rooms."""
    cos, sin = math.cos(turn * math.pi / 2), math.sin(turn * math.pi / 2)

    def at(x: float, y: float) -> Point:
        return (700 + x * cos - y * sin, 680 + x * sin + y * cos)

    def room(x: float, y: float, wide: float, deep: float, fill: Colour) -> None:
        corners = [at(x, y), at(x + wide, y), at(x + wide, y + deep), at(x, y + deep)]
        canvas.poly(corners, fill)
        canvas.line([*corners, corners[0], corners[1]], INK, 5)

    rooms = ((150, 190, 18, 150), (340, 120, 18, 100), (340, 120, 118, 50), (460, 110, 18, 150))
    for half, flat in ((-1, "ABCD"[turn]), (1, "EFGH"[turn])):
        for x, wide, y, deep in rooms:
            fill = tint if half > 0 else mix(tint, WHITE, 0.4)
            room(x, y if half > 0 else -y - deep, wide, deep, fill)
        canvas.text(*at(245, half * 92), flat, 44, INK, "mm")
    room(150, -18, 420, 36, (236, 236, 232))


def lifts(canvas: Canvas) -> None:
    """The core: six lifts about their lobby."""
    canvas.box(550, 530, 850, 830, (226, 226, 230))
    canvas.frame(550, 530, 850, 830, INK, 8)
    for row in range(2):
        for lift in range(3):
            x, y = 575 + lift * 86, 556 + row * 172
            canvas.box(x, y, x + 78, y + 76, (196, 204, 216))
            canvas.frame(x, y, x + 78, y + 76, INK, 3)
            canvas.line([(x, y), (x + 78, y + 76)], INK, 2)
            canvas.line([(x + 78, y), (x, y + 76)], INK, 2)


def typical_floor() -> Image.Image:
    """The typical floor of a cross-shaped tower: eight flats about a core of lifts."""
    canvas = Canvas(1400, 1400, (250, 250, 246))
    for turn, tint in enumerate(
        [(244, 222, 206), (214, 230, 214), (212, 224, 240), (242, 232, 204)]
    ):
        wing(canvas, turn, tint)
    lifts(canvas)
    canvas.text(700, 680, "LIFT LOBBY", 24, INK, "mm")
    canvas.frame(40, 40, 1360, 1360, INK, 4)
    canvas.text(80, 1270, "TYPICAL FLOOR PLAN   5/F - 34/F", 34)
    canvas.text(80, 1318, "Block 7, Sha Tin Gardens     Drawing TF-07", 20, (100, 100, 112))
    return canvas.done()


def survey_sheet(rng: Rng) -> Image.Image:
    """A sheet of lots: boundaries, numbers, buildings, roads and a grid."""
    canvas = Canvas(1500, 1200, (250, 247, 236))
    canvas.box(60, 60, 1160, 1140, (246, 242, 226))
    roads = [
        [(60, 420), (420, 470), (760, 430), (1160, 520)],
        [(620, 60), (660, 300), (640, 445)],
        [(330, 460), (300, 760), (360, 1140)],
        [(860, 450), (900, 800), (860, 1140)],
    ]
    lots(canvas, rng)
    for road in roads:
        canvas.line(curve(road), (150, 120, 96), 42)
    for road in roads:
        canvas.line(curve(road), (255, 252, 244), 37)
    stream = curve([(1160, 150), (980, 220), (940, 330), (1010, 450), (980, 700), (1160, 930)])
    canvas.line(stream, (150, 196, 216), 18)
    for x in range(160, 1160, 250):
        for y in range(160, 1140, 250):
            canvas.line([(x - 12, y), (x + 12, y)], (180, 60, 50), 2)
            canvas.line([(x, y - 12), (x, y + 12)], (180, 60, 50), 2)
            canvas.text(x + 6, y - 22, f"{836000 + x}E", 11, (180, 60, 50))
    canvas.box(1160, 0, 1500, 1200, (250, 247, 236))
    canvas.box(0, 0, 1500, 58, (250, 247, 236))
    canvas.box(0, 1142, 1500, 1200, (250, 247, 236))
    canvas.box(0, 0, 58, 1200, (250, 247, 236))
    canvas.frame(60, 60, 1160, 1140, INK, 5)
    legend(canvas)
    return canvas.done()


def lots(canvas: Canvas, rng: Rng) -> None:
    """Lots in rows, each with its number and most with a building."""
    number = 2200
    for row in range(10):
        x, y = 60.0, 60 + row * 110
        while x < 1160:
            wide = 80 + 70 * float(rng.random())
            skew = 12 * float(rng.normal())
            corners = [(x, y), (x + wide, y), (x + wide + skew, y + 110), (x, y + 110)]
            tint = pick(rng, [(246, 242, 226), (238, 232, 206), (230, 238, 214), (246, 230, 214)])
            canvas.poly(corners, tint)
            canvas.line([*corners, corners[0]], (110, 90, 80), 2)
            if rng.random() < 0.62:
                house_plan(canvas, rng, x + 14, y + 34, wide * 0.55)
            canvas.text(x + wide / 2, y + 17, f"{number}", 15, (60, 60, 84), "mm")
            number += 1
            x += wide


def house_plan(canvas: Canvas, rng: Rng, x: float, y: float, wide: float) -> None:
    """A building on a survey sheet, hatched."""
    deep = 34 + 24 * float(rng.random())
    canvas.box(x, y, x + wide, y + deep, (222, 190, 176))
    for step in np.arange(0, wide - 8, 9):
        canvas.line([(x + step, y + deep), (x + step + 8, y)], (176, 120, 108), 1)
    canvas.frame(x, y, x + wide, y + deep, (120, 70, 62), 2)


def legend(canvas: Canvas) -> None:
    """Title, key, north point and scale bar of the survey sheet."""
    canvas.text(1190, 70, "SURVEY SHEET", 34)
    canvas.text(1190, 116, "7-SE-14B", 46, (160, 50, 44))
    canvas.text(1190, 190, "Demarcation District 91", 20)
    canvas.text(1190, 220, "Scale 1 : 1000   Edition 3", 18, (90, 90, 100))
    for row, (words, tint) in enumerate(
        (
            ("Building", (222, 190, 176)),
            ("Stream", (150, 196, 216)),
            ("Road", (255, 252, 244)),
            ("Lot", (230, 238, 214)),
        )
    ):
        y = 320 + row * 60
        canvas.box(1190, y, 1250, y + 36, tint)
        canvas.frame(1190, y, 1250, y + 36, INK, 2)
        canvas.text(1270, y + 18, words, 20, INK, "lm")
    canvas.poly([(1320, 640), (1350, 790), (1320, 756), (1290, 790)], INK)
    canvas.text(1320, 620, "N", 30, INK, "mm")
    for step in range(5):
        canvas.box(1190 + step * 54, 1060, 1244 + step * 54, 1074, (INK, WHITE)[step % 2])
    canvas.frame(1190, 1060, 1460, 1074, INK, 2)
    canvas.text(1190, 1084, "0", 15)
    canvas.text(1460, 1084, "50 m", 15, INK, "ra")


def relief(rng: Rng) -> Image.Image:
    """Hills tinted by height, contour lines on them, the sea in one corner."""
    across, down = np.linspace(0, 1, 1400)[None, :], np.linspace(0, 1, 1000)[:, None]
    high = 0.33 + 0.67 * noise(rng, 1400, 1000, (3, 2), 4) - 0.8 * (across * down) ** 3
    tones: Stops = [
        (0, (160, 206, 222)),
        (0.3, (176, 216, 228)),
        (0.302, (206, 226, 178)),
        (0.55, (226, 230, 176)),
        (0.75, (236, 214, 164)),
        (1, (222, 186, 142)),
    ]
    places = [place for place, _ in tones]
    step = np.floor(high * 20) / 20
    bands = np.stack([np.interp(step, places, [c[i] for _, c in tones]) for i in range(3)], -1)
    level = np.floor(high * 40)
    edge = (level != np.roll(level, 1, 0)) | (level != np.roll(level, 1, 1))
    bold = edge & (level % 4 == 0)
    bands[edge & (high > 0.3)] *= 0.88
    bands[bold & (high > 0.3)] *= 0.82
    return Image.fromarray(np.clip(bands, 0, 255).astype(np.uint8))


def walking_map(rng: Rng) -> Image.Image:
    """A country park: tinted relief, contour lines, trails and names."""
    canvas = Canvas(1400, 1000)
    canvas.image.paste(relief(rng).resize(canvas.image.size, BILINEAR))
    for trail, colour in (
        (
            [(60, 860), (260, 700), (420, 620), (640, 560), (860, 400), (1100, 380), (1330, 180)],
            (206, 52, 48),
        ),
        ([(300, 80), (380, 260), (560, 360), (640, 560), (730, 720), (850, 800)], (52, 96, 190)),
    ):
        path = curve(trail, 10)
        for start in range(0, len(path) - 2, 3):
            canvas.line(path[start : start + 3], colour, 6)
        for x, y in trail[1:-1:2]:
            canvas.disc(x, y, 11, WHITE)
            canvas.disc(x, y, 8, colour)
    for x, y, name in (
        (640, 540, "Pavilion Gap"),
        (1100, 360, "Kite Peak 412"),
        (260, 680, "Shelter"),
        (380, 240, "Fern Valley"),
        (850, 790, "Old Quarry"),
    ):
        canvas.text(x + 18, y - 24, name, 24, (250, 248, 236))
        canvas.text(x + 17, y - 25, name, 24, (40, 40, 50))
    canvas.box(0, 0, 1400, 64, (42, 84, 78))
    canvas.text(26, 32, "COUNTRY PARK   walking map", 34, WHITE, "lm")
    canvas.frame(0, 0, 1399, 999, (42, 84, 78), 8)
    return canvas.done()


# ------------------------------------------------------------------ documents


PHRASES = (
    "the said piece or parcel of ground registered as Lot No. {n} in Demarcation District 91",
    "together with the messuages, erections and buildings thereon known as Sha Tin Gardens",
    "to hold the same unto the Purchaser for the residue of the term of years granted",
    "subject to the payment of the rent and the performance of the covenants reserved",
    "and the rights of way, water and drainage heretofore enjoyed by the occupiers thereof",
    "in consideration of the sum of {n} dollars paid on or before the execution hereof",
    "the Vendor as beneficial owner doth hereby assign all that equal undivided share",
    "the receipt whereof the Vendor hereby acknowledges and the plan annexed hereto",
    "shall be read and construed as part of this instrument and of the schedule below",
)


def page_text(canvas: Canvas, rng: Rng, top: float, lines: int, ink: Colour = INK) -> None:
    """Lines of legal prose."""
    for line in range(lines):
        words = PHRASES[int(rng.integers(len(PHRASES)))].format(n=int(rng.integers(1000, 99999)))
        indent = 40 if line % 7 == 0 else 0
        canvas.text(140 + indent, top + line * 36, words[: 92 - indent // 8], 21, ink)


def signature(canvas: Canvas, rng: Rng, x: float, y: float, ink: Colour = (30, 40, 110)) -> None:
    """Somebody's signature."""
    points = [(x, y)]
    for _ in range(9):
        x += 22 + 14 * float(rng.random())
        points.append((x, y + float(rng.normal()) * 26))
    canvas.line(curve(points), ink, 3)
    canvas.line([(points[0][0], y + 22), (x + 20, y + 14)], ink, 2)


def seal(canvas: Canvas, x: float, y: float, r: float, ink: Colour = (190, 40, 44)) -> None:
    """A round seal with four characters in it."""
    canvas.arc(x, y, r, 0, 360, ink)
    canvas.arc(x, y, r * 0.9, 0, 360, ink)
    for ray in range(36):
        angle = ray * math.tau / 36
        near, far = r * 0.78, r * 0.88
        canvas.line(
            [
                (x + math.cos(angle) * near, y + math.sin(angle) * near),
                (x + math.cos(angle) * far, y + math.sin(angle) * far),
            ],
            ink,
            3,
        )
    for place, name in enumerate("田土中平"):
        dx, dy = (place % 2) - 1, place // 2 - 1
        canvas.glyph(
            name, x + dx * r * 0.5 + r * 0.06, y + dy * r * 0.5 + r * 0.06, r * 0.4, ink, r * 0.06
        )


def deed_page(rng: Rng, number: int) -> Image.Image:
    """One page of a deed."""
    canvas = Canvas(1000, 1414)
    if number == 1:
        canvas.text(500, 130, "ASSIGNMENT", 54, INK, "mm")
        canvas.text(500, 190, "Memorial No. ST-1187", 24, INK, "mm")
        canvas.line([(140, 225), (860, 225)], INK, 3)
        page_text(canvas, rng, 270, 26)
    elif number == 2:
        page_text(canvas, rng, 130, 32)
    else:
        page_text(canvas, rng, 130, 12)
        canvas.text(140, 620, "SIGNED SEALED AND DELIVERED", 22)
        for row, who in enumerate(("the Vendor", "the Purchaser", "Witness")):
            y = 730 + row * 150
            canvas.line([(480, y + 40), (860, y + 40)], INK, 2)
            canvas.text(140, y + 16, who, 22)
            signature(canvas, rng, 520, y + 6)
        seal(canvas, 300, 1220, 90)
    canvas.text(500, 1360, f"- {number} -", 20, INK, "mm")
    return canvas.done()


def scan(
    image: Image.Image, rng: Rng, *, turn: float, tint: Colour, dirt: float = 5
) -> Image.Image:
    """What a scanner makes of a page: askew, tinted, uneven, with a shadow along one edge."""
    width, height = image.size
    page = image.rotate(turn, BILINEAR, fillcolor=WHITE)
    stain = 1 - 0.06 * noise(rng, width // 4, height // 4, (3, 4), 3)
    stain *= 1 - 0.3 * np.exp(-np.arange(width // 4, dtype=np.float32) / 6)[None, :]
    light = alpha(stain).resize(page.size, BILINEAR)
    paper = Image.merge("RGB", [light.point([v * c // 255 for v in range(256)]) for c in tint])
    speckle = film(rng, width, height, dirt / 3)
    page = ImageChops.multiply(page, paper)
    return ImageChops.add(page, Image.merge("RGB", [speckle] * 3), offset=-128)


def bilevel(image: Image.Image, rng: Rng, turn: float) -> Image.Image:
    """A black-and-white scan: askew, with specks."""
    page = image.convert("L").rotate(turn, BILINEAR, fillcolor=255)
    pixels = np.asarray(page).copy()
    for y, x in rng.integers(8, (pixels.shape[0] - 8, pixels.shape[1] - 8), (60, 2)):
        pixels[y : y + 2, x : x + 2] = 0
    return Image.fromarray(np.where(pixels > 150, 255, 0).astype(np.uint8)).convert("1")


def certificate(rng: Rng, number: str, holder: str, lot: str, date: str) -> Image.Image:
    """A certificate: the same template for everybody, other names and numbers."""
    canvas = Canvas(1400, 1000, (252, 246, 228))
    for turn in range(46):
        wave = (
            [
                (40 + t * 1320, 40 + 26 + 20 * math.sin(t * 60 + turn * 0.14))
                for t in np.linspace(0, 1, 150)
            ]
            if turn < 14
            else []
        )
        if wave:
            canvas.line(wave, (150, 170, 140), 1)
            canvas.line([(x, 1000 - y) for x, y in wave], (150, 170, 140), 1)
        sun = [
            (
                700 + math.cos(a) * (230 + 60 * math.sin(6 * a + turn * 0.14)),
                520 + math.sin(a) * (230 + 60 * math.sin(6 * a + turn * 0.14)),
            )
            for a in np.linspace(0, math.tau, 90)
        ]
        if turn % 3 == 0:
            canvas.line(sun, (238, 226, 196), 2)
    for inset, width in ((34, 8), (48, 2), (96, 3)):
        canvas.frame(inset, inset, 1400 - inset, 1000 - inset, (70, 102, 82), width)
    canvas.text(700, 190, "CERTIFICATE OF TITLE", 68, (44, 76, 62), "mm")
    canvas.text(700, 250, "Land Records Office", 30, (90, 100, 90), "mm")
    canvas.text(700, 340, "This is to certify that", 28, INK, "mm")
    canvas.text(700, 410, holder, 58, (120, 36, 32), "mm")
    canvas.line([(360, 456), (1040, 456)], (120, 110, 90), 2)
    canvas.text(700, 510, "is entered in the register as the owner of", 28, INK, "mm")
    canvas.text(700, 580, lot, 42, INK, "mm")
    canvas.text(700, 650, f"Date of entry   {date}", 28, INK, "mm")
    canvas.text(160, 150, f"No. {number}", 34, (120, 36, 32), "lm")
    signature(canvas, rng, 880, 800)
    canvas.line([(860, 840), (1200, 840)], INK, 2)
    canvas.text(1030, 862, "Registrar", 22, INK, "mm")
    seal(canvas, 320, 780, 105)
    return canvas.done()


def rent_notice(rng: Rng) -> Image.Image:
    """A letter to the tenants, stamped on arrival."""
    canvas = Canvas(1000, 1414)
    canvas.box(0, 0, 1000, 120, (36, 96, 110))
    canvas.poly([(120, 92), (120, 46), (154, 26), (188, 46), (188, 92)], WHITE)
    canvas.text(215, 60, "ESTATE MANAGEMENT OFFICE", 36, WHITE, "lm")
    canvas.text(860, 180, "1 April 2021", 22, INK, "ra")
    canvas.text(140, 250, "To all tenants of Block 7", 26)
    canvas.text(140, 320, "REVIEW OF RENT", 34)
    page_text(canvas, rng, 390, 8)
    canvas.box(140, 720, 860, 764, (222, 234, 236))
    for row in range(5):
        y = 720 + row * 44
        canvas.frame(140, y, 860, y + 44, INK, 2)
        for x, words in zip(
            (160, 420, 660),
            (
                ("Flat type", "Present rent", "New rent")
                if not row
                else (f"Type {'ABCD'[row - 1]}", f"$ {1800 + row * 240}", f"$ {1860 + row * 250}")
            ),
            strict=True,
        ):
            canvas.text(x, y + 22, words, 22, INK, "lm")
    page_text(canvas, rng, 990, 5)
    signature(canvas, rng, 560, 1240)
    canvas.text(560, 1290, "Estate Manager", 22)
    canvas.frame(150, 1200, 420, 1300, (60, 70, 160), 5)
    canvas.text(285, 1230, "RECEIVED", 34, (60, 70, 160), "mm")
    canvas.text(285, 1270, "07 APR 2021", 24, (60, 70, 160), "mm")
    return scan(canvas.done(), rng, turn=-0.7, tint=(250, 248, 240))


def register_page(rng: Rng) -> Image.Image:
    """A leaf of an old register, ruled in columns and filled in by hand."""
    canvas = Canvas(1400, 1050, (244, 230, 196))
    canvas.text(700, 64, "REGISTER OF MEMORIALS    Vol. 12    fol. 31", 30, (90, 60, 40), "mm")
    columns = (60, 190, 420, 820, 1060, 1340)
    for x in columns:
        canvas.line([(x, 110), (x, 1010)], (186, 90, 80), 2)
    for label, x in zip(("No.", "Date", "Parties", "Lot", "Consideration"), columns, strict=False):
        canvas.text(x + 14, 122, label, 20, (90, 60, 40))
    for row in range(20):
        y = 160 + row * 42
        canvas.line([(60, y), (1340, y)], (150, 176, 190), 1)
        canvas.text(76, y + 10, f"{4410 + row}", 20, (50, 50, 100))
        for left, right in pairwise(columns[1:]):
            handwriting(
                canvas, rng, left + 16, y + 26, (right - left) * (0.25 + 0.4 * rng.random())
            )
    return scan(canvas.done(), rng, turn=0.4, tint=(246, 240, 226), dirt=0)


def handwriting(canvas: Canvas, rng: Rng, x: float, y: float, wide: float) -> None:
    """A few words in a running hand."""
    ink, end = (58, 52, 92), x + wide
    while x < end:
        word = [(x, y)]
        for step in range(int(rng.integers(5, 12))):
            x += 5.5
            word.append((x, y - (step % 2) * (6 + 9 * float(rng.random()))))
        canvas.line(word, ink, 2)
        x += 13


def near_blank(rng: Rng, tint: Colour, turn: float) -> Image.Image:
    """A page with nothing on it: paper, dust, the ghost of the text on its other side."""
    canvas = Canvas(1000, 1414, (252, 251, 248))
    for line in range(30):
        wide = 500 + 220 * float(rng.random())
        canvas.box(860 - wide, 150 + line * 36, 860, 158 + line * 36, (246, 245, 242))
    for y in (480, 930):
        canvas.disc(60, y, 11, (214, 210, 204))
    return scan(canvas.done(), rng, turn=turn, tint=tint, dirt=4)


# ------------------------------------------------------------------ files and stores


def exif(**tags: str | int) -> bytes:
    """An EXIF block with these tags of ExifTags.Base."""
    tags_block = Image.Exif()
    for name, value in tags.items():
        tags_block[ExifTags.Base[name]] = value
    return tags_block.tobytes()


def jpeg(image: Image.Image, quality: int = 76, **tags: str | int) -> bytes:
    """Encode as JPEG, with EXIF tags if any are given."""
    return encode(image, "JPEG", quality=quality, **({"exif": exif(**tags)} if tags else {}))


def encode(image: Image.Image, kind: str, **how: object) -> bytes:
    """Encode in a format of Pillow's."""
    stream = io.BytesIO()
    image.save(stream, kind, **how)
    return stream.getvalue()


def decode(data: bytes) -> Image.Image:
    """The picture in the bytes of a file."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def with_exif(data: bytes, **tags: str | int) -> bytes:
    """The same JPEG with another EXIF block: not one byte of its scan changes."""
    kept, place = [data[:2]], 2
    tags_block = exif(**tags)
    kept.append(b"\xff\xe1" + (len(tags_block) + 2).to_bytes(2, "big") + tags_block)
    while data[place + 1] != 0xDA:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place + 1] != 0xE1:
            kept.append(data[place:end])
        place = end
    return b"".join([*kept, data[place:]])


@dataclass
class Stores:
    """The folder being filled, and the list of what was planted in it."""

    folder: Path
    seed: int
    planted: list[tuple[str, str, str]] = field(default_factory=list)
    files: int = 0

    def rng(self, name: str) -> Rng:
        """Random numbers of one picture, whatever was drawn before it."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def put(self, name: str, data: bytes) -> str:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return self.date(name)

    def date(self, name: str) -> str:
        """Give a file its fixed time."""
        self.files += 1
        when = FIRST_MTIME + 3600 * self.files
        os.utime(self.folder / name, (when, when))
        return name

    def read(self, name: str) -> bytes:
        """The bytes of a file written before."""
        return (self.folder / name).read_bytes()

    def plant(self, original: str, name: str, kind: str, data: bytes) -> str:
        """Write a file that is related to one written before, and note how."""
        self.put(name, data)
        return self.note(original, name, kind)

    def note(self, one: str, other: str, kind: str) -> str:
        """Note how two files are related."""
        self.planted.append((one, other, kind))
        return other

    def copy(self, original: str, name: str) -> str:
        """Plant an exact copy."""
        return self.plant(original, name, "exact", self.read(original))

    def link(self, original: str, name: str) -> str:
        """Plant a second name of the same file, where the file system has such a thing."""
        try:
            os.link(self.folder / original, self.folder / name)
        except OSError:
            return self.copy(original, name)
        return self.note(original, name, "hard-link")

    def write_list(self) -> None:
        """Write planted.csv beside the stores."""
        with (self.folder / "planted.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([("a", "b", "kind"), *self.planted])
        self.date("planted.csv")


TOWERS = "housing/estates/沙田 第一城 外牆 2019-03.jpg"
COURT = "housing/estates/彩色屋邨 球場 2020-11-14.jpg"
WELL = "housing/estates/天井 Light well Block 7.jpg"
ROOM_A = "housing/flats/Flat 12A living room.jpg"
ROOM_B = "housing/flats/Flat 14A living room.jpg"
PLAN_A = "housing/plans/平面圖 Flat A.png"
PLAN_B = "housing/plans/平面圖 Flat B.png"
PLAN_FLOOR = "housing/plans/標準層 Typical floor TF-07.png"
NOTICE = "housing/letters/Rent notice 2021-04-01.jpg"
DEED = "landreg/deeds/Deed ST-1187.tif"
DEED_P1 = "landreg/deeds/Deed ST-1187 p1.tif"
CERT_A = "landreg/certificates/業權證書 40213.tif"
CERT_B = "landreg/certificates/業權證書 40214.tif"
REGISTER = "landreg/registers/登記冊 Vol 12 f 031.png"
SURVEY = "landreg/maps/Survey sheet 7-SE-14B.png"
AERIAL = "landreg/maps/航空照片 DD91 1998-06-03.jpg"
BLANK_A, BLANK_B = "landreg/scans/scan0007.tif", "landreg/scans/scan0008.tif"
HARBOUR_DAY = "tourism/harbour/維港 日景 2021-10-02.jpg"
HARBOUR_NIGHT = "tourism/harbour/維港 夜景 2021-10-02.jpg"
FIREWORKS = "tourism/harbour/煙花 Fireworks 2018-02-17.jpg"
HILLS = "tourism/IMG_2043.JPG"
SUNSET = "tourism/IMG_2051.JPG"
STREET = "tourism/streets/霓虹街 Neon street.webp"
TRAM = "tourism/streets/電車 Tram 120.jpg"
PAVILION = "tourism/園林 涼亭.avif"
WALKS = "tourism/maps/行山地圖 Walking map.png"


def draw_housing(stores: Stores) -> None:
    """The housing office: estates, flats, plans and letters."""
    for name, draw in ((TOWERS, estate_towers), (COURT, rainbow_court), (WELL, light_well)):
        stores.put(name, jpeg(draw(stores.rng(name)), Make="Mono", Model="M-10"))
    for name, style in ((ROOM_A, ROOM_12A), (ROOM_B, ROOM_14A)):
        stores.put(name, jpeg(living_room(stores.rng(name), style)))
    for name, plan in (
        (PLAN_A, FlatPlan("12/F  Flat A", "FP-07-A", "46.2 sq m", mirrored=False)),
        (PLAN_B, FlatPlan("12/F  Flat B", "FP-07-B", "46.4 sq m", mirrored=True)),
    ):
        stores.put(name, encode(flat_plan(plan), "PNG"))
    stores.put(PLAN_FLOOR, encode(typical_floor(), "PNG"))
    stores.put(NOTICE, jpeg(rent_notice(stores.rng(NOTICE)), 72))


def draw_landreg(stores: Stores) -> None:
    """The land registry: deeds, certificates, registers, maps and scans."""
    rng = stores.rng(DEED)
    pages = [bilevel(deed_page(rng, page), rng, 0.3 * page - 0.6) for page in (1, 2, 3)]
    fax = {"compression": "group4", "dpi": (120, 120)}
    stores.put(DEED, encode(pages[0], "TIFF", save_all=True, append_images=pages[1:], **fax))
    stores.put(DEED_P1, encode(pages[0], "TIFF", **fax))
    for name, words in (
        (CERT_A, ("40213", "CHAN Tai Man", "Lot 2213 s.A, D.D. 91", "3 June 1998")),
        (CERT_B, ("40214", "LEE Siu Ming", "Lot 2871 R.P., D.D. 91", "19 May 1999")),
    ):
        rng = stores.rng(name)
        page = scan(certificate(rng, *words), rng, turn=0.0, tint=(252, 250, 244), dirt=2)
        stores.put(name, encode(page, "TIFF", compression="jpeg", quality=66))
    ledger = register_page(stores.rng(REGISTER)).quantize(24, dither=Image.Dither.NONE)
    stores.put(REGISTER, encode(ledger, "PNG"))
    stores.put(SURVEY, encode(survey_sheet(stores.rng(SURVEY)), "PNG"))
    stores.put(AERIAL, jpeg(aerial(stores.rng(AERIAL)), 76))
    for name, tint, turn in ((BLANK_A, (252, 250, 242), 0.5), (BLANK_B, (250, 250, 248), -0.8)):
        page = near_blank(stores.rng(name), tint, turn).convert("L")
        stores.put(name, encode(page, "TIFF", compression="jpeg", quality=60))


def draw_tourism(stores: Stores) -> None:
    """The tourist office: harbour, hills, streets and nights."""
    for name, hour in ((HARBOUR_DAY, DAY), (HARBOUR_NIGHT, NIGHT)):
        view = stores.rng("the harbour")  # one view: the same towers and hills at both hours
        stores.put(name, jpeg(harbour(view, hour), Make="Mono", Model="M-10"))
    for name, draw in (
        (FIREWORKS, fireworks),
        (HILLS, misty_hills),
        (SUNSET, beach_sunset),
        (TRAM, tram_street),
    ):
        stores.put(name, jpeg(draw(stores.rng(name)), 75, Make="Mono", Model="M-20"))
    street = neon_street(stores.rng(STREET))
    stores.put(STREET, encode(street, "WEBP", quality=78, method=2))
    garden = garden_pavilion(stores.rng(PAVILION))
    stores.put(PAVILION, encode(garden, "AVIF", quality=66, speed=9, max_threads=1))
    stores.put(WALKS, encode(walking_map(stores.rng(WALKS)).quantize(128), "PNG"))


def plant_copies(stores: Stores) -> None:
    """Copies that are the same picture for certain."""
    stores.copy(TOWERS, "tourism/streets/City One facade (from Housing).jpg")
    stores.copy(HILLS, "tourism/精選 best of/IMG_2043 (1).JPG")
    stores.copy(PLAN_A, "landreg/maps/FP-07-A copy.png")
    stores.copy(DEED_P1, "housing/letters/契約 ST-1187 第1頁.tif")
    stores.link(HARBOUR_DAY, "tourism/封面 Cover 2022.jpg")
    credit = {
        "Make": "Mono",
        "Model": "M-20",
        "Artist": "C. M. Wong",
        "Copyright": "Tourism Office",
    }
    stores.plant(
        SUNSET,
        "tourism/精選 best of/IMG_2051 credited.JPG",
        "metadata",
        with_exif(stores.read(SUNSET), **credit),
    )
    plan, survey = decode(stores.read(PLAN_FLOOR)), decode(stores.read(SURVEY))
    stores.plant(
        PLAN_FLOOR,
        "landreg/maps/TF-07 archive master.tif",
        "pixels",
        encode(plan, "TIFF", compression="tiff_adobe_deflate"),
    )
    stores.plant(
        SURVEY,
        "housing/plans/地段圖 7-SE-14B.webp",
        "pixels",
        encode(survey, "WEBP", lossless=True, quality=20, method=1),
    )
    stores.plant(PLAN_B, "landreg/maps/FP-07-B.jpg", "wrong-extension", stores.read(PLAN_B))


def plant_versions(stores: Stores) -> None:
    """Versions of a picture that a person would call the same."""
    towers, harbour_day, sunset, hills_view, court_view, walks, cert, well = (
        decode(stores.read(name)).convert("RGB")
        for name in (TOWERS, HARBOUR_DAY, SUNSET, HILLS, COURT, WALKS, CERT_A, WELL)
    )
    stores.plant(TOWERS, "housing/estates/第一城 web.jpg", "re-encode", jpeg(towers, 45))
    stores.plant(
        SUNSET, "tourism/web/sunset.webp", "re-encode", encode(sunset, "WEBP", quality=60, method=2)
    )
    stores.plant(
        HILLS,
        "tourism/web/hills.avif",
        "re-encode",
        encode(hills_view, "AVIF", quality=50, speed=9, max_threads=1),
    )
    stores.plant(
        WALKS,
        "tourism/web/walking map.gif",
        "re-encode",
        encode(walks.quantize(64, dither=Image.Dither.NONE), "GIF"),
    )
    stores.plant(CERT_A, "housing/letters/Cert 40213 (email).jpg", "re-encode", jpeg(cert, 55))
    stores.plant(HARBOUR_DAY, "tourism/web/harbour half.jpg", "resize", jpeg(harbour_day.reduce(2)))
    stores.plant(WELL, "tourism/web/天井 thumb.jpg", "resize", jpeg(well.reduce(4)))
    stores.note(DEED_P1, DEED, "page")
    turned = decode(stores.read(DEED_P1)).transpose(Image.Transpose.ROTATE_90)
    stores.plant(
        DEED_P1,
        "landreg/scans/scan0011 sideways.tif",
        "rotated",
        encode(turned, "TIFF", compression="group4"),
    )
    stores.plant(
        NOTICE,
        "landreg/scans/scan0012.jpg",
        "rotated-exif",
        with_exif(stores.read(NOTICE), Orientation=6),
    )
    flipped = court_view.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    stores.plant(COURT, "tourism/streets/彩色屋邨 flipped.jpg", "mirrored", jpeg(flipped, 76))


ERROR_PAGE = "<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1></body></html>\n"
README = "Pictures of the office. Please ask before using them.\n圖片使用前請先查詢。\n"
PDF = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def plant_troubles(stores: Stores) -> None:
    """Files no audit should trip over, and pairs it should not mistake for copies."""
    whole = stores.read(AERIAL)
    stores.plant(
        AERIAL, "housing/estates/aerial DD91 (download).jpg", "corrupt", whole[: len(whole) // 2]
    )
    stores.note(stores.put("landreg/scans/scan0009.tif", b""), "", "empty")
    for name, words in (
        ("tourism/web/banner.jpg", ERROR_PAGE),
        ("tourism/README.txt", README),
        ("landreg/deeds/Deed ST-1187.pdf", PDF),
    ):
        stores.note(stores.put(name, words.encode()), "", "not-a-picture")
    for pair in (
        (CERT_A, CERT_B),
        (PLAN_A, PLAN_B),
        (ROOM_A, ROOM_B),
        (BLANK_A, BLANK_B),
        (HARBOUR_DAY, HARBOUR_NIGHT),
    ):
        stores.note(*pair, "look-alike")


STEPS: tuple[Callable[[Stores], None], ...] = (
    draw_housing,
    draw_landreg,
    draw_tourism,
    plant_copies,
    plant_versions,
    plant_troubles,
)


def sizes(folder: Path) -> Iterator[int]:
    """The size of every file under a folder."""
    return (path.stat().st_size for path in sorted(folder.rglob("*")) if path.is_file())


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the stores; the exit code is 2 if the folder already holds something."""
    parser = argparse.ArgumentParser(description="Draw three picture stores that overlap.")
    parser.add_argument("folder", type=Path, help="a new or empty folder")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other pictures")
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print(f"{folder} is not an empty folder; name a new one.", file=sys.stderr)
        return 2
    started, stores = time.perf_counter(), Stores(folder, options.seed)
    for step in STEPS:
        step(stores)
    stores.write_list()
    found = list(sizes(folder))
    print(
        f"{folder}: {len(found)} files, {sum(found) / 1e6:.1f} MB, {len(stores.planted)} planted "
        f"relations, seed {options.seed}, {time.perf_counter() - started:.1f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
