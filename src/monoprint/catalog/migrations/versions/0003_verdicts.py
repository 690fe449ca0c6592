"""What came of comparing two contents."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table of verdicts."""
    op.create_table(
        "verdict",
        sa.Column("recipe", sa.String(16), primary_key=True),
        sa.Column("first", sa.LargeBinary(32), primary_key=True),
        sa.Column("first_frame", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("second", sa.LargeBinary(32), primary_key=True),
        sa.Column("second_frame", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("told", sa.Text, nullable=False),
    )
