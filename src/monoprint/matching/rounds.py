"""Rounds: which candidate pairs to verify next, and the groups that the verdicts make.

Verifying every candidate pair of a thousand copies of one picture would take half a million looks.
So in each round some pictures stand as centres and are compared with their candidates; what matches
stands behind its centre from then on, and pairs between pictures are asked of their centres first.
Only where a picture shows a part of its centre, or more than it, can it match what its centre does
not, so only then is the pair itself looked at.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from monoprint.matching.relation import turned
from monoprint.model.match import Relation, Verdict

Pair = tuple[int, int]

# On these rungs two pictures show the same as a whole, so what does not match the one does not
# match the other.
_WHOLE: Final = {
    Relation.RE_ENCODED,
    Relation.RESIZED,
    Relation.REORIENTED,
    Relation.ADJUSTED,
}


class Rounds:
    """The candidate pairs of pictures, and what is known of them so far.

    `candidates` are pairs of picture numbers; `rank` orders pictures by how well they represent (0
    best). The same candidates and verdicts give the same rounds, whatever the order they come in.
    `parents` says of each picture that stands behind a centre which one that is.
    """

    def __init__(self, candidates: Iterable[Pair], rank: Sequence[int]) -> None:
        self._rank = rank
        self._candidates: set[Pair] = {_ordered(*p) for p in candidates if p[0] != p[1]}
        self.parents: dict[int, int] = {}
        self._behind: dict[int, list[int]] = defaultdict(list)
        self.verdicts: dict[Pair, Verdict] = {}

    def next(self) -> list[Pair]:
        """Return the pairs (a < b) to verify now; none when all is settled.

        Those of one centre follow each other, so that who looks at them opens it once.
        """
        asked = (self._asked(pair) for pair in self._candidates)
        return list(self._stars({pair for pair in asked if pair is not None}))

    def tell(self, verdicts: Mapping[Pair, Verdict]) -> None:
        """Take in what came of a round's pairs."""
        self.verdicts.update(verdicts)
        for pair in sorted(verdicts, key=lambda p: (self._rank[p[0]], self._rank[p[1]], p)):
            if verdicts[pair].matches:
                self._attach(pair, verdicts[pair])

    def _asked(self, pair: Pair) -> Pair | None:
        """Return the pair to look at for a candidate pair: its centres', itself, or none."""
        centres = _ordered(self._centre(pair[0]), self._centre(pair[1]))
        if pair in self.verdicts or centres[0] == centres[1]:
            return None
        if centres not in self.verdicts:
            return centres
        return None if all(self._stands_for(n) for n in pair) else pair

    def _stands_for(self, picture: int) -> bool:
        """Say whether a picture's centre shows just what the picture shows."""
        centre = self._centre(picture)
        if centre == picture:
            return True
        verdict = self.verdicts.get(_ordered(centre, picture))
        return verdict is not None and verdict.relation in _WHOLE

    def _centre(self, picture: int) -> int:
        return self.parents.get(picture, picture)

    def _attach(self, pair: Pair, verdict: Verdict) -> None:
        """Let one of two that match stand behind the other.

        What stood behind it is free again, and asked of the new centre. Two parts of one picture
        do not stand for each other.
        """
        first, second = pair
        if first in self.parents or second in self.parents:
            return
        if verdict.source:
            centre, member = pair if verdict.source == 1 else (second, first)
        elif verdict.relation is Relation.CROPPED:
            return
        else:
            centre, member = sorted(pair, key=lambda n: self._rank[n])
        freed = self._behind.pop(member, [])
        for one in freed:
            del self.parents[one]
        self.parents[member] = centre
        self._behind[centre].append(member)
        self._candidates.update(_ordered(centre, one) for one in freed)

    def _stars(self, wanted: set[Pair]) -> Iterator[Pair]:
        """Choose centres, those with most candidates first, and the pairs around them."""
        around: dict[int, set[int]] = defaultdict(set)
        for one, other in wanted:
            around[one].add(other)
            around[other].add(one)
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


def _ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


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


