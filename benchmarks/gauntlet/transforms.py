"""What people and programs do to a picture, by name, in three strengths, with the truth of it.

A transform takes a random generator, a view and a strength (0, 1 or 2) and returns a view.
Position, colour, wording, typeface and size are drawn from the generator, so that no two results
are alike; the strength alone decides how much is done.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from benchmarks.gauntlet.interfaces import desktop, phone
from benchmarks.gauntlet.lettering import Rng, date, face, font, name, words
from benchmarks.gauntlet.view import (
    PNG,
    Colour,
    Encoding,
    View,
    homography,
    jpeg,
    rectangle,
    shift,
    transposing,
    turn,
    where,
)  # fmt: skip
from monoprint.model.match import Relation

Make = Callable[[Rng, View, int], View]
Hosts = Callable[[Rng, int], list[tuple[str, Image.Image]]]  # so many different ones
Pixels = NDArray[np.float32]

STRENGTHS: Final = 3
BLACK: Final[Colour] = (0, 0, 0)
WHITE: Final[Colour] = (255, 255, 255)
SAME_PIXELS = (Relation.IDENTICAL_PIXELS, Relation.RE_ENCODED)
BARELY = 2  # a mean change, in grey levels, that could as well come from compression
BLUR_WIDTH = 800  # the long side, in pixels, for which blurs are given


class Row(StrEnum):
    """The rows of the table of targets."""

    SAME = "identical, re-encoded, resized, reoriented"
    ADJUSTED = "adjusted"
    CROP_75 = "crop keeping 75 %"
    CROP_50 = "crop keeping 50 %"
    CROP_30 = "crop keeping 30 %"
    CROP_15 = "crop keeping 15 %"
    FRAMED = "frames, letterbox, rotation, perspective, screenshot, meme"
    PASTED_40 = "pasted at 40 % of the area"
    PASTED_20 = "pasted at 20 % of the area"
    OVERLAID = "watermark, logo, banner, stickers"
    COMBINED = "combinations"


@dataclass(frozen=True, slots=True)
class Transform:
    """A named way to change a picture; `relations` are those that name it rightly.

    `file` transforms keep the source's own bytes, all of them or all but the metadata.
    `mirrors` ones exchange left and right, which makes a drawing another drawing.
    """

    name: str
    row: Row
    relations: tuple[Relation, ...]
    make: Make
    file: bool = False
    mirrors: bool = False


REGISTRY: Final[dict[str, Transform]] = {}


def transform(
    name: str, row: Row, *relations: Relation, file: bool = False, mirrors: bool = False
) -> Callable[[Make], Make]:
    """Enter a function into the registry under a name."""

    def enter(make: Make) -> Make:
        REGISTRY[name] = Transform(name, row, relations, make, file, mirrors)
        return make

    return enter


# Drawing from the generator


def between(rng: Rng, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def either(rng: Rng, low: float, high: float) -> float:
    """Return a number between the two, or the negative of one."""
    return between(rng, low, high) * (1 if rng.random() < 0.5 else -1)


def colour(rng: Rng, low: int = 0, high: int = 256) -> Colour:
    red, green, blue = (int(v) for v in rng.integers(low, high, 3))
    return red, green, blue


def seen_on(rng: Rng, ground: Image.Image) -> Colour:
    """Return a colour that can be told from the mean of what it will lie on."""
    mean = np.asarray(ground.resize((1, 1), Image.Resampling.BOX)).reshape(3).astype(int)
    while True:
        drawn = (colour(rng), WHITE, BLACK)[rng.integers(3)]
        if np.abs(mean - drawn).max() > 90:
            return drawn


def any_encoding(rng: Rng) -> Encoding:
    """Return how a program would likely save: most often as a good JPEG."""
    return PNG if rng.random() < 0.25 else jpeg(int(rng.integers(80, 96)))


# Identical, re-encoded, resized, reoriented


@transform("identical", Row.SAME, Relation.IDENTICAL_BYTES, file=True)
@transform("metadata", Row.SAME, Relation.IDENTICAL_PIXELS, file=True)
def as_it_is(_: Rng, view: View, __: int) -> View:
    return view


@transform("jpeg", Row.SAME, Relation.RE_ENCODED)
def as_jpeg(_: Rng, view: View, strength: int) -> View:
    return view.as_file(jpeg((90, 50, 20)[strength]))


@transform("png", Row.SAME, Relation.IDENTICAL_PIXELS)
def as_png(_: Rng, view: View, strength: int) -> View:
    return view.as_file(replace(PNG, options=(("compress_level", (1, 6, 9)[strength]),)))


@transform("tiff", Row.SAME, Relation.IDENTICAL_PIXELS)
def as_tiff(_: Rng, view: View, strength: int) -> View:
    how = ("raw", "tiff_lzw", "tiff_adobe_deflate")[strength]
    return view.as_file(Encoding("TIFF", ".tif", (("compression", how),)))


@transform("palette", Row.SAME, Relation.RE_ENCODED, Relation.ADJUSTED)
def as_palette(_: Rng, view: View, strength: int) -> View:
    """Keep few colours, as a GIF must."""
    few = view.picture.quantize((256, 128, 64)[strength])
    return view.painted(few.convert("RGB")).as_file(Encoding("GIF", ".gif"))


@transform("webp", Row.SAME, Relation.RE_ENCODED)
def as_webp(_: Rng, view: View, strength: int) -> View:
    return view.as_file(Encoding("WEBP", ".webp", (("quality", (90, 70, 40)[strength]),)))


@transform("avif", Row.SAME, Relation.RE_ENCODED)
def as_avif(_: Rng, view: View, strength: int) -> View:
    options = (("quality", (85, 65, 45)[strength]), ("speed", 9), ("max_threads", 1))
    return view.as_file(Encoding("AVIF", ".avif", options))


@transform("progressive", Row.SAME, Relation.RE_ENCODED)
def as_progressive(_: Rng, view: View, strength: int) -> View:
    return view.as_file(jpeg((92, 75, 40)[strength], progressive=True, subsampling=strength))


@transform("resize", Row.SAME, Relation.RESIZED)
def resize(_: Rng, view: View, strength: int) -> View:
    return view.scaled((0.7, 0.5, 0.25)[strength])


@transform("enlarge", Row.SAME, Relation.RESIZED)
def enlarge(_: Rng, view: View, strength: int) -> View:
    return view.scaled((1.25, 1.5, 2.0)[strength])


@transform("stretch", Row.SAME, Relation.RESIZED)
def stretch(rng: Rng, view: View, strength: int) -> View:
    factor = (1.05, 1.10, 1.20)[strength]
    wide, high = (factor, 1.0) if rng.random() < 0.5 else (1.0, factor)
    return view.resized((round(view.size[0] * wide), round(view.size[1] * high)))


TURNS: Final = (
    (Image.Transpose.ROTATE_90, False), (Image.Transpose.ROTATE_180, False),
    (Image.Transpose.ROTATE_270, False), (Image.Transpose.FLIP_LEFT_RIGHT, True),
    (Image.Transpose.FLIP_TOP_BOTTOM, True), (Image.Transpose.TRANSPOSE, True),
    (Image.Transpose.TRANSVERSE, True),
)  # fmt: skip

# The EXIF orientation by which stored pixels are shown after each of Pillow's transpositions.
SHOWN_AS: Final = {
    Image.Transpose.FLIP_LEFT_RIGHT: 2, Image.Transpose.ROTATE_180: 3,
    Image.Transpose.FLIP_TOP_BOTTOM: 4, Image.Transpose.TRANSPOSE: 5,
    Image.Transpose.ROTATE_270: 6, Image.Transpose.TRANSVERSE: 7, Image.Transpose.ROTATE_90: 8,
}  # fmt: skip


def turned(how: Image.Transpose, _: Rng, view: View, strength: int) -> View:
    return view.transposed(how).as_file((PNG, jpeg(90), jpeg(60))[strength])


def tagged(how: Image.Transpose, _: Rng, view: View, strength: int) -> View:
    """Leave the pixels where they are and let the tag say how they are shown."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = SHOWN_AS[how]
    encoding = jpeg((95, 85, 60)[strength], exif=exif.tobytes())
    matrix = transposing(how, view.size) @ view.matrix
    return replace(view, matrix=matrix, encoding=encoding)


