"""Evidence pictures: what they show, in every shape, in few and always the same bytes."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from monoprint.imaging import evidence
from monoprint.model.match import WHOLE, Box, Relation, Verdict

WINDOW = np.array(evidence._WINDOW)
PLACE = np.array(evidence._PLACE)


def flat(width, height, colour=(90, 90, 90)):
    return np.full((height, width, 3), colour, np.uint8)


def sheet(*drawn, **options):
    data = evidence.draw(*drawn, kind="PNG", **options)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def columns(picture, colour):
    """Return the columns in which a colour is drawn, all but exactly."""
    return np.flatnonzero((np.abs(picture - colour).max(axis=2) < 40).any(axis=0))


def still(width, height):
    return np.zeros((height, width), np.uint8)


PART = (0.5, 0, 0.25, 0, 0.5, 0.25, 0, 0, 1)  # the second lies on the first's middle
INNER = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


def test_two_equal_pictures_have_no_lines_and_no_glow():
    found = sheet(flat(300, 200), flat(300, 200), flat(300, 200), still(300, 200), Verdict(None))
    assert columns(found, WINDOW).size == columns(found, PLACE).size == 0
    assert found[60:, 900:].max() < 110


def test_places_that_differ_are_outlined_in_both_and_glow_in_the_third():
    heat = still(300, 200)
    heat[50:100, 150:210] = 200
    verdict = Verdict(Relation.EDITED, where=(Box(0.5, 0.25, 0.7, 0.5),))
    found = sheet(flat(300, 200), flat(300, 200), flat(300, 200), heat, verdict)
    third = found.shape[1] // 3
    seen = columns(found, PLACE)
    outlined = seen[seen < 2 * third]
    assert (outlined < third).any()
    assert (outlined > third).any()
    glow = np.argwhere(found[40:, 2 * third :].max(axis=2) > 180)
    top, left = glow.min(axis=0)
    bottom, right = glow.max(axis=0)
    assert 0.45 < (left + right) / 2 / third < 0.7
    assert 0.2 < (top + bottom) / 2 / 256 < 0.5


def test_a_place_of_a_few_pixels_is_outlined_around_and_not_covered():
    verdict = Verdict(Relation.EDITED, where=(Box(0.5, 0.5, 0.502, 0.503),))
    found = sheet(flat(900, 700), flat(900, 700), flat(900, 700), still(900, 700), verdict)
    first = found[:, : found.shape[1] // 3]
    rows, across = np.nonzero(np.abs(first - PLACE).max(axis=2) < 40)
    assert np.ptp(rows) >= 20
    assert np.ptp(across) >= 20
    middle = first[(rows.min() + rows.max()) // 2, (across.min() + across.max()) // 2]
    assert np.abs(middle - 90).max() < 6


@pytest.mark.parametrize("which", ["first", "second"])
def test_the_picture_that_shows_more_gives_the_frame(which):
    whole, part = flat(400, 400, (10, 120, 10)), flat(200, 200, (200, 20, 20))
    if which == "first":
        verdict = Verdict(Relation.CROPPED, matrix=PART, first_window=INNER)
        pair = (whole, part)
    else:
        back = tuple(np.linalg.inv(np.reshape(PART, (3, 3))).ravel())
        verdict = Verdict(Relation.CROPPED, matrix=back, second_window=INNER)
        pair = (part, whole)
    found = sheet(*pair, part, still(200, 200), verdict)
    lines = columns(found, WINDOW)
    # Outlined in both panels, at a quarter and three quarters.
    for start in (12, 12 + 384 + 12):
        for at in (0.25, 0.75):
            assert np.abs(lines - (start + at * 384)).min() < 4
    red = columns(found, np.array([200, 20, 20]))
    panel = 0 if which == "second" else 1
    assert abs(np.ptp(red[red < 800]) - 192) < 12
    assert abs(red[red < 800].min() - (12 + panel * 396 + 96)) < 6


def test_places_of_the_first_are_marked_where_they_lie_in_a_larger_second():
    back = tuple(np.linalg.inv(np.reshape(PART, (3, 3))).ravel())
    verdict = Verdict(
        Relation.OVERLAID, matrix=back, second_window=INNER, where=(Box(0, 0, 0.5, 1),)
    )
    found = sheet(flat(200, 200), flat(400, 400), flat(200, 200), still(200, 200), verdict)
    marks = columns(found, PLACE)
    second = marks[(marks > 400) & (marks < 800)]
    assert abs(second.min() - (408 + 0.25 * 384)) < 5
    assert abs(second.max() - (408 + 0.5 * 384)) < 5


@pytest.mark.parametrize(
    ("relation", "where", "said"),
    [
        (Relation.EDITED, (Box(0.1, 0.1, 0.2, 0.2),), "the colours differ"),
        (Relation.EDITED, (), "nothing differs"),  # a drawing mirrored
        (Relation.RE_ENCODED, (), "nothing differs"),
    ],
)
def test_a_place_that_is_equal_in_grey_is_not_called_equal(relation, where, said):
    verdict = Verdict(relation, where=where)
    assert said in evidence._third(verdict, np.zeros((4, 4), np.float32))


def test_marks_may_be_all_that_is_known():
    marks = np.zeros((200, 300), np.bool_)
    marks[90:100] = True
    found = sheet(flat(300, 200), flat(300, 200), flat(300, 200), marks, Verdict(None))
    assert found[:, 850:].max() > 200


def test_a_thin_stroke_does_not_fade_away():
    heat = still(3000, 2000)
    heat[1000, :] = 255
    found = sheet(flat(300, 200), flat(300, 200), flat(3000, 2000), heat, Verdict(None))
    assert found[40:, 850:1100].max() > 200


def test_wide_pictures_lie_below_each_other():
    found = sheet(flat(900, 100), flat(900, 100), flat(900, 100), still(900, 100), Verdict(None))
    height, width, _ = found.shape
    assert width < 800
    assert height > 3 * 80


@pytest.mark.parametrize("kind", evidence.KINDS)
def test_it_is_small_and_the_same_every_time(kind, draw):
    photo = np.asarray(draw.photo(1, (1200, 900)))
    heat = np.asarray(draw.photo(2, (600, 450)).convert("L"))
    arguments = (photo, photo, photo[:450, :600], heat, Verdict(Relation.ADJUSTED))
    data = {evidence.draw(*arguments, kind=kind) for _ in range(3)}
    assert len(data) == 1
    with Image.open(io.BytesIO(data.pop())) as image:
        assert image.format == kind
    if kind == "WEBP":
        assert len(evidence.draw(*arguments)) < 60_000


@pytest.mark.parametrize("one", [(1, 1), (20_000, 1), (1, 20_000), (3, 2)])
@pytest.mark.parametrize("other", [(1, 1), (20_000, 1), (1, 20_000)])
def test_pictures_of_any_shape_can_be_shown(one, other):
    grid = (min(one[0], other[0]), min(one[1], other[1]))
    where = (Box(0, 0, 1, 1),)
    verdict = Verdict(Relation.CROPPED, matrix=PART, first_window=INNER, where=where)
    found = sheet(flat(*one), flat(*other), flat(*grid), still(*grid), verdict)
    assert found.shape[0] < 1800
    assert found.shape[1] < 1300


numbers = st.floats(allow_nan=True, allow_infinity=True, width=32)
points = st.tuples(numbers, numbers)


@settings(max_examples=60, deadline=None)
@given(
    matrix=st.tuples(*[numbers] * 9),
    quads=st.tuples(*[st.one_of(st.just(WHOLE), st.tuples(points, points, points, points))] * 2),
    where=st.lists(st.builds(Box, numbers, numbers, numbers, numbers), max_size=3),
)
def test_no_verdict_breaks_it(matrix, quads, where):
    verdict = Verdict(
        None,
        matrix=matrix,
        first_window=quads[0],
        second_window=quads[1],
        where=tuple(where),
    )
    data = evidence.draw(flat(8, 5), flat(3, 9), flat(4, 4), still(4, 4), verdict)
    Image.open(io.BytesIO(data)).load()
