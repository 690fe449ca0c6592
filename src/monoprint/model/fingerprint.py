"""Fingerprints: short codes of a picture, each bound to the recipe that made it."""

from dataclasses import dataclass
from typing import Final

import numpy as np


@dataclass(frozen=True, slots=True)
class FingerprintSpec:
    """A recipe's name and version, and the length of its codes in bits.

    Codes of different recipes are never compared, so a change that moves codes is a new version.
    """

    name: str
    version: int
    bits: int

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


PDQ = FingerprintSpec("pdq", 1, 256)
LOCAL = FingerprintSpec("local", 2, 256)
LAYOUT = FingerprintSpec("layout", 1, 256)

# One keypoint of `local/2` as it is stored, 38 bytes: place in 1/64 pixel, which of the sizes the
# picture was looked at in, direction in 1/256 turn, descriptor.
KEYPOINT: Final = np.dtype(
    [("x", "<u2"), ("y", "<u2"), ("octave", "u1"), ("angle", "u1"), ("code", "<u8", (4,))]
)


@dataclass(frozen=True, slots=True)
class PdqCode:
    """The PDQ code of one frame, upright and in the seven other orientations.

    `code` is 32 bytes, most significant bit first as PDQ's hexadecimal form is written; `turned`
    holds the codes of the other seven orientations, 7 x 32 bytes in the order of
    `monoprint.kernels.pdq.ORIENTATIONS`; `quality` is 0 to 100.
    """

    frame: int
    code: bytes
    turned: bytes
    quality: int


@dataclass(frozen=True, slots=True)
class LocalCode:
    """The local features of one frame, `local/2`, and its `layout/1` where it is plain.

    `width` and `height` are of the pixels they were made from. `keypoints` holds rows of `KEYPOINT`
    ordered by y, perhaps none; `layout` is 32 bytes, or empty for a picture that is not plain.
    """

    frame: int
    width: int
    height: int
    keypoints: bytes
    layout: bytes = b""
