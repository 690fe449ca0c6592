"""Fit what tells overlays on photographs from edits of them, by places where two differ.

    python -m benchmarks.overlays PICTURES --out src/monoprint/matching/overlay.json [--seed S]

Each photograph below the folder PICTURES is changed in several ways: something is laid on it, or
something in it is put in, taken out, moved, copied, shaded, in another colour or in other words, or
both; so is each of some drawn scenes, from which things are left out too. Most of the pairs were
compressed, made smaller, cropped or brightened since. What the places
say in which a pair differs (`monoprint.matching.regions`) is learnt from by ridge logistic
regression on the answers and their products; every fifth photograph is left out, and told is how
many pairs of those are taken for overlays. The seed is printed; the same pictures give the same
weights.
"""

import argparse
import io
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.gauntlet.families import FAMILIES
from benchmarks.gauntlet.lettering import Rng, face, number, words
from benchmarks.gauntlet.transforms import REGISTRY, between, colour, fitted, layer_of
from benchmarks.gauntlet.view import LANCZOS, View
from monoprint.imaging.coding import coding
from monoprint.imaging.decode import guarded, open_picture
from monoprint.imaging.facts import facts
from monoprint.imaging.normalize import picture
from monoprint.matching import verify
from monoprint.matching.overlay import FARTHEST
from monoprint.matching.picture import Picture
from monoprint.matching.regions import ASKED

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

SIDES = (300, 500, 800, 1200)
PAIRS = 8
HELD_OUT = 5
CHANGED = 12  # levels by which a pixel was changed
TOLD = 0.1  # the share of a place that must have been changed for it to be learnt from
DECODED = 1600
RIDGE = 10.0


# What is laid on a photograph


