"""Hard negatives: pictures drawn in families of which no two are copies of each other.

Every family returns its members; whatever verdict an audit gives on two of them, it may be a
warning (`edited`, `burst`) or nothing, and never a match.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from benchmarks.gauntlet import lettering
from benchmarks.gauntlet.drawings import (
    Colour,
    Plan,
    Scene,
    Size,
    bar_chart,
    colour,
    floor_plan,
    page_of_text,
    pins,
    sheet,
    size,
    street_map,
    texture,
)  # fmt: skip
from benchmarks.gauntlet.lettering import Rng, face, font, number, other_character, word, words

Draw = Callable[[Rng], list[Image.Image]]
Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Family:
    """A way to draw so many look-alikes."""

    members: int
    draw: Draw


FAMILIES: dict[str, Family] = {}


def family(members: int) -> Callable[[Draw], Draw]:
    """Enter a function into the families under its own name."""

    def enter(draw: Draw) -> Draw:
        FAMILIES[draw.__name__.replace("_", "-")] = Family(members, draw)
        return draw

    return enter


def seed(rng: Rng) -> int:
    return int(rng.integers(2**62))


def fresh(seed: int) -> Rng:
    return np.random.default_rng(seed)


def one_field_off(rng: Rng, fields: Fields, among: tuple[str, ...]) -> Fields:
    """Return the fields with one letter or digit of one of them exchanged."""
    key = lettering.pick(rng, among)
    return {**fields, key: other_character(rng, fields[key])}


def scrawl(
    rng: Rng, pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float], ink: Colour
) -> None:
    """Draw a signature."""
    x0, y0, x1, y1 = box
    xs = np.linspace(x0, x1, 60) + rng.normal(0, (x1 - x0) / 60, 60)
    waves = [np.sin(np.linspace(0, rng.uniform(6, 40), 60) + rng.random() * 6) for _ in range(3)]
    ys = (y0 + y1) / 2 + np.mean(waves, axis=0) * (y1 - y0) / 2
    pen.line(
        list(zip(xs.tolist(), ys.tolist(), strict=True)), ink, max(2, int((y1 - y0) / 25)), "curve"
    )


def guilloche(style: Rng, pen: ImageDraw.ImageDraw, size: Size, ink: Colour) -> None:
    """Cover a form with the fine waves that banks print."""
    x = np.linspace(0, size[0], 200)
    wave, step = style.uniform(20, 60), size[1] / 24
    for row in range(26):
        y = row * step + np.sin(x / wave + row * style.uniform(0.2, 0.5)) * step * 0.7
        pen.line(list(zip(x.tolist(), y.tolist(), strict=True)), ink, 1)


# Forms and papers


def certificate(style: Rng, size: Size, fields: Fields) -> Image.Image:
    picture, pen = sheet(style, size)
    width, height = size
    ink, unit, type_ = colour(style, 20, 140), width / 100, face(style)
    for edge in (2, 3.5, 4.2):
        box = (edge * unit, edge * unit, width - edge * unit, height - edge * unit)
        pen.rectangle(box, outline=ink, width=max(2, round(unit / 3)))
    seal = (width * 0.15, height * 0.78, 7 * unit)
    pen.regular_polygon(seal, int(style.integers(8, 20)), 0, ink)
    lines = ((0.2, 7, words(style, 2).title()), (0.34, 2.6, words(style, 5)),
             (0.47, 5, fields["name"]), (0.58, 2.6, words(style, 6)),
             (0.68, 3, fields["date"]))  # fmt: skip
    for y, size_, text in lines:
        pen.text(
            (width / 2, height * y), text, (25, 25, 35), font(type_, round(size_ * unit)), "mm"
        )
    pen.text((width * 0.94, height * 0.9), "No. " + fields["number"], (25, 25, 35),
             font(type_, round(2.4 * unit)), "rs")  # fmt: skip
    scrawl(style, pen, (width * 0.6, height * 0.74, width * 0.85, height * 0.82), (30, 40, 120))
    return picture


@family(5)
def certificates(rng: Rng) -> list[Image.Image]:
    """Three people's certificates, and two that differ from the first in one character."""
    style, shape = seed(rng), size(rng, 900, 2500, (1.414, 1 / 1.414))
    people = [{"name": lettering.name(rng), "date": lettering.date(rng), "number": number(rng, 7)}
              for _ in range(3)]  # fmt: skip
    people += [one_field_off(rng, people[0], ("number",)), one_field_off(rng, people[0], ("name",))]
    return [certificate(fresh(style), shape, fields) for fields in people]


