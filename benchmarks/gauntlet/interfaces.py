"""Screens of programs that nobody wrote, with a window that a picture can be shown in."""

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.gauntlet.lettering import Rng, face, font, number, word, words

Box = tuple[int, int, int, int]
Colour = tuple[int, int, int]

PHONES = ((720, 1280), (828, 1792), (1080, 2340))
DESKTOPS = ((1280, 720), (1366, 768), (1920, 1080))


def phone(rng: Rng, strength: int) -> tuple[Image.Image, Box]:
    """Draw a phone with a post or message, and return it with the picture's window.

    The window takes the full width, 92 % of it, or 80 %.
    """
    width, height = PHONES[rng.integers(len(PHONES))]
    ground, ink, accent = scheme(rng)
    screen = Image.new("RGB", (width, height), ground)
    pen, type_, unit = ImageDraw.Draw(screen), face(rng), width / 100
    pen.text((4 * unit, 2 * unit), f"{rng.integers(24)}:{rng.integers(60):02}", ink,
             font(type_, round(4 * unit)))  # fmt: skip
    pen.text((96 * unit, 2 * unit), f"{number(rng, 2)}%", ink, font(type_, round(4 * unit)), "ra")
    pen.rectangle((0, 9 * unit, width, 22 * unit), accent)
    pen.text((6 * unit, 12 * unit), words(rng, 2).title(), contrasting(accent),
             font(type_, round(6 * unit)))  # fmt: skip
    pen.ellipse((4 * unit, 26 * unit, 14 * unit, 36 * unit), accent)
    pen.text((17 * unit, 28 * unit), words(rng, 2), ink, font(type_, round(4.5 * unit)))
    share = (1.0, 0.92, 0.8)[strength]
    side = round(width * (1 - share) / 2)
    top = round(40 * unit)
    bottom = round(top + (height - top) * float(rng.uniform(0.5, 0.62)))
    line = bottom + 4 * unit
    for x in (8, 24, 40):
        pen.rounded_rectangle((x * unit, line, (x + 8) * unit, line + 8 * unit), 2 * unit,
                              outline=ink, width=max(2, round(unit / 2)))  # fmt: skip
    line += 12 * unit
    while line < height - 22 * unit:
        text = words(rng, int(rng.integers(2, 6)))
        pen.text((6 * unit, line), text, ink, font(type_, round(4 * unit)))
        line += 7 * unit
    pen.rectangle((0, height - 14 * unit, width, height), accent)
    return screen, (side, top, width - side, bottom)


def desktop(rng: Rng, strength: int) -> tuple[Image.Image, Box]:
    """Draw a desktop program with menus and lists, and return it with the picture's window."""
    width, height = DESKTOPS[rng.integers(len(DESKTOPS))]
    ground, ink, accent = scheme(rng)
    screen = Image.new("RGB", (width, height), ground)
    pen, type_, line = ImageDraw.Draw(screen), face(rng), height // 28
    cut = font(type_, round(line * 0.6))
    pen.rectangle((0, 0, width, line), accent)
    pen.text((line, line * 0.15), words(rng, 3), contrasting(accent), cut)
    for place in range(6):
        pen.text((line + place * line * 4, line * 1.2), word(rng).title(), ink, cut)
    side = round(width * (0.1, 0.18, 0.28)[strength])
    for row in range(3, 26):
        if rng.random() < 0.85:
            mark = (line * 0.5, row * line + line * 0.2, line, row * line + line * 0.7)
            pen.rectangle(mark, accent)
            pen.text((line * 1.4, row * line), word(rng)[: max(side // line - 2, 2)], ink, cut)
    pen.rectangle((0, height - line, width, height), accent)
    pen.text((line, height - line), words(rng, 4), contrasting(accent), cut)
    return screen, (side, 3 * line, width - line, height - 2 * line)


def scheme(rng: Rng) -> tuple[Colour, Colour, Colour]:
    """Return ground, ink and accent of a light or a dark look."""
    accent = tuple(int(v) for v in rng.integers(40, 220, 3))
    level = int(rng.integers(12))
    light = ((255 - level,) * 3, (25 + level,) * 3)
    ground, ink = light if rng.random() < 0.65 else light[::-1]
    return ground, ink, accent  # type: ignore[return-value]


def contrasting(colour: Colour) -> Colour:
    return (0, 0, 0) if np.mean(colour) > 140 else (255, 255, 255)