for _how, _mirrors in TURNS:
    for _prefix, _make in (("turn", turned), ("tag", tagged)):
        _name = f"{_prefix}-{_how.name.lower().replace('_', '-')}"
        transform(_name, Row.SAME, Relation.REORIENTED, mirrors=_mirrors)(partial(_make, _how))


# Adjusted


def pixels(view: View) -> Pixels:
    return np.asarray(view.picture).astype(np.float32)


def with_pixels(view: View, values: NDArray[np.floating]) -> View:
    return view.painted(Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8)))


@transform("brighten", Row.ADJUSTED, Relation.ADJUSTED)
def brighten(_: Rng, view: View, strength: int) -> View:
    return view.painted(ImageEnhance.Brightness(view.picture).enhance((1.2, 1.35, 1.5)[strength]))


@transform("darken", Row.ADJUSTED, Relation.ADJUSTED)
def darken(_: Rng, view: View, strength: int) -> View:
    return view.painted(ImageEnhance.Brightness(view.picture).enhance((0.8, 0.65, 0.5)[strength]))


@transform("contrast", Row.ADJUSTED, Relation.ADJUSTED)
def contrast(rng: Rng, view: View, strength: int) -> View:
    by = (0.2, 0.35, 0.5)[strength] * (1 if rng.random() < 0.5 else -1)
    return view.painted(ImageEnhance.Contrast(view.picture).enhance(1 + by))


