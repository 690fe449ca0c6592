"""Which quality a JPEG file's picture was saved with before is told by the trace that it left."""

import io

import numpy as np
import pytest
from PIL import Image

from monoprint.imaging.decode import open_picture
from monoprint.imaging.generations import earlier_quality
from tests.matching.conftest import Pictures


def saved(pixels, *qualities):
    image = Image.fromarray(pixels)
    for quality in qualities:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        image = Image.open(io.BytesIO(file.getvalue())).convert("RGB")
    return open_picture(file.getvalue(), "x.jpg")


@pytest.fixture(params=[1, 2, 3])
def photograph(request):
    """Draw a scene with the noise of a sensor."""
    scene = Pictures.scene(request.param, (640, 480)).astype(np.float64)
    noise = np.random.default_rng(request.param).normal(0, 4, scene.shape)
    return np.clip(scene + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("quality", [50, 75, 90, 97])
def test_a_picture_saved_once_has_no_earlier_quality(photograph, quality):
    assert earlier_quality(saved(photograph, quality)) is None


@pytest.mark.parametrize(("before", "after"), [(75, 90), (85, 95), (50, 95)])
def test_a_lower_quality_before_is_told(photograph, before, after):
    assert earlier_quality(saved(photograph, before, after)) == pytest.approx(before, abs=3)


def test_a_higher_quality_before_leaves_no_trace(photograph):
    assert earlier_quality(saved(photograph, 90, 60)) is None


def test_what_was_made_smaller_since_tells_nothing(photograph):
    before = saved(photograph, 60).image.convert("RGB").resize((500, 375), Image.Resampling.LANCZOS)
    assert earlier_quality(saved(np.asarray(before), 92)) is None


def test_flat_tiny_and_other_pictures_tell_nothing(photograph):
    flag = np.zeros((300, 400, 3), np.uint8)
    flag[:150] = (200, 16, 46)
    assert earlier_quality(saved(flag, 50, 95)) is None
    assert earlier_quality(saved(photograph[:40, :300], 50, 95)) is None
    file = io.BytesIO()
    Image.fromarray(photograph).save(file, "PNG")
    assert earlier_quality(open_picture(file.getvalue(), "x.png")) is None
