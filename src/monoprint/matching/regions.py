"""Regions: the compact places where two laid pictures show different things, and whose they are.

An overlay lies on a picture that goes on beneath it; an edit puts one thing where another was. So
each region is asked on whose side the foreign thing is: whose colours differ from what surrounds
it, whose outline it is, what each shows that the other does not. Many such answers, weighed as was
learnt from pairs of which it is known, say how surely a region is an overlay: of photographs, two
of them together tell more than each alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching import overlay
from monoprint.matching.compare import Bytes, Difference, Floats, GridBox, Laid, Mask
from monoprint.opencv import cv2

# Regions that are looked at, the largest first, and those of them that are asked whose they are.
MOST: Final = 60
ASKED: Final = 8

# Marks of regions of a photograph that are away from the rim, and their share of all marks, from
# which on they tell alone. Of 301 photographs that something was put into, that were cropped then,
# and three in ten of them turned with white corners, 24 instead of 72 are overlays by that; of 115
# overlays on pictures that were cropped and turned so 96 instead of 110, of 695 others one less.
_TELLING: Final = 100
_TELLING_SHARE: Final = 0.05

# Marks of a region of a photograph, and their part of all, from which on it says something by
# itself; one that is another's than the rest says an edit with so much more of log odds.
_TELLING_ALONE: Final = 400
_TELLING_PART: Final = 0.04
_STRANGE: Final = 1.5

# The rim, as a share of the longer side, where differences are not looked for: two frames are never
# cut off at the same fraction of a pixel.
_RIM: Final = 0.012

# Marks nearer than this share of the longer side are one region: letters of a word.
_REACH: Final = 0.012

# What counts as a mark: levels that only one picture shows, beyond a floor, the noise, and what
# blur and compression make of the contrast there is.
_FLOOR: Final = 14.0
_NOISES: Final = 3.0
_OF_CONTRAST: Final = 0.22

# In a picture of few colours one changed digit of small print is enough, so there less is a mark.
_OF_CONTRAST_GRAPHIC: Final = 0.15

# A region of a photograph that matters: so many pixels marked, one of them by so many levels.
_MARKS: Final = 10
_PEAK: Final = 42

# What a region of a photograph shows is the same after all if it correlates this well once it is
# moved by a pixel or two.
_ALIKE: Final = 0.92

# Of fewer marks these: of 82 photographs with a sign in which other letters stand, too small for
# ten, 24 are told apart by it, and of 595 copies in which nothing differs none is.
_PEAK_OF_FEW: Final = 80
_ALIKE_OF_FEW: Final = 0.8

# How far it is moved, what is seen around it, and the least side of the box that is compared.
_MOVES: Final = 2
_AROUND: Final = 4
_LEAST_SIDE: Final = 12

# In a picture of few colours, places with strokes correlate in windows of this side, moved by a
# pixel at most, unless they show other strokes. On the tuning half the tenth worst pixel of a page
# was above 0.88 in copies of all kinds, a photographed print aside, and below 0.62 where one letter
# differed.
_WINDOW: Final = 9
_STROKES: Final = 14.0
_STROKES_NOISES: Final = 4.0
_UNLIKE: Final = 0.72
_UNLIKE_PIXELS: Final = 5
_SOFT: Final = 0.8

# Two pictures clash where both have strokes that correlate less than this, even with their light
# turned round: in so many places, no change of light or colour makes one of the other. Of 100 pairs
# of drawings of the tuning half that such a change alone parts 99 have 31 at most, the other is
# badly laid; of 330 pairs that stay edits 202 have more.
_CLASHING: Final = 0.3
_CLASH: Final = 100

# Levels that one of its pixels differs by at least: what sharpening does around a line is unlike
# what was there, and less. Of 772 pairs of two pictures of the tuning half the one that differs
# least has 79 at its most.
_FAINTEST: Final = 12

# In a picture of few colours a stroke of two pixels is another one, though its window correlates,
# where the other picture shows it nowhere within a pixel and nothing else differs so: no more makes
# a 3 of an 8 in small print. It stands out by this factor from the sixth strongest of the blocks of
# this side. Of 480 pairs of copies of few colours of the tuning half in which nothing differs,
# those of 48 levels and more reach 1.74.
_STROKE: Final = 2
_STROKE_LEVELS: Final = 48
_STANDS_OUT: Final = 2.25
_BLOCK: Final = 16
_BLOCKS: Final = 6

# Fewer marks than this away from their outline, and the outline is looked at too; and how often a
# line is fitted to what they show.
_CORE: Final = 12
_FITS: Final = 4

# Sigma in pixels of the blur that takes detail away, and that, as a share of the shorter side of a
# region, of the blur that a difference outlasts which is not one of detail.
_DETAIL: Final = 1.5
_LASTS: Final = 0.15

# Inks that may make up what is laid on a photograph, the shares of it that each may let shine
# through, and the grey levels within which, times three, they are one. A share must explain so
# much more than a lesser one.
_INKS: Final = 3
_THROUGH: Final = (0.0, 0.25, 0.4, 0.55, 0.7, 0.85)
_INK_LEVELS: Final = 4
_CLEARLY: Final = 1.02

# Logistic weights for "an overlay, not an edit" on pictures of few colours, in the order of
# `Region.answers`, the constant last: fitted on 48 overlays and 279 edits of the gauntlet's tuning
# half.
_GRAPHIC: Final = np.array(
    [-0.40, 1.69, -0.34, 0.16, -3.87, -1.70, 8.92, 0.05, -3.57, 1.93, 0.12, 3.38, -3.99]
)


@dataclass(frozen=True)
class Side:
    """What one picture shows in a region.

    `only` sums the grey levels that it alone shows, `foreign` (0 to 1) is how far its colours there
    differ from those around, `flat` the share of the region that is flat, `edge` the mean step of
    brightness along the marks' outline. `own` is the log of the grey levels that are left of the
    marks once as much of the other picture as shines through, and one colour, are taken away: ink
    of any opacity leaves nothing, a thing leaves itself. `drawn`, asked of photographs
    alone, are the shares of the marks that one, two and three inks leave unexplained, and the log
    of the grey levels by which neighbours vary: what is drawn has few inks and no grain.
    """

    only: float
    foreign: float
    flat: float
    edge: float
    own: float
    drawn: tuple[float, ...] = ()


@dataclass(frozen=True)
class Detail:
    """What blur takes away in the box of a region.

    `lasting` is the share of the difference that it leaves: of a place that was blurred little is
    left. `first` and `second` are the logs of the grey levels by which each picture varies in
    detail, which a blurred place has not.
    """

    lasting: float
    first: float
    second: float


@dataclass(frozen=True)
class Region:
    """One place where the pictures differ.

    `box` is left, top, right, bottom on the grid. `area` counts the pixels of the filled region,
    `marks` those that differ, `peak` is the largest difference in grey levels. `even` is the share
    of the region where both are alike all the same, `through` the correlation of the two inside,
    `share` the marks' share of the grid, `at_rim` whether it touches the overlap's edge.
    `detail` is asked of photographs alone.
    """

    box: GridBox
    area: int
    marks: int
    peak: int
    even: float
    through: float
    share: float
    at_rim: bool
    first: Side
    second: Side
    detail: Detail | None

    @property
    def owner(self) -> int:
        """The picture that the foreign thing belongs to: 1 or 2."""
        outline, foreign, only = self._towards_second()
        return 2 if outline + 2 * foreign + 0.3 * only >= 0 else 1

    @property
    def sides(self) -> tuple[Side, Side]:
        """The owner's side and the other's."""
        return (self.second, self.first) if self.owner == 2 else (self.first, self.second)

    @property
    def answers(self) -> NDArray[np.float64]:
        """What the region says for an overlay, seen from its owner.

        float64 (16,) of pictures of few colours, (23,) of photographs, the first 16 the same.
        """
        own, other = self.sides
        sign = 1 if self.owner == 2 else -1
        outline, foreign, only = self._towards_second()
        return np.array(
            [
                sign * outline,
                sign * foreign,
                sign * only,
                self.even,
                self.marks / self.area,
                own.flat,
                other.flat,
                own.foreign,
                other.foreign,
                abs(self.through),
                np.log(self.share * 1e4 + 1),
                float(self.at_rim),
                own.own,
                other.own,
                np.log(self.area),
                self.peak / 100,
                *self._by_blur(),
                *own.drawn,
            ]
        )

    def _by_blur(self) -> tuple[float, ...]:
        """Return what blur tells, if it was asked, the owner's detail before the other's."""
        if self.detail is None:
            return ()
        first, second = self.detail.first, self.detail.second
        return (self.detail.lasting, *((second, first) if self.owner == 2 else (first, second)))

    def _towards_second(self) -> tuple[float, float, float]:
        outline = float(np.log((self.second.edge + 2) / (self.first.edge + 2)))
        only = float(np.log((self.second.only + 50) / (self.first.only + 50)))
        return outline, self.second.foreign - self.first.foreign, float(np.clip(only, -3, 3))


@dataclass(frozen=True)
class Ownership:
    """Whose the differences are, all regions taken together.

    `overlay` is the log odds of an overlay against an edit, `agreed` how far the regions agree on
    the owner (0 to 1), `owner` the picture (1 or 2) that most of them belong to. `beneath` is the
    log of the grey levels that the other picture has of its own there: of ground nothing. `least`
    is the least log odds of any region that tells by itself, seen from that owner's side: of what
    is another's it is lower, on drawings as low as can be.
    """

    overlay: float
    agreed: float
    owner: int
    beneath: float
    least: float


def ownership(regions: list[Region], *, graphic: bool) -> Ownership:
    """Weigh what the largest regions say; there must be one.

    Of photographs those at the rim are not asked if there is something to the others: what a frame
    is filled up with once it was turned lies on a picture too, whatever was done to that.
    """
    asked = regions[:ASKED]
    inside = [region for region in asked if not region.at_rim]
    least = max(_TELLING, _TELLING_SHARE * sum(region.marks for region in asked))
    if not graphic and sum(region.marks for region in inside) >= least:
        asked = inside
    weight = np.sqrt([region.marks for region in asked])
    weight /= weight.sum()
    odds = _odds(asked, graphic=graphic)
    sides = np.array([1.0 if region.owner == 2 else -1.0 for region in asked])
    towards = float(weight @ sides)
    owner = 2 if towards >= 0 else 1
    beneath = [other.own for _, other in (region.sides for region in asked)]
    least = _least(regions, owner, graphic=graphic)
    return Ownership(float(weight @ odds), abs(towards), owner, float(weight @ beneath), least)


def _least(regions: list[Region], owner: int, *, graphic: bool) -> float:
    """Return the least log odds of any region that tells, those that are another's counting less.

    On a drawing all of them tell; in a photograph noise and compression leave some anywhere.
    """
    odds = _odds(regions, graphic=graphic)
    strange = np.array([region.owner != owner for region in regions])
    if graphic:
        return float(np.where(strange, -np.inf, odds).min())
    marks = np.array([region.marks for region in regions])
    tells = np.array([not region.at_rim for region in regions])
    tells &= (marks >= _TELLING_ALONE) & (marks >= _TELLING_PART * marks.sum())
    return float(np.where(strange, odds - _STRANGE, odds)[tells].min(initial=np.inf))


def _odds(regions: list[Region], *, graphic: bool) -> NDArray[np.float64]:
    """Return the log odds of each region, float64 (n,)."""
    answers = np.stack([region.answers for region in regions])
    return _of_graphic(answers) if graphic else overlay.odds(answers)


def _of_graphic(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log odds of overlays on pictures of few colours."""
    return np.asarray(answers[:, : len(_GRAPHIC) - 1] @ _GRAPHIC[:-1] + _GRAPHIC[-1])


