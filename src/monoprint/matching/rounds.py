"""Rounds: which candidate pairs to verify next, and the groups that the verdicts make.

Verifying every candidate pair of a thousand copies of one picture would take half a million looks.
So in each round some pictures stand as centres and are compared with their candidates; what matches
stands behind its centre from then on, and pairs between pictures are asked of their centres first.
A pair waits while either of its pictures has a much nearer one that is still to be asked.
Only where a picture shows a part of its centre, or more than it, can it match what its centre does
not, so only then are all its pairs looked at. A centre may be the copy that was changed most,
though: where two centres do not match, the nearest pairs of those behind them are tried, if one was
changed.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from monoprint.matching.relation import turned
from monoprint.model.match import Change, Relation, Verdict

Pair = tuple[int, int]

# On these rungs two pictures show the same as a whole, so what does not match the one does not
# match the other.
_WHOLE: Final = {
    Relation.RE_ENCODED,
    Relation.RESIZED,
    Relation.REORIENTED,
    Relation.ADJUSTED,
}


# Pairs of copies, the nearest, that are looked at where their centres do not match: the centre may
# be the one copy that was changed most.
_AGAIN: Final = 2

# What scaling and compression leave between a copy and its centre, in grey levels, if they did it
# no harm: such a copy says no more than its centre does. Of 198 pairs that were tried again among
# 900 files of the tuning half four matched, each with a copy that was changed more.
_UNHARMED: Final = 1.5

# Nearness, in bits of 256, by which a pair is much nearer than another, and is looked at before it.
# With the bound above, of 168 flags in three sizes 270 pairs are looked at instead of 398, of 500
# crops of few photographs 653 instead of 707.
_MUCH_NEARER: Final = 16.0

# Copies that must match a picture which their centre warns of, for it to be one of them. All that
# may vote must, where the warning is given up: of 943 files of seed 31 of the tuning half it is of
# four pairs, all of one picture each; of three more, of one too, most but not all match.
_OUTVOTE: Final = 2

# A residual that is not so many times less tells nothing: a small picture of a screen was 1.1 times
# as near to one in another language as to its own, and 1.17 times as near to its own elsewhere.
_NEARER: Final = 1.15

# A residual so many times less outweighs that several others contradict.
_FAR_NEARER: Final = 2.0

# A warning less certain than this was nearly none: it outweighs no match. Of 860 between different
# pictures of the tuning half 30 are less certain.
_CERTAIN: Final = 0.6


class Rounds:
    """The candidate pairs of pictures, and what is known of them so far.

    `candidates` are pairs of picture numbers, with how near they are (0 nearest); `rank` orders
    pictures by how well they represent (0 best). The same candidates and verdicts give the same
    rounds, whatever the order they come in.
    """

    def __init__(self, candidates: Mapping[Pair, float], rank: Sequence[int]) -> None:
        self._rank = rank
        self._nearness = {_ordered(*p): near for p, near in candidates.items() if p[0] != p[1]}
        self._candidates = set(self._nearness)
        self._tried_again: set[Pair] = set()
        self._edited: list[Pair] = []
        self._matches: dict[int, set[int]] = defaultdict(set)
        self._parents: dict[int, int] = {}
        self._behind: dict[int, list[int]] = defaultdict(list)
        self.verdicts: dict[Pair, Verdict] = {}

    def next(self) -> list[Pair]:
        """Return the pairs (a < b) to verify now; none when all is settled.

        Those of one centre follow each other, so that who looks at them opens it once.
        """
        wanted: dict[Pair, float] = {}
        again: dict[Pair, list[Pair]] = defaultdict(list)
        for pair in self._candidates:
            centres = _ordered(self._centre(pair[0]), self._centre(pair[1]))
            if centres[0] == centres[1]:
                continue
            wanted |= {asked: self._near(asked) for asked in self._doubtful(pair, centres)}
            if pair in self.verdicts:
                continue
            if centres not in self.verdicts:
                wanted[centres] = min(self._near(pair), wanted.get(centres, inf))
            elif not all(self._stands_for(n) for n in pair):
                wanted[pair] = self._near(pair)
            elif centres not in self._tried_again and self._may_be_wrong(centres, pair):
                again[centres].append(pair)
        for centres, pairs in again.items():
            nearest = sorted(pairs, key=lambda p: (self._near(p), p))[:_AGAIN]
            wanted |= {pair: self._near(pair) for pair in nearest}
            self._tried_again.add(centres)
        wanted |= {pair: self._near(pair) for pair in self._votes()}
        return list(self._stars(_foremost(wanted)))

    def _near(self, pair: Pair) -> float:
        return self._nearness.get(pair, inf)

    def _doubtful(self, pair: Pair, centres: Pair) -> Iterator[Pair]:
        """Yield who is to be asked of the other's centre: it may be that one's and not its own's.

        Where two centres differ by less than a copy of one differs from it, as two plans but for a
        digit, it does not tell much that they match.
        """
        apart = self.verdicts.get(centres)
        if apart is None or apart.relation is not Relation.EDITED:
            return
        for one, other in (pair, pair[::-1]):
            centre, asked = self._centre(one), _ordered(one, self._centre(other))
            if centre == one or asked in self.verdicts:
                continue
            if self.verdicts[_ordered(centre, one)].residual >= apart.residual:
                yield asked

    def _votes(self) -> Iterator[Pair]:
        """Yield whom to ask about pictures that are warned of each other though another is both.

        Of the copies of one that may outvote the warning the best is asked of the other, and then
        the next, as long as they match.
        """
        for pair in self._edited:
            if self._matches[pair[0]].isdisjoint(self._matches[pair[1]]):
                continue
            for centre, other in (pair, pair[::-1]):
                copies = (
                    n
                    for n in self._behind.get(centre, ())
                    if _may_vote(self.verdicts[_ordered(centre, n)], self.verdicts[pair])
                )
                for n in sorted(copies, key=self._rank.__getitem__)[:_OUTVOTE]:
                    asked = _ordered(n, other)
                    if asked not in self.verdicts:
                        yield asked
                    if other not in self._matches[n]:
                        break

    def _may_be_wrong(self, centres: Pair, pair: Pair) -> bool:
        """Say whether copies of two centres that do not match may match all the same."""
        verdict = self.verdicts[centres]
        burst = verdict.relation is Relation.BURST and verdict.certainty >= _CERTAIN
        if verdict.matches or burst:
            return False
        return any(self._was_changed(n) for n in pair)

    def _was_changed(self, picture: int) -> bool:
        """Say whether more than scale and encoding lies between a picture and its centre."""
        centre = self._centre(picture)
        if centre == picture:
            return False
        verdict = self.verdicts[_ordered(centre, picture)]
        return verdict.relation is Relation.ADJUSTED or verdict.residual >= _UNHARMED

    def tell(self, verdicts: Mapping[Pair, Verdict]) -> None:
        """Take in what came of a round's pairs."""
        self.verdicts.update(verdicts)
        for pair in sorted(verdicts, key=lambda p: (self._rank[p[0]], self._rank[p[1]], p)):
            if verdicts[pair].relation is Relation.EDITED:
                self._edited.append(pair)
            if verdicts[pair].matches:
                self._matches[pair[0]].add(pair[1])
                self._matches[pair[1]].add(pair[0])
                self._attach(pair, verdicts[pair])

    def _stands_for(self, picture: int) -> bool:
        """Say whether a picture's centre shows just what the picture shows."""
        centre = self._centre(picture)
        if centre == picture:
            return True
        verdict = self.verdicts.get(_ordered(centre, picture))
        return verdict is not None and verdict.relation in _WHOLE

    def _centre(self, picture: int) -> int:
        return self._parents.get(picture, picture)

    def _attach(self, pair: Pair, verdict: Verdict) -> None:
        """Let one of two that match stand behind the other.

        What stood behind it is free again, and asked of the new centre. Two parts of one picture
        do not stand for each other.
        """
        first, second = pair
        if first in self._parents or second in self._parents:
            return
        if verdict.source:
            centre, member = pair if verdict.source == 1 else (second, first)
        elif verdict.relation is Relation.CROPPED:
            return
        else:
            centre, member = sorted(pair, key=lambda n: self._rank[n])
        freed = self._behind.pop(member, [])
        for one in freed:
            del self._parents[one]
        self._parents[member] = centre
        self._behind[centre].append(member)
        self._candidates.update(_ordered(centre, one) for one in freed)

    def _stars(self, wanted: set[Pair]) -> Iterator[Pair]:
        """Choose centres, those with most candidates first, and the pairs around them."""
        around = _neighbours(wanted)
        heap = [(-len(near), self._rank[n], n) for n, near in around.items()]
        heapq.heapify(heap)
        covered: set[int] = set()
        while heap:
            size, rank, centre = heapq.heappop(heap)
            if centre in covered:
                continue
            near = around[centre] - covered
            if not near:
                continue
            if -len(near) != size:
                heapq.heappush(heap, (-len(near), rank, centre))
                continue
            covered.add(centre)
            covered.update(near)
            yield from (_ordered(centre, n) for n in sorted(near))


