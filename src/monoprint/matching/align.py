"""Aligning: how one picture lies on another, if it does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.kernels import geometry
from monoprint.kernels.geometry import Keypoints, Support
from monoprint.matching.picture import Picture
from monoprint.opencv import cv2

Matrix = NDArray[np.float64]

# Bits within which two descriptors of matched keypoints agree.
_AGREE: Final = 70

# Keypoint pairs tried as a first guess, best first, and the support that ends the search early.
_SEEDS: Final = 14
_CLEAR: Final = 40

# Pairs that lay the picture alike without which, after so many tries, one is chance: of 150 pairs
# of photographs of the tuning half that match by keypoints each has 12 at least, and the most of
# those that two rooms have by chance is mostly from 3 to 9.
_COMPANY: Final = 6
_FIRST_SEEDS: Final = 4

# How near, as shares of the longer side, two pairs lay the picture: within the first, they are
# company; within the second, they tell which guess is tried first. Of 24 pieces of pages of print
# the best supported guess is the right one for 21, and for 15 in the order of the first.
_NEAR: Final = 0.1
_CLOSE: Final = 0.03

# Support that is worth a look at the pixels at all.
_LEAST: Final = 5

# Correlation of the small greys above which whole frames are tried on each other, and the
# difference in shape (log of the ratio of aspects) up to which they are tried upright at any rate.
_LIKE: Final = 0.5
_SAME_SHAPE: Final = 0.03


@dataclass(frozen=True)
class Alignment:
    """How the second picture lies on the first.

    `matrix` is float64 (3, 3) and brings pixel centres of the second onto the first. `inliers` are
    the keypoint pairs that agree, `expected` how many could have. `mirrored` says whether it turns
    the picture over. `whole` is true for the guess that both frames show exactly the same.
    """

    matrix: Matrix
    inliers: int
    expected: int
    mirrored: bool
    whole: bool


def alignments(first: Picture, second: Picture) -> Iterator[Alignment]:
    """Yield the ways in which the second may lie on the first, the cheaper guesses first."""
    frames = list(by_frames(first, second))
    yield from frames[:1]
    yield from by_keypoints(first, second)
    yield from frames[1:]


def by_frames(first: Picture, second: Picture) -> Iterator[Alignment]:
    """Guess that both show the same whole picture, in any of eight orientations."""
    scored = sorted(
        # Rounded, so that of ways that are as good the one that turns less comes first.
        (-round(_correlation(first.thumb, _oriented(second.thumb, turn)), 2), turn)
        for turn in range(8)
    )
    likely = [turn for score, turn in scored[:2] if -score > _LIKE]
    shape = first.width * second.height / (first.height * second.width)
    if abs(np.log(shape)) < _SAME_SHAPE and 0 not in likely:
        likely.append(0)
    for turn in likely:
        yield Alignment(frame_matrix(first, second, turn), 0, 0, turn >= 4, True)


def _oriented(thumb: NDArray[np.float32], turn: int) -> NDArray[np.float32]:
    """Turn a picture: quarter turns 0 to 3 counter-clockwise, after mirroring for 4 to 7."""
    return np.rot90(thumb[:, ::-1] if turn >= 4 else thumb, turn % 4)


def frame_matrix(first: Picture, second: Picture, turn: int) -> Matrix:
    """Return the matrix that lays the second's frame, turned so, exactly on the first's."""
    w, h = float(second.width), float(second.height)
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]])
    # Where the corners of the turned second frame came from.
    order = {0: [0, 1, 2, 3], 1: [1, 2, 3, 0], 2: [2, 3, 0, 1], 3: [3, 0, 1, 2]}[turn % 4]
    source = corners
    if turn >= 4:
        source = corners[[1, 0, 3, 2]]
    source = source[order]
    wide, high = float(first.width), float(first.height)
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]])
    matrix = cv2.getPerspectiveTransform(
        (source - 0.5).astype(np.float32), (target - 0.5).astype(np.float32)
    )
    return np.asarray(matrix, np.float64)


def nearest_frame(first: Picture, second: Picture, about: Matrix) -> Matrix:
    """Return the matrix of the eight that lay frame on frame which is nearest to another."""
    corners = np.array([[0.0, second.width, 0.0], [0.0, 0.0, second.height], [1.0, 1.0, 1.0]])

    def at(matrix: Matrix) -> Matrix:
        u, v, w = matrix @ corners
        w = np.maximum(w, 1e-6)  # beyond the horizon is far from any frame
        return np.stack([u / w, v / w])

    frames = (frame_matrix(first, second, turn) for turn in range(8))
    return min(frames, key=lambda frame: float(np.abs(at(frame) - at(about)).max()))


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    a, b = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / spread if spread > 1e-3 else 0.0


def by_keypoints(first: Picture, second: Picture) -> Iterator[Alignment]:
    """Guess from keypoints, upright or turned by any angle, then mirrored."""
    upright = _best(first, second.keypoints)
    if upright is not None:
        yield Alignment(
            _fitted(first.keypoints, second.keypoints, upright),
            len(upright.pairs), upright.expected, False, False,
        )  # fmt: skip
    flipped = second.keypoints.mirrored(second.width)
    turned = _best(first, flipped)
    if turned is not None:
        over = np.array([[-1.0, 0, second.width - 1], [0, 1, 0], [0, 0, 1]])
        yield Alignment(
            _fitted(first.keypoints, flipped, turned) @ over,
            len(turned.pairs), turned.expected, True, False,
        )  # fmt: skip


def _best(first: Picture, points: Keypoints) -> Support | None:
    """Return the best supported similarity among those that the nearest descriptors suggest."""
    own = first.keypoints
    if len(own) < _LEAST or len(points) < _LEAST:
        return None
    pairs, distance = geometry.mutual(own, points, _AGREE)
    if not len(pairs):
        return None
    i, j = pairs[:, 0], pairs[:, 1]
    company, close = _company(first, own, points, pairs)
    order = np.lexsort((j, i, distance, -close))
    best: Support | None = None
    tried: list[Matrix] = []
    for k in order[: _SEEDS * 4]:
        if len(tried) >= (_SEEDS if company[k] >= _COMPANY else _FIRST_SEEDS):
            break
        pair = (int(i[k]), int(j[k]))
        if any(_explains(m, own, points, pair) for m in tried):
            continue
        found = geometry.support(own, points, pair, (first.width, first.height), _AGREE)
        tried.append(found.matrix)
        if best is None or len(found.pairs) > len(best.pairs):
            best = found
        if len(best.pairs) >= _CLEAR and len(best.pairs) >= 0.2 * best.expected:
            break
    return best if best is not None and len(best.pairs) >= _LEAST else None


def _company(
    first: Picture, own: Keypoints, points: Keypoints, pairs: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count for each pair the others that lay the second picture in about the same place.

    Each pair says where the second's keypoints' middle comes to lie, at what scale and direction;
    true pairs agree on all three, chance ones are spread. The second count, int64 (N,) as the first
    one, is of those that agree more closely.
    """
    i, j = pairs[:, 0], pairs[:, 1]
    zoom = own.scale[i] / points.scale[j]
    turn = own.angle[i] - points.angle[j]
    across, down = points.x.mean() - points.x[j], points.y.mean() - points.y[j]
    x = own.x[i] + zoom * (np.cos(turn) * across - np.sin(turn) * down)
    y = own.y[i] + zoom * (np.sin(turn) * across + np.cos(turn) * down)
    alike = np.abs(np.log(zoom)[:, None] - np.log(zoom)[None]) < 0.3
    alike &= np.outer(np.cos(turn), np.cos(turn)) + np.outer(np.sin(turn), np.sin(turn)) > 0.92
    apart = np.maximum(np.abs(x[:, None] - x[None]), np.abs(y[:, None] - y[None]))
    apart /= max(first.width, first.height)
    return (alike & (apart < _NEAR)).sum(axis=1), (alike & (apart < _CLOSE)).sum(axis=1)


