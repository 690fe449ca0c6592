from itertools import chain, combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monoprint.matching.rounds import Rounds, families
from monoprint.model.match import Relation, Verdict

NONE = Verdict(None)


def same(residual=1.0):
    return Verdict(Relation.RE_ENCODED, residual=residual)


def part(source, residual=0.0):
    return Verdict(Relation.CROPPED, source=source, residual=residual)


def overlaid(source):
    return Verdict(Relation.OVERLAID, source=source)


EDITED = Verdict(Relation.EDITED, residual=2.0)


def run(candidates, oracle, rank=None):
    """Verify until nothing is left to ask; return the rounds and how many pairs were looked at."""
    size = 1 + max((n for pair in candidates for n in pair), default=0)
    rounds = Rounds(dict.fromkeys(candidates, 0.0), rank or list(range(size)))
    asked = []
    while pairs := rounds.next():
        assert not set(pairs) & set(asked)
        asked += pairs
        rounds.tell({pair: oracle(*pair) for pair in pairs})
    return rounds, asked


def of(verdicts, size):
    """Make groups of verdicts on all pairs, as rounds that asked for all of them would."""
    rounds = Rounds(dict.fromkeys(verdicts, 0.0), list(range(size)))
    while pairs := rounds.next():
        rounds.tell({pair: verdicts[pair] for pair in pairs})
    return families(verdicts, list(range(size)))


def groups(rounds, size):
    found, warnings = families(rounds.verdicts, list(range(size)))
    return [{f.centre, *(r.picture for r in f.rays)} for f in found], warnings


def test_copies_of_one_picture_are_compared_with_their_centre_alone():
    size = 60
    rounds, asked = run(list(combinations(range(size), 2)), lambda a, b: same())
    assert len(asked) == size - 1
    assert groups(rounds, size)[0] == [set(range(size))]


@pytest.mark.parametrize(("residual", "again"), [(1.0, 0), (1.8, 2)])
def test_what_does_not_match_the_centre_is_not_asked_of_its_copies(residual, again):
    # Two letters from one template, ten copies each: the two centres decide for all, but for the
    # two nearest pairs of copies, lest it was the centres that were changed most.
    of = {n: n % 2 for n in range(20)}

    def oracle(a, b):
        return same(residual) if of[a] == of[b] else EDITED

    rounds, asked = run(list(combinations(range(20), 2)), oracle)
    apart = [pair for pair in asked if of[pair[0]] != of[pair[1]] and 0 not in pair]
    assert len(apart) == again
    assert len(asked) < 60
    found, warnings = groups(rounds, 20)
    assert sorted(map(sorted, found)) == [list(range(0, 20, 2)), list(range(1, 20, 2))]
    assert warnings


def test_a_copy_that_differs_more_than_two_centres_is_asked_of_both():
    # Two plans but for a digit (0 and 1), sharp copies of each, and a small copy of the second (8)
    # that shows too little to tell them apart.
    def oracle(a, b):
        if 8 in {a, b}:
            return same(residual=1.0)
        return same(residual=0.1) if a % 2 == b % 2 else Verdict(Relation.EDITED, residual=0.5)

    rounds, asked = run(list(combinations(range(9), 2)), oracle)
    assert {(0, 8), (1, 8)} <= set(asked)
    assert len(asked) < 15
    found, warnings = groups(rounds, 9)
    assert sorted(map(sorted, found)) == [[0, 2, 4, 6], [1, 3, 5, 7]]
    assert {(0, 8), (1, 8)} <= set(warnings)


def noisy_centre(banner_on_copy):
    """Return an oracle for a noisy centre (0), its copies, and one with a banner (5).

    The banner is taken for an edit beside noise; 6 is a piece of the picture without it.
    """

    def oracle(a, b):
        if (a, b) == (0, 5):
            return Verdict(Relation.EDITED, residual=18.0)
        if b == 6:
            return part(1, residual=2.0 if a == 5 else 4.5)
        return banner_on_copy(a) if b == 5 else same(residual=4.0)

    return oracle


