"""Who has stopped text messages."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table of opt-outs."""
    op.create_table(
        "opt_outs",
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_opt_outs"),
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("opt_outs")