@transform("gamma", Row.ADJUSTED, Relation.ADJUSTED)
def gamma(rng: Rng, view: View, strength: int) -> View:
    power = (1.25, 1.5, 2.0)[strength]
    power = power if rng.random() < 0.5 else 1 / power
    return with_pixels(view, 255 * (pixels(view) / 255) ** power)


@transform("saturation", Row.ADJUSTED, Relation.ADJUSTED)
def saturation(rng: Rng, view: View, strength: int) -> View:
    by = (0.3, 0.5, 0.8)[strength] * (1 if rng.random() < 0.5 else -1)
    return view.painted(ImageEnhance.Color(view.picture).enhance(1 + by))


@transform("hue", Row.ADJUSTED, Relation.ADJUSTED)
def hue(rng: Rng, view: View, strength: int) -> View:
    by = round((15, 30, 60)[strength] * 256 / 360) * (1 if rng.random() < 0.5 else -1)
    bands = view.picture.convert("HSV").split()
    moved = bands[0].point([(value + by) % 256 for value in range(256)])
    return view.painted(Image.merge("HSV", (moved, *bands[1:])).convert("RGB"))


@transform("white-balance", Row.ADJUSTED, Relation.ADJUSTED)
def white_balance(rng: Rng, view: View, strength: int) -> View:
    by = (0.08, 0.15, 0.25)[strength] * (1 if rng.random() < 0.5 else -1)
    return with_pixels(view, pixels(view) * np.array([1 + by, 1, 1 - by], np.float32))


@transform("grey", Row.ADJUSTED, Relation.ADJUSTED)
def grey(_: Rng, view: View, strength: int) -> View:
    drained = ImageOps.grayscale(view.picture)
    return view.painted(drained.convert("RGB")).as_file((PNG, jpeg(90), jpeg(60))[strength])


@transform("sepia", Row.ADJUSTED, Relation.ADJUSTED)
def sepia(_: Rng, view: View, strength: int) -> View:
    drained = ImageOps.grayscale(view.picture)
    tinted = ImageOps.colorize(drained, (30, 18, 8), (255, 240, 205), mid=(140, 110, 80))
    return view.painted(Image.blend(view.picture, tinted, (0.6, 0.8, 1.0)[strength]))


@transform("blur", Row.ADJUSTED, Relation.ADJUSTED)
def blur(_: Rng, view: View, strength: int) -> View:
    radius = (1, 2, 3)[strength] * max(view.size) / BLUR_WIDTH
    return view.painted(view.picture.filter(ImageFilter.GaussianBlur(radius)))


@transform("noise", Row.ADJUSTED, Relation.ADJUSTED)
def noise(rng: Rng, view: View, strength: int) -> View:
    sigma = (5, 10, 20)[strength]
    values = pixels(view)
    return with_pixels(view, values + sigma * rng.standard_normal(values.shape, np.float32))


@transform("sharpen", Row.ADJUSTED, Relation.ADJUSTED)
def sharpen(_: Rng, view: View, strength: int) -> View:
    mask = ImageFilter.UnsharpMask(2, (80, 150, 250)[strength], 2)
    return view.painted(view.picture.filter(mask))


@transform("posterise", Row.ADJUSTED, Relation.ADJUSTED)
def posterise(_: Rng, view: View, strength: int) -> View:
    return view.painted(ImageOps.posterize(view.picture, (5, 4, 3)[strength]))


@transform("vignette", Row.ADJUSTED, Relation.ADJUSTED)
def vignette(_: Rng, view: View, strength: int) -> View:
    width, height = view.size
    x = np.linspace(-1, 1, width, dtype=np.float32)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    fall = 1 - (0.25, 0.4, 0.6)[strength] * (x * x + y * y) / 2
    return with_pixels(view, pixels(view) * fall[:, :, None])


@transform("print-and-scan", Row.ADJUSTED, Relation.ADJUSTED, Relation.CROPPED)
def print_and_scan(rng: Rng, view: View, strength: int) -> View:
    paper = (252 - int(rng.integers(12)), 250 - int(rng.integers(14)), 242 - int(rng.integers(20)))
    lain = leaning(rng, view, (0.004, 0.008, 0.015)[strength], paper)
    values = pixels(blur(rng, lain, 0))
    ink = np.float32(24 + 8 * strength)
    values = ink + values / 255 * (np.array(paper, np.float32) - ink)
    sheet = noise(rng, with_pixels(lain, values), 0)
    return sheet.as_file(jpeg((88, 78, 65)[strength]))


# Cropped


def detail(picture: Image.Image) -> float:
    """Return how much there is to see: the mean gradient of a small grey form."""
    small = np.asarray(ImageOps.grayscale(picture).resize((64, 64), Image.Resampling.BOX), float)
    return float(np.abs(np.diff(small, axis=0)).mean() + np.abs(np.diff(small, axis=1)).mean())


