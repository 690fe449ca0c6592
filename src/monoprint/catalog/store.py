"""Opening, filling and reading a catalog."""

import builtins
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from sqlalchemy import (
    URL,
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    bindparam,
    case,
    create_engine,
    delete,
    event,
    exists,
    func,
    insert,
    inspect,
    literal,
    make_url,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from monoprint.catalog import schema
from monoprint.errors import CatalogBusy, CatalogError, MissingExtra
from monoprint.model import sidecar
from monoprint.model.asset import UNKNOWN_SIZE, Asset, Holding, Listed, Status, Store
from monoprint.model.finding import Fixity, Notice, Problem, Totals
from monoprint.model.fingerprint import KEYPOINT, LAYOUT, LOCAL, PDQ, FingerprintSpec
from monoprint.model.fixity import Breach, Flaw
from monoprint.model.history import GENESIS
from monoprint.model.reading import Reading

# Rows fetched at a time where there may be millions.
_PAGE: Final = 20_000

# Any number will do, as long as nothing else in the database locks the same one.
_ADVISORY_LOCK: Final = 0x6D6F6E6F

# The array columns of `Pictures`, as they are loaded.
# What a connection may keep of an SQLite file in memory. SQLite's own 2 MB is less than the upper
# levels of the indexes of a million files, and a plan looks up every file: 64 MB take a fifth off.
_CACHE_KIB: Final = 65_536

_COLUMNS: Final = (
    "ids", "store", "bytes", "inode", "device", "width", "height", "frames", "format", "sha256",
    "sketch", "pixels",
)  # fmt: skip

# What an entry is listed with that may be read.
_OPEN: Final = ("", Status.REFUSED)

_ORIENTATIONS_TURNED: Final = 7
_CODE_BYTES: Final = 32

_REVISION: Final = text("SELECT version_num FROM alembic_version")

# Rows of features fetched at a time: a frame's take about 20 kB.
_FEATURE_PAGE: Final = 500

_file, _store, _fingerprint = schema.file, schema.store, schema.fingerprint
_feature, _verdict = schema.feature, schema.verdict


@dataclass(frozen=True, slots=True)
class Known:
    """An entry as the catalog has it, as far as a new listing is compared with it."""

    id: int
    listed: Listed
    pending: bool


@dataclass(frozen=True, slots=True)
class Pending:
    """A listed file that is still to be read.

    `checksum` and `modified_ns` are as it was listed. `iscc` and `local` say whether it had an ISCC
    code and local features before.
    """

    id: int
    store_id: int
    path: str
    bytes: int
    modified_ns: int
    checksum: str
    iscc: bool
    local: bool


@dataclass(frozen=True, slots=True)
class Sized:
    """An entry as far as its size and checksum can settle whether it must be read.

    `status` is None for one that is still to be read.
    """

    id: int
    store_id: int
    path: str
    bytes: int
    checksum: str
    status: Status | None
    reason: str
    sha256: builtins.bytes | None
    is_inside: bool

    @property
    def is_read(self) -> bool:
        """Whether its reading has ended, well or not."""
        return self.status not in {None, Status.LISTED}

    @property
    def failed(self) -> bool:
        """Whether it was read in vain."""
        return self.is_read and self.sha256 is None


@dataclass(frozen=True, slots=True)
class Pictures:
    """The readable files of some stores as columns, ordered by store and path.

    All arrays have one row a file. `store` is the store's position in the order asked for;
    `format` indexes `formats`; `pixels` and `sketch` are all zero where there is none. Containers
    are there too, since they can be copies as a whole: they have no width, no height and no codes.
    """

    ids: NDArray[np.int64]
    store: NDArray[np.int32]
    bytes: NDArray[np.int64]
    inode: NDArray[np.int64]
    device: NDArray[np.int64]
    width: NDArray[np.int32]
    height: NDArray[np.int32]
    frames: NDArray[np.int32]
    format: NDArray[np.int16]
    formats: tuple[str, ...]
    sha256: NDArray[np.uint8]
    sketch: NDArray[np.uint8]
    pixels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Codes:
    """The PDQ codes of some stores' readable files as columns, ordered by file id and frame.

    `code` is uint64 (N, 4), `quality` uint8 (N,), `frame` int32 (N,), `file_id` int64 (N,).
    """

    file_id: NDArray[np.int64]
    frame: NDArray[np.int32]
    code: NDArray[np.uint64]
    quality: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Features:
    """The local features of some stores' readable files as columns, ordered by file id and frame.

    One row a frame: `file_id` int64 (P,), `frame` int32 (P,), `size` uint16 (P, 2), width and
    height of the pixels they were made from. Frame p has the keypoints [starts[p], starts[p + 1])
    of `keypoints`, (N,) of `monoprint.model.fingerprint.KEYPOINT`; `starts` is uint32 (P + 1,).
    `layout` is uint64 (L, 4), the codes of the plain frames, `plain` uint32 (L,) their rows above.
    """

    file_id: NDArray[np.int64]
    frame: NDArray[np.int32]
    size: NDArray[np.uint16]
    starts: NDArray[np.uint32]
    keypoints: NDArray[Any]
    plain: NDArray[np.uint32]
    layout: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.file_id)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two frames that were compared: contents by their SHA-256 (32 bytes), frames from 0."""

    first: builtins.bytes
    first_frame: int
    second: builtins.bytes
    second_frame: int


def open_catalog(where: str | os.PathLike[str]) -> "Catalog":
    """Open the catalog at a path (SQLite) or a database URL, making or updating it as needed.

    Raises CatalogError if it cannot be opened or is not a catalog, MissingExtra if the URL's
    database needs a package that is not installed.
    """
    url = make_url(_url(where))
    try:
        if url.get_backend_name() == "sqlite":
            # Connections are kept: the last one to be closed has to clear the log away each time.
            engine = create_engine(url)
            event.listen(engine, "connect", _set_up_sqlite)
        else:
            # Not kept: a lock on PostgreSQL ends with the connection that took it.
            engine = create_engine(url, poolclass=NullPool)
        _migrate(engine)
    except (NoSuchModuleError, ImportError) as error:
        raise MissingExtra(
            f"the catalog's database needs a package that is not installed: {error}",
            advice="For PostgreSQL: pip install 'monoprint[postgres]'",
        ) from error
    except SQLAlchemyError as error:
        raise CatalogError(
            f"cannot open the catalog {where}: {_first_line(error)}",
            advice="Check the path or URL, that you may write there, and that it is a catalog.",
        ) from error
    return Catalog(engine)


def _url(where: str | os.PathLike[str]) -> str | URL:
    name = os.fspath(where)
    if "://" in name:
        scheme, _, rest = name.partition("://")
        return f"postgresql+psycopg://{rest}" if scheme in {"postgresql", "postgres"} else name
    path = Path(name).absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogError(
            f"cannot make the folder {path.parent}: {error.strerror}",
            advice="Name another place with --catalog.",
        ) from error
    return URL.create("sqlite", database=str(path))


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # WAL lets people read while a scan writes; FULL because a decision that was acknowledged must
    # not be lost when the power fails, and a scan commits seldom enough not to notice.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        f"cache_size=-{_CACHE_KIB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _migrate(engine: Engine) -> None:
    with engine.connect() as connection:
        found = None
        if inspect(connection).has_table("alembic_version"):
            found = connection.scalar(_REVISION)
        if found == schema.REVISION:
            return
        if found is None and not inspect(connection).get_table_names():
            try:
                _make_tables(connection)
            except DBAPIError:  # another process may have made them at the same moment
                connection.rollback()
                if connection.scalar(_REVISION) != schema.REVISION:
                    raise
            return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise CatalogError(
            f"the catalog is of revision {found}, which this version does not know",
            advice="Use the newer version of Monoprint that made it, or another --catalog.",
        ) from error


def _make_tables(connection: Connection) -> None:
    """Make an empty database a catalog of the newest revision, without loading Alembic.

    A test holds the tables against what the migrations make.
    """
    if connection.dialect.name == "sqlite":
        # Its driver would commit each table by itself, and every commit waits for the disk.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    schema.metadata.create_all(connection)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
    connection.execute(
        text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": schema.REVISION}
    )
    connection.execute(insert(schema.history_head).values(id=1, seq=0, digest=GENESIS))
    connection.commit()


def _first_line(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).strip().partition("\n")[0]


def _signed(number: int) -> int:
    """Return an unsigned 64-bit number as the signed one with the same bits."""
    return number - (1 << 64) if number >= 1 << 63 else number


class Catalog:
    """What was listed and read, in one database. Open it with `open_catalog`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Give up all connections."""
        self._engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction to the modules of this package. Raises CatalogError."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise CatalogError(
                f"the catalog could not be written: {_first_line(error)}",
                advice="Check free space and rights where the catalog lies, then run again.",
            ) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read from to the modules of this package. Raises CatalogError."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise CatalogError(
                f"the catalog could not be read: {_first_line(error)}",
                advice="If it is damaged, name another --catalog and scan again.",
            ) from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the catalog for one scan; the system frees it even if the process is killed.

        Raises CatalogBusy at once if another scan holds it.
        """
        busy = CatalogBusy(
            "another scan is writing to this catalog",
            advice="Wait for it to end, or name another --catalog.",
        )
        if self._engine.dialect.name == "sqlite":
            path = f"{self._engine.url.database}.lock"
            try:
                with FileLock(path, timeout=0):
                    yield
            except Timeout as error:
                raise busy from error
            return
        # Without autocommit the lock's own transaction would stay open as long as the scan.
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(select(func.pg_try_advisory_lock(_ADVISORY_LOCK))):
                raise busy
            yield

    # Stores

    def stores(self) -> dict[str, tuple[int, Store]]:
        """Return the stores by name, each with its id."""
        with self.reading() as connection:
            rows = connection.execute(select(_store).order_by(_store.c.name)).all()
        return {row.name: (row.id, Store(row.name, row.location, row.listed_at)) for row in rows}

    def add_store(self, store: Store) -> int:
        """Enter a store that is not there yet, and return its id."""
        with self.writing() as connection:
            made = connection.execute(
                insert(_store).values(name=store.name, location=store.location)
            )
            key = made.inserted_primary_key
        return int(key[0]) if key else 0

    def rename_store(self, store_id: int, name: str) -> None:
        """Give a store another name; its files stay as they are."""
        with self.writing() as connection:
            connection.execute(update(_store).where(_store.c.id == store_id).values(name=name))

    def note_listing(self, store_id: int, at: str) -> None:
        """Write down when a store's listing ended (ISO 8601, UTC)."""
        with self.writing() as connection:
            connection.execute(update(_store).where(_store.c.id == store_id).values(listed_at=at))

    # Listing

    def known(self, store_id: int) -> Iterator[Known]:
        """Yield a store's entries in the order of their paths, page by page.

        What lies in a container is left out: it is as the container is.
        """
        columns = (
            _file.c.id, _file.c.path, _file.c.bytes, _file.c.modified_ns, _file.c.inode,
            _file.c.device, _file.c.links, _file.c.barred, _file.c.status, _file.c.reason,
            _file.c.version, _file.c.checksum, _file.c.identity, _file.c.unit, _file.c.told,
            _file.c.flaws,
        )  # fmt: skip
        after = ""
        while True:
            page = (
                select(*columns)
                .where(
                    _file.c.store_id == store_id, _file.c.parent_id.is_(None), _file.c.path > after
                )
                .order_by(_file.c.path)
                .limit(_PAGE)
            )
            with self.reading() as connection:
                rows = connection.execute(page).all()
            for row in rows:
                barred, ended = (row.reason, Status(row.status)) if row.barred else _OPEN
                listed = Listed(
                    row.path, row.bytes, row.modified_ns, row.inode % (1 << 64),
                    row.device % (1 << 64), row.links, barred, ended, row.version, row.checksum,
                    row.identity, row.unit, _pairs(row.told), _flaws(row.flaws),
                )  # fmt: skip
                yield Known(row.id, listed, row.status is None)
            if len(rows) < _PAGE:
                return
            after = rows[-1].path

    def list_entries(
        self,
        store_id: int,
        new: Sequence[Listed],
        changed: Sequence[tuple[int, Listed]],
        relinked: Sequence[tuple[int, Listed]],
        gone: Sequence[int],
    ) -> None:
        """Write down one batch of a listing's differences, all or nothing.

        New and changed files become pending; barred entries get their status at once; of relinked
        ones (another device number, other hard links, other attributes) only that is noted; entries
        that are gone, and the fingerprints of all that changed and what lay in it, are removed.
        """
        with self.writing() as connection:
            stale = [row_id for row_id, _ in changed] + list(gone)
            for start in range(0, len(stale), _PAGE):
                part = stale[start : start + _PAGE]
                for made in (_fingerprint, _feature):
                    connection.execute(
                        delete(made).where(made.c.file_id == bindparam("of")),
                        [{"of": row_id} for row_id in part],
                    )
            _remove_members(connection, stale)
            if gone:
                connection.execute(
                    delete(_file).where(_file.c.id == bindparam("of")),
                    [{"of": row_id} for row_id in gone],
                )
            if changed:
                row: dict[str, BindParameter[Any]] = {
                    name: bindparam(f"new_{name}") for name in _entry_row(0, changed[0][1])
                }
                connection.execute(
                    update(_file).where(_file.c.id == bindparam("of")).values(row),
                    [
                        {"of": row_id}
                        | {f"new_{k}": v for k, v in _entry_row(store_id, listed).items()}
                        for row_id, listed in changed
                    ],
                )
            if relinked:
                connection.execute(
                    update(_file)
                    .where(_file.c.id == bindparam("of"))
                    .values(
                        device=bindparam("new_device"),
                        links=bindparam("new_links"),
                        told=bindparam("new_told"),
                    ),
                    [
                        {"of": row_id, "new_device": _signed(listed.device),
                         "new_links": listed.links, "new_told": _json(listed.attributes)}
                        for row_id, listed in relinked
                    ],
                )  # fmt: skip
            if new:
                connection.execute(insert(_file), [_entry_row(store_id, entry) for entry in new])

    def read_again(
        self, store_ids: Sequence[int], *, lacking_iscc: bool = False, lacking_local: bool = False
    ) -> None:
        """Make the stores' files pending again: all, or those that lack what is named."""
        again: ColumnElement[bool] = _file.c.store_id.in_(store_ids)
        lacking: list[ColumnElement[bool]] = []
        if lacking_iscc:
            lacking.append(_file.c.iscc.is_(None))
        if lacking_local:
            lacking.append(~_has_local())
        if lacking:
            again &= (_file.c.status == Status.OK) & or_(*lacking)
        else:
            again &= _file.c.barred.is_(False)
        with self.writing() as connection:
            if not lacking:  # containers are read again, which tells anew what lies in them
                inside = _file.c.store_id.in_(store_ids) & _file.c.parent_id.is_not(None)
                connection.execute(delete(_file).where(inside))
            rows = select(_file.c.id).where(again)
            connection.execute(delete(_fingerprint).where(_fingerprint.c.file_id.in_(rows)))
            connection.execute(update(_file).where(again).values(status=None, reason="", note=""))

    def retry_failures(self, store_ids: Sequence[int]) -> None:
        """Make files pending again whose bytes could not be had last time: it may have passed.

        What took too long is left as it is, or each scan would wait for it.
        """
        failed = (
            _file.c.store_id.in_(store_ids)
            & _file.c.barred.is_(False)
            & _file.c.sha256.is_(None)
            & ((_file.c.status == Status.UNREADABLE) | _file.c.reason.startswith("decoder crashed"))
        )
        with self.writing() as connection:
            connection.execute(update(_file).where(failed).values(status=None, reason=""))

    # Settling by what is listed

    def settle_by_size(
        self, store_ids: Sequence[int], far: Sequence[int], reason: str, holding: Sequence[str]
    ) -> None:
        """Set aside what is of a size of its own among the stores, and ask for what no longer is.

        Of the stores `far` alone, and nothing whose name ends as those of `holding`.
        """
        sizes = (
            select(_file.c.bytes)
            .where(
                _file.c.store_id.in_(store_ids),
                _file.c.barred.is_(False),
                _file.c.bytes != UNKNOWN_SIZE,
            )
            .group_by(_file.c.bytes)
            .having(func.count() == 1)
        )
        here = _file.c.store_id.in_(far) & _file.c.parent_id.is_(None) & _file.c.barred.is_(False)
        name = func.lower(_file.c.path)
        alone = _file.c.bytes.in_(sizes) & ~or_(*(name.endswith(end) for end in holding))
        listed = (_file.c.status == Status.LISTED) & (_file.c.reason == reason)
        with self.writing() as connection:
            connection.execute(
                update(_file).where(here, listed, ~alone).values(status=None, reason="")
            )
            connection.execute(
                update(_file)
                .where(here, _file.c.status.is_(None), alone)
                .values(status=Status.LISTED, reason=reason)
            )

    def sharing_size(self, store_ids: Sequence[int], far: Sequence[int]) -> Iterator[Sized]:
        """Yield the entries of each size that several have and one of `far` is unread of.

        Ordered by size, then as the stores are and by path. What lies in containers is there too.
        """
        position = case({store_id: n for n, store_id in enumerate(store_ids)},
                        value=_file.c.store_id)  # fmt: skip
        here = _file.c.store_id.in_(store_ids) & _file.c.barred.is_(False)
        here &= _file.c.bytes != UNKNOWN_SIZE
        unread = _file.c.status.is_(None) | (_file.c.status == Status.LISTED)
        open_ones = case((_file.c.store_id.in_(far) & unread, 1), else_=0)
        sizes = (
            select(_file.c.bytes)
            .where(here)
            .group_by(_file.c.bytes)
            .having(func.count() > 1, func.sum(open_ones) > 0)
        )
        columns = (
            _file.c.id, _file.c.store_id, _file.c.path, _file.c.bytes, _file.c.checksum,
            _file.c.status, _file.c.reason, _file.c.sha256,
            _file.c.parent_id.is_not(None).label("inside"),
        )  # fmt: skip
        wanted = (
            select(*columns)
            .where(here, _file.c.bytes.in_(sizes))
            .order_by(_file.c.bytes, position, _file.c.path)
        )
        # Read whole pages before anything is written: some databases do not do both at once.
        after: tuple[int, int, str] | None = None
        while True:
            page = wanted.limit(_PAGE)
            if after is not None:
                page = page.where(tuple_(_file.c.bytes, position, _file.c.path) > tuple_(*after))
            with self.reading() as connection:
                rows = connection.execute(page).all()
            for row in rows:
                yield Sized(
                    row.id, row.store_id, row.path, row.bytes, row.checksum,
                    None if row.status is None else Status(row.status), row.reason, row.sha256,
                    bool(row.inside),
                )  # fmt: skip
            if len(rows) < _PAGE:
                return
            after = (rows[-1].bytes, list(store_ids).index(rows[-1].store_id), rows[-1].path)

    def settle(
        self,
        settled: Mapping[int, str],
        wanted: Sequence[int],
        taken: Mapping[int, tuple[int, str]],
    ) -> None:
        """Write down what need not be read (and why), what must be, and what others tell of.

        `taken` is by file id: the id of the file of the same content that was read, and a note.
        """
        of = _file.c.id == bindparam("of")
        with self.writing() as connection:
            if settled:
                connection.execute(
                    update(_file).where(of).values(status=Status.LISTED, reason=bindparam("why")),
                    [{"of": row_id, "why": why} for row_id, why in settled.items()],
                )
            if wanted:
                connection.execute(
                    update(_file).where(of).values(status=None, reason=""),
                    [{"of": row_id} for row_id in wanted],
                )
            for row_id, (read_id, note) in taken.items():
                _take_over(connection, row_id, read_id, note)

    def left_to_read(
        self,
        store_id: int,
        note: str,
        *,
        settled: bool,
        every: bool,
        lacking_iscc: bool,
        lacking_local: bool,
    ) -> tuple[int, int]:
        """Return how many of a store's entries a scan would read, and their bytes.

        Those are the pending ones; unless `settled` those that were set aside, or have a note
        like `note`; `every` one if they are to be read again; those that lack what is named. What
        lies in containers is part of them.
        """
        left: ColumnElement[bool] = _file.c.status.is_(None)
        if not settled:
            left |= (_file.c.status == Status.LISTED) | _file.c.note.like(note)
        if lacking_iscc:
            left |= (_file.c.status == Status.OK) & _file.c.iscc.is_(None)
        if lacking_local:
            left |= (_file.c.status == Status.OK) & ~_has_local()
        count = select(func.count(), func.coalesce(func.sum(_stored_bytes()), 0)).where(
            _file.c.store_id == store_id, _file.c.parent_id.is_(None), _file.c.barred.is_(False)
        )
        with self.reading() as connection:
            files, size = connection.execute(count if every else count.where(left)).one()
        return int(files), int(size)

    def listed_total(self, store_id: int) -> tuple[int, int]:
        """Return how many entries of a store were listed, and their bytes."""
        count = select(func.count(), func.coalesce(func.sum(_stored_bytes()), 0)).where(
            _file.c.store_id == store_id, _file.c.parent_id.is_(None)
        )
        with self.reading() as connection:
            files, size = connection.execute(count).one()
        return int(files), int(size)

    def unsettle(self, store_ids: Sequence[int], note: str) -> None:
        """Make files pending that were not read: set aside, or with a note like this one."""
        told = _file.c.store_id.in_(store_ids) & _file.c.note.like(note)
        with self.writing() as connection:
            rows = select(_file.c.id).where(told)
            connection.execute(delete(_fingerprint).where(_fingerprint.c.file_id.in_(rows)))
            again = told | (_file.c.store_id.in_(store_ids) & (_file.c.status == Status.LISTED))
            connection.execute(update(_file).where(again).values(status=None, reason="", note=""))

    # Reading

    def pending_total(self, store_ids: Sequence[int]) -> tuple[int, int]:
        """Return how many files are still to be read, and their bytes."""
        count = select(func.count(), func.coalesce(func.sum(_stored_bytes()), 0)).where(
            _file.c.store_id.in_(store_ids), _file.c.status.is_(None)
        )
        with self.reading() as connection:
            files, size = connection.execute(count).one()
        return int(files), int(size)

    def pending(self, store_ids: Sequence[int]) -> Iterator[Pending]:
        """Yield the files that are still to be read, by store and id, page by page."""
        for store_id in store_ids:
            after = 0
            while True:
                page = (
                    select(
                        _file.c.id,
                        _file.c.path,
                        _file.c.bytes,
                        _file.c.modified_ns,
                        _file.c.checksum,
                        _file.c.iscc.is_not(None),
                        _has_local(),
                    )
                    .where(
                        _file.c.store_id == store_id,
                        _file.c.status.is_(None),
                        _file.c.id > after,
                    )
                    .order_by(_file.c.id)
                    .limit(_PAGE)
                )
                with self.reading() as connection:
                    rows = connection.execute(page).all()
                for row_id, path, size, modified_ns, checksum, iscc, local in rows:
                    yield Pending(
                        row_id, store_id, path, size, modified_ns, checksum, iscc, bool(local)
                    )
                if len(rows) < _PAGE:
                    break
                after = rows[-1].id

    def record(self, readings: Sequence[tuple[int, Reading]]) -> None:
        """Write down one batch of readings by file id, all or nothing."""
        if not readings:
            return
        with self.writing() as connection:
            row: dict[str, BindParameter[Any]] = {
                name: bindparam(f"new_{name}") for name in _reading_row(readings[0][1])
            }
            statement = update(_file).where(_file.c.id == bindparam("of"))
            groups: dict[bool, list[dict[str, object]]] = {True: [], False: []}
            for row_id, reading in readings:
                values = {f"new_{k}": v for k, v in _reading_row(reading).items()}
                groups[reading.sha256 is not None].append({"of": row_id} | values)
            if groups[True]:
                connection.execute(statement.values(row), groups[True])
            if groups[False]:  # nothing was read, so size and time stay as they were listed
                kept = {k: v for k, v in row.items() if k not in {"bytes", "modified_ns"}}
                connection.execute(
                    statement.values(kept),
                    [
                        {
                            k: v
                            for k, v in values.items()
                            if k not in {"new_bytes", "new_modified_ns"}
                        }
                        for values in groups[False]
                    ],
                )
            codes = [
                {"file_id": row_id, "recipe": str(PDQ), "frame": code.frame, "code": code.code,
                 "turned": code.turned, "quality": code.quality}
                for row_id, reading in readings
                for code in reading.codes
            ]  # fmt: skip
            if codes:
                connection.execute(insert(_fingerprint), codes)
            connection.execute(  # those of a file that was read before
                delete(_feature).where(_feature.c.file_id == bindparam("of")),
                [{"of": row_id} for row_id, _ in readings],
            )
            features = [
                {"file_id": row_id, "recipe": str(recipe), "frame": code.frame,
                 "width": code.width, "height": code.height, "data": data}
                for row_id, reading in readings
                for code in reading.features or ()
                for recipe, data in ((LOCAL, code.keypoints), (LAYOUT, code.layout))
                if data or recipe == LOCAL
            ]  # fmt: skip
            if features:
                connection.execute(insert(_feature), features)
            for row_id, reading in readings:
                if reading.status is Status.CONTAINER:
                    _enter_members(connection, row_id, reading)

    def record_pixels(self, identities: Iterable[tuple[int, bytes]]) -> None:
        """Write down pixel identities by file id."""
        rows = [{"of": row_id, "new": identity} for row_id, identity in identities]
        if rows:
            with self.writing() as connection:
                connection.execute(
                    update(_file)
                    .where(_file.c.id == bindparam("of"))
                    .values(pixels=bindparam("new")),
                    rows,
                )

    # Verdicts

    def verdicts(self, recipe: str, wanted: Sequence[Compared]) -> dict[Compared, dict[str, Any]]:
        """Return what this recipe said of the pairs of frames that it was asked about before."""
        columns = (_verdict.c.first, _verdict.c.first_frame, _verdict.c.second,
                   _verdict.c.second_frame)  # fmt: skip
        found: dict[Compared, dict[str, Any]] = {}
        with self.reading() as connection:
            for start in range(0, len(wanted), 200):  # SQLite takes a bounded number of parameters
                keys = [
                    (k.first, k.first_frame, k.second, k.second_frame)
                    for k in wanted[start : start + 200]
                ]
                rows = connection.execute(
                    select(*columns, _verdict.c.told).where(
                        _verdict.c.recipe == recipe, tuple_(*columns).in_(keys)
                    )
                )
                for first, first_frame, second, second_frame, told in rows:
                    key = Compared(bytes(first), first_frame, bytes(second), second_frame)
                    found[key] = json.loads(told)
        return found

    def record_verdicts(self, recipe: str, told: Sequence[tuple[Compared, dict[str, Any]]]) -> None:
        """Write down what a recipe said of pairs of frames that it had not been asked about."""
        rows = [
            {"recipe": recipe, "first": k.first, "first_frame": k.first_frame,
             "second": k.second, "second_frame": k.second_frame, "told": json.dumps(what)}
            for k, what in told
        ]  # fmt: skip
        if rows:
            with self.writing() as connection:
                connection.execute(insert(_verdict), rows)

    # Columns for matching

    def pictures(self, store_ids: Sequence[int]) -> Pictures:
        """Return the stores' readable files as columns, ordered by store and path."""
        position = {store_id: index for index, store_id in enumerate(store_ids)}
        formats: dict[str, int] = {}
        chunks: list[tuple[NDArray[Any], ...]] = []
        columns = (
            _file.c.id, _file.c.bytes, _file.c.inode, _file.c.device,
            func.coalesce(_file.c.width, 0), func.coalesce(_file.c.height, 0),
            func.coalesce(_file.c.frames, 0), _file.c.format, _file.c.sha256, _file.c.sketch,
            _file.c.pixels,
        )  # fmt: skip
        for store_id in store_ids:
            wanted = (
                select(*columns)
                .where(
                    _file.c.store_id == store_id,
                    _file.c.status.in_((Status.OK, Status.CONTAINER)),
                )
                .order_by(_file.c.path)
            )
            for rows in self._pages(wanted):
                ids, size, inode, device, width, height, frames, kind, sha, sketch, pixels = zip(
                    *rows, strict=True
                )
                chunks.append(
                    (
                        np.array(ids, np.int64),
                        np.full(len(ids), position[store_id], np.int32),
                        np.array(size, np.int64),
                        np.array(inode, np.int64),
                        np.array(device, np.int64),
                        np.array(width, np.int32),
                        np.array(height, np.int32),
                        np.array(frames, np.int32),
                        np.array([formats.setdefault(k, len(formats)) for k in kind], np.int16),
                        _matrix(sha, 32),
                        _matrix(sketch, 17),
                        _matrix(pixels, 32),
                    )
                )
        if not chunks:
            empty = (np.int64, np.int32, np.int64, np.int64, np.int64, np.int32, np.int32,
                     np.int32, np.int16)  # fmt: skip
            chunks = [(*(np.empty(0, t) for t in empty), *(_matrix((), n) for n in (32, 17, 32)))]
        merged = (np.concatenate(column) for column in zip(*chunks, strict=True))
        return Pictures(formats=tuple(formats), **dict(zip(_COLUMNS, merged, strict=True)))

    def codes(self, store_ids: Sequence[int]) -> Codes:
        """Return the PDQ codes of the stores' readable files as columns."""
        columns = (_fingerprint.c.file_id, _fingerprint.c.frame, _fingerprint.c.quality,
                   _fingerprint.c.code)  # fmt: skip
        ids, frames, quality, code = [], [], [], []
        for rows in self._pages(self._codes_of(store_ids, *columns)):
            page = list(zip(*rows, strict=True))
            ids.append(np.array(page[0], np.int64))
            frames.append(np.array(page[1], np.int32))
            quality.append(np.array(page[2], np.uint8))
            code.append(_matrix(page[3], _CODE_BYTES))
        if not ids:
            empty = np.empty((0, 4), np.uint64)
            return Codes(np.empty(0, np.int64), np.empty(0, np.int32), empty, np.empty(0, np.uint8))
        return Codes(
            np.concatenate(ids),
            np.concatenate(frames),
            np.concatenate(code).view(np.uint64),
            np.concatenate(quality),
        )

    def turned_codes(self, store_ids: Sequence[int]) -> NDArray[np.uint64]:
        """Return the codes of the other orientations, uint64 (N, 7, 4), rows as in `codes`."""
        pages = [
            _matrix([row[0] for row in rows], _ORIENTATIONS_TURNED * _CODE_BYTES)
            for rows in self._pages(self._codes_of(store_ids, _fingerprint.c.turned))
        ]
        turned = np.concatenate(pages) if pages else np.empty((0, 224), np.uint8)
        return turned.view(np.uint64).reshape(-1, _ORIENTATIONS_TURNED, 4)

    def features(self, store_ids: Sequence[int]) -> Features:
        """Return the local features of the stores' readable files as columns.

        A picture takes about 19 kB; no more than the columns and one page are held at a time.
        """
        columns = (_feature.c.file_id, _feature.c.frame, _feature.c.width, _feature.c.height)
        length = func.length(_feature.c.data)
        rows: list[Any] = []
        for page in self._pages(self._features_of(store_ids, LOCAL, *columns, length)):
            rows.extend(page)
        table = np.array(rows, np.int64).reshape(-1, 5)
        starts = np.zeros(len(table) + 1, np.uint32)
        np.cumsum(table[:, 4] // KEYPOINT.itemsize, out=starts[1:])
        keypoints = np.empty(int(starts[-1]), KEYPOINT)
        end = 0
        data = self._features_of(store_ids, LOCAL, _feature.c.data)
        for page in self._pages(data, _FEATURE_PAGE):
            part = np.frombuffer(b"".join(bytes(row[0]) for row in page), KEYPOINT)
            keypoints[end : end + len(part)] = part
            end += len(part)
        plain: list[Any] = []
        layouts: list[NDArray[np.uint8]] = []
        wanted = self._features_of(store_ids, LAYOUT, *columns[:2], _feature.c.data)
        for page in self._pages(wanted):
            plain.extend(row[:2] for row in page)
            layouts.append(_matrix([row[2] for row in page], _CODE_BYTES))
        places = {(file_id, frame): n for n, (file_id, frame) in enumerate(table[:, :2].tolist())}
        return Features(
            table[:, 0].copy(),
            table[:, 1].astype(np.int32),
            table[:, 2:4].astype(np.uint16),
            starts,
            keypoints,
            np.array([places[key] for key in map(tuple, plain)], np.uint32),
            np.concatenate([*layouts, np.empty((0, _CODE_BYTES), np.uint8)]).view(np.uint64),
        )

    def _features_of(
        self, store_ids: Sequence[int], recipe: FingerprintSpec, *columns: Any
    ) -> Select[Any]:
        return (
            select(*columns)
            .select_from(_feature.join(_file))
            .where(
                _feature.c.recipe == str(recipe),
                _file.c.store_id.in_(store_ids),
                _file.c.status == Status.OK,
            )
            .order_by(_feature.c.file_id, _feature.c.frame)
        )

    def _codes_of(self, store_ids: Sequence[int], *columns: Any) -> Select[Any]:
        return (
            select(*columns)
            .select_from(_fingerprint.join(_file))
            .where(
                _fingerprint.c.recipe == str(PDQ),
                _file.c.store_id.in_(store_ids),
                _file.c.status == Status.OK,
            )
            .order_by(_fingerprint.c.file_id, _fingerprint.c.frame)
        )

    def _pages(self, wanted: Select[Any], size: int = _PAGE) -> Iterator[Sequence[Any]]:
        with self.reading() as connection:
            result = connection.execution_options(stream_results=True, max_row_buffer=size).execute(
                wanted
            )
            yield from result.partitions(size)

    # Rows for reports

    def paths(self, ids: Sequence[int]) -> dict[int, str]:
        """Return the paths of files by id."""
        return dict(self._of_files(ids, _file.c.path))

    def holdings(self, ids: Sequence[int]) -> dict[int, Holding]:
        """Return how files are held, by id."""
        columns = (_file.c.parent_id.is_not(None), _file.c.identity, _file.c.unit, _file.c.derived)
        return {
            row_id: Holding(bool(inside), *rest)
            for row_id, inside, *rest in self._of_files(ids, *columns)
        }

    def attributes(self, ids: Sequence[int]) -> dict[int, tuple[tuple[str, str], ...]]:
        """Return what stores, sidecars and files tell of files, by id, in this order of weight."""
        columns = (_file.c.store_id, _file.c.path, _file.c.told, _file.c.attributes)
        rows = list(self._of_files(ids, *columns))
        with self.reading() as connection:
            having = _having_sidecars(connection)
            pictures = [(store_id, path) for _, store_id, path, *_ in rows]
            beside = _beside(connection, having, pictures)
        return {
            row_id: _merged(told, beside.get((store_id, path), ""), attributes)
            for row_id, store_id, path, told, attributes in rows
        }

    def attributes_at(
        self, places: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
        """Return what is told of the files at places (store's name, path); unknown places lack.

        What another entry tells of the same file of this machine, as a row of a table does of a
        folder's file, is told of it too, so that an attribute can have several values.
        """
        found: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {}
        stored: dict[tuple[int, int], list[tuple[str, str]]] = {}
        paths: dict[str, list[str]] = {}
        for store, path in dict.fromkeys(places):
            paths.setdefault(store, []).append(path)
        own = select(
            _file.c.store_id, _file.c.path, _file.c.inode, _file.c.device, _file.c.told,
            _file.c.attributes,
        ).join(_store)  # fmt: skip
        with self.reading() as connection:
            having = _having_sidecars(connection) if paths else frozenset()
            for store, wanted in paths.items():
                for start in range(0, len(wanted), 500):
                    part = _file.c.path.in_(wanted[start : start + 500])
                    rows = connection.execute(own.where(_store.c.name == store, part)).all()
                    pictures = [(row.store_id, row.path) for row in rows]
                    beside = _beside(connection, having, pictures)
                    for store_id, path, inode, device, told, attributes in rows:
                        merged = _merged(told, beside.get((store_id, path), ""), attributes)
                        found[store, path] = {name: (value,) for name, value in merged}
                        if inode:
                            stored.setdefault((inode, device), []).append((store, path))
        if stored:
            tells = select(_file.c.inode, _file.c.device, _file.c.told).where(
                _file.c.told != "", _file.c.inode != 0
            )
            for page in self._pages(tells.order_by(_file.c.id)):
                for inode, device, told in page:
                    for place in stored.get((inode, device), ()):
                        for name, value in _pairs(told):
                            there = found[place].get(name, ())
                            if value not in there:
                                found[place][name] = (*there, value)
        return found

    def attribute_names(self, store_ids: Sequence[int]) -> set[str]:
        """Return the names of all attributes that any file of these stores has."""
        names: set[str] = set()
        for column in (_file.c.told, _file.c.attributes):
            wanted = select(column).where(_file.c.store_id.in_(store_ids), column != "").distinct()
            for rows in self._pages(wanted):
                for (text_of,) in rows:
                    names |= json.loads(text_of).keys()
        return names

    def _of_files(self, ids: Sequence[int], *columns: Any) -> Iterator[tuple[Any, ...]]:
        """Yield columns of files, each row after the file's id."""
        with self.reading() as connection:
            for start in range(0, len(ids), 500):  # SQLite takes a bounded number of parameters
                part = ids[start : start + 500]
                wanted = select(_file.c.id, *columns).where(_file.c.id.in_(part))
                yield from map(tuple, connection.execute(wanted))

    def assets(self, stores: Sequence[tuple[int, str]]) -> Iterator[Asset]:
        """Yield every listed file of the stores (id and name), ordered by store and path."""
        first = _fingerprint.alias()
        columns = (
            _file.c.path, _file.c.status, _file.c.reason, _file.c.note, _file.c.format,
            _file.c.bytes, _file.c.width, _file.c.height, _file.c.frames, _file.c.sha256,
            first.c.code, first.c.quality, _file.c.iscc, _file.c.derived, _file.c.told,
            _file.c.attributes,
        )  # fmt: skip
        with_code = _file.outerjoin(
            first,
            (first.c.file_id == _file.c.id) & (first.c.recipe == str(PDQ)) & (first.c.frame == 0),
        )
        with self.reading() as connection:
            having = _having_sidecars(connection)
        for store_id, name in stores:
            wanted = (
                select(*columns)
                .select_from(with_code)
                .where(_file.c.store_id == store_id, _file.c.status.is_not(None))
                .order_by(_file.c.path)
            )
            for rows in self._pages(wanted):
                with self.reading() as connection:
                    beside = _beside(connection, having, [(store_id, row.path) for row in rows])
                for row in rows:
                    told, attributes = row[-2:]
                    merged = _merged(told, beside.get((store_id, row.path), ""), attributes)
                    facts = [*row[2:-2], merged]
                    facts[3] = None if row.bytes == UNKNOWN_SIZE else row.bytes
                    yield Asset(name, row.path, Status(row.status), *facts)

    def problems(self, stores: Sequence[tuple[int, str]]) -> tuple[Problem, ...]:
        """Return the listed files that are not counted as pictures, ordered by store and path."""
        missed = _file.c.status.in_((Status.UNREADABLE, Status.UNSUPPORTED, Status.REFUSED))
        rows = self._told(stores, missed, _file.c.status, _file.c.reason)
        return tuple(Problem(name, path, Status(status), why) for name, path, status, why in rows)

    def notices(self, stores: Sequence[tuple[int, str]]) -> tuple[Notice, ...]:
        """Return what is odd about files that were read, ordered by store and path."""
        odd = _file.c.status.in_((Status.OK, Status.CONTAINER)) & (_file.c.note != "")
        return tuple(Notice(*row) for row in self._told(stores, odd, _file.c.note))

    def fixity(self, stores: Sequence[tuple[int, str]]) -> tuple[Fixity, ...]:
        """Return what is not as a manifest or store says it is, ordered by store and path."""
        flawed = or_(_file.c.flaws != "", _file.c.read_flaws != "")
        return tuple(
            Fixity(name, path, flaw.what, flaw.expected, flaw.found, flaw.told)
            for name, path, *texts in self._told(stores, flawed, _file.c.flaws, _file.c.read_flaws)
            for text_of in texts
            for flaw in _flaws(text_of)
        )

    def _told(
        self, stores: Sequence[tuple[int, str]], condition: Any, *columns: Any
    ) -> Iterator[tuple[Any, ...]]:
        for store_id, name in stores:
            wanted = (
                select(_file.c.path, *columns)
                .where(_file.c.store_id == store_id, condition)
                .order_by(_file.c.path)
            )
            for rows in self._pages(wanted):
                for row in rows:
                    yield (name, *row)

    def counts(self, store_id: int) -> tuple[Totals, int]:
        """Return a store's totals by status, and how many listed files are still to be read."""
        wanted = (
            select(
                _file.c.status,
                _file.c.parent_id.is_not(None),
                func.count(),
                func.coalesce(func.sum(_stored_bytes()), 0),
            )
            .where(_file.c.store_id == store_id)
            .group_by(_file.c.status, _file.c.parent_id.is_not(None))
        )
        with self.reading() as connection:
            rows = connection.execute(wanted).all()
        by_status: dict[str, int] = {}
        for status, _, count, _ in rows:
            name = status or "pending"
            by_status[name] = by_status.get(name, 0) + int(count)
        pending = by_status.pop("pending", 0)
        totals = Totals(
            files=sum(by_status.values()),
            # What lies in a container is part of the container's bytes.
            bytes=sum(int(size) for status, inside, _, size in rows if status and not inside),
            **by_status,
        )
        return totals, pending


def _stored_bytes() -> ColumnElement[int]:
    """Return a file's bytes as its store keeps them: none that are not known, or of derivatives."""
    known = and_(_file.c.bytes != UNKNOWN_SIZE, _file.c.derived == "")
    return case((known, _file.c.bytes), else_=0)


def _has_local() -> ColumnElement[bool]:
    """Say of a file whether local features were made of it."""
    return exists().where(_feature.c.file_id == _file.c.id, _feature.c.recipe == str(LOCAL))


def _entry_row(store_id: int, listed: Listed) -> dict[str, object]:
    """Return a listed entry as a row that has been read by nobody yet."""
    return {
        "store_id": store_id,
        "path": listed.path,
        "bytes": listed.bytes,
        "modified_ns": listed.modified_ns,
        "inode": _signed(listed.inode),
        "device": _signed(listed.device),
        "links": listed.links,
        "barred": bool(listed.barred),
        "status": listed.status if listed.barred else None,
        "reason": listed.barred,
        "version": listed.version,
        "checksum": listed.checksum,
        "identity": listed.identity,
        "unit": listed.unit,
        "told": _json(listed.attributes),
        "flaws": _flaws_json(listed.flaws),
        "derived": "",
        "attributes": "",
        "read_flaws": "",
        "note": "",
        "format": "",
        "width": None,
        "height": None,
        "frames": None,
        "sha256": None,
        "sketch": None,
        "pixels": None,
        "iscc": None,
    }


def _reading_row(reading: Reading) -> dict[str, object]:
    return {
        "status": reading.status,
        "reason": reading.reason,
        "note": reading.note,
        "format": reading.format,
        "bytes": reading.bytes,
        "modified_ns": reading.modified_ns,
        "width": reading.width,
        "height": reading.height,
        "frames": reading.frames,
        "sha256": reading.sha256,
        "sketch": reading.sketch,
        "pixels": None,
        "iscc": reading.iscc,
        "derived": reading.derived,
        "attributes": _json(reading.attributes),
        "read_flaws": _flaws_json(reading.flaws),
    }


def _enter_members(connection: Connection, container: int, reading: Reading) -> None:
    """Make what a container holds its entries, in the place of those it had before.

    A member whose path is that of a file beside the container is left out, which the container's
    note says.
    """
    store_id = connection.scalar(select(_file.c.store_id).where(_file.c.id == container))
    if store_id is None:
        return  # the container has gone meanwhile
    _remove_members(connection, [container])
    taken: list[str] = []
    for start in range(0, len(reading.members), 500):
        part = reading.members[start : start + 500]
        wanted = select(_file.c.path).where(
            _file.c.store_id == store_id, _file.c.path.in_([member.path for member in part])
        )
        there = set(connection.scalars(wanted))
        taken += sorted(there)
        rows = [
            _entry_row(store_id, member) | {"parent_id": container}
            for member in part
            if member.path not in there
        ]
        if rows:
            connection.execute(insert(_file), rows)
    if taken:
        told = f"{len(taken):,} of its entries have the path of a file beside it: {taken[0]}"
        note = "; ".join(filter(None, (reading.note, told)))
        connection.execute(update(_file).where(_file.c.id == container).values(note=note))


def _take_over(connection: Connection, row_id: int, read_id: int, note: str) -> None:
    """Give a file the reading of another of the same content."""
    names = ("status", "reason", "format", "width", "height", "frames", "sha256", "sketch",
             "pixels", "iscc", "derived", "attributes")  # fmt: skip
    read = connection.execute(
        select(*(_file.c[name] for name in names)).where(_file.c.id == read_id)
    ).one()
    values = dict(zip(names, read, strict=True)) | {"note": note}
    connection.execute(update(_file).where(_file.c.id == row_id).values(values))
    columns = [column for column in _fingerprint.c if column.name != "file_id"]
    codes = select(literal(row_id), *columns).where(_fingerprint.c.file_id == read_id)
    connection.execute(
        insert(_fingerprint).from_select(["file_id", *(c.name for c in columns)], codes)
    )


def _remove_members(connection: Connection, containers: Sequence[int]) -> None:
    """Remove what lies in containers, and what lies in that."""
    inside: list[int] = []
    for start in range(0, len(containers), 500):
        of = _file.c.parent_id.in_(containers[start : start + 500])
        inside += connection.scalars(select(_file.c.id).where(of)).all()
    if inside:
        _remove_members(connection, inside)
        connection.execute(
            delete(_file).where(_file.c.id == bindparam("of")), [{"of": n} for n in inside]
        )


def _json(attributes: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(dict(attributes), ensure_ascii=False) if attributes else ""


def _pairs(text_of: str) -> tuple[tuple[str, str], ...]:
    return tuple(json.loads(text_of).items()) if text_of else ()


def _flaws_json(flaws: tuple[Flaw, ...]) -> str:
    rows = [[flaw.what, flaw.told, flaw.expected, flaw.found] for flaw in flaws]
    return json.dumps(rows, ensure_ascii=False) if rows else ""


def _flaws(text_of: str) -> tuple[Flaw, ...]:
    return tuple(Flaw(Breach(what), *rest) for what, *rest in json.loads(text_of or "[]"))


def _merged(*texts: str) -> tuple[tuple[str, str], ...]:
    """Return what is told in several places, sorted by name; the first of them goes before."""
    merged: dict[str, str] = {}
    for text_of in reversed(texts):
        merged |= dict(_pairs(text_of))
    return tuple(sorted(merged.items()))


def _having_sidecars(connection: Connection) -> frozenset[int]:
    """Return the ids of the stores that have any sidecar."""
    wanted = select(_file.c.store_id).where(_file.c.format == sidecar.FORMAT).distinct()
    return frozenset(connection.scalars(wanted))


def _beside(
    connection: Connection, having: frozenset[int], pictures: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], str]:
    """Return what sidecars tell of pictures (store's id, path), as the JSON that they have.

    `having` are the stores that have sidecars.
    """
    found: dict[tuple[int, str], str] = {}
    by_store: dict[int, list[str]] = {}
    for store_id, path in pictures:
        if store_id in having:
            by_store.setdefault(store_id, []).append(path)
    for store_id, paths in by_store.items():
        for start in range(0, len(paths), 200):  # a path has up to four sidecars
            part = paths[start : start + 200]
            places = {place for path in part for place in sidecar.places(path)}
            wanted = select(_file.c.path, _file.c.attributes).where(
                _file.c.store_id == store_id,
                _file.c.format == sidecar.FORMAT,
                _file.c.path.in_(places),
            )
            there = {path: told for path, told in connection.execute(wanted) if told}
            for path in part:
                told = [there[place] for place in sidecar.places(path) if place in there]
                if told:
                    found[store_id, path] = _json(_merged(*reversed(told)))
    return found


def _matrix(values: Sequence[bytes | None], width: int) -> NDArray[np.uint8]:
    """Stack byte strings of one width to uint8 (N, width); None becomes zeros."""
    blank = bytes(width)
    joined = b"".join(blank if value is None else bytes(value) for value in values)
    return np.frombuffer(joined, np.uint8).reshape(-1, width)