def badge(rng: Rng, image: Image.Image) -> Image.Image:
    """Put a badge anywhere: a disc, a plate, a ring, a burst or a polygon, with letters or not."""
    side = round(between(rng, 0.06, 0.2) * min(image.size)) + 8
    big = 4 * side
    mark, pen = layer_of((big, big))
    opacity = int(rng.choice([255, 255, 200, 150, 110]))
    ink = (*colour(rng), opacity)
    box = (4, 4, big - 4, big - 4)
    kind = rng.integers(6)
    if kind == 0:
        pen.ellipse(box, ink)
    elif kind == 1:
        pen.rounded_rectangle((4, big // 5, big - 4, big * 4 // 5), big // 10, ink)
    elif kind == 2:
        pen.ellipse(box, None, ink, big // 8)
    elif kind == 3:
        pen.regular_polygon((big / 2, big / 2, big / 2.1), int(rng.integers(3, 9)), 0.0, ink)
    elif kind == 4:
        turns = np.arange(2 * int(rng.integers(8, 20)))
        reach = big * np.where(turns % 2, 0.48, 0.38)
        angle = turns * 2 * np.pi / len(turns)
        edge = zip(big / 2 + reach * np.cos(angle), big / 2 + reach * np.sin(angle), strict=True)
        pen.polygon(list(edge), ink)
    else:
        pen.ellipse(box, ink)
        start = float(rng.uniform(0, 360))
        pen.pieslice(box, start, start + 140, (*colour(rng), opacity))
    if rng.random() < 0.75:
        letters = words(rng, 1)[: int(rng.integers(1, 4))].upper()
        at, room = (big / 2, big / 2), (big * 0.6, big * 0.4)
        fitted(pen, at, room, letters, face(rng), (*colour(rng), opacity))
    mark = mark.resize((side, side), LANCZOS)
    layer, _ = layer_of(image.size)
    left, top = (int(between(rng, 0, max(1, full - side))) for full in image.size)
    if rng.random() < 0.3:
        layer.paste((0, 0, 0, 120), (left + side // 20 + 1, top + side // 20 + 1), mark.split()[3])
        layer = layer.filter(ImageFilter.GaussianBlur(side / 30 + 0.5))
    layer.alpha_composite(mark, (left, top))
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def cover(rng: Rng, image: Image.Image) -> Image.Image:
    """Hide a box under one colour, a blur or large pixels, or lay a strip across."""
    width, height = (int(between(rng, 0.06, 0.25) * full) + 4 for full in image.size)
    left, top = (
        int(between(rng, 0, full - part))
        for full, part in zip(image.size, (width, height), strict=True)
    )
    box = (left, top, left + width, top + height)
    kind = rng.integers(4)
    made = image.copy()
    if kind == 0:
        inks = [(0, 0, 0), (255, 255, 255), colour(rng)]
        ImageDraw.Draw(made).rectangle(box, inks[rng.integers(3)])
    elif kind == 1:
        sigma = max(width, height) / between(rng, 4, 10)
        made.paste(made.crop(box).filter(ImageFilter.GaussianBlur(sigma)), box)
    elif kind == 2:
        few = (int(rng.integers(4, 8)),) * 2
        coarse = made.crop(box).resize(few, Image.Resampling.BOX)
        made.paste(coarse.resize((width, height), Image.Resampling.NEAREST), box)
    else:
        layer, pen = layer_of(image.size)
        opacity = int(rng.choice([255, 150, 100]))
        pen.rectangle((0, top, image.size[0], top + height // 2 + 4), (*colour(rng), opacity))
        return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")
    return made


def lines(rng: Rng, image: Image.Image) -> Image.Image:
    """Draw an arrow, a circle, a box or a scribble."""
    made = image.copy()
    pen, ink = ImageDraw.Draw(made), colour(rng)
    thick = max(2, int(between(rng, 0.005, 0.02) * max(image.size)))
    x, y = (between(rng, 0.2, 0.8) * full for full in image.size)
    reach = between(rng, 0.06, 0.2) * min(image.size)
    box = (x - reach, y - reach * 0.7, x + reach, y + reach * 0.7)
    kind = rng.integers(4)
    if kind == 0:
        pen.line((x, y, x + 2 * reach, y + reach), ink, thick)
        pen.polygon([(x, y), (x + 4 * thick, y), (x, y + 4 * thick)], ink)
    elif kind == 1:
        pen.ellipse(box, None, ink, thick)
    elif kind == 2:
        pen.rectangle(box, None, ink, thick)
    else:
        path = [(x + rng.uniform(-2, 2) * reach, y + rng.uniform(-1, 1) * reach) for _ in range(7)]
        pen.line(path, ink, thick, "curve")
    return made


def code(rng: Rng, image: Image.Image) -> Image.Image:
    """Paste a matrix code."""
    cells = np.pad((rng.random((21, 21)) < 0.5).astype(np.uint8) * 255, 2, constant_values=255)
    side = int(between(rng, 0.1, 0.22) * min(image.size)) + 8
    mark = Image.fromarray(cells).resize((side, side), Image.Resampling.NEAREST)
    made = image.copy()
    made.paste(mark.convert("RGB"), tuple(int(between(rng, 0, f - side)) for f in image.size))
    return made


def registered(name: str) -> Callable[[Rng, Image.Image], Image.Image]:
    """Return a transform of the gauntlet as it is made of a picture."""

    def make(rng: Rng, image: Image.Image) -> Image.Image:
        made = REGISTRY[name].make(rng, View.of(image), int(rng.integers(3)))
        return made.picture.convert("RGB")

    return make


OVERLAYS: dict[str, tuple[float, Callable[[Rng, Image.Image], Image.Image]]] = {
    "badge": (2, badge), "cover": (1, cover), "lines": (1, lines), "code": (1, code),
    "logo": (2, registered("logo")), "stickers": (1, registered("stickers")),
    "banner": (1, registered("banner")), "caption": (1, registered("caption")),
    "date-stamp": (1, registered("date-stamp")), "watermark": (1, registered("watermark")),
    "watermark-once": (1, registered("watermark-once")),
}  # fmt: skip


# What is done to what a photograph shows


def blob(rng: Rng, shape: tuple[int, ...]) -> Pixels:
    """Return the mask of a round or a many-sided place, uint8 (h, w), 255 inside."""
    height, width = shape[:2]
    reach = between(rng, 0.05, 0.17) * min(height, width)
    x, y = between(rng, 0.02, 0.98) * width, between(rng, 0.02, 0.98) * height
    mask = np.zeros((height, width), np.uint8)
    if rng.random() < 0.5:
        axes = (int(reach) + 2, int(reach * between(rng, 0.4, 1)) + 2)
        cv2.ellipse(mask, (int(x), int(y)), axes, between(rng, 0, 180), 0, 360, (255,), -1)
    else:
        angle = np.linspace(0, 2 * np.pi, int(rng.integers(6, 14)), endpoint=False)
        far = reach * rng.uniform(0.5, 1.1, len(angle))
        edge = np.stack([x + far * np.cos(angle), y + far * np.sin(angle)], axis=1)
        cv2.fillPoly(mask, [edge.astype(np.int32)], (255,))
    return mask


def blended(rng: Rng, ground: Pixels, other: Any, mask: Pixels) -> Pixels:
    """Return the ground with the other picture where the mask is, its edge more or less soft."""
    sigma = float(rng.choice([0.6, 1.0, 1.5, 2.5]))
    share = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), sigma)[..., None]
    return np.clip(ground * (1 - share) + other * share + 0.5, 0, 255).astype(np.uint8)


def moved_by(rng: Rng, shape: tuple[int, ...]) -> tuple[int, int]:
    far = int(between(rng, 0.12, 0.3) * min(shape[:2]))
    return int(rng.choice([-far, far])), int(rng.choice([-far, far]))


def put_in(rng: Rng, pixels: Pixels, others: "Others") -> Pixels:
    height, width = pixels.shape[:2]
    other = cv2.resize(others.any(rng), (width, height))
    return blended(rng, pixels, other, blob(rng, pixels.shape))


def thing(rng: Rng, pixels: Pixels, others: "Others") -> Pixels:
    """Put in a thing that another photograph shows before white."""
    cut = others.thing(rng)
    if cut is None:
        return put_in(rng, pixels, others)
    shown, mask = cut
    factor = between(rng, 0.12, 0.35) * min(pixels.shape[:2]) / max(mask.shape)
    shown = cv2.resize(shown, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(mask, shown.shape[1::-1], interpolation=cv2.INTER_AREA)
    room = [full - part for full, part in zip(pixels.shape[:2], mask.shape, strict=True)]
    top, left = (int(between(rng, 0, most)) for most in room)
    share = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.8)[..., None]
    made = pixels.astype(np.float32)
    here = made[top : top + mask.shape[0], left : left + mask.shape[1]]
    here[:] = here * (1 - share) + shown * share * between(rng, 0.75, 1.05)
    return np.clip(made + 0.5, 0, 255).astype(np.uint8)


def gone(rng: Rng, pixels: Pixels, _: "Others") -> Pixels:
    mask = blob(rng, pixels.shape)
    if rng.random() < 0.3:
        wide = int(min(pixels.shape[:2]) * 0.08) | 1
        return blended(rng, pixels, cv2.blur(pixels, (wide, wide)), mask)
    way = cv2.INPAINT_TELEA if rng.random() < 0.5 else cv2.INPAINT_NS
    return np.asarray(cv2.inpaint(pixels, mask, 5, way), np.uint8)


def cloned(rng: Rng, pixels: Pixels, _: "Others") -> Pixels:
    other = np.roll(pixels, moved_by(rng, pixels.shape), (0, 1))
    return blended(rng, pixels, other, blob(rng, pixels.shape))


def patched(rng: Rng, pixels: Pixels, _: "Others") -> Pixels:
    """Copy a box onto the one beside it."""
    height, width = pixels.shape[:2]
    tall, wide = int(between(rng, 0.06, 0.2) * height) + 4, int(between(rng, 0.06, 0.2) * width) + 4
    top, left = int(rng.integers(height - tall)), int(rng.integers(width - wide))
    from_top = int(np.clip(top + rng.choice([-tall, 0, tall]), 0, height - tall))
    from_left = int(np.clip(left + rng.choice([-wide, wide]), 0, width - wide))
    made = pixels.copy()
    box = pixels[from_top : from_top + tall, from_left : from_left + wide]
    made[top : top + tall, left : left + wide] = box
    return made


def moved(rng: Rng, pixels: Pixels, _: "Others") -> Pixels:
    mask, by = blob(rng, pixels.shape), moved_by(rng, pixels.shape)
    without = cv2.inpaint(pixels, mask, 5, cv2.INPAINT_TELEA)
    return blended(rng, np.asarray(without), np.roll(pixels, by, (0, 1)), np.roll(mask, by, (0, 1)))


def seamless(rng: Rng, pixels: Pixels, others: "Others") -> Pixels:
    mask = blob(rng, pixels.shape)
    rows, columns = np.nonzero(mask)
    if len(rows) < 50:
        return put_in(rng, pixels, others)
    height, width = pixels.shape[:2]
    other = np.roll(pixels, moved_by(rng, pixels.shape), (0, 1))
    if rng.random() < 0.5:
        other = np.asarray(cv2.resize(others.any(rng), (width, height)), np.uint8)
    middle = (int(columns.min() + columns.max()) // 2, int(rows.min() + rows.max()) // 2)
    other = np.ascontiguousarray(other)
    return np.asarray(cv2.seamlessClone(other, pixels, mask, middle, cv2.NORMAL_CLONE), np.uint8)


def recoloured(rng: Rng, pixels: Pixels, _: "Others") -> Pixels:
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV).astype(np.int64)
    hsv[..., 0] = (hsv[..., 0] + rng.integers(30, 150)) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * between(rng, 0.8, 2) + rng.integers(40), 0, 255)
    other = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)
    return blended(rng, pixels, other, blob(rng, pixels.shape))


def shaded(rng: Rng, pixels: Pixels, _: "Others") -> Pixels:
    return blended(
        rng, pixels, pixels * float(rng.choice([0.35, 0.5, 1.7])), blob(rng, pixels.shape)
    )


EDITS: dict[str, tuple[float, Callable[[Rng, Pixels, "Others"], Pixels]]] = {
    "put in": (2, put_in), "thing": (2, thing), "gone": (1.5, gone), "cloned": (1, cloned),
    "patched": (1, patched), "moved": (1, moved), "seamless": (1, seamless),
    "recoloured": (0.6, recoloured), "shaded": (0.6, shaded),
}  # fmt: skip


def signs(rng: Rng, pixels: Pixels) -> list[Pixels]:
    """Return a photograph with a sign in it, twice, with other words."""
    height, width = pixels.shape[:2]
    wide, tall = int(between(rng, 0.15, 0.4) * width), int(between(rng, 0.06, 0.15) * height) + 8
    left, top = int(between(rng, 0, width - wide)), int(between(rng, 0, height - tall))
    here = pixels[top : top + tall, left : left + wide]
    mean = tuple(int(v) for v in here.reshape(-1, 3).mean(axis=0))
    grounds = [mean, (240, 240, 235), (20, 60, 140), (30, 30, 30)]
    ground = grounds[rng.integers(4)]
    ink = (250, 250, 250) if sum(ground) < 380 else (20, 20, 25)
    one = words(rng, int(rng.integers(1, 3)))
    other = one[:-1] + number(rng, 1) if rng.random() < 0.5 else words(rng, 1)
    typeface, grain = face(rng), rng.normal(0, 3, (*here.shape[:2], 3))
    made = []
    for text in (one, other):
        image = Image.fromarray(pixels)
        pen = ImageDraw.Draw(image)
        pen.rectangle((left, top, left + wide, top + tall), ground)
        at, room = (left + wide / 2, top + tall / 2), (wide * 0.9, tall * 0.7)
        fitted(pen, at, room, text, typeface, ink)
        shown = np.asarray(image).astype(np.float32)
        box = shown[top : top + tall, left : left + wide]
        box[:] = cv2.GaussianBlur(box, (0, 0), 0.7) + grain
        made.append(np.clip(shown, 0, 255).astype(np.uint8))
    return made


@dataclass
class Others:
    """Photographs to take things from."""

    files: list[Path]

    def any(self, rng: Rng) -> Pixels:
        return np.asarray(opened(self.files[rng.integers(len(self.files))], 600))

    def thing(self, rng: Rng) -> tuple[Pixels, Pixels] | None:
        """Return a thing before white and its mask, uint8 (h, w, 3) and (h, w), or None."""
        for _ in range(60):
            shown = np.asarray(opened(self.files[rng.integers(len(self.files))], 400))
            rim = np.concatenate([shown[0], shown[-1], shown[:, 0], shown[:, -1]])
            if (rim.min(axis=1) > 235).mean() < 0.9:
                continue
            dark = (shown.min(axis=2) < 228).astype(np.uint8)
            dark = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
            outlines, _ = cv2.findContours(dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            largest = max(outlines, key=cv2.contourArea, default=None)
            if largest is None or cv2.contourArea(largest) < 800:
                continue
            mask = np.zeros(dark.shape, np.uint8)
            cv2.drawContours(mask, [largest], -1, (255,), -1)
            x, y, wide, tall = cv2.boundingRect(largest)
            mask = np.asarray(cv2.erode(mask, np.ones((3, 3), np.uint8)), np.uint8)
            return shown[y : y + tall, x : x + wide], mask[y : y + tall, x : x + wide]
        return None


# Pairs, and what their places say


def opened(path: Path, most: int) -> Image.Image:
    image = Image.open(path).convert("RGB")
    image.thumbnail((most, most))
    return image


def decoded(data: bytes) -> Picture:
    with guarded():
        file = open_picture(data, "")
        known = facts(file)
        pixels = np.asarray(picture(file, 0, DECODED))
    return Picture(pixels, known, coding(file, known.orientation))


def as_jpeg(image: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def sent_on(rng: Rng, image: Image.Image) -> bytes:
    """Return a picture as a file, perhaps compressed, made smaller, cropped or brightened first."""
    way = rng.choice(["as is", "jpeg", "jpeg", "small", "small", "both", "crop", "light"])
    if way in ("small", "both"):
        factor = between(rng, 0.3, 0.8)
        size = [max(64, int(full * factor)) for full in image.size]
        image = image.resize((size[0], size[1]), LANCZOS)
    if way == "crop":
        low, high = rng.uniform(0, 0.12, 2), rng.uniform(0.88, 1, 2)
        image = image.crop(tuple(int(v) for v in (*low * image.size, *high * image.size)))
    if way == "light":
        gain, more = between(rng, 0.75, 1.25), between(rng, -20, 20)
        image = image.point(lambda v: int(min(255, max(0, v * gain + more))))
    if way == "as is":
        file = io.BytesIO()
        image.save(file, "PNG")
        return file.getvalue()
    few = way in ("jpeg", "both")
    return as_jpeg(image, int(rng.choice([30, 50, 75, 92] if few else [80, 92])))


@dataclass(frozen=True)
class Made:
    """A pair of a photograph and what was made of it, and where either was done, bool (h, w)."""

    kind: str
    base: Image.Image
    changed: Image.Image
    overlaid: Mask
    edited: Mask


def differ(one: Any, other: Any) -> Mask:
    return np.asarray(np.abs(np.asarray(one, np.int64) - np.asarray(other)).max(axis=2) > CHANGED)


def drawn_from(rng: Rng, ways: dict[str, tuple[float, Any]]) -> tuple[str, Any]:
    weights = np.array([weight for weight, _ in ways.values()])
    name = list(ways)[rng.choice(len(ways), p=weights / weights.sum())]
    return name, ways[name][1]


def made_of(rng: Rng, image: Image.Image, without: list[Image.Image], others: Others) -> Made:
    """Return a pair of an image; `without` are the same with something left out, if known."""
    base = changed = image
    overlaid = edited = np.zeros(image.size[::-1], np.bool_)
    what = rng.choice(["overlay", "edit", "both", "sign"], p=[0.42, 0.42, 0.09, 0.07])
    name = str(what)
    if what == "sign":
        base, changed = map(Image.fromarray, signs(rng, np.asarray(image)))
        near = np.ones((5, 5), np.uint8)
        edited = np.asarray(cv2.dilate(differ(base, changed).astype(np.uint8), near)) > 0
    if what in ("edit", "both"):
        name, edit = drawn_from(rng, EDITS)
        if without and rng.random() < 0.7:
            name, changed = "left out", without[rng.integers(len(without))]
        else:
            changed = Image.fromarray(edit(rng, np.asarray(image), others))
        edited = differ(image, changed)
    if what in ("overlay", "both"):
        over, lay = drawn_from(rng, OVERLAYS)
        before, changed = changed, lay(rng, changed)
        overlaid = differ(before, changed)
        name = over if what == "overlay" else "both"
    return Made(name, base, changed, overlaid, edited)


@dataclass(frozen=True)
class Row:
    """What one place says, and of which pair it is; `sure` is the share that was changed."""

    pair: tuple[int, int]
    kind: str
    answers: NDArray[np.float64]
    marks: int
    overlay: bool
    sure: float


def rows_of(job: tuple[Path | None, int, int, list[Path]]) -> list[Row]:
    """Make pairs of a photograph, or of a scene to be drawn, and return what their places say."""
    path, index, seed, files = job
    cv2.setNumThreads(1)
    rng, others = np.random.default_rng([seed, index]), Others(files)
    side = int(rng.choice(SIDES))
    if path is None:
        image, *without = FAMILIES["object-removed"].draw(rng)
        for each in (image, *without):
            each.thumbnail((side, side))
    else:
        image, without = opened(path, side), []
    rows: list[Row] = []
    for count in range(PAIRS):
        made = made_of(rng, image, without, others)
        base = decoded(as_jpeg(made.base, int(rng.choice([75, 92]))))
        changed = decoded(sent_on(rng, made.changed))
        swapped = bool(rng.random() < 0.5)
        pair = (changed, base) if swapped else (base, changed)
        measured = verify.measure(*pair)
        if measured is None or measured.graphic or measured.scarce:
            continue
        to_base = measured.laid.to_second if swapped else measured.laid.to_first
        for region in measured.regions[:ASKED]:
            over, edit = shares(region.box, to_base, base, made)
            told = Row(
                (index, count), made.kind, region.answers, region.marks, over > edit,
                max(over, edit),
            )  # fmt: skip
            rows.append(told)
    return rows


def shares(
    box: tuple[int, int, int, int], to_base: Any, base: Picture, made: Made
) -> tuple[float, float]:
    """Return how much of a box on the grid was laid on, and how much was edited."""
    left, top, right, bottom = box
    y, x = np.mgrid[top:bottom, left:right]
    at = to_base @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    height, width = made.edited.shape
    columns = np.clip(at[0] / at[2] * width / base.pixels.shape[1], 0, width - 1).astype(np.int64)
    rows = np.clip(at[1] / at[2] * height / base.pixels.shape[0], 0, height - 1).astype(np.int64)
    return float(made.overlaid[rows, columns].mean()), float(made.edited[rows, columns].mean())


# Learning


def products(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return answers with a 1 before and all products of two behind."""
    i, j = np.triu_indices(z.shape[1])
    return np.hstack([np.ones((len(z), 1)), z, z[:, i] * z[:, j]])


def fit(answers: NDArray[np.float64], overlay: Mask, weight: NDArray[np.float64]) -> dict[str, Any]:
    """Fit ridge logistic regression by Newton's method; return the weights as they are stored."""
    mean, spread = answers.mean(axis=0).round(3), answers.std(axis=0).round(3)
    x = products(np.clip((answers - mean) / spread, -FARTHEST, FARTHEST))
    y, weight = overlay.astype(np.float64), weight / weight.mean()
    ridge = np.full(x.shape[1], RIDGE)
    ridge[0] = 0.0
    beta = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        slope = x.T @ (weight * (p - y)) + ridge * beta
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    count = answers.shape[1]
    starts = np.cumsum([0, *range(count, 0, -1)])[:-1] + 1 + count
    triangle = [beta[start : start + count - k].round(3).tolist() for k, start in enumerate(starts)]
    return {
        "mean": mean.tolist(), "spread": spread.tolist(), "constant": round(float(beta[0]), 3),
        "linear": beta[1 : 1 + count].round(3).tolist(), "products": triangle,
    }  # fmt: skip


def odds(weights: dict[str, Any], answers: NDArray[np.float64]) -> NDArray[np.float64]:
    z = (answers - weights["mean"]) / np.array(weights["spread"])
    flat = [each for row in weights["products"] for each in row]
    beta = np.array([weights["constant"], *weights["linear"], *flat])
    return np.asarray(products(np.clip(z, -FARTHEST, FARTHEST)) @ beta)


def told(rows: list[Row], weights: dict[str, Any]) -> Iterator[tuple[str, int, float]]:
    """Yield, for each kind, its pairs and the share of them that is taken for an overlay."""
    pairs: dict[tuple[str, tuple[int, int]], list[Row]] = {}
    for row in rows:
        pairs.setdefault((row.kind, row.pair), []).append(row)
    found: dict[str, list[bool]] = {}
    for (kind, _), places in pairs.items():
        weight = np.sqrt([place.marks for place in places])
        each = odds(weights, np.stack([place.answers for place in places]))
        found.setdefault(kind, []).append(bool(weight @ each > 0))
    for kind, hits in sorted(found.items()):
        yield kind, len(hits), float(np.mean(hits))


def pictures_below(folder: Path) -> list[Path]:
    files = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                opened(path, 64)
            except OSError:
                continue
            files.append(path)
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--drawn", type=int, default=700)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    files = pictures_below(asked.pictures)
    sources = [*files, *[None] * asked.drawn]
    jobs = [(path, index, asked.seed, files) for index, path in enumerate(sources)]
    with ProcessPoolExecutor(asked.workers) as workers:
        by_picture = list(workers.map(rows_of, jobs, chunksize=4))
    print(
        f"seed {asked.seed}, {len(files)} photographs and {asked.drawn} drawn scenes, "
        f"{sum(map(len, by_picture))} places"
    )
    learnt = [
        row
        for index, rows in enumerate(by_picture)
        if index % HELD_OUT
        for row in rows
        if row.sure >= TOLD
    ]
    weights = fit(
        np.stack([row.answers for row in learnt]),
        np.array([row.overlay for row in learnt]),
        np.sqrt([row.marks for row in learnt]),
    )
    print(
        f"fitted on {len(learnt)} places, {np.mean([row.overlay for row in learnt]):.0%} overlays"
    )
    held = [row for index, rows in enumerate(by_picture) if not index % HELD_OUT for row in rows]
    for kind, count, share in told(held, weights):
        print(f"{kind:16} {count:5} pairs held out, {share:.0%} taken for overlays")
    if asked.out:
        asked.out.write_text(json.dumps(weights, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