def window(
    rng: Rng, size: tuple[int, int], share: float, shape: float
) -> tuple[int, int, int, int]:
    """Return a random box that keeps a share of the area, `shape` times as wide for its height."""
    width = min(size[0] * np.sqrt(share * shape), size[0])
    height = min(size[0] * size[1] * share / width, size[1])
    width = min(size[0] * size[1] * share / height, size[0])
    left = int(between(rng, 0, size[0] - width))
    top = int(between(rng, 0, size[1] - height))
    return left, top, left + round(width), top + round(height)


def crop(share: float, rng: Rng, view: View, strength: int) -> View:
    """Cut at the centre, anywhere, or to another shape.

    A window of bare sky or paper shows nothing that could be recognised; one with as much to see
    as half the picture has on average is looked for.
    """
    if strength == 0:
        (width, height), side = view.size, np.sqrt(share)
        left, top = round(width * (1 - side) / 2), round(height * (1 - side) / 2)
        return view.cropped((left, top, width - left, height - top))
    shape = 1.0 if strength == 1 else float(rng.choice([0.6, 0.75, 1.35, 1.7]))
    whole = detail(view.picture)
    cuts = [view.cropped(window(rng, view.size, share, shape)) for _ in range(8)]
    return next((cut for cut in cuts if detail(cut.picture) > whole / 2),
                max(cuts, key=lambda cut: detail(cut.picture)))  # fmt: skip


for _share, _row in ((75, Row.CROP_75), (50, Row.CROP_50), (30, Row.CROP_30), (15, Row.CROP_15)):
    transform(f"crop-{_share}", _row, Relation.CROPPED)(partial(crop, _share / 100))


# Framed, turned a little, shown on a screen


