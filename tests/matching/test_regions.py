"""Where two pictures differ is found, with whose the foreign thing is."""

import cv2
import numpy as np
import pytest

from monoprint.matching.compare import difference
from monoprint.matching.flow import aligned
from monoprint.matching.regions import apart, ownership


@pytest.fixture
def parted(pictures):
    """Give a function that returns where pixels differ, and the shape of the grid."""

    def parting(first, second, graphic=False):
        pair = (pictures.picture(first), pictures.picture(second))
        laid = aligned(*pair, np.eye(3), 1600)
        return apart(laid, difference(laid), graphic=graphic), laid.valid.shape

    return parting


@pytest.fixture
def differ(parted):
    """Give a function that returns the regions in which pixels differ, and their mask."""

    def differing(first, second, graphic=False):
        found, shape = parted(first, second, graphic)
        return found.regions, found.mask, shape

    return differing


def stuck(pixels, place, radius=45):
    marked = pixels.copy()
    cv2.circle(marked, place, radius, (240, 20, 30), -1)
    cv2.circle(marked, place, radius, (255, 255, 255), 6)
    cv2.circle(marked, place, radius // 2, (255, 255, 255), -1)
    return marked


def test_equal_pictures_differ_nowhere(pictures, differ):
    found, mask, _ = differ(pictures.scene(1), pictures.scene(1))
    assert found == []
    assert not mask.any()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("place", [(200, 200), (500, 350)])
def test_a_sticker_is_one_region_that_belongs_to_its_picture(pictures, differ, seed, place):
    scene = pictures.scene(seed)
    found, mask, (height, width) = differ(scene, stuck(scene, place))
    largest = found[0]
    left, top, right, bottom = largest.box
    middle = ((left + right) / 2 / width * 800, (top + bottom) / 2 / height * 600)
    assert middle == pytest.approx(place, abs=15)
    assert ownership(found, graphic=False).owner == 2
    other, _, _ = differ(stuck(scene, place), scene)
    assert ownership(other, graphic=False).owner == 1
    assert mask[(top + bottom) // 2, (left + right) // 2] or mask[top:bottom, left:right].any()


def test_two_places_are_two_regions_the_larger_first(pictures, differ):
    scene = pictures.scene(1)
    marked = stuck(stuck(scene, (200, 200), 60), (600, 420), 25)
    found, _, (_, width) = differ(scene, marked)
    assert len(found) >= 2
    assert [r.marks for r in found] == sorted((r.marks for r in found), reverse=True)
    assert found[0].box[0] / width < 0.5 < max(r.box[2] for r in found) / width


def test_one_changed_digit_of_a_form_is_found_in_its_place(pictures, differ):
    found, _, (height, width) = differ(pictures.form(), pictures.form(number="10384"), graphic=True)
    (region,) = found
    left, top, right, bottom = region.box
    assert 460 / 1200 < left / width < right / width < 620 / 1200
    assert 375 / 800 < top / height < bottom / height < 440 / 800
    assert not region.at_rim


def test_a_mark_at_the_rim_is_said_to_be_there(pictures, differ):
    scene = pictures.scene(1)
    marked = scene.copy()
    marked[560:, 100:700] = (250, 250, 0)
    found, _, _ = differ(scene, marked)
    assert found[0].at_rim


def test_ink_leaves_nothing_of_its_own_and_a_thing_leaves_itself(pictures, differ):
    scene = pictures.scene(1)
    place = (slice(200, 300), slice(300, 450))
    inked, changed = scene.copy(), scene.copy()
    inked[place] = (0.35 * scene[place] + 0.65 * np.array([20, 60, 200])).astype(np.uint8)
    changed[place] = pictures.scene(9)[place]
    ink, thing = (differ(scene, each)[0][0].second for each in (inked, changed))
    assert ink.own < 1.0 < 2.0 < thing.own


def test_so_many_inks_explain_what_is_drawn_and_none_a_thing(pictures, differ):
    scene = pictures.scene(1)
    place = (slice(200, 300), slice(300, 450))
    drawn, changed = scene.copy(), scene.copy()
    drawn[place] = (0.3 * scene[place] + 0.7 * np.array([20, 60, 200])).astype(np.uint8)
    drawn[230:270, 330:420] = (250, 240, 60)
    changed[place] = pictures.scene(9)[place]
    ink, thing = (differ(scene, each)[0][0].second.drawn for each in (drawn, changed))
    assert ink[0] > 0.15
    assert ink[1] < 0.1
    assert ink[0] >= ink[1] >= ink[2]
    assert thing[1] > 0.3


def test_a_few_marks_are_a_region_where_letters_differ(pictures, differ):
    sign = pictures.scene(1, (320, 240)).copy()
    sign[100:130, 90:190] = (245, 245, 240)
    one, other = (
        pictures.lettered(sign, text, (95, 105), 16, (20, 20, 20))
        for text in ("PIER 03", "PIER 08")
    )
    found, _, _ = differ(one, other)
    assert found
    left, top, right, bottom = found[0].box
    assert 140 < (left + right) / 2 < 190
    assert 100 < (top + bottom) / 2 < 130
    assert differ(one, pictures.jpeg(one, 60))[0] == []


def test_white_corners_say_nothing_of_a_thing_that_was_put_in(pictures, differ):
    scene, other = pictures.scene(1), pictures.scene(9)
    mask = np.zeros((600, 800), np.float32)
    cv2.ellipse(mask, (400, 300), (80, 60), 0, 0, 360, 1, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 2)[..., None]
    changed = (scene * (1 - mask) + other * mask).astype(np.uint8)
    for corner in ([(0, 0), (799, 0), (0, 70)], [(799, 599), (0, 599), (799, 530)]):
        cv2.fillPoly(changed, [np.array(corner)], (255, 255, 255))
    found, _, _ = differ(scene, changed)
    corners = [region for region in found if region.at_rim]
    assert ownership(corners, graphic=False).overlay > 2
    assert ownership(found, graphic=False).overlay < 0


def test_of_ground_that_is_covered_nothing_lies_beneath_and_of_a_picture_there_does(
    pictures, differ
):
    page = np.full((1000, 1500, 3), 250, np.uint8)
    page[100:500, 60:460] = pictures.scene(1)[100:500, 100:500]
    page[540:940, 60:460] = cv2.resize(pictures.page(1), (400, 400), interpolation=cv2.INTER_AREA)
    beneath = []
    for left in (150, 900):
        marked = page.copy()
        cv2.rectangle(marked, (left, 200), (left + 200, 360), (30, 90, 200), -1)
        cv2.circle(marked, (left + 100, 280), 50, (250, 220, 80), -1)
        found, _, _ = differ(page, marked, graphic=True)
        beneath.append(ownership(found, graphic=True).beneath)
    assert beneath[0] > 2 > 1 > beneath[1]


def test_pages_clash_where_both_bear_other_words(pictures, parted):
    form = pictures.form()
    other = pictures.form(name="Paul Winterberg", number="58207")
    assert parted(form, other, graphic=True)[0].clash
    assert parted(other, form, graphic=True)[0].clash
    # Of photographs nothing is said: they have strokes everywhere.
    assert not parted(pictures.scene(1), pictures.scene(2))[0].clash


@pytest.mark.parametrize(
    "done",
    [
        lambda page: page,
        lambda page: 255 - page,
        lambda page: cv2.GaussianBlur(page, (0, 0), 1.5),
        lambda page: cv2.addWeighted(page, 2.0, cv2.GaussianBlur(page, (0, 0), 2.0), -1.0, 0),
        lambda page: (page * 0.6).astype(np.uint8),
        lambda page: page[..., ::-1],
    ],
    ids=["nothing", "inverted", "blurred", "sharpened", "darkened", "other-colours"],
)
def test_no_treatment_of_a_page_makes_it_clash(pictures, parted, done):
    page = pictures.form()
    assert not parted(page, np.ascontiguousarray(done(page)), graphic=True)[0].clash


def test_what_only_one_bears_does_not_clash(pictures, parted):
    page = pictures.form(name="", number="")
    filled = pictures.form(name="Paul Winterberg", number="58207")
    assert not parted(page, filled, graphic=True)[0].clash


def test_a_digit_beside_a_large_badge_is_asked_for_itself(pictures, differ):
    def badged(pixels):
        marked = pixels.copy()
        cv2.circle(marked, (1080, 690), 70, (200, 30, 60), -1)
        return marked

    form = pictures.form()
    badge, _, _ = differ(form, badged(form), graphic=True)
    alone = ownership(badge, graphic=True)
    assert alone.least == pytest.approx(alone.overlay)
    both, _, _ = differ(form, badged(pictures.form(number="10384")), graphic=True)
    digit = [region for region in both if region.box[0] < 700]
    whose = ownership(both, graphic=True)
    assert len(both) == len(badge) + len(digit) > len(badge)
    assert whose.least < min(0, whose.overlay)