@dataclass(frozen=True, eq=False)
class Apart:
    """Where two pictures differ: the regions that matter, the largest first.

    `mask` is what they cover, bool (h, w). `clash` says of pictures of few colours whether both
    have strokes in many places, and other ones.
    """

    regions: list[Region]
    mask: Mask
    clash: bool


def apart(laid: Laid, difference: Difference, *, graphic: bool) -> Apart:
    """Return where two laid pictures differ; see `Apart`."""
    height, width = laid.valid.shape
    inner = _inner(laid.valid)
    clash = 0
    if graphic:
        unlike, clashing = (each & inner for each in _unlike(difference))
        clash = int(clashing.sum())
        first, second = _marks(difference, inner, _OF_CONTRAST_GRAPHIC)
        # What differs too little to be a mark, as a digit of a small scan does, is one for all
        # that.
        fainter = unlike & ~(first | second)
        leads = difference.only_first >= difference.only_second
        first, second = first | (fainter & leads), second | (fainter & ~leads)
    else:
        first, second = _marks(difference, inner, _OF_CONTRAST)
    both = first | second
    reach = max(3, round(_REACH * max(height, width))) | 1
    closed = cv2.morphologyEx(
        both.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)
    )
    count, label, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    weight = np.bincount(label[both], minlength=count)
    odd = np.bincount(label[unlike], minlength=count) if graphic else weight
    weight[0] = 0
    strength = np.maximum(difference.only_first, difference.only_second)
    stroke = _stroke(strength, inner) if graphic else np.inf
    found = []
    covered = np.zeros(closed.shape, np.bool_)
    for k in np.argsort(-weight, kind="stable")[:MOST].tolist():
        if weight[k] < _STROKE:
            break
        left, top, w, h = (int(v) for v in stats[k][:4])
        around = max(6, round(0.35 * min(w, h)))
        view = (
            slice(max(0, top - around), min(height, top + h + around)),
            slice(max(0, left - around), min(width, left + w + around)),
        )
        inside = label[view] == k
        box = (left, top, left + w, top + h)
        levels = strength[view][inside]
        if graphic:
            differs = odd[k] >= _UNLIKE_PIXELS and levels.max() >= _FAINTEST
            differs |= (levels >= stroke).sum() >= _STROKE
        else:
            peak, alike = (_PEAK, _ALIKE) if weight[k] >= _MARKS else (_PEAK_OF_FEW, _ALIKE_OF_FEW)
            differs = levels.max() >= peak and _correlation(difference, box) < alike
        if differs:
            covered[view] |= inside
            detail = None if graphic else _detail(difference, box, view)
            found.append(_region(box, inside, view, first, second, laid, difference, detail))
    return Apart(found, covered, clash >= _CLASH)