def cheque(style: Rng, size: Size, fields: Fields, signature: int) -> Image.Image:
    picture = Image.new("RGB", size, colour(style, 215, 245))
    pen = ImageDraw.Draw(picture)
    width, height = size
    unit, type_ = width / 100, face(style)
    guilloche(style, pen, size, colour(style, 185, 214))
    cut, large = font(type_, round(2.6 * unit)), font(type_, round(3.6 * unit))
    pen.text((4 * unit, height * 0.07), words(style, 2).title() + " Bank", (20, 30, 60), large)
    for y, label, key in ((0.34, "Pay to", "name"), (0.5, "The sum of", "words")):
        pen.text((4 * unit, height * y), label, (60, 60, 60), cut)
        pen.line(
            (20 * unit, height * y + 4 * unit, 72 * unit, height * y + 4 * unit), (60, 60, 60), 2
        )
        pen.text((21 * unit, height * y), fields[key], (20, 20, 80), large)
    pen.rectangle(
        (75 * unit, height * 0.42, 96 * unit, height * 0.58), (250, 250, 250), (60, 60, 60), 2
    )
    pen.text((85.5 * unit, height * 0.5), fields["amount"], (20, 20, 80), large, "mm")
    pen.text((96 * unit, height * 0.1), fields["date"], (20, 20, 80), cut, "ra")
    pen.text(
        (4 * unit, height * 0.88),
        f"{fields['number']}  {number(style, 9)}  {number(style, 10)}",
        (20, 20, 20),
        large,
    )
    scrawl(
        fresh(signature), pen, (66 * unit, height * 0.66, 94 * unit, height * 0.82), (25, 30, 110)
    )
    return picture


@family(5)
def cheques(rng: Rng) -> list[Image.Image]:
    style, signature, shape = seed(rng), seed(rng), size(rng, 800, 2200, (2.3,))
    written: list[tuple[Fields, int]] = []
    for _ in range(2):
        fields = {
            "name": lettering.name(rng),
            "words": words(rng, 4),
            "amount": lettering.amount(rng),
            "date": lettering.date(rng),
            "number": number(rng, 6),
        }
        written.append((fields, seed(rng)))
    first = written[0][0]
    written[0] = (first, signature)
    written += [
        (one_field_off(rng, first, ("number",)), signature),
        (one_field_off(rng, first, ("amount",)), signature),
        (first, seed(rng)),
    ]
    return [cheque(fresh(style), shape, fields, hand) for fields, hand in written]


