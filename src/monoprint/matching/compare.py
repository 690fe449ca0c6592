"""Comparing: two pictures laid on each other, their light made alike, and what still differs."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching.align import Matrix, jacobian_at
from monoprint.matching.picture import Picture
from monoprint.opencv import cv2

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

# A box of the grid in its pixels: left, top, right, bottom.
GridBox = tuple[int, int, int, int]

# A determinant below which a matrix brings a picture onto a line.
SINGULAR: Final = 1e-9

LUMA: Final = np.array([0.299, 0.587, 0.114])

# Cells a side that light is measured in.
_CELLS: Final = 48

# A range of uneven light below this is taken for none.
_UNEVEN: Final = 0.04

# Light that leaves a picture less of its detail than this share of what both have is none, and the
# square, in pixels, that detail is told from.
_PALER: Final = 0.7
_AROUND: Final = 15

# The side and smoothing at which levels are compared with levels.
_CURVE_SIDE: Final = 256
_CURVE_SIGMA: Final = 1.5

# Levels from an end of the scale that count as its end, and the share of a picture that is there
# in one of two alone where light was blown out; one pixel of so many a side tells it.
_SPARSE: Final = 4
_AT_END: Final = 5
_BLOWN_OUT: Final = 0.02

# The windows, in pixels, that blur is measured in, and the sigmas that are tried.
_BLUR_SIDE: Final = 96
_SIGMAS: Final = (0.6, 1.0, 1.5, 2.2, 3.2, 4.5)

# The side of the cells that agree or not, in pixels of the grid, and that of small grids.
_CELL: Final = 12
_SMALL_CELL: Final = 8
_SMALL: Final = 160

# The longer side at which alignments are glanced at, the pixels that must be seen there, and the
# sigma of the blur that is taken away from what is looked at.
_GLANCE_SIDE: Final = 128
_GLANCE_LEAST: Final = 64
_GLANCE_SIGMA: Final = 4.0

# More than this, in grey levels, is no noise but other content, and what little agrees beside it,
# as the edge of a white border, must not be all that is looked at.
_MOST_NOISE: Final = 12.0

# A change of scale, as the log of a factor, and the smoothing after which scaled edges are alike.
_SAME_ZOOM: Final = 0.012
_SOFT: Final = 0.8

# How many pixels a side coarse colour is carried over.
_CARRIED: Final = 5

# A step, in levels of a channel, that is an edge.
_EDGE: Final = 24


@dataclass(frozen=True)
class Tile:
    """The part of the grid that both show where one of them goes on with other pictures.

    `host` is the picture that goes on so: 1 or 2.
    """

    box: GridBox
    host: int


@dataclass(frozen=True)
class Laid:
    """Two pictures on one grid: that of the coarser one, cut to what both show.

    `first` and `second` are uint8 (h, w, 3), `valid` bool (h, w). `matrix` brings the second's
    pixels onto the first's. `to_first` and `to_second` bring the grid's pixels onto each picture's.
    `zoom` is how many of the first's pixels one of the second's covers, along a side.
    `rigid` is the share of textured places that the alignment brings within a pixel. `tile` is what
    of the grid is looked at, if not all.
    """

    first: Bytes
    second: Bytes
    valid: Mask
    matrix: Matrix
    to_first: Matrix
    to_second: Matrix
    zoom: float
    rigid: float = 1.0
    tile: Tile | None = None

    @property
    def is_scaled(self) -> bool:
        """Whether one picture was scaled to be laid on the other."""
        return abs(float(np.log(self.zoom))) > _SAME_ZOOM

    @property
    def inside(self) -> Mask:
        """Where both pictures show something, and beside it too; bool (h, w)."""
        near = np.ones((3, 3), np.uint8)
        return np.asarray(cv2.erode(self.valid.astype(np.uint8), near)) > 0

    def steady(self, reach: int) -> Mask:
        """Return where neither picture has an edge within a square of `reach` pixels a side."""
        edged = edges(self.first, reach) | edges(self.second, reach)
        return np.asarray(self.valid & ~edged)

    def as_rigid_as(self, other: "Laid") -> "Laid":
        """Return the same with the other's rigidity: it was measured where flow is surest."""
        return replace(self, rigid=other.rigid)

    def exchanged(self) -> "Laid":
        """Return the same with first and second exchanged."""
        return Laid(
            first=self.second,
            second=self.first,
            valid=self.valid,
            matrix=np.asarray(np.linalg.inv(self.matrix), np.float64),
            to_first=self.to_second,
            to_second=self.to_first,
            zoom=1 / self.zoom,
            rigid=self.rigid,
            tile=None if self.tile is None else replace(self.tile, host=3 - self.tile.host),
        )


