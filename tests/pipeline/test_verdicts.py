"""Verdicts survive the way through JSON, and nonsense is not taken for one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monoprint.errors import MonoprintError
from monoprint.model.match import Box, Change, Relation, Verdict
from monoprint.pipeline.verdicts import heard, told

numbers = st.floats(allow_nan=False, allow_infinity=False)
points = st.tuples(numbers, numbers)
quads = st.tuples(points, points, points, points)
changes = st.builds(Change, st.text(), st.none() | numbers, st.text())
verdicts = st.builds(
    Verdict,
    relation=st.none() | st.sampled_from(Relation),
    changes=st.lists(changes, max_size=3).map(tuple),
    back=st.lists(changes, max_size=3).map(tuple),
    certainty=st.floats(0, 1),
    matrix=st.tuples(*[numbers] * 9),
    first_window=quads,
    second_window=quads,
    where=st.lists(st.builds(Box, numbers, numbers, numbers, numbers), max_size=3).map(tuple),
    source=st.integers(0, 2),
    residual=st.floats(0, 255),
)


@given(verdicts)
def test_a_verdict_comes_back_from_json(verdict):
    assert heard(json.loads(json.dumps(told(verdict)))) == verdict


@pytest.mark.parametrize(
    "broken",
    [
        {"relation": "alike"},
        {"relation": 7},
        {"certainty": None},
        {"certainty": float("nan")},
        {"matrix": [1.0] * 8},
        {"matrix": [float("inf")] * 9},
        {"first_window": [[0, 0]] * 3},
        {"second_window": "abcd"},
        {"where": [[0, 0, 1]]},
        {"changes": [["crop", "much", "cropped"]]},
        {"changes": ["crop"]},
        {"back": [["crop", float("inf"), "cropped"]]},
        {"residual": float("nan")},
    ],
)
def test_what_is_no_verdict_is_an_error(broken):
    with pytest.raises(MonoprintError, match="verdict"):
        heard(told(Verdict(Relation.CROPPED)) | broken)


def test_a_missing_field_is_an_error():
    with pytest.raises(MonoprintError, match="matrix"):
        heard({k: v for k, v in told(Verdict(None)).items() if k != "matrix"})


def test_a_certainty_stays_within_bounds():
    assert heard(told(Verdict(None)) | {"certainty": 1.0000001}).certainty == 1.0