def test_copies_of_a_centre_outvote_what_noise_made_it_say():
    oracle = noisy_centre(lambda a: overlaid(1))
    rounds, asked = run(list(combinations(range(7), 2)), oracle)
    assert {(1, 5), (2, 5)} <= set(asked)
    assert groups(rounds, 7) == ([set(range(7))], {})


def test_copies_that_warn_as_their_centre_does_outvote_nothing():
    oracle = noisy_centre(lambda a: Verdict(Relation.EDITED, residual=17.0))
    rounds, asked = run(list(combinations(range(7), 2)), oracle)
    found, warnings = groups(rounds, 7)
    assert warnings[0, 5].relation is Relation.EDITED
    assert not any({0, 5} <= group for group in found)
    assert sum(b == 5 for _, b in asked) == 3  # the centre, and the two nearest it was tried with


def test_copies_that_differ_from_their_centre_as_much_have_no_vote():
    def oracle(a, b):
        verdict = noisy_centre(lambda a: overlaid(1))(a, b)
        return same(residual=12.0) if b < 5 else verdict

    rounds, _ = run(list(combinations(range(7), 2)), oracle)
    _, warnings = groups(rounds, 7)
    assert warnings[0, 5].relation is Relation.EDITED


def test_two_parts_of_one_picture_belong_with_it():
    verdicts = {(0, 1): part(1), (0, 2): part(1), (1, 2): NONE}
    found, _ = of(verdicts, 3)
    assert [(f.centre, {r.picture for r in f.rays}) for f in found] == [(0, {1, 2})]


def test_a_collage_joins_the_groups_of_its_parts_and_not_the_parts():
    # 0 is the collage and ranks first for its size; 1 and 2 are what it was made from.
    verdicts = {(0, 1): part(2), (0, 2): part(2), (1, 2): NONE}
    found, _ = of(verdicts, 3)
    assert sorted(sorted({f.centre, *(r.picture for r in f.rays)}) for f in found) == [
        [0, 1],
        [0, 2],
    ]


def test_two_overlays_of_one_picture_differ_and_belong_with_it():
    verdicts = {(0, 1): overlaid(1), (0, 2): overlaid(1), (1, 2): EDITED}
    found, warnings = of(verdicts, 3)
    assert [(f.centre, {r.picture for r in f.rays}) for f in found] == [(0, {1, 2})]
    assert set(warnings) == {(1, 2)}


def test_what_matches_two_different_pages_belongs_to_the_nearer_one():
    # 2 is too small to tell 0 and 1 apart, which are known to differ.
    verdicts = {(0, 1): EDITED, (0, 2): same(residual=3.0), (1, 2): same(residual=5.0)}
    found, warnings = of(verdicts, 3)
    assert [(f.centre, {r.picture for r in f.rays}) for f in found] == [(0, {2})]
    assert set(warnings) == {(0, 1), (1, 2)}
    assert warnings[1, 2].relation is Relation.CONTESTED
    told = warnings[1, 2].changes[-1].text
    assert told == "re-encoded if seen alone; but what else matches one is no copy of the other"


def test_a_match_is_not_contested_between_two_that_share_a_group_all_the_same():
    # 3 is nearer to 0 than to 4, of which 0 is warned; 1 and 2 outvote that.
    verdicts = {pair: same() for pair in combinations(range(4), 2)} | {(0, 4): EDITED}
    verdicts |= {(1, 4): overlaid(1), (2, 4): overlaid(1), (3, 4): same(residual=9.0)}
    found, warnings = of(verdicts, 5)
    assert any({0, 1, 2, 3, 4} <= f.pictures for f in found)
    assert set(warnings) == {(0, 4)}
    del verdicts[2, 4]
    _, warnings = of(verdicts, 5)
    assert warnings[3, 4].relation is Relation.CONTESTED


