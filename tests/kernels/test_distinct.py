"""Distinct rows are numbered by first appearance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.kernels.distinct import distinct


@st.composite
def tables(draw):
    """Tables of few different rows, zeros and ends of zeros among them."""
    width = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kinds = rng.integers(0, 3, (draw(st.integers(1, 12)), width), dtype=np.uint8)
    return kinds[rng.integers(0, len(kinds), draw(st.integers(0, 60)))]


@settings(max_examples=100, deadline=None)
@given(rows=tables())
def test_rows_are_numbered_in_the_order_of_their_first_appearance(rows):
    seen = {}
    for row in rows:
        seen.setdefault(row.tobytes(), len(seen))
    number, first = distinct(rows)
    assert number.tolist() == [seen[row.tobytes()] for row in rows]
    assert first.tolist() == [number.tolist().index(n) for n in range(len(seen))]
    assert number.dtype == first.dtype == np.int64


@settings(max_examples=50, deadline=None)
@given(rows=tables())
def test_the_first_rows_stand_for_all(rows):
    number, first = distinct(rows)
    np.testing.assert_array_equal(rows[first[number]], rows)


def test_no_rows():
    number, first = distinct(np.empty((0, 32), np.uint8))
    assert (number.shape, first.shape) == ((0,), (0,))
    assert number.dtype == first.dtype == np.int64


def test_rows_that_differ_in_their_last_byte_alone_are_different():
    rows = np.zeros((3, 32), np.uint8)
    rows[1, 31] = 1
    assert distinct(rows)[0].tolist() == [0, 1, 0]


@pytest.mark.parametrize("view", [np.s_[::-1], np.s_[::2], np.s_[:, ::2]])
def test_a_view_with_strides_is_read_as_it_stands(view):
    rows = np.array([[1, 9], [2, 8], [1, 7], [2, 8]], np.uint8)
    ours, expected = distinct(rows[view]), distinct(rows[view].copy())
    assert [a.tolist() for a in ours] == [a.tolist() for a in expected]
