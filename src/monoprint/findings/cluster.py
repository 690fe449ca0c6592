"""Clusters: files that show one picture, as matching hands them over."""

from dataclasses import dataclass

from monoprint.model.match import Change, Relation


@dataclass(frozen=True, slots=True)
class Cell:
    """One file of a cluster.

    `position` is the file's place among all readable files. `picture` numbers its pixels:
    cells of one number are identical. `content` numbers its bytes likewise. The rest is as in
    `monoprint.model.finding.Member`; `via` is a position.
    """

    position: int
    picture: int
    content: int
    relation: Relation | None
    changes: tuple[Change, ...]
    distance: int | None
    certainty: float | None = None
    via: int | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A representative's cell, first, and those of the files that match it."""

    cells: tuple[Cell, ...]
