"""Where a drawn picture lies on another is found, as near as is needed to go on from."""

import numpy as np
import pytest

from monoprint.matching.align import alignments, frame_matrix, jacobian_at, sane

# Pixels at the corners that flow still corrects, once the pictures are laid on each other.
NEAR = 12


def mapped(matrix, points):
    u = matrix @ np.vstack([np.array(points, float).T, np.ones(len(points))])
    return (u[:2] / u[2]).T


def nearest(found, truth, points):
    """Return how far the best of some alignments is off, in pixels."""
    expected = mapped(truth, points)
    return min(np.abs(mapped(a.matrix, points) - expected).max() for a in found)


@pytest.mark.parametrize("turn", range(8))
def test_a_turned_picture_is_laid_back_on_its_frame(pictures, turn):
    scene = pictures.scene(1, (640, 480))
    first, second = pictures.picture(scene), pictures.picture(pictures.oriented(scene, turn))
    truth = min(
        (frame_matrix(first, second, n) for n in range(8)),
        key=lambda m: np.abs(sampled(second.pixels, m, first.pixels)).mean(),
    )
    first_guess = next(alignments(first, second))
    assert first_guess.whole
    assert first_guess.matrix == pytest.approx(truth, abs=1e-6)
    assert first_guess.mirrored == (turn >= 4)


def sampled(second, matrix, first):
    """Return how the first differs from the second, laid on it, at some of its points."""
    height, width = second.shape[:2]
    points = [(x, y) for x in range(20, width - 20, 37) for y in range(20, height - 20, 31)]
    at = np.rint(mapped(matrix, points)).astype(int)
    at = np.clip(at, 0, [first.shape[1] - 1, first.shape[0] - 1])
    here = np.array([second[y, x] for x, y in points], float)
    return here - first[at[:, 1], at[:, 0]]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_crop_is_laid_where_it_was_cut(pictures, seed):
    scene = pictures.scene(seed)
    first, second = pictures.picture(scene), pictures.picture(scene[150:470, 130:560])
    truth = np.array([[1.0, 0, 130], [0, 1, 150], [0, 0, 1]])
    corners = [(0, 0), (430, 0), (430, 320), (0, 320)]
    assert nearest(alignments(first, second), truth, corners) < NEAR


def test_a_small_copy_in_another_picture_is_found(pictures):
    large, scene = pictures.scene(60, (1200, 900)).copy(), pictures.scene(2)
    large[300:600, 500:900] = pictures.resized(scene, 0.5)
    truth = np.array([[0.5, 0, 500 - 0.25], [0, 0.5, 300 - 0.25], [0, 0, 1]])
    found = list(alignments(pictures.picture(large), pictures.picture(scene)))
    assert nearest(found, truth, [(0, 0), (799, 0), (799, 599), (0, 599)]) < NEAR
    assert any(a.inliers > 20 and not a.mirrored for a in found)


def test_pictures_without_keypoints_are_tried_on_each_other_as_whole_frames(pictures):
    flat = pictures.picture(np.full((60, 80, 3), 200, np.uint8))
    found = list(alignments(flat, flat))
    assert found
    assert all(a.whole for a in found)
    assert nearest(found, np.eye(3), [(0, 0), (79, 59)]) < 1e-6


def test_pictures_of_other_shapes_with_nothing_in_common_have_few_guesses(pictures):
    wide = pictures.picture(np.full((20, 400, 3), 200, np.uint8))
    tall = pictures.picture(np.full((400, 20, 3), 10, np.uint8))
    assert list(alignments(wide, tall)) == []


def test_the_derivative_is_that_of_the_mapping():
    matrix = np.array([[1.1, 0.1, 5], [-0.1, 0.9, 3], [1e-4, -2e-4, 1]])
    found = jacobian_at(matrix, 100, 50)
    step = 1e-4
    base, right, below = mapped(matrix, [(100, 50), (100 + step, 50), (100, 50 + step)])
    assert found == pytest.approx(np.column_stack([right - base, below - base]) / step, abs=1e-5)
    assert jacobian_at(np.diag([1.0, 1, 0]), 1, 1) is None


def test_a_sane_matrix_keeps_its_points_in_order():
    points = np.array([[0, 0], [400, 0], [400, 300], [0, 300]], np.float32)
    assert sane(np.eye(3), points)
    assert sane(np.diag([-1.0, 1, 1]), points)
    assert not sane(np.diag([1.0, 3, 1]), points)
    assert not sane(np.array([[1.0, 0, 0], [0, 1, 0], [-1 / 300, 0, 1]]), points)
