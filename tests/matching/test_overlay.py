"""Answers are weighed as they were fitted, whatever they are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from monoprint.matching.overlay import FARTHEST, odds, weights

ANSWERS = len(weights().linear)


def by_hand(answers):
    """Weigh one place's answers one by one."""
    w = weights()
    z = [
        max(-FARTHEST, min(FARTHEST, (a - m) / s))
        for a, m, s in zip(answers, w.mean, w.spread, strict=True)
    ]
    told = w.constant + sum(weight * each for weight, each in zip(w.linear, z, strict=True))
    for i in range(ANSWERS):
        for j in range(i, ANSWERS):
            told += w.products[i, j] * z[i] * z[j]
    return told


@given(arrays(np.float64, (2, ANSWERS), elements=st.floats(-50, 50)))
def test_odds_are_a_sum_over_answers_and_their_products(answers):
    assert np.allclose(odds(answers), [by_hand(row) for row in answers])


@given(arrays(np.float64, (1, ANSWERS), elements=st.floats(-1e6, 1e6)))
def test_no_answer_counts_beyond_what_was_seen(answers):
    w = weights()
    nearest = np.clip(answers, w.mean - FARTHEST * w.spread, w.mean + FARTHEST * w.spread)
    assert np.allclose(odds(answers), odds(nearest))
