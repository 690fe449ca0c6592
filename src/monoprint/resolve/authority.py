"""Authority: what may be given up, by whose leave; what must be held and retained.

No authority means no change: destruction of records needs its approval beforehand (Hong Kong
Government Records Service, "Disposal of government records").
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from monoprint.errors import RulesError
from monoprint.model.plan import Action
from monoprint.model.review import Place
from monoprint.resolve.patterns import matches
from monoprint.resolve.settings import Settings

# The values of each attribute of a file: several where several stores tell of it.
Attributes = Mapping[str, Sequence[str]]

_MOST_PERSONS: Final = 2

# The keys that say which files something is about.
_SCOPE: Final = ("stores", "paths", "list", "metadata", "attributes")


class Blocked(StrEnum):
    """Why nothing may happen to a file."""

    HOLD = "hold"
    RETENTION = "retention"
    AUTHORITY = "authority"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which files something is about: those that meet all that is given, none if nothing is.

    `listed` are contents (hexadecimal) and places (``store:path``); `metadata` are patterns of
    values by name, of what a content says of itself, and `attributes` of what the catalog has of
    the file.
    """

    stores: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()
    listed: frozenset[str] = frozenset()
    metadata: tuple[tuple[str, str], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    def covers(
        self,
        place: Place,
        facts: Mapping[str, Any] | None,
        attributes: Attributes | None,
        *,
        unknown: bool,
    ) -> bool:
        """Say whether a file is in the scope.

        `facts` is what its content says of itself, None where it was not read, and `attributes`
        None where the catalog does not know the file: then a scope by them answers `unknown`. Where
        an attribute has several values, one that is as the pattern says is enough if what is
        unknown counts too, and else all have to be.
        """
        if not (self.stores or self.paths or self.listed or self.metadata or self.attributes):
            return False
        if self.stores and place.store not in self.stores:
            return False
        if self.paths and not any(matches(pattern, place.path) for pattern in self.paths):
            return False
        if self.listed and not (
            place.sha256.hex() in self.listed or f"{place.store}:{place.path}" in self.listed
        ):
            return False
        if not (self.attributes or self.metadata):
            return True
        answers = []
        enough = any if unknown else all
        if self.attributes:
            answers.append(
                unknown if attributes is None else _agree(self.attributes, attributes, enough)
            )
        if self.metadata:
            unread = facts is None or "unread" in facts
            said = {} if facts is None else {name: (str(v),) for name, v in facts.items()}
            answers.append(unknown if unread else _agree(self.metadata, said, all))
        return all(answers)


def _agree(
    patterns: Iterable[tuple[str, str]], told: Attributes, enough: Callable[[Iterable[bool]], bool]
) -> bool:
    """Say whether of each name that patterns are of enough values are as its pattern says."""
    return all(
        told.get(name) and enough(fnmatchcase(value, pattern) for value in told[name])
        for name, pattern in patterns
    )


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: its files must not be given up, until it is lifted or ends."""

    name: str
    reason: str
    scope: Scope
    until: date | None


@dataclass(frozen=True, slots=True)
class Retention:
    """A retention rule: its files must be kept until a day."""

    name: str
    scope: Scope
    keep_until: date


@dataclass(frozen=True, slots=True)
class Disposal:
    """A disposal authority: who allowed what to be given up, until when.

    `scopes` are the stores and record series that it covers; `actions` narrow what may be done.
    """

    reference: str
    approver: str
    expires: date
    scopes: tuple[Scope, ...]
    actions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may happen to a file: the authority for it, or what blocks it and why."""

    reference: str
    blocked: Blocked | None
    why: str


@dataclass(frozen=True, slots=True)
class Authority:
    """All holds, retention rules and disposal authorities; `persons` must agree to a plan."""

    holds: tuple[Hold, ...] = ()
    retentions: tuple[Retention, ...] = ()
    disposals: tuple[Disposal, ...] = ()
    persons: int = _MOST_PERSONS

    @property
    def needs_facts(self) -> bool:
        """Whether any scope looks at metadata."""
        return any(scope.metadata for scope in self._scopes())

    @property
    def needs_attributes(self) -> bool:
        """Whether any scope looks at attributes."""
        return any(scope.attributes for scope in self._scopes())

    def _scopes(self) -> Iterator[Scope]:
        yield from (hold.scope for hold in self.holds)
        yield from (retention.scope for retention in self.retentions)
        yield from (scope for disposal in self.disposals for scope in disposal.scopes)

    def held(
        self,
        place: Place,
        facts: Mapping[str, Any] | None,
        on: date,
        attributes: Attributes | None = None,
    ) -> Hold | None:
        """Return the first hold that a file is under."""
        for hold in self.holds:
            ended = hold.until is not None and hold.until < on
            if not ended and hold.scope.covers(place, facts, attributes, unknown=True):
                return hold
        return None

    def check(
        self,
        place: Place,
        facts: Mapping[str, Any] | None,
        action: str,
        on: date,
        attributes: Attributes | None = None,
    ) -> Verdict:
        """Say whether an action may be done to a file on a day, and by what leave.

        What is not known of the file (None) counts against giving it up.
        """
        hold = self.held(place, facts, on, attributes)
        if hold is not None:
            return Verdict("", Blocked.HOLD, f"hold {hold.name}: {hold.reason}")
        for retention in self.retentions:
            covered = retention.scope.covers(place, facts, attributes, unknown=True)
            if retention.keep_until >= on and covered:
                until = retention.keep_until.isoformat()
                return Verdict("", Blocked.RETENTION, f"{retention.name}: kept until {until}")
        why = "authority: none"
        for disposal in self.disposals:
            covers = (s.covers(place, facts, attributes, unknown=False) for s in disposal.scopes)
            if not any(covers):
                continue
            if disposal.expires < on:
                why = f"authority {disposal.reference} expired on {disposal.expires.isoformat()}"
            elif disposal.actions and action not in {*disposal.actions, Action.REPORT}:
                why = f"authority {disposal.reference} does not cover {action}"
            else:
                return Verdict(disposal.reference, None, "")
        return Verdict("", Blocked.AUTHORITY, why)


NONE: Final = Authority()


def load(path: Path, actions: frozenset[str]) -> Authority:
    """Read ``authority.toml``. Raises RulesError, which names file, line and key.

    `actions` are the names of what can be done. Lists of files are read from beside the file.
    """
    settings = Settings.load(path)
    settings.only({"persons", "hold", "retention", "series", "authority"})
    series = {}
    for table in settings.tables("series"):
        table.only({"name", *_SCOPE})
        name = table.text("name")
        if name in series:
            raise table.fail("name", f"there are two series {name}")
        series[name] = _scope(table, path)
    return Authority(
        tuple(_hold(table, path) for table in settings.tables("hold")),
        tuple(_retention(table, path, series) for table in settings.tables("retention")),
        tuple(_disposal(table, series, actions) for table in settings.tables("authority")),
        settings.number("persons", _MOST_PERSONS, 1, _MOST_PERSONS),
    )


def _hold(table: Settings, path: Path) -> Hold:
    table.only({"name", "reason", "until", *_SCOPE})
    return Hold(table.text("name"), table.text("reason"), _scope(table, path), table.day("until"))


def _retention(table: Settings, path: Path, series: Mapping[str, Scope]) -> Retention:
    table.only({"name", "series", "keep_until", *_SCOPE})
    day = table.day("keep_until")
    if day is None:
        raise table.fail("keep_until", "a day is needed: keep_until = 2031-12-31")
    if table.has("series"):
        name = table.text("series")
        if name not in series:
            raise table.fail("series", f"there is no series {name}")
        return Retention(table.text("name"), series[name], day)
    return Retention(table.text("name"), _scope(table, path), day)


def _disposal(table: Settings, series: Mapping[str, Scope], actions: frozenset[str]) -> Disposal:
    table.only({"reference", "approver", "expires", "stores", "series", "actions"})
    expires = table.day("expires")
    if expires is None:
        raise table.fail("expires", "a day is needed: expires = 2027-06-30")
    scopes = []
    for name in table.texts("series"):
        if name not in series:
            raise table.fail("series", f"there is no series {name}")
        scopes.append(series[name])
    if table.texts("stores"):
        scopes.append(Scope(stores=frozenset(table.texts("stores"))))
    if not scopes:
        raise table.fail("reference", "an authority covers stores or series: name some")
    for action in table.texts("actions"):
        if action not in actions:
            raise table.fail(
                "actions", f"there is no action {action}", f"Known: {', '.join(sorted(actions))}."
            )
    return Disposal(
        table.text("reference"), table.text("approver"), expires, tuple(scopes),
        frozenset(table.texts("actions")),
    )  # fmt: skip


def _scope(table: Settings, path: Path) -> Scope:
    scope = Scope(
        frozenset(table.texts("stores")),
        table.texts("paths"),
        _listed(table, path) if table.has("list") else frozenset(),
        _patterns(table, "metadata"),
        _patterns(table, "attributes"),
    )
    if scope == Scope():
        raise table.fail("name", f"name what it covers: {', '.join(_SCOPE)}")
    return scope


def _patterns(table: Settings, key: str) -> tuple[tuple[str, str], ...]:
    """Read patterns of values by name."""
    patterns = table.table(key).items()
    for name, pattern in patterns.items():
        if not isinstance(pattern, str):
            raise table.fail(key, f"{name} takes a pattern in quotes")
    return tuple(sorted(patterns.items()))


def _listed(table: Settings, path: Path) -> frozenset[str]:
    """Read a list beside the file: a content (64 hexadecimal digits) or STORE:PATH a line."""
    place = path.parent / table.text("list")
    try:
        lines = place.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise table.fail("list", f"cannot read {place}: {error}") from error
    found = {line for line in lines if line.strip() and not line.startswith("#")}
    for line in found:
        digest = len(line) == 64 and all(char in "0123456789abcdef" for char in line)
        if ":" not in line and not digest:
            raise RulesError(f"{place}: neither STORE:PATH nor a SHA-256: {line}")
    if not found:
        raise table.fail("list", f"{place} lists nothing")
    return frozenset(found)