def portrait(rng: Rng, side: tuple[int, int]) -> Image.Image:
    """Draw a head and shoulders."""
    picture = Image.new("RGB", side, colour(rng, 150, 230))
    pen, (w, h) = ImageDraw.Draw(picture), side
    skin = tuple(int(v * rng.uniform(0.45, 1)) for v in (245, 205, 175))
    hair, wide = colour(rng, 10, 150), rng.uniform(0.2, 0.27)
    pen.ellipse((w * 0.08, h * 0.72, w * 0.92, h * 1.4), colour(rng))
    pen.ellipse((w * (0.47 - wide), h * 0.12, w * (0.53 + wide), h * rng.uniform(0.6, 0.72)), hair)
    pen.ellipse((w * (0.5 - wide), h * 0.2, w * (0.5 + wide), h * 0.76), skin)
    for eye in (0.4, 0.6):
        pen.ellipse((w * (eye - 0.04), h * 0.42, w * (eye + 0.04), h * 0.47), (30, 30, 30))
    pen.arc(
        (w * 0.4, h * 0.5, w * 0.6, h * rng.uniform(0.6, 0.68)),
        20,
        160,
        (120, 40, 40),
        max(2, w // 50),
    )
    return picture.filter(ImageFilter.GaussianBlur(w / 150))


def identity_form(style: Rng, size: Size, fields: Fields, person: int) -> Image.Image:
    picture = Image.new("RGB", size, colour(style, 205, 240))
    pen = ImageDraw.Draw(picture)
    width, height = size
    unit, type_ = width / 100, face(style)
    guilloche(style, pen, size, colour(style, 180, 208))
    pen.rectangle((0, 0, width, height * 0.16), colour(style, 30, 140))
    pen.text((4 * unit, height * 0.08), words(style, 3).upper(), (255, 255, 255),
             font(type_, round(4.5 * unit)), "lm")  # fmt: skip
    face_box = (round(24 * unit), round(31 * unit))
    picture.paste(portrait(fresh(person), face_box), (round(5 * unit), round(height * 0.24)))
    for row, key in enumerate(fields):
        y = height * (0.24 + 0.15 * row)
        pen.text(
            (34 * unit, y), word(style, 2).title(), (90, 90, 90), font(type_, round(1.9 * unit))
        )
        pen.text(
            (34 * unit, y + 2.4 * unit), fields[key], (20, 20, 30), font(type_, round(3.6 * unit))
        )
    return picture


@family(5)
def identity_forms(rng: Rng) -> list[Image.Image]:
    """Three people's forms, one with another portrait only, one with another digit only."""
    style, shape = seed(rng), size(rng, 700, 2000, (1.586,))
    people = [({"name": lettering.name(rng), "born": lettering.date(rng), "number": number(rng, 9),
                "until": lettering.date(rng)}, seed(rng)) for _ in range(3)]  # fmt: skip
    fields, person = people[0]
    people += [(fields, seed(rng)), (one_field_off(rng, fields, ("number", "name")), person)]
    return [identity_form(fresh(style), shape, fields, person) for fields, person in people]


def receipt(style: Rng, size: Size, text: Rng, changed: str = "") -> Image.Image:
    picture, pen = sheet(style, size)
    width, height = size
    type_, unit = face(style), width / 100
    pen.text(
        (width / 2, 6 * unit),
        words(style, 2).upper(),
        (20, 20, 20),
        font(type_, round(8 * unit)),
        "ma",
    )
    cut, y, total = font(type_, round(4.5 * unit)), 24 * unit, 0.0
    goods = [words(style, 2) for _ in range(40)]
    while y < height - 30 * unit:
        price = round(float(text.uniform(0.5, 60)), 2)
        total += price
        pen.text((6 * unit, y), goods[int(text.integers(40))], (30, 30, 30), cut)
        pen.text((94 * unit, y), f"{price:.2f}", (30, 30, 30), cut, "ra")
        y += 7 * unit
    large = font(type_, round(7 * unit))
    pen.text((6 * unit, height - 26 * unit), "TOTAL", (10, 10, 10), large)
    pen.text((94 * unit, height - 26 * unit), changed or f"{total:.2f}", (10, 10, 10), large, "ra")
    pen.text((width / 2, height - 10 * unit), lettering.date(text), (30, 30, 30), cut, "ma")
    return picture


@family(4)
def receipts(rng: Rng) -> list[Image.Image]:
    style, first, shape = seed(rng), seed(rng), size(rng, 700, 1800, (0.45, 0.6))
    drawn = [receipt(fresh(style), shape, fresh(s)) for s in (first, seed(rng), seed(rng))]
    return [*drawn, receipt(fresh(style), shape, fresh(first), f"{rng.uniform(9, 99):.2f}")]


def price_tag(style: Rng, size: Size, goods: str, price: str) -> Image.Image:
    picture = Image.new("RGB", size, colour(style, 200, 256))
    pen, (width, height), type_ = ImageDraw.Draw(picture), size, face(style)
    ink = colour(style, 0, 120)
    pen.rectangle((0, 0, width, height * 0.2), ink)
    pen.text(
        (width / 2, height * 0.1),
        words(style, 2).upper(),
        (255, 255, 255),
        font(type_, height // 10),
        "mm",
    )
    pen.text((width / 2, height * 0.36), goods, (30, 30, 30), font(type_, height // 10), "mm")
    pen.text((width / 2, height * 0.7), price, ink, font(type_, round(height * 0.3)), "mm")
    return picture


@family(4)
def price_tags(rng: Rng) -> list[Image.Image]:
    style, shape, goods = seed(rng), size(rng, 600, 1200, (1.6,)), words(rng, 2).title()
    price = lettering.amount(rng)
    tags = [(goods, price), (goods, other_character(rng, price)), (words(rng, 2).title(), price),
            (words(rng, 2).title(), lettering.amount(rng))]  # fmt: skip
    return [price_tag(fresh(style), shape, *tag) for tag in tags]


def statement(style: Rng, size: Size, text: Rng, holder: str) -> Image.Image:
    picture, pen = sheet(style, size)
    width, height = size
    unit, type_ = width / 100, face(style)
    cut = font(type_, round(1.8 * unit))
    pen.rectangle((6 * unit, 6 * unit, 20 * unit, 12 * unit), colour(style, 20, 160))
    pen.text(
        (24 * unit, 6 * unit), words(style, 3).title(), (20, 20, 20), font(type_, round(3 * unit))
    )
    pen.text((6 * unit, 18 * unit), holder, (30, 30, 30), font(type_, round(2.4 * unit)))
    y, band = 30 * unit, False
    while y < height - 10 * unit:
        if band := not band:
            pen.rectangle((6 * unit, y, 94 * unit, y + 3 * unit), (228, 232, 238))
        for x, said, anchor in (
            (7, lettering.date(text), "la"),
            (24, words(text, 3), "la"),
            (78, lettering.amount(text), "ra"),
            (93, lettering.amount(text), "ra"),
        ):
            pen.text((x * unit, y + 0.4 * unit), said, (30, 30, 30), cut, anchor)
        y += 3 * unit
    return picture


@family(4)
def statements(rng: Rng) -> list[Image.Image]:
    style, first, shape = seed(rng), seed(rng), size(rng, 1000, 2500, (1 / 1.414,))
    holder = lettering.name(rng)
    drawn = [
        (first, holder),
        (seed(rng), holder),
        (seed(rng), lettering.name(rng)),
        (first, lettering.name(rng)),
    ]
    return [statement(fresh(style), shape, fresh(text), name) for text, name in drawn]


@family(4)
def pages_of_text(rng: Rng) -> list[Image.Image]:
    style, shape = seed(rng), size(rng, 900, 2500, (1 / 1.414, 0.65))
    return [page_of_text(fresh(style), shape, rng) for _ in range(4)]


def near_blank_page(size: Size, text: str, specks: Rng, place: float) -> Image.Image:
    picture = Image.new("RGB", size, (251, 250, 247))
    pen, (width, height) = ImageDraw.Draw(picture), size
    for _ in range(int(specks.integers(2, 9))):
        x, y, r = specks.uniform(0, width), specks.uniform(0, height), specks.uniform(0.5, 2.5)
        pen.ellipse((x - r, y - r, x + r, y + r), (120, 115, 110))
    pen.text((width / 2, height * place), text, (30, 30, 30), font("", width // 45), "mm")
    return picture


@family(5)
def near_blank_pages(rng: Rng) -> list[Image.Image]:
    shape = size(rng, 800, 2500, (1 / 1.414,))
    page = int(rng.integers(1, 300))
    texts = [(str(page), 0.95), (str(page + 1), 0.95), (words(rng, 4), 0.4), (words(rng, 4), 0.4),
             (f"- {page + 10} -", 0.95)]  # fmt: skip
    return [near_blank_page(shape, text, rng, place) for text, place in texts]


# Signs, flags and plain colours


def station_sign(style: Rng, size: Size, name: str) -> Image.Image:
    ground, ink = colour(style, 0, 110), colour(style, 225, 256)
    picture = Image.new("RGB", size, ground)
    pen, (width, height) = ImageDraw.Draw(picture), size
    pen.rectangle((0, height * 0.82, width, height * 0.9), colour(style))
    pen.ellipse((height * 0.15, height * 0.2, height * 0.65, height * 0.7), ink)
    letter = word(style)[0].upper()
    pen.text(
        (height * 0.4, height * 0.45), letter, ground, font(face(style), round(height * 0.35)), "mm"
    )
    pen.text(
        (height * 0.85, height * 0.45), name, ink, font(face(style), round(height * 0.3)), "lm"
    )
    return picture


@family(4)
def station_signs(rng: Rng) -> list[Image.Image]:
    style, shape, first = seed(rng), size(rng, 700, 1800, (4.0, 3.0)), word(rng, 3).title()
    names = [first, word(rng, 3).title(), word(rng, 3).title(), other_character(rng, first)]
    return [station_sign(fresh(style), shape, name) for name in names]


def stripes(size: Size, colours: tuple[Colour, ...], upright: bool) -> Image.Image:
    picture = Image.new("RGB", size)
    pen, (width, height), n = ImageDraw.Draw(picture), size, len(colours)
    for i, ink in enumerate(colours):
        box = ((i * width // n, 0, (i + 1) * width // n, height) if upright
               else (0, i * height // n, width, (i + 1) * height // n))  # fmt: skip
        pen.rectangle(box, ink)
    return picture


def near(rng: Rng, ink: Colour, by: int) -> Colour:
    """Return a colour of which one channel lies that far off."""
    channel = int(rng.integers(3))
    moved = list(ink)
    moved[channel] += by if moved[channel] < 128 else -by
    return moved[0], moved[1], moved[2]


@family(4)
def tricolours(rng: Rng) -> list[Image.Image]:
    """A flag, it with one band of a near colour, with one of another, and with bands exchanged."""
    shape, upright = size(rng, 600, 1200, (1.5, 1.67, 2.0)), bool(rng.random() < 0.6)
    a, b, c = colour(rng), colour(rng), colour(rng)
    flags = ((a, b, c), (near(rng, a, 30), b, c), (a, colour(rng), c), (b, a, c))
    return [stripes(shape, flag, upright) for flag in flags]


@family(4)
def solid_colours(rng: Rng) -> list[Image.Image]:
    shape, ink = size(rng, 600, 1600), colour(rng)
    return [
        Image.new("RGB", shape, c)
        for c in (ink, near(rng, ink, 16), near(rng, ink, 40), colour(rng))
    ]


# Screens, plans, maps, charts, codes


def screen(style: Rng, size: Size, text: Rng) -> Image.Image:
    """Draw a program's settings: the layout from `style`, one language's words from `text`."""
    dark = style.random() < 0.3
    ground, ink = ((24, 26, 30), (225, 225, 225)) if dark else ((248, 248, 248), (40, 40, 40))
    picture = Image.new("RGB", size, ground)
    pen, (width, height), type_ = ImageDraw.Draw(picture), size, face(style)
    unit, accent = min(width, height) / 100, colour(style, 40, 200)
    pen.rectangle((0, 0, width, 14 * unit), accent)
    pen.text(
        (6 * unit, 7 * unit),
        words(text, 2).title(),
        (255, 255, 255),
        font(type_, round(5 * unit)),
        "lm",
    )
    y = 20 * unit
    while y < height - 12 * unit:
        pen.ellipse((5 * unit, y, 12 * unit, y + 7 * unit), colour(style, 90, 220))
        pen.text(
            (16 * unit, y),
            words(text, int(text.integers(1, 4))).capitalize(),
            ink,
            font(type_, round(4 * unit)),
        )
        pen.text(
            (16 * unit, y + 4.5 * unit),
            words(text, int(text.integers(3, 6))),
            (140, 140, 140),
            font(type_, round(2.6 * unit)),
        )
        on = style.random() < 0.5
        pen.rounded_rectangle(
            (width - 14 * unit, y + unit, width - 5 * unit, y + 5 * unit),
            2 * unit,
            accent if on else (170, 170, 170),
        )
        y += 12 * unit
    return picture


@family(3)
def screens(rng: Rng) -> list[Image.Image]:
    style, shape = seed(rng), size(rng, 1000, 2000, (9 / 16, 9 / 19, 16 / 10))
    return [screen(fresh(style), shape, rng) for _ in range(3)]


@family(6)
def floor_plans(rng: Rng) -> list[Image.Image]:
    """A flat; mirrored; one wall moved; one label changed; one floor up; and the sheet mirrored."""
    style, shape, plan = seed(rng), size(rng, 800, 2400, (4 / 3, 1.0)), Plan.of(rng)
    street, level = words(rng, 1).title(), int(rng.integers(1, 9))
    title = f"{street}, floor {level}"
    room = int(rng.integers(len(plan.splits)))
    splits = list(plan.splits)
    splits[room] += 0.12 if splits[room] < 0.5 else -0.12
    labels = list(plan.labels)
    labels[room] = word(rng, 2).title()
    moved = Plan(tuple(splits), plan.labels, plan.areas)
    renamed = Plan(plan.splits, tuple(labels), plan.areas)
    drawn = ((plan, title, False), (plan, title, True), (moved, title, False),
             (renamed, title, False), (plan, f"{street}, floor {level + 1}", False))  # fmt: skip
    sheets = [floor_plan(fresh(style), shape, *what) for what in drawn]
    return [*sheets, ImageOps.mirror(sheets[0])]


@family(3)
def maps(rng: Rng) -> list[Image.Image]:
    style, shape = seed(rng), size(rng, 800, 2400)
    return [street_map(fresh(style), shape, pins(rng)) for _ in range(3)]


@family(4)
def charts(rng: Rng) -> list[Image.Image]:
    style, shape, count = seed(rng), size(rng, 700, 1800, (4 / 3, 16 / 9)), int(rng.integers(6, 14))
    title = words(rng, 3).capitalize()
    values = rng.uniform(0.1, 1, (3, count)).tolist()
    one_off = list(values[0])
    place = int(rng.integers(count))
    one_off[place] += 0.3 if one_off[place] < 0.6 else -0.3
    return [bar_chart(fresh(style), shape, row, title) for row in (*values, one_off)]


def matrix_code(bits: Rng, modules: int, scale: int) -> Image.Image:
    """Draw squares like a QR code: three finders and bits that mean nothing."""
    cells = (bits.random((modules, modules)) < 0.5).astype(np.uint8)
    finder = np.zeros((8, 8), np.uint8)
    finder[:7, :7] = 1
    finder[1:6, 1:6] = 0
    finder[2:5, 2:5] = 1
    cells[:8, :8], cells[:8, -8:], cells[-8:, :8] = finder, finder[:, ::-1], finder[::-1]
    framed = np.pad(1 - cells, 4, constant_values=1) * 255
    return Image.fromarray(framed.repeat(scale, 0).repeat(scale, 1)).convert("RGB")


@family(3)
def matrix_codes(rng: Rng) -> list[Image.Image]:
    modules = int(rng.choice([25, 29, 33]))
    scale = int(rng.integers(600, 1200)) // (modules + 8)
    return [matrix_code(rng, modules, scale) for _ in range(3)]


def bar_code(size: Size, digits: str) -> Image.Image:
    picture = Image.new("RGB", size, (255, 255, 255))
    pen, (width, height) = ImageDraw.Draw(picture), size
    x, unit = width * 0.08, width * 0.84 / (len(digits) * 7)
    for digit in digits:
        widths = fresh(int(digit) + 11).permutation([1, 2, 3, 1])
        for place, wide in enumerate(widths):
            if place % 2 == 0:
                pen.rectangle((x, height * 0.1, x + wide * unit - 1, height * 0.78), (0, 0, 0))
            x += wide * unit
    pen.text((width / 2, height * 0.88), " ".join(digits), (0, 0, 0), font("", height // 9), "mm")
    return picture


@family(3)
def bar_codes(rng: Rng) -> list[Image.Image]:
    shape, digits = size(rng, 600, 1200, (1.8,)), number(rng, 12)
    return [bar_code(shape, d) for d in (digits, other_character(rng, digits), number(rng, 12))]


# Scenes


@family(3)
def object_removed(rng: Rng) -> list[Image.Image]:
    """One scene from one camera, whole, without one near thing, and without another.

    The grain is the same in all: as if someone had retouched the file.
    """
    scene, shape, grain = Scene.of(rng), size(rng, 700, 1800, (4 / 3, 3 / 2)), seed(rng)
    whole = scene.taken(shape, fresh(grain))
    nearest = reversed(range(len(scene.things)))
    others = (scene.without(thing).taken(shape, fresh(grain)) for thing in nearest)
    return [whole, *islice((shot for shot in others if changed_share(whole, shot) > 0.002), 2)]


def changed_share(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels that are not nearly the same."""
    moved = np.asarray(ImageChops.difference(one, other)).max(axis=2)
    return float((moved > 20).mean())


@family(3)
def burst(rng: Rng) -> list[Image.Image]:
    """Shots of one moment: things move a little, the camera too, and the grain is another."""
    scene, shape = Scene.of(rng, reach=0.05), size(rng, 700, 1800, (4 / 3, 3 / 2))
    return [scene.moved(rng, 0.02).taken(shape, rng, float(rng.uniform(0.004, 0.02)) * step, 4)
            for step in range(3)]  # fmt: skip


@family(3)
def panorama(rng: Rng) -> list[Image.Image]:
    """Frames side by side, overlapping by a third: no frame is part of another."""
    scene, shape = Scene.of(rng, reach=0.5), size(rng, 700, 1600, (4 / 3,))
    return [scene.taken(shape, rng, camera) for camera in (-0.5, 0.0, 0.5)]


@family(3)
def same_grounds(rng: Rng) -> list[Image.Image]:
    """Close-ups of one material: plaster, grass or cloth looks alike and is not the same."""
    shape, tone = size(rng, 600, 1600), np.array(colour(rng, 60, 190), np.float32)
    coarse = float(rng.uniform(0.02, 0.2))
    drawn = [tone + 50 * texture(rng, shape, coarse, 5)[:, :, None] for _ in range(3)]
    return [Image.fromarray(np.clip(values, 0, 255).astype(np.uint8)) for values in drawn]
