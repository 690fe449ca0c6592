"""Local features and layouts of frames."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of what stands in frames."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "feature",
        sa.Column(
            "file_id", row_id, sa.ForeignKey("file.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("recipe", sa.String(16), primary_key=True),
        sa.Column("frame", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
