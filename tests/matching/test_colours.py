"""Colours of drawings are held against each other, but for what was done to the whole."""

import cv2
import numpy as np
import pytest

from monoprint.matching import colours, compare

INKS = ((200, 30, 30), (20, 120, 40), (40, 60, 180), (230, 190, 30))


def chart(inks=INKS):
    """Draw bars on white paper."""
    pixels = np.full((400, 600, 3), 252, np.uint8)
    for number, ink in enumerate(inks):
        pixels[100 + 40 * number : 360, 60 + 130 * number : 150 + 130 * number] = ink
    return pixels


def turned(pixels, degrees):
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + degrees // 2) % 180
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def grey(pixels):
    return cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


@pytest.fixture
def places(pictures):
    """Give a function that says where two pictures of one frame have other colours."""

    def found(one, other):
        laid = compare.lay(
            *(each if not isinstance(each, np.ndarray) else pictures.picture(each)
              for each in (one, other)), np.eye(3), 1600,
        )  # fmt: skip
        return colours.places(laid, compare.difference(laid).light)

    return found


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("ink", [(130, 30, 160), (90, 90, 40), (128, 128, 128)])
def test_a_bar_of_another_colour_is_a_place(places, at, ink):
    inks = [*INKS[:at], ink, *INKS[at + 1 :]]
    (left, top, right, bottom), *_ = places(chart(), chart(inks))
    assert 60 + 130 * at <= left < right <= 150 + 130 * at
    assert 100 + 40 * at <= top < bottom <= 360


@pytest.mark.parametrize(
    "change",
    [
        grey,
        lambda p: cv2.addWeighted(p, 0.5, grey(p), 0.5, 0),
        lambda p: turned(p, 20),
        lambda p: np.clip(p * np.array([1.0, 0.94, 0.82]), 0, 255).astype(np.uint8),
        lambda p: (p * 0.6).astype(np.uint8),
        lambda p: (p * np.linspace(1, 0.4, 600)[None, :, None]).astype(np.uint8),
    ],
    ids=["grey", "paler", "hue", "warmer", "darker", "shaded"],
)
def test_what_was_done_to_the_whole_is_no_place(places, change):
    assert places(chart(), change(chart())) == []


def poster():
    """Draw shapes on a ground of one colour, which takes up most."""
    pixels = np.full((400, 600, 3), (133, 237, 173), np.uint8)
    for number, ink in enumerate([*INKS, (180, 210, 216)]):
        cv2.circle(pixels, (70 + 115 * number, 200), 50, ink, -1)
    return pixels


@pytest.mark.parametrize(
    "change",
    [
        lambda p: np.clip(p * 1.5, 0, 255).astype(np.uint8),
        lambda p: np.clip((p.astype(float) - 128) * 1.5 + 128, 0, 255).astype(np.uint8),
        lambda p: (255 * (p / 255.0) ** 2).astype(np.uint8),
        lambda p: np.clip(grey(p) + 1.8 * (p.astype(float) - grey(p)), 0, 255).astype(np.uint8),
        lambda p: turned(p, 16),
        lambda p: cv2.GaussianBlur(p, (0, 0), 6),
    ],
    ids=["brighter", "contrast", "gamma", "stronger", "hue", "blur"],
)
def test_what_was_done_to_a_whole_poster_is_no_place(places, change):
    assert places(poster(), change(poster())) == []


@pytest.mark.parametrize("ink", [(30, 140, 60), (230, 190, 30), (40, 60, 180)])
def test_a_shape_of_another_colour_on_a_brighter_poster_is_a_place(places, ink):
    other = poster()
    cv2.circle(other, (70, 200), 50, ink, -1)
    (left, top, right, bottom), *_ = places(poster(), np.clip(other * 1.3, 0, 255).astype(np.uint8))
    assert 20 <= left < right <= 120
    assert 150 <= top < bottom <= 250


@pytest.mark.parametrize("quality", [20, 50, 90])
def test_compression_makes_no_place(places, pictures, quality):
    saved = pictures.saved(chart(), "JPEG", quality=quality)
    assert places(pictures.picture(chart()), saved) == []


def test_of_one_colour_alone_nobody_can_tell_that_the_whole_was_changed(places):
    one = chart([INKS[0], *[(252, 252, 252)] * 3])
    assert len(places(one, turned(one, 120))) == 1


def test_specks_are_no_place(places):
    other = chart()
    other[200:203, 80:83] = (130, 30, 160)
    assert places(chart(), other) == []


@pytest.mark.parametrize("size", [7, 24])
def test_a_small_seal_in_another_colour_is_a_place(places, size):
    one, other = chart(), chart()
    one[30 : 30 + size, 500 : 500 + size] = (190, 30, 30)
    other[30 : 30 + size, 500 : 500 + size] = (30, 80, 190)
    ((left, top, right, bottom),) = places(one, other)
    assert 500 <= left < right <= 500 + size
    assert 30 <= top < bottom <= 30 + size
    assert places(one, (one * 0.6).astype(np.uint8)) == []


def test_a_tint_of_one_colour_is_no_place_and_another_colour_is(places):
    drawn = chart((INKS[0],))
    luminance = cv2.cvtColor(drawn, cv2.COLOR_RGB2GRAY)[..., None] / 255
    toned = (30, 18, 8) + luminance * (np.array((255, 240, 205)) - (30, 18, 8))
    mixed = np.rint(0.4 * drawn + 0.6 * toned).astype(np.uint8)
    assert places(drawn, mixed) == []
    assert places(drawn, chart(((30, 90, 30),))) != []
