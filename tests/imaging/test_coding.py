"""An encoder that is told a file's own settings gives that file's pixels again."""

import io

import numpy as np
import pytest
from PIL import Image

from monoprint.imaging.coding import coded, coding
from monoprint.imaging.decode import open_picture
from monoprint.imaging.normalize import oriented, picture


@pytest.fixture
def drawn():
    """Return pixels of strong edges and colours, of a size that is no number of whole blocks."""
    pixels = np.full((93, 131, 3), (200, 30, 40), np.uint8)
    pixels[20:60, 30:90] = (250, 250, 250)
    pixels[35:50, 40:70] = (10, 60, 160)
    return pixels


def file_of(pixels, kind, **settings):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **settings)
    return open_picture(file.getvalue(), "")


@pytest.mark.parametrize("quality", [20, 60, 95])
@pytest.mark.parametrize("sampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_settings_are_told_from_the_file(drawn, quality, sampling, progressive):
    settings = {"quality": quality, "subsampling": sampling, "progressive": progressive}
    opened = file_of(drawn, "JPEG", **settings)
    like = coding(opened, 1)
    assert np.array_equal(coded(drawn, like), picture(opened, 0, 1600))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_is_stored_turned_is_coded_turned(drawn, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    opened = file_of(drawn, "JPEG", quality=30, exif=exif)
    like = coding(opened, orientation)
    upright = np.asarray(oriented(Image.fromarray(drawn), orientation))
    assert np.array_equal(coded(upright, like), picture(opened, 0, 1600))


def test_a_grey_file_keeps_no_colour(drawn):
    opened = file_of(drawn[..., 0], "JPEG", quality=50)
    kept = coded(drawn, coding(opened, 1))
    assert (kept == kept[..., :1]).all()


@pytest.mark.parametrize(
    ("kind", "settings"), [("PNG", {}), ("BMP", {}), ("WEBP", {"lossless": True})]
)
def test_what_keeps_every_sample_has_no_coding(drawn, kind, settings):
    assert coding(file_of(drawn, kind, **settings), 1) is None


def test_webp_is_coded_with_loss(drawn):
    like = coding(file_of(drawn, "WEBP", quality=40), 1)
    kept = coded(drawn, like)
    assert kept.shape == drawn.shape
    assert 0 < np.abs(kept.astype(int) - drawn).mean() < 10
