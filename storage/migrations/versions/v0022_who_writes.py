"""Who writes an answer, as the card shows it."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the column: no card shows anybody yet."""
    op.add_column("writings", sa.Column("noticed", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("writings", "noticed")