@transform("frame", Row.FRAMED, Relation.CROPPED)
def frame(rng: Rng, view: View, strength: int) -> View:
    edge = round((0.03, 0.07, 0.15)[strength] * min(view.size))
    size = (view.size[0] + 2 * edge, view.size[1] + 2 * edge)
    ground = Image.new("RGB", size, colour(rng))
    if rng.random() < 0.5:
        line = max(2, edge // 6)
        box = (line, line, size[0] - line, size[1] - line)
        ImageDraw.Draw(ground).rectangle(box, outline=colour(rng), width=line)
    return view.placed(ground, (edge, edge))


@transform("polaroid", Row.FRAMED, Relation.CROPPED)
def polaroid(rng: Rng, view: View, strength: int) -> View:
    edge = (0.04, 0.06, 0.09)[strength] * min(view.size)
    size = (round(view.size[0] + 2 * edge), round(view.size[1] + 6 * edge))
    ground = Image.new("RGB", size, colour(rng, 235))
    ink = font(face(rng), round(2 * edge))
    ImageDraw.Draw(ground).text(
        (size[0] / 2, size[1] - 2.5 * edge), words(rng, 2), colour(rng, 0, 90), ink, anchor="mm"
    )
    return view.placed(ground, (edge, edge))


@transform("letterbox", Row.FRAMED, Relation.CROPPED)
def letterbox(rng: Rng, view: View, strength: int) -> View:
    """Add bars above and below, or at both sides: black, coloured, or the picture blurred."""
    bar = (0.08, 0.16, 0.3)[strength]
    wide, high = view.size
    upright = rng.random() < 0.5
    size = (wide, round(high * (1 + 2 * bar))) if upright else (round(wide * (1 + 2 * bar)), high)
    if rng.random() < 0.4:
        ground = ImageOps.fit(view.picture, size)
        ground = ground.filter(ImageFilter.GaussianBlur(max(size) / 40))
    else:
        ground = Image.new("RGB", size, BLACK if rng.random() < 0.7 else colour(rng))
    return view.placed(ground, ((size[0] - wide) / 2, (size[1] - high) / 2))


def rotated(view: View, degrees: float, fill: Colour) -> View:
    """Turn about the middle and keep everything, the corners filled."""
    width, height = view.size
    about = turn(degrees) @ shift(-width / 2, -height / 2)
    reach = np.abs(np.array(where(about, rectangle(view.size)))).max(axis=0) * 2
    size = (round(reach[0]), round(reach[1]))
    return view.warped(shift(size[0] / 2, size[1] / 2) @ about, size, fill)


def inner_box(
    size: tuple[int, int], turned: tuple[int, int], degrees: float
) -> tuple[int, int, int, int]:
    """Return the largest box of the picture's shape that a small turn leaves without corners."""
    (width, height), angle = size, np.deg2rad(abs(degrees))
    long = max(width, height) / min(width, height)
    shrink = 1 / (np.cos(angle) + long * np.sin(angle))
    half = (width * shrink / 2, height * shrink / 2)
    middle = (turned[0] / 2, turned[1] / 2)
    return (round(middle[0] - half[0]), round(middle[1] - half[1]),
            round(middle[0] + half[0]), round(middle[1] + half[1]))  # fmt: skip


def rotate_filled(degrees: tuple[float, ...], rng: Rng, view: View, strength: int) -> View:
    fill = (BLACK, WHITE, colour(rng))[rng.integers(3)]
    by = degrees[strength]
    return rotated(view, either(rng, by, by), fill)


def rotate_cropped(degrees: tuple[float, ...], rng: Rng, view: View, strength: int) -> View:
    by = either(rng, degrees[strength], degrees[strength])
    whole = rotated(view, by, BLACK)
    return whole.cropped(inner_box(view.size, whole.size, by))


for _suffix, _degrees in (("", (2, 5, 10)), ("-more", (7, 12, 15))):
    transform(f"rotate-filled{_suffix}", Row.FRAMED, Relation.CROPPED)(
        partial(rotate_filled, _degrees)
    )
    transform(f"rotate-cropped{_suffix}", Row.FRAMED, Relation.CROPPED)(
        partial(rotate_cropped, _degrees)
    )


def leaning(rng: Rng, view: View, by: float, fill: Colour) -> View:
    """Move each corner at random by up to a share of the sides."""
    width, height = view.size
    corners = rectangle(view.size)
    moved = tuple(
        (x + either(rng, by / 2, by) * width, y + either(rng, by / 2, by) * height)
        for x, y in corners
    )
    return view.warped(homography(corners, moved), view.size, fill)


@transform("perspective", Row.FRAMED, Relation.CROPPED)
def perspective(rng: Rng, view: View, strength: int) -> View:
    return leaning(rng, view, (0.02, 0.04, 0.07)[strength], colour(rng))


@transform("screenshot-phone", Row.FRAMED, Relation.CROPPED)
def screenshot_phone(rng: Rng, view: View, strength: int) -> View:
    return on_screen(view, phone(rng, strength))


@transform("screenshot-desktop", Row.FRAMED, Relation.CROPPED)
def screenshot_desktop(rng: Rng, view: View, strength: int) -> View:
    return on_screen(view, desktop(rng, strength))


def on_screen(view: View, screen: tuple[Image.Image, tuple[int, int, int, int]]) -> View:
    """Show a picture in the window of a screen, as large as fits."""
    ground, (left, top, right, bottom) = screen
    fit = view.scaled(min((right - left) / view.size[0], (bottom - top) / view.size[1]))
    at = (left + (right - left - fit.size[0]) // 2, top + (bottom - top - fit.size[1]) // 2)
    return fit.placed(ground, at).as_file(PNG)


@transform("meme-bars", Row.FRAMED, Relation.CROPPED, Relation.OVERLAID)
def meme_bars(rng: Rng, view: View, strength: int) -> View:
    """Put bars with a caption above, or above and below."""
    bar = round((0.1, 0.15, 0.22)[strength] * view.size[1])
    below = bar if rng.random() < 0.5 else 0
    white = rng.random() < 0.7
    size = (view.size[0], view.size[1] + bar + below)
    ground = Image.new("RGB", size, WHITE if white else BLACK)
    pen, type_ = ImageDraw.Draw(ground), face(rng)
    for middle in (bar / 2, size[1] - bar / 2)[: 2 if below else 1]:
        text = words(rng, int(rng.integers(2, 6)))
        fitted(pen, (size[0] / 2, middle), (size[0] * 0.9, bar * 0.6), text, type_,
               BLACK if white else WHITE)  # fmt: skip
    return view.placed(ground, (0, bar))


@transform("meme-text", Row.FRAMED, Relation.OVERLAID)
def meme_text(rng: Rng, view: View, strength: int) -> View:
    """Set white capitals with a black edge on the picture itself."""
    line = (0.09, 0.13, 0.18)[strength] * view.size[1]
    picture = view.picture.copy()
    pen, type_ = ImageDraw.Draw(picture), face(rng)
    for middle in (line * 0.8, view.size[1] - line * 0.8)[: 1 + int(rng.integers(2))]:
        text = words(rng, int(rng.integers(2, 6))).upper()
        fitted(pen, (view.size[0] / 2, middle), (view.size[0] * 0.92, line), text, type_,
               WHITE, edge=True)  # fmt: skip
    return view.painted(picture)


def fitted(
    pen: ImageDraw.ImageDraw,
    middle: tuple[float, float],
    room: tuple[float, float],
    text: str,
    type_: str,
    ink: tuple[int, ...],
    edge: bool = False,
) -> None:
    """Set a line of text about a point, as large as its room allows."""
    size = room[1]
    wide = font(type_, round(size)).getlength(text)
    cut = font(type_, round(size * min(1, room[0] / wide)))
    rim = max(1, round(size / 18)) if edge else 0
    pen.text(middle, text, ink, cut, "mm", stroke_width=rim, stroke_fill=BLACK)


# Pasted into others


def pasted(share: float, hosts: Hosts, rng: Rng, view: View, strength: int) -> View:
    """Lay a picture on another one, of which it covers a share; the third kind has an edge."""
    ((other, host),) = hosts(rng, 1)
    size = view.size
    area = size[0] * size[1] / share
    ratio = np.clip(host.size[0] / host.size[1], size[0] / size[1] * share * 1.05,
                    size[0] / size[1] / share / 1.05)  # fmt: skip
    ground = ImageOps.fit(host, (round(np.sqrt(area * ratio)), round(np.sqrt(area / ratio))))
    spare = (ground.size[0] - size[0], ground.size[1] - size[1])
    at = (round(spare[0] * rng.random()), round(spare[1] * rng.random()))
    if strength == 0:
        at = (spare[0] // 2, spare[1] // 2)
    if strength == 2:
        rim = max(2, min(size) // 60)
        box = (at[0] - rim, at[1] - rim, at[0] + size[0] + rim, at[1] + size[1] + rim)
        ImageDraw.Draw(ground).rectangle(box, fill=colour(rng))
    most = 1800 / max(ground.size)
    lain = replace(view, extra=(*view.extra, other)).placed(ground, at)
    return lain.scaled(most) if most < 1 else lain


def collage(hosts: Hosts, rng: Rng, view: View, strength: int) -> View:
    """Lay out four pictures, two by two; the others are hosts."""
    cell = (700, 525)
    gap = (0, 8, 24)[strength]
    ground = Image.new("RGB", (2 * cell[0] + 3 * gap, 2 * cell[1] + 3 * gap), colour(rng))
    places = [
        (gap + x * (cell[0] + gap), gap + y * (cell[1] + gap)) for y in (0, 1) for x in (0, 1)
    ]
    mine = int(rng.integers(4))
    others = hosts(rng, 3)
    for place, (_, host) in zip(places[:mine] + places[mine + 1 :], others, strict=True):
        ground.paste(ImageOps.fit(host, cell), place)
    scale = max(cell[0] / view.size[0], cell[1] / view.size[1])
    fit = view.scaled(scale)
    left, top = (fit.size[0] - cell[0]) // 2, (fit.size[1] - cell[1]) // 2
    cut = fit.cropped((left, top, left + cell[0], top + cell[1]))
    return replace(cut, extra=(*view.extra, *(name for name, _ in others))).placed(
        ground, places[mine]
    )


def hosted(hosts: Hosts) -> dict[str, Transform]:
    """Return the transforms that need other pictures, which `hosts` gives with their names."""
    makes: dict[str, tuple[Row, Make]] = {
        "pasted-40": (Row.PASTED_40, partial(pasted, 0.4, hosts)),
        "pasted-20": (Row.PASTED_20, partial(pasted, 0.2, hosts)),
        "collage": (Row.PASTED_20, partial(collage, hosts)),
    }
    return {name: Transform(name, row, (Relation.CROPPED,), make)
            for name, (row, make) in makes.items()}  # fmt: skip


# Overlaid


def blended(view: View, layer: Image.Image) -> View:
    return view.painted(Image.alpha_composite(view.picture.convert("RGBA"), layer).convert("RGB"))


def layer_of(size: tuple[int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    layer = Image.new("RGBA", size, (0, 0, 0, 0))
    return layer, ImageDraw.Draw(layer)


@transform("watermark", Row.OVERLAID, Relation.OVERLAID)
def watermark(rng: Rng, view: View, strength: int) -> View:
    """Tile a slanting text over everything."""
    opacity = (0.15, 0.3, 0.5)[strength]
    reach = round(np.hypot(*view.size))
    layer, pen = layer_of((reach, reach))
    size = round(between(rng, 0.03, 0.07) * min(view.size)) + 6
    text, cut = words(rng, int(rng.integers(1, 3))), font(face(rng), size)
    step = (cut.getlength(text) + size * between(rng, 1, 3), size * between(rng, 2, 4))
    ink = (*seen_on(rng, view.picture), round(255 * opacity))
    for row in range(int(reach / step[1]) + 1):
        for column in range(-1, int(reach / step[0]) + 1):
            at = (column * step[0] + (row % 2) * step[0] / 2, row * step[1])
            pen.text(at, text, ink, cut)
    layer = layer.rotate(between(rng, -45, 45), Image.Resampling.BILINEAR)
    left, top = (reach - view.size[0]) // 2, (reach - view.size[1]) // 2
    return blended(view, layer.crop((left, top, left + view.size[0], top + view.size[1])))


@transform("watermark-once", Row.OVERLAID, Relation.OVERLAID)
def watermark_once(rng: Rng, view: View, strength: int) -> View:
    layer, pen = layer_of(view.size)
    ink = (*seen_on(rng, view.picture), round(255 * (0.25, 0.4, 0.6)[strength]))
    fitted(pen, (view.size[0] / 2, view.size[1] * between(rng, 0.3, 0.7)),
           (view.size[0] * 0.8, view.size[1] * 0.2), words(rng, 2), face(rng), ink)  # fmt: skip
    return blended(view, layer)


@transform("logo", Row.OVERLAID, Relation.OVERLAID)
def logo(rng: Rng, view: View, strength: int) -> View:
    """Put a drawn mark into a corner, 15 % of the sides: opaque, half and a third transparent."""
    opacity = (255, 170, 128)[strength]
    side = round(0.15 * np.sqrt(view.size[0] * view.size[1]))
    mark, pen = layer_of((side, side))
    ink, other = seen_on(rng, view.picture), colour(rng)
    box = (2, 2, side - 3, side - 3)
    kind = rng.integers(3)
    if kind == 0:
        pen.ellipse(box, (*ink, opacity))
    elif kind == 1:
        pen.rounded_rectangle(box, side / 6, (*ink, opacity))
    else:
        pen.regular_polygon((side / 2, side / 2, side / 2.1), int(rng.integers(3, 8)),
                            float(rng.uniform(0, 90)), (*ink, opacity))  # fmt: skip
    fitted(pen, (side / 2, side / 2), (side * 0.6, side * 0.4), name(rng)[:2].upper(), face(rng),
           (*other, opacity))  # fmt: skip
    layer, _ = layer_of(view.size)
    margin = side // 5
    at = [margin if rng.random() < 0.5 else view.size[axis] - side - margin for axis in (0, 1)]
    layer.alpha_composite(mark, (max(at[0], 0), max(at[1], 0)))
    return blended(view, layer)


@transform("banner", Row.OVERLAID, Relation.OVERLAID)
def banner(rng: Rng, view: View, strength: int) -> View:
    """Cover a strip at the top or bottom, opaque or half transparent, and write on it."""
    width, height = view.size
    strip = (0.08, 0.14, 0.2)[strength] * height
    top = 0 if rng.random() < 0.35 else height - strip
    layer, pen = layer_of(view.size)
    ground = seen_on(rng, view.picture)
    pen.rectangle((0, top, width, top + strip), (*ground, 255 if rng.random() < 0.5 else 150))
    ink = (0, 0, 0, 255) if sum(ground) > 382 else (255, 255, 255, 255)
    fitted(pen, (width / 2, top + strip / 2), (width * 0.9, strip * 0.5),
           words(rng, int(rng.integers(2, 6))), face(rng), ink)  # fmt: skip
    return blended(view, layer)


@transform("stickers", Row.OVERLAID, Relation.OVERLAID)
def stickers(rng: Rng, view: View, strength: int) -> View:
    """Put several opaque drawn faces, stars and hearts anywhere."""
    layer, _ = layer_of(view.size)
    for _ in range((1, 3, 5)[strength]):
        side = round(between(rng, 0.1, 0.2) * min(view.size))
        mark = sticker(rng, max(side, 12)).rotate(between(rng, -40, 40), Image.Resampling.BICUBIC)
        at = [int(between(rng, 0, view.size[axis] - mark.size[axis])) for axis in (0, 1)]
        layer.alpha_composite(mark, (at[0], at[1]))
    return blended(view, layer)


def sticker(rng: Rng, side: int) -> Image.Image:
    """Draw a face, a star or a heart, four times as large and then averaged down."""
    big = side * 4
    mark, pen = layer_of((big, big))
    ink, dark = (*colour(rng, 120), 255), (40, 30, 30, 255)
    kind, s = rng.integers(3), big / 100
    if kind == 0:
        pen.ellipse((5 * s, 5 * s, 95 * s, 95 * s), ink, dark, round(3 * s))
        for eye in (33, 67):
            pen.ellipse(((eye - 7) * s, 30 * s, (eye + 7) * s, 48 * s), dark)
        pen.arc((25 * s, 40 * s, 75 * s, 80 * s), 15, 165, dark, round(6 * s))
    elif kind == 1:
        angles = np.arange(10) * np.pi / 5 - np.pi / 2
        reach = np.where(np.arange(10) % 2, 20, 46)
        points = [(50 * s + r * s * np.cos(a), 52 * s + r * s * np.sin(a))
                  for a, r in zip(angles, reach, strict=True)]  # fmt: skip
        pen.polygon(points, ink, dark, round(3 * s))
    else:
        pen.ellipse((8 * s, 12 * s, 54 * s, 58 * s), ink)
        pen.ellipse((46 * s, 12 * s, 92 * s, 58 * s), ink)
        pen.polygon([(12 * s, 48 * s), (88 * s, 48 * s), (50 * s, 94 * s)], ink)
    return mark.resize((side, side), Image.Resampling.LANCZOS)


@transform("caption", Row.OVERLAID, Relation.OVERLAID)
def caption(rng: Rng, view: View, strength: int) -> View:
    """Write a line into the picture, without a ground."""
    picture = view.picture.copy()
    line = (0.04, 0.06, 0.09)[strength] * view.size[1]
    at = (view.size[0] * between(rng, 0.35, 0.65), view.size[1] * between(rng, 0.1, 0.9))
    fitted(ImageDraw.Draw(picture), at, (view.size[0] * 0.6, max(line, 10)),
           words(rng, int(rng.integers(2, 5))), face(rng), seen_on(rng, picture))  # fmt: skip
    return view.painted(picture)


@transform("date-stamp", Row.OVERLAID, Relation.OVERLAID)
def date_stamp(rng: Rng, view: View, strength: int) -> View:
    """Burn an orange date into the lower right corner, as cameras do."""
    picture = view.picture.copy()
    cut = font(face(rng), max(9, round((0.03, 0.045, 0.06)[strength] * view.size[1])))
    at = (view.size[0] * 0.97, view.size[1] * 0.96)
    ink = (255, int(rng.integers(90, 180)), int(rng.integers(0, 60)))
    ImageDraw.Draw(picture).text(at, date(rng), ink, cut, anchor="rs")
    return view.painted(picture)


# Combinations


def chain(*makes: Make) -> Make:
    """Return one transform after another."""

    def make(rng: Rng, view: View, strength: int) -> View:
        for one in makes:
            view = one(rng, view, strength)
        return view

    return make


def at(strength: int, make: Make) -> Make:
    """Return a transform held at one strength."""
    return lambda rng, view, _: make(rng, view, strength)


def _combinations() -> dict[str, tuple[Make, tuple[Relation, ...], bool]]:
    crop_of = {share: partial(crop, share / 100) for share in (75, 50, 30)}
    mirror = partial(turned, Image.Transpose.FLIP_LEFT_RIGHT)
    turn_90 = partial(turned, Image.Transpose.ROTATE_90)
    rotate_5 = at(1, partial(rotate_filled, (2, 5, 10)))
    cropped, overlaid = (Relation.CROPPED,), (Relation.OVERLAID,)
    return {
        "crop-50+jpeg-20": (chain(crop_of[50], at(2, as_jpeg)), cropped, False),
        "crop-75+resize": (chain(crop_of[75], resize), cropped, False),
        "crop-75+watermark": (chain(crop_of[75], watermark), overlaid, False),
        "resize+watermark": (chain(at(1, resize), watermark), overlaid, False),
        "mirror+crop-50": (chain(mirror, crop_of[50], at(1, as_jpeg)), cropped, True),
        "brighten+crop-50": (chain(brighten, crop_of[50]), cropped, False),
        "frame+resize": (chain(frame, at(1, resize)), cropped, False),
        "rotate-5+crop-75": (chain(rotate_5, crop_of[75]), cropped, False),
        "turn-90+crop-50": (chain(turn_90, crop_of[50]), cropped, False),
        "grey+resize+jpeg": (chain(grey, resize, at(1, as_jpeg)), (Relation.ADJUSTED,), False),
        "grey+crop-50": (chain(grey, crop_of[50]), cropped, False),
        "logo+jpeg+resize": (chain(logo, resize, at(1, as_jpeg)), overlaid, False),
        "screenshot+crop-75": (chain(screenshot_phone, at(0, crop_of[75])), cropped, False),
        "darken+noise+jpeg": (
            chain(darken, noise, at(1, as_jpeg)), (Relation.ADJUSTED,), False,
        ),
        "turn-90+banner": (chain(turn_90, banner), overlaid, False),
        "frame+caption": (chain(frame, caption), overlaid, False),
        "photographed": (
            chain(perspective, white_balance, at(0, blur), at(1, noise), at(1, as_jpeg)), cropped,
            False,
        ),
    }  # fmt: skip


for _name, (_chain, _relations, _mirrors) in _combinations().items():
    transform(_name, Row.COMBINED, *_relations, mirrors=_mirrors)(_chain)


def relations_of(made: Transform, before: View, after: View, *, kept: bool) -> tuple[Relation, ...]:
    """Return the relations that name rightly what a transform did to this picture.

    A format that happens to have `kept` every pixel may be named by that or by the format. And
    brightening white paper or draining a grey picture changes next to nothing: there, saying that
    it was only saved anew is right as well.
    """
    if made.file:
        return made.relations
    if kept:
        return tuple(dict.fromkeys((*made.relations, *SAME_PIXELS)))
    if made.row is Row.ADJUSTED and before.size == after.size:
        moved = np.asarray(ImageChops.difference(before.picture, after.picture))
        if moved.mean() < BARELY:
            return (*made.relations, Relation.RE_ENCODED)
    return made.relations
