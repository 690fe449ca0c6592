"""Plans: a pure description of what would happen to which file, and what allows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from monoprint.model.history import Head

PLAN_SCHEMA: Final = "urn:monoprint:plan:1"

# Where a store keeps what was put aside, at its top.
QUARANTINE: Final = ".monoprint-quarantine"


class Action(StrEnum):
    """What is done to a copy.

    `REPORT` changes nothing; `REDIRECT` neither: a map and a script are written for whoever holds
    a store that cannot be changed in place.
    """

    REPORT = "report"
    REDIRECT = "redirect"
    HARDLINK = "hardlink"
    REFLINK = "reflink"
    SYMLINK = "symlink"
    QUARANTINE = "quarantine"
    DELETE = "delete"

    @property
    def changes(self) -> bool:
        """Whether something in a store is changed."""
        return self not in {Action.REPORT, Action.REDIRECT}

    @property
    def links(self) -> bool:
        """Whether the copy's place shows the keeper's bytes afterwards."""
        return self in {Action.HARDLINK, Action.REFLINK, Action.SYMLINK}


class Reason(StrEnum):
    """Why no more than a report may happen to a copy."""

    HOLD = "hold"
    RETENTION = "retention"
    AUTHORITY = "authority"
    BYTES = "bytes"
    CONFLICT = "conflict"
    STALE = "stale"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Step:
    """One copy and what happens to it.

    Places are (store, path); digests are hexadecimal. `freed` is what it frees in bytes. `blocked`
    says why the action is no more than a report. `only_in_copy` are facts about the picture that
    the keeper's file lacks. `quarantined` (`DELETE` only) is where the copy lies in its store.
    `elsewhere` (`REDIRECT` only) says that it, or what stays, lies in an archive or in a store
    that is no folder of this machine, so that it is not read again.
    """

    number: int
    action: Action
    copy: tuple[str, str]
    keeper: tuple[str, str]
    sha256: str
    keeper_sha256: str
    bytes: int
    freed: int
    relation: str
    group: str
    decision: int
    authority: str
    blocked: Reason | None = None
    why: str = ""
    only_in_copy: Mapping[str, Any] = field(default_factory=dict)
    quarantined: str = ""
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed a plan as what (``author`` or ``approver``), when, with which Ed25519 key.

    `key` and `signature` are hexadecimal.
    """

    name: str
    role: str
    at: str
    key: str
    signature: str


@dataclass(frozen=True, slots=True)
class PlanHead:
    """What a plan says before its steps.

    `stores` maps names to locations, `persons` must have agreed before it is carried out, `on` is
    the day for which holds and authorities were asked, `created` is None unless it was given.
    `authority` is the SHA-256 (hexadecimal) of the file of authorities, empty without one.
    """

    author: str
    action: Action
    stores: Mapping[str, str]
    persons: int
    on: str
    created: str | None
    authority: str
    price: str
    currency: str
    history: Head
    monoprint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan file that was read and found whole, without its steps.

    `digest` (32 bytes) is over the head, the steps and the totals.
    """

    head: PlanHead
    totals: Mapping[str, Any]
    digest: bytes
    signatures: tuple[Signature, ...]
