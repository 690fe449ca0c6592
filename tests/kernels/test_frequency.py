"""How common descriptors are, against the readable version."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.kernels import frequency, lsh, reference


def flipped(rng, codes, most):
    """Codes with up to `most` bits flipped in each."""
    ranks = rng.random((len(codes), 256)).argsort(axis=1).argsort(axis=1)
    bits = ranks < rng.integers(0, most + 1, len(codes))[:, None]
    return codes ^ np.packbits(bits, axis=1).view(np.uint64)


def crowd(seed, codes, pictures, kinds):
    """Noisy codes of a few kinds, spread over pictures in order."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2**64, (kinds, 4), dtype=np.uint64)
    of = np.sort(rng.integers(0, pictures, codes)).astype(np.uint32)
    return flipped(rng, kind[rng.integers(0, kinds, codes)], 12), of


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    codes=st.integers(1, 120),
    pictures=st.integers(1, 20),
    radius=st.sampled_from([0, 7, 15]),
    threads=st.integers(1, 3),
)
def test_collection_frequency_counts_what_looks_alike_and_all_that_is_equal(
    seed, codes, pictures, radius, threads
):
    code, of = crowd(seed, codes, pictures, 5)
    sample = np.flatnonzero(of % 3 != 1).astype(np.uint32)
    told = frequency.collection_frequency(code, of, sample, radius, threads=threads)
    assert (told <= reference.collection_frequency(code, of, sample, radius)).all()
    assert (told >= reference.collection_frequency(code, of, sample, 0)).all()


def test_collection_frequency_misses_no_more_than_the_join():
    code, of = crowd(1, 3_000, 300, 60)
    sample = np.arange(3_000, dtype=np.uint32)
    told = frequency.collection_frequency(code, of, sample, 15)
    true = reference.collection_frequency(code, of, sample, 15)
    assert told.sum() >= (1 - lsh.MISSED) * true.sum()


def test_counts_end_at_many():
    code = np.zeros((400, 4), np.uint64)
    of = np.arange(400, dtype=np.uint32)
    told = frequency.collection_frequency(code, of, of, 15)
    assert set(told.tolist()) == {frequency.MANY}


def test_a_pattern_keeps_a_few_of_its_own():
    rng = np.random.default_rng(3)
    pattern = np.repeat(rng.integers(0, 2**64, (1, 4), dtype=np.uint64), 9, axis=0)
    others = rng.integers(0, 2**64, (5, 4), dtype=np.uint64)
    code = np.concatenate([pattern, others, pattern[:2]])
    starts = np.array([0, 14, 16], np.uint32)
    told = frequency.repeated(code, starts, 15, 4, threads=2)
    assert told.tolist() == [False] * 4 + [True] * 5 + [False] * 7
