"""What a known matrix does is told in words; what was told turns around and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monoprint.matching.align import frame_matrix
from monoprint.matching.picture import Picture
from monoprint.matching.relation import RUNG, changes, furthest, geometry, moved, turned
from monoprint.model.asset import Facts
from monoprint.model.match import Box, Change, Relation, Verdict


@pytest.fixture
def sized(pictures):
    """Give a function that makes an empty picture of a size."""
    return lambda width, height: pictures.picture(np.zeros((height, width, 3), np.uint8))


@pytest.mark.parametrize("turn", range(8))
def test_a_turned_frame_is_told_by_its_turn_alone(sized, turn):
    first = sized(800, 600)
    second = sized(600, 800) if turn in {1, 3, 6, 7} else sized(800, 600)
    ways = [geometry(first, second, frame_matrix(first, second, n)) for n in range(8)]
    square = [lie for lie in ways if lie.aspect == pytest.approx(1, abs=1e-3)]
    assert turn in {lie.turn for lie in square}
    (lie,) = (lie for lie in square if lie.turn == turn)
    assert lie.whole
    assert lie.mirrored == (turn >= 4)
    assert lie.angle == pytest.approx(0, abs=1e-3)
    assert lie.factor == pytest.approx(1, abs=1e-3)


def test_each_orientation_of_a_frame_is_another_turn(sized):
    square = sized(500, 500)
    turns = {geometry(square, square, frame_matrix(square, square, n)).turn for n in range(8)}
    assert turns == set(range(8))


@pytest.mark.parametrize("factor", [0.2, 0.5, 3.0])
def test_a_smaller_frame_has_its_factor(sized, factor):
    first, second = sized(800, 600), sized(round(800 * factor), round(600 * factor))
    lie = geometry(first, second, frame_matrix(first, second, 0))
    assert lie.factor == pytest.approx(factor, rel=1e-3)
    assert (lie.first_share, lie.second_share) == pytest.approx((1, 1))


@given(st.integers(10, 390), st.integers(10, 290), st.integers(50, 400), st.integers(50, 300))
def test_a_crop_has_the_window_that_it_was_cut_at(left, top, width, height):
    from monoprint.matching.picture import Picture
    from monoprint.model.asset import Facts

    first = Picture(np.zeros((600, 800, 3), np.uint8), Facts("PNG", 800, 600))
    second = Picture(np.zeros((height, width, 3), np.uint8), Facts("PNG", width, height))
    lie = geometry(first, second, np.array([[1.0, 0, left], [0, 1, top], [0, 0, 1]]))
    assert lie.first_share == pytest.approx(width * height / (800 * 600), rel=1e-3)
    assert lie.second_share == pytest.approx(1)
    assert lie.first_window[0] == pytest.approx((left / 800, top / 600), abs=1e-4)
    right, bottom = (left + width) / 800, (top + height) / 600
    assert lie.first_window[2] == pytest.approx((right, bottom), abs=1e-4)
    assert not lie.mirrored
    assert lie.turn == 0


@pytest.mark.parametrize("degrees", [-20.0, -4.0, 2.0, 15.0])
def test_what_is_left_of_a_rotation_is_told_in_degrees(sized, degrees):
    first = sized(600, 600)
    radians = np.radians(degrees)
    cos, sin = np.cos(radians), np.sin(radians)
    about = np.array([[1, 0, 299.5], [0, 1, 299.5], [0, 0, 1]])
    turning = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    lie = geometry(first, first, about @ turning @ np.linalg.inv(about))
    assert abs(lie.angle) == pytest.approx(abs(degrees), abs=1e-6)
    assert lie.turn == 0
    assert not lie.whole


@pytest.mark.parametrize(
    "matrix",
    [
        np.diag([1.0, 1, -1]),
        np.zeros((3, 3)),
        np.diag([1.0, 0, 1]),
    ],
)
def test_a_matrix_that_folds_is_none(sized, matrix):
    assert geometry(sized(80, 60), sized(80, 60), matrix) is None


shares = st.floats(0.05, 0.45)
boxes = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), shares, shares, shares, shares)


@given(
    st.floats(0.5, 2), st.floats(0.5, 2), st.floats(-0.02, 0.02), st.floats(-0.02, 0.02), boxes,
    st.integers(0, 2),
)  # fmt: skip
def test_turning_a_verdict_twice_gives_it_back(across, down, x, y, box, source):
    # Small shifts and no clipping: boxes that leave the picture are cut, which nothing undoes.
    matrix = (across, 0.0, x, 0.0, down, y, 0.0, 0.0, 1.0)
    change = Change("size", 0.5, "resized to 50 %")
    back = Change("size", 2.0, "resized to 200 %")
    verdict = Verdict(
        Relation.RESIZED, (change,), (back,), 0.9, matrix, where=(box,), source=source
    )
    once = turned(verdict)
    assert (once.changes, once.back) == ((back,), (change,))
    assert once.source == {0: 0, 1: 2, 2: 1}[source]
    twice = turned(once)
    assert twice.matrix == pytest.approx(verdict.matrix)
    assert (twice.changes, twice.back, twice.source) == ((change,), (back,), source)
    inside = once.where[0]
    if 0 < inside.left < inside.right < 1 and 0 < inside.top < inside.bottom < 1:
        (again,) = twice.where
        one, other = (again.left, again.top, again.right, again.bottom), (
            box.left, box.top, box.right, box.bottom,
        )  # fmt: skip
        assert one == pytest.approx(other)


def test_a_box_is_moved_and_cut_to_the_picture():
    half = np.diag([0.5, 0.5, 1])
    assert moved(Box(0.2, 0.4, 0.6, 0.8), half) == Box(0.1, 0.2, 0.3, 0.4)
    assert moved(Box(0.2, 0.4, 0.6, 0.8), np.diag([2.0, 2, 1])) == Box(0.4, 0.8, 1, 1)


def test_the_furthest_change_names_the_rung():
    def of(*kinds):
        return furthest([Change(kind, None, kind) for kind in kinds])

    assert of() is Relation.RE_ENCODED
    assert of("encoding", "size") is Relation.RESIZED
    assert of("crop", "turn", "blur") is Relation.CROPPED
    assert of("overlay", "crop") is Relation.OVERLAID
    for kind, rung in RUNG.items():
        assert of(kind) is rung


@pytest.mark.parametrize(
    ("one", "other", "there", "back"),
    [
        (
            Facts("NEF", 800, 600),
            Facts("JPEG", 800, 600, 90),
            ("rendition", "JPEG rendition of a raw master (NEF), quality about 90"),
            ("master", "the raw master (NEF) of which this JPEG was made"),
        ),
        (
            Facts("TIFF", 800, 600, lossless=True),
            Facts("JPEG", 800, 600, 75),
            ("rendition", "JPEG rendition of a TIFF master, quality about 75"),
            ("master", "the TIFF master of which this JPEG was made"),
        ),
        (
            Facts("TIFF", 800, 600),  # a TIFF that holds a JPEG is nobody's master
            Facts("JPEG", 800, 600, 75),
            ("encoding", "TIFF re-encoded as JPEG, quality about 75"),
            ("encoding", "JPEG re-encoded as TIFF"),
        ),
        (
            Facts("NEF", 800, 600),
            Facts("DNG", 800, 600),
            ("encoding", "NEF re-encoded as DNG"),
            ("encoding", "DNG re-encoded as NEF"),
        ),
    ],
)
def test_a_master_and_its_rendition_are_told_as_such(one, other, there, back):
    pixels = np.zeros((600, 800, 3), np.uint8)
    first, second = Picture(pixels, one), Picture(pixels, other)
    lie = geometry(first, second, np.eye(3))
    made, made_back = changes(first, second, lie, None, (first, second))
    assert [(change.kind, change.text) for change in made] == [there]
    assert [(change.kind, change.text) for change in made_back] == [back]
