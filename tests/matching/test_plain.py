"""Pictures with little to compare match by their colours as they are."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from monoprint.matching import plain
from monoprint.matching.compare import lay


@pytest.fixture
def laid(pictures):
    """Give a function that lays pixels of one size on each other."""
    return lambda one, other: lay(pictures.picture(one), pictures.picture(other), np.eye(3), 1600)


def solid(*colour):
    return np.full((200, 300, 3), colour, np.uint8)


def disc(colour, ground=(255, 255, 255)):
    return cv2.circle(solid(*ground), (150, 100), 60, colour, -1, cv2.LINE_AA)


def test_equal_colours_are_alike(laid):
    assert plain.compare(laid(disc((188, 0, 45)), disc((188, 0, 45)))).alike


def test_a_plain_picture_is_alike_what_jpeg_made_of_it(laid, pictures):
    drawn = disc((188, 0, 45))
    assert plain.compare(laid(drawn, pictures.jpeg(drawn, 75))).alike


@pytest.mark.parametrize("other", [(188, 0, 70), (170, 0, 45), (0, 0, 188)])
def test_another_colour_is_not_alike(laid, other):
    assert not plain.compare(laid(disc((188, 0, 45)), disc(other))).alike


def test_a_near_colour_is_near_and_a_far_one_is_not(laid):
    assert plain.compare(laid(solid(0, 38, 100), solid(0, 43, 112))).near
    assert not plain.compare(laid(solid(0, 38, 100), solid(200, 20, 30))).near


@pytest.mark.parametrize(("other", "within"), [((104, 100, 100), True), ((110, 100, 100), False)])
def test_what_two_encoders_may_leave_of_one_colour_is_not_alike(laid, other, within):
    found = plain.compare(laid(solid(100, 100, 100), solid(*other)))
    assert not found.alike
    assert found.within_two_codings is within
    assert found.near


def test_flags_of_other_colours_are_far_apart_and_of_near_ones_are_not(laid):
    assert plain.far_apart(laid(disc((188, 0, 45)), disc((255, 222, 0), (0, 98, 155))))
    assert not plain.far_apart(laid(disc((188, 0, 45)), disc((188, 0, 45))))
    assert not plain.far_apart(laid(disc((188, 0, 45)), disc((150, 0, 45), (215, 215, 215))))


def test_a_page_and_its_negative_are_not_far_apart_since_there_is_much_to_compare(laid, pictures):
    form = pictures.form()
    assert not plain.far_apart(laid(form, 255 - form))
    assert plain.far_apart(laid(disc((0, 0, 0)), 255 - disc((0, 0, 0))))


def test_a_small_disc_on_a_blank_page_is_not_the_blank_page(laid):
    blank, speck = solid(255, 255, 255), solid(255, 255, 255)
    cv2.circle(speck, (150, 100), 12, (0, 0, 0), -1)
    assert not plain.compare(laid(blank, speck)).alike


def test_scenes_and_forms_have_enough_to_compare_and_flags_have_not(laid, pictures):
    scene, form = pictures.scene(1), pictures.form()
    assert not plain.scarce(laid(scene, scene), graphic=False)
    assert not plain.scarce(laid(form, form), graphic=True)
    for drawn in (solid(3, 3, 3), disc((188, 0, 45))):
        assert plain.scarce(laid(drawn, drawn), graphic=True)
    assert plain.scarce(laid(solid(3, 3, 3), solid(3, 3, 3)), graphic=False)


def test_a_speck_in_another_colour_of_the_same_grey_is_another_picture(laid, pictures):
    red, blue = disc((120, 120, 130)), disc((120, 120, 130))
    red[20:28, 20:28], blue[20:28, 20:28] = (190, 30, 30), (30, 80, 190)
    assert plain.compare(laid(red, pictures.jpeg(red, 75))).alike
    assert not plain.compare(laid(red, blue)).alike


def test_a_plain_picture_is_alike_as_treated_and_another_sign_is_not(laid):
    drawn, other = disc((188, 0, 45)), disc((188, 0, 45))
    cv2.circle(other, (150, 100), 3, (255, 255, 255), -1)
    dark = (drawn * 0.5).astype(np.uint8)
    pair, another = laid(drawn, dark), laid(other, dark)
    assert not plain.compare(pair).alike
    assert plain.alike_as_treated(pair, replace(pair, first=pair.second))
    assert not plain.alike_as_treated(
        another, replace(another, first=(another.first * 0.5).astype(np.uint8))
    )