def lay(first: Picture, second: Picture, matrix: Matrix, most: int) -> Laid | None:
    """Bring both pictures onto the coarser one's grid, at most `most` pixels a side.

    Returns None if they do not overlap, or if the matrix is no sound one.
    """
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < SINGULAR:
        return None
    centre = _overlap_centre(first, second, matrix)
    if centre is None:
        return None
    jacobian = jacobian_at(matrix, *centre)
    if jacobian is None:
        return None
    zoom = float(np.sqrt(abs(np.linalg.det(jacobian))))
    if not 0.05 < zoom < 20:
        return None
    if zoom >= 1:
        coarse, fine, onto = second, first, matrix
    else:
        coarse, fine, onto = first, second, np.asarray(np.linalg.inv(matrix), np.float64)
    box = _overlap_box(coarse, fine, onto)
    if box is None:
        return None
    left, top, right, bottom = box
    shrink = min(1.0, most / max(right - left, bottom - top))
    size = (max(1, round((right - left) * shrink)), max(1, round((bottom - top) * shrink)))
    to_coarse = np.array(
        [
            [(right - left) / size[0], 0, left + 0.5 * (right - left) / size[0] - 0.5],
            [0, (bottom - top) / size[1], top + 0.5 * (bottom - top) / size[1] - 0.5],
            [0, 0, 1],
        ]
    )
    if box == (0, 0, coarse.width, coarse.height):
        part = coarse.shrunk(size)
    else:
        part = coarse.scaled(coarse.pixels[top:bottom, left:right], size)
    to_fine = onto @ to_coarse
    other, valid = warped(fine, to_fine, size, max(zoom, 1 / zoom) / shrink)
    if zoom >= 1:
        return Laid(other, part, valid, matrix, to_fine, to_coarse, zoom)
    return Laid(part, other, valid, matrix, to_coarse, to_fine, zoom)


@dataclass(frozen=True)
class Glance:
    """What a look at small sizes tells of how a matrix lays two pictures on each other.

    `promise` is the correlation of what is fine in both, at most 1, and `detail` how strong that is
    in the one that has less of it, in grey levels (a standard deviation).
    """

    promise: float
    detail: float


def glance(first: Picture, second: Picture, matrix: Matrix) -> Glance:
    """Return how well a matrix lays the two on each other, from a hundredth of the pixels."""
    laid = lay(first, second, matrix, _GLANCE_SIDE)
    if laid is None or laid.valid.sum() < _GLANCE_LEAST:
        return Glance(0.0, 0.0)
    one, other = (_fine(grey(each))[laid.valid] for each in (laid.first, laid.second))
    powers = float(one @ one), float(other @ other)
    detail = float(np.sqrt(min(powers) / one.size))
    return Glance(
        float(one @ other) / float(np.sqrt(powers[0] * powers[1])) if detail else 0.0, detail
    )


def _fine(pixels: Bytes) -> Floats:
    """Return what varies within some pixels; the strongest does not outweigh the rest."""
    soft = pixels.astype(np.float32)
    fine = soft - cv2.GaussianBlur(soft, (0, 0), _GLANCE_SIGMA)
    most = 2 * (float(fine.std()) + 1)
    return np.asarray(np.clip(fine, -most, most), np.float32)


