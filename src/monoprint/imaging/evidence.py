"""Evidence: one small picture that shows how two pictures were compared.

Three panels: the first picture, the second laid on it, and what differs once the light is made
alike. It explains a verdict to a person; nothing is decided by it.
"""

import io
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from monoprint.imaging import laying
from monoprint.model.match import WHOLE, Box, Quad, Relation, Verdict
from monoprint.opencv import cv2

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]
Heat = NDArray[np.bool_] | NDArray[np.uint8] | NDArray[np.float32]

# The most that a panel measures: three of them fit a report's window and 60 kB. It is higher than
# wide since upright pictures are mostly pages, whose text should be legible.
_PANEL_WIDTH: Final = 384
_PANEL_HEIGHT: Final = 520

# Frames wider than this are shown one below the other, so that there is something to see.
_WIDE: Final = 2.2

# A line of one pixel is shown this thick; an icon is shown at most so much larger.
_THIN: Final = 20
_ENLARGED: Final = 8

_GAP: Final = 12
_CAPTION: Final = 26
_FONT: Final = 14

# One ground for light and dark pages: pictures of any colour and the lines stand out from it.
_GROUND: Final = (32, 36, 42)
_INK: Final = (232, 235, 239)
_NOTHING: Final = (58, 64, 73)
_WINDOW: Final = (79, 195, 255)
_PLACE: Final = (255, 138, 28)
_HALO: Final = (12, 14, 17)

# Places that are outlined, the largest first: more would only cover the picture.
_PLACES: Final = 24

# What is smaller is outlined at this distance from its middle: else the line would cover it.
_AROUND: Final = 11

# A window of this share of the frame is all of it, and a line around it says nothing.
_ALL: Final = 0.985

# Frames away from the frame: what lies farther is no place in a picture.
_FAR: Final = 1e4

# Grey levels of difference that are shown as nothing and as the most.
_FAINT: Final = 10.0
_STRONG: Final = 90.0

# Lossy, so that three photographs stay small.
_QUALITY: Final = 72

# How hard the encoder tries (0 to 6): at the usual 4 files are a twentieth smaller, in twice the
# time.
_EFFORT: Final = 2

# The formats a user may ask for by a file's ending.
KINDS: Final = ("WEBP", "PNG", "JPEG")


def draw(
    first: Pixels,
    second: Pixels,
    laid: Pixels,
    heat: Heat,
    verdict: Verdict,
    kind: str = "WEBP",
) -> bytes:
    """Return the evidence for a verdict as a picture file; equal input gives equal bytes.

    `first` and `second` are the whole pictures, uint8 (H, W, 3), sRGB. `laid` (h, w, 3), one of
    them on the grid they were compared on, and `heat` (h, w) are of the part that both show:
    `heat` is how far they differ there in grey levels (0 to 255), or bool where marks are all that
    is known. `kind` is one of `KINDS`.

    The first two panels share the frame of the picture that shows more, and in both the window
    that both show is outlined, and the places that differ.
    """
    verdict = _sound(verdict)
    onto_first = _area(verdict.first_window) <= _area(verdict.second_window)
    matrix = np.array(verdict.matrix, np.float64).reshape(3, 3)  # from the second to the first
    stage, other = (first, second) if onto_first else (second, first)
    window = verdict.first_window if onto_first else verdict.second_window
    onto = matrix if onto_first else _inverse(matrix)
    places = [_corners(box) for box in _largest(verdict.where)]
    if not onto_first:
        places = [quad for place in places if (quad := _moved(place, onto))]

    size = _size(stage.shape[1], stage.shape[0])
    staged = _scaled(stage, size)
    moved = _warped(other, onto, size)
    for panel in (staged, moved):
        if _area(window) < _ALL:
            _outline(panel, window, _WINDOW)
        for place in places:
            _outline(panel, place, _PLACE)
    strength = heat.astype(np.float32) * (255 if heat.dtype == np.bool_ else 1)
    difference = _difference(laid, strength)
    if onto_first:
        titled = [("first", staged), ("second, laid on the first", moved)]
    else:
        titled = [("first, laid on the second", moved), ("second", staged)]
    titled.append((_third(verdict, strength), difference))
    return _encoded(_sheet(titled, wide=size[0] > _WIDE * size[1]), kind)