def _explains(matrix: Matrix, own: Keypoints, points: Keypoints, pair: tuple[int, int]) -> bool:
    i, j = pair
    x, y = matrix @ np.array([points.x[j], points.y[j], 1.0])
    return bool(np.hypot(x - own.x[i], y - own.y[i]) < 12.0)


def _fitted(own: Keypoints, points: Keypoints, support: Support) -> Matrix:
    """Fit as free a matrix as the support bears: homography, affine, similarity."""
    i, j = support.pairs[:, 0], support.pairs[:, 1]
    target = np.stack([own.x[i], own.y[i]], axis=1)
    source = np.stack([points.x[j], points.y[j]], axis=1)
    similarity = np.vstack([support.matrix, [0, 0, 1]])
    if len(i) >= 20:
        found, _ = cv2.findHomography(source, target, cv2.RANSAC, 4.0)
        matrix = None if found is None else np.asarray(found, np.float64)
        if matrix is not None and sane(matrix, source):
            return matrix
    if len(i) >= 8:
        affine, _ = cv2.estimateAffine2D(source, target, None, cv2.RANSAC, 4.0)
        if affine is not None:
            whole = np.vstack([affine, [0, 0, 1]])
            if sane(whole, source):
                return whole
    return similarity


def sane(matrix: Matrix, points: NDArray[np.float32]) -> bool:
    """Say whether a matrix keeps its points in order: no folding, no wild scale or shear."""
    low, high = points.min(axis=0), points.max(axis=0)
    corners = np.array([[*low], [high[0], low[1]], [*high], [low[0], high[1]]], np.float64)
    scales = []
    signs = []
    for x, y in corners:
        jacobian = jacobian_at(matrix, x, y)
        if jacobian is None:
            return False
        values = np.linalg.svd(jacobian, compute_uv=False)
        if values[1] < 1e-6 or values[0] / values[1] > 2.0:
            return False
        signs.append(np.sign(np.linalg.det(jacobian)))
        scales.append(values.mean())
    return len(set(signs)) == 1 and max(scales) / min(scales) < 1.8


def jacobian_at(matrix: Matrix, x: float, y: float) -> Matrix | None:
    """Return the derivative (2, 2) of a homography at a point, None at its horizon."""
    u, v, w = matrix @ np.array([x, y, 1.0])
    if w <= 1e-6:
        return None
    slopes: Matrix = np.array(
        [
            [matrix[0, 0] * w - u * matrix[2, 0], matrix[0, 1] * w - u * matrix[2, 1]],
            [matrix[1, 0] * w - v * matrix[2, 0], matrix[1, 1] * w - v * matrix[2, 1]],
        ]
    )
    found: Matrix = slopes / (w * w)
    return found