def families(
    verdicts: Mapping[Pair, Verdict], parents: Mapping[int, int], rank: Sequence[int]
) -> tuple[list[Family], dict[Pair, Verdict]]:
    """Make groups of what matches; also return the warnings, those that came up here among them.

    A group is a centre with the pictures that stand behind it (`parents`, as the rounds found
    them). What matches a member of it as a whole comes in through that member; what was made from
    one of its pictures, as a collage of several, stands in each of their groups and does not tie
    them. What matches two pictures of other content belongs to the nearer one, and is a warning
    towards the other. Matches that no group can hold get small groups of their own, so none is
    lost.
    """
    links, warnings = _untangled(verdicts)
    groups = _Groups(links, warnings)
    for member, centre in sorted(parents.items(), key=lambda item: rank[item[0]]):
        verdict = groups.verdict(centre, member)
        if verdict is not None and verdict.source != 2:
            groups.put(centre, Ray(member, verdict))
    nearest = sorted(links, key=lambda p: sorted((rank[p[0]], rank[p[1]])))
    small = [
        pair
        for pair in nearest
        if not groups.hold(pair) and not any(groups.join(*way) for way in _ways(pair, links))
    ]
    found = groups.written()
    for pair in small:
        centre, member = next(_ways(pair, links))
        verdict = groups.verdict(centre, member)
        assert verdict is not None  # noqa: S101 - it is a link
        found.append(Family(centre, (Ray(member, verdict),)))
    found.sort(key=lambda family: (-len(family.rays), rank[family.centre]))
    return found, warnings


def _ways(pair: Pair, links: Mapping[Pair, Verdict]) -> Iterator[Pair]:
    """Yield (one, other) in which the other may join the one's group: the source goes first."""
    source = links[pair].source
    if source != 2:
        yield pair
    if source != 1:
        yield pair[::-1]


class _Groups:
    """Groups in the making: by centre the rays, and in which groups a picture stands."""

    def __init__(self, links: Mapping[Pair, Verdict], warnings: Mapping[Pair, Verdict]) -> None:
        self._links, self._warnings = links, warnings
        self._rays: dict[int, dict[int, Ray]] = {}
        self._inside: dict[int, list[int]] = defaultdict(list)

    def verdict(self, one: int, other: int) -> Verdict | None:
        """Return the verdict on two pictures that match, with the first of them first."""
        verdict = self._links.get(_ordered(one, other))
        if verdict is None:
            return None
        return verdict if one < other else turned(verdict)

    def put(self, centre: int, ray: Ray) -> None:
        """Let a picture stand in a centre's group."""
        if centre not in self._rays:
            self._rays[centre] = {}
            self._inside[centre].append(centre)
        self._rays[centre][ray.picture] = ray
        self._inside[ray.picture].append(centre)

    def hold(self, pair: Pair) -> bool:
        """Say whether a group holds both."""
        return not set(self._inside[pair[0]]).isdisjoint(self._inside[pair[1]])

    def join(self, one: int, other: int) -> bool:
        """Let a picture into the first group of one that it matches, if it may come in there."""
        verdict = self.verdict(one, other)
        if verdict is None or not self._inside[one]:
            return False
        centre = self._inside[one][0]
        if any(_ordered(other, each) in self._warnings for each in (centre, one)):
            return False
        if one == centre:
            self.put(centre, Ray(other, verdict))
            return True
        ray = self._rays[centre][one]
        if ray.via is not None or not {ray.verdict.relation, verdict.relation} & _WHOLE:
            return False
        self.put(centre, Ray(other, verdict, one))
        return True

    def written(self) -> list[Family]:
        """Return the groups, each centre's rays in the order they came in."""
        return [Family(centre, tuple(held.values())) for centre, held in self._rays.items()]


def _untangled(
    verdicts: Mapping[Pair, Verdict],
) -> tuple[dict[Pair, Verdict], dict[Pair, Verdict]]:
    """Part matches from warnings; a match that contradicts a warning becomes one itself."""
    links = {pair: v for pair, v in verdicts.items() if v.matches}
    warnings = {pair: v for pair, v in verdicts.items() if v.relation and v.relation.warns}
    near: dict[int, set[int]] = defaultdict(set)
    for one, other in links:
        near[one].add(other)
        near[other].add(one)
    for pair in sorted(warnings):
        for middle in sorted(near[pair[0]] & near[pair[1]]):
            sides = [_ordered(middle, end) for end in pair]
            if not all(s in links and _shows_no_more(links[s], s, middle) for s in sides):
                continue  # an overlay, or what is around it, is why the two differ
            worse = max(sides, key=lambda s: (links[s].residual, -links[s].certainty, s))
            verdict = links.pop(worse)
            warnings[worse] = replace(verdict, relation=Relation.EDITED)
            near[worse[0]].discard(worse[1])
            near[worse[1]].discard(worse[0])
    return links, warnings


def _shows_no_more(verdict: Verdict, pair: Pair, picture: int) -> bool:
    """Say whether a picture shows nothing that the other one of the pair does not."""
    if verdict.relation in _WHOLE:
        return True
    source = pair[verdict.source - 1] if verdict.source else None
    return verdict.relation is Relation.CROPPED and source not in {None, picture}
