"""What Slack has handed over already."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table of receipts."""
    op.create_table(
        "receipts",
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_receipts"),
    )
    op.create_index("ix_receipts_at", "receipts", ["at"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("receipts")
