"""Candidates: all pairs within reach in all orientations, and which way they are turned."""

from itertools import product

import numpy as np
import pytest

from monoprint.kernels import hamming, pdq
from monoprint.matching import candidates
from monoprint.model.match import TURNS

# What a person would do to a picture, by the name that a report gives it.
DONE = {
    "": lambda a: a,
    "rotated 90° counter-clockwise": lambda a: np.rot90(a),
    "rotated 180°": lambda a: np.rot90(a, 2),
    "rotated 90° clockwise": lambda a: np.rot90(a, -1),
    "flipped top to bottom": np.flipud,
    "mirrored left to right": np.fliplr,
    "mirrored along the diagonal": lambda a: a.T,
    "mirrored along the other diagonal": lambda a: np.rot90(a, 2).T,
}
UNDOING = {"rotated 90° counter-clockwise": "rotated 90° clockwise"}
UNDOING |= {back: there for there, back in UNDOING.items()}


def picture(seed, side=64):
    """A rich square picture: broad waves, unlike those of another seed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    total = sum(
        np.cos(18 * (a * x + b * y) + phase)
        for a, b, phase in rng.uniform([-1, -1, 0], [1, 1, 6.3], (12, 3))
    )
    total -= total.min()
    return np.uint8(total * (255 / total.max()))


def codes_of(pictures):
    """The codes of pictures in all orientations, uint64 (8, U, 4), as the kernel gives them."""
    codes = np.array([pdq.codes(np.ascontiguousarray(each))[0] for each in pictures])
    return np.ascontiguousarray(codes.reshape(-1, 8, 32).transpose(1, 0, 2)).view(np.uint64)


def propose(codes, radius=31, progress=lambda _share: None):
    nodes = candidates.nodes_of(codes[0])
    turned = codes[1:, nodes.row].transpose(1, 0, 2)
    return candidates.propose(nodes, turned, radius, progress)


def by_pair(edges):
    pairs = [tuple(pair) for pair in edges.nodes.tolist()]
    assert pairs == sorted(set(pairs))
    assert all(left < right for left, right in pairs)
    told = zip(edges.distance.tolist(), edges.orientation.tolist(), strict=True)
    return dict(zip(pairs, told, strict=True))


def brute_force(codes, radius):
    """The best of each pair by comparing all with all: (turned, distance) for each pair."""
    best = {}
    count = codes.shape[1]
    for orientation in range(8):
        apart = np.bitwise_count(codes[0][:, None] ^ codes[orientation][None]).sum(axis=2)
        for i, j in product(range(count), repeat=2):
            if i != j and apart[i, j] <= radius:
                pair = (min(i, j), max(i, j))
                found = (orientation > 0, int(apart[i, j]))
                best[pair] = min(best.get(pair, found), found)
    return best


def random_with_planted(seed, count, planted):
    """Random codes and noisy, turned or upright copies of some, with all orientations' codes.

    A turn moves and negates frequencies; here it moves and negates the bits of a code.
    """
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (count, 16, 16), dtype=np.uint8)
    for k in range(planted):
        copy = turned_bits(bits[k], int(rng.integers(8)))
        flips = rng.permutation(256)[: rng.integers(0, 36)]
        copy.ravel()[flips] ^= 1
        bits[count - 1 - k] = copy
    sets = [[turned_bits(each, orientation) for each in bits] for orientation in range(8)]
    packed = np.packbits(np.array(sets).reshape(8, count, 256), axis=2)
    return np.ascontiguousarray(packed).view(np.uint64)


def turned_bits(bits, orientation):
    """The bits of the frequencies of a turned picture; mirroring negates every other one."""
    odd = np.arange(16) % 2 == 0  # frequencies count from 1
    rows, columns = {0: (0, 0), 1: (0, 1), 2: (1, 1), 3: (1, 0),
                     4: (1, 0), 5: (0, 1), 6: (0, 0), 7: (1, 1)}[orientation]  # fmt: skip
    bits = bits ^ (odd[:, None] & bool(rows)) ^ (odd[None, :] & bool(columns))
    return bits.T.copy() if orientation in (1, 3, 6, 7) else bits.copy()


@pytest.mark.parametrize("radius", [12, 31])
def test_all_pairs_that_brute_force_finds_are_proposed_with_the_best_of_each(radius):
    codes = random_with_planted(radius, 400, 160)
    expected = brute_force(codes[:, candidates.nodes_of(codes[0]).row], radius)
    assert len(expected) > 50
    found = by_pair(propose(codes, radius))
    assert {pair: (turn > 0, distance) for pair, (distance, turn) in found.items()} == expected


def test_the_planted_turns_are_those_of_the_kernel():
    codes = codes_of([picture(1)])
    flat = np.unpackbits(codes.view(np.uint8), axis=2).reshape(8, 16, 16)[:, ::-1, ::-1]
    for orientation in range(8):
        apart = (turned_bits(flat[0], orientation) != flat[orientation]).sum()
        assert apart <= 40  # the median of negated frequencies is another; others are 128 apart


def test_pictures_in_all_orientations_are_found_and_named_alike_from_either_side():
    pictures = []
    planted = {}
    for seed, (name, turn) in enumerate(DONE.items()):
        planted[len(pictures), len(pictures) + 1] = name
        pictures += [picture(seed), turn(picture(seed))]
    pictures += [picture(100 + seed) for seed in range(150)]
    pictures[1] = pictures[1] ^ np.uint8(1)  # an equal code would be the same node
    codes = codes_of(pictures)
    same = [k for k in range(1, len(pictures)) if (codes[0][k] == codes[0][k - 1]).all()]
    assert not same
    found = by_pair(propose(codes))
    # What is reported is what was done to the right picture to get the left one.
    assert {p: TURNS[found[p][1]] for p in planted} == {
        pair: UNDOING.get(name, name) for pair, name in planted.items()
    }
    backward = by_pair(propose(codes[:, ::-1]))
    last = len(pictures) - 1
    assert {p: TURNS[backward[last - p[1], last - p[0]][1]] for p in planted} == planted


def test_every_pair_of_pictures_that_brute_force_finds_is_proposed():
    rng = np.random.default_rng(9)
    pictures = list(rng.integers(0, 256, (100, 64, 64), dtype=np.uint8))
    turns = list(DONE.values())
    for each in pictures[:100]:
        copy = turns[rng.integers(8)](each).astype(np.int64)
        noise = rng.integers(-12, 13, copy.shape) * rng.integers(0, 6)
        pictures.append(np.clip(copy + noise, 0, 255).astype(np.uint8))
    codes = codes_of(pictures)
    nodes = candidates.nodes_of(codes[0])
    expected = brute_force(codes[:, nodes.row], 31)
    found = by_pair(propose(codes))
    assert len(expected) > 60
    # A turned picture's bits lie about a median of their own, so a pair just within reach one
    # way can be just out of it the other way.
    assert {pair for pair, (_, distance) in expected.items() if distance <= 28} <= set(found)
    assert set(found) <= set(expected)


def test_upright_is_preferred_to_turned_even_where_that_is_nearer():
    upright = picture(1)
    codes = codes_of([upright, upright])
    codes[0, 1, 0] ^= np.uint64(0b1111)  # the second is 4 bits off upright
    codes[5, 1] = codes[0, 0]  # and by its mirrored code equal
    assert by_pair(propose(codes)) == {(0, 1): (4, 0)}
    codes[0, 1] = ~codes[0, 0]
    assert by_pair(propose(codes)) == {(0, 1): (0, 5)}


def test_of_two_turns_the_nearer_is_kept():
    one, other, third = random_with_planted(2, 3, 0)[0]
    codes = np.zeros((8, 2, 4), np.uint64)
    codes[:] = np.stack([one, other])
    codes[1:, :] = third
    codes[4, 1] = one ^ np.uint64(0b111)
    codes[6, 1] = one ^ np.uint64(0b1)
    assert by_pair(propose(codes)) == {(0, 1): (4, 6)}


@pytest.mark.parametrize(
    "turn", ["mirrored left to right", "rotated 180°", "flipped top to bottom"]
)
def test_a_symmetric_picture_is_not_paired_with_itself(turn):
    half = picture(3).astype(np.uint16)
    symmetric = ((half + DONE[turn](half)) // 2).astype(np.uint8)
    codes = codes_of([symmetric, picture(4)])
    apart = np.bitwise_count(codes[0][0] ^ codes[:, 0]).sum(axis=1)
    assert apart[TURNS.index(turn)] <= 31
    assert by_pair(propose(codes)) == {}


def crowd(seed, count=2_900):
    """Slightly noisy copies of one code, among some random ones, with unrelated turned codes."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2**64, (8, count, 4), dtype=np.uint64)
    flips = rng.random((count, 256)).argsort(axis=1) < rng.integers(2, 5, (count, 1))
    alike = rng.random(count) < 0.95
    noise = np.packbits(flips, axis=1).view(np.uint64)
    codes[0, alike] = codes[0, 0] ^ noise[alike]
    return codes