def test_what_matches_two_different_pages_nearly_as_well_belongs_to_neither():
    verdicts = {(0, 1): EDITED, (0, 2): same(residual=2.3), (1, 2): same(residual=2.5)}
    found, warnings = of(verdicts, 3)
    assert found == []
    assert set(warnings) == set(verdicts)


def test_copies_of_another_page_do_not_outvote_the_nearer_one():
    # 4 is too small to tell 0 from 1, of which 2 and 3 are copies.
    verdicts = {pair: same() for pair in combinations(range(1, 4), 2)}
    verdicts |= {(0, n): EDITED for n in range(1, 4)}
    verdicts |= {(n, 4): same(residual=2.5) for n in range(1, 4)}
    found, warnings = of(verdicts | {(0, 4): same(residual=2.0)}, 5)
    assert {frozenset({f.centre, *(r.picture for r in f.rays)}) for f in found} == {
        frozenset({0, 4}),
        frozenset({1, 2, 3}),
    }
    assert {(n, 4) for n in range(1, 4)} <= set(warnings)


@pytest.mark.parametrize("certainty", [0.55, 0.65])
def test_a_warning_that_is_hardly_one_takes_no_match_away(certainty):
    verdicts = {(0, 2): same(), (1, 2): same(residual=2.0)}
    verdicts[0, 1] = Verdict(Relation.EDITED, certainty=certainty)
    found, warnings = of(verdicts, 3)
    matched = {(f.centre, r.picture) for f in found for r in f.rays}
    if certainty < 0.6:
        assert {tuple(sorted(pair)) for pair in matched} == {(0, 2), (1, 2)}
        assert set(warnings) == {(0, 1)}
    else:
        assert matched == {(0, 2)}
        assert set(warnings) == {(0, 1), (1, 2)}


def test_a_centre_comes_into_the_larger_group_that_it_matches_and_its_own_goes():
    verdicts = {(0, n): same() for n in (1, 2, 3)}
    verdicts |= {
        (0, 4): part(0),
        (0, 5): part(1),
        (0, 6): part(1),
        (4, 5): part(1),
        (4, 6): part(1),
    }
    found, _ = families(verdicts, range(7))
    assert [{f.centre, *(r.picture for r in f.rays)} for f in found] == [set(range(7))]


def test_a_group_with_a_picture_of_its_own_stays():
    verdicts = {(0, n): same() for n in (1, 2, 3)}
    verdicts |= {(0, 4): part(0), (4, 5): part(1), (4, 6): part(1)}
    found, _ = families(verdicts, range(7))
    members = [{f.centre, *(r.picture for r in f.rays)} for f in found]
    assert members == [{0, 1, 2, 3, 4}, {4, 5, 6}]