def _may_vote(own: Verdict, warning: Verdict) -> bool:
    """Say whether a copy may speak for the picture of its own verdict, against a warning.

    It shows the same as a whole, and differs by far less than what the warning is about: so it is
    no copy that lost what tells the two apart.
    """
    return own.relation in _WHOLE and own.residual * _FAR_NEARER < warning.residual


def _foremost(wanted: Mapping[Pair, float]) -> set[Pair]:
    """Return the pairs of which neither picture has a much nearer one that is wanted too.

    What comes of that may let it stand behind a centre, which is asked in its place.
    """
    best: dict[int, float] = {}
    for pair, near in wanted.items():
        for n in pair:
            best[n] = min(near, best.get(n, inf))
    return {
        pair for pair, near in wanted.items() if near <= min(best[n] for n in pair) + _MUCH_NEARER
    }


def _ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def _neighbours(pairs: Iterable[Pair]) -> dict[int, set[int]]:
    """Return by picture those that it is paired with."""
    found: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        found[one].add(other)
        found[other].add(one)
    return found


@dataclass(frozen=True, slots=True)
class Ray:
    """A member of a group: the picture, the verdict towards its centre, seen from the centre.

    `via` is the member through which it was found, if its own comparison with the centre did not
    match; the verdict is then towards that member.
    """

    picture: int
    verdict: Verdict
    via: int | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """A representative and the pictures that were verified to be copies of it."""

    centre: int
    rays: tuple[Ray, ...]

    @property
    def pictures(self) -> set[int]:
        """The centre and all that stands around it."""
        return {self.centre, *(ray.picture for ray in self.rays)}


