"""OpenCV as it is used here: what it makes of the same pixels is the same each time."""

import cv2  # noqa: TID251 - here it is set up for everybody else

__all__ = ["cv2"]

# Intel's primitives, which OpenCV calls where it can, go one way or another by where memory happens
# to lie and by what the processor has, and the last digits that they give by that way.
cv2.ipp.setUseIPP(False)
