"""Coding: what a lossy file's own encoder makes of other pixels.

An encoder's settings are told from the file, so what it did to its picture can be done to another
one: two pictures that differ by nothing else are then alike.
"""

import io
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from monoprint.imaging import encoding
from monoprint.imaging.decode import Opened
from monoprint.imaging.normalize import oriented, stored

# ITU-T T.81 codes baseline pictures with steps of one byte.
_BASELINE_STEP: Final = 255

# WebP and AVIF do not tell their quality; both halve the colour's resolution at any but the
# highest, which is what their copies of plain pictures differ by most.
_UNTOLD: Final = {"WEBP": {"quality": 60, "method": 2}, "AVIF": {"quality": 60, "speed": 10}}


@dataclass(frozen=True, slots=True)
class Coding:
    """How a lossy file codes its pixels.

    `format` and `settings` are what an encoder is to be told, `orientation` (1 to 8) how the
    picture lies in the file, `grey` whether it has no colour.
    """

    format: str
    settings: tuple[tuple[str, Any], ...]
    orientation: int
    grey: bool


def coding(opened: Opened, orientation: int) -> Coding | None:
    """Return how a file codes its pixels, None where nothing is lost or it cannot be told."""
    image = opened.image
    if encoding.lossless(opened) or image.mode not in {"L", "RGB", "YCbCr"}:
        return None
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        tables = tuple(tuple(table) for _, table in sorted(image.quantization.items()))
        if not 0 < len(tables) <= 4 or max(map(max, tables)) > _BASELINE_STEP:
            return None
        sampling = JpegImagePlugin.get_sampling(image)
        settings = (("qtables", tables), ("subsampling", sampling if sampling >= 0 else 2))
        return Coding("JPEG", settings, orientation, image.mode == "L")
    if opened.format in _UNTOLD:
        return Coding(opened.format, tuple(_UNTOLD[opened.format].items()), orientation, False)
    return None


def coded(pixels: NDArray[np.uint8], like: Coding) -> NDArray[np.uint8]:
    """Return upright pixels, uint8 (H, W, 3), as that encoder would have kept them."""
    image = stored(Image.fromarray(pixels), like.orientation)
    if like.grey:
        image = image.convert("L")
    file = io.BytesIO()
    settings = dict(like.settings)
    if "qtables" in settings:
        settings["qtables"] = [list(table) for table in settings["qtables"]]
    image.save(file, like.format, **settings)
    with Image.open(file, formats=[like.format]) as kept:
        return np.asarray(oriented(kept.convert("RGB"), like.orientation))
