"""Findings: what an audit found and what it means, ready to be written down."""

from dataclasses import dataclass
from enum import StrEnum

from monoprint.model.asset import Status
from monoprint.model.fixity import Breach
from monoprint.model.match import Change, Relation


class Level(StrEnum):
    """How far an audit looks for copies."""

    EXACT = "exact"
    VISUAL = "visual"
    DEEP = "deep"


class Role(StrEnum):
    """A file's part in its group."""

    REPRESENTATIVE = "representative"
    MEMBER = "member"


class Waste(StrEnum):
    """What a file in a group costs beyond the one that would have been enough.

    `certain`: its content is kept by another file of the group, bit for bit or pixel for pixel.
    `possible`: it only looks like the representative; a person has to decide.
    `free`: it shares its storage with another file, so it costs nothing. `held`: it lies in a
    container, so that giving it up frees nothing by itself. `intended`: the bag or object that it
    belongs to means to hold it more than once.
    """

    NONE = ""
    CERTAIN = "certain"
    POSSIBLE = "possible"
    FREE = "free"
    HELD = "held"
    INTENDED = "intended"


@dataclass(frozen=True, slots=True)
class Definition:
    """What counts as a copy in this audit.

    `radius` is the largest Hamming distance in bits that is called similar, or, at the deep level,
    that proposes two pictures for a look; `quality_floor` the least PDQ quality (0 to 100) of a
    picture that is compared by its code.
    """

    level: Level = Level.VISUAL
    recipe: str = "pdq/1"
    radius: int = 31
    quality_floor: int = 50

    @classmethod
    def at(cls, level: Level) -> "Definition":
        """Return the definition that goes with a level: what is verified may be proposed wider."""
        radius = {Level.EXACT: 0, Level.VISUAL: 31, Level.DEEP: 40}[level]
        return cls(level, radius=radius)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a group.

    `relation`, `changes` and `certainty` (0 to 1; None where nothing was verified) are towards the
    group's representative, or towards the member `via` (``store:path``), through which this one
    was found; a representative has none. `distance` is of the PDQ codes, in bits, None where they
    did not propose the match. `identical_to` is the path (``store:path``) of the first file of the
    same content in this group, where that is another file. `evidence` is the picture that shows the
    comparison, below the report's folder ("" if none was drawn). `sha256` is hexadecimal.
    `derived` says how the bytes that were compared were made, where they are not those that the
    store keeps: then `bytes` and `sha256` say nothing of the master.
    `attributes` are those that the audit was asked about (name, value), sorted by name.
    """

    store: str
    path: str
    role: Role
    relation: Relation | None
    changes: tuple[Change, ...]
    certainty: float | None
    via: str
    distance: int | None
    identical_to: str
    evidence: str
    waste: Waste
    format: str
    bytes: int
    width: int
    height: int
    frames: int
    sha256: str
    derived: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Files that show one picture; every member was compared with the representative.

    The representative comes first. `certain_bytes` and `possible_bytes` are what the members
    cost beyond one copy.
    """

    id: str
    relation: Relation
    members: tuple[Member, ...]
    certain_bytes: int
    possible_bytes: int


@dataclass(frozen=True, slots=True)
class Warned:
    """Two files that look like copies and are not: edited, a burst, or a match that is contested.

    `a` and `b` are ``store:path``, a < b; `where` says in words where they differ; `evidence` as
    in `Member`. `a_sha256` and `b_sha256` are hexadecimal.
    """

    a: str
    b: str
    relation: Relation
    changes: tuple[Change, ...]
    where: str
    certainty: float
    evidence: str
    a_sha256: str
    b_sha256: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of files by status, and bytes by what they cost; files = the statuses added up.

    What lies in a container is counted as files, and its bytes are the container's. The `certain`
    to `intended` counts are files whose `Waste` is that.
    """

    files: int = 0
    ok: int = 0
    container: int = 0
    listed: int = 0
    unreadable: int = 0
    unsupported: int = 0
    refused: int = 0
    bytes: int = 0
    certain_files: int = 0
    certain_bytes: int = 0
    possible_files: int = 0
    possible_bytes: int = 0
    free_files: int = 0
    free_bytes: int = 0
    held_files: int = 0
    held_bytes: int = 0
    intended_files: int = 0
    intended_bytes: int = 0


@dataclass(frozen=True, slots=True)
class StoreTotals:
    """One store's totals; `listed_at` as in `monoprint.model.asset.Store`."""

    name: str
    location: str
    totals: Totals
    listed_at: str = ""


@dataclass(frozen=True, slots=True)
class FormatTotals:
    """One file format's totals (the format as told by the bytes)."""

    format: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class SharedStores:
    """What two stores have in common (or one store with itself, `first == second`).

    `groups` have files in both; `files` of the groups lie in either; `certain_groups` are those
    in which the two stores hold identical content. In a `Matrix` they are not stores but values of
    an attribute.
    """

    first: str
    second: str
    groups: int
    certain_groups: int
    files: int


@dataclass(frozen=True, slots=True)
class Fixity:
    """Something that is not what a manifest, an inventory or its store says it is.

    `told` says it in words; `expected` and `found` are checksums (``sha-256:`` and hexadecimal
    digits), "" where there is none.
    """

    store: str
    path: str
    what: Breach
    expected: str
    found: str
    told: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """What the values of an attribute have in common, as the stores have.

    `values` are those that the most groups hold, sorted; `left_out` is how many others there are.
    """

    attribute: str
    values: tuple[str, ...]
    left_out: int
    shared: tuple[SharedStores, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an attribute, and how many files of a group have it."""

    value: str
    files: int


@dataclass(frozen=True, slots=True)
class Apart:
    """A group whose files differ in an attribute: its id, and the values, sorted."""

    group: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Differing:
    """The groups whose files differ in an attribute: one photo under two property numbers."""

    attribute: str
    groups: tuple[Apart, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that was listed and is not counted as a picture, and why."""

    store: str
    path: str
    status: Status
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something odd about a file that was read: a wrong extension, frames left out, too plain."""

    store: str
    path: str
    note: str


@dataclass(frozen=True, slots=True)
class Audit:
    """All that an audit found, in a fixed order that depends on the input alone.

    `differing` and `matrices` have one for each attribute that was asked about, in that order.
    """

    definition: Definition
    totals: Totals
    stores: tuple[StoreTotals, ...]
    formats: tuple[FormatTotals, ...]
    shared: tuple[SharedStores, ...]
    groups: tuple[Group, ...]
    warnings: tuple[Warned, ...]
    fixity: tuple[Fixity, ...]
    problems: tuple[Problem, ...]
    notices: tuple[Notice, ...]
    differing: tuple[Differing, ...] = ()
    matrices: tuple[Matrix, ...] = ()