def beside(first: Pixels, second: Pixels, kind: str = "WEBP") -> bytes:
    """Return two pictures that do not match, uint8 (H, W, 3), side by side as a picture file."""
    panels = [
        (caption, _scaled(pixels, _size(pixels.shape[1], pixels.shape[0])))
        for caption, pixels in (("first", first), ("second", second))
    ]
    wide = any(panel.shape[1] > _WIDE * panel.shape[0] for _, panel in panels)
    return _encoded(_sheet(panels, wide=wide), kind)


def _sound(verdict: Verdict) -> Verdict:
    """Return a verdict without what cannot be drawn: an evidence picture must never fail."""

    def drawable(*values: float) -> bool:
        return all(abs(value) < _FAR for value in values)  # not so for what is no number

    def quad(window: Quad) -> Quad:
        return window if drawable(*(value for point in window for value in point)) else WHOLE

    boxes = (b for b in verdict.where if drawable(b.left, b.top, b.right, b.bottom))
    return replace(
        verdict,
        matrix=verdict.matrix if drawable(*verdict.matrix) else Verdict(None).matrix,
        first_window=quad(verdict.first_window),
        second_window=quad(verdict.second_window),
        where=tuple(boxes),
    )


def _third(verdict: Verdict, strength: NDArray[np.float32]) -> str:
    if not (strength > _FAINT).any():
        if verdict.relation is Relation.EDITED and verdict.where:
            return "equal in grey: the colours differ"  # a mirrored drawing has no such place
        return "nothing differs in equal light"
    if verdict.relation is Relation.OVERLAID:
        return "what is laid on it"
    return "what differs in equal light"


def _area(quad: Quad) -> float:
    x, y = np.array(quad, np.float64).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _inverse(matrix: Matrix) -> Matrix:
    """Return the inverse; a matrix that flattens everything has none, and shows things as is."""
    if abs(np.linalg.det(matrix)) < 1e-9:
        return np.eye(3)
    return np.asarray(np.linalg.inv(matrix), np.float64)


def _largest(boxes: tuple[Box, ...]) -> list[Box]:
    return sorted(
        boxes,
        key=lambda b: (-(b.right - b.left) * (b.bottom - b.top), b.top, b.left),
    )[:_PLACES]


def _corners(box: Box) -> Quad:
    return (
        (box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom),
    )  # fmt: skip


def _moved(quad: Quad, matrix: Matrix) -> Quad | None:
    """Return a quadrilateral as a matrix moves it; None if it lies beyond the horizon."""
    points = matrix @ np.vstack([np.array(quad, np.float64).T, np.ones(4)])
    if (points[2] * points[2][0] <= 1e-9).any():
        return None
    a, b, c, d = ((float(x), float(y)) for x, y in (points[:2] / points[2]).T)
    return a, b, c, d


def _size(width: int, height: int) -> tuple[int, int]:
    """Return the size that a picture is shown in: it fits the panel, and no side vanishes."""
    most = 2 * _PANEL_WIDTH if width > _WIDE * height else _PANEL_WIDTH
    scale = min(most / width, _PANEL_HEIGHT / height, _ENLARGED)
    return max(_THIN, round(width * scale)), max(_THIN, round(height * scale))


