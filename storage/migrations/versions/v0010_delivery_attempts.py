"""The send ledger counts attempts, and knows when an answer has arrived."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; of what was sent before, nobody knows more than that it was the first attempt."""
    op.add_column("deliveries", sa.Column("attempt", sa.Integer, nullable=False, server_default=sa.text("1")))
    op.add_column("deliveries", sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))
    arrived = sa.text("delivered_at IS NOT NULL")
    op.create_index(
        "ix_deliveries_has_arrived",
        "deliveries",
        ["delivered_at"],
        sqlite_where=arrived,
        postgresql_where=arrived,
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_deliveries_has_arrived", "deliveries")
    op.drop_column("deliveries", "delivered_at")
    op.drop_column("deliveries", "attempt")
