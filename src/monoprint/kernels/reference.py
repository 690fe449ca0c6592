"""Plain NumPy versions of the kernels, to read and to check them by."""

import numpy as np
from numpy.typing import NDArray


def self_join(
    codes: NDArray[np.uint64], radius: int = 31
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Find every pair of codes at most `radius` bits apart, by comparing each with each.

    Takes uint64[N, 4] and returns pairs, uint32[M, 2] with the lower index first and sorted by
    both, and distances, uint8[M].
    """
    pairs, distances = join(codes, codes, radius)
    once = pairs[:, 0] < pairs[:, 1]
    return pairs[once], distances[once]


def join(
    left: NDArray[np.uint64], right: NDArray[np.uint64], radius: int = 31
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Find every pair of a left and a right code at most `radius` bits apart.

    Takes uint64[N, 4] and uint64[K, 4] and returns pairs, uint32[M, 2] with the index in `left`
    first and sorted by both, and distances, uint8[M].
    """
    pairs = [np.empty((0, 2), np.uint32)]
    distances = [np.empty(0, np.uint8)]
    for i, code in enumerate(left):
        apart = np.bitwise_count(code ^ right).sum(axis=1)
        near = np.flatnonzero(apart <= radius)
        pairs.append(np.column_stack([np.full_like(near, i), near]).astype(np.uint32))
        distances.append(apart[near].astype(np.uint8))
    return np.concatenate(pairs), np.concatenate(distances)


def collection_frequency(
    codes: NDArray[np.uint64], of: NDArray[np.uint32], sample: NDArray[np.uint32], radius: int
) -> NDArray[np.uint8]:
    """Count the sampled codes of other pictures near each code, up to 255; see the kernel."""
    counts = np.zeros(len(codes), np.uint8)
    for i, code in enumerate(codes):
        near = np.bitwise_count(codes[sample] ^ code).sum(axis=1) <= radius
        counts[i] = min(255, int(np.count_nonzero(near & (of[sample] != of[i]))))
    return counts


def describe(
    smooth: NDArray[np.uint8],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
    angle: NDArray[np.float32],
    pattern: NDArray[np.float32],
) -> NDArray[np.uint64]:
    """Compare brightness at the pattern's points, turned by each keypoint's angle; see `brief`."""
    height, width = smooth.shape

    def brightness(along: NDArray[np.float32], across: NDArray[np.float32]) -> NDArray[np.uint8]:
        cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
        left = np.rint(x[:, None] + cos * along - sin * across).astype(np.int64)
        top = np.rint(y[:, None] + sin * along + cos * across).astype(np.int64)
        return smooth[np.clip(top, 0, height - 1), np.clip(left, 0, width - 1)]

    darker = brightness(*pattern[:, :2].T) < brightness(*pattern[:, 2:].T)
    return np.packbits(darker, axis=1, bitorder="little").view(np.uint64)


def pdq(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Return the PDQ codes of a picture in its eight orientations, and its quality.

    Takes uint8 (H, W) or (H, W, 3) pixels, and gives what `monoprint.kernels.pdq.codes` gives, but
    for rounding: all is reckoned in double precision.
    """
    if min(pixels.shape[:2]) < 5:
        return np.zeros((8, 32), np.uint8), 0
    codes = [_bits_above_median(each) for each in pdq_frequencies(pixels)]
    return np.array(codes), _quality(_cells(_filtered(pixels), False, False))


def pdq_frequencies(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the 16 lowest frequencies each way, but the constant ones, of all orientations.

    Gives float64 (8, 16, 16), of which a code tells where they lie above their median.
    """
    number, cell = np.arange(1, 17)[:, None], np.arange(64)[None, :]
    waves = np.sqrt(2 / 64) * np.cos(np.pi / 64 * number * (cell + 0.5))

    picture = _filtered(pixels)
    upright, left_right, top_bottom, half_turn = (
        waves @ _cells(picture, rows, columns) @ waves.T
        for rows in (False, True)
        for columns in (False, True)
    )
    return np.array([
        upright, left_right.T, half_turn, top_bottom.T,
        top_bottom, left_right, upright.T, half_turn.T,
    ])  # fmt: skip


def _filtered(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the luminance, filtered by two averages each way; one of 64 x 64 needs none."""
    picture = pixels.astype(np.float64)
    if picture.ndim == 3:
        picture = picture @ np.array([0.299, 0.587, 0.114])
    height, width = picture.shape
    if (height, width) != (64, 64):
        for _ in range(2):
            picture = _window_averages(picture.T, _window(width)).T
            picture = _window_averages(picture, _window(height))
    return picture


def _window(length: int) -> int:
    """Return the length of the filter's window along a side: half a cell, rounded up."""
    return -(-length // 128)


def _window_averages(lines: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Average each line with those around it; an even window has one more after it than before."""
    before, after = (window - 1) // 2, window // 2
    return np.array([
        lines[max(i - before, 0) : i + after + 1].mean(axis=0) for i in range(len(lines))
    ])  # fmt: skip


def _cells(picture: NDArray[np.float64], rows: bool, columns: bool) -> NDArray[np.float64]:
    """Pick 64 x 64 cells from the filtered picture, with its rows or its columns mirrored."""
    height, width = picture.shape
    return picture[np.ix_(_centres(height, rows), _centres(width, columns))]


def _centres(length: int, mirrored: bool) -> NDArray[np.int64]:
    """Return where the 64 cells along a side are picked, in the picture or in its mirror image.

    Two even windows, each half a sample off its centre, cover in the mirror image what they cover
    two samples earlier in the picture.
    """
    centres = ((np.arange(64) + 0.5) * length / 64).astype(np.int64)
    if not mirrored:
        return centres
    earlier = 2 if _window(length) % 2 == 0 else 0
    return np.maximum(length - 1 - centres - earlier, 0)


def _bits_above_median(frequencies: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Tell in 32 bytes, the last frequency first, which lie above the lower median."""
    flat = frequencies.ravel()
    return np.packbits((flat > np.sort(flat)[127])[::-1])


def _quality(block: NDArray[np.float64]) -> int:
    """Sum the steps between neighbouring cells, in whole hundredths of the range."""
    steps = [np.diff(block, axis=axis) * 100 / 255 for axis in (0, 1)]
    total = sum(int(np.abs(np.trunc(step)).sum()) for step in steps)
    return min(total // 90, 100)


def components(nodes: int, edges: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return for each node the least node that it is connected with, by flooding from it.

    Takes edges as uint32 (M, 2), gives uint32 (nodes,).
    """
    linked = np.eye(nodes, dtype=np.bool_)
    linked[edges[:, 0], edges[:, 1]] = True
    linked[edges[:, 1], edges[:, 0]] = True
    least = np.full(nodes, nodes, np.uint32)
    for node in range(nodes):
        if least[node] < nodes:
            continue
        reached = linked[node]
        while (further := linked[reached].any(axis=0)).sum() > reached.sum():
            reached = further
        least[reached] = node
    return least