def test_in_a_crowd_followers_are_paired_with_their_leader_alone():
    codes = crowd(5)
    nodes = candidates.nodes_of(codes[0])
    leader = hamming.crowds(nodes.code, 31)
    lone = np.arange(len(leader))
    followers = np.flatnonzero(leader != lone)
    assert len(followers) > 500
    edges = propose(codes)
    pairs = by_pair(edges)
    for follower in followers.tolist():
        pair = tuple(sorted((follower, int(leader[follower]))))
        apart = int(np.bitwise_count(nodes.code[pair[0]] ^ nodes.code[pair[1]]).sum())
        assert pairs[pair] == (apart, 0)
    touched = np.isin(edges.nodes, followers).sum(axis=1)
    assert touched.max() == 1
    assert (touched == 1).sum() == len(followers)
    standing = np.flatnonzero(leader == lone)
    expected, _ = hamming.self_join(nodes.code[standing], 31)
    assert {tuple(p) for p in edges.nodes[touched == 0].tolist()} == {
        tuple(p) for p in standing[expected].tolist()
    }


@pytest.mark.parametrize("codes", [crowd(6), random_with_planted(7, 300, 100)])
def test_the_same_codes_give_the_same_edges(codes):
    one, other = propose(codes), propose(codes.copy())
    for name in ("nodes", "distance", "orientation"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
    assert (one.nodes.dtype, one.distance.dtype, one.orientation.dtype) == (
        np.uint32,
        np.uint8,
        np.uint8,
    )


def test_equal_codes_are_one_node_numbered_by_its_first_row():
    rows = random_with_planted(8, 3, 0)[0][[2, 0, 2, 1, 0]]
    nodes = candidates.nodes_of(rows)
    assert nodes.of_row.tolist() == [0, 1, 0, 2, 1]
    assert nodes.row.tolist() == [0, 1, 3]
    np.testing.assert_array_equal(nodes.code[nodes.of_row], rows)


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_pair(count):
    edges = propose(np.zeros((8, count, 4), np.uint64))
    assert edges.nodes.shape == (0, 2)
    assert len(edges.distance) == len(edges.orientation) == 0


def test_progress_adds_up_to_one():
    seen = []
    propose(random_with_planted(10, 20, 0), progress=seen.append)
    assert sum(seen) == pytest.approx(1)
