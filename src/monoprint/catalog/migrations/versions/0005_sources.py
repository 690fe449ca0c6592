"""What stores other than folders tell of their entries, and entries that lie in others."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TEXTS = ("version", "checksum", "identity", "unit", "told", "derived", "attributes",
          "flaws", "read_flaws")  # fmt: skip


def upgrade() -> None:
    """Add the columns; what is there already lies in no container and was told nothing of."""
    op.add_column("store", sa.Column("listed_at", sa.String(32), nullable=False, server_default=""))
    for name in _TEXTS:
        op.add_column("file", sa.Column(name, sa.Text, nullable=False, server_default=""))
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("file", sa.Column("parent_id", row_id))
    op.create_index("file_parent", "file", ["parent_id"])
