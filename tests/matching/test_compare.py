"""What was done to light by construction is measured; what only one picture shows is found."""

import cv2
import numpy as np
import pytest

from monoprint.matching import compare
from monoprint.matching.compare import (
    Glance,
    Look,
    agreement,
    cell_means,
    difference,
    glance,
    lay,
    most_of_channels,
)
from monoprint.matching.flow import aligned

SIDE = 512


@pytest.fixture
def laid(pictures):
    """Give a function that lays pixels of one size on each other."""

    def laying(first, second):
        return aligned(pictures.picture(first), pictures.picture(second), np.eye(3), SIDE)

    return laying


def soft_scene(pictures, seed=1):
    """Return a scene without black and white, so that light may change and nothing is cut off."""
    return (pictures.scene(seed) * 0.5 + 60).astype(np.uint8)


@pytest.mark.parametrize(("gain", "offset"), [(0.7, 0), (1.2, -10), (0.9, 30), (1, 0)])
def test_gain_and_level_are_measured(pictures, laid, gain, offset):
    scene = soft_scene(pictures)
    light = difference(laid(scene, np.rint(scene * gain + offset).astype(np.uint8))).light
    assert light.gain == pytest.approx(gain, rel=0.05)
    grey = scene @ [0.299, 0.587, 0.114]
    assert light.level == pytest.approx(grey.mean() * (gain - 1) + offset, abs=2)
    assert light.chroma == pytest.approx(gain, rel=0.1)
    assert (light.blur, light.blurred) == (0, "")


