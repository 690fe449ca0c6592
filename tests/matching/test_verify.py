"""What lies between two drawn pictures is named; what is another picture is never called a copy."""

from itertools import combinations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks.gauntlet.families import FAMILIES
from benchmarks.gauntlet.sources import generator
from monoprint.matching.picture import Picture
from monoprint.matching.verify import measure, verify
from monoprint.model.asset import Facts
from monoprint.model.match import TURNS, Relation, Verdict
from monoprint.pipeline.verdicts import heard, told

SEEDS = (1, 2, 3)


def kinds(verdict):
    return {change.kind for change in verdict.changes}


def area(quad):
    x, y = np.array(quad).T
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def covers(verdict, left, top, right, bottom):
    """Say whether a place, in shares of the first picture, lies in what is told to differ."""
    x, y = (left + right) / 2, (top + bottom) / 2
    return any(b.left <= x <= b.right and b.top <= y <= b.bottom for b in verdict.where)


@pytest.fixture(params=SEEDS)
def scene(request, pictures):
    """Draw a scene; the tests that use it are run on several."""
    return pictures.scene(request.param)


@pytest.fixture
def look_at():
    """Give a function that verifies both ways; the relation must not depend on the order."""

    def looking(one, other):
        there, back = verify(one, other), verify(other, one)
        assert there.relation == back.relation
        assert {there.source, back.source} in ({0}, {1, 2})
        return there

    return looking


@pytest.fixture
def look(pictures, look_at):
    """Give a function that verifies pixels both ways, as if they came from files."""

    def looking(first, second, **of_second):
        return look_at(pictures.picture(first), pictures.picture(second, **of_second))

    return looking


# Copies


@pytest.mark.parametrize("quality", [90, 50, 20])
def test_what_was_compressed_is_re_encoded(look, pictures, scene, quality):
    found = look(scene, pictures.jpeg(scene, quality), kind="JPEG", quality=quality)
    assert found.relation is Relation.RE_ENCODED
    (change,) = found.changes
    assert (change.kind, change.size) == ("encoding", quality)
    assert (found.where, found.source) == ((), 0)


@pytest.mark.parametrize("factor", [0.75, 0.5, 0.25])
def test_what_was_made_smaller_is_resized_by_that_factor(look, pictures, scene, factor):
    found = look(scene, pictures.resized(scene, factor))
    assert found.relation is Relation.RESIZED
    (change,) = found.changes
    assert change.kind == "size"
    assert change.size == pytest.approx(factor, rel=0.02)


def test_what_was_stretched_is_resized_with_another_aspect(look, scene):
    found = look(scene, cv2.resize(scene, (800, 480), interpolation=cv2.INTER_AREA))
    assert found.relation is Relation.RESIZED
    assert "aspect" in kinds(found)


@pytest.mark.parametrize("turn", range(1, 8))
@pytest.mark.parametrize("size", [(800, 600), (600, 600)])
def test_each_turn_is_told(look, pictures, turn, size):
    scene = pictures.scene(4, size)
    found = look(scene, pictures.oriented(scene, turn))
    assert found.relation is Relation.REORIENTED
    (change,) = found.changes
    assert change.text == TURNS[turn]


def darker(scene):
    return (scene * 0.6).astype(np.uint8)


def lighter(scene):
    return (scene * 0.6 + 90).astype(np.uint8)