def _stroke(strength: Bytes, inner: Mask) -> float:
    """Return the levels from which a stroke stands out from what differs all over the picture."""
    height, width = strength.shape
    padding = ((0, -height % _BLOCK), (0, -width % _BLOCK))
    padded = np.pad(np.where(inner, strength, 0), padding)
    rows, columns = padded.shape[0] // _BLOCK, padded.shape[1] // _BLOCK
    blocks = padded.reshape(rows, _BLOCK, columns, _BLOCK).max(axis=(1, 3)).ravel()
    if len(blocks) < _BLOCKS:
        return np.inf
    return max(_STROKE_LEVELS, _STANDS_OUT * float(np.partition(blocks, -_BLOCKS)[-_BLOCKS]))


def _unlike(difference: Difference) -> tuple[Mask, Mask]:
    """Return where strokes correlate with nothing within a pixel in the other picture.

    And where both have strokes that do so neither way, light as dark nor light as light.
    """
    a, b = (
        cv2.GaussianBlur(each, (0, 0), _SOFT).astype(np.float32)
        for each in (difference.a, difference.b)
    )

    def mean(x: Floats) -> Floats:
        return np.asarray(cv2.boxFilter(x, -1, (_WINDOW, _WINDOW)), np.float32)

    mean_b = mean(b)
    varies_b = np.maximum(mean(b * b) - mean_b * mean_b, 0)
    mean_a = mean(a)
    varies_a = np.maximum(mean(a * a) - mean_a * mean_a, 0)
    bar = max(_STROKES, _STROKES_NOISES * difference.light.noise) ** 2
    unlike, clashing = np.maximum(varies_a, varies_b) > bar, np.minimum(varies_a, varies_b) > bar
    height, width = a.shape
    framed = cv2.copyMakeBorder(a, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    for across, down in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
        product = mean(framed[1 - down :][:height, 1 - across :][:, :width] * b)
        at = rows, columns = np.nonzero(unlike)
        there = np.clip(rows - down, 0, height - 1), np.clip(columns - across, 0, width - 1)
        together = product[at] - mean_a[there] * mean_b[at]
        together /= np.sqrt(np.maximum(varies_a[there] * varies_b[at], 1))
        unlike[at] = together < _UNLIKE
        clashing[at] &= np.abs(together) < _CLASHING
    return unlike, clashing & unlike


def _marks(difference: Difference, where: Mask, of_contrast: float) -> tuple[Mask, Mask]:
    """Return where only the first and where only the second shows something."""
    bar = _FLOOR + _NOISES * difference.light.noise
    bars = bar + of_contrast * difference.contrast.astype(np.float32)
    return (difference.only_first > bars) & where, (difference.only_second > bars) & where


def _correlation(difference: Difference, box: GridBox) -> float:
    """Return how well the two correlate in a box once one is moved to where they do best."""
    height, width = difference.a.shape
    left, right = _stretched(box[0], box[2], width)
    top, bottom = _stretched(box[1], box[3], height)
    if min(right - left, bottom - top) < _LEAST_SIDE // 2:
        return 0.0
    one, other = (
        np.asarray(cv2.GaussianBlur(each, (0, 0), _SOFT), np.uint8)
        for each in (
            difference.a[top - _MOVES : bottom + _MOVES, left - _MOVES : right + _MOVES],
            difference.b[top:bottom, left:right],
        )
    )
    return float(cv2.matchTemplate(one, other, cv2.TM_CCOEFF_NORMED).max())


def _stretched(low: int, high: int, end: int) -> tuple[int, int]:
    """Widen a stretch to see what stands around it, as far as moving leaves room."""
    half = max(high - low + 2 * _AROUND, _LEAST_SIDE) / 2
    middle = (low + high) / 2
    return max(_MOVES, int(middle - half)), min(end - _MOVES, int(middle + half))


def _inner(valid: Mask) -> Mask:
    margin = max(2, round(_RIM * max(valid.shape)))
    framed = cv2.copyMakeBorder(valid.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    kernel = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    return np.asarray(cv2.erode(framed, kernel))[1:-1, 1:-1] > 0


def _region(
    box: GridBox,
    inside: Mask,
    view: tuple[slice, slice],
    first: Mask,
    second: Mask,
    laid: Laid,
    difference: Difference,
    detail: Detail | None,
) -> Region:
    a, b = difference.a[view], difference.b[view]
    near = cv2.dilate(inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    ring = laid.valid[view] & ~near
    marked = (first[view] | second[view]) & inside
    one, other = a[inside].astype(np.float32), b[inside].astype(np.float32)
    varied = len(one) > 2 and one.std() > 1 and other.std() > 1
    height, width = laid.valid.shape
    outline = (
        cv2.morphologyEx(marked.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    )
    core = cv2.erode(marked.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if core.sum() < _CORE:
        core = marked
    strength = np.maximum(difference.only_first, difference.only_second)[view][inside]
    return Region(
        box=box,
        area=int(inside.sum()),
        marks=int(marked.sum()),
        peak=int(strength.max()),
        even=float((np.abs(one - other) <= 10 + 2 * difference.light.noise).mean()),
        through=float(np.corrcoef(one, other)[0, 1]) if varied else 0.0,
        share=float(marked.sum()) / (height * width),
        at_rim=bool(
            box[0] <= 0.03 * width
            or box[1] <= 0.03 * height
            or box[2] >= 0.97 * width
            or box[3] >= 0.97 * height
        ),
        first=_side(
            laid.first[view], a, difference.only_first[view][first[view] & inside],
            inside, ring, outline, _own(a[core], b[core]),
            () if detail is None else _drawn(a, b, core),
        ),
        second=_side(
            laid.second[view], b, difference.only_second[view][second[view] & inside],
            inside, ring, outline, _own(b[core], a[core]),
            () if detail is None else _drawn(b, a, core),
        ),
        detail=detail,
    )  # fmt: skip


def _side(
    pixels: Bytes,
    grey: Bytes,
    only: Bytes,
    inside: Mask,
    ring: Mask,
    outline: Mask,
    own: float,
    drawn: tuple[float, ...],
) -> Side:
    slope = _slope(grey)
    return Side(
        only=float(only.sum()),
        foreign=_foreign(pixels, inside, ring),
        flat=float((slope[inside] <= 3).mean()),
        edge=float(slope[outline].mean()) if outline.any() else 0.0,
        own=own,
        drawn=drawn,
    )


def _drawn(shown: Bytes, beneath: Bytes, where: Mask) -> tuple[float, ...]:
    """Return `Side.drawn` of what is shown somewhere."""
    rough = np.abs(cv2.Laplacian(shown, cv2.CV_32F))[where]
    grain = float(np.log(np.median(rough) + 1)) if len(rough) else 0.0
    return *_inked(shown[where], beneath[where]), grain


def _inked(shown: Bytes, beneath: Bytes) -> Iterator[float]:
    """Yield the shares of pixels that one, two and three inks leave unexplained.

    An ink lets a share of what is beneath shine through and adds one level to that; of each the
    strongest is taken away before the next.
    """
    own = (shown - np.float32(through) * beneath + 256 for through in _THROUGH)
    steps = [(each / _INK_LEVELS).astype(np.int64) for each in own]
    left = np.ones(len(shown), np.bool_)
    for _ in range(_INKS):
        most, explained = 0.0, np.zeros_like(left)
        for step in steps:
            count = np.bincount(step[left], minlength=512 // _INK_LEVELS + 2)
            near = count[:-2] + count[1:-1] + count[2:]
            level = int(near.argmax())
            if near[level] > _CLEARLY * most:
                most = float(near[level])
                explained = (step >= level) & (step <= level + 2)
        left &= ~explained
        yield float(left.mean()) if len(left) else 0.0


def _detail(difference: Difference, box: GridBox, view: tuple[slice, slice]) -> Detail:
    """Ask what blur takes away in a box, which the view reaches around."""
    left, top, right, bottom = box
    rows, columns = view
    boxed = (
        slice(top - rows.start, bottom - rows.start),
        slice(left - columns.start, right - columns.start),
    )
    a, b = (each[view].astype(np.float32) for each in (difference.a, difference.b))
    first, second = (
        float(np.log((each - _blurred(each, _DETAIL))[boxed].std() + 1)) for each in (a, b)
    )
    apart = a - b
    lasts = np.abs(_blurred(apart, max(_DETAIL, _LASTS * min(right - left, bottom - top)))[boxed])
    return Detail(float(lasts.mean() / (np.abs(apart[boxed]).mean() + 1)), first, second)


def _blurred(levels: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(levels, (0, 0), sigma), np.float32)


def _own(shown: Bytes, beneath: Bytes) -> float:
    """Return the log of the grey levels, plus 1, that a straight line from the other's leaves.

    Fitted by least squares, weighted anew by how well each level fits (Holland, Welsch 1977).
    """
    if not len(shown):
        return 0.0
    x, y = beneath.astype(np.float64), shown.astype(np.float64)
    weight = np.ones(len(x))
    left = np.zeros(len(x))
    for _ in range(_FITS):
        mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
        spread = float((weight * (x - mean_x) ** 2).sum())
        slope = float((weight * (x - mean_x) * (y - mean_y)).sum()) / (spread + 1.0)
        left = np.abs(y - mean_y - slope * (x - mean_x))
        weight = 1.0 / (1.0 + (left / max(3.0, 1.5 * float(np.median(left)))) ** 2)
    return float(np.log(np.median(left) + 1))


def _slope(grey: Bytes) -> Floats:
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return np.asarray(cv2.magnitude(across, down), np.float32)


def _foreign(pixels: Bytes, inside: Mask, ring: Mask) -> float:
    """Return how far the colours inside are from those around: 0 the same mix, 1 none shared."""
    if ring.sum() < 12 or inside.sum() < 4:
        return 0.0
    shared = np.minimum(_colours(pixels[inside]), _colours(pixels[ring])).sum()
    return float(1.0 - shared)


def _colours(pixels: Bytes) -> Floats:
    """Return how often colours occur, float32 (8, 8, 8), noise spread to their neighbours."""
    level = (pixels >> 5).astype(np.int32)
    count = np.bincount(level @ np.array([64, 8, 1]), minlength=512)
    spread = count.astype(np.float32).reshape(8, 8, 8)
    for axis in range(3):
        padded = np.pad(spread, [(1, 1) if each == axis else (0, 0) for each in range(3)])
        below = np.take(padded, range(8), axis)
        above = np.take(padded, range(2, 10), axis)
        spread = 0.5 * spread + 0.25 * (below + above)
    return np.asarray(spread / spread.sum(), np.float32)
