"""Small drawn pictures, stored."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from monoprint.imaging.decode import open_picture


@pytest.fixture(scope="session")
def paint():
    """Return a function that draws soft blobs; another seed draws another picture."""

    def make(seed=0, size=(120, 90)):
        rng = np.random.default_rng(seed)
        coarse = rng.integers(0, 256, (6, 8, 3), np.uint8)
        image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
        ImageDraw.Draw(image).ellipse((10, 10, 40, 30), fill=tuple(coarse[0, 0]))
        return image

    return make


@pytest.fixture(scope="session")
def picture(paint):
    return paint()


@pytest.fixture(scope="session")
def encode():
    def store(image, kind, **options):
        out = io.BytesIO()
        image.copy().save(out, kind, **options)
        return out.getvalue()

    return store


@pytest.fixture(scope="session")
def opened(encode):
    """Return a function that stores an image and opens it again."""

    def reopen(image, kind="PNG", **options):
        return open_picture(encode(image, kind, **options), "")

    return reopen