def families(
    verdicts: Mapping[Pair, Verdict], rank: Sequence[int]
) -> tuple[list[Family], dict[Pair, Verdict]]:
    """Make groups of what matches; also return the warnings, those that came up here among them.

    A group is a centre with the pictures that match it, and with what matches one of these as a
    whole, or was made from a part of it. The picture that most matches stand around is a centre
    first, until the two of each match stand in one group, or in two that share a picture. What was
    made from several pictures, as a collage, stands in each of their groups and does not tie them.
    What matches two pictures of other content belongs to the nearer one, and is contested towards
    the other.
    """
    links, warnings = _untangled(verdicts)
    found = list(_Groups(links, warnings, rank).written())
    found.sort(key=lambda family: (-len(family.rays), rank[family.centre]))
    return found, _unsettled(warnings, found)


class _Groups:
    """Groups in the making, and the matches that none of them holds yet."""

    def __init__(
        self,
        links: Mapping[Pair, Verdict],
        warnings: Mapping[Pair, Verdict],
        rank: Sequence[int],
    ) -> None:
        self._links, self._rank, self._warned = links, rank, _neighbours(warnings)
        near = _neighbours(links)
        self._near = {n: sorted(near[n], key=lambda m: (rank[m], m)) for n in near}
        self._open = set(links)
        self._groups_of: dict[int, list[set[int]]] = defaultdict(list)

    def written(self) -> Iterator[Family]:
        """Yield the groups, those around the centres of most open matches first."""
        heap = [(-self._count(n), self._rank[n], n) for n in self._near]
        heapq.heapify(heap)
        while heap:
            size, rank, centre = heapq.heappop(heap)
            count = self._count(centre)
            if count == -size != 0:
                best = self._best(centre)
                self._close(best)
                yield best
                count = self._count(centre)
            if count:
                heapq.heappush(heap, (-count, rank, centre))

    def _count(self, centre: int) -> int:
        return sum(1 for _ in self._star(centre))

    def _star(self, centre: int) -> Iterator[int]:
        """Yield whom an open match lets stand around a centre: the source goes first."""
        for n in self._near[centre]:
            pair = _ordered(centre, n)
            if pair in self._open and self._links[pair].source != (2 if pair[0] == centre else 1):
                yield n

    def _best(self, centre: int) -> Family:
        """Return the group around a centre, or around a better one that gathers it all.

        That is a picture that shows more, if it gathers all that do, or else the best of those that
        show the same as a whole.
        """
        around = self._around(centre, set())
        wanted = around.pictures
        sources = {n for n in self._near[centre] if n not in wanted and centre in self._star(n)}
        for one in sorted(sources, key=self._rank.__getitem__):
            again = self._around(one, wanted)
            if again.pictures >= wanted | sources:
                return again
        whole = (r.picture for r in around.rays if r.via is None and r.verdict.relation in _WHOLE)
        best = min((centre, *whole), key=self._rank.__getitem__)
        if best == centre:
            return around
        again = self._around(best, wanted)
        return again if again.pictures >= wanted else around

    def _around(self, centre: int, granted: set[int]) -> Family:
        """Gather a centre's group: what matches it, then what comes in through one of those.

        No one asks of those `granted` whether they belong with others.
        """
        star = {n: Ray(n, self._verdict(centre, n)) for n in self._star(centre)}
        as_whole = {centre, *(n for n, ray in star.items() if ray.verdict.relation in _WHOLE)}
        inside = {centre, *star}
        rays = {n: ray for n, ray in star.items() if self._welcome(as_whole, n, inside)}
        rays = rays or dict([*star.items()][:1])  # of those who warn of each other, one
        inside = {centre, *rays}
        for middle in list(rays.values()):
            for one in self._star(middle.picture):
                if one in inside or not self._welcome({centre, middle.picture}, one, inside):
                    continue
                verdict = self._verdict(middle.picture, one)
                whole = {middle.verdict.relation, verdict.relation} & _WHOLE
                # What was cut out of a part, or made with it, has its content from the centre too.
                made = middle.verdict.source == verdict.source == 1
                if whole or (made and (one in granted or self._mostly_of(inside, one))):
                    rays[one] = Ray(one, verdict, middle.picture)
                    inside.add(one)
        return Family(centre, tuple(rays.values()))

    def _mostly_of(self, group: set[int], picture: int) -> bool:
        """Say whether most open matches of a picture are with a group: no collage ties it there."""
        matches = [n for n in self._near[picture] if _ordered(picture, n) in self._open]
        return 2 * sum(n in group for n in matches) > len(matches)

    def _welcome(self, near: set[int], other: int, inside: set[int]) -> bool:
        """Say whether no warning speaks against a picture, or more of a group's matches for it."""
        warned = self._warned.get(other, set())
        if warned.isdisjoint(near):
            return True
        matched = sum(n in inside for n in self._near[other])
        return matched >= _OUTVOTE and matched > len(warned & inside)

    def _close(self, family: Family) -> None:
        """Take the matches within a group for held, and those with whom its members stood before.

        A picture that may not come into a group is shown with one of its pictures, not with each.
        """
        inside = family.pictures
        kin = inside.union(*(group for one in inside for group in self._groups_of[one]))
        for one in inside:
            self._groups_of[one].append(inside)
            self._open.difference_update(_ordered(one, n) for n in self._near[one] if n in kin)

    def _verdict(self, one: int, other: int) -> Verdict:
        """Return the verdict on two pictures that match, with the first of them first."""
        verdict = self._links[_ordered(one, other)]
        return verdict if one < other else turned(verdict)


