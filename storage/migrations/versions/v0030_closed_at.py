"""The moment of closing: what was closed before counts from when it was touched last."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Add the column."""
    op.add_column("conversations", sa.Column("closed_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE conversations SET closed_at = updated_at WHERE status = 'resolved'")


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("conversations", "closed_at")