def _scaled(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    height, width = pixels.shape[:2]
    if size[0] <= width and size[1] <= height:
        how = cv2.INTER_AREA
    elif size[0] >= width and size[1] >= height:
        how = cv2.INTER_NEAREST  # an icon's pixels are to be seen as they are
    else:
        how = cv2.INTER_LINEAR
    return np.ascontiguousarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def _warped(pixels: Pixels, onto: Matrix, size: tuple[int, int]) -> Pixels:
    """Lay a picture on a frame; `onto` is in shares of both, and what it leaves bare is grey."""
    bare = np.full((size[1], size[0], 3), _NOTHING, np.uint8)
    found = laying.laid(pixels, onto, size)
    if found is None:
        return bare
    shown, cover = found
    weight = cover[..., None].astype(np.float32) / 255
    return np.asarray(np.rint(shown * weight + bare * (1 - weight)), np.uint8)


def _points(quad: Quad, size: tuple[int, int]) -> NDArray[np.int32]:
    scaled = np.array(quad, np.float64) * (size[0] - 1, size[1] - 1)
    # Far outside is as good as outside, and fits the drawing's integers.
    return np.asarray(np.clip(np.rint(scaled), -8192, 8192), np.int32)


def _outline(panel: Pixels, quad: Quad, colour: tuple[int, int, int]) -> None:
    """Draw a quadrilateral's outline: bright in a dark halo, so that it shows on anything."""
    points = _points(quad, (panel.shape[1], panel.shape[0]))
    low, high = points.min(axis=0), points.max(axis=0)
    if (high - low).max() < 2 * _AROUND:
        square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.int32)
        points = (low + high) // 2 + _AROUND * square
    cv2.polylines(panel, [points], True, _HALO, 4, cv2.LINE_AA)
    cv2.polylines(panel, [points], True, colour, 2, cv2.LINE_AA)


def _difference(pixels: Pixels, strength: NDArray[np.float32]) -> Pixels:
    """Return a faded picture with the difference glowing on it."""
    size = _size(pixels.shape[1], pixels.shape[0])
    # The largest of what a shown pixel stands for, so that a thin stroke does not fade away.
    step = max(1, round(max(strength.shape[1] / size[0], strength.shape[0] / size[1])))
    if step > 1:
        strength = np.asarray(cv2.dilate(strength, np.ones((step, step), np.uint8)), np.float32)
    strength = np.asarray(cv2.resize(strength, size, interpolation=cv2.INTER_LINEAR), np.float32)
    share = np.clip((strength - _FAINT) / (_STRONG - _FAINT), 0, 1)
    glow = cv2.applyColorMap((90 + share * 165).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    grey = cv2.cvtColor(_scaled(pixels, size), cv2.COLOR_RGB2GRAY)[..., None]
    faded = 0.35 * grey.astype(np.float32) + 0.65 * np.array(_GROUND, np.float32)
    weight = np.sqrt(share)[..., None]
    mixed = faded * (1 - weight) + glow * weight + 0.5
    return np.asarray(np.clip(mixed, 0, 255), np.uint8)


def _sheet(panels: list[tuple[str, Pixels]], *, wide: bool) -> Image.Image:
    """Put panels with their captions side by side, or one below the other."""
    font = ImageFont.load_default(_FONT)
    widths = [max(p.shape[1], round(font.getlength(caption))) for caption, p in panels]
    heights = [p.shape[0] + _CAPTION for _, p in panels]
    if wide:
        size = (max(widths), sum(heights) + _GAP * (len(panels) - 1))
    else:
        size = (sum(widths) + _GAP * (len(panels) - 1), max(heights))
    sheet = Image.new("RGB", (size[0] + 2 * _GAP, size[1] + 2 * _GAP), _GROUND)
    pen = ImageDraw.Draw(sheet)
    left = top = _GAP
    for (caption, panel), width, height in zip(panels, widths, heights, strict=True):
        pen.text((left, top), caption, _INK, font)
        sheet.paste(Image.fromarray(panel), (left, top + _CAPTION))
        if wide:
            top += height + _GAP
        else:
            left += width + _GAP
    return sheet


def _encoded(sheet: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "PNG":
        sheet.save(out, "PNG", optimize=True)
    elif kind == "WEBP":
        sheet.save(out, "WEBP", quality=_QUALITY, method=_EFFORT)
    else:
        sheet.save(out, kind, quality=85)
    return out.getvalue()