def _untangled(
    verdicts: Mapping[Pair, Verdict],
) -> tuple[dict[Pair, Verdict], dict[Pair, Verdict]]:
    """Part matches from warnings; a match that contradicts warnings becomes contested."""
    links = {pair: v for pair, v in verdicts.items() if v.matches}
    near = _neighbours(links)
    warned = {pair: v for pair, v in verdicts.items() if v.relation and v.relation.warns}
    against = _neighbours(warned)
    warnings = {
        pair: v for pair, v in warned.items() if not _outvoted(pair, v, links, near, against)
    }
    # By picture, those of its matches that are warned of each other.
    at_odds: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for one, other in sorted(pair for pair, v in warnings.items() if v.certainty >= _CERTAIN):
        for middle in near[one] & near[other]:
            sides = [_ordered(middle, end) for end in (one, other)]
            # An overlay, or what is around it, may be why the two differ.
            if all(_shows_no_more(links[side], side, middle) for side in sides):
                at_odds[middle][one].add(other)
                at_odds[middle][other].add(one)
    for middle in sorted(at_odds):
        for pair in _contradicted(middle, at_odds[middle], links):
            warnings[pair] = _contested(links.pop(pair))
    return links, warnings


def _outvoted(
    pair: Pair,
    warning: Verdict,
    links: Mapping[Pair, Verdict],
    near: Mapping[int, set[int]],
    against: Mapping[int, set[int]],
) -> bool:
    """Say whether all copies of one of two pictures that are warned of match the other.

    What noise, or a banner, does to one may look like an edit beside the other, and to the copies
    of that as what it is.
    """
    if warning.relation is not Relation.EDITED:
        return False
    for one, other in (pair, pair[::-1]):
        votes = [
            n
            for n in near.get(one, ())
            if n in near.get(other, ()) or n in against.get(other, ())
            if _may_vote(links[_ordered(one, n)], warning)
        ]
        if len(votes) >= _OUTVOTE and all(n in near[other] for n in votes):
            return True
    return False


