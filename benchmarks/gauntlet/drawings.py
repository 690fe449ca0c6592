"""Pictures drawn by arithmetic: scenes like photographs, pages, posters, plans, maps and charts.

Whatever is drawn twice from generators of one seed is the same; what may differ between members
of a family is given beside the generator.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.gauntlet import lettering
from benchmarks.gauntlet.lettering import Rng, face, font, word, words

Colour = tuple[int, int, int]
Size = tuple[int, int]
Grid = NDArray[np.float32]

SHAPES = (4 / 3, 3 / 2, 16 / 9, 1.0, 3 / 4, 2 / 3)


def colour(rng: Rng, low: int = 0, high: int = 256) -> Colour:
    red, green, blue = (int(v) for v in rng.integers(low, high, 3))
    return red, green, blue


def size(rng: Rng, low: int, high: int, shapes: Sequence[float] = SHAPES) -> Size:
    """Return a size of some shape whose long side lies between two numbers."""
    long, shape = float(np.exp(rng.uniform(np.log(low), np.log(high)))), rng.choice(shapes)
    return (round(long), round(long / shape)) if shape >= 1 else (round(long * shape), round(long))


def tone(rng: Rng, low: int, high: int) -> Colour:
    """Return a colour as things outdoors have it, its channels not far from one another."""
    level = rng.integers(low, high)
    red, green, blue = (int(v) for v in np.clip(level + rng.normal(0, 28, 3), 0, 255))
    return red, green, blue


def texture(rng: Rng, size: Size, coarsest: float, octaves: int = 5, rough: float = 0.55) -> Grid:
    """Return fractal noise between -1 and 1, its coarsest grains a share of the width large.

    Each octave has grains half as large, and is `rough` times as strong.
    """
    total: Grid = np.zeros((size[1], size[0]), np.float32)
    for octave in range(octaves):
        grain = max(coarsest * size[0] / 2**octave, 1)
        cells = (max(2, round(size[0] / grain)), max(2, round(size[1] / grain)))
        coarse = Image.fromarray(rng.uniform(-1, 1, cells[::-1]).astype(np.float32))
        total += np.asarray(coarse.resize(size, Image.Resampling.BICUBIC)) * np.float32(
            rough**octave
        )
    return total / np.float32(np.abs(total).max())


# Scenes


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of a scene: kind, place and size in shares of the width, distance, its own seed."""

    kind: str
    x: float
    y: float
    size: float
    near: float
    seed: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Sky, hills and ground with things on it, which a camera can take more than once.

    `reach` is how far to either side the camera may move, as a share of the picture's width.
    """

    seed: int
    things: tuple[Thing, ...]
    reach: float = 0.0

    @classmethod
    def of(cls, rng: Rng, reach: float = 0.0) -> "Scene":
        things = []
        for _ in range(int(rng.integers(9, 22))):
            near = float(rng.uniform(0.15, 1))
            kind = ("house", "tree", "ball", "post", "car")[rng.integers(5)]
            things.append(Thing(kind, float(rng.uniform(0, 1)), 0.5 + 0.42 * near**1.3,
                                float(rng.uniform(0.06, 0.16)) * (0.4 + near), near,
                                int(rng.integers(2**62))))  # fmt: skip
        things.sort(key=lambda thing: thing.near)
        return cls(int(rng.integers(2**62)), tuple(things), reach)

    def without(self, index: int) -> "Scene":
        return replace(self, things=self.things[:index] + self.things[index + 1 :])

    def moved(self, rng: Rng, by: float) -> "Scene":
        """Return the scene a moment later: things have moved by up to a share of the width."""
        things = (
            replace(t, x=t.x + float(rng.uniform(-by, by)), y=t.y + float(rng.uniform(-by, by)) / 3)
            for t in self.things
        )
        return replace(self, things=tuple(things))

    def taken(self, size: Size, grain: Rng, camera: float = 0.0, sigma: float = 3.0) -> Image.Image:
        """Take a picture; what is near shifts more when the camera moves sideways."""
        rng = np.random.default_rng(self.seed)
        picture = self._sky(rng, size, camera)
        for layer in range(3):
            _hill(rng, picture, 0.3 + 0.1 * layer, camera * (0.2 + 0.2 * layer))
        self._lay_ground(rng, picture, camera)
        pen = ImageDraw.Draw(picture)
        for thing in self.things:
            _thing(pen, replace(thing, x=thing.x - camera * thing.near), size)
        soft = picture.filter(ImageFilter.GaussianBlur(max(size[0] / 1600, 0.5)))
        values = np.asarray(soft).astype(np.float32)
        values *= 1 + 0.3 * self._texture(rng, size, camera, 0.02, 5)
        values += sigma * grain.standard_normal(values.shape, np.float32)
        return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))

    def _sky(self, rng: Rng, size: Size, camera: float) -> Image.Image:
        top, low = np.array(tone(rng, 90, 210)), np.array(tone(rng, 170, 245))
        share = np.linspace(0, 1, size[1], dtype=np.float32)[:, None, None]
        clouds = np.clip(self._texture(rng, size, camera * 0.05, 0.4, 5, 0.55), 0, 1)
        values = top + (low - top) * share + 45 * clouds
        return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))

    def _lay_ground(self, rng: Rng, picture: Image.Image, camera: float) -> None:
        width, height = picture.size
        top = round(height * 0.52)
        earth = np.array(tone(rng, 70, 160), np.float32)
        grass = self._texture(rng, (width, height - top), camera * 0.7, 0.06, 7)
        values = np.clip(earth + 90 * grass, 0, 255)
        picture.paste(Image.fromarray(values.astype(np.uint8)), (0, top))

    def _texture(self, rng: Rng, size: Size, camera: float, coarsest: float, octaves: int,
                 rough: float = 0.8) -> Grid:  # fmt: skip
        """Return what the camera sees of a texture as wide as its reach, with a third axis of 1."""
        whole = (round(size[0] * (1 + 2 * self.reach)), size[1])
        left = round((self.reach + camera) * size[0])
        grains = texture(rng, whole, coarsest / (1 + 2 * self.reach), octaves, rough)
        return grains[:, left : left + size[0], None]


def _hill(rng: Rng, picture: Image.Image, at: float, camera: float) -> None:
    width, height = picture.size
    x = np.linspace(0, 1, 200) + camera
    waves = [
        0.07 / (k + 1) * np.sin(2 * np.pi * (x * rng.uniform(1, 2) * (k + 1) + rng.random()))
        for k in range(5)
    ]
    line = at + np.sum(waves, axis=0)
    points = [(i * width / 199, y * height) for i, y in enumerate(line)]
    ImageDraw.Draw(picture).polygon([(0, height), *points, (width, height)], tone(rng, 50, 150))


def _thing(pen: ImageDraw.ImageDraw, thing: Thing, size: Size) -> None:
    rng = np.random.default_rng(thing.seed)
    side = thing.size * size[0]
    x, y = thing.x * size[0], thing.y * size[1]
    main, other, dark = tone(rng, 40, 240), tone(rng, 40, 240), tone(rng, 5, 70)
    if thing.kind == "house":
        pen.rectangle((x - side / 2, y - side * 0.8, x + side / 2, y), main)
        roof = [
            (x - side * 0.6, y - side * 0.8),
            (x, y - side * 1.3),
            (x + side * 0.6, y - side * 0.8),
        ]
        pen.polygon(roof, other)
        for column in range(3):
            for row in range(2):
                left, top = x - side * 0.4 + column * side * 0.3, y - side * (0.7 - row * 0.35)
                pen.rectangle((left, top, left + side * 0.15, top + side * 0.2), dark)
    elif thing.kind == "tree":
        pen.rectangle((x - side / 14, y - side, x + side / 14, y), dark)
        for _ in range(14):
            cx, cy = x + rng.normal(0, side / 5), y - side + rng.normal(0, side / 5)
            r = side * rng.uniform(0.1, 0.25)
            pen.ellipse(
                (cx - r, cy - r, cx + r, cy + r), tuple(int(c * rng.uniform(0.6, 1)) for c in main)
            )
    elif thing.kind == "ball":
        for step in range(10):
            r = side / 2 * (1 - step / 10)
            lit = tuple(min(255, int(c * (0.6 + step * 0.07))) for c in main)
            pen.ellipse(
                (x - r - step, y - side / 2 - r - step, x + r - step, y - side / 2 + r - step), lit
            )
    elif thing.kind == "post":
        pen.rectangle((x - side / 20, y - side * 1.4, x + side / 20, y), dark)
        pen.rectangle((x - side / 2, y - side * 1.6, x + side / 2, y - side), main, other, 3)
        pen.text(
            (x, y - side * 1.3), word(rng, 2).upper(), other, font(face(rng), round(side / 5)), "mm"
        )
    else:
        pen.rounded_rectangle(
            (x - side * 0.7, y - side * 0.45, x + side * 0.7, y - side * 0.1), side / 10, main
        )
        pen.polygon(
            [
                (x - side * 0.4, y - side * 0.45),
                (x - side * 0.25, y - side * 0.75),
                (x + side * 0.25, y - side * 0.75),
                (x + side * 0.45, y - side * 0.45),
            ],
            other,
        )
        for wheel in (-0.4, 0.4):
            pen.ellipse(
                (x + (wheel - 0.13) * side, y - side * 0.25, x + (wheel + 0.13) * side, y), dark
            )


def photograph(rng: Rng) -> Image.Image:
    return Scene.of(rng).taken(size(rng, 500, 2200), rng, sigma=float(rng.uniform(1, 5)))


# Pages and plans


def sheet(rng: Rng, size: Size) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    level = int(rng.integers(236, 256))
    picture = Image.new(
        "RGB", size, (level, level - int(rng.integers(4)), level - int(rng.integers(10)))
    )
    return picture, ImageDraw.Draw(picture)


def page_of_text(style: Rng, size: Size, text: Rng, lines: int | None = None) -> Image.Image:
    """Set a page: the layout comes from `style`, the words from `text`."""
    picture, pen = sheet(style, size)
    width, height = size
    type_, unit = face(style), width / 100
    line = round(unit * float(style.uniform(1.9, 3)))
    cut = font(type_, line)
    margin = width * float(style.uniform(0.08, 0.14))
    pen.text((margin, margin), words(text, 3).title(), (15, 15, 20), font(type_, line * 2))
    y, step = margin + line * 4, line * 1.5
    rows = lines or 10_000
    while y < height - margin - step and rows:
        said = ""
        while cut.getlength(said) < (width - 2 * margin) * 0.9:
            said += word(text) + " "
        if text.random() < 0.12:
            said = said[: len(said) // 2]
        pen.text((margin, y), said, (20, 20, 26), cut)
        y, rows = y + step, rows - 1
    pen.text((width / 2, height - margin / 2), lettering.number(text, 2), (20, 20, 26), cut, "mm")
    return picture


def document(rng: Rng) -> Image.Image:
    return page_of_text(rng, size(rng, 800, 2600, (1 / 1.414,)), rng)


def poster(rng: Rng) -> Image.Image:
    shape = size(rng, 700, 2400, (0.7, 0.75, 1.4))
    picture = Image.new("RGB", shape, colour(rng))
    width, height = shape
    pen = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(8, 22))):
        x, y, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.03, 0.2) * width
        turn = float(rng.uniform(0, 90))
        pen.regular_polygon((x, y, r), int(rng.integers(3, 9)), turn, colour(rng), colour(rng))
    for row in range(int(rng.integers(2, 5))):
        cut = font(face(rng), round(width * float(rng.uniform(0.05, 0.12))))
        pen.text(
            (width / 2, height * (0.2 + 0.18 * row)),
            words(rng, 2).upper(),
            colour(rng),
            cut,
            "mm",
            stroke_width=2,
            stroke_fill=(255, 255, 255),
        )
    return picture


@dataclass(frozen=True, slots=True)
class Plan:
    """Walls of a flat as splits of a rectangle, with a label in each room."""

    splits: tuple[float, ...]
    labels: tuple[str, ...]
    areas: tuple[str, ...]

    @classmethod
    def of(cls, rng: Rng) -> "Plan":
        count = int(rng.integers(5, 9))
        return cls(tuple(float(v) for v in rng.uniform(0.35, 0.65, count)),
                   tuple(word(rng, 2).title() for _ in range(count + 1)),
                   tuple(f"{rng.uniform(6, 32):.1f} sqm" for _ in range(count + 1)))  # fmt: skip

    def rooms(self) -> list[tuple[float, float, float, float]]:
        rooms = [(0.0, 0.0, 1.0, 1.0)]
        for split in self.splits:
            x0, y0, x1, y1 = rooms.pop(0)
            if (x1 - x0) * 1.3 > y1 - y0:
                middle = x0 + (x1 - x0) * split
                rooms += [(x0, y0, middle, y1), (middle, y0, x1, y1)]
            else:
                middle = y0 + (y1 - y0) * split
                rooms += [(x0, y0, x1, middle), (x0, middle, x1, y1)]
        return rooms


def floor_plan(
    style: Rng, size: Size, plan: Plan, title: str, mirrored: bool = False
) -> Image.Image:
    """Draw walls, doors, labels and a title; a mirrored flat keeps its labels readable."""
    picture, pen = sheet(style, size)
    width, height = size
    wall = max(3, width // 130)
    left, top, across, down = width * 0.08, height * 0.14, width * 0.84, height * 0.78
    type_ = face(style)
    pen.text((left, height * 0.05), title, (20, 20, 20), font(type_, width // 28))
    for (x0, y0, x1, y1), label, area in zip(plan.rooms(), plan.labels, plan.areas, strict=True):
        if mirrored:
            x0, x1 = 1 - x1, 1 - x0
        box = (left + x0 * across, top + y0 * down, left + x1 * across, top + y1 * down)
        pen.rectangle(box, outline=(20, 20, 20), width=wall)
        door = (x1 - x0) * across * 0.25
        hinge = box[2] - door * 2 if not mirrored else box[0] + door
        pen.rectangle((hinge, box[3] - wall, hinge + door, box[3]), (250, 250, 250))
        pen.arc(
            (hinge - door, box[3] - door, hinge + door, box[3] + door), 270, 360, (90, 90, 90), 2
        )
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        pen.text(middle, label, (30, 30, 30), font(type_, width // 50), "mm")
        pen.text(
            (middle[0], middle[1] + width / 40), area, (80, 80, 80), font(type_, width // 65), "mm"
        )
    return picture


def plan(rng: Rng) -> Image.Image:
    return floor_plan(rng, size(rng, 600, 2400, (4 / 3, 1.0)), Plan.of(rng), words(rng, 2).title())


def street_map(style: Rng, size: Size, pins: Sequence[tuple[float, float, str]]) -> Image.Image:
    """Draw blocks, streets, water and names from `style`, and pins where they are given."""
    width, height = size
    picture = Image.new("RGB", size, colour(style, 225, 246))
    pen, unit, type_ = ImageDraw.Draw(picture), width / 100, face(style)
    for _ in range(5):
        x, y, r = style.uniform(0, width), style.uniform(0, height), style.uniform(6, 16) * unit
        pen.regular_polygon((x, y, r), int(style.integers(5, 9)), 0, colour(style, 165, 225))
    water = [(x * width / 9, height * (0.5 + style.normal(0, 0.12))) for x in range(10)]
    pen.line(water, (150, 190, 225), round(4 * unit), "curve")
    for _ in range(int(style.integers(14, 26))):
        ends = [
            (style.uniform(-0.1, 1.1) * width, style.uniform(-0.1, 1.1) * height) for _ in range(2)
        ]
        pen.line(ends, (170, 165, 160), round(1.6 * unit))
        pen.line(
            ends, (255, 255, 255) if style.random() < 0.7 else (250, 225, 140), round(1.1 * unit)
        )
    for _ in range(int(style.integers(10, 20))):
        at = (style.uniform(0.05, 0.9) * width, style.uniform(0.05, 0.95) * height)
        pen.text(at, words(style, 1).title(), (90, 90, 95), font(type_, round(2 * unit)))
    for x, y, label in pins:
        px, py, r = x * width, y * height, 1.6 * unit
        pen.polygon([(px - r, py - 2.4 * r), (px + r, py - 2.4 * r), (px, py)], (205, 40, 40))
        pen.ellipse((px - r, py - 4 * r, px + r, py - 2 * r), (205, 40, 40))
        pen.text((px + 1.5 * r, py - 3 * r), label, (150, 20, 20), font(type_, round(2.2 * unit)))
    return picture


def pins(rng: Rng) -> list[tuple[float, float, str]]:
    return [(float(rng.uniform(0.1, 0.85)), float(rng.uniform(0.15, 0.95)), word(rng, 2).title())
            for _ in range(int(rng.integers(3, 8)))]  # fmt: skip


def map_sheet(rng: Rng) -> Image.Image:
    return street_map(rng, size(rng, 700, 2600), pins(rng))


def bar_chart(style: Rng, size: Size, values: Sequence[float], title: str) -> Image.Image:
    """Draw bars or a line over labelled axes."""
    picture, pen = sheet(style, size)
    width, height = size
    type_, unit, ink = face(style), width / 100, colour(style, 20, 190)
    x0, y0, x1, y1 = 10 * unit, height * 0.16, 95 * unit, height * 0.86
    pen.text((x0, height * 0.05), title, (30, 30, 30), font(type_, round(4 * unit)))
    for tick in range(6):
        y = y1 - (y1 - y0) * tick / 5
        pen.line((x0, y, x1, y), (205, 205, 205), 2)
        pen.text((x0 - unit, y), str(tick * 20), (60, 60, 60), font(type_, round(2 * unit)), "rm")
    step = (x1 - x0) / len(values)
    tops = [(x0 + (i + 0.5) * step, y1 - v * (y1 - y0)) for i, v in enumerate(values)]
    if style.random() < 0.6:
        for x, y in tops:
            pen.rectangle((x - step * 0.35, y, x + step * 0.35, y1), ink)
    else:
        pen.line(tops, ink, max(3, round(unit / 2)))
    for x, _ in tops:
        pen.text(
            (x, y1 + 1.5 * unit), word(style, 1), (60, 60, 60), font(type_, round(2 * unit)), "ma"
        )
    return picture


def chart(rng: Rng) -> Image.Image:
    values = rng.uniform(0.1, 1, int(rng.integers(6, 14))).tolist()
    return bar_chart(rng, size(rng, 500, 1800, (4 / 3, 16 / 9)), values, words(rng, 3).capitalize())


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of drawn source, and whether it may be mirrored and stay a copy."""

    name: str
    draw: Callable[[Rng], Image.Image]
    photograph: bool = False


# Photographs come up as often as all others together.
KINDS = (
    Kind("photograph", photograph, photograph=True), Kind("document", document),
    Kind("photograph", photograph, photograph=True), Kind("poster", poster),
    Kind("photograph", photograph, photograph=True), Kind("plan", plan),
    Kind("photograph", photograph, photograph=True), Kind("map", map_sheet),
    Kind("photograph", photograph, photograph=True), Kind("chart", chart),
)  # fmt: skip
