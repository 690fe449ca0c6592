"""Pictures as verification sees them: pixels, keypoints and what is known of the file."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from monoprint.fingerprints import local
from monoprint.imaging.coding import Coding
from monoprint.imaging.scaling import averaged, halved, smaller
from monoprint.kernels.geometry import Keypoints
from monoprint.model.asset import Facts
from monoprint.opencv import cv2

# Keypoints are found at this size and in this number: more than the fingerprint keeps, since one
# pair can afford what a million pictures cannot. Print is too small for the first: of 32 pieces of
# drawn pages 15 were found by 800 keypoints at 640 pixels, all by twice of both.
_KEYPOINT_SIDE: Final = 640
_KEYPOINTS: Final = 800
_KEYPOINT_SIDE_GRAPHIC: Final = 1280
_KEYPOINTS_GRAPHIC: Final = 1600

# Smaller sizes that are kept: one pair asks for the same ones again, and so does the next pair.
_SIZES: Final = 5

# The side of the small greys that whole frames are tried on each other with.
_THUMB: Final = 48

# A side's part of the difference of two Laplacians, which edges and slopes hardly answer to, the
# blocks that it is averaged in, and what it is multiplied with so that it fits a byte nearly
# everywhere.
_FINE: Final = np.array([1, -2, 1], np.float32)
_BLOCK: Final = 16
_FINE_STEP: Final = 0.5

# Colours whose share tells a drawing from a photograph, and that share.
_COMMONEST: Final = 6
_GRAPHIC: Final = 0.5

# Levels that channels of grey may be apart, and the share of their differences that may be more.
_GREY: Final = 3
_COLOURED: Final = 0.01

# Colours that a palette holds (GIF, PNG), their channels in one number, and how many pixels apart
# are looked at first.
_PALETTE: Final = 256
_PACKED: Final = np.array([1 << 16, 1 << 8, 1], np.int32)
_EVERY: Final = 97


@dataclass
class Picture:
    """One decoded picture.

    `pixels` is uint8 (H, W, 3), sRGB, upright, perhaps smaller than the file's own size. `coding`
    is how the file keeps them, None if without loss.
    """

    pixels: NDArray[np.uint8]
    facts: Facts
    coding: Coding | None = None
    _shrunk: dict[tuple[int, int], NDArray[np.uint8]] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def width(self) -> int:
        """Columns of `pixels`."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows of `pixels`."""
        return int(self.pixels.shape[0])

    @cached_property
    def grey(self) -> NDArray[np.uint8]:
        """Luminance (Rec. 601), uint8 (H, W)."""
        return np.asarray(cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY), np.uint8)

    @cached_property
    def half(self) -> NDArray[np.uint8]:
        """The pixels at half the size, which what is smaller still is made from."""
        return halved(self.pixels)

    @cached_property
    def _half_grey(self) -> NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(self.half, cv2.COLOR_RGB2GRAY), np.uint8)

    @cached_property
    def thumb(self) -> NDArray[np.float32]:
        """A small soft grey square of the whole frame, float32 (48, 48)."""
        small = cv2.resize(self._half_grey, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.0), np.float32)

    @cached_property
    def keypoints(self) -> Keypoints:
        """Keypoints in the coordinates of `pixels`; scales too are in its pixels."""
        side, most = _KEYPOINT_SIDE, _KEYPOINTS
        if self.is_graphic:
            side, most = _KEYPOINT_SIDE_GRAPHIC, _KEYPOINTS_GRAPHIC
        shrink = min(1.0, side / max(self.width, self.height))
        size = (max(1, round(self.width * shrink)), max(1, round(self.height * shrink)))
        least = max(self.width, self.height) >= 2 * side
        found = local.features(self.scaled(self._half_grey if least else self.grey, size), most)
        across, down = np.float32(self.width / size[0]), np.float32(self.height / size[1])
        return Keypoints(
            (found.x + np.float32(0.5)) * across - np.float32(0.5),
            (found.y + np.float32(0.5)) * down - np.float32(0.5),
            found.scale * np.sqrt(across * down),
            found.angle,
            found.code,
        )

    @cached_property
    def grain(self) -> tuple[float, float]:
        """Fine variation, in grey levels, of the picture's quietest and of its busiest parts.

        The noise estimate of Immerkær, "Fast Noise Variance Estimation" (1996), block by block; the
        fifth quietest block of a hundred tells of noise, the tenth busiest of sharpness.
        """
        if min(self.width, self.height) < 2 * _BLOCK:
            return 0.0, 0.0
        blocks = (self.width // _BLOCK, self.height // _BLOCK)
        grey = self.grey[: blocks[1] * _BLOCK, : blocks[0] * _BLOCK]
        fine = cv2.sepFilter2D(grey, cv2.CV_16S, _FINE, _FINE)
        fine = cv2.convertScaleAbs(fine, None, _FINE_STEP)
        mean = cv2.resize(fine, blocks, interpolation=cv2.INTER_AREA) / _FINE_STEP
        mean = mean * np.sqrt(np.pi / 2) / 6
        quiet, busy = np.percentile(np.asarray(mean), [5, 90])
        return float(quiet), float(busy)

    @cached_property
    def palette(self) -> float:
        """Share of the picture that few colours make up; see `palette`."""
        return palette(self.half)

    @property
    def fits_a_palette(self) -> bool:
        """Whether no more colours occur than a palette holds: all others gave way to those."""
        packed = self.pixels.reshape(-1, 3).astype(np.int32) @ _PACKED
        return all(len(np.unique(each)) <= _PALETTE for each in (packed[::_EVERY], packed))

    @property
    def is_graphic(self) -> bool:
        """Whether this is a drawing, a page or a screen, and no photograph."""
        return self.palette >= _GRAPHIC

    def scaled(self, pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
        """Return pixels of it at a smaller size: of drawings, where thin strokes decide, truly."""
        return averaged(pixels, size) if self.is_graphic else smaller(pixels, size)

    def shrunk(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        """Return the pixels at a smaller size (width, height), averaged; the last ones are kept."""
        if size not in self._shrunk:
            while len(self._shrunk) >= _SIZES:
                del self._shrunk[next(iter(self._shrunk))]
            least = 2 * size[0] <= self.width and 2 * size[1] <= self.height
            self._shrunk[size] = self.scaled(self.half if least else self.pixels, size)
        return self._shrunk[size]


def palette(pixels: NDArray[np.uint8], commonest: int = _COMMONEST) -> float:
    """Return the share of pixels that the commonest colours make up, 32 levels a channel.

    Documents, screens, plans and signs have most of theirs in so few; photographs have not.
    """
    count = cv2.calcHist([pixels], [0, 1, 2], None, [32] * 3, [0, 256] * 3).ravel()
    most = np.partition(count, -commonest)[-commonest:]
    return float(most.sum() / (pixels.size // 3))


def is_grey(pixels: NDArray[np.uint8]) -> bool:
    """Say whether a picture has no colour, but for what rounding leaves."""
    apart = cv2.absdiff(pixels, np.roll(pixels, 1, axis=2))
    return bool(np.mean(apart > _GREY) < _COLOURED)
