"""Findings, decisions and their history, as they are kept in the catalog."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from monoprint.catalog import schema
from monoprint.catalog.store import Catalog
from monoprint.model import history
from monoprint.model.asset import Status
from monoprint.model.finding import Role, Waste
from monoprint.model.history import Entry, Head
from monoprint.model.match import Relation
from monoprint.model.review import (
    Count,
    Cursor,
    Filter,
    GroupView,
    Page,
    Part,
    Place,
    ReviewGroup,
    ReviewMember,
    ReviewWarning,
    State,
    Verdict,
)

# SQLite takes a bounded number of parameters in one statement.
_AT_ONCE: Final = 500

# Rows fetched or written at a time where there may be millions.
_PAGE: Final = 20_000

_group, _member, _warning = schema.review_group, schema.review_member, schema.review_warning
_decision, _ruling, _apart, _intended = (
    schema.decision, schema.ruling, schema.apart, schema.intended,
)  # fmt: skip
_store, _file = schema.store, schema.file
_history, _head, _key = schema.history, schema.history_head, schema.history_key

_GROUP_COLUMNS: Final = (
    _group.c.key, _group.c.version, _group.c.state, _group.c.verdict, _group.c.relation,
    _group.c.files, _group.c.certain_bytes, _group.c.possible_bytes, _group.c.certainty,
    _group.c.rank, _group.c.note, _group.c.decision,
)  # fmt: skip
_ITS_FILE: Final = and_(_file.c.store_id == _member.c.store_id, _file.c.path == _member.c.path)
_MEMBER_COLUMNS: Final = (
    _member.c.position, _store.c.name, _member.c.path, _member.c.role, _member.c.relation,
    _member.c.changes, _member.c.distance, _member.c.certainty, _member.c.evidence,
    _member.c.waste, _member.c.format, _member.c.bytes, _member.c.width, _member.c.height,
    _member.c.frames, _member.c.sha256, _member.c.pixels, _member.c.picture, _member.c.part,
    _member.c.keeper,
    exists().where(_ITS_FILE, _file.c.parent_id.is_not(None)),
    func.coalesce(select(_file.c.derived).where(_ITS_FILE).scalar_subquery(), ""),
)  # fmt: skip

# What can be a member of a group: pictures, and archives and documents as wholes.
_WHOLE: Final = (Status.OK, Status.CONTAINER)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided about a content: who stays for it, how many of its files stay and where.

    `files` is how many files of the content the decision saw; `places` are (store, path).
    """

    sha256: bytes
    seq: int
    keeper: bytes
    files: int
    keeps: int
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """The newest decision about a group as a whole."""

    seq: int
    verdict: Verdict
    note: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What earlier decisions say about some contents and groups."""

    rulings: dict[bytes, Ruling] = field(default_factory=dict)
    apart: frozenset[tuple[bytes, bytes]] = frozenset()
    intended: dict[tuple[bytes, str], int] = field(default_factory=dict)
    said: dict[bytes, Said] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """A group with the number that the catalog has it under, and that of its parent."""

    number: int
    parent: int | None
    view: GroupView


@dataclass(frozen=True, slots=True)
class Pair:
    """A copy and the file that stays for it, for a plan; `present` if both are as they were.

    Contents are 32 bytes. `derived` says that the copy was compared by a derivative.
    """

    key: bytes
    relation: Relation
    decision: int
    copy: Place
    keeper: Place
    bytes: int
    format: str
    waste: Waste
    present: bool
    derived: bool = False


class Reviews:
    """The review's part of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    # The queue

    def page(self, wanted: Filter, after: Cursor | None, limit: int) -> Page:
        """Return the groups that pass a filter, the highest rank first."""
        statement = (
            select(_group.c.id, *_GROUP_COLUMNS)
            .where(*_conditions(wanted))
            .order_by(_group.c.rank.desc(), _group.c.id)
            .limit(limit + 1)
        )
        if after is not None:
            statement = statement.where(
                _group.c.rank <= after.rank,  # what an index can begin at
                or_(
                    _group.c.rank < after.rank,
                    and_(_group.c.rank == after.rank, _group.c.id > after.number),
                ),
            )
        with self._catalog.reading() as connection:
            rows = connection.execute(statement).all()
        here = rows[:limit]
        last = Cursor(here[-1].rank, here[-1].id) if len(rows) > limit else None
        return Page(tuple(_as_group(row[1:]) for row in here), last)

    def counts(self, wanted: Filter) -> dict[State, Count]:
        """Return how many groups pass a filter, by state; the filter's own state is not used."""
        of_state = (
            select(
                _group.c.state,
                func.count(),
                func.coalesce(func.sum(_group.c.certain_bytes), 0),
                func.coalesce(func.sum(_group.c.possible_bytes), 0),
            )
            .where(*_conditions(wanted, any_state=True))
            .group_by(_group.c.state)
        )
        with self._catalog.reading() as connection:
            rows = connection.execute(of_state).all()
        counted = {State(row[0]): Count(int(row[1]), int(row[2]), int(row[3])) for row in rows}
        return {state: counted.get(state, Count()) for state in State}

    def group(self, key: bytes) -> GroupView | None:
        """Return one group with its files, or None."""
        with self._catalog.reading() as connection:
            found = _stored(connection, _group.c.key, [key])
        return found[0].view if found else None

    def groups(self, keys: Sequence[bytes]) -> list[GroupView]:
        """Return the groups with these keys that there are, in the order of the keys."""
        found: dict[bytes, GroupView] = {}
        with self._catalog.reading() as connection:
            for part in _parts(keys):
                for stored in _stored(connection, _group.c.key, part):
                    found[stored.view.group.key] = stored.view
        return [found[key] for key in keys if key in found]

    def choices(self) -> dict[str, list[str]]:
        """Return what the queue can be narrowed to: stores, relations, formats."""
        with self._catalog.reading() as connection:
            stores = connection.execute(
                select(_store.c.name)
                .where(exists().where(_member.c.store_id == _store.c.id))
                .order_by(_store.c.name)
            ).scalars()
            relations = set(_distinct(connection, _group.c.relation))
            return {
                "stores": list(stores),
                "relations": [r for r in Relation if r in relations],
                "formats": list(_distinct(connection, _member.c.format)),
            }

    def previews(self, keys: Sequence[bytes], most: int) -> dict[bytes, list[ReviewMember]]:
        """Return the first files of some groups, at most so many of each."""
        found: dict[bytes, list[ReviewMember]] = {}
        with self._catalog.reading() as connection:
            for part in _parts(keys):
                rows = connection.execute(
                    select(_group.c.key, *_MEMBER_COLUMNS)
                    .select_from(
                        _group.join(_member, _member.c.group_id == _group.c.id).join(
                            _store, _store.c.id == _member.c.store_id
                        )
                    )
                    .where(_group.c.key.in_(part), _member.c.position < most)
                    .order_by(_member.c.group_id, _member.c.position)
                )
                for row in rows:
                    found.setdefault(bytes(row[0]), []).append(_as_member(row[1:]))
        return found

    def beside(self, key: bytes, wanted: Filter) -> tuple[bytes | None, bytes | None]:
        """Return the keys of the groups before and after a group in the queue, None at its ends.

        The group itself need not pass the filter: its neighbours are where it would stand.
        """
        place = select(_group.c.id, _group.c.rank).where(_group.c.key == key)
        found: list[bytes | None] = []
        with self._catalog.reading() as connection:
            here = connection.execute(place).one_or_none()
            if here is None:
                return None, None
            rank, number = _group.c.rank, _group.c.id
            # The first condition is what an index can begin at.
            before = and_(
                rank >= here.rank, or_(rank > here.rank, and_(rank == here.rank, number < here.id))
            )
            after = and_(
                rank <= here.rank, or_(rank < here.rank, and_(rank == here.rank, number > here.id))
            )
            for side, order in (
                (before, (rank.asc(), number.desc())),
                (after, (rank.desc(), number.asc())),
            ):
                statement = select(_group.c.key).where(side, *_conditions(wanted))
                found.append(connection.scalar(statement.order_by(*order).limit(1)))
        first, second = (None if each is None else bytes(each) for each in found)
        return first, second

    def warning(self, number: int) -> ReviewWarning | None:
        """Return one warning by its number, or None."""
        here = self.warnings(number - 1, 1)
        return here[0][1] if here and here[0][0] == number else None

    def warnings_of(self, contents: Sequence[bytes], most: int) -> list[tuple[int, ReviewWarning]]:
        """Return warnings about files of some contents, at most so many."""
        wanted = list(contents[:_AT_ONCE])
        touches = or_(_warning.c.first_sha256.in_(wanted), _warning.c.second_sha256.in_(wanted))
        return self._warnings(touches, most)

    def warnings(self, after: int, limit: int) -> list[tuple[int, ReviewWarning]]:
        """Return warnings after a number, each with its number."""
        return self._warnings(_warning.c.id > after, limit)

    def _warnings(self, condition: Any, limit: int) -> list[tuple[int, ReviewWarning]]:
        one, other = _store.alias(), _store.alias()
        statement = (
            select(
                _warning.c.id, _warning.c.relation,
                one.c.name, _warning.c.first_path, _warning.c.first_sha256,
                other.c.name, _warning.c.second_path, _warning.c.second_sha256,
                _warning.c.where, _warning.c.certainty, _warning.c.evidence,
            )
            .select_from(
                _warning.join(one, one.c.id == _warning.c.first_store_id)
                .join(other, other.c.id == _warning.c.second_store_id)
            )
            .where(condition)
            .order_by(_warning.c.id)
            .limit(limit)
        )  # fmt: skip
        with self._catalog.reading() as connection:
            rows = connection.execute(statement).all()
        return [
            (
                row[0],
                ReviewWarning(
                    Relation(row[1]),
                    Place(row[2], row[3], bytes(row[4])),
                    Place(row[5], row[6], bytes(row[7])),
                    *row[8:],
                ),
            )
            for row in rows
        ]

    # Everything open, for rules; everything settled, for plans

    def keys(self, wanted: Filter) -> list[bytes]:
        """Return the keys of all groups that pass a filter, the highest rank first."""
        statement = (
            select(_group.c.key)
            .where(*_conditions(wanted))
            .order_by(_group.c.rank.desc(), _group.c.id)
        )
        with self._catalog.reading() as connection:
            return [bytes(key) for key in connection.scalars(statement)]

    def pairs(self) -> Iterator[Pair]:
        """Yield each copy that was decided about with the file that stays for it.

        They come in the order of the copies' stores (by name) and paths; a copy that stands in
        several groups comes once for each.
        """
        copy, keeper = _member.alias(), _member.alias()
        copy_store, keeper_store = _store.alias(), _store.alias()
        copy_file, keeper_file = _file.alias(), _file.alias()
        unchanged = and_(
            copy_file.c.sha256 == copy.c.sha256,
            keeper_file.c.sha256 == keeper.c.sha256,
            copy_file.c.status.in_(_WHOLE),
            keeper_file.c.status.in_(_WHOLE),
        )
        statement = (
            select(
                _group.c.key, copy.c.sha256, copy.c.bytes, copy.c.format, copy.c.waste,
                copy.c.relation, copy.c.path, copy_store.c.name,
                keeper.c.sha256, keeper.c.path, keeper_store.c.name, keeper.c.relation,
                copy.c.picture, keeper.c.picture,
                func.coalesce(_group.c.decision, 0), case((unchanged, 1), else_=0),
                copy_file.c.parent_id.is_not(None), keeper_file.c.parent_id.is_not(None),
                func.coalesce(copy_file.c.derived, ""),
            )
            .select_from(
                copy.join(_group, _group.c.id == copy.c.group_id)
                .join(
                    keeper,
                    and_(
                        keeper.c.group_id == copy.c.group_id, keeper.c.position == copy.c.keeper
                    ),
                )
                .join(copy_store, copy_store.c.id == copy.c.store_id)
                .join(keeper_store, keeper_store.c.id == keeper.c.store_id)
                .outerjoin(
                    copy_file,
                    and_(
                        copy_file.c.store_id == copy.c.store_id, copy_file.c.path == copy.c.path
                    ),
                )
                .outerjoin(
                    keeper_file,
                    and_(
                        keeper_file.c.store_id == keeper.c.store_id,
                        keeper_file.c.path == keeper.c.path,
                    ),
                )
            )
            .where(copy.c.part == Part.COPY)
            .order_by(copy_store.c.name, copy.c.path, _group.c.key)
        )  # fmt: skip
        with self._catalog.reading() as connection:
            result = connection.execution_options(stream_results=True).execute(statement)
            for rows in result.partitions(_PAGE):
                for row in rows:
                    yield _as_pair(row)

    def part_of(self, key: bytes, place: Place) -> Part | None:
        """Return what was decided about a file of a group, None if it is not in that group now."""
        statement = (
            select(_member.c.part)
            .join(_group, _group.c.id == _member.c.group_id)
            .join(_store, _store.c.id == _member.c.store_id)
            .where(_group.c.key == key, _store.c.name == place.store, _member.c.path == place.path)
        )
        with self._catalog.reading() as connection:
            part = connection.scalar(statement)
        return None if part is None else Part(part)

    def involved(self) -> list[str]:
        """Return the names of stores that hold a copy that was decided about, or what stays."""
        here = exists().where(
            _member.c.store_id == _store.c.id, _member.c.part.in_((Part.COPY, Part.KEEPER))
        )
        with self._catalog.reading() as connection:
            return list(
                connection.scalars(select(_store.c.name).where(here).order_by(_store.c.name))
            )

    def contested(self) -> list[tuple[str, str]]:
        """Return the places (store, path) of copies that stay for another file elsewhere."""
        copy, keeper = _member.alias(), _member.alias()
        statement = (
            select(_store.c.name, copy.c.path)
            .select_from(
                copy.join(
                    keeper,
                    and_(keeper.c.store_id == copy.c.store_id, keeper.c.path == copy.c.path),
                ).join(_store, _store.c.id == copy.c.store_id)
            )
            .where(copy.c.part == Part.COPY, keeper.c.part == Part.KEEPER)
            .distinct()
            .order_by(_store.c.name, copy.c.path)
        )
        with self._catalog.reading() as connection:
            return [(name, path) for name, path in connection.execute(statement)]

    def differing(self) -> Iterator[Place]:
        """Yield copies and what stays for them where their bytes differ, with their places."""
        copy, keeper = _member.alias(), _member.alias()
        copy_store, keeper_store = _store.alias(), _store.alias()
        statement = (
            select(
                copy_store.c.name, copy.c.path, copy.c.sha256,
                keeper_store.c.name, keeper.c.path, keeper.c.sha256,
            )
            .select_from(
                copy.join(
                    keeper,
                    and_(
                        keeper.c.group_id == copy.c.group_id, keeper.c.position == copy.c.keeper
                    ),
                )
                .join(copy_store, copy_store.c.id == copy.c.store_id)
                .join(keeper_store, keeper_store.c.id == keeper.c.store_id)
            )
            .where(copy.c.part == Part.COPY, copy.c.sha256 != keeper.c.sha256)
        )  # fmt: skip
        with self._catalog.reading() as connection:
            result = connection.execution_options(stream_results=True).execute(statement)
            for rows in result.partitions(_PAGE):
                for one, path, sha256, other, other_path, other_sha256 in rows:
                    yield Place(one, path, bytes(sha256))
                    yield Place(other, other_path, bytes(other_sha256))

    # What contents say of themselves

    def facts_of(self, contents: Iterable[bytes]) -> dict[bytes, dict[str, Any]]:
        """Return what is known of contents beyond their pixels, by SHA-256."""
        found: dict[bytes, dict[str, Any]] = {}
        table = schema.content_facts
        with self._catalog.reading() as connection:
            for part in _parts(list(contents)):
                rows = connection.execute(
                    select(table.c.sha256, table.c.facts).where(table.c.sha256.in_(part))
                )
                found.update((bytes(row.sha256), json.loads(row.facts)) for row in rows)
        return found

    def keep_facts(self, facts: dict[bytes, dict[str, Any]]) -> None:
        """Write down what contents say of themselves, in place of what was known."""
        table = schema.content_facts
        with self._catalog.writing() as connection:
            for part in _parts(list(facts)):
                connection.execute(delete(table).where(table.c.sha256.in_(part)))
            if facts:
                connection.execute(
                    insert(table),
                    [
                        {"sha256": sha, "facts": history.canonical(told)}
                        for sha, told in sorted(facts.items())
                    ],
                )

    # Recording and deciding

    @contextmanager
    def deciding(self) -> Iterator["Deciding"]:
        """Give the one transaction at a time in which the history grows.

        All that was done in it is written when it ends, and nothing if it ends with an error.
        """
        with self._catalog.writing() as connection:
            # First of all a write: it makes others wait, here and not halfway through.
            connection.execute(update(_head).where(_head.c.id == 1).values(id=1))
            row = connection.execute(select(_head.c.seq, _head.c.digest)).one()
            deciding = Deciding(connection, Head(row.seq, bytes(row.digest)))
            yield deciding
            deciding.finish()

    # History

    def head(self) -> Head:
        """Return the end of the history as the catalog notes it."""
        with self._catalog.reading() as connection:
            row = connection.execute(select(_head.c.seq, _head.c.digest)).one()
        return Head(row.seq, bytes(row.digest))

    def rows(self, touched: Sequence[bytes] | None = None) -> Iterator[history.Row]:
        """Yield the history's rows in order, all or those found under one of the keys."""
        statement = select(_history).order_by(_history.c.seq)
        if touched is not None:
            found = select(_key.c.seq).where(_key.c.touched.in_(touched[:_AT_ONCE]))
            statement = statement.where(_history.c.seq.in_(found))
        with self._catalog.reading() as connection:
            result = connection.execution_options(stream_results=True).execute(statement)
            for rows in result.partitions(_PAGE):
                for row in rows:
                    yield _as_history(row)

    def newest_rows(self, before: int | None, limit: int) -> list[history.Row]:
        """Return the newest rows of the history, those before a number; the newest first."""
        statement = select(_history).order_by(_history.c.seq.desc()).limit(limit)
        if before is not None:
            statement = statement.where(_history.c.seq < before)
        with self._catalog.reading() as connection:
            return [_as_history(row) for row in connection.execute(statement)]

    def naming(self, place: str) -> Iterator[history.Row]:
        """Yield the rows of the history that name a place (``store:path``), in order."""
        said = history.canonical(place)
        statement = (
            select(_history)
            .where(_history.c.what.contains(said, autoescape=True))
            .order_by(_history.c.seq)
        )
        with self._catalog.reading() as connection:
            result = connection.execution_options(stream_results=True).execute(statement)
            for rows in result.partitions(_PAGE):
                for row in rows:
                    yield _as_history(row)

    def contents_at(self, store: str, path: str) -> bytes | None:
        """Return the SHA-256 of the file at a place, as the catalog has it."""
        statement = (
            select(_file.c.sha256)
            .select_from(_file.join(_store))
            .where(_store.c.name == store, _file.c.path == path)
        )
        with self._catalog.reading() as connection:
            found = connection.scalar(statement)
        return None if found is None else bytes(found)


