"""Which processes work on a database, and what is wrong where they are."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "processes",
        sa.Column("name", sa.String(96), nullable=False),
        sa.Column("duties", sa.JSON, nullable=False),
        sa.Column("down", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_processes"),
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("processes")
