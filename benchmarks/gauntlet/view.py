"""A picture on its way from a source, with where the source's pixels went."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Matrix = NDArray[np.float64]
Colour = tuple[int, int, int]
Quad = tuple[tuple[float, float], ...]

LANCZOS, BICUBIC = Image.Resampling.LANCZOS, Image.Resampling.BICUBIC


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a picture becomes a file: Pillow's format, the file's suffix, Pillow's options."""

    format: str
    suffix: str
    options: tuple[tuple[str, Any], ...] = ()


PNG = Encoding("PNG", ".png")


def jpeg(quality: int, **options: Any) -> Encoding:
    return Encoding("JPEG", ".jpg", (("quality", quality), *options.items()))


@dataclass(frozen=True, slots=True)
class View:
    """An RGB picture and the 3 x 3 homography that takes the source's pixels to its own.

    `encoding` is None as long as any common one will do. `extra` names further sources that the
    picture shows.
    """

    picture: Image.Image
    matrix: Matrix
    encoding: Encoding | None = None
    extra: tuple[str, ...] = ()

    @classmethod
    def of(cls, picture: Image.Image) -> "View":
        return cls(picture, np.eye(3))

    @property
    def size(self) -> tuple[int, int]:
        return self.picture.size

    def as_file(self, encoding: Encoding) -> "View":
        return replace(self, encoding=encoding)

    def painted(self, picture: Image.Image) -> "View":
        """Return another picture with everything in the same place."""
        return replace(self, picture=picture)

    def resized(self, size: tuple[int, int]) -> "View":
        size = (max(size[0], 8), max(size[1], 8))
        scale = np.diag([size[0] / self.size[0], size[1] / self.size[1], 1.0])
        return self._moved(self.picture.resize(size, LANCZOS), scale)

    def scaled(self, factor: float) -> "View":
        return self.resized((round(self.size[0] * factor), round(self.size[1] * factor)))

    def cropped(self, box: tuple[int, int, int, int]) -> "View":
        return self._moved(self.picture.crop(box), shift(-box[0], -box[1]))

    def transposed(self, how: Image.Transpose) -> "View":
        return self._moved(self.picture.transpose(how), transposing(how, self.size))

    def placed(self, ground: Image.Image, at: tuple[float, float]) -> "View":
        """Return the picture on a ground, its upper left corner at the pixel next to a point."""
        left, top = round(at[0]), round(at[1])
        ground = ground.copy()
        ground.paste(self.picture, (left, top))
        return self._moved(ground, shift(left, top))

    def warped(self, matrix: Matrix, size: tuple[int, int], fill: Colour) -> "View":
        """Return the picture bent by a homography, seen through a window at the origin."""
        back = np.linalg.inv(matrix)
        back /= back[2, 2]
        data = back.ravel()[:8].tolist()
        bent = self.picture.transform(
            size, Image.Transform.PERSPECTIVE, data, BICUBIC, fillcolor=fill
        )
        return self._moved(bent, matrix)

    def corners(self, source: tuple[int, int]) -> Quad:
        """Return where the corners of a source of that size went, clockwise from upper left."""
        return where(self.matrix, rectangle(source))

    def _moved(self, picture: Image.Image, matrix: Matrix) -> "View":
        return replace(self, picture=picture, matrix=matrix @ self.matrix)


def shift(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], float)


def turn(degrees: float) -> Matrix:
    """Return a turn about the origin, clockwise as pictures have it."""
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], float)


def transposing(how: Image.Transpose, size: tuple[int, int]) -> Matrix:
    """Return what one of Pillow's transpositions does to pixel edges' coordinates."""
    width, height = size
    kinds = Image.Transpose
    rows = {
        kinds.FLIP_LEFT_RIGHT: [[-1, 0, width], [0, 1, 0]],
        kinds.FLIP_TOP_BOTTOM: [[1, 0, 0], [0, -1, height]],
        kinds.ROTATE_180: [[-1, 0, width], [0, -1, height]],
        kinds.ROTATE_90: [[0, 1, 0], [-1, 0, width]],
        kinds.ROTATE_270: [[0, -1, height], [1, 0, 0]],
        kinds.TRANSPOSE: [[0, 1, 0], [1, 0, 0]],
        kinds.TRANSVERSE: [[0, -1, height], [-1, 0, width]],
    }[how]
    return np.array([*rows, [0, 0, 1]], float)


def rectangle(size: tuple[int, int]) -> Quad:
    width, height = size
    return ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))


def where(matrix: Matrix, points: Quad) -> Quad:
    moved = matrix @ np.array([[x, y, 1] for x, y in points]).T
    return tuple((float(x), float(y)) for x, y in (moved[:2] / moved[2]).T)


def homography(source: Quad, target: Quad) -> Matrix:
    """Return the homography that takes four points to four others."""
    rows, sides = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        sides += [u, v]
    return np.append(np.linalg.solve(np.array(rows, float), np.array(sides)), 1).reshape(3, 3)
