"""PDQ codes of frames, recipe ``pdq/1``."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from monoprint.kernels import pdq
from monoprint.model.fingerprint import PdqCode


def fingerprint(frames: Iterable[tuple[int, NDArray[np.uint8]]]) -> list[PdqCode]:
    """Return the codes of numbered frames, as `recipe_frames` gives them; each code once."""
    found: list[PdqCode] = []
    seen = set()
    for frame, pixels in frames:
        codes, quality = pdq.codes(pixels)
        code = codes[0].tobytes()
        if code not in seen:
            seen.add(code)
            found.append(PdqCode(frame, code, codes[1:].tobytes(), quality))
    return found
