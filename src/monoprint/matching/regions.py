"""Regions: the compact places where two laid pictures show different things, and whose they are."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from monoprint.matching.compare import Bytes, Difference, Laid, Mask

_MOST: Final = 60

# The rim, as a share of the longer side, where differences are not looked for.
_RIM: Final = 0.012


@dataclass
class Region:
    """One place where the pictures differ. Shares are 0 to 1.

    `box` is left, top, right, bottom on the grid. `area` counts grid pixels of the filled region,
    `marks` those that differ. `only_first` and `only_second` are the summed grey levels that
    only one picture shows. `even` is the share of the region where both are alike all the same.
    `foreign_*` says how far a picture's content there differs from what surrounds it, `flat_*` the
    share of it that is flat. `through` is the correlation of the two inside.
    """

    box: tuple[int, int, int, int]
    area: int
    marks: int
    only_first: float
    only_second: float
    peak: int
    even: float
    foreign_first: float
    foreign_second: float
    flat_first: float
    flat_second: float
    edge_first: float
    edge_second: float
    through: float
    rim: float


def marks(difference: Difference, valid: Mask) -> tuple[Mask, Mask]:
    """Return where only the first and where only the second shows something, beyond the noise."""
    bar = 14.0 + 3.0 * difference.light.noise + 0.22 * difference.contrast.astype(np.float32)
    return (difference.only_first > bar) & valid, (difference.only_second > bar) & valid


def regions(laid: Laid, difference: Difference) -> tuple[list[Region], Mask]:
    """Return the regions, the largest first, and the mask of all that they cover."""
    height, width = laid.valid.shape
    # At the rim the two frames are never cut off at the same fraction of a pixel.
    margin = max(2, round(_RIM * max(height, width)))
    framed = cv2.copyMakeBorder(
        laid.valid.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0
    )
    inner = cv2.erode(framed, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))[1:-1, 1:-1] > 0
    first, second = marks(difference, inner)
    both = first | second
    reach = max(3, round(0.012 * max(height, width))) | 1
    closed = cv2.morphologyEx(
        both.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)
    )
    count, label, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    if count < 2:
        return [], closed > 0
    weight = np.bincount(label.ravel(), weights=both.ravel(), minlength=count)
    weight[0] = 0
    order = np.argsort(-weight, kind="stable")[:_MOST]
    found = []
    for k in order.tolist():
        if weight[k] < 4:
            break
        left, top, w, h = (int(v) for v in stats[k][:4])
        margin = max(6, round(0.35 * min(w, h)))
        view = (
            slice(max(0, top - margin), min(height, top + h + margin)),
            slice(max(0, left - margin), min(width, left + w + margin)),
        )
        inside = label[view] == k
        found.append(
            _region((left, top, left + w, top + h), inside, view, first, second, laid, difference)
        )
    return found, closed > 0


def _region(
    box: tuple[int, int, int, int],
    inside: Mask,
    view: tuple[slice, slice],
    first: Mask,
    second: Mask,
    laid: Laid,
    difference: Difference,
) -> Region:
    a, b = difference.a[view], difference.b[view]
    valid = laid.valid[view]
    near = cv2.dilate(inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    ring = valid & ~near
    m_a, m_b = first[view] & inside, second[view] & inside
    marked = m_a | m_b
    ia, ib = a[inside].astype(np.float32), b[inside].astype(np.float32)
    if len(ia) > 2 and ia.std() > 1 and ib.std() > 1:
        through = float(np.corrcoef(ia, ib)[0, 1])
    else:
        through = 0.0
    alike = np.abs(ia - ib) <= 10 + 2 * difference.light.noise
    edge = cv2.morphologyEx(marked.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    rim = edge > 0
    ga, gb = _slope(a), _slope(b)
    height, width = laid.valid.shape
    at_rim = (
        (box[0] <= 0.03 * width) + (box[1] <= 0.03 * height)
        + (box[2] >= 0.97 * width) + (box[3] >= 0.97 * height)
    )  # fmt: skip
    return Region(
        box=box,
        area=int(inside.sum()),
        marks=int(marked.sum()),
        only_first=float(difference.only_first[view][m_a].sum()),
        only_second=float(difference.only_second[view][m_b].sum()),
        peak=int(max(
            difference.only_first[view][inside].max(initial=0),
            difference.only_second[view][inside].max(initial=0),
        )),
        even=float(alike.mean()),
        foreign_first=_foreign(laid.first[view], inside, ring),
        foreign_second=_foreign(laid.second[view], inside, ring),
        flat_first=float((ga[inside] <= 3).mean()),
        flat_second=float((gb[inside] <= 3).mean()),
        edge_first=float(ga[rim].mean()) if rim.any() else 0.0,
        edge_second=float(gb[rim].mean()) if rim.any() else 0.0,
        through=through,
        rim=float(at_rim),
    )  # fmt: skip


def _slope(grey: Bytes) -> NDArray[np.float32]:
    dx = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    dy = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return np.asarray(cv2.magnitude(dx, dy), np.float32)


def _foreign(pixels: Bytes, inside: Mask, ring: Mask) -> float:
    """Return how far the colours inside are from those around: 0 the same mix, 1 none shared."""
    if ring.sum() < 12 or inside.sum() < 4:
        return 0.0

    # Eight levels a channel, smoothed over neighbours so that noise does not count as other colours.
    def histogram(mask: Mask) -> NDArray[np.float32]:
        levels = pixels[mask] >> 5
        index = levels[:, 0].astype(np.int32) * 64 + levels[:, 1] * 8 + levels[:, 2]
        h = np.bincount(index, minlength=512).astype(np.float32).reshape(8, 8, 8)
        for axis in range(3):
            p = np.pad(h, [(1, 1) if ax == axis else (0, 0) for ax in range(3)])
            s = [slice(None)] * 3
            lo, hi = list(s), list(s)
            lo[axis], hi[axis] = slice(0, 8), slice(2, 10)
            h = 0.5 * h + 0.25 * (p[tuple(lo)] + p[tuple(hi)])
        return np.asarray(h / h.sum(), np.float32)

    return float(1.0 - np.minimum(histogram(inside), histogram(ring)).sum())