def test_grey_has_no_colour_left(pictures, laid):
    scene = soft_scene(pictures)
    grey = cv2.cvtColor(cv2.cvtColor(scene, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    assert difference(laid(scene, grey)).light.chroma < 0.15


def test_a_glance_tells_the_right_way_from_others(pictures):
    scene = pictures.scene(1, (640, 480))
    picture = pictures.picture
    darker = picture((cv2.resize(scene, (320, 240)) * 0.4 + 30).astype(np.uint8))
    double = np.diag([2.0, 2.0, 1.0])
    assert glance(picture(scene), darker, double).promise > 0.9
    over = np.array([[-2.0, 0, 639], [0, 2, 0], [0, 0, 1]])
    for wrong in (over, double @ np.diag([0.5, 0.5, 1])):
        assert abs(glance(picture(scene), darker, wrong).promise) < 0.3
    other = picture(pictures.scene(5, (320, 240)))
    assert abs(glance(picture(scene), other, double).promise) < 0.3


def test_nothing_is_seen_at_a_glance_of_what_is_flat_or_does_not_overlap(pictures):
    scene = pictures.picture(pictures.scene(1, (640, 480)))
    flat = pictures.picture(np.full((480, 640, 3), 90, np.uint8))
    beside = np.array([[1.0, 0, 900], [0, 1, 0], [0, 0, 1]])
    assert abs(glance(scene, flat, np.eye(3)).promise) < 0.05
    assert glance(scene, scene, beside) == Glance(promise=0, detail=0)


def test_the_detail_at_a_glance_is_that_of_the_picture_with_less(pictures):
    scene = pictures.scene(1, (640, 480))
    faint = pictures.picture((scene * 0.1 + 100).astype(np.uint8))
    scene = pictures.picture(scene)
    strong = glance(scene, scene, np.eye(3)).detail
    weak = glance(faint, faint, np.eye(3)).detail
    assert weak == pytest.approx(0.1 * strong, rel=0.2)
    assert glance(scene, faint, np.eye(3)).detail == pytest.approx(weak)


@pytest.mark.parametrize("sigma", [2.0, 4.0])
def test_the_softer_one_is_named_and_its_blur_measured(pictures, laid, sigma):
    scene = pictures.scene(2, (512, 384))
    soft = cv2.GaussianBlur(scene, (0, 0), sigma)
    there, back = (difference(laid(*pair)).light for pair in ((scene, soft), (soft, scene)))
    assert (there.blurred, back.blurred) == ("second", "first")
    assert there.blur == pytest.approx(sigma, rel=0.4)


def test_light_made_alike_leaves_little(pictures, laid):
    scene = soft_scene(pictures)
    found = difference(laid(scene, (scene * 0.8 + 10).astype(np.uint8)))
    assert found.residual < 2
    assert max(found.only_first.max(), found.only_second.max()) < 20


def test_what_only_one_shows_is_no_light_that_makes_print_pale(pictures, laid):
    page = pictures.page(1)
    badged = page.copy()
    badged[900:1190, 20:320] = badged[900:1190, 20:320] * 0.35
    pair = laid(badged, page)
    both = difference(pair)
    assert (both.light.gain, both.light.uneven) == (1.0, 0.0)
    above = slice(0, both.b.shape[0] // 2)
    printed = both.b[above] < 150
    assert both.a[above][printed].mean() == pytest.approx(both.b[above][printed].mean(), abs=10)
    # Where all of a page is paler that is light.
    pair = laid((page * 0.4 + 150).astype(np.uint8), page)
    pale = difference(pair)
    assert pale.light.gain > 2
    assert pale.a[above][printed].mean() < pair.first[above][printed].mean() - 20


def test_what_only_the_second_shows_is_its_alone(pictures, laid):
    scene = soft_scene(pictures)
    marked = scene.copy()
    marked[280:320, 380:430] = (255, 255, 0)
    over = laid(scene, marked)
    found = difference(over)
    there = found.only_second > 30
    y, x = np.argwhere(there).mean(axis=0) / over.valid.shape
    assert there.any()
    assert (x, y) == pytest.approx((405 / 800, 300 / 600), abs=0.03)
    shares = agreement(over, found)
    assert 0.9 < shares.share <= 1


def test_equal_pictures_agree_in_every_cell_and_others_do_not(pictures, laid):
    scene = pictures.scene(1)
    same = laid(scene, scene)
    found = difference(same)
    assert found.residual < 0.5
    assert agreement(same, found).share == 1
    assert same.rigid == 1
    apart = laid(scene, pictures.scene(9))
    found = agreement(apart, difference(apart))
    assert found.share < 0.4
    assert found.cells < 12


def test_what_is_set_aside_does_not_count(pictures, laid):
    scene = soft_scene(pictures)
    other = scene.copy()
    other[:, :400] = soft_scene(pictures, 9)[:, :400]
    over = laid(scene, other)
    found = difference(over)
    aside = np.zeros(over.valid.shape, bool)
    aside[:, : over.valid.shape[1] // 2 + 8] = True
    assert agreement(over, found).share < agreement(over, found, aside).share


def test_pictures_are_laid_on_the_grid_of_the_coarser_one(pictures):
    scene = pictures.scene(1)
    small = pictures.resized(scene, 0.25)
    to_first = np.array([[4.0, 0, 1.5], [0, 4, 1.5], [0, 0, 1]])
    one, other = pictures.picture(scene), pictures.picture(small)
    there, back = lay(one, other, to_first, SIDE), lay(other, one, np.linalg.inv(to_first), SIDE)
    assert there.first.shape == back.first.shape == small.shape
    assert (there.zoom, back.zoom) == (pytest.approx(4), pytest.approx(0.25))
    assert there.valid.mean() > 0.95
    assert np.abs(there.first.astype(int) - there.second).mean() < 3


@pytest.mark.parametrize(
    "matrix",
    [
        np.array([[1.0, 0, 5000], [0, 1, 0], [0, 0, 1]]),
        np.zeros((3, 3)),
        np.full((3, 3), np.nan),
        np.diag([100.0, 100, 1]),
    ],
)
def test_what_does_not_overlap_or_is_no_sound_way_is_not_laid(pictures, matrix):
    picture = pictures.picture(pictures.scene(1))
    assert lay(picture, picture, matrix, SIDE) is None


def test_a_white_border_in_common_is_not_all_that_is_looked_at(pictures, laid):
    # Two that differ everywhere else by more than noise ever does.
    def clouds(seed):
        rough = np.random.default_rng(seed).normal(size=(400, 500))
        soft = cv2.GaussianBlur(rough, (0, 0), 5)
        shown = np.clip(128 + soft / soft.std() * 45, 0, 255).astype(np.uint8)
        shown[:50] = shown[-50:] = 255
        return np.repeat(shown[..., None], 3, axis=2)

    both = laid(clouds(1), clouds(2))
    found = difference(both)
    assert found.light.noise > 20
    assert agreement(both, found).share < 0.5


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 300, 3), (64, 48, 3)])
def test_the_most_of_channels_is_the_largest_of_the_three(shape):
    pixels = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    assert most_of_channels(pixels).tolist() == pixels.max(axis=2).tolist()


@pytest.mark.parametrize("shape", [(24, 36), (25, 47), (13, 12)])
def test_cells_are_averaged_whole_and_what_is_left_over_is_not_used(shape):
    x = np.random.default_rng(1).random(shape, np.float32)
    rows, columns = shape[0] // 12, shape[1] // 12
    cells = x[: rows * 12, : columns * 12].reshape(rows, 12, columns, 12)
    assert cell_means(x, 12) == pytest.approx(cells.mean(axis=(1, 3)), abs=1e-5)


def test_what_is_less_than_a_cell_high_is_averaged_whole():
    x = np.arange(5 * 24, dtype=np.float32).reshape(5, 24)
    assert cell_means(x, 12) == pytest.approx(x.reshape(1, 5, 2, 12).mean(axis=(1, 3)), abs=1e-3)


def test_a_look_compares_once_and_as_the_functions_do(pictures, laid, monkeypatch):
    found = laid(pictures.scene(1), pictures.scene(2))
    wanted = difference(found)
    agreed = agreement(found, wanted)
    asked = []
    monkeypatch.setattr(compare, "difference", lambda each: asked.append(each) or wanted)
    look = Look(found)
    assert asked == []
    assert look.agreement.share == agreed.share
    assert look.agreement.cells == agreed.cells
    assert look.difference is wanted
    assert asked == [found]


def test_each_level_becomes_the_median_of_what_the_other_picture_has_there():
    rng = np.random.default_rng(5)
    one = np.repeat(np.repeat(rng.integers(0, 256, (32, 40), np.uint8), 8, 0), 8, 1)
    other = (255 * (one / 255) ** 0.6 + 0.5).astype(np.uint8)
    table = compare._curve(one, other, np.ones(one.shape, np.bool_))
    size = (round(320 * 256 / 320), round(256 * 256 / 320))
    soft = [cv2.GaussianBlur(cv2.resize(x, size, interpolation=cv2.INTER_AREA), (0, 0), 1.5)
            for x in (one, other)]  # fmt: skip
    for step in range(32):
        there = (soft[0] >> 3) == step
        if there.sum() < 40:
            continue
        middle, level = np.sort(soft[1][there])[there.sum() // 2], soft[0][there].mean()
        assert abs(float(np.interp(level, np.arange(256), table)) - middle) <= 1.5
