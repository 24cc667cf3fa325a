"""Who of those in copy did not get an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0017"


def upgrade() -> None:
    """Add the column."""
    op.add_column("deliveries", sa.Column("uncopied", sa.JSON, nullable=True))


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("deliveries", "uncopied")