def grey(scene):
    return cv2.cvtColor(cv2.cvtColor(scene, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def blurred(scene):
    return cv2.GaussianBlur(scene, (0, 0), 3)


def noisy(scene):
    noise = np.random.default_rng(5).normal(0, 15, scene.shape)
    return np.clip(scene + noise, 0, 255).astype(np.uint8)


def blown_out(scene):
    return np.clip(scene * 1.35, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("adjust", "kind"),
    [
        (darker, "brightness"),
        (lighter, "brightness"),
        (grey, "grey"),
        (noisy, "noise"),
        (blurred, "blur"),
    ],
)
def test_other_light_or_sharpness_is_adjusted(look, scene, adjust, kind):
    found = look(scene, adjust(scene))
    assert found.relation is Relation.ADJUSTED
    assert kind in kinds(found)
    assert found.where == ()


def test_darker_is_told_as_darker_and_back_as_brighter(look, pictures):
    scene = pictures.scene(1)
    found = look(scene, darker(scene))
    (there,) = (c for c in found.changes if c.kind == "brightness")
    (back,) = (c for c in found.back if c.kind == "brightness")
    assert there.size < 0 < back.size
    assert (there.text[:6], back.text[:8]) == ("darker", "brighter")


def test_a_scene_with_blown_out_light_is_adjusted(look, scene):
    assert look(scene, blown_out(scene)).relation is Relation.ADJUSTED


@pytest.mark.parametrize("share", [0.75, 0.5, 0.3, 0.15])
def test_a_crop_is_found_with_its_window_and_its_source(look, scene, share):
    height, width = scene.shape[:2]
    h, w = round(height * share**0.5), round(width * share**0.5)
    top, left = (height - h) // 3, (width - w) // 2
    found = look(scene, scene[top : top + h, left : left + w])
    assert found.relation is Relation.CROPPED
    assert "crop" in kinds(found)
    assert found.source == 1
    assert area(found.first_window) == pytest.approx(share, rel=0.05)
    assert area(found.second_window) == pytest.approx(1, abs=0.05)
    expected = (left / width, top / height)
    assert found.first_window[0] == pytest.approx(expected, abs=0.01)


def test_a_frame_around_is_found_and_what_it_was_put_around_is_the_source(look, scene):
    framed = np.full((800, 1000, 3), 240, np.uint8)
    framed[100:700, 100:900] = scene
    found = look(scene, framed)
    assert found.relation is Relation.CROPPED
    assert "frame" in kinds(found)
    assert found.source == 1


def test_a_picture_pasted_into_another_is_found_there(look, pictures, scene):
    large = pictures.scene(70, (1200, 900)).copy()
    large[200:650, 300:900] = pictures.resized(scene, 0.75)
    found = look(scene, large)
    assert found.relation is Relation.CROPPED
    assert found.source == 1
    assert found.second_window[0] == pytest.approx((300 / 1200, 200 / 900), abs=0.01)
    assert found.second_window[2] == pytest.approx((900 / 1200, 650 / 900), abs=0.01)


def collage(pictures, cell, gap, shown, at):
    """Lay a picture out beside three others, two by two, its rims cut off to fill its cell."""
    width, height = cell
    whole = np.full((2 * height + 3 * gap, 2 * width + 3 * gap, 3), 245, np.uint8)
    for number in range(4):
        tile = shown if number == at else pictures.scene(90 + number)
        scale = max(width / tile.shape[1], height / tile.shape[0])
        tile = pictures.resized(tile, scale)
        left, top = (tile.shape[1] - width) // 2, (tile.shape[0] - height) // 2
        x, y = gap + number % 2 * (width + gap), gap + number // 2 * (height + gap)
        cut = tile[top : top + height, left : left + width]
        whole[y : y + cut.shape[0], x : x + cut.shape[1]] = cut
    return whole


@pytest.mark.parametrize("cell", [(400, 300), (300, 300), (500, 300)])
@pytest.mark.parametrize("gap", [0, 12])
@pytest.mark.parametrize("at", [0, 3])
def test_a_picture_cut_to_a_collages_tile_is_found_there(look, pictures, scene, cell, gap, at):
    found = look(scene, collage(pictures, cell, gap, scene, at))
    assert found.relation is Relation.CROPPED
    assert found.source == 1
    (left, top), _, (right, bottom), _ = found.second_window
    assert right - left == pytest.approx(cell[0] / (2 * cell[0] + 3 * gap), abs=0.05)
    assert bottom - top == pytest.approx(cell[1] / (2 * cell[1] + 3 * gap), abs=0.05)


@pytest.mark.parametrize("degrees", [-12, 3, 7])
def test_a_small_rotation_is_told_in_degrees(look, pictures, scene, degrees):
    found = look(scene, pictures.rotated(scene, degrees))
    assert found.relation is Relation.CROPPED
    (change,) = (c for c in found.changes if c.kind == "rotation")
    assert abs(change.size) == pytest.approx(abs(degrees), abs=0.6)


def test_a_watermark_is_an_overlay_and_the_clean_picture_is_the_source(look, pictures, scene):
    marked = pictures.lettered(scene, "SAMPLE COPY", (180, 250), 70, share=0.5)
    found = look(scene, marked)
    assert found.relation is Relation.OVERLAID
    assert "overlay" in kinds(found)
    assert found.source == 1
    assert all(b.top > 0.4 and b.bottom < 0.56 for b in found.where)


def test_a_sticker_is_an_overlay_at_its_place_and_at_worst_a_warning(look, pictures):
    relations = []
    for seed in range(1, 14):
        scene = pictures.scene(seed)
        marked = scene.copy()
        cv2.circle(marked, (500, 300), 55, (230, 30, 40), -1)
        cv2.putText(marked, "NEW", (460, 312), 0, 1.1, (255, 255, 255), 3)
        found = look(scene, marked)
        assert covers(found, 445 / 800, 245 / 600, 555 / 800, 355 / 600)
        assert found.source == (1 if found.relation is Relation.OVERLAID else 0)
        relations.append(found.relation)
    assert set(relations) <= {Relation.OVERLAID, Relation.EDITED}
    assert relations.count(Relation.OVERLAID) >= 10


def badge(size):
    """Draw a face of several flat colours on a transparent ground, (size, size, 4)."""
    pixels = np.zeros((400, 400, 4), np.uint8)
    cv2.circle(pixels, (200, 200), 190, (255, 204, 77, 255), -1)
    for x in (120, 280):
        cv2.circle(pixels, (x, 150), 55, (221, 46, 68, 255), -1)
    cv2.ellipse(pixels, (200, 250), (110, 90), 0, 0, 180, (102, 69, 0, 255), -1)
    return cv2.resize(pixels, (size, size), interpolation=cv2.INTER_AREA)


def with_badge(scene, x, y, size):
    stuck = badge(size)
    part = scene[y : y + size, x : x + size]
    share = stuck[..., 3:] / 255
    marked = scene.copy()
    marked[y : y + size, x : x + size] = part * (1 - share) + stuck[..., :3] * share
    return marked


def with_place_blurred(scene, x, y, size):
    hidden = scene.copy()
    soft = cv2.GaussianBlur(scene, (0, 0), size / 10)
    hidden[y : y + size, x : x + size] = soft[y : y + size, x : x + size]
    return hidden


def with_ellipse(scene, x, y, shown):
    """Show other pixels of a square, (size, size, 3), within a soft ellipse."""
    size = len(shown)
    mask = np.zeros((size, size), np.float32)
    cv2.ellipse(mask, (size // 2, size // 2), (size * 2 // 5, size // 3), 0, 0, 360, 1, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 2)[..., None]
    other = scene.copy()
    part = scene[y : y + size, x : x + size]
    other[y : y + size, x : x + size] = part * (1 - mask) + shown * mask
    return other


def with_place_recoloured(scene, x, y, size):
    """Turn the hue of what a soft ellipse shows."""
    part = scene[y : y + size, x : x + size]
    hsv = cv2.cvtColor(part, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 0] = (hsv[..., 0] + 70) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * 1.3 + 60, 0, 255)
    return with_ellipse(scene, x, y, cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB))


@pytest.mark.parametrize("change", [with_badge, with_place_blurred])
def test_a_face_of_many_colours_and_a_blurred_place_are_overlays(look, pictures, change):
    relations = []
    for seed in range(1, 11):
        scene = pictures.scene(seed)
        relations.append(look(scene, change(scene, 330, 250, 130)).relation)
    assert (
        {Relation.OVERLAID}
        <= set(relations)
        <= {Relation.RE_ENCODED, Relation.OVERLAID, Relation.EDITED}
    )
    assert relations.count(Relation.EDITED) <= 2


def test_a_thing_in_another_colour_is_a_warning(look, pictures):
    relations = []
    for seed in range(1, 11):
        scene = pictures.scene(seed)
        relations.append(look(scene, with_place_recoloured(scene, 330, 250, 160)).relation)
    assert relations.count(Relation.EDITED) >= 9


def with_place_as_bright(scene, x, y, size):
    """Give what a soft ellipse shows another colour of the same brightness."""
    part = scene[y : y + size, x : x + size]
    shades = cv2.cvtColor(part, cv2.COLOR_RGB2YCrCb).astype(int) + np.array([0, 45, -40])
    turned = cv2.cvtColor(np.clip(shades, 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2RGB)
    return with_ellipse(scene, x, y, turned)


def darker(pixels):
    return (pixels * 0.8).astype(np.uint8)


@pytest.mark.parametrize("seed", [1, 4, 7])
@pytest.mark.parametrize("quality", [40, 85])
@pytest.mark.parametrize("done", [np.asarray, darker])
def test_a_thing_in_another_colour_that_is_as_bright_is_a_warning(
    look, pictures, seed, quality, done
):
    scene = pictures.scene(seed)
    other = pictures.jpeg(done(with_place_as_bright(scene, 330, 250, 160)), quality)
    found = look(scene, other, kind="JPEG", quality=quality)
    assert found.relation is Relation.EDITED
    assert "other colours" in found.changes[-1].text
    assert covers(found, 370 / 800, 290 / 600, 450 / 800, 370 / 600)


def test_other_colours_are_none_where_all_gave_way_to_a_palette(look, pictures):
    scene = pictures.scene(1)
    other = with_place_as_bright(scene, 330, 250, 160)
    packed = np.asarray(
        Image.fromarray(other).quantize(200, dither=Image.Dither.NONE).convert("RGB")
    )
    assert pictures.picture(packed).fits_a_palette
    assert not pictures.picture(other).fits_a_palette
    assert look(scene, other).relation is Relation.EDITED
    assert look(scene, packed).relation is not Relation.EDITED


def test_a_seam_in_another_colour_is_none(look, pictures):
    scene = pictures.scene(1)
    beside = scene.copy()
    beside[200:400, :3] = beside[200:400, :3, ::-1]
    assert look(scene, pictures.jpeg(beside, 90), kind="JPEG", quality=90).matches


def test_a_scene_that_a_thing_is_missing_from_is_a_warning(look):
    """But for a thing that stands alone and is drawn as a sticker is."""
    relations = []
    for seed in range(8):
        shots = FAMILIES["object-removed"].draw(generator("thing", seed))
        pairs = combinations(map(np.asarray, shots), 2)
        relations += [look(one, other).relation for one, other in pairs]
    assert set(relations) <= {Relation.EDITED, Relation.OVERLAID}
    assert relations.count(Relation.OVERLAID) <= len(relations) // 12


def with_a_thing(pictures, scene, at):
    """Put what another scene shows, without a hard edge, into a scene."""
    mask = np.zeros(scene.shape[:2], np.float32)
    cv2.ellipse(mask, at, (60, 48), 0, 0, 360, 1, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 2)[..., None]
    return (scene * (1 - mask) + pictures.scene(17) * mask + 0.5).astype(np.uint8)


@pytest.mark.parametrize("share", [0.25, 0.4])
def test_a_mark_on_a_photograph_is_an_overlay_and_hides_no_edit(look, pictures, scene, share):
    changed = with_a_thing(pictures, scene, (330, 300))
    assert look(scene, changed).relation is Relation.EDITED
    assert look(scene, pictures.tiled(scene, (0, 0, 0), share)).relation is Relation.OVERLAID
    assert look(scene, pictures.tiled(changed, (0, 0, 0), share)).relation is Relation.EDITED
    corner = (520, 20)
    logo = pictures.lettered(scene, "NEWS", corner, 90, (230, 30, 40))
    assert look(scene, logo).relation is Relation.OVERLAID
    both = pictures.lettered(changed, "NEWS", corner, 90, (230, 30, 40))
    assert look(scene, both).relation is Relation.EDITED


# Pages and forms


@pytest.mark.parametrize("share", [0.2, 0.5])
@pytest.mark.parametrize("kind", ["page", "form", "drawing"])
def test_a_watermark_on_a_drawing_is_an_overlay(look, pictures, kind, share):
    bare = pictures.paper(kind)
    for marked in (
        pictures.tiled(bare, (30, 60, 190), share),
        pictures.lettered(bare, "COPY", (100, 200), 220, (190, 40, 40), share),
    ):
        verdict = look(bare, marked)
        assert verdict.relation is Relation.OVERLAID
        assert verdict.source == 1
        assert "overlay" in kinds(verdict)
        assert verdict.where


@pytest.mark.parametrize("share", [0.15, 0.3, 0.5])
@pytest.mark.parametrize("other", [{"number": "10384"}, {"name": "Anna Kessler"}])
def test_a_watermark_does_not_hide_other_content(look, pictures, share, other):
    form, changed = pictures.form(), pictures.form(**other)
    assert look(form, pictures.tiled(changed, (0, 0, 0), share)).relation is Relation.EDITED
    once = pictures.lettered(changed, "COPY", (300, 100), 220, (190, 40, 40), share)
    assert look(form, once).relation is Relation.EDITED


@pytest.mark.parametrize("share", [0.5, 0.67])
def test_a_dark_badge_on_a_page_is_no_change_of_light(look, pictures, share):
    page = pictures.page(1)
    height = page.shape[0]
    dark = page.copy()
    cv2.rectangle(dark, (30, height - 330), (330, height - 30), (10, 10, 10), -1)
    badged = cv2.addWeighted(page, 1 - share, dark, share, 0)
    assert look(page, badged).relation is Relation.OVERLAID
    other = badged.copy()
    other[100:160, 60:400] = pictures.page(2)[100:160, 60:400]
    assert look(page, other).relation is Relation.EDITED


@pytest.mark.parametrize(("roads", "relation"), [(3, Relation.OVERLAID), (5, Relation.EDITED)])
def test_what_covers_much_of_a_drawing_is_no_overlay(look, pictures, roads, relation):
    drawn = pictures.form()
    crossed = drawn.copy()
    rng = np.random.default_rng(1)
    height, width = drawn.shape[:2]
    for _ in range(roads):
        ends = [(int(rng.integers(0, width)), y) for y in (0, height - 1)]
        cv2.line(crossed, *ends, (200, 190, 120), 30 if roads == 3 else 40)
    assert look(drawn, crossed).relation is relation


def test_a_photograph_on_a_screen_of_few_colours_is_judged_as_a_photograph(look, pictures, scene):
    marked = pictures.jpeg(scene, 60).copy()
    cv2.putText(marked, "2019/05/17", (560, 570), cv2.FONT_HERSHEY_SIMPLEX, 1, (250, 150, 30), 3)
    screen = np.full((1200, 900, 3), 245, np.uint8)
    screen[:60], screen[1110:] = 30, 210
    screen[300:750, 150:750] = pictures.resized(scene, 0.75)
    assert look(screen, scene).relation is Relation.CROPPED
    assert look(screen, marked).relation is Relation.OVERLAID


def test_a_page_is_found_small_turned_and_in_part(look, pictures):
    page = pictures.page(1)
    assert look(page, pictures.resized(page, 0.5)).relation is Relation.RESIZED
    assert look(page, pictures.oriented(page, 1)).relation is Relation.REORIENTED
    assert look(page, page[:600]).relation is Relation.CROPPED


@pytest.mark.parametrize(("seed", "share"), [(2, 0.3), (4, 0.4), (9, 0.4)])
def test_a_piece_of_a_page_is_found_whichever_comes_first(look, pictures, seed, share):
    page = pictures.page(seed)
    height, width = (round(side * share**0.5) for side in page.shape[:2])
    top, left = (page.shape[0] - height) // 2, (page.shape[1] - width) // 2
    found = look(page, page[top : top + height, left : left + width])
    assert found.relation is Relation.CROPPED
    assert area(found.first_window) == pytest.approx(share, rel=0.03)


def test_a_form_that_was_compressed_and_made_smaller_is_a_copy(look, pictures):
    form = pictures.form()
    small = pictures.jpeg(pictures.resized(form, 0.5), 60)
    assert look(form, small, kind="JPEG", quality=60).relation is Relation.RESIZED


@pytest.mark.parametrize("other", [{"number": "10384"}, {"name": "Paul Meier"}, {"portrait": 2}])
@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_other_content_in_one_template_is_a_warning_that_says_where(look, pictures, other, factor):
    filled = pictures.jpeg(pictures.resized(pictures.form(**other), factor), 70)
    found = look(pictures.form(), filled, kind="JPEG", quality=70)
    assert found.relation is Relation.EDITED
    assert not found.matches
    assert "edit" in kinds(found)
    assert found.source == 0
    place = {
        "number": (500 / 1200, 380 / 800, 590 / 1200, 440 / 800),
        "name": (460 / 1200, 230 / 800, 700 / 1200, 285 / 800),
        "portrait": (90 / 1200, 190 / 800, 390 / 1200, 560 / 800),
    }[next(iter(other))]
    assert any(
        b.left < place[2] and b.right > place[0] and b.top < place[3] and b.bottom > place[1]
        for b in found.where
    )


@pytest.mark.parametrize("height", [28, 34, 40])
@pytest.mark.parametrize(
    ("one", "other"),
    [("floor 5", "floor 6"), ("floor 8", "floor 3"), ("flat 3A", "flat 3B"), ("1.3 m", "1.8 m")],
)
def test_one_small_digit_of_a_plan_made_smaller_is_another_plan(
    look_at, pictures, height, one, other
):
    def plan(title):
        return pictures.lettered(
            pictures.drawing(3, (1126, 1126)), title, (90, 8), height, (15, 15, 20)
        )

    shown = pictures.picture(plan(one))
    small = {
        title: pictures.saved(pictures.resized(plan(title), 0.5), quality=88)
        for title in (one, other)
    }
    assert look_at(shown, small[one]).relation is Relation.RESIZED
    assert look_at(shown, small[other]).relation is Relation.EDITED


@pytest.mark.parametrize("green", [(20, 120, 40), (60, 90, 60)])
def test_a_stamp_of_another_colour_is_a_warning_that_says_where(look, pictures, green):
    valid, void = pictures.form().copy(), pictures.form().copy()
    cv2.circle(valid, (1060, 660), 50, green, -1)
    cv2.circle(void, (1060, 660), 50, (200, 30, 30), -1)
    found = look(valid, void)
    assert found.relation is Relation.EDITED
    assert covers(found, 1010 / 1200, 610 / 800, 1110 / 1200, 710 / 800)
    assert look(valid, pictures.resized(valid, 0.5)).matches


def test_two_pages_of_one_layout_are_not_copies(look, pictures):
    assert not look(pictures.page(1), pictures.page(2)).matches


@pytest.mark.parametrize("turn", [4, 5])
def test_a_mirrored_drawing_is_a_warning_and_a_mirrored_scene_is_not(look, pictures, turn):
    plan = pictures.drawing(1)
    found = look(plan, pictures.oriented(plan, turn))
    assert found.relation is Relation.EDITED
    scene = pictures.scene(1)
    assert look(scene, pictures.oriented(scene, turn)).relation is Relation.REORIENTED


@pytest.mark.parametrize("number", range(100, 156, 7))
def test_a_page_with_nothing_but_its_number_is_its_copies(look_at, pictures, number):
    # Laid turned over on its number alone, more of it seems to agree than of the whole.
    rng = np.random.default_rng(number)
    page = np.full((1600, 1130, 3), (252, 251, 246), np.uint8)
    for x, y in rng.integers(0, 1100, (3, 2)):
        page[y : y + 2, x : x + 2] = 130
    page = pictures.lettered(page, str(number), (540, 1500), 24, (20, 20, 24))
    smaller = pictures.resized(page, 0.6)
    first = pictures.picture(page)
    assert look_at(first, pictures.saved(page, "JPEG", quality=85)).relation is Relation.RE_ENCODED
    for other in (pictures.picture(smaller), pictures.saved(smaller, "JPEG", quality=80)):
        assert look_at(first, other).relation is Relation.RESIZED


# Other pictures


def test_unrelated_pictures_have_no_relation(look, pictures):
    drawn = [pictures.scene(n) for n in range(20, 24)]
    drawn += [pictures.page(5), pictures.form(), pictures.drawing(3)]
    for index, one in enumerate(drawn):
        for other in drawn[:index]:
            assert look(one, other).relation is None


@pytest.mark.parametrize(
    ("seed", "quality", "how"),
    [(2, 40, "cropped"), (2, 85, "cropped"), (1, 60, "turned"), (3, 40, "turned")],
)
def test_a_tower_before_an_empty_sky_matches_its_parts(pictures, seed, quality, how):
    whole = pictures.horizon(seed)
    part = whole[40:470, 30:700] if how == "cropped" else pictures.rotated(whole, 4)
    pair = pictures.jpeg(whole, 90), pictures.jpeg(part, quality)
    pair = map(pictures.picture, pair)
    assert verify(*pair).relation is Relation.CROPPED


def test_two_exposures_of_one_camera_are_a_burst(pictures):
    scene = pictures.scene(1)
    one = pictures.picture(scene, taken="2019:05:01 12:00:00.1", camera="Nikon D90 1")
    other = pictures.picture(scene, taken="2019:05:01 12:00:00.4", camera="Nikon D90 1")
    assert verify(one, other).relation is Relation.BURST
    assert verify(one, one).matches


@pytest.mark.parametrize("moved", [6, 12, -9])
@pytest.mark.parametrize("window", [(40, 30, 800, 600), (120, 0, 800, 600), (0, 60, 700, 600)])
def test_a_camera_that_moved_between_took_two_photographs(look, pictures, moved, window):
    left, top, right, bottom = window
    still, later = pictures.shot(), pictures.shot(moved)
    part = (slice(top, bottom), slice(left, right))
    assert look(still, np.ascontiguousarray(still[part])).relation is Relation.CROPPED
    assert not look(still, np.ascontiguousarray(later[part])).matches


def test_what_moved_between_two_photographs_is_told(look, pictures):
    later = np.ascontiguousarray(pictures.shot(3)[30:, 40:])
    found = look(pictures.shot(), later)
    assert found.relation is Relation.BURST
    (told,) = (change for change in found.changes if change.kind == "parallax")
    assert 0.05 <= told.size < 0.9
    assert told.text == f"{told.size:.0%} of what is seen moved against the rest"


def test_parts_of_one_photograph_match_and_of_two_do_not(look, pictures):
    still, later = pictures.shot(), pictures.shot(10)
    left, right = (slice(0, 560), slice(0, 620)), (slice(40, 600), slice(150, 800))
    one = np.ascontiguousarray(still[left])
    assert look(one, np.ascontiguousarray(still[right])).relation is Relation.CROPPED
    assert not look(one, np.ascontiguousarray(later[right])).matches
    still[200:260, 300:360] = (230, 30, 40)
    assert not look(one, np.ascontiguousarray(still[right])).matches


def flag(*colours, size=(300, 200)):
    pixels = np.empty((size[1], size[0], 3), np.uint8)
    for n, colour in enumerate(colours):
        pixels[:, n * size[0] // len(colours) : (n + 1) * size[0] // len(colours)] = colour
    return pixels


def test_two_solid_colours_never_match(look):
    solid = [(90, 20, 20), (20, 90, 20), (255, 255, 255), (0, 0, 0), (120, 40, 40)]
    for index, one in enumerate(solid):
        for other in solid[:index]:
            assert not look(flag(one), flag(other)).matches


def test_flags_of_near_colours_never_match_and_a_flag_matches_itself(look, pictures):
    chad = flag((0, 38, 100), (254, 203, 0), (198, 12, 48))
    romania = flag((0, 43, 127), (252, 209, 22), (206, 17, 38))
    assert not look(chad, romania).matches
    assert not look(chad, pictures.resized(romania, 0.5)).matches
    assert look(chad, pictures.resized(chad, 0.5)).matches


@pytest.mark.parametrize(
    ("second", "relation"), [((37, 90, 143), None), ((37, 90, 168), Relation.EDITED)]
)
def test_two_lossy_files_of_one_colour_need_not_be_told_to_be_one_and_are_not_two(
    look_at, pictures, second, relation
):
    one = pictures.saved(flag((37, 90, 143)), "JPEG", quality=20)
    other = pictures.saved(flag(second), "JPEG", quality=50)
    assert look_at(one, other).relation is relation
    lossless = pictures.saved(flag(second), "PNG")
    assert look_at(lossless, other).matches


@pytest.mark.parametrize("speck", [0, 40])
def test_of_two_lossy_files_of_which_one_is_smaller_specks_tell(look_at, pictures, speck):
    one, other = flag((222, 41, 16), (255, 222, 0)), flag((222, 41, 16), (255, 222, 0))
    cv2.rectangle(other, (40, 80), (40 + speck, 80 + speck), (255, 222, 0), -1 if speck else 0)
    found = look_at(
        pictures.saved(one, "JPEG", quality=20),
        pictures.saved(pictures.resized(other, 0.5), "JPEG", quality=75),
    )
    assert not found.relation or (found.relation is Relation.EDITED) == bool(speck)


def crest(seed):
    """Draw a flag of one colour with a crest of a few shapes: there is little to compare."""
    rng = np.random.default_rng(seed)
    pixels = np.full((200, 300, 3), (0, 80, 60), np.uint8)
    cv2.circle(pixels, (150, 100), 45, (240, 240, 240), -1)
    for _ in range(7):
        x, y = rng.integers(-28, 28, 2)
        ink = tuple(int(v) for v in rng.integers(0, 200, 3))
        cv2.circle(pixels, (150 + int(x), 100 + int(y)), int(rng.integers(4, 9)), ink, -1)
    return pixels


def test_a_part_of_a_plain_picture_is_found_and_of_another_is_not(look, pictures):
    part = crest(1)[20:190, 30:280]
    measured = measure(pictures.picture(crest(1)), pictures.picture(part))
    assert measured.scarce
    found = look(crest(1), part)
    assert found.relation is Relation.CROPPED
    assert found.source == 1
    assert found.first_window[0] == pytest.approx((30 / 300, 20 / 200), abs=0.02)
    assert not look(crest(1), crest(2)[20:190, 30:280]).matches
    other = part.copy()
    other[:, :60] = (0, 60, 90)
    assert not look(crest(1), other).matches


def test_photographs_that_a_glance_tells_apart_are_not_looked_at_closer(pictures):
    one, other = (pictures.picture(pictures.scene(seed, (640, 480))) for seed in (1, 5))
    assert measure(one, other) is None
    assert measure(one, one) is not None


def test_where_noise_outweighs_what_is_shown_frames_are_laid_on_each_other(pictures):
    rng = np.random.default_rng(2)
    fog = np.linspace(90, 170, 640)[None, :, None] + np.linspace(0, 20, 480)[:, None, None]
    one, other = (
        pictures.picture((fog + rng.normal(0, 2.0, (480, 640, 3))).clip(0, 255).astype(np.uint8))
        for _ in range(2)
    )
    measured = measure(one, other)
    assert measured is not None
    assert measured.alignment.whole


def emblem(colour):
    """Draw a flag of two stripes with a small sign, of the size that icons have."""
    pixels = np.full((150, 250, 3), (200, 16, 46), np.uint8)
    pixels[75:] = (0, 102, 71)
    cv2.circle(pixels, (60, 75), 14, colour, -1)
    return pixels


@pytest.mark.parametrize("quality", [20, 50, 90])
def test_a_flag_is_the_same_after_strong_compression(look_at, pictures, quality):
    there = look_at(
        pictures.saved(emblem((255, 215, 0)), "PNG"),
        pictures.saved(emblem((255, 215, 0)), "JPEG", quality=quality),
    )
    assert there.relation is Relation.RE_ENCODED


@pytest.mark.parametrize("quality", [20, 50, 90])
def test_a_flag_with_another_sign_is_another_flag(look_at, pictures, quality):
    plain = emblem((200, 16, 46))
    plain[75:] = (0, 102, 71)
    starred = emblem((255, 215, 0))
    cv2.circle(starred, (60, 75), 6, (0, 102, 71), -1)
    drawn = [plain, emblem((255, 215, 0)), emblem((255, 255, 255)), starred]
    for index, one in enumerate(drawn):
        for other in drawn[:index]:
            found = look_at(
                pictures.saved(one, "PNG"), pictures.saved(other, "JPEG", quality=quality)
            )
            assert not found.matches


def jack(size=(480, 240)):
    """Draw crossed bars, as many a flag has them in its corner."""
    width, height = size
    pixels = np.full((height, width, 3), (10, 30, 120), np.uint8)
    for colour, thick in (((255, 255, 255), 5), ((200, 20, 40), 12)):
        cv2.line(pixels, (0, 0), (width, height), colour, height // thick, cv2.LINE_AA)
        cv2.line(pixels, (width, 0), (0, height), colour, height // thick, cv2.LINE_AA)
        cv2.line(
            pixels, (width // 2, 0), (width // 2, height), colour, height // thick, cv2.LINE_AA
        )
        cv2.line(
            pixels, (0, height // 2), (width, height // 2), colour, height // thick, cv2.LINE_AA
        )
    return pixels


@pytest.mark.parametrize("zoom", [1, 1.5, 2])
@pytest.mark.parametrize("kept", [{"kind": "PNG"}, {"quality": 90}, {"quality": 20}])
def test_a_flag_in_the_corner_of_another_is_another(pictures, zoom, kept):
    whole = np.full((320, 640, 3), (90, 190, 230), np.uint8)
    for place in ((400, 95), (480, 200), (560, 130), (510, 80)):
        cv2.circle(whole, place, 20, (255, 255, 255), -1)
    whole = pictures.resized(whole, zoom)
    corner = pictures.resized(jack(), zoom * 2 / 3)
    whole[: corner.shape[0], : corner.shape[1]] = corner
    one, other = pictures.saved(jack(), "PNG"), pictures.saved(whole, **kept)
    assert not verify(one, other).matches
    assert not verify(other, one).matches


@pytest.mark.parametrize("quality", [20, 60])
def test_lettering_compressed_strongly_is_the_same_and_another_letter_is_not(
    look_at, pictures, quality
):
    sign = np.full((160, 600, 3), (0, 60, 140), np.uint8)
    drawn = [
        pictures.lettered(sign, name, (40, 40), 70) for name in ("Lindenhof", "Lindenhot", "Ahlem")
    ]
    kept = [pictures.saved(each, "JPEG", quality=quality) for each in drawn]
    for one, exact in enumerate(pictures.saved(each, "PNG") for each in drawn):
        for other, file in enumerate(kept):
            assert look_at(exact, file).matches == (one == other)


# Any input


def test_the_same_pictures_give_the_same_verdict(pictures):
    form, other = pictures.form(), pictures.jpeg(pictures.form(number="20001"), 60)
    verdicts = [verify(pictures.picture(form), pictures.picture(other)) for _ in range(2)]
    assert verdicts[0] == verdicts[1]


sides = st.sampled_from([1, 2, 3, 5, 8, 17, 40, 97, 300])
sizes = st.tuples(sides, sides) | st.sampled_from([(20_000, 1), (1, 20_000), (3000, 2)])
fillings = st.sampled_from(["noise", "flat", "ramp", "dots"])


def filled(filling, size, seed):
    width, height = size
    rng = np.random.default_rng(seed)
    if filling == "noise":
        return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    pixels = np.full((height, width, 3), rng.integers(0, 256, 3), np.uint8)
    if filling == "ramp":
        pixels[...] = np.linspace(0, 255, width)[None, :, None]
    if filling == "dots":
        pixels[rng.random((height, width)) < 0.05] = 255
    return pixels


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, fillings, fillings, st.integers(0, 3))
def test_any_sizes_give_a_verdict(first, second, one, other, seed):
    found = verify(
        Picture(filled(one, first, seed), Facts("PNG", *first)),
        Picture(filled(other, second, seed), Facts("PNG", *second)),
    )
    assert isinstance(found, Verdict)
    assert 0 <= found.certainty <= 1
    assert heard(told(found)) == found


@settings(max_examples=25, deadline=None)
@given(sizes, fillings)
def test_a_picture_of_any_size_is_what_it_is(size, filling):
    pixels = filled(filling, size, 1)
    found = verify(Picture(pixels, Facts("PNG", *size)), Picture(pixels, Facts("PNG", *size)))
    assert found.relation in {None, Relation.RE_ENCODED}


def test_a_layer_of_another_map_is_no_overlay_from_either_side(look_at, pictures):
    drawn = FAMILIES["maps"].draw(generator("k", "family/maps-0014"))
    first = pictures.saved(np.asarray(drawn[2]), "JPEG", quality=92)
    second = pictures.saved(np.asarray(drawn[1]), "JPEG", quality=45)
    for pair in ((first, second), (second, first)):
        assert look_at(*pair).relation is Relation.EDITED


def test_a_drawing_that_was_sharpened_matches_whichever_comes_first(look_at, pictures):
    drawn = np.asarray(FAMILIES["maps"].draw(generator("k", "family/maps-0014"))[0])
    soft = cv2.GaussianBlur(drawn, (0, 0), 2)
    first = pictures.saved(drawn, "JPEG", quality=90)
    second = pictures.saved(cv2.addWeighted(drawn, 2.5, soft, -1.5, 0), "JPEG", quality=85)
    assert look_at(first, second).matches
    assert look_at(second, first).matches
