"""Deferred pictures: decoded by other libraries than Pillow, once their pixels are asked for."""

import io
from typing import Any

from PIL import Image, ImageFile


class DeferredImage(ImageFile.ImageFile):
    """A picture whose header was read, as Pillow has them: size and mode known, pixels not yet.

    A subclass sets `_size` and `_mode` in `_open` from `self.data`, the whole file, and gives the
    pixels upright in `_decode`.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        super().__init__(io.BytesIO(data))

    def load(self) -> Any:
        """Decode at the first call. Raises what the decoder raises."""
        if self._im is None:
            pixels = self._decode()
            self.im = pixels.im
            self._mode, self._size = pixels.mode, pixels.size
        return super().load()

    def _decode(self) -> Image.Image:
        raise NotImplementedError
