"""Stars: bounded, complete, and the same whatever order their parts come in."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.matching.candidates import Edges
from monoprint.matching.grouping import Ray, Star, stars

INVERSE = {0: 0, 1: 3, 2: 2, 3: 1, 4: 4, 5: 5, 6: 6, 7: 7}


def edges_of(links):
    """Make edges of {(left, right): (distance, orientation)}."""
    pairs = sorted(links)
    return Edges(
        np.array(pairs, np.uint32).reshape(-1, 2),
        np.array([links[pair][0] for pair in pairs], np.uint8),
        np.array([links[pair][1] for pair in pairs], np.uint8),
    )


def found_stars(rows, links, rank):
    """Make stars of rows (node, picture, frame)."""
    node, picture, frame = np.array(rows, np.int64).reshape(-1, 3).T
    return stars(node, picture, frame.astype(np.int32), edges_of(links), np.array(rank, np.int64))


def single(pictures, links, rank=None):
    """Stars of pictures with one frame and one code each, linked upright by their distances."""
    rows = [(n, n, 0) for n in range(pictures)]
    upright = {pair: (distance, 0) for pair, distance in links.items()}
    return found_stars(rows, upright, list(range(pictures)) if rank is None else rank)


def pictures_in(star):
    return [star.centre, *(ray.picture for ray in star.rays)]


@st.composite
def graphs(draw, most_frames=3, shared=True):
    """Rows, links and ranks: pictures with several frames, and codes that several share."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pictures = draw(st.integers(1, 14))
    frames = rng.integers(1, most_frames + 1, pictures)
    places = [(picture, frame) for picture in range(pictures) for frame in range(frames[picture])]
    count = len(places)
    kinds = draw(st.integers(max(1, count // 2), count)) if shared else count
    node = rng.integers(0, kinds, count) if shared else np.arange(count)
    rows, seen, number = [], set(), {}
    for code, (picture, frame) in zip(node.tolist(), places, strict=True):
        if (code, picture) not in seen:  # a file's codes are different
            seen.add((code, picture))
            rows.append((number.setdefault(code, len(number)), picture, frame))
    nodes = len(number)
    links = {}
    for _ in range(draw(st.integers(0, 2 * nodes)) if nodes > 1 else 0):
        left, right = sorted(rng.choice(nodes, 2, replace=False).tolist())
        turn = int(rng.integers(8)) if rng.random() < 0.4 else 0
        links[left, right] = (int(rng.integers(1, 32)), turn)
    return rows, links, rng.permutation(pictures).tolist()


def reach(rows, links):
    """Map each two pictures within reach to the ways there: {(distance, turn, frames)}."""
    held = {}
    for node, picture, frame in rows:
        held.setdefault(node, []).append((picture, frame))
    ways = {}
    joins = [(n, n, 0, 0) for n in held]
    joins += [(right, left, d, INVERSE[turn]) for (left, right), (d, turn) in links.items()]
    joins += [(left, right, d, turn) for (left, right), (d, turn) in links.items()]
    for member_node, centre_node, distance, turn in joins:
        for member, frame in held[member_node]:
            for centre, centre_frame in held[centre_node]:
                if member != centre:
                    way = (distance, turn, frame, centre_frame)
                    ways.setdefault((centre, member), set()).add(way)
    return ways


@settings(max_examples=150, deadline=None)
@given(graph=graphs())
def test_every_member_is_within_reach_of_its_representative_and_said_how(graph):
    rows, links, _ = graph
    ways = reach(rows, links)
    for star in found_stars(*graph):
        assert star.rays
        for ray in star.rays:
            way = (ray.distance, ray.orientation, ray.frame, ray.centre_frame)
            assert way in ways[star.centre, ray.picture]


@settings(max_examples=150, deadline=None)
@given(graph=graphs(shared=False))
def test_any_two_pictures_joined_by_an_edge_share_a_star(graph):
    rows, links, _ = graph
    together = [set(pictures_in(star)) for star in found_stars(*graph)]
    for pair in reach(rows, links):
        assert any(set(pair) <= each for each in together), pair


@settings(max_examples=150, deadline=None)
@given(graph=graphs())
def test_any_two_pictures_joined_by_an_edge_or_of_one_code_share_a_star(graph):
    rows, links, _ = graph
    together = [set(pictures_in(star)) for star in found_stars(*graph)]
    for pair in reach(rows, links):
        assert any(set(pair) <= each for each in together), pair


def test_two_pages_of_a_file_that_equal_two_others_are_both_found():
    """Page 1 of picture 0 has the code of picture 1, page 2 that of picture 2."""
    rows = [(0, 0, 0), (1, 0, 1), (0, 1, 0), (1, 2, 0)]
    assert sorted(sorted(pictures_in(s)) for s in found_stars(rows, {}, [0, 1, 2])) == [
        [0, 1],
        [0, 2],
    ]


@settings(max_examples=150, deadline=None)
@given(graph=graphs())
def test_no_picture_is_twice_in_a_star(graph):
    for star in found_stars(*graph):
        members = pictures_in(star)
        assert len(members) == len(set(members))


@settings(max_examples=150, deadline=None)
@given(graph=graphs())
def test_the_first_stars_are_disjoint_and_the_largest_come_first(graph):
    found = found_stars(*graph)
    taken, sizes = set(), []
    while found and not taken & set(pictures_in(found[0])):
        taken.update(pictures_in(found[0]))
        sizes.append(len(pictures_in(found.pop(0))))
    assert sizes == sorted(sizes, reverse=True)
    # Those for pairs left out follow: each has a picture that a first star has taken.
    assert all(taken & set(pictures_in(star)) for star in found)


@settings(max_examples=150, deadline=None)
@given(graph=graphs())
def test_rays_come_nearest_first(graph):
    _, _, rank = graph
    for star in found_stars(*graph):
        order = [(ray.distance, rank[ray.picture]) for ray in star.rays]
        assert order == sorted(order)


@settings(max_examples=150, deadline=None)
@given(graph=graphs(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_and_edges_does_not_matter(graph, seed):
    rows, links, rank = graph
    rng = np.random.default_rng(seed)
    node, picture, frame = np.array(rows, np.int64).T
    edges = edges_of(links)
    row, link = rng.permutation(len(rows)), rng.permutation(len(links))
    shuffled = Edges(edges.nodes[link], edges.distance[link], edges.orientation[link])
    frame = frame.astype(np.int32)
    rank = np.array(rank, np.int64)
    assert set(stars(node[row], picture[row], frame[row], shuffled, rank)) == set(
        stars(node, picture, frame, edges, rank)
    )


@settings(max_examples=150, deadline=None)
@given(graph=graphs(most_frames=1), seed=st.integers(0, 2**32 - 1))
def test_the_numbers_of_codes_do_not_matter(graph, seed):
    rows, links, rank = graph
    number = np.random.default_rng(seed).permutation(len(rows)).tolist()
    other_rows = sorted((number[node], picture, frame) for node, picture, frame in rows)
    used = sorted({node for node, _, _ in other_rows})
    other_rows = [(used.index(node), picture, frame) for node, picture, frame in other_rows]
    other_links = {}
    for (left, right), (distance, turn) in links.items():
        a, b = used.index(number[left]), used.index(number[right])
        other_links[min(a, b), max(a, b)] = (distance, turn if a < b else INVERSE[turn])
    assert found_stars(other_rows, other_links, rank) == found_stars(rows, links, rank)


# By hand


def test_nothing_gives_no_stars():
    assert found_stars([], {}, []) == []
    assert single(3, {}) == []


def test_two_pictures_of_one_code_make_a_star():
    found = found_stars([(0, 0, 0), (0, 1, 0)], {}, [1, 0])
    assert found == [Star(1, (Ray(0, 0, 0, 0, 0),))]


def test_one_picture_s_own_frames_make_no_star():
    rows = [(0, 0, 0), (1, 0, 1), (2, 0, 2)]
    assert found_stars(rows, {(0, 1): (4, 0), (1, 2): (9, 5)}, [0]) == []


def test_a_path_does_not_become_one_star():
    found = single(4, {(0, 1): 9, (1, 2): 9, (2, 3): 9})
    together = [set(pictures_in(star)) for star in found]
    assert together[0] == {0, 1, 2}
    assert {2, 3} in together
    assert all(len(each) < 4 for each in together)


def test_a_long_path_gives_stars_of_three_at_most():
    found = single(60, {(n, n + 1): 20 for n in range(59)})
    assert max(len(pictures_in(star)) for star in found) == 3


def test_the_largest_star_comes_first_and_ties_go_by_rank():
    large = {(0, n): 5 for n in (1, 2, 3)}
    small = {(4, 5): 1, (6, 7): 1}
    found = single(8, large | small, rank=[7, 6, 5, 4, 3, 2, 1, 0])
    assert [star.centre for star in found] == [0, 7, 5]


def test_the_best_of_equal_centres_represents():
    assert single(3, {(0, 1): 3, (0, 2): 4, (1, 2): 5}, rank=[2, 0, 1]) == [
        Star(1, (Ray(0, 3, 0, 0, 0), Ray(2, 5, 0, 0, 0)))
    ]


def test_a_pair_between_two_stars_gets_a_small_star_of_its_own():
    left = {(0, 1): 1, (0, 2): 1, (0, 3): 1}
    right = {(4, 5): 1, (4, 6): 1, (4, 7): 1}
    found = single(8, left | right | {(3, 7): 20})
    assert [star.centre for star in found] == [0, 4, 3]
    assert found[2] == Star(3, (Ray(7, 20, 0, 0, 0),))


def test_turns_are_told_from_the_representative_to_the_member():
    """An edge's orientation was done to its right picture; seen from there it is as it is."""
    for turn in range(8):
        links = {(0, 1): (7, turn)}
        rows = [(0, 0, 0), (1, 1, 0)]
        assert found_stars(rows, links, [1, 0])[0] == Star(1, (Ray(0, 7, turn, 0, 0),))
        assert found_stars(rows, links, [0, 1])[0] == Star(0, (Ray(1, 7, INVERSE[turn], 0, 0),))


def test_frames_are_named_of_member_and_representative():
    rows = [(0, 0, 0), (1, 0, 1), (2, 0, 2), (3, 1, 0), (4, 1, 4)]
    assert found_stars(rows, {(2, 4): (6, 0)}, [0, 1]) == [Star(0, (Ray(1, 6, 0, 4, 2),))]
    assert found_stars(rows, {(2, 4): (6, 0)}, [1, 0]) == [Star(1, (Ray(0, 6, 0, 2, 4),))]


def test_frames_are_named_in_a_small_star_too():
    rows = [(0, 0, 0), (1, 1, 0), (2, 1, 3), (3, 2, 0), (4, 2, 5), (5, 3, 0), (6, 4, 0), (7, 5, 0)]
    links = {(0, 1): (1, 0), (0, 6): (1, 0), (3, 5): (1, 0), (3, 7): (1, 0), (2, 4): (8, 1)}
    found = found_stars(rows, links, [0, 1, 2, 3, 4, 5])
    assert [star.centre for star in found] == [0, 2, 1]
    assert found[2] == Star(1, (Ray(2, 8, 3, 5, 3),))


def test_the_upright_way_is_told_and_then_the_nearest():
    rows = [(0, 0, 0), (1, 1, 0), (2, 1, 1)]
    turned_and_upright = {(0, 1): (2, 4), (0, 2): (20, 0)}
    assert found_stars(rows, turned_and_upright, [0, 1]) == [Star(0, (Ray(1, 20, 0, 1, 0),))]
    both_upright = {(0, 1): (21, 0), (0, 2): (20, 0)}
    assert found_stars(rows, both_upright, [0, 1]) == [Star(0, (Ray(1, 20, 0, 1, 0),))]


def test_of_two_frames_of_a_representative_the_nearer_to_its_members_is_told():
    """Frame 2 of picture 0 has the code of picture 1, frame 1 is 26 bits off."""
    rows = [(0, 0, 0), (1, 0, 1), (1, 1, 0)]
    assert found_stars(rows, {(0, 1): (26, 0)}, [0, 1]) == [Star(0, (Ray(1, 0, 0, 0, 1),))]


def test_equal_codes_count_for_their_pictures_in_the_star_of_a_neighbour():
    rows = [(0, 0, 0), (1, 1, 0), (1, 2, 0), (1, 3, 0)]
    found = found_stars(rows, {(0, 1): (9, 0)}, [0, 1, 2, 3])
    assert found == [Star(0, tuple(Ray(n, 9, 0, 0, 0) for n in (1, 2, 3)))]