def warped(
    picture: Picture, to_picture: Matrix, size: tuple[int, int], step: float
) -> tuple[Bytes, Mask]:
    """Sample a picture on a grid; `step` is how many of its pixels lie between two grid points."""
    pixels = picture.pixels
    matrix = to_picture
    if step > 1.15:
        width, height = max(1, round(picture.width / step)), max(1, round(picture.height / step))
        pixels = picture.shrunk((width, height))
        across, down = width / picture.width, height / picture.height
        smaller = np.array(
            [[across, 0, 0.5 * across - 0.5], [0, down, 0.5 * down - 0.5], [0, 0, 1]]
        )
        matrix = smaller @ matrix
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpPerspective(pixels, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(
        np.full(pixels.shape[:2], 255, np.uint8), matrix, size, flags=flags,
        borderMode=cv2.BORDER_CONSTANT, borderValue=0,
    )  # fmt: skip
    return np.asarray(moved, np.uint8), np.asarray(inside) >= 200


def _overlap_centre(first: Picture, second: Picture, matrix: Matrix) -> tuple[float, float] | None:
    """Return the middle, in the second picture, of what lies within both."""
    xs, ys = np.meshgrid(
        (np.arange(12) + 0.5) * second.width / 12, (np.arange(12) + 0.5) * second.height / 12
    )
    points = np.stack([xs.ravel(), ys.ravel(), np.ones(xs.size)])
    u, v, w = matrix @ points
    inside = w > 1e-6
    w = np.where(inside, w, 1)
    u, v = u / w, v / w
    inside &= (u >= 0) & (v >= 0) & (u < first.width) & (v < first.height)
    if inside.sum() < 2:
        return None
    return float(points[0][inside].mean()), float(points[1][inside].mean())


def _overlap_box(coarse: Picture, fine: Picture, onto: Matrix) -> tuple[int, int, int, int] | None:
    """Return the box, in the coarse picture, that the fine one's frame falls in."""
    back = np.linalg.inv(onto)
    corners = (
        np.array([[0, 0], [fine.width, 0], [fine.width, fine.height], [0, fine.height]], np.float64)
        - 0.5
    )
    mapped = back @ np.vstack([corners.T, np.ones(4)])
    if (mapped[2] * np.sign(mapped[2][0]) <= 1e-9).any():
        return 0, 0, coarse.width, coarse.height
    x, y = mapped[0] / mapped[2] + 0.5, mapped[1] / mapped[2] + 0.5
    left, right = max(0, int(np.floor(x.min()))), min(coarse.width, int(np.ceil(x.max())))
    top, bottom = max(0, int(np.floor(y.min()))), min(coarse.height, int(np.ceil(y.max())))
    if right - left < 4 or bottom - top < 4:
        return None
    return left, top, right, bottom


def grey(pixels: Bytes) -> Bytes:
    """Return luminance (Rec. 601) of sRGB pixels, uint8 (h, w)."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def most_of_channels(pixels: cv2.typing.MatLike) -> Bytes:
    """Return the most of three channels; OpenCV is ten times quicker at it than `max(axis=2)`."""
    one, other, third = cv2.split(pixels)
    return np.asarray(cv2.max(cv2.max(one, other), third), np.uint8)


def most_apart(one: cv2.typing.MatLike, other: cv2.typing.MatLike) -> Bytes:
    """Return the largest difference of a channel, in levels; uint8 (h, w)."""
    return most_of_channels(cv2.absdiff(one, other))


def edges(pixels: Bytes, reach: int) -> Mask:
    """Return where an edge of any channel lies within a square of `reach` pixels a side."""
    step = cv2.morphologyEx(pixels, cv2.MORPH_GRADIENT, np.ones((reach, reach), np.uint8))
    return most_of_channels(step) > _EDGE


def other_colour(laid: Laid) -> Bytes:
    """Return how far either has a colour that the other has not near, in levels; uint8 (h, w).

    It is that of the channel that differs most.
    """
    apart = beyond(laid.first, laid.second, _CARRIED, scaled=laid.is_scaled)
    return most_of_channels(apart)


def beyond(one: Bytes, other: Bytes, around: int, *, scaled: bool) -> Bytes:
    """Return how far either lies beyond all that the other has in a square of pixels, in levels."""
    near = np.ones((around, around), np.uint8)
    pair: list[cv2.typing.MatLike] = [one, other]
    if scaled:  # what scales a picture sharpens edges or softens them
        pair = [cv2.GaussianBlur(each, (0, 0), _SOFT) for each in pair]
    apart = [
        np.maximum(cv2.subtract(a, cv2.dilate(b, near)), cv2.subtract(cv2.erode(b, near), a))
        for a, b in (pair, pair[::-1])
    ]
    return np.asarray(np.maximum(*apart), np.uint8)


@dataclass(frozen=True)
class Light:
    """What was done to brightness and colour from the first picture to the second.

    Contrast became `gain` times as much, brightness `level` grey levels more on average; colours
    `chroma` times as strong and turned by `hue` degrees, of the strengths `colour` in grey levels
    (first, second). `uneven` is how far the factor varies over the picture. The one that `blurred`
    names ("first", "second", "" for neither) is softer by a Gaussian of `blur` pixels of the grid.
    `noise` is a robust standard deviation of what is left, in grey levels.
    """

    gain: float
    level: float
    colour: tuple[float, float]
    chroma: float
    hue: float
    uneven: float
    blur: float = 0.0
    blurred: str = ""
    noise: float = 0.0

    def exchanged(self) -> "Light":
        """Return what was done to the second picture if it was the first."""
        return Light(
            gain=1 / self.gain if self.gain else 0.0,
            level=-self.level,
            colour=self.colour[::-1],
            chroma=1 / self.chroma,
            hue=-self.hue,
            uneven=self.uneven,
            blur=self.blur,
            blurred={"first": "second", "second": "first", "": ""}[self.blurred],
            noise=self.noise,
        )


@dataclass(frozen=True)
class Difference:
    """Where two laid pictures differ once their light is alike.

    All uint8 (h, w): `a` and `b` are the greys, the first's light brought to the second's;
    `only_first` and `only_second` how far each shows what the other does not show within a pixel
    of there, in grey levels; `contrast` how much brightness varies around, in either. `residual` is
    the mean difference in grey levels.
    """

    light: Light
    a: Bytes
    b: Bytes
    only_first: Bytes
    only_second: Bytes
    contrast: Bytes
    residual: float


def levelled_pair(laid: Laid) -> tuple[Bytes, Bytes, Light]:
    """Return both greys, the first's light brought to the second's, and what that took."""
    return _softened(*_lit(laid), laid.valid)


def _lit(laid: Laid) -> tuple[Bytes, Bytes, Light]:
    """Return what `levelled_pair` does, each as sharp as it is."""
    a, b, valid = laid.first, laid.second, laid.valid
    height, width = valid.shape
    cells = (max(4, min(_CELLS, width // 4)), max(4, min(_CELLS, height // 4)))
    weight = _celled(valid.astype(np.uint8) * 255, cells)
    use = weight.ravel() > 242
    if use.sum() < 12:
        use = weight.ravel() > 127
    ca = _celled(a, cells).reshape(-1, 3)[use].astype(np.float64)
    cb = _celled(b, cells).reshape(-1, 3)[use].astype(np.float64)
    mix = _mix(ca, cb @ LUMA)
    predicted = np.asarray(cv2.transform(a, mix[None]), np.uint8)
    target = grey(b)
    table = _curve(predicted, target, valid)
    levelled = np.asarray(cv2.LUT(predicted, table), np.uint8)
    levelled, uneven = _evened(levelled, target, cells, use)
    ya, yb = ca @ LUMA, cb @ LUMA
    gain = _gain(ya, yb, np.ones(len(ya)))
    as_it_is = grey(a)
    if _pales(levelled, as_it_is, target, valid):
        levelled, gain, uneven = as_it_is, 1.0, 0.0
    chroma_a, chroma_b = ca - ya[:, None], cb - yb[:, None]
    strength_a = float(np.sqrt((chroma_a**2).sum(axis=1)).mean())
    strength_b = float(np.sqrt((chroma_b**2).sum(axis=1)).mean())
    light = Light(
        gain=gain,
        level=float(yb.mean() - ya.mean()),
        colour=(strength_a, strength_b),
        chroma=(strength_b + 0.5) / (strength_a + 0.5),
        hue=_hue(chroma_a, chroma_b),
        uneven=uneven,
    )
    return levelled, target, light


def _pales(levelled: Bytes, as_it_is: Bytes, target: Bytes, valid: Mask) -> bool:
    """Say whether other light takes away what is fine in both: then it is none.

    What only one shows, if it is large, would do so: a dark badge would make all print pale.
    """
    least = min(_detail(each, valid) for each in (as_it_is, target))
    return _detail(levelled, valid) < _PALER * least


def _detail(levels: Bytes, valid: Mask) -> float:
    """Return how strong what is fine is, on average, in levels."""
    around = cv2.blur(levels, (_AROUND, _AROUND))
    return float(cv2.mean(cv2.absdiff(levels, around), valid.view(np.uint8))[0])


def _softened(
    levelled: Bytes, target: Bytes, light: Light, valid: Mask
) -> tuple[Bytes, Bytes, Light]:
    """Blur the sharper of two greys as the other is, and add to `light` what that took."""
    blur, blurred = _blur(levelled, target, valid)
    light = replace(light, blur=blur, blurred=blurred)
    levelled, target = as_soft(levelled, target, light)
    noise = _median(cv2.absdiff(levelled, target), valid) * 1.4826
    return levelled, target, replace(light, noise=noise)


def as_soft(first: Bytes, second: Bytes, light: Light) -> tuple[Bytes, Bytes]:
    """Return two pictures of one grid, the sharper blurred as the softer is."""
    if light.blurred == "second":
        first = np.asarray(cv2.GaussianBlur(first, (0, 0), light.blur), np.uint8)
    elif light.blurred == "first":
        second = np.asarray(cv2.GaussianBlur(second, (0, 0), light.blur), np.uint8)
    return first, second


def _median(levels: cv2.typing.MatLike, valid: Mask) -> float:
    """Return the median of bytes, 0 of none; counting them is quicker than ordering them."""
    count = cv2.calcHist([levels], [0], valid.view(np.uint8), [256], [0, 256])
    upto = np.cumsum(count, dtype=np.int64)
    middle = np.searchsorted(upto, [(upto[-1] + 1) // 2, upto[-1] // 2 + 1])
    return float(middle.mean()) if upto[-1] else 0.0


def _celled(pixels: Bytes, cells: tuple[int, int]) -> Bytes:
    """Average pixels to equal cells; what is left over at the right and below is not used."""
    high, wide = (pixels.shape[k] // cells[1 - k] * cells[1 - k] for k in (0, 1))
    return np.asarray(
        cv2.resize(pixels[:high, :wide], cells, interpolation=cv2.INTER_AREA), np.uint8
    )


def _mix(colours: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of red, green and blue, adding up to 1, that best give the target's grey.

    They stay near luminance unless the colours themselves say otherwise, as after a change of hue.
    """
    design = np.column_stack([colours, np.full(len(colours), 255.0)])
    pull = 400.0 * len(colours) * np.diag([1, 1, 1, 0.01])
    weights = np.ones(len(colours))
    mix = np.array([*LUMA, 0.0])
    for _ in range(4):
        weighted = design * weights[:, None]
        gain = _gain(colours @ LUMA, target, weights)
        prior = np.array([*(LUMA * gain), 0.0])
        mix = np.linalg.solve(weighted.T @ design + pull, weighted.T @ target + pull @ prior)
        left = np.abs(target - design @ mix)
        weights = 1.0 / (1.0 + (left / max(2.0, 1.5 * float(np.median(left)))) ** 2)
    total = float(mix[:3].sum())
    found: NDArray[np.float64] = mix[:3] / total if total > 0.1 else LUMA
    return found


def _evened(
    levelled: Bytes, target: Bytes, cells: tuple[int, int], use: NDArray[np.bool_]
) -> tuple[Bytes, float]:
    """Take out uneven light, a factor that is quadratic over the picture; also return its range."""
    height, width = levelled.shape
    one = _celled(levelled, cells).ravel()[use].astype(np.float64)
    other = _celled(target, cells).ravel()[use].astype(np.float64)
    y, x = np.mgrid[0 : cells[1], 0 : cells[0]].reshape(2, -1)[:, use]
    x = (x + 0.5) * (width // cells[0]) / width * 2 - 1
    y = (y + 0.5) * (height // cells[1]) / height * 2 - 1
    basis = np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    lit = one + 8
    weights = np.ones(len(x))
    factor = np.zeros(6)
    for _ in range(3):
        weighted = basis * (weights * lit**2)[:, None]
        pull = np.eye(6) * 1e-3 * float(lit.mean() ** 2) * len(x)
        right = (basis * (weights * lit)[:, None]).T @ (other - one)
        factor = np.linalg.solve(weighted.T @ basis + pull, right)
        left = np.abs(other - one - (basis @ factor) * lit)
        weights = 1.0 / (1.0 + (left / max(2.0, 1.5 * float(np.median(left)))) ** 2)
    uneven = float(np.ptp(basis @ factor))
    if uneven < _UNEVEN:
        return levelled, uneven
    c = factor.astype(np.float32)
    gx = ((np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1)[None]
    gy = ((np.arange(height, dtype=np.float32) + 0.5) / height * 2 - 1)[:, None]
    field = c[0] + c[1] * gx + c[2] * gy + c[3] * gx * gx + c[4] * gx * gy + c[5] * gy * gy
    lit_now = levelled.astype(np.float32)
    return np.clip(lit_now + field * (lit_now + 8) + 0.5, 0, 255).astype(np.uint8), uneven


def _gain(x: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64]) -> float:
    mx, my = np.average(x, weights=w), np.average(y, weights=w)
    spread = float((w * (x - mx) ** 2).sum())
    return float((w * (x - mx) * (y - my)).sum() / spread) if spread > 1e-6 else 1.0


def _hue(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    u = np.array([1, -1, 0]) / np.sqrt(2)
    v = np.array([1, 1, -2]) / np.sqrt(6)
    za = a @ u + 1j * (a @ v)
    zb = b @ u + 1j * (b @ v)
    return float(np.degrees(np.angle((zb * za.conj()).sum() + 1e-9)))


def _curve(predicted: Bytes, target: Bytes, valid: Mask) -> Bytes:
    """Return the monotone table from predicted levels to the target's: the median of each level."""
    # Small and soft, so that blur is not taken for other light.
    height, width = valid.shape
    shrink = min(1.0, _CURVE_SIDE / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))

    def soft(x: Bytes) -> Bytes:
        small = cv2.resize(x, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(small, (0, 0), _CURVE_SIGMA), np.uint8)

    use = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    p, t = soft(predicted)[use], soft(target)[use]
    # How often each level of the target falls in each step of 8 of the predicted ones.
    often = np.bincount((p >> 3).astype(np.intp) * 256 + t, minlength=32 * 256).reshape(32, 256)
    level = np.bincount(p >> 3, weights=p, minlength=32)
    count = often.sum(axis=1)
    seen = np.flatnonzero(count >= max(6, len(p) // 2000))
    levels = np.arange(256.0)
    if len(seen) < 3:
        return np.arange(256, dtype=np.uint8)
    x = level[seen] / count[seen]
    middle = (often[seen].cumsum(axis=1) <= (count[seen] // 2)[:, None]).sum(axis=1)
    y = _monotone(middle.astype(np.float64), count[seen].astype(np.float64))
    table = np.interp(levels, x, y)
    # Beyond what was seen the levels go on with a slope of 1.
    table = np.where(levels < x[0], y[0] + (levels - x[0]), table)
    table = np.where(levels > x[-1], y[-1] + (levels - x[-1]), table)
    return np.asarray(np.clip(table + 0.5, 0, 255), np.uint8)


def _monotone(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest rising values, by pooling neighbours that fall.

    Pool adjacent violators (Ayer et al. 1955): a level that only one picture's own content has is
    outweighed by the levels next to it.
    """
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] >= pool[0]:
            other = pools.pop()
            total = other[1] + pool[1]
            mean = (other[0] * other[1] + pool[0] * pool[1]) / total
            pool = (mean, total, other[2] + pool[2])
        pools.append(pool)
    return np.concatenate([np.full(length, value) for value, _, length in pools])


def _blur(a: Bytes, b: Bytes, valid: Mask) -> tuple[float, str]:
    """Return the sigma, in pixels, that makes the sharper picture as soft as the other.

    Several places are looked at and the second least sigma is taken: blur is everywhere, while
    what only one place shows is other content.
    """
    edges_a, edges_b = (np.abs(cv2.Laplacian(each, cv2.CV_16S)) for each in (a, b))
    blurred = "second" if edges_a[valid].mean() >= edges_b[valid].mean() else "first"
    found = []
    for view in _busiest(np.minimum(edges_a, 4 * edges_b), valid):
        one, other, use = a[view], b[view], valid[view]

        def apart(one: Bytes, other: Bytes, use: Mask = use) -> float:
            return float(np.minimum(cv2.absdiff(one, other), 48)[use].mean())

        before = apart(one, other)
        best, sigma = before * 0.93 - 0.15, 0.0
        for trial in _SIGMAS:
            if blurred == "second":
                left = apart(np.asarray(cv2.GaussianBlur(one, (0, 0), trial), np.uint8), other)
            else:
                left = apart(one, np.asarray(cv2.GaussianBlur(other, (0, 0), trial), np.uint8))
            if left < best:
                best, sigma = left, trial
            if left > before:
                break  # more blur only leads farther away
            before = left
        found.append(sigma)
    if not found:
        return 0.0, ""
    sigma = sorted(found)[min(1, len(found) - 1)]
    return sigma, blurred if sigma else ""


def _busiest(edges: NDArray[np.int16], valid: Mask) -> list[tuple[slice, slice]]:
    """Return up to four windows with most texture, one in each quarter: blur shows nowhere else."""
    height, width = edges.shape
    rows, columns = max(1, height // _BLUR_SIDE), max(1, width // _BLUR_SIDE)
    weight = np.where(valid, edges, 0).astype(np.float32)
    small = cv2.resize(weight, (columns, rows), interpolation=cv2.INTER_AREA)
    found = []
    for top in {0, rows // 2}:
        for left in {0, columns // 2}:
            part = small[top : top + (rows + 1) // 2, left : left + (columns + 1) // 2]
            k = int(part.argmax())
            if part.flat[k] > 0:
                y, x = top + k // part.shape[1], left + k % part.shape[1]
                found.append(
                    (
                        slice(y * height // rows, (y + 1) * height // rows),
                        slice(x * width // columns, (x + 1) * width // columns),
                    )
                )
    return found


def _blown_out_pair(laid: Laid) -> tuple[Bytes, Bytes, Light]:
    """Return what `levelled_pair` does where the second's light is blown out.

    Nothing brings back what the other still shows, so the first's is blown out too: each channel
    for itself, as they were clipped.
    """
    a, b, light = _lit(laid)
    channels = [
        cv2.LUT(laid.first[..., k], _curve(laid.first[..., k], laid.second[..., k], laid.valid))
        for k in range(3)
    ]
    blown = replace(laid, first=np.asarray(cv2.merge(channels), np.uint8))
    if not _pales(grey(blown.first), grey(laid.first), grey(laid.second), laid.valid):
        a, b, _ = _lit(blown)
    return _softened(a, b, light, laid.valid)


def _blown_out(shown: Bytes, other: Bytes, valid: Mask) -> float:
    """Return the share of pixels where the other has reached white or black and this one not."""
    few = (slice(None, None, _SPARSE), slice(None, None, _SPARSE))
    shown, other, valid = shown[few], other[few], valid[few]
    white = (other >= 255 - _AT_END) & (shown < 255 - 3 * _AT_END)
    black = (other <= _AT_END) & (shown > 3 * _AT_END)
    ends = np.asarray(white | black).any(axis=2)
    return float(np.asarray(ends)[valid].mean()) if valid.any() else 0.0


def difference(laid: Laid) -> Difference:
    """Make the light of two laid pictures alike and find what only one of them shows."""
    more = _blown_out(laid.first, laid.second, laid.valid)
    more -= _blown_out(laid.second, laid.first, laid.valid)
    if more > _BLOWN_OUT:
        a, b, light = _blown_out_pair(laid)
    elif more < -_BLOWN_OUT:
        b, a, light = _blown_out_pair(laid.exchanged())
        light = light.exchanged()
    else:
        a, b, light = levelled_pair(laid)
    near = np.ones((3, 3), np.uint8)
    low_a, high_a = cv2.erode(a, near), cv2.dilate(a, near)
    low_b, high_b = cv2.erode(b, near), cv2.dilate(b, near)
    only_b = np.maximum(cv2.subtract(b, high_a), cv2.subtract(low_a, b))
    only_a = np.maximum(cv2.subtract(a, high_b), cv2.subtract(low_b, a))
    only_a[~laid.valid] = 0
    only_b[~laid.valid] = 0
    wide = np.ones((7, 7), np.uint8)
    contrast = np.maximum(
        cv2.subtract(cv2.dilate(high_a, wide), cv2.erode(low_a, wide)),
        cv2.subtract(cv2.dilate(high_b, wide), cv2.erode(low_b, wide)),
    )
    apart = cv2.absdiff(a, b)[laid.valid]
    residual = float(apart.mean()) if apart.size else 0.0
    return Difference(light, a, b, only_a, only_b, np.asarray(contrast, np.uint8), residual)


@dataclass(frozen=True, eq=False)
class Agreement:
    """How much of what there is to see agrees, cell by cell of the grid.

    `structured` says which cells have something to see and `agree` which of those agree, `weight`
    how much each counts: bool, bool and float32, all (rows, columns). `side` is a cell's, in pixels
    of the grid.
    """

    structured: Mask
    agree: Mask
    weight: Floats
    side: int

    @cached_property
    def share(self) -> float:
        """The share, by contrast, of the cells with structure that agree."""
        total = float(self.weight[self.structured].sum())
        return float(self.weight[self.agree].sum()) / total if total else 0.0

    @cached_property
    def cells(self) -> int:
        """The number of cells that agree."""
        return int(self.agree.sum())


def cell_means(x: Floats, side: int) -> Floats:
    """Average to cells of so many pixels a side; what is left at the right and below is not used.

    Whole cells alone: averaging them is several times quicker than parts of pixels. What is less
    than a cell wide or high is averaged whole.
    """
    height, width = x.shape
    rows, columns = max(1, height // side), max(1, width // side)
    whole = x[: rows * side, : columns * side] if min(height, width) >= side else x
    mean = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(mean, np.float32)


def agreement(laid: Laid, difference: Difference, aside: Mask | None = None) -> Agreement:
    """Measure how much of what there is to see agrees, leaving out what is set aside."""
    height, width = laid.valid.shape
    use = laid.valid if aside is None else laid.valid & ~aside
    cell = _SMALL_CELL if min(height, width) < _SMALL else _CELL
    a, b = difference.a.astype(np.float32), difference.b.astype(np.float32)

    def mean(x: Floats) -> Floats:
        return cell_means(x, cell)

    whole = mean(use.astype(np.float32)) > 0.97
    ma, mb = mean(a), mean(b)
    va = np.maximum(mean(a * a) - ma * ma, 0)
    vb = np.maximum(mean(b * b) - mb * mb, 0)
    ab = mean(a * b) - ma * mb
    sa, sb = np.sqrt(va), np.sqrt(vb)
    strong = np.maximum(sa, sb)
    bar = max(5.0, 2.2 * min(difference.light.noise, _MOST_NOISE))
    structured = whole & (strong > bar)
    zncc = ab / np.maximum(sa * sb, 1.0)
    left = np.sqrt(np.maximum(va + vb - 2 * ab, 0) + (ma - mb) ** 2)
    agree = structured & ((zncc > 0.6) | (left < 0.5 * strong))
    return Agreement(structured, agree, np.minimum(strong, 30.0), cell)


@dataclass(frozen=True, eq=False)
class Look:
    """Two laid pictures, and what comes of comparing them once that is asked for."""

    laid: Laid

    @cached_property
    def difference(self) -> Difference:
        """What only one of them shows; see `difference`."""
        return difference(self.laid)

    @cached_property
    def agreement(self) -> Agreement:
        """How much of what there is to see agrees; see `agreement`."""
        return agreement(self.laid, self.difference)
