"""The locality-sensitive join: what it finds is true, found once, and nearly all there is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.kernels import lsh, reference


def flipped(rng, codes, bits):
    """Codes with just so many bits flipped in each."""
    ranks = rng.random((len(codes), 256)).argsort(axis=1).argsort(axis=1)
    return codes ^ np.packbits(ranks < bits, axis=1).view(np.uint64)


def random_codes(rng, count):
    return rng.integers(0, 2**64, (count, 4), dtype=np.uint64)


def crowd(seed, count, kinds):
    """Codes around a few kinds, up to 12 bits off each."""
    rng = np.random.default_rng(seed)
    kind = random_codes(rng, kinds)[rng.integers(0, kinds, count)]
    return flipped(rng, kind, rng.integers(0, 13, count)[:, None])


def swapped(codes):
    return np.ascontiguousarray(codes[:, [2, 3, 0, 1]])


def everyone(codes):
    return np.arange(len(codes), dtype=np.uint32)


def gathered(parts):
    keys = np.sort(np.concatenate([np.empty(0, np.uint64), *parts]))
    return [(int(key >> np.uint64(32)), int(key & np.uint64(2**32 - 1))) for key in keys]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 150),
    radius=st.sampled_from([0, 7, 15, 23]),
    threads=st.integers(1, 3),
)
def test_near_meets_only_true_pairs_once_and_all_equal_ones(seed, count, radius, threads):
    codes = crowd(seed, count, 5)
    which = np.flatnonzero(np.arange(count) % 7 != 3).astype(np.uint32)
    found = gathered(lsh.near(codes, which, radius, np.copy, threads=threads))
    assert len(set(found)) == len(found)
    inside = codes[which]
    true = {(int(which[i]), int(which[j])) for i, j in reference.self_join(inside, radius)[0]}
    equal = {(int(which[i]), int(which[j])) for i, j in reference.self_join(inside, 0)[0]}
    assert equal <= set(found) <= true


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 100), threads=st.integers(1, 3))
def test_swapped_meets_codes_with_the_seconds_halves_exchanged(seed, count, threads):
    codes = crowd(seed, count, 5)
    both = np.concatenate([codes, swapped(codes)])
    found = gathered(lsh.near(both, everyone(both), 15, np.copy, swapped=True, threads=threads))
    assert len(set(found)) == len(found)
    pairs, _ = reference.join(both, swapped(both), 15)
    assert set(found) <= {(int(i), int(j)) for i, j in pairs if i < j}
    assert {(k, count + k) for k in range(count)} <= set(found)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 100), threads=st.integers(1, 3))
def test_others_meet_those_on_the_other_side_alone(seed, count, threads):
    codes = crowd(seed, count, 5)
    left, right = everyone(codes)[: count // 2], everyone(codes)[count // 3 :]
    found = gathered(lsh.near_others(codes, left, right, 15, np.copy, threads=threads))
    assert len(set(found)) == len(found)
    pairs, _ = reference.join(codes[left], codes[right], 15)
    equal, _ = reference.join(codes[left], codes[right], 0)
    assert set(found) <= {(int(i), int(right[j])) for i, j in pairs}
    assert {(int(i), int(right[j])) for i, j in equal} <= set(found)


@pytest.mark.parametrize(
    ("bits", "most"), [(0, 0.0), (4, 0.015), (8, 0.08), (15, 1.2 * lsh.MISSED)]
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_no_more_is_missed_than_is_said(bits, most, mirrored):
    rng = np.random.default_rng(3)
    count = 20_000
    codes = random_codes(rng, count)
    twins = flipped(rng, codes, bits)
    both = np.concatenate([codes, swapped(twins) if mirrored else twins])
    found = set(gathered(lsh.near(both, everyone(both), 15, np.copy, swapped=mirrored)))
    missed = sum((k, count + k) not in found for k in range(count))
    assert missed <= most * count


def test_what_is_found_does_not_depend_on_threads_or_parts(monkeypatch):
    codes = crowd(1, 3_000, 40)
    found = gathered(lsh.near(codes, everyone(codes), 15, np.copy, threads=1))
    assert gathered(lsh.near(codes, everyone(codes), 15, np.copy, threads=3)) == found
    monkeypatch.setattr(lsh, "_KEYS_PER_PART", 50)
    assert gathered(lsh.near(codes, everyone(codes), 15, np.copy)) == found


def test_keys_grow_with_the_codes_and_tables_with_keys_and_radius():
    assert lsh.key_bits(0) == lsh.LEAST_KEY_BITS
    assert lsh.key_bits(10**9) == lsh.MOST_KEY_BITS
    assert lsh.tables(16, 0) == 1
    assert lsh.tables(16, 15) < lsh.tables(24, 15) < lsh.tables(24, 23)


def test_progress_ends_with_everything():
    told = []
    codes = crowd(2, 500, 5)
    for _ in lsh.near(codes, everyone(codes), 15, len, progress=told.append):
        pass
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


def test_a_radius_beyond_the_method_is_refused():
    codes = crowd(2, 5, 5)
    with pytest.raises(ValueError, match="0 to 31"):
        list(lsh.near(codes, everyone(codes), 32, np.copy))
