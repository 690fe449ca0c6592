"""What was done to a picture as a whole is done to the other too, and nothing else is."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monoprint.matching import compare, treatment
from monoprint.matching.compare import Laid

EYE = np.eye(3)


def branch():
    """Draw a branch with blossoms on paper, which takes up most."""
    pixels = np.full((300, 400, 3), (244, 240, 228), np.uint8)
    cv2.line(pixels, (60, 290), (230, 110), (92, 64, 40), 9, cv2.LINE_AA)
    cv2.line(pixels, (150, 195), (110, 80), (92, 64, 40), 5, cv2.LINE_AA)
    for number, place in enumerate([(230, 110), (110, 80), (190, 150), (130, 140)]):
        cv2.circle(pixels, place, 14, (224, 120 - 8 * number, 150), -1, cv2.LINE_AA)
        cv2.circle(pixels, place, 4, (220, 190, 60), -1, cv2.LINE_AA)
    return pixels


def laid(first, second):
    valid = np.ones(first.shape[:2], np.bool_)
    return Laid(first, second, valid, EYE, EYE, EYE, 1.0)


def clipped(pixels):
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def sharpened(pixels):
    soft = cv2.GaussianBlur(pixels, (0, 0), 2)
    return cv2.addWeighted(pixels, 2.2, soft, -1.2, 0)


def sepia(pixels):
    luminance = compare.grey(pixels)[..., None] / 255
    return clipped((30, 18, 8) + luminance * (np.array((255, 240, 205)) - (30, 18, 8)))


def vignetted(pixels):
    height, width = pixels.shape[:2]
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
    return clipped(pixels * (1 - 0.25 * (x * x + y * y))[..., None])


def turned(pixels):
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + 30) % 180
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def off(pair):
    """Return by how many levels the two differ, at most places."""
    return float(np.quantile(cv2.absdiff(pair.first, pair.second), 0.99))


WAYS = {
    "darker": lambda p: clipped(p * 0.6),
    "brighter": lambda p: clipped(p * 1.4),
    "gamma": lambda p: clipped(255 * (p / 255) ** 1.6),
    "contrast": lambda p: clipped(128 + (p.astype(float) - 128) * 0.6),
    "warmer": lambda p: clipped(p * np.array([1.0, 0.92, 0.75])),
    "grey": lambda p: cv2.cvtColor(compare.grey(p), cv2.COLOR_GRAY2RGB),
    "sepia": sepia,
    "vignette": vignetted,
    "blur": lambda p: cv2.GaussianBlur(p, (0, 0), 2),
    "sharpened": sharpened,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("back", [False, True])
def test_one_is_treated_as_the_other_was(way, back):
    pair = laid(branch(), way(branch()))
    if back:
        pair = pair.exchanged()
    assert off(pair) > 20
    assert min(map(off, treatment.treated(pair, hue=False))) <= 16


def test_a_hue_is_turned_only_if_asked_for():
    pair = laid(branch(), turned(branch()))
    assert min(map(off, treatment.treated(pair))) <= 16
    assert all(off(each) > 20 for each in treatment.treated(pair, hue=False))


@pytest.mark.parametrize("ground", [(255, 255, 255), (236, 230, 210)])
def test_a_thing_in_another_colour_is_no_treatment(ground):
    things = []
    for colour in ((60, 105, 70), (75, 68, 105)):
        pixels = np.full((300, 400, 3), ground, np.uint8)
        shade = np.linspace(0.8, 1.2, 120)[None, :, None]
        pixels[80:260, 140:260] = np.clip(np.array(colour) * shade, 0, 255)
        things.append(pixels)
    for each in treatment.treated(laid(*things), hue=False):
        assert off(each) > 20


def test_other_content_stays_where_light_is_made_alike():
    other = branch()
    cv2.circle(other, (300, 220), 14, (224, 112, 150), -1, cv2.LINE_AA)
    for each in treatment.treated(laid(branch(), clipped(other * 0.6))):
        beside = each.first[:, :260].astype(int) - each.second[:, :260]
        there = each.first[215:225, 295:305].astype(int) - each.second[215:225, 295:305]
        assert np.abs(beside).mean() < 4
        assert np.abs(there).mean() > 40


def test_equal_pictures_are_untouched_and_nothing_is_done_to_them():
    pair = laid(branch(), branch())
    everywhere = np.ones(pair.valid.shape, np.bool_)
    assert treatment.untouched(pair, everywhere)
    assert not treatment.untouched(laid(branch(), sharpened(branch())), everywhere)
    assert list(treatment.treated(pair)) == []


def test_a_picture_of_a_pixel_is_treated_without_failing():
    one, other = np.full((1, 1, 3), 90, np.uint8), np.full((1, 1, 3), 150, np.uint8)
    for each in treatment.treated(laid(one, other)):
        assert each.valid.shape == (1, 1)


@given(st.floats(0.4, 1.0), st.floats(0.0, 60.0))
def test_a_line_of_levels_is_found_in_spite_of_other_content(slope, level):
    rng = np.random.default_rng(7)
    x = rng.uniform(20, 220, (400, 3)).astype(np.float32)
    y = (slope * x + level).astype(np.float32)
    y[:80] = rng.uniform(20, 220, (80, 3))
    told = (y > 6) & (y < 249)
    wanted = slope * x[told.all(axis=1)] + level
    found = min(
        float(np.abs(change(x[told.all(axis=1)]) - wanted).mean())
        for change in treatment.changes(x, y)
    )
    assert found < 2
