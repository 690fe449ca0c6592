"""A mark in one colour that a picture shows through is lifted; other content is not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from monoprint.matching.compare import lay
from monoprint.matching.watermark import lifted


@pytest.fixture
def marks(pictures):
    """Give a function that returns what was lifted from two pictures."""

    def lifting(first, second):
        pair = (pictures.picture(first), pictures.picture(second))
        return list(lifted(lay(*pair, np.eye(3), 1600)))

    return lifting


PAGES = ("page", "form", "drawing")


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("share", [0.2, 0.35, 0.5])
@pytest.mark.parametrize("colour", [(0, 0, 0), (200, 30, 30), (90, 120, 200)])
def test_a_mark_is_lifted_from_the_picture_that_bears_it(pictures, marks, kind, share, colour):
    bare = pictures.paper(kind)
    marked = pictures.tiled(bare, colour, share)
    for pair, bearer in (((bare, marked), 2), ((marked, bare), 1)):
        (found,) = marks(*pair)
        assert found.bearer == bearer
        without = (found.laid.first, found.laid.second)[bearer - 1]
        clean = (found.laid.second, found.laid.first)[bearer - 1]
        before = np.abs(marked.astype(int) - bare).mean()
        assert np.abs(without.astype(int) - clean).mean() < 0.2 * before
        covered = np.abs(marked.astype(int) - bare).max(axis=2) > 20
        about = cv2.dilate(covered.view(np.uint8), np.ones((9, 9), np.uint8)) > 0
        assert (found.mask & covered).sum() > 0.8 * covered.sum()
        assert (found.mask & about).sum() > 0.95 * found.mask.sum()


def test_the_places_of_a_mark_are_told_the_largest_first(pictures, marks):
    bare = pictures.page(1)
    marked = pictures.lettered(bare, "COPY", (100, 200), 180, (0, 0, 0), 0.4)
    marked = pictures.lettered(marked, "7", (700, 900), 120, (0, 0, 0), 0.4)
    (found,) = marks(bare, marked)
    word, number = (90, 190, 620, 420), (690, 890, 800, 1040)
    assert _within(found.boxes[0], word)
    assert all(_within(box, word) or _within(box, number) for box in found.boxes)
    assert any(_within(box, number) for box in found.boxes)


def _within(box, other):
    return other[0] <= box[0] < box[2] <= other[2] and other[1] <= box[1] < box[3] <= other[3]


@pytest.mark.parametrize("colour", [(0, 0, 0), (200, 30, 30)])
def test_nothing_is_lifted_that_nothing_is_seen_through(pictures, marks, colour):
    page = pictures.page(1)
    assert marks(page, pictures.tiled(page, colour, 1.0)) == []
    blank = np.full((800, 800, 3), 240, np.uint8)
    assert marks(blank, pictures.tiled(blank, colour, 0.4)) == []
    assert marks(page, page) == []


@pytest.mark.parametrize("kind", PAGES)
def test_lifting_a_mark_leaves_other_content_as_it_is(pictures, marks, kind):
    bare = pictures.paper(kind)
    changed = bare.copy()
    rows, columns = slice(300, 324), slice(300, 360)
    changed[rows, columns] = 255 - changed[rows, columns]
    (found,) = marks(bare, pictures.tiled(changed, (0, 0, 0), 0.35))
    apart = np.abs(found.laid.first.astype(int) - found.laid.second).max(axis=2)
    assert (apart[rows, columns] > 60).mean() > 0.5


def test_what_lies_beside_the_overlap_is_no_mark(pictures):
    page = pictures.page(1)
    marked = pictures.tiled(page, (0, 0, 0), 0.4)
    laid = lay(pictures.picture(page), pictures.picture(marked), np.eye(3), 1600)
    half = laid.valid.copy()
    half[:, half.shape[1] // 2 :] = False
    (found,) = lifted(replace(laid, valid=half))
    assert found.mask.any()
    assert not (found.mask & ~half).any()


def test_a_mark_that_was_compressed_is_lifted_all_the_same(pictures, marks):
    page = pictures.page(2)
    marked = pictures.jpeg(pictures.tiled(page, (30, 60, 190), 0.4), 75)
    (found,) = marks(page, marked)
    left = cv2.absdiff(*(cv2.blur(x, (5, 5)) for x in (found.laid.first, found.laid.second)))
    assert np.percentile(left, 99.9) < 30
