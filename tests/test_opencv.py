"""OpenCV gives the same wherever memory happens to lie."""

import numpy as np
import pytest
from numpy.typing import NDArray

from monoprint.opencv import cv2

LINE = 64  # bytes of a processor's cache line


def lying(values: NDArray[np.float32], offset: int) -> NDArray[np.float32]:
    """Copy values to memory that lies so many bytes behind the beginning of a cache line."""
    held = np.empty(values.nbytes + 2 * LINE, np.uint8)
    begin = -held.ctypes.data % LINE + offset
    copy = held[begin : begin + values.nbytes].view(np.float32).reshape(values.shape)
    copy[:] = values
    return copy


@pytest.mark.parametrize("shape", [(5, 7), (96, 96), (300, 352)])
def test_a_result_is_the_same_wherever_memory_lies(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(20)
    across, down = (random.uniform(-255, 255, shape).astype(np.float32) for _ in range(2))

    found = {
        cv2.magnitude(across, down, lying(np.zeros(shape, np.float32), offset)).tobytes()
        for offset in range(0, LINE, 4)
    }

    assert len(found) == 1
