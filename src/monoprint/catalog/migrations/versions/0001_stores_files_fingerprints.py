"""Stores, files and fingerprints."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the three tables."""
    path = (
        sa.Text()
        .with_variant(sa.Text(collation="BINARY"), "sqlite")
        .with_variant(sa.Text(collation="C"), "postgresql")
    )
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "store",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("location", sa.Text, nullable=False),
    )
    op.create_table(
        "file",
        sa.Column("id", row_id, primary_key=True),
        sa.Column("store_id", sa.Integer, sa.ForeignKey("store.id"), nullable=False),
        sa.Column("path", path, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("modified_ns", sa.BigInteger, nullable=False),
        sa.Column("inode", sa.BigInteger, nullable=False),
        sa.Column("device", sa.BigInteger, nullable=False),
        sa.Column("links", sa.Integer, nullable=False),
        sa.Column("barred", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(12)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("frames", sa.Integer),
        sa.Column("sha256", sa.LargeBinary(32)),
        sa.Column("sketch", sa.LargeBinary(17)),
        sa.Column("pixels", sa.LargeBinary(32)),
        sa.Column("iscc", sa.Text),
        sa.UniqueConstraint("store_id", "path"),
    )
    pending = sa.text("status IS NULL")
    op.create_index(
        "file_pending", "file", ["store_id", "id"], sqlite_where=pending, postgresql_where=pending
    )
    op.create_table(
        "fingerprint",
        sa.Column(
            "file_id", row_id, sa.ForeignKey("file.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("recipe", sa.String(16), primary_key=True),
        sa.Column("frame", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("code", sa.LargeBinary(32), nullable=False),
        sa.Column("turned", sa.LargeBinary(224), nullable=False),
        sa.Column("quality", sa.Integer, nullable=False),
    )
