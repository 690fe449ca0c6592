"""Flow corrects how pictures lie, and tells what moved between two exposures from a copy."""

import cv2
import numpy as np
import pytest

from monoprint.matching.compare import difference, lay
from monoprint.matching.flow import aligned, held, parallax, refined

SIDE = 512


@pytest.fixture
def parallax_of(pictures):
    """Give a function that returns the parallax of two pictures, laid frame on frame first."""

    def told(first, second):
        laid = aligned(pictures.picture(first), pictures.picture(second), np.eye(3), SIDE)
        return parallax(laid, difference(laid), np.zeros(laid.valid.shape, np.bool_))

    return told


def test_a_picture_that_lies_a_bit_turned_is_put_straight(pictures):
    scene = pictures.scene(1)
    about = np.vstack([cv2.getRotationMatrix2D((400, 300), 0.4, 1.004), [0, 0, 1]])
    turned = cv2.warpPerspective(scene, about, (800, 600), borderMode=cv2.BORDER_REFLECT)
    pair = pictures.picture(turned), pictures.picture(scene)
    laid = lay(*pair, np.eye(3), SIDE)
    straight = refined(*pair, laid, SIDE)
    corners = np.array([[[20, 20], [780, 20], [780, 580], [20, 580]]], np.float64)
    off = cv2.perspectiveTransform(corners, straight.matrix)
    off -= cv2.perspectiveTransform(corners, about)
    assert np.abs(off).max() < 0.6
    assert straight.rigid > 0.95
    apart = (cv2.absdiff(each.first, each.second)[each.valid].mean() for each in (straight, laid))
    assert next(apart) < 0.5 * next(apart)


def test_other_pictures_stay_as_they_were_laid(pictures):
    pair = pictures.picture(pictures.scene(1)), pictures.picture(pictures.scene(2))
    laid = lay(*pair, np.eye(3), SIDE)
    after = refined(*pair, laid, SIDE)
    assert np.array_equal(after.matrix, laid.matrix)
    assert after.rigid < 0.3


@pytest.mark.parametrize("moved", [4, 8, -6])
def test_what_is_near_moves_more_than_what_is_far(pictures, parallax_of, moved):
    still, later = pictures.shot(0), pictures.shot(moved)
    assert parallax_of(still, later) > 0.1
    assert parallax_of(later, still) > 0.1


def changed(pictures, scene, how):
    """Return a copy of a scene, changed in a way that moves nothing by itself."""
    if how == "compressed":
        return cv2.imdecode(
            cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_COLOR
        )
    if how == "darker":
        return (scene * 0.6).astype(np.uint8)
    if how == "blurred":
        return cv2.GaussianBlur(scene, (0, 0), 2)
    if how == "covered":
        return pictures.lettered(scene, "SAMPLE", (100, 200), 120)
    if how == "leaning":
        corners = np.array([[0, 0], [800, 0], [800, 600], [0, 600]], np.float32)
        to = corners + np.array([[6, 4], [-3, 7], [-5, -4], [4, -2]], np.float32)
        return cv2.warpPerspective(scene, cv2.getPerspectiveTransform(corners, to), (800, 600))
    return pictures.scene(9)


@pytest.mark.parametrize(
    "how", ["compressed", "darker", "blurred", "covered", "leaning", "another"]
)
def test_nothing_moves_in_a_copy_nor_is_told_to_in_another_picture(pictures, parallax_of, how):
    scene = pictures.shot(0)
    assert parallax_of(scene, changed(pictures, scene, how)) < 0.03


@pytest.mark.parametrize("size", [(30, 30), (300, 20), (2000, 60), (40, 40)])
def test_of_few_pixels_nothing_is_told(pictures, parallax_of, size):
    small = pictures.scene(1, (max(size), max(size)))[: size[1], : size[0]]
    assert parallax_of(small, small) == 0


@pytest.mark.parametrize("quality", [40, 85])
def test_along_a_horizon_places_are_held(pictures, quality):
    horizon = pictures.horizon(2)
    cropped = horizon[40:470, 30:700]
    pair = (
        pictures.picture(pictures.jpeg(each, q)) for each, q in ((horizon, 90), (cropped, quality))
    )
    there = np.array([[1.0, 0, 30], [0, 1, 40], [0, 0, 1]])
    laid = aligned(*pair, there, SIDE)
    assert held(laid, difference(laid)) > 0.95


def test_of_another_picture_nothing_is_held(pictures):
    pair = pictures.picture(pictures.horizon(2)), pictures.picture(pictures.scene(1, (800, 500)))
    laid = lay(*pair, np.eye(3), SIDE)
    assert held(laid, difference(laid)) < 0.2


@pytest.mark.parametrize("size", [(30, 30), (40, 40)])
def test_of_few_pixels_nothing_is_held(pictures, size):
    small = pictures.picture(pictures.scene(1, size))
    laid = lay(small, small, np.eye(3), SIDE)
    assert held(laid, difference(laid)) == 0
