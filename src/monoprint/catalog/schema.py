"""The catalog's tables."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

# The newest revision in migrations/versions; a test holds the two together.
REVISION: Final = "0003_verdicts"

metadata = MetaData()

# Paths are compared by code point on every database, so that a listing and the catalog can be
# merged in one order: SQLite's BINARY and PostgreSQL's "C".
_PATH = (
    Text()
    .with_variant(Text(collation="BINARY"), "sqlite")
    .with_variant(Text(collation="C"), "postgresql")
)
# SQLite counts rows by itself only in a column declared INTEGER, which is 64 bits wide there.
_ID = BigInteger().with_variant(Integer(), "sqlite")

store = Table(
    "store",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("location", Text, nullable=False),
)

# A row for each listed entry. `status` is null from its listing until its reading has ended;
# a barred entry is never read and has its status from the listing.
# `inode` and `device` are the system's unsigned numbers, stored as signed 64 bits.
file = Table(
    "file",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("store_id", ForeignKey("store.id"), nullable=False),
    Column("path", _PATH, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("modified_ns", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("device", BigInteger, nullable=False),
    Column("links", Integer, nullable=False),
    Column("barred", Boolean, nullable=False),
    Column("status", String(12)),
    Column("reason", Text, nullable=False, default=""),
    Column("note", Text, nullable=False, default=""),
    Column("format", String(16), nullable=False, default=""),
    Column("width", Integer),
    Column("height", Integer),
    Column("frames", Integer),
    Column("sha256", LargeBinary(32)),
    Column("sketch", LargeBinary(17)),
    Column("pixels", LargeBinary(32)),
    Column("iscc", Text),
    UniqueConstraint("store_id", "path"),
)
Index("file_pending", file.c.store_id, file.c.id, sqlite_where=text("status IS NULL"),
      postgresql_where=text("status IS NULL"))  # fmt: skip

# The codes of a file's frames; `turned` holds the seven other orientations.
fingerprint = Table(
    "fingerprint",
    metadata,
    Column("file_id", ForeignKey("file.id", ondelete="CASCADE"), primary_key=True),
    Column("recipe", String(16), primary_key=True),
    Column("frame", Integer, primary_key=True, autoincrement=False),
    Column("code", LargeBinary(32), nullable=False),
    Column("turned", LargeBinary(224), nullable=False),
    Column("quality", Integer, nullable=False),
)

# What stands in a file's frames, made when it is asked for: keypoints (`local/1`) of each frame
# that is looked at, perhaps none, and the layout (`layout/1`) of plain ones. `width` and `height`
# are of the pixels they were made from.
feature = Table(
    "feature",
    metadata,
    Column("file_id", ForeignKey("file.id", ondelete="CASCADE"), primary_key=True),
    Column("recipe", String(16), primary_key=True),
    Column("frame", Integer, primary_key=True, autoincrement=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# What came of laying frames of two contents on each other, by the recipe that looked (JSON): it
# holds whatever the files are called and wherever they lie.
verdict = Table(
    "verdict",
    metadata,
    Column("recipe", String(16), primary_key=True),
    Column("first", LargeBinary(32), primary_key=True),
    Column("first_frame", Integer, primary_key=True, autoincrement=False),
    Column("second", LargeBinary(32), primary_key=True),
    Column("second_frame", Integer, primary_key=True, autoincrement=False),
    Column("told", Text, nullable=False),
)
