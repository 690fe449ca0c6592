"""Treatment: what was done to a picture as a whole, told by few numbers.

Light and colour, a light that falls unevenly, sharpening: where these explain how two pictures
differ, nothing is left that could be other content. Each has so few parameters that none can make
one content of another.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from monoprint.matching.compare import LUMA, Bytes, Floats, Laid, Mask, grey
from monoprint.opencv import cv2

Colour = NDArray[np.complex64]
Change = Callable[[Floats], Floats]
Places = tuple[NDArray[np.intp], NDArray[np.intp]]

# The box, in pixels of the grid, that colours are averaged in.
_SOFT: Final = 5

# A colour stronger than this is one.
_COLOURED: Final = 20.0

# Levels from an end of the scale at which a channel may have been clipped, and tells no more.
_AT_END: Final = 6

# Degrees between two turns of the hue that are tried, and the pixels that they are tried on.
_HUES: Final = 6
_TRIED: Final = 4000

# How often a fit is weighted anew.
_FITS: Final = 6

# Levels of a channel that are one colour when pixels are chosen that tell what was done.
_BIN: Final = 16
_BINS: Final = 256 // _BIN

# Pixels that must tell how light falls, and what a channel's tint is.
_LEAST_TOLD: Final = 100
_FEW_TOLD: Final = 20

# Sigmas, in pixels of the grid, of blur, and of that whose opposite sharpening may have been, and
# the least amount of this that counts.
_SIGMAS: Final = (0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
_LEAST_SHARPENED: Final = 0.15

# Levels that a tint takes black from black and white from white at most.
_TINT: Final = 80.0

# Two luminances, how much of the darker one's tint the lighter one must have, and levels of colour
# that are hardly a tint.
_TONES: Final = (100.0, 200.0)
_AS_TINTED: Final = 0.5
_HARDLY_TINTED: Final = 4.0

# The log of the brightest level.
_BRIGHTEST: Final = float(np.log(255))

# A factor this near to one changes nothing.
_HARDLY: Final = 0.02

# How far the share of its colours that a tinted picture keeps may be fitted outside of none to all.
_OFF: Final = 0.1

# What a treatment must leave at most of the difference, to be one.
_EXPLAINS: Final = 0.7

# Levels between two pictures, on average, that compression leaves where nothing was done.
_AS_IT_WAS: Final = 4.0


def treated(laid: Laid, *, hue: bool = True) -> Iterator[Laid]:
    """Yield the two with either treated as the other was, as far as few numbers tell.

    Without `hue`, nothing counts that may have turned one colour into another.
    """
    for swapped in (False, True):
        one, other = (laid.second, laid.first) if swapped else (laid.first, laid.second)
        again = _treated(one, other, laid.valid, hue=hue)
        if again is not None:
            yield replace(laid, second=again) if swapped else replace(laid, first=again)


def untouched(laid: Laid, where: Mask) -> bool:
    """Say whether the two hardly differ there, so that nothing was done to either as a whole."""
    told = telling(laid.first, laid.valid & where)
    return _apart(laid.first[told], laid.second[told].astype(np.float32)) < _AS_IT_WAS


def _treated(one: Bytes, other: Bytes, valid: Mask, *, hue: bool) -> Bytes | None:
    """Return one picture treated as the other was, or None if nothing was done to it.

    Colours come first, then light that falls unevenly, then blur or sharpness, each only if it
    explains a good part of what is left.
    """
    told = telling(one, valid)
    target = other[told].astype(np.float32)
    lit = one.astype(np.float32)
    soft, soft_target = averaged(one)[told], averaged(other)[told]
    done = False

    known = [
        (_apart(change(soft), soft_target), change)
        for change in changes(soft, soft_target, hue=hue)
    ]
    if known:
        _, change = min(known, key=lambda each: each[0])
        if _apart(change(lit[told]), target) < _EXPLAINS * _apart(lit[told], target):
            lit = np.asarray(change(lit.reshape(-1, 3)).reshape(lit.shape), np.float32)
            soft, done = change(soft), True
    surface = _surface(soft, soft_target, told, valid.shape)
    if surface is not None:
        even = lit * surface[..., None]
        if _apart(even[told], target) < _EXPLAINS * _apart(lit[told], target):
            lit, done = np.clip(even, 0, 255), True
    crisp = _sharpened(lit, other, told)
    if crisp is not None:
        lit, done = crisp, True
    return np.asarray(np.rint(lit), np.uint8) if done else None


def telling(pixels: Bytes, valid: Mask) -> Places:
    """Return the rows and columns of pixels, of each colour the root of how many it has.

    A small thing on a wide ground tells nearly as much of what was done to both as the ground does.
    """
    places = np.flatnonzero(valid)
    red, green, blue = (
        (cv2.blur(pixels, (_SOFT, _SOFT)).reshape(-1, 3)[places] // _BIN).astype(np.uint16).T
    )
    kind = (red * _BINS + green) * _BINS + blue
    count = np.bincount(kind)
    order = np.argsort(kind, kind="stable")
    rank = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    every = np.repeat(np.sqrt(count).astype(np.int64), count)
    rows, columns = np.unravel_index(places[np.sort(order[rank % every == 0])], valid.shape)
    return rows, columns


def _apart(one: Floats | Bytes, other: Floats) -> float:
    return float(np.abs(one - other).mean()) if len(other) else 0.0


def _surface(one: Floats, other: Floats, told: Places, size: tuple[int, ...]) -> Floats | None:
    """Fit how many times as bright the other is, place by place (h, w): of the second order."""
    height, width = size
    a, b = ((each @ LUMA.astype(np.float32)) for each in (one, other))
    inside = (np.minimum(a, b) > _AT_END) & (np.maximum(a, b) < 255 - _AT_END)
    if inside.sum() < _LEAST_TOLD:
        return None

    def terms(x: Any, y: Any) -> list[Any]:
        u, v = 2 * x / width - 1, 2 * y / height - 1
        return [np.ones_like(u), u, v, u * u, v * v]

    ys, xs = (each[inside] for each in told)
    ratio = (b / np.maximum(a, 1))[inside].astype(np.float32)
    design = np.stack(terms(xs, ys), axis=-1)
    fit = fitted(design, ratio)
    if _apart((design @ fit).astype(np.float32), ratio) > _EXPLAINS * _apart(
        np.ones_like(ratio), ratio
    ):
        return None
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.asarray(
        sum(np.float32(f) * term for f, term in zip(fit, terms(across, down), strict=True)),
        np.float32,
    )


def _sharpened(one: Floats, other: Bytes, told: Places) -> Floats | None:
    """Return one picture blurred, or sharpened by an unsharp mask, as the other was, or None."""
    dull = cv2.cvtColor(one, cv2.COLOR_RGB2GRAY)
    target = grey(other)[told].astype(np.float32)
    inside = (target > _AT_END) & (target < 255 - _AT_END)
    left = (target - dull[told])[inside]
    best, amount, sigma = _EXPLAINS * float(np.abs(left).mean()) if len(left) else 0.0, 0.0, 0.0
    for tried in _SIGMAS:
        detail = (dull - cv2.GaussianBlur(dull, (0, 0), tried))[told][inside]
        much = float(detail @ left / (detail @ detail + 1.0))
        for factor in (-1.0, much if much > _LEAST_SHARPENED else 0.0):
            now = float(np.abs(left - factor * detail).mean()) if len(left) else 0.0
            if now < best:
                best, amount, sigma = now, factor, tried
    if not amount:
        return None
    detail = one - cv2.GaussianBlur(one, (0, 0), sigma)
    return np.asarray(np.clip(one + amount * detail, 0, 255), np.float32)


def _sampled(*each: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return every so many rows of each, enough to fit a few numbers to."""
    step = max(1, len(each[0]) // _TRIED)
    return tuple(rows[::step] for rows in each)


def changes(one: Floats, other: Floats, *, hue: bool = True) -> Iterator[Change]:
    """Yield what may have been done to all colours, each as well as it fits; (n, 3) to (n, 3).

    Brightness and contrast, gamma, a white balance, saturation, a tint and, if asked for, hue. None
    but the tint has more than three parameters: of few colours more would explain any change of
    one. Without `hue` a balance is none that leaves white as it is.
    """
    x, y = _sampled(one, other)
    inside = np.minimum(x, y) > _AT_END
    inside &= np.maximum(x, y) < 255 - _AT_END
    if not inside.any():
        return
    gain, level = _line(x[inside], y[inside])
    yield lambda p: np.clip(gain * p + level, 0, 255)
    power, factor = _line(np.log(x[inside]), np.log(y[inside]))
    yield lambda p: np.exp(np.minimum(power * np.log(np.maximum(p, 1)) + factor, _BRIGHTEST))
    ratios = y / np.maximum(x, 1)
    balance = np.median(ratios, axis=0)
    for k in np.flatnonzero(inside.any(axis=0)):
        balance[k] = np.median(ratios[inside[:, k], k])
    if hue or float(balance.min()) < 1 - _HARDLY:  # else white stays, and tells nothing
        yield lambda p: np.clip(p * balance, 0, 255)
    strong, stronger = np.abs(colour(x)), np.abs(colour(y))
    coloured = inside.all(axis=1) & (strong > _COLOURED)
    if coloured.any():
        strength = float(np.median(stronger[coloured] / strong[coloured]))
        yield lambda p: np.clip(_paler(p, strength), 0, 255)
    yield from tints(x, y)
    if hue:
        turn = min(
            range(-180, 180, _HUES),
            key=lambda turn: float(np.abs(colour(_hued(x, turn)) - colour(y)).mean()),
        )
        yield lambda p: _hued(p, turn)


def tints(one: Floats, other: Floats) -> Iterator[Change]:
    """Yield what tints a picture, if it fits: a share of its colours, and a line of luminance.

    Sepia is one. Black and white stay dark and light, and light ground is tinted as what is dark:
    else a green thing on white could be a violet one.
    """
    x, y = _sampled(one, other)
    told = (y.T > _AT_END) & (y.T < 255 - _AT_END)
    if told.sum(axis=1).min() < _FEW_TOLD:
        return
    luminance = x @ LUMA
    design = np.zeros((3, len(x), 7))
    for k in range(3):
        design[k, :, 0] = x[:, k] - luminance
        design[k, :, 1 + 2 * k], design[k, :, 2 + 2 * k] = luminance, 1
    fit = fitted(design[told], y.T[told])
    share, slope, level = float(fit[0]), fit[1::2].astype(np.float32), fit[2::2].astype(np.float32)
    ends = np.concatenate([level, 255 - (255 * slope + level)])
    if not (-_OFF <= share <= 1 + _OFF and np.abs(ends).max() <= _TINT):
        return
    darker, lighter = (complex(colour(slope * at + level)) for at in _TONES)
    along = (lighter * darker.conjugate()).real
    if along < _AS_TINTED * abs(darker) ** 2 and abs(darker) > _HARDLY_TINTED:
        return

    def change(p: Floats) -> Floats:
        luminance = (p @ LUMA.astype(np.float32))[:, None]
        tint = share * (p - luminance) + slope * luminance + level
        return np.asarray(np.clip(tint, 0, 255), np.float32)

    yield change


def fitted(design: NDArray[np.float64], target: Floats) -> NDArray[np.float64]:
    """Fit the factors of a design (n, k) that give most of the target (n,), as `_line` does.

    By its normal equations, which are few: what the design does not tell is 0.
    """
    weight = np.ones(len(target))
    fit = np.zeros(design.shape[1])
    for _ in range(_FITS + 1):
        heavy = design.T * weight
        found, *_ = np.linalg.lstsq(heavy @ design, heavy @ target, rcond=None)
        fit = np.asarray(found, np.float64)
        off = np.abs(design @ fit - target)
        weight = 1 / (off + float(np.median(off)) + 1e-3)
    return fit


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """Fit a line to most points: by least absolute deviations, weighted least squares anew."""
    weight = np.ones(x.shape)
    for _ in range(_FITS):
        slope, level = map(float, weighted(x, y, weight, 1e-6))
        off = np.abs(slope * x + level - y)
        weight = 1.0 / (off + float(np.median(off)) + 1e-3)
    return slope, level


def _paler(colours: Floats, strength: float) -> Floats:
    """Return colours (n, 3) with what parts them from grey so many times as strong."""
    luminance = (colours @ LUMA)[:, None]
    return np.asarray(luminance + strength * (colours - luminance), np.float32)


def _hued(colours: Floats, degrees: int) -> Floats:
    """Return colours (n, 3) with their hue (of HSV) turned."""
    hsv = cv2.cvtColor(colours[None] / 255, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0] + degrees) % 360
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0] * 255, np.float32)


def colour(pixels: Floats) -> Colour:
    """Return red against green, and blue against both, as one complex number a pixel."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    return np.asarray((red - green) + 1j * (blue - (red + green) / 2), np.complex64)


def averaged(pixels: Bytes) -> Floats:
    """Return the mean around each pixel: noise is less, and so is what compression left."""
    return np.asarray(cv2.blur(pixels, (_SOFT, _SOFT)), np.float32)


def weighted(x: Any, y: Any, weight: NDArray[np.float64], least: float) -> tuple[Any, Any]:
    """Return the factor and the addend that take x to y, by weighted least squares.

    Numbers are real or complex; the factor of an x that spreads by much less than `least` is 0.
    """
    mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
    spread = (weight * np.abs(x - mean_x) ** 2).sum()
    factor = (weight * np.conj(x - mean_x) * (y - mean_y)).sum() / (spread + least)
    return factor, mean_y - factor * mean_x
