"""The catalog's tables."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
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
REVISION: Final = "0005"

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
    Column("listed_at", String(32), nullable=False, server_default=""),
)

# A row for each listed entry. `status` is null from its listing until its reading has ended;
# a barred entry is never read and has its status from the listing.
# `inode` and `device` are the system's unsigned numbers, stored as signed 64 bits.
# `parent_id` is the container that an entry lies in; such entries come of its reading, not of the
# store's listing. `told` (of the listing) and `attributes` (of the reading) are JSON objects or "";
# `flaws` (of the listing) and `read_flaws` (of the reading) are JSON arrays or "".
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
    Column("parent_id", _ID),
    Column("version", Text, nullable=False, server_default=""),
    Column("checksum", Text, nullable=False, server_default=""),
    Column("identity", Text, nullable=False, server_default=""),
    Column("unit", Text, nullable=False, server_default=""),
    Column("told", Text, nullable=False, server_default=""),
    Column("derived", Text, nullable=False, server_default=""),
    Column("attributes", Text, nullable=False, server_default=""),
    Column("flaws", Text, nullable=False, server_default=""),
    Column("read_flaws", Text, nullable=False, server_default=""),
    UniqueConstraint("store_id", "path"),
)
Index("file_parent", file.c.parent_id)
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

# What stands in a file's frames, made when it is asked for: keypoints (`local/2`) of each frame
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

# The history: a chain of rows, each with the digest of the one before. `history_head` has one
# row; whoever appends changes it first, so that appends come one after the other.
history = Table(
    "history",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("act", String(24), nullable=False),
    Column("subject", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
)

history_head = Table(
    "history_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
)

# Under which contents, groups and plans a row of the history is found.
history_key = Table(
    "history_key",
    metadata,
    Column("touched", LargeBinary(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
)

# Decisions, by the row of the history that made them. They name contents, never files' ids.
decision = Table(
    "decision",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("group_key", LargeBinary(32), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("undone", BigInteger),
)
Index("decision_group", decision.c.group_key)

# Of a content: which content stays for it (itself, if it stays). `files` is how many files of it
# the decision saw, `keeps` how many of them stay, `places` where those were (JSON).
ruling = Table(
    "ruling",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("keeper", LargeBinary(32), nullable=False),
    Column("files", Integer, nullable=False),
    Column("keeps", Integer, nullable=False),
    Column("places", Text, nullable=False),
)
Index("ruling_decision", ruling.c.seq)

# Two contents (or identities of pixels) that are not duplicates; first < second.
apart = Table(
    "apart",
    metadata,
    Column("first", LargeBinary(32), primary_key=True),
    Column("second", LargeBinary(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
)
Index("apart_second", apart.c.second)

# Copies that are meant to be there: a content in a store.
intended = Table(
    "intended",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("store_id", ForeignKey("store.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("purpose", String(24), nullable=False),
)

# What the last audits found, as the review shows it. `key` is the digest of the group's contents;
# `parent` is the group that it was split from.
review_group = Table(
    "review_group",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("key", LargeBinary(32), nullable=False, unique=True),
    Column("parent", BigInteger),
    Column("version", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Column("verdict", String(16)),
    Column("decision", BigInteger),
    Column("relation", String(20), nullable=False),
    Column("files", Integer, nullable=False),
    Column("certain_bytes", BigInteger, nullable=False),
    Column("possible_bytes", BigInteger, nullable=False),
    Column("certainty", Float, nullable=False),
    Column("rank", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
)
# The queue in its order, whole and of one relation; and what the counts add up.
Index("review_queue", review_group.c.state, review_group.c.rank.desc(), review_group.c.id)
Index("review_queue_relation", review_group.c.relation, review_group.c.state,
      review_group.c.rank.desc(), review_group.c.id)  # fmt: skip
Index("review_counts", review_group.c.state, review_group.c.relation,
      review_group.c.certain_bytes, review_group.c.possible_bytes)  # fmt: skip
Index("review_parent", review_group.c.parent)

review_member = Table(
    "review_member",
    metadata,
    Column("group_id", ForeignKey("review_group.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("store_id", ForeignKey("store.id"), nullable=False),
    Column("path", _PATH, nullable=False),
    Column("role", String(16), nullable=False),
    Column("relation", String(20)),
    Column("changes", Text, nullable=False),
    Column("distance", Integer),
    Column("certainty", Float),
    Column("evidence", Text, nullable=False),
    Column("waste", String(10), nullable=False),
    Column("format", String(16), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("pixels", LargeBinary(32)),
    Column("picture", Integer, nullable=False),
    Column("part", String(10), nullable=False),
    Column("keeper", Integer),
)
Index("review_member_place", review_member.c.store_id, review_member.c.path,
      review_member.c.format, review_member.c.group_id)  # fmt: skip
Index("review_member_format", review_member.c.format, review_member.c.group_id)
Index("review_member_content", review_member.c.sha256)

review_warning = Table(
    "review_warning",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("relation", String(20), nullable=False),
    Column("first_store_id", ForeignKey("store.id"), nullable=False),
    Column("first_path", _PATH, nullable=False),
    Column("first_sha256", LargeBinary(32), nullable=False),
    Column("second_store_id", ForeignKey("store.id"), nullable=False),
    Column("second_path", _PATH, nullable=False),
    Column("second_sha256", LargeBinary(32), nullable=False),
    Column("where", Text, nullable=False),
    Column("certainty", Float),
    Column("evidence", Text, nullable=False),
)

Index("review_warning_first", review_warning.c.first_sha256)
Index("review_warning_second", review_warning.c.second_sha256)

# What a content says of itself beyond its pixels: EXIF, IPTC, XMP, how it was encoded (JSON).
content_facts = Table(
    "content_facts",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("facts", Text, nullable=False),
)

person = Table(
    "person",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("duty", String(12), nullable=False),
    Column("active", Boolean, nullable=False),
)

# Log-in links and sessions, known by their digest alone; times are seconds since 1970.
token = Table(
    "token",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("person", ForeignKey("person.name"), nullable=False),
    Column("purpose", String(8), nullable=False),
    Column("expires", BigInteger, nullable=False),
)

plan = Table(
    "plan",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("place", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("summary", Text, nullable=False),
)

approval = Table(
    "approval",
    metadata,
    Column("plan", ForeignKey("plan.digest"), primary_key=True),
    Column("person", ForeignKey("person.name"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
