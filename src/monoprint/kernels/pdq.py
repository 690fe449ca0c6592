"""PDQ: a 256-bit code of a picture's luminance, and the codes of its eight orientations.

The method is Meta's, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm"
(2019). The order of the floating-point operations follows the published reference, so equal
pixel arrays give equal codes to the bit.

The reference derives the other orientations from the upright picture's DCT by its signs alone.
That leaves out that its filter and its cell centres are not symmetric, which moves a turned code
by 7 to 20 bits of the 31 there are. Here the filtered picture is picked anew for each mirroring.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
ByteArray = NDArray[np.uint8]

# Fewer rows or columns than this are not a picture to PDQ: its filter has nothing to average.
MIN_SIDE: Final = 5

# What was done to the picture, in the order of the rows that `codes` returns.
ORIENTATIONS: Final = (
    "upright",
    "rotate-90",
    "rotate-180",
    "rotate-270",
    "flip-x",
    "flip-y",
    "flip-plus-1",
    "flip-minus-1",
)

_BLOCK: Final = 64

# Rows that are averaged together: a vector of float32 on current processors.
_STRIP: Final = 16

_KEPT: Final = 16


def _dct_matrix() -> FloatArray:
    scale = np.float64(np.float32(np.sqrt(2.0 / _BLOCK)))
    rows = np.arange(1, _KEPT + 1, dtype=np.float64)[:, None]
    columns = 2 * np.arange(_BLOCK, dtype=np.float64)[None, :] + 1
    return (scale * np.cos((np.pi / 2.0 / _BLOCK) * rows * columns)).astype(np.float32)


_DCT: Final = _dct_matrix()

# Which of `ORIENTATIONS` a picture with its rows [first index] and columns [second] mirrored is,
# as it is and transposed.
_MIRRORED: Final = np.array([[0, 5], [4, 2]])
_TRANSPOSED: Final = np.array([[6, 1], [3, 7]])


@njit("void(float32[:,::1], float32[:,::1], int64)", cache=True, nogil=True)
def _box_down(source: FloatArray, target: FloatArray, window: int) -> None:
    """Average each column over a sliding window; the windows at both ends are shorter.

    All columns advance together so that the inner loops are vectors, while each column's own sum
    is added up in the reference's order.
    """
    rows, columns = source.shape
    half = (window + 2) // 2
    total = np.zeros(columns, np.float32)
    size = half - 1
    for i in range(size):
        for j in range(columns):
            total[j] += source[i, j]
    left, right, out = 0, size, 0
    for _ in range(window - half + 1):
        size += 1
        divisor = np.float32(size)
        for j in range(columns):
            total[j] += source[right, j]
            target[out, j] = total[j] / divisor
        right += 1
        out += 1
    divisor = np.float32(size)
    for _ in range(rows - window):
        for j in range(columns):
            total[j] += source[right, j]
            total[j] -= source[left, j]
            target[out, j] = total[j] / divisor
        left += 1
        right += 1
        out += 1
    for _ in range(half - 1):
        size -= 1
        divisor = np.float32(size)
        for j in range(columns):
            total[j] -= source[left, j]
            target[out, j] = total[j] / divisor
        left += 1
        out += 1


@njit("void(float32[:,::1], float32[:,::1], int64)", cache=True, nogil=True)
def _box_across(source: FloatArray, target: FloatArray, window: int) -> None:
    """Average each row over a sliding window: a few rows at a time, turned, as columns.

    A strip of rows stays in the first-level cache while it is turned, averaged and turned back.
    """
    rows, columns = source.shape
    strip = np.empty((columns, _STRIP), np.float32)
    averaged = np.empty((columns, _STRIP), np.float32)
    for top in range(0, rows, _STRIP):
        height = min(_STRIP, rows - top)
        for j in range(columns):
            for i in range(height):
                strip[j, i] = source[top + i, j]
            for i in range(height, _STRIP):
                strip[j, i] = 0
        _box_down(strip, averaged, window)
        for i in range(height):
            for j in range(columns):
                target[top + i, j] = averaged[j, i]


@njit("int64(int64, int64, int64, boolean)", cache=True, nogil=True)
def _centre(cell: int, length: int, window: int, mirrored: bool) -> int:
    """Return where one of the 64 cells along a side is picked from the filtered picture.

    For the mirrored picture's cell it is the place whose window covers the same samples: a window
    of even length lies half a sample to one side in each of the two passes.
    """
    at = int(((cell + 0.5) * length) / _BLOCK)
    if not mirrored:
        return at
    return max(length - 1 - at - (2 if window % 2 == 0 else 0), 0)


@njit("float32[:,:,:,::1](float32[:,::1])", cache=True, nogil=True)
def _downsample(luma: FloatArray) -> FloatArray:
    """Tent-filter (two box passes each way) and pick the 64 x 64 cell centres.

    Gives float32 (2, 2, 64, 64): the picture as it is, and with rows, columns or both mirrored,
    each as if that picture had been filtered itself, from one filtering.
    """
    rows, columns = luma.shape
    blocks = np.empty((2, 2, _BLOCK, _BLOCK), np.float32)
    along_rows = (columns + 2 * _BLOCK - 1) // (2 * _BLOCK)
    along_columns = (rows + 2 * _BLOCK - 1) // (2 * _BLOCK)
    filtered = luma.copy()
    if rows != _BLOCK or columns != _BLOCK:
        other = np.empty_like(filtered)
        for _ in range(2):
            _box_across(filtered, other, along_rows)
            _box_down(other, filtered, along_columns)
    for upside in range(2):
        for mirrored in range(2):
            for i in range(_BLOCK):
                row = _centre(i, rows, along_columns, upside == 1)
                for j in range(_BLOCK):
                    column = _centre(j, columns, along_rows, mirrored == 1)
                    blocks[upside, mirrored, i, j] = filtered[row, column]
    return blocks


@njit("int64(float32[:,::1])", cache=True, nogil=True)
def _quality(block: FloatArray) -> int:
    """Sum the quantised gradients of the 64 x 64 picture; 0 is plain, 100 is rich."""
    total = 0
    for i in range(_BLOCK):
        for j in range(_BLOCK):
            if i + 1 < _BLOCK:
                step = ((block[i, j] - block[i + 1, j]) * np.float32(100)) / np.float32(255)
                total += abs(int(step))
            if j + 1 < _BLOCK:
                step = ((block[i, j] - block[i, j + 1]) * np.float32(100)) / np.float32(255)
                total += abs(int(step))
    return min(total // 90, 100)


@njit("float32[:,::1](float32[:,::1], float32[:,::1])", cache=True, nogil=True)
def _dct(block: FloatArray, matrix: FloatArray) -> FloatArray:
    """Take the 16 x 16 lowest frequencies but the constant ones: D A D^T in float32."""
    half = np.zeros((_KEPT, _BLOCK), np.float32)
    for i in range(_KEPT):
        for k in range(_BLOCK):
            weight = matrix[i, k]
            for j in range(_BLOCK):
                half[i, j] += weight * block[k, j]
    result = np.empty((_KEPT, _KEPT), np.float32)
    for i in range(_KEPT):
        for j in range(_KEPT):
            total = np.float32(0)
            for k in range(_BLOCK):
                total += half[i, k] * matrix[j, k]
            result[i, j] = total
    return result


@njit("void(float32[:,::1], uint8[::1])", cache=True, nogil=True)
def _bits(frequencies: FloatArray, code: ByteArray) -> None:
    """Set the bit of each frequency above the (lower) median; bit 0 is the last byte's lowest."""
    flat = frequencies.copy().reshape(_KEPT * _KEPT)
    median = np.sort(flat)[_KEPT * _KEPT // 2 - 1]
    code[:] = 0
    for k in range(_KEPT * _KEPT):
        if flat[k] > median:
            code[31 - k // 8] |= np.uint8(1 << (k % 8))


@njit("uint8[:,::1](float32[:,:,:,::1], float32[:,::1])", cache=True, nogil=True)
def _codes(blocks: FloatArray, matrix: FloatArray) -> ByteArray:
    """Make the codes of the eight orientations: a mirrored block's DCT, as it is or transposed."""
    result = np.empty((8, 32), np.uint8)
    for upside in range(2):
        for mirrored in range(2):
            frequencies = _dct(blocks[upside, mirrored], matrix)
            _bits(frequencies, result[_MIRRORED[upside, mirrored]])
            _bits(np.ascontiguousarray(frequencies.T), result[_TRANSPOSED[upside, mirrored]])
    return result


def luma(pixels: ByteArray) -> FloatArray:
    """Return the luminance of a picture.

    Takes uint8 (H, W) grey or (H, W, 3) RGB, gives float32 (H, W) with Rec. 601 weights,
    summed in double precision and rounded once, so that a grey RGB picture gives its grey values.
    Raises ValueError for another shape or dtype.
    """
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3):
        raise ValueError(f"expected uint8 (H, W) or (H, W, 3), got {pixels.dtype} {pixels.shape}")
    if pixels.ndim == 2:
        return pixels.astype(np.float32, order="C")
    if pixels.shape[2] != 3:
        raise ValueError(f"expected three channels, got {pixels.shape[2]}")
    weighted = pixels[..., 0] * 0.299 + pixels[..., 1] * 0.587 + pixels[..., 2] * 0.114
    return np.ascontiguousarray(weighted, dtype=np.float32)


def codes(pixels: ByteArray) -> tuple[ByteArray, int]:
    """Return the PDQ codes of a picture in its eight orientations, and its quality.

    Takes uint8 (H, W) or (H, W, 3) pixels; gives uint8 (8, 32), one row for each of
    `ORIENTATIONS`, bytes in the order of PDQ's hexadecimal form, and a quality of 0 to 100. A
    side below `MIN_SIDE` pixels gives all zeros and quality 0. Raises ValueError as `luma` does.
    """
    grey = luma(pixels)
    if min(grey.shape) < MIN_SIDE:
        return np.zeros((8, 32), np.uint8), 0
    blocks = _downsample(grey)
    return _codes(blocks, _DCT), int(_quality(blocks[0, 0]))
