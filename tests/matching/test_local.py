"""Proposing pictures that share a part, by their keypoints alone."""

import numpy as np
import pytest
from PIL import Image

from monoprint.fingerprints import local as recipe
from monoprint.matching import local
from monoprint.model.fingerprint import KEYPOINT

DISTINCT = 5


def scene(seed):
    """A drawn picture full of corners, unlike any other seed's, uint8 (360, 480)."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (30, 40)).astype(np.uint8))
    fine = Image.fromarray(rng.integers(0, 256, (90, 120)).astype(np.uint8))
    grey = [
        np.asarray(each.resize((480, 360), Image.Resampling.BICUBIC)) for each in (coarse, fine)
    ]
    return np.uint8(0.6 * grey[0] + 0.4 * grey[1])


def features(pictures):
    made = [recipe.fingerprint(0, np.ascontiguousarray(picture)) for picture in pictures]
    rows = [np.frombuffer(code.keypoints, KEYPOINT) for code in made]
    starts = np.cumsum([0, *map(len, rows)]).astype(np.uint32)
    size = np.array([(code.width, code.height) for code in made], np.uint16)
    return local.features_of(np.concatenate(rows), starts, size)


def crop(picture, box, size=(480, 360)):
    return np.asarray(Image.fromarray(picture).crop(box).resize(size, Image.Resampling.BICUBIC))


def propose(held, standing=None, **options):
    standing = np.ones(len(held), bool) if standing is None else standing
    return local.propose(held, standing, lambda _share: None, **options)


@pytest.fixture(scope="module")
def pictures():
    """Five scenes; crops of 0 and 1, a mirrored crop of 2, and a turned 3 pasted into 4's."""
    scenes = [scene(seed) for seed in range(DISTINCT)]
    pasted = scene(99)
    pasted[100:280, 150:390] = crop(scenes[3], (0, 0, 480, 360), (240, 180))
    return [
        *scenes,
        crop(scenes[0], (100, 60, 340, 240)),
        np.asarray(Image.fromarray(scenes[1]).rotate(8)),
        crop(scenes[2], (0, 0, 360, 270))[:, ::-1],
        pasted,
    ]


@pytest.fixture(scope="module")
def held(pictures):
    return features(pictures)


@pytest.fixture(scope="module")
def found(held):
    return propose(held)


def test_crops_turns_mirrored_and_pasted_pictures_are_proposed_and_no_others(found):
    assert found.pairs.tolist() == [[0, 5], [1, 6], [2, 7], [3, 8]]
    assert found.mirrored.tolist() == [False, False, True, False]
    assert (found.support >= 5).all()
    assert (found.support <= found.expected).all()
    assert (found.evidence >= local.EVIDENCE + local.EVIDENCE_PER_CORNER * found.expected).all()


@pytest.mark.parametrize(
    ("pair", "place", "there"),
    [
        (0, (240, 180), (220, 150)),  # the middle of the crop from (100, 60), half as large
        (2, (480 - 1 - 200, 100), (279 * 0.75, 75)),  # given in the crop once turned back
        (3, (150 + 120, 100 + 90), (240, 180)),
    ],
)
def test_the_matrix_brings_the_right_picture_onto_the_left(found, pair, place, there):
    np.testing.assert_allclose(found.matrix[pair] @ [*place, 1], there, atol=3)


def test_order_and_threads_change_nothing(pictures, found):
    order = np.random.default_rng(5).permutation(len(pictures))
    other = propose(features([pictures[k] for k in order]), threads=1)
    pairs = order[other.pairs]
    turned = pairs[:, 0] > pairs[:, 1]
    pairs.sort(axis=1)
    again = np.lexsort((pairs[:, 1], pairs[:, 0]))
    np.testing.assert_array_equal(pairs[again], found.pairs)
    np.testing.assert_array_equal(other.mirrored[again], found.mirrored)
    np.testing.assert_array_equal(other.support[again], found.support)
    np.testing.assert_array_equal(other.evidence[again], found.evidence)
    # Where left and right are exchanged the matrix is the inverse, so both bring a point home.
    for m, k in enumerate(again):
        matrix = np.vstack([other.matrix[k], [0, 0, 1]])
        if turned[k]:
            flip = (
                np.array([[-1, 0, 479], [0, 1, 0], [0, 0, 1]]) if found.mirrored[m] else np.eye(3)
            )
            matrix = flip @ np.linalg.inv(matrix) @ flip
        np.testing.assert_allclose(matrix[:2], found.matrix[m], atol=1e-6)


def test_only_standing_pictures_are_compared(held):
    standing = np.ones(len(held), bool)
    standing[[0, 7]] = False
    assert propose(held, standing).pairs.tolist() == [[1, 6], [3, 8]]


def bearing(logo):
    """Draw twenty scenes that bear a logo, each in a place of its own."""
    height, width = logo.shape
    scenes = [scene(100 + seed) for seed in range(20)]
    for n, each in enumerate(scenes):
        each[10 + n : 10 + n + height, 20 + n : 20 + n + width] = logo
    return scenes


def test_a_logo_in_common_is_not_enough_where_much_more_could_agree():
    assert len(propose(features(bearing(scene(500)[:90, :120])))) == 0


def test_what_is_everywhere_seeks_nobody(monkeypatch):
    """Twenty scenes bear one banner: it proposes many pairs, until it is stopped."""
    held = features(bearing(scene(500)[:150, :260]))
    before = len(propose(held))
    assert before > 50
    monkeypatch.setattr(local, "LEAST_PAIRS", 50)
    monkeypatch.setattr(local, "PAIRS_PER_PICTURE", 0)
    monkeypatch.setattr(local, "RARE", 0)
    assert len(propose(held)) < before / 2


def test_progress_adds_up_to_one(held):
    told = []
    local.propose(held, np.ones(len(held), bool), told.append)
    assert sum(told) == pytest.approx(1)


def test_nothing_proposes_nothing():
    none = features([np.zeros((40, 40), np.uint8)] * 2)
    assert len(propose(none)) == 0


def codes_near(seed, count, most):
    rng = np.random.default_rng(seed)
    code = np.repeat(rng.integers(0, 2**64, (1, 4), dtype=np.uint64), count, axis=0)
    for row in code[1:]:
        for bit in rng.choice(256, rng.integers(0, most + 1), replace=False):
            row[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    return code


def test_one_of_many_near_pictures_stands_for_them():
    many, few = codes_near(1, 40, 5), codes_near(2, local.NEAR_MOST, 5)
    code = np.concatenate([many, few, codes_near(3, 1, 0)])
    comparable = np.ones(len(code), bool)
    comparable[7] = False
    leader = local.stand_ins(code, comparable)
    np.testing.assert_array_equal(leader[leader], leader)
    assert leader[7] == 7
    assert leader[40:].tolist() == list(range(40, len(code)))
    apart = np.bitwise_count(code ^ code[leader]).sum(axis=1)
    assert apart.max() <= local.NEAR
    assert (leader[:40] != np.arange(40)).sum() >= 37  # all but the leader and what is left out