class Deciding:
    """One transaction of the review: what it appends to the history and changes in the queue."""

    def __init__(self, connection: Connection, head: Head) -> None:
        self._connection = connection
        self.head = head
        self._rows: list[history.Row] = []
        self._keys: list[tuple[bytes, int]] = []

    def append(self, entry: Entry) -> int:
        """Add a row to the history and return its number."""
        row = history.chained(self.head.digest, self.head.seq + 1, entry)
        self._rows.append(row)
        self._keys += [(key, row.seq) for key in sorted(set(entry.touched))]
        self.head = Head(row.seq, row.digest)
        return row.seq

    def finish(self) -> None:
        """Write the rows that were appended, and where they end."""
        if not self._rows:
            return
        columns = [column.name for column in _history.columns]
        self._connection.execute(
            insert(_history),
            [
                dict(zip(columns, (r.seq, r.at, r.who, r.act, r.subject, r.why, r.what,
                                   r.previous, r.digest), strict=True))
                for r in self._rows
            ],
        )  # fmt: skip
        if self._keys:
            self._connection.execute(
                insert(_key), [{"touched": key, "seq": seq} for key, seq in self._keys]
            )
        self._connection.execute(
            update(_head).where(_head.c.id == 1).values(seq=self.head.seq, digest=self.head.digest)
        )
        self._rows, self._keys = [], []

    # Groups

    def groups(self, keys: Sequence[bytes]) -> dict[bytes, Stored]:
        """Return the groups with these keys that there are."""
        found: dict[bytes, Stored] = {}
        for part in _parts(keys):
            for stored in _stored(self._connection, _group.c.key, part):
                found[stored.view.group.key] = stored
        return found

    def children(self, number: int) -> list[Stored]:
        """Return the groups that were split from a group."""
        return _stored(self._connection, _group.c.parent, [number])

    def sharing(self, contents: Sequence[bytes]) -> list[Stored]:
        """Return the groups that hold a file of one of the contents."""
        numbers: set[int] = set()
        for part in _parts(contents):
            wanted = select(_member.c.group_id).where(_member.c.sha256.in_(part)).distinct()
            numbers.update(self._connection.scalars(wanted))
        found: list[Stored] = []
        for some in _parts(sorted(numbers)):
            found += _stored(self._connection, _group.c.id, some)
        return found

    def add_groups(self, views: Sequence[GroupView], parent: int | None = None) -> None:
        """Enter groups; one whose key is there already is left out."""
        there = {key for key, _ in self._numbers([view.group.key for view in views])}
        store_ids = self._store_ids()
        number = int(self._connection.scalar(select(func.max(_group.c.id))) or 0)
        groups, members = [], []
        for view in views:
            if view.group.key in there:
                continue
            there.add(view.group.key)
            number += 1
            groups.append({"id": number, "parent": parent} | _group_row(view.group))
            members += [
                {"group_id": number} | _member_row(member, store_ids) for member in view.members
            ]
        for start in range(0, len(groups), _PAGE):
            self._connection.execute(insert(_group), groups[start : start + _PAGE])
        for start in range(0, len(members), _PAGE):
            self._connection.execute(insert(_member), members[start : start + _PAGE])

    def change_groups(self, changed: Sequence[Stored]) -> None:
        """Write down what is new about groups: their state, version, and their files' parts."""
        if not changed:
            return
        names = ("version", "state", "verdict", "decision", "certain_bytes", "possible_bytes",
                 "certainty", "rank", "note")  # fmt: skip
        self._connection.execute(
            update(_group)
            .where(_group.c.id == bindparam("of"))
            .values({name: bindparam(f"new_{name}") for name in names}),
            [
                {"of": stored.number}
                | {f"new_{name}": getattr(stored.view.group, name) for name in names}
                for stored in changed
            ],
        )
        self._connection.execute(
            update(_member)
            .where(_member.c.group_id == bindparam("of"), _member.c.position == bindparam("at"))
            .values(part=bindparam("new_part"), keeper=bindparam("new_keeper")),
            [
                {"of": stored.number, "at": member.position, "new_part": member.part,
                 "new_keeper": member.keeper}
                for stored in changed
                for member in stored.view.members
            ],
        )  # fmt: skip

    def remove_groups(self, numbers: Sequence[int]) -> None:
        """Remove groups and their files from the queue."""
        for part in _parts(numbers):
            self._connection.execute(delete(_member).where(_member.c.group_id.in_(part)))
            self._connection.execute(delete(_group).where(_group.c.id.in_(part)))

    def clear(self, stores: Sequence[str]) -> list[Stored]:
        """Remove what earlier audits found in these stores alone, and return what reaches beyond.

        Warnings that touch the stores are removed.
        """
        ids = [self._store_ids()[name] for name in stores]
        here = exists().where(_member.c.group_id == _group.c.id, _member.c.store_id.in_(ids))
        beyond = exists().where(_member.c.group_id == _group.c.id, _member.c.store_id.not_in(ids))
        gone = select(_group.c.id).where(here, ~beyond)
        self._connection.execute(delete(_member).where(_member.c.group_id.in_(gone)))
        # Their members are gone, so what has none left is what goes.
        self._connection.execute(
            delete(_group).where(~exists().where(_member.c.group_id == _group.c.id))
        )
        self._connection.execute(
            delete(_warning).where(
                or_(_warning.c.first_store_id.in_(ids), _warning.c.second_store_id.in_(ids))
            )
        )
        across = list(self._connection.scalars(select(_group.c.id).where(here)))
        found: list[Stored] = []
        for part in _parts(across):
            found += _stored(self._connection, _group.c.id, part)
        return found

    def add_warnings(self, warnings: Iterable[ReviewWarning]) -> None:
        """Enter pairs that look like copies and are not."""
        ids = self._store_ids()
        rows = [
            {
                "relation": w.relation,
                "first_store_id": ids[w.first.store], "first_path": w.first.path,
                "first_sha256": w.first.sha256,
                "second_store_id": ids[w.second.store], "second_path": w.second.path,
                "second_sha256": w.second.sha256,
                "where": w.where, "certainty": w.certainty, "evidence": w.evidence,
            }
            for w in warnings
        ]  # fmt: skip
        for start in range(0, len(rows), _PAGE):
            self._connection.execute(insert(_warning), rows[start : start + _PAGE])

    def unchanged(self, members: Iterable[ReviewMember]) -> set[tuple[str, str]]:
        """Return the places (store, path) at which the same contents still are."""
        ids = self._store_ids()
        paths: dict[int, dict[str, tuple[str, bytes]]] = {}
        for member in members:
            paths.setdefault(ids[member.store], {})[member.path] = (member.store, member.sha256)
        found: set[tuple[str, str]] = set()
        for store_id, wanted in paths.items():
            for part in _parts(list(wanted)):
                rows = self._connection.execute(
                    select(_file.c.path, _file.c.sha256).where(
                        _file.c.store_id == store_id,
                        _file.c.path.in_(part),
                        _file.c.status.in_(_WHOLE),
                    )
                )
                found.update(
                    (wanted[path][0], path)
                    for path, sha256 in rows
                    if bytes(sha256) == wanted[path][1]
                )
        return found

    def identities(self) -> dict[bytes, bytes]:
        """Return the identity of pixels by SHA-256, where it is known."""
        rows = self._connection.execute(
            select(_file.c.sha256, _file.c.pixels).where(_file.c.pixels.is_not(None)).distinct()
        )
        return {bytes(sha256): bytes(pixels) for sha256, pixels in rows}

    # Decisions

    def decided(self) -> bool:
        """Say whether anything was ever decided."""
        return self._connection.scalar(select(_decision.c.seq).limit(1)) is not None

    def facts(self, contents: Sequence[bytes], keys: Sequence[bytes]) -> Facts:
        """Return what decisions that still hold say about contents (and pixels) and groups."""
        rulings: dict[bytes, Ruling] = {}
        apart: set[tuple[bytes, bytes]] = set()
        intended: dict[tuple[bytes, str], int] = {}
        said: dict[bytes, Said] = {}
        holds = _decision.c.undone.is_(None)
        for part in _parts(contents):
            for row in self._connection.execute(
                select(_ruling)
                .join(_decision, _decision.c.seq == _ruling.c.seq)
                .where(_ruling.c.sha256.in_(part), holds)
                .order_by(_ruling.c.seq)
            ):
                places = tuple((store, path) for store, path in json.loads(row.places))
                sha256 = bytes(row.sha256)
                rulings[sha256] = Ruling(
                    sha256, row.seq, bytes(row.keeper), row.files, row.keeps, places
                )
            for first, second in self._connection.execute(
                select(_apart.c.first, _apart.c.second)
                .join(_decision, _decision.c.seq == _apart.c.seq)
                .where(_apart.c.first.in_(part), holds)
            ):
                apart.add((bytes(first), bytes(second)))
            for sha256, name, seq in self._connection.execute(
                select(_intended.c.sha256, _store.c.name, _intended.c.seq)
                .join(_decision, _decision.c.seq == _intended.c.seq)
                .join(_store, _store.c.id == _intended.c.store_id)
                .where(_intended.c.sha256.in_(part), holds)
                .order_by(_intended.c.seq)
            ):
                intended[bytes(sha256), name] = seq
        for part in _parts(keys):
            for row in self._connection.execute(
                select(_decision)
                .where(_decision.c.group_key.in_(part), holds)
                .order_by(_decision.c.seq)
            ):
                said[bytes(row.group_key)] = Said(row.seq, Verdict(row.verdict), row.note)
        return Facts(rulings, frozenset(apart), intended, said)

    def decide(
        self,
        decisions: Sequence[tuple[int, bytes, Verdict, str]],
        rulings: Sequence[Ruling] = (),
        apart: Iterable[tuple[int, bytes, bytes]] = (),
        intended: Iterable[tuple[int, bytes, str, str]] = (),
    ) -> None:
        """Enter decisions as (row of the history, group, verdict, note), and what they say.

        `apart` are (row, first, second), `intended` (row, content, store, purpose).
        """
        self._connection.execute(
            insert(_decision),
            [
                {"seq": seq, "group_key": key, "verdict": verdict, "note": note}
                for seq, key, verdict, note in decisions
            ],
        )
        if rulings:
            self._connection.execute(
                insert(_ruling),
                [
                    {"seq": r.seq, "sha256": r.sha256, "keeper": r.keeper, "files": r.files,
                     "keeps": r.keeps, "places": history.canonical(r.places)}
                    for r in rulings
                ],
            )  # fmt: skip
        pairs = [{"seq": seq, "first": a, "second": b} for seq, a, b in apart]
        if pairs:
            self._connection.execute(insert(_apart), pairs)
        ids = self._store_ids()
        meant = [
            {"seq": seq, "sha256": sha256, "store_id": ids[store], "purpose": purpose}
            for seq, sha256, store, purpose in intended
        ]
        if meant:
            self._connection.execute(insert(_intended), meant)

    def undo(self, seq: int, by: int) -> tuple[bytes, list[bytes]] | None:
        """Mark a decision as undone; return its group's key and the contents it spoke of.

        None if there is no such decision that still holds.
        """
        row = self._connection.execute(
            select(_decision.c.group_key).where(
                _decision.c.seq == seq, _decision.c.undone.is_(None)
            )
        ).one_or_none()
        if row is None:
            return None
        self._connection.execute(update(_decision).where(_decision.c.seq == seq).values(undone=by))
        spoken: set[bytes] = set()
        for column, of in (
            (_ruling.c.sha256, _ruling.c.seq),
            (_apart.c.first, _apart.c.seq),
            (_apart.c.second, _apart.c.seq),
            (_intended.c.sha256, _intended.c.seq),
        ):
            spoken.update(
                bytes(v) for v in self._connection.scalars(select(column).where(of == seq))
            )
        return bytes(row.group_key), sorted(spoken)

    def _numbers(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
        for part in _parts(keys):
            rows = self._connection.execute(
                select(_group.c.key, _group.c.id).where(_group.c.key.in_(part))
            )
            yield from ((bytes(key), number) for key, number in rows)

    def _store_ids(self) -> dict[str, int]:
        rows = self._connection.execute(select(_store.c.name, _store.c.id))
        return {row.name: row.id for row in rows}


def _distinct(connection: Connection, column: Any) -> Iterator[Any]:
    """Yield a column's values in order; each is asked for by itself, so an index has them all.

    A database that looks for distinct values goes through all rows, and there may be millions.
    """
    value = connection.scalar(select(func.min(column)))
    while value is not None:
        yield value
        value = connection.scalar(select(func.min(column)).where(column > value))


def _conditions(wanted: Filter, *, any_state: bool = False) -> list[Any]:
    found: list[Any] = []
    if wanted.state is not None and not any_state:
        found.append(_group.c.state == wanted.state)
    if wanted.relation is not None:
        found.append(_group.c.relation == wanted.relation)
    reclaimable = _group.c.certain_bytes + _group.c.possible_bytes
    if wanted.least_bytes:
        found.append(reclaimable >= wanted.least_bytes)
    if wanted.most_bytes is not None:
        found.append(reclaimable <= wanted.most_bytes)
    of_member = []
    if wanted.store:
        of_member.append(
            _member.c.store_id
            == select(_store.c.id).where(_store.c.name == wanted.store).scalar_subquery()
        )
    if wanted.format:
        of_member.append(_member.c.format == wanted.format)
    if wanted.folder:
        # All paths below a folder lie between its name with a slash and with the next character.
        folder = wanted.folder.rstrip("/")
        of_member += [_member.c.path >= f"{folder}/", _member.c.path < f"{folder}0"]
    if of_member:
        # Not a correlated EXISTS: it would go through a store's files for each group anew.
        found.append(_group.c.id.in_(select(_member.c.group_id).where(*of_member)))
    return found


def _stored(connection: Connection, column: Any, values: Sequence[Any]) -> list[Stored]:
    """Return the groups whose column has one of some values (at most 500), with their files."""
    groups = connection.execute(
        select(_group.c.id, _group.c.parent, *_GROUP_COLUMNS)
        .where(column.in_(values))
        .order_by(_group.c.id)
    ).all()
    files: dict[int, list[ReviewMember]] = {}
    wanted: Select[Any] = (
        select(_member.c.group_id, *_MEMBER_COLUMNS)
        .select_from(
            _member.join(_store, _store.c.id == _member.c.store_id).join(
                _group, _group.c.id == _member.c.group_id
            )
        )
        .where(column.in_(values))
        .order_by(_member.c.group_id, _member.c.position)
    )
    for row in connection.execute(wanted):
        files.setdefault(row[0], []).append(_as_member(row[1:]))
    return [
        Stored(row[0], row[1], GroupView(_as_group(row[2:]), tuple(files.get(row[0], ()))))
        for row in groups
    ]


def _as_group(row: Any) -> ReviewGroup:
    (key, version, state, verdict, relation, files, certain, possible, certainty, rank, note,
     decision) = row  # fmt: skip
    return ReviewGroup(
        bytes(key), version, State(state), None if verdict is None else Verdict(verdict),
        Relation(relation), files, certain, possible, certainty, rank, note, decision,
    )  # fmt: skip


def _as_member(row: Any) -> ReviewMember:
    (position, store, path, role, relation, changes, distance, certainty, evidence, waste, kind,
     size, width, height, frames, sha256, pixels, picture, part, keeper, inside,
     derived) = row  # fmt: skip
    return ReviewMember(
        position, store, path, Role(role), None if relation is None else Relation(relation),
        changes, distance, certainty, evidence, Waste(waste), kind, size, width, height, frames,
        bytes(sha256), None if pixels is None else bytes(pixels), picture, Part(part), keeper,
        bool(inside), derived,
    )  # fmt: skip


def _as_history(row: Any) -> history.Row:
    seq, at, who, act, subject, why, what, previous, digest = row
    return history.Row(seq, at, who, act, subject, why, what, bytes(previous), bytes(digest))


def _as_pair(row: Any) -> Pair:
    (key, copy_sha, size, kind, waste, relation, copy_path, copy_store, keeper_sha, keeper_path,
     keeper_store, keeper_relation, picture, keeper_picture, decision, present,
     copy_inside, keeper_inside, derived) = row  # fmt: skip
    copy, keeper = bytes(copy_sha), bytes(keeper_sha)
    if copy == keeper:
        between = Relation.IDENTICAL_BYTES
    elif picture == keeper_picture:
        between = Relation.IDENTICAL_PIXELS
    else:
        # Both relations are towards the representative; the pair is as far apart as the further.
        between = furthest(r for r in (relation, keeper_relation) if r is not None)
    return Pair(
        bytes(key), between, decision,
        Place(copy_store, copy_path, copy, bool(copy_inside)),
        Place(keeper_store, keeper_path, keeper, bool(keeper_inside)),
        size, kind, Waste(waste), bool(present), bool(derived),
    )  # fmt: skip


def furthest(relations: Iterable[str]) -> Relation:
    """Return the furthest rung of the ladder among some."""
    order = list(Relation)
    return max((Relation(r) for r in relations), key=order.index)


def _group_row(group: ReviewGroup) -> dict[str, object]:
    return {
        "key": group.key, "version": group.version, "state": group.state,
        "verdict": group.verdict, "decision": group.decision, "relation": group.relation,
        "files": group.files, "certain_bytes": group.certain_bytes,
        "possible_bytes": group.possible_bytes, "certainty": group.certainty,
        "rank": group.rank, "note": group.note,
    }  # fmt: skip


def _member_row(member: ReviewMember, store_ids: dict[str, int]) -> dict[str, object]:
    return {
        "position": member.position, "store_id": store_ids[member.store], "path": member.path,
        "role": member.role, "relation": member.relation, "changes": member.changes,
        "distance": member.distance, "certainty": member.certainty, "evidence": member.evidence,
        "waste": member.waste, "format": member.format, "bytes": member.bytes,
        "width": member.width, "height": member.height, "frames": member.frames,
        "sha256": member.sha256, "pixels": member.pixels, "picture": member.picture,
        "part": member.part, "keeper": member.keeper,
    }  # fmt: skip


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