def _contested(verdict: Verdict) -> Verdict:
    told = Change(
        "contested",
        None,
        f"{verdict.relation} if seen alone; but what else matches one is no copy of the other",
    )
    return replace(
        verdict,
        relation=Relation.CONTESTED,
        changes=(*verdict.changes, told),
        back=(*verdict.back, told),
    )


def _unsettled(warnings: Mapping[Pair, Verdict], found: Sequence[Family]) -> dict[Pair, Verdict]:
    """Return the warnings but for contested matches whose two came into one group all the same."""
    groups_of: dict[int, set[int]] = defaultdict(set)
    for place, family in enumerate(found):
        for picture in family.pictures:
            groups_of[picture].add(place)
    return {
        (one, other): verdict
        for (one, other), verdict in warnings.items()
        if verdict.relation is not Relation.CONTESTED or groups_of[one].isdisjoint(groups_of[other])
    }


def _contradicted(
    middle: int, at_odds: dict[int, set[int]], links: Mapping[Pair, Verdict]
) -> Iterator[Pair]:
    """Yield the matches of a picture to give up, so that none of the others warn of each other.

    Those that are less alike, if all show the same as it as a whole: many copies of another
    picture say no more than one. Of those that are nearly as alike nobody can tell, so both. Else,
    where one is warned of more of the others than those are among themselves, that one, unless it
    is far nearer than they.
    """

    def residual(end: int) -> float:
        return links[_ordered(middle, end)].residual

    ends = {end: others for end, others in at_odds.items() if _ordered(middle, end) in links}
    for end, others in ends.items():
        ends[end] = others & ends.keys()
    while any(ends.values()):
        at_odds_still = [end for end, others in ends.items() if others]
        if all(links[_ordered(middle, end)].relation in _WHOLE for end in at_odds_still):
            worst = max(at_odds_still, key=lambda e: (residual(e), -e))
            doubtful = [e for e in ends[worst] if residual(worst) < residual(e) * _NEARER]
        else:
            worst = max(at_odds_still, key=lambda e: (len(ends[e]), residual(e), -e))
            doubtful = []
            if residual(worst) * _FAR_NEARER < min(map(residual, ends[worst])):
                worst = max(ends[worst], key=lambda e: (residual(e), -e))
        for end in (worst, *sorted(doubtful)):
            yield _ordered(middle, end)
            for other in ends.pop(end):
                ends.get(other, set()).discard(end)


def _shows_no_more(verdict: Verdict, pair: Pair, picture: int) -> bool:
    """Say whether a picture shows nothing that the other one of the pair does not."""
    if verdict.relation in _WHOLE:
        return True
    source = pair[verdict.source - 1] if verdict.source else None
    return verdict.relation is Relation.CROPPED and source not in {None, picture}
