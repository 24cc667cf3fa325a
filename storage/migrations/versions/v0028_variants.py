"""The arm of an experiment in which the policy decided."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add the column, and the index by which an experiment is read."""
    op.add_column(
        "decisions", sa.Column("variant", sa.String(40), nullable=False, server_default=sa.text("''"))
    )
    there = sa.text("variant <> ''")
    op.create_index(
        "ix_decisions_variant", "decisions", ["variant"], sqlite_where=there, postgresql_where=there
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_index("ix_decisions_variant", "decisions")
    op.drop_column("decisions", "variant")
