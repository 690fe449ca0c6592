"""Pairs for learning overlays from edits are made as they are said to be, and learnt from."""

import json
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from benchmarks import overlays
from monoprint.matching import overlay
from tests.conftest import Drawing

ANSWERS = len(overlay.weights().linear)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """Return files of four scenes and of a ball before white."""
    folder = tmp_path_factory.mktemp("photographs")
    for seed in range(4):
        Drawing.scene(seed, (320, 240)).save(folder / f"{seed}.jpg")
    ball = np.full((240, 320, 3), 255, np.uint8)
    y, x = np.mgrid[:240, :320]
    ball[(x - 160) ** 2 + (y - 120) ** 2 < 70**2] = (180, 60, 40)
    Image.fromarray(ball).save(folder / "ball.png")
    return overlays.pictures_below(folder)


@pytest.mark.parametrize("name", overlays.OVERLAYS)
def test_an_overlay_leaves_the_rest_as_it_was(photographs, name):
    image = overlays.opened(photographs[0], 320)
    _, lay = overlays.OVERLAYS[name]
    changed = overlays.differ(image, lay(np.random.default_rng(1), image))
    assert changed.any()
    assert changed.mean() < 0.6


@pytest.mark.parametrize("name", overlays.EDITS)
@pytest.mark.parametrize("seed", [2, 3])
def test_an_edit_leaves_most_as_it_was(photographs, name, seed):
    pixels = np.asarray(overlays.opened(photographs[1], 320))
    others, (_, edit) = overlays.Others(photographs), overlays.EDITS[name]
    changed = edit(np.random.default_rng(seed), pixels, others)
    assert changed.shape == pixels.shape
    assert overlays.differ(pixels, changed).mean() < 0.3


def test_two_signs_differ_within_the_sign(photographs):
    one, other = overlays.signs(np.random.default_rng(1), np.asarray(Image.open(photographs[2])))
    rows, columns = np.nonzero(overlays.differ(one, other))
    assert 0 < len(rows) < one.shape[0] * one.shape[1] // 8
    assert np.ptp(columns) <= 0.4 * one.shape[1]


def test_the_same_seed_gives_the_same_places(photographs):
    jobs = [(photographs[0], 0, 5, photographs), (None, 4, 5, photographs)]
    for job in jobs:
        first, again = overlays.rows_of(job), overlays.rows_of(job)
        assert first
        assert [row.kind for row in first] == [row.kind for row in again]
        assert all(np.array_equal(a.answers, b.answers) for a, b in zip(first, again, strict=True))


def test_what_was_planted_is_learnt():
    rng = np.random.default_rng(3)
    answers = rng.normal(2.0, 3.0, (4000, 5))
    z = (answers - 2) / 3
    planted = 2 * z[:, 0] - z[:, 1] + 1.5 * z[:, 2] * z[:, 3]
    told = rng.random(4000) < 1 / (1 + np.exp(-planted))
    learnt = overlays.fit(answers, told, np.ones(4000))
    assert learnt["linear"][:2] == pytest.approx([2, -1], abs=0.25)
    assert learnt["products"][2][1] == pytest.approx(1.5, abs=0.25)
    assert np.mean((overlays.odds(learnt, answers) > 0) == (planted > 0)) > 0.95


@given(arrays(np.float64, (3, ANSWERS), elements=st.floats(-20, 20)))
def test_what_is_fitted_is_what_is_asked(answers):
    stored = json.loads(files("monoprint.matching").joinpath("overlay.json").read_text("utf-8"))
    assert np.allclose(overlays.odds(stored, answers), overlay.odds(answers))
