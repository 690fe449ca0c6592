"""What a coarser file's encoder makes of a copy is like that file, and of another picture not."""

import numpy as np
import pytest

from monoprint.matching.align import frame_matrix
from monoprint.matching.picture import Picture
from monoprint.matching.recoding import recoded
from monoprint.model.asset import Facts


def apart(found):
    return np.abs(found.laid.first.astype(int) - found.laid.second).mean()


@pytest.mark.parametrize("quality", [20, 50, 90])
def test_a_copy_becomes_equal(pictures, quality):
    scene = pictures.scene(1)
    one, other = pictures.saved(scene, "PNG"), pictures.saved(scene, "JPEG", quality=quality)
    for first, second in ((one, other), (other, one)):
        assert apart(recoded(first, second, np.eye(3), 1600)) == 0


@pytest.mark.parametrize("turn", range(8))
def test_a_turned_copy_becomes_equal(pictures, turn):
    scene = pictures.scene(2, (321, 203))
    turned = pictures.oriented(scene, turn)
    one, other = pictures.saved(scene, "PNG"), pictures.saved(turned, "JPEG", quality=40)
    about = next(
        frame_matrix(one, other, k)
        for k in range(8)
        if np.allclose(shown(one, other, frame_matrix(one, other, k)), turned)
    )
    assert apart(recoded(one, other, about, 1600)) == 0


def shown(one, other, matrix):
    """Return the first picture's pixels at the places where the second's lie on it."""
    y, x = np.mgrid[0 : other.height, 0 : other.width]
    u, v, w = matrix @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    at = np.rint(v / w).astype(int), np.rint(u / w).astype(int)
    if min(at[0].min(), at[1].min()) < 0 or at[0].max() >= one.height or at[1].max() >= one.width:
        return np.zeros_like(other.pixels)
    return one.pixels[at].reshape(other.pixels.shape)


def test_another_picture_stays_another(pictures):
    one = pictures.saved(pictures.form(), "PNG")
    other = pictures.saved(pictures.form(number="10384"), "JPEG", quality=30)
    found = recoded(one, other, np.eye(3), 1600)
    differs = np.abs(found.laid.first.astype(int) - found.laid.second).max(axis=2)
    assert differs[380:440, 500:600].max() > 100
    assert differs[640:].max() == 0


def test_nothing_is_coded_like_a_file_without_loss_or_one_read_smaller(pictures):
    scene = pictures.scene(3)
    exact, lossy = pictures.saved(scene, "PNG"), pictures.saved(scene, "JPEG", quality=50)
    assert recoded(exact, exact, np.eye(3), 1600) is None
    smaller = Picture(lossy.pixels, Facts("JPEG", 1600, 1200, 50), lossy.coding)
    assert recoded(exact, smaller, np.eye(3), 1600) is None
