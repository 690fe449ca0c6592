"""Words, names and numbers that nobody has, and typefaces to set them in."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import ImageFont

Rng = np.random.Generator
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

BUNDLED = ""  # Pillow's own typeface, which every machine has
CONSONANTS = ("b", "br", "c", "d", "dr", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "r", "s",
              "st", "t", "tr", "v", "w", "z")  # fmt: skip
VOWELS = ("a", "e", "i", "o", "u", "au", "ee", "ei", "ou", "ia")
ENDS = ("", "n", "r", "s", "l", "t", "nd", "rg", "m")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_faces = [BUNDLED]


def add_faces(folder: Path) -> None:
    """Let text be set in the typefaces below a folder too."""
    _faces[1:] = sorted(str(path) for path in folder.rglob("*.ttf"))


def face(rng: Rng) -> str:
    """Return a typeface; Pillow's own comes up as often as all others together."""
    others = _faces[1:]
    return others[rng.integers(len(others))] if others and rng.random() < 0.5 else BUNDLED


@lru_cache(maxsize=256)
def font(name: str, size: int) -> Font:
    size = max(size, 6)
    return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)


def word(rng: Rng, syllables: int | None = None) -> str:
    count = syllables or int(rng.integers(1, 4))
    parts = [pick(rng, CONSONANTS) + pick(rng, VOWELS) for _ in range(count)]
    return "".join(parts) + pick(rng, ENDS)


def words(rng: Rng, count: int) -> str:
    return " ".join(word(rng) for _ in range(count))


def name(rng: Rng) -> str:
    return f"{word(rng, 2).capitalize()} {word(rng, int(rng.integers(2, 4))).capitalize()}"


def number(rng: Rng, digits: int) -> str:
    return "".join(str(d) for d in rng.integers(0, 10, digits))


def amount(rng: Rng) -> str:
    return f"{rng.integers(10, 10_000):,}.{rng.integers(100):02}"


def date(rng: Rng) -> str:
    return f"{rng.integers(1, 29)} {pick(rng, MONTHS)} {rng.integers(1990, 2027)}"


def pick(rng: Rng, things: tuple[str, ...]) -> str:
    return things[rng.integers(len(things))]


def other_character(rng: Rng, text: str) -> str:
    """Return a text with one of its letters or digits exchanged for another of its kind."""
    places = [i for i, c in enumerate(text) if c.isalnum()]
    place = places[rng.integers(len(places))]
    old = text[place]
    kind = "0123456789" if old.isdigit() else "aeioubdfklmnprstvz"
    others = [c for c in (kind if old.islower() or old.isdigit() else kind.upper()) if c != old]
    return text[:place] + others[rng.integers(len(others))] + text[place + 1 :]