def test_pairs_that_are_far_wait_for_what_comes_of_nearer_ones():
    # Nine pictures in three sizes each: sizes of one are near, any of others are not.
    def oracle(a, b):
        return same() if a // 3 == b // 3 else NONE

    near = {(a, b): 4.0 if a // 3 == b // 3 else 50.0 for a, b in combinations(range(27), 2)}
    rounds = Rounds(near, list(range(27)))
    asked = []
    while pairs := rounds.next():
        asked.append(pairs)
        rounds.tell({pair: oracle(*pair) for pair in pairs})
    assert sorted(asked[0]) == sorted((3 * n, 3 * n + k) for n in range(9) for k in (1, 2))
    later = chain.from_iterable(asked[1:])
    assert sorted(later) == sorted(combinations(range(0, 27, 3), 2))


def test_pairs_of_about_the_same_nearness_do_not_wait_for_each_other():
    near = {(0, 1): 0.0, (0, 2): 16.0, (1, 2): 17.0, (3, 4): 60.0}
    assert set(Rounds(near, range(5)).next()) == {(0, 1), (0, 2), (3, 4)}


@pytest.mark.parametrize("told", [NONE, Verdict(Relation.BURST, certainty=0.5)])
def test_the_nearest_copies_are_tried_where_a_centre_was_changed_too_much(told):
    # 0 stands for 1 to 7 and was changed so much that 8, a copy too, is not seen to match it.
    def oracle(a, b):
        return told if (a, b) == (0, 8) else same(2.0)

    near = {pair: 30.0 - pair[0] for pair in combinations(range(9), 2)}
    rounds = Rounds(near, list(range(9)))
    asked = []
    while pairs := rounds.next():
        asked += pairs
        rounds.tell({pair: oracle(*pair) for pair in pairs})
    assert {pair for pair in asked if 8 in pair} == {(0, 8), (6, 8), (7, 8)}
    assert groups(rounds, 9)[0] == [set(range(9))]


def test_bursts_are_told_apart_by_their_centres_alone():
    def oracle(a, b):
        return same() if a % 2 == b % 2 else Verdict(Relation.BURST)

    _, asked = run(list(combinations(range(12), 2)), oracle)
    assert {min(a, b) for a, b in asked if (a + b) % 2} == {0}


def test_a_part_of_many_copies_stays_with_them_though_a_collage_shows_it_too():
    # 5 is a part of 1 to 4, and of 0, a collage that is warned of them and a little nearer.
    verdicts = {pair: same() for pair in combinations(range(1, 5), 2)}
    verdicts |= {(0, n): EDITED for n in range(1, 5)}
    verdicts |= {(n, 5): part(1, residual=3.0) for n in range(1, 5)}
    found, warnings = of(verdicts | {(0, 5): part(1, residual=2.0)}, 6)
    assert [{f.centre, *(r.picture for r in f.rays)} for f in found] == [{1, 2, 3, 4, 5}]
    assert warnings[0, 5].relation is Relation.CONTESTED
    found, warnings = of(verdicts | {(0, 5): part(1, residual=1.0)}, 6)
    assert {0, 5} in [{f.centre, *(r.picture for r in f.rays)} for f in found]
    assert {(n, 5) for n in range(1, 5)} <= set(warnings)


def test_two_copies_that_match_outvote_their_centre():
    verdicts = {pair: same() for pair in combinations(range(4), 2)} | {(0, 4): EDITED}
    verdicts |= {(1, 4): overlaid(1), (2, 4): overlaid(1)}
    found, warnings = of(verdicts, 5)
    assert {0, 1, 2, 3, 4} in [{f.centre, *(r.picture for r in f.rays)} for f in found]
    assert set(warnings) == {(0, 4)}
    del verdicts[2, 4]
    found, _ = of(verdicts, 5)
    assert {0, 4} not in [{0, 4} & {f.centre, *(r.picture for r in f.rays)} for f in found]


def test_a_picture_may_come_in_through_a_member_that_it_matches_as_a_whole():
    verdicts = {(0, 1): same(), (1, 2): same(), (0, 2): NONE}
    found, _ = of(verdicts, 3)
    (family,) = found
    assert family.centre == 0
    assert {r.picture: r.via for r in family.rays} == {1: None, 2: 1}


def test_a_part_of_a_part_comes_in_through_it_and_a_collage_ties_nothing():
    # A picture in a frame (0), the picture (1), a crop of it (2); a collage (3) of it and of 4.
    verdicts = {(0, 1): part(1), (1, 2): part(1), (1, 3): part(1), (3, 4): part(2)}
    found, warnings = of(verdicts, 5)
    assert sorted(sorted({f.centre, *(r.picture for r in f.rays)}) for f in found) == [
        [0, 1, 2, 3],
        [3, 4],
    ]
    assert {ray.picture: ray.via for ray in found[0].rays} == {1: None, 2: 1, 3: 1}
    assert not warnings


def test_the_picture_that_most_match_is_the_centre_or_a_better_one_that_gathers_as_many():
    # 3 ranks worse than 0 and matches all; 0 does not match 4, which comes in through 3.
    verdicts = {pair: same() for pair in combinations(range(5), 2)} | {(0, 4): NONE, (1, 4): NONE}
    found, _ = of(verdicts, 5)
    assert [f.centre for f in found] == [0]
    assert {r.picture: r.via for r in found[0].rays} == {1: None, 2: None, 3: None, 4: 2}


def test_one_that_may_not_come_in_is_shown_with_one_of_those_it_matches():
    # 6 was made from each of three overlays of 0, of which and of whose copies it is warned.
    verdicts = {(0, n): same() for n in (1, 2)} | {(n, 6): EDITED for n in range(3)}
    verdicts |= {(0, n): overlaid(1) for n in (3, 4, 5)} | {(n, 6): part(1) for n in (3, 4, 5)}
    found, _ = families(verdicts, range(7))
    assert [f.pictures for f in found] == [{0, 1, 2, 3, 4, 5}, {3, 6}]


def test_no_one_told_apart_comes_in_through_a_member():
    verdicts = {(0, 1): same(), (0, 3): same(), (1, 2): same(), (0, 2): EDITED}
    found, warnings = of(verdicts, 4)
    for family in found:
        together = {family.centre, *(r.picture for r in family.rays)}
        assert not {0, 2} <= together
    assert (0, 2) in warnings


@settings(deadline=None)
@given(st.integers(2, 12), st.data())
def test_no_match_is_lost_and_every_group_is_of_matches(size, data):
    kinds = st.sampled_from([NONE, same(), same(4.0), part(1), part(2), EDITED])
    verdicts = {pair: data.draw(kinds) for pair in combinations(range(size), 2)}
    found, warnings = of(verdicts, size)
    together = [{f.centre, *(r.picture for r in f.rays)} for f in found]
    for pair, verdict in verdicts.items():
        one, other = ([g for g in together if picture in g] for picture in pair)
        if verdict.matches and pair not in warnings:
            assert any(a & b for a, b in product(one, other))  # one group, or two that meet
        if verdict.matches and pair in warnings:
            assert warnings[pair].relation is Relation.CONTESTED
            assert not any(a is b for a, b in product(one, other))
        if verdict.relation is Relation.EDITED:
            assert pair in warnings
    for family in found:
        for ray in family.rays:
            towards = ray.via if ray.via is not None else family.centre
            pair = tuple(sorted((towards, ray.picture)))
            assert verdicts[pair].matches
            assert pair not in warnings


@settings(deadline=None)
@given(st.permutations(range(12)), st.integers(0, 5))
def test_the_order_of_candidates_does_not_matter(order, seed):
    candidates = [(a, b) for a, b in combinations(range(12), 2) if (a * 7 + b * seed) % 3]

    def oracle(a, b):
        return same() if a % 3 == b % 3 else NONE

    one, _ = run(candidates, oracle)
    shuffled = sorted(candidates, key=lambda p: (order[p[0]], order[p[1]]))
    other, _ = run([(b, a) for a, b in shuffled], oracle)
    assert one.verdicts == other.verdicts


@pytest.mark.parametrize("copies", [3, 40])
def test_a_crop_of_a_copy_that_its_centre_does_not_show_is_still_found(copies):
    # 0 .. copies-1 are copies; the last is a piece of a framed copy: it shows only the frame.
    framed, piece = copies, copies + 1

    def oracle(a, b):
        pair = {a, b}
        if piece in pair:
            return part(1) if framed in pair else NONE
        if framed in pair:
            return Verdict(Relation.CROPPED, source=1 if b == framed else 2)
        return same()

    rounds, _ = run(list(combinations(range(copies + 2), 2)), oracle)
    assert rounds.verdicts[framed, piece].matches
