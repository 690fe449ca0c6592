"""The review: findings, decisions, history, people, plans."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables of the review."""
    digest = sa.LargeBinary(32)
    path = (
        sa.Text()
        .with_variant(sa.Text(collation="BINARY"), "sqlite")
        .with_variant(sa.Text(collation="C"), "postgresql")
    )
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "history",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("act", sa.String(24), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("previous", digest, nullable=False),
        sa.Column("digest", digest, nullable=False),
    )
    op.create_table(
        "history_head",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", digest, nullable=False),
    )
    op.create_table(
        "history_key",
        sa.Column("touched", digest, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "decision",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("group_key", digest, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("undone", sa.BigInteger),
    )
    op.create_index("decision_group", "decision", ["group_key"])
    op.create_table(
        "ruling",
        sa.Column("sha256", digest, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("keeper", digest, nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("keeps", sa.Integer, nullable=False),
        sa.Column("places", sa.Text, nullable=False),
    )
    op.create_index("ruling_decision", "ruling", ["seq"])
    op.create_table(
        "apart",
        sa.Column("first", digest, primary_key=True),
        sa.Column("second", digest, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_index("apart_second", "apart", ["second"])
    op.create_table(
        "intended",
        sa.Column("sha256", digest, primary_key=True),
        sa.Column("store_id", sa.Integer, sa.ForeignKey("store.id"), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("purpose", sa.String(24), nullable=False),
    )
    op.create_table(
        "review_group",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("key", digest, nullable=False, unique=True),
        sa.Column("parent", sa.BigInteger),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("verdict", sa.String(16)),
        sa.Column("decision", sa.BigInteger),
        sa.Column("relation", sa.String(20), nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("certain_bytes", sa.BigInteger, nullable=False),
        sa.Column("possible_bytes", sa.BigInteger, nullable=False),
        sa.Column("certainty", sa.Float, nullable=False),
        sa.Column("rank", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    by_rank = sa.text("rank DESC")
    op.create_index("review_queue", "review_group", ["state", by_rank, "id"])
    op.create_index("review_queue_relation", "review_group", ["relation", "state", by_rank, "id"])
    op.create_index(
        "review_counts", "review_group", ["state", "relation", "certain_bytes", "possible_bytes"]
    )
    op.create_index("review_parent", "review_group", ["parent"])
    op.create_table(
        "review_member",
        sa.Column(
            "group_id",
            row_id,
            sa.ForeignKey("review_group.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("store_id", sa.Integer, sa.ForeignKey("store.id"), nullable=False),
        sa.Column("path", path, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("relation", sa.String(20)),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("distance", sa.Integer),
        sa.Column("certainty", sa.Float),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("waste", sa.String(10), nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("frames", sa.Integer, nullable=False),
        sa.Column("sha256", digest, nullable=False),
        sa.Column("pixels", digest),
        sa.Column("picture", sa.Integer, nullable=False),
        sa.Column("part", sa.String(10), nullable=False),
        sa.Column("keeper", sa.Integer),
    )
    op.create_index(
        "review_member_place", "review_member", ["store_id", "path", "format", "group_id"]
    )
    op.create_index("review_member_format", "review_member", ["format", "group_id"])
    op.create_index("review_member_content", "review_member", ["sha256"])
    op.create_table(
        "review_warning",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("relation", sa.String(20), nullable=False),
        sa.Column("first_store_id", sa.Integer, sa.ForeignKey("store.id"), nullable=False),
        sa.Column("first_path", path, nullable=False),
        sa.Column("first_sha256", digest, nullable=False),
        sa.Column("second_store_id", sa.Integer, sa.ForeignKey("store.id"), nullable=False),
        sa.Column("second_path", path, nullable=False),
        sa.Column("second_sha256", digest, nullable=False),
        sa.Column("where", sa.Text, nullable=False),
        sa.Column("certainty", sa.Float),
        sa.Column("evidence", sa.Text, nullable=False),
    )
    op.create_index("review_warning_first", "review_warning", ["first_sha256"])
    op.create_index("review_warning_second", "review_warning", ["second_sha256"])
    op.create_table(
        "content_facts",
        sa.Column("sha256", digest, primary_key=True),
        sa.Column("facts", sa.Text, nullable=False),
    )
    op.create_table(
        "person",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("duty", sa.String(12), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
    )
    op.create_table(
        "token",
        sa.Column("digest", digest, primary_key=True),
        sa.Column("person", sa.String(200), sa.ForeignKey("person.name"), nullable=False),
        sa.Column("purpose", sa.String(8), nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "plan",
        sa.Column("digest", digest, primary_key=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
    )
    op.create_table(
        "approval",
        sa.Column("plan", digest, sa.ForeignKey("plan.digest"), primary_key=True),
        sa.Column("person", sa.String(200), sa.ForeignKey("person.name"), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )
    head = sa.table("history_head", sa.column("id", sa.Integer), sa.column("seq", sa.BigInteger),
                    sa.column("digest", digest))  # fmt: skip
    op.bulk_insert(head, [{"id": 1, "seq": 0, "digest": bytes(32)}])
