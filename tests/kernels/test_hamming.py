"""The Hamming join against plain NumPy, and what crowds promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.errors import TooManyPairs
from monoprint.kernels import hamming, reference

RADII = [0, 1, 15, 16, 31, 32, 47, 48, 63]


def random_codes(rng, n):
    return rng.integers(0, 2**64, (n, 4), dtype=np.uint64)


def flips(rng, counts):
    """One mask for each count, with that many of its 256 bits set."""
    ranks = rng.random((len(counts), 256)).argsort(axis=1).argsort(axis=1)
    bits = ranks < np.asarray(counts)[:, None]
    return np.packbits(bits, axis=1).view(np.uint64)


def noisy_copies(rng, n, most):
    return random_codes(rng, 1) ^ flips(rng, rng.integers(0, most + 1, n))


@st.composite
def code_sets(draw):
    """Random codes, tight and loose clusters, and equal codes, shuffled."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    parts = [random_codes(rng, draw(st.integers(0, 60)))]
    for _ in range(draw(st.integers(0, 4))):
        most = draw(st.sampled_from([0, 3, 16, 40, 90]))
        parts.append(noisy_copies(rng, draw(st.integers(1, 40)), most))
    codes = np.concatenate(parts)
    return rng.permutation(codes)


def assert_same(answer, expected):
    for ours, theirs in zip(answer, expected, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def assert_led_fairly(codes, leader, radius):
    assert leader.dtype == np.uint32
    np.testing.assert_array_equal(leader[leader], leader)
    distances = np.bitwise_count(codes ^ codes[leader]).sum(axis=1)
    assert distances.max(initial=0) <= radius


@settings(max_examples=60, deadline=None)
@given(codes=code_sets(), radius=st.sampled_from(RADII))
def test_self_join_agrees_with_the_reference(codes, radius):
    assert_same(hamming.self_join(codes, radius), reference.self_join(codes, radius))


@settings(max_examples=60, deadline=None)
@given(codes=code_sets(), radius=st.sampled_from(RADII), share=st.floats(0, 1))
def test_join_agrees_with_the_reference(codes, radius, share):
    cut = int(share * len(codes))
    left, right = codes[:cut], codes[cut:]
    assert_same(hamming.join(left, right, radius), reference.join(left, right, radius))


def test_the_reference_counts_bits():
    codes = np.array([[0, 0, 0, 0], [2**64 - 1, 0, 0, 0], [1, 0, 0, 3]], np.uint64)
    pairs, distances = reference.self_join(codes, 255)
    assert pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert distances.tolist() == [64, 3, 65]


@pytest.mark.parametrize("radius", [0, 7, 15, 31, 47, 63])
def test_flips_spread_to_defeat_the_slots_are_found(radius):
    """The worst case of the pigeonhole principle: as even over the slots as can be."""
    rng = np.random.default_rng(radius)
    codes = random_codes(rng, 64)
    slots = 16
    bits = np.zeros((32, slots, 16), np.uint8)
    for mask in bits:
        order = rng.permutation(slots)
        for k in range(radius):
            mask[order[k % slots], k // slots] = 1
    codes[32:] = codes[:32] ^ np.packbits(bits.reshape(32, 256), axis=1).view(np.uint64)
    pairs, distances = hamming.self_join(codes, radius)
    assert pairs.tolist() == [[i, i + 32] for i in range(32)]
    assert set(distances.tolist()) == {radius}


def test_planted_pairs_at_every_distance_are_found():
    rng = np.random.default_rng(7)
    n, each = 50_000, 20
    codes = random_codes(rng, n)
    distances = np.repeat(np.arange(34), each)
    planted = len(distances)
    codes[-planted:] = codes[:planted] ^ flips(rng, distances)
    pairs, found = hamming.self_join(codes)
    within = distances <= 31
    assert pairs.tolist() == [[i, n - planted + i] for i in range(within.sum())]
    np.testing.assert_array_equal(found, distances[within])


@pytest.mark.parametrize("radius", [0, 31, 40])
def test_threads_do_not_change_the_answer(radius):
    rng = np.random.default_rng(3)
    codes = np.concatenate([random_codes(rng, 70_000), noisy_copies(rng, 900, 25)])
    codes = rng.permutation(np.concatenate([codes, codes[::50]]))
    one = hamming.self_join(codes, radius, threads=1)
    assert_same(hamming.self_join(codes, radius, threads=3), one)
    np.testing.assert_array_equal(
        hamming.crowds(codes, radius, size=100, threads=3),
        hamming.crowds(codes, radius, size=100, threads=1),
    )


def test_pairs_beyond_a_task_s_first_buffer_are_kept(monkeypatch):
    rng = np.random.default_rng(5)
    codes = noisy_copies(rng, 400, 12)
    monkeypatch.setattr(hamming, "KEYS_PER_TASK", 10)
    assert_same(hamming.self_join(codes, 20), reference.self_join(codes, 20))


def test_more_neighbours_than_a_block_holds():
    rng = np.random.default_rng(6)
    codes = random_codes(rng, 4_600)
    codes[:, 0] &= np.uint64(0xFFFF_FFFF_FFFF_0001)
    codes[-50:] = codes[:50] ^ np.uint64(1)
    assert_same(hamming.self_join(codes), reference.self_join(codes))
    left, right = codes[:100], codes[100:]
    assert_same(hamming.join(left, right), reference.join(left, right))


def test_equal_codes_pair_with_each_other_and_with_their_neighbours():
    rng = np.random.default_rng(8)
    codes = random_codes(rng, 3_000)
    codes[500:1500] = codes[0]
    codes[1500:1600] = codes[0] ^ np.array([0, 7, 0, 1], np.uint64)
    codes = rng.permutation(codes)
    assert_same(hamming.self_join(codes), reference.self_join(codes))
    assert_same(hamming.join(codes[:900], codes[900:]), reference.join(codes[:900], codes[900:]))


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_pair(n):
    codes = np.zeros((n, 4), np.uint64)
    pairs, distances = hamming.self_join(codes)
    assert (pairs.shape, pairs.dtype) == ((0, 2), np.uint32)
    assert (distances.shape, distances.dtype) == ((0,), np.uint8)
    assert_same(hamming.join(codes, codes), reference.join(codes, codes))
    assert hamming.crowds(codes).tolist() == list(range(n))


def test_a_view_with_strides_is_read_as_it_stands():
    codes = np.zeros((8, 8), np.uint64)
    codes[:, 4:] = 2**64 - 1
    pairs, _ = hamming.self_join(codes[::2, ::2])
    assert len(pairs) == 6


def test_progress_rises_to_one():
    seen = []
    hamming.self_join(random_codes(np.random.default_rng(1), 1_000), progress=seen.append)
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] == 1


@pytest.mark.parametrize(
    "codes",
    [
        np.zeros((3, 4), np.int64),
        np.zeros((3, 32), np.uint8),
        np.zeros((3, 5), np.uint64),
        np.zeros(4, np.uint64),
    ],
)
def test_other_shapes_and_dtypes_are_refused(codes):
    good = np.zeros((1, 4), np.uint64)
    for call in (
        lambda: hamming.self_join(codes),
        lambda: hamming.join(good, codes),
        lambda: hamming.join(codes, good),
        lambda: hamming.crowds(codes),
    ):
        with pytest.raises(ValueError, match=r"must be uint64\[N, 4\]"):
            call()


@pytest.mark.parametrize("radius", [-1, 64])
def test_radii_out_of_range_are_refused(radius):
    codes = np.zeros((2, 4), np.uint64)
    for call in (
        lambda: hamming.self_join(codes, radius),
        lambda: hamming.join(codes, codes, radius),
        lambda: hamming.crowds(codes, radius),
    ):
        with pytest.raises(ValueError, match="radius must be 0 to 63"):
            call()


def test_no_threads_and_empty_crowds_are_refused():
    codes = np.zeros((2, 4), np.uint64)
    with pytest.raises(ValueError, match="threads"):
        hamming.self_join(codes, threads=0)
    with pytest.raises(ValueError, match="size"):
        hamming.crowds(codes, size=0)


@pytest.mark.parametrize("most", [0, 12])
def test_too_many_pairs_are_refused_and_as_many_as_allowed_are_not(monkeypatch, most):
    codes = noisy_copies(np.random.default_rng(2), 100, most)
    every = 100 * 99 // 2
    monkeypatch.setattr(hamming, "MAX_PAIRS", every)
    assert len(hamming.self_join(codes)[0]) == every
    monkeypatch.setattr(hamming, "MAX_PAIRS", every - 1)
    with pytest.raises(TooManyPairs) as caught:
        hamming.self_join(codes)
    assert caught.value.advice


@settings(max_examples=40, deadline=None)
@given(codes=code_sets(), radius=st.sampled_from(RADII), size=st.integers(1, 30))
def test_leaders_are_near_and_final(codes, radius, size):
    leader = hamming.crowds(codes, radius, size=size)
    assert_led_fairly(codes, leader, radius)
    if len(np.unique(codes, axis=0)) <= size:
        np.testing.assert_array_equal(leader, np.arange(len(codes)))


@pytest.mark.parametrize("most", [6, 15])
def test_a_crowd_comes_down_to_its_leaders_and_random_codes_stay(most):
    rng = np.random.default_rng(most)
    n = 5_000
    codes = np.concatenate([random_codes(rng, n), noisy_copies(rng, n, most)])
    leader = hamming.crowds(codes, size=500)
    assert_led_fairly(codes, leader, 31)
    left = leader == np.arange(2 * n)
    assert left[:n].all()
    assert left[n:].sum() < 1_000


def test_codes_equal_to_a_leader_or_a_claimed_code_go_with_it():
    codes = noisy_copies(np.random.default_rng(4), 3_000, 8)
    codes[-300:] = codes[:300]
    leader = hamming.crowds(codes)
    assert_led_fairly(codes, leader, 31)
    lone = np.flatnonzero(leader == np.arange(len(codes)))
    leads = np.intersect1d(lone, leader[leader != np.arange(len(codes))])
    assert (leads < 2_700).all()
    claimed = np.flatnonzero(leader[:300] != np.arange(300))
    np.testing.assert_array_equal(leader[2_700 + claimed], leader[claimed])
