"""Grouping: stars of pictures around a representative, never chains."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monoprint.matching.candidates import QUARTER_TURN, THREE_QUARTER_TURN, Edges


@dataclass(frozen=True, slots=True)
class Ray:
    """A member of a star: a picture within reach of the representative.

    `distance` is in bits; `orientation` is what was done to the representative to get the member;
    `frame` and `centre_frame` are the frames (from 0) of the two that were compared.
    """

    picture: int
    distance: int
    orientation: int
    frame: int
    centre_frame: int


@dataclass(frozen=True, slots=True)
class Star:
    """A representative and the pictures within reach of it."""

    centre: int
    rays: tuple[Ray, ...]


def stars(
    node: NDArray[np.int64],
    picture: NDArray[np.int64],
    frame: NDArray[np.int32],
    edges: Edges,
    rank: NDArray[np.int64],
) -> list[Star]:
    """Cover the pictures with stars, largest first, so that any two within reach share a star.

    First each picture goes to one star at most. Two pictures within reach that came into
    different stars, each nearer to others, are then put into a further, small star of their own:
    no pair is lost, and no member is out of its representative's reach.

    `node`, `picture` and `frame` say of each code row which distinct code it has and which
    picture and frame it belongs to, all (K,); `rank` orders pictures by how well they represent
    (0 best). Greedy set cover: Chvátal, "A Greedy Heuristic for the Set-Covering Problem",
    Math. of Operations Research 4 (1979). Ties go by rank, so the order of rows does not matter.
    """
    cover = _Cover(node, picture, frame, edges, rank)
    found = cover.stars()
    return found + cover.left_out(found)


class _Cover:
    def __init__(
        self,
        node: NDArray[np.int64],
        picture: NDArray[np.int64],
        frame: NDArray[np.int32],
        edges: Edges,
        rank: NDArray[np.int64],
    ) -> None:
        nodes = int(node.max(initial=-1)) + 1
        self._picture, self._frame, self._rank = picture, frame, rank
        self._rows, self._row_start = _grouped(node, nodes)
        left, right = edges.nodes[:, 0], edges.nodes[:, 1]
        self._ends = np.concatenate([right, left]).astype(np.int64)
        self._distance = np.concatenate([edges.distance, edges.distance])
        # Seen from the left the right picture was turned back; seen from the right, forth.
        self._turn = np.concatenate([_turned_back(edges.orientation), edges.orientation])
        self._links, self._link_start = _grouped(np.concatenate([left, right]), nodes)
        self._edges = edges.nodes
        self._taken: set[int] = set()
        several = np.diff(self._row_start) > 1
        self._centres = np.flatnonzero((np.diff(self._link_start) > 0) | several)

    def stars(self) -> list[Star]:
        """Take the star with most free pictures again and again, until none has two."""
        heap = [
            (*self._merit(star), node)
            for node, star in ((int(n), self._star(int(n))) for n in self._centres)
            if star is not None
        ]
        heapq.heapify(heap)
        found = []
        while heap:
            *merit, node = heapq.heappop(heap)
            star = self._star(node)
            if star is None:
                continue
            now = self._merit(star)
            if now != tuple(merit):
                heapq.heappush(heap, (*now, node))  # it has lost pictures to stars before it
                continue
            self._taken.add(star.centre)
            self._taken.update(ray.picture for ray in star.rays)
            found.append(star)
        return found

    def _merit(self, star: Star) -> tuple[int, int, int]:
        """Order stars: more rays first, then the better representative, then the nearer rays."""
        return (
            -len(star.rays),
            int(self._rank[star.centre]),
            sum(ray.distance for ray in star.rays),
        )

    def left_out(self, found: Sequence[Star]) -> list[Star]:
        """Return small stars for the pairs within reach that share none of the stars found."""
        stars_of: dict[int, int] = {}
        for number, star in enumerate(found):
            for picture in (star.centre, *(ray.picture for ray in star.rays)):
                stars_of[picture] = number
        apart: dict[int, dict[int, Ray]] = {}
        for left, right, distance, turn, turn_back in self._apart(stars_of):
            for one, one_frame in self._pairs(left):
                for other, other_frame in self._pairs(right):
                    here, there = stars_of.get(one), stars_of.get(other)
                    if one == other or (here == there and here is not None):
                        continue
                    _keep_nearest(
                        apart.setdefault(one, {}),
                        Ray(other, distance, turn, other_frame, one_frame),
                    )
                    _keep_nearest(
                        apart.setdefault(other, {}),
                        Ray(one, distance, turn_back, one_frame, other_frame),
                    )
        heap = [(-len(rays), self._rank[centre], centre) for centre, rays in apart.items()]
        heapq.heapify(heap)
        stars = []
        while heap:
            size, rank, centre = heapq.heappop(heap)
            rays = apart[centre]
            if not rays:
                continue
            if -len(rays) != size:
                heapq.heappush(heap, (-len(rays), rank, centre))
                continue
            order = sorted(rays.values(), key=lambda ray: (ray.distance, self._rank[ray.picture]))
            stars.append(Star(centre, tuple(order)))
            together = {centre, *rays}
            for one in together:
                apart[one] = {p: ray for p, ray in apart[one].items() if p not in together}
        return stars

    def _apart(self, stars_of: dict[int, int]) -> Iterator[tuple[int, int, int, int, int]]:
        """Yield the links whose ends may lie in different stars: nodes, distance, both turns.

        A node whose own pictures lie in different stars is linked with itself.
        """
        number = np.array([stars_of.get(int(p), -1 - int(p)) for p in self._picture], np.int64)
        least = np.minimum.reduceat(number[self._rows], self._row_start[:-1])
        most = np.maximum.reduceat(number[self._rows], self._row_start[:-1])
        for node in np.flatnonzero(least != most).tolist():
            yield node, node, 0, 0, 0
        left, right = self._edges[:, 0], self._edges[:, 1]
        together = (least[left] == most[left]) & (least[right] == most[right])
        together &= least[left] == least[right]
        for link in np.flatnonzero(~together).tolist():
            back = link + len(self._edges)
            yield (
                int(left[link]),
                int(right[link]),
                int(self._distance[link]),
                int(self._turn[link]),
                int(self._turn[back]),
            )

    def _star(self, node: int) -> Star | None:
        """Return the star of free pictures around a node's best free picture, if it has two."""
        own = self._free(node)
        if not own:
            return None
        centre, centre_frame = min(own, key=lambda pair: (self._rank[pair[0]], pair[1]))
        best: dict[int, Ray] = {}
        for picture, frame in own:
            _keep_nearest(best, Ray(picture, 0, 0, frame, centre_frame))
        for link in self._links[self._link_start[node] : self._link_start[node + 1]]:
            distance, turn = int(self._distance[link]), int(self._turn[link])
            for picture, frame in self._free(int(self._ends[link])):
                _keep_nearest(best, Ray(picture, distance, turn, frame, centre_frame))
        best.pop(centre, None)
        if not best:
            return None
        order = sorted(best.values(), key=lambda ray: (ray.distance, self._rank[ray.picture]))
        return Star(centre, tuple(order))

    def _free(self, node: int) -> list[tuple[int, int]]:
        return [pair for pair in self._pairs(node) if pair[0] not in self._taken]

    def _pairs(self, node: int) -> list[tuple[int, int]]:
        """Return the pictures that have a node's code, each with its frame."""
        rows = self._rows[self._row_start[node] : self._row_start[node + 1]]
        return list(zip(self._picture[rows].tolist(), self._frame[rows].tolist(), strict=True))


def _keep_nearest(best: dict[int, Ray], ray: Ray) -> None:
    """Keep the better of two ways to one picture: upright, near, early frames."""

    def merit(ray: Ray) -> tuple[bool, int, int, int]:
        return (ray.orientation > 0, ray.distance, ray.centre_frame, ray.frame)

    held = best.get(ray.picture)
    if held is None or merit(ray) < merit(held):
        best[ray.picture] = ray


def _turned_back(orientation: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the inverse turns: the quarter turns change places, all others undo themselves."""
    back = orientation.copy()
    back[orientation == QUARTER_TURN] = THREE_QUARTER_TURN
    back[orientation == THREE_QUARTER_TURN] = QUARTER_TURN
    return back


def _grouped(
    keys: NDArray[np.int64] | NDArray[np.uint32], groups: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return positions sorted by key, and where each key's run starts; (K,) and (groups + 1,)."""
    order = np.argsort(keys, kind="stable")
    start = np.zeros(groups + 1, np.int64)
    np.cumsum(np.bincount(keys.astype(np.int64), minlength=groups), out=start[1:])
    return order, start
