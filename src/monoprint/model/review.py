"""Reviews: what people decide about groups, and what they are shown to decide it."""

import builtins
from dataclasses import dataclass, field
from enum import StrEnum

from monoprint.model.finding import Role, Waste
from monoprint.model.match import Relation


class State(StrEnum):
    """Where a group stands in the queue."""

    OPEN = "open"
    SETTLED = "settled"
    COLLEAGUE = "colleague"
    LATER = "later"


class Verdict(StrEnum):
    """What a person can say about a group."""

    KEEP = "keep"
    APART = "not-duplicates"
    INTENDED = "intended-copy"
    COLLEAGUE = "needs-colleague"
    LATER = "later"


class Purpose(StrEnum):
    """Why a copy is meant to be there."""

    REPLICA = "preservation-replica"
    RENDITION = "rendition"
    MARKED = "marked-copy"


class Part(StrEnum):
    """What was decided about one file of a group."""

    UNDECIDED = ""
    KEEPER = "keeper"
    COPY = "copy"
    INTENDED = "intended"


@dataclass(frozen=True, slots=True)
class ReviewMember:
    """One file of a group in the review.

    `position` is its number in the group, `picture` that of the first file with the same pixels.
    `sha256` and `pixels` (None where not known) are 32 bytes. `part` is what was decided; the
    file that stays instead of a copy is at position `keeper`. `inside` says that it lies in an
    archive or a document, `derived` how the bytes that were compared were made where they are not
    those that the store keeps.
    """

    position: int
    store: str
    path: str
    role: Role
    relation: Relation | None
    changes: str
    distance: int | None
    certainty: float | None
    evidence: str
    waste: Waste
    format: str
    bytes: int
    width: int
    height: int
    frames: int
    sha256: builtins.bytes
    pixels: builtins.bytes | None
    picture: int
    part: Part = Part.UNDECIDED
    keeper: int | None = None
    inside: bool = False
    derived: str = ""


@dataclass(frozen=True, slots=True)
class ReviewGroup:
    """A group as the queue shows it.

    `key` (32 bytes) names the group by its contents, so it stays the same through rescans, moves
    and renames. `version` changes with every decision: who decides says which one was seen.
    `reclaimable` is in bytes, `rank` those times the certainty that they can be had. `note` is
    what a colleague was asked.
    """

    key: bytes
    version: int
    state: State
    verdict: Verdict | None
    relation: Relation
    files: int
    certain_bytes: int
    possible_bytes: int
    certainty: float
    rank: int
    note: str
    decision: int | None

    @property
    def reclaimable(self) -> int:
        """Bytes that would be freed if all its copies were given up."""
        return self.certain_bytes + self.possible_bytes


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group with its files, in their order."""

    group: ReviewGroup
    members: tuple[ReviewMember, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A file by its store's name and its path (text form), with the content it had.

    `inside` says that it lies in an archive or a document, where that is known.
    """

    store: str
    path: str
    sha256: bytes
    inside: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ReviewWarning:
    """Two files that look like copies and are not: the same template or moment, other content."""

    relation: Relation
    first: Place
    second: Place
    where: str
    certainty: float | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which groups of the queue are wanted; an empty field does not narrow.

    `store` is a store's name, `folder` a path below it with or without a slash at its end (needs
    `store`), `least_bytes` and `most_bytes` bound what could be reclaimed.
    """

    state: State | None = State.OPEN
    store: str = ""
    folder: str = ""
    relation: Relation | None = None
    format: str = ""
    least_bytes: int = 0
    most_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of the queue ends: the last group's rank and its number in the catalog."""

    rank: int
    number: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the queue; `next` is None on the last one."""

    groups: tuple[ReviewGroup, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many groups, and what could be reclaimed in them in bytes."""

    groups: int = 0
    certain_bytes: int = 0
    possible_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be decided about one group: which file stays, for which files, and why.

    `covers` are the positions that it settles, the keeper's among them.
    """

    key: bytes
    version: int
    keeper: int
    covers: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's decision about one group, as it was seen at `version`.

    `positions` are the files meant: those that stay (`KEEP`, the first is what copies are measured
    by), those set apart from all others (`APART`; none: each from each), or the intended copies
    (`INTENDED`, with a `purpose`). `why` is needed for `COLLEAGUE`.
    """

    key: bytes
    version: int
    verdict: Verdict
    who: str
    why: str = ""
    positions: tuple[int, ...] = ()
    purpose: Purpose | None = None


@dataclass(frozen=True, slots=True)
class SignedOff:
    """What became of many proposals: how many groups are settled, by which decisions.

    `changed` are those that had changed meanwhile; `decisions` are numbers in the history.
    """

    settled: int
    changed: tuple[bytes, ...] = ()
    decisions: tuple[int, ...] = ()


class Duty(StrEnum):
    """What a person may do: decide about groups, or also approve plans."""

    REVIEWER = "reviewer"
    APPROVER = "approver"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may use the desk."""

    name: str
    duty: Duty
    active: bool


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """A plan that the catalog knows of: its digest (32 bytes), where it was written, who made it.

    `summary` is its head as plain data; `approved_by` are the people who approved it at the desk.
    """

    digest: bytes
    place: str
    author: str
    made_at: str
    summary: dict[str, object] = field(default_factory=dict)
    approved_by: tuple[str, ...] = ()
