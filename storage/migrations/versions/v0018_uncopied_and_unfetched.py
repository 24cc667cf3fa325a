"""Who of those in copy did not get an answer, and which media are to be fetched again."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("deliveries", sa.Column("uncopied", sa.JSON, nullable=True))
    op.create_table(
        "unfetched_media",
        sa.Column("message_id", sa.String(32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_unfetched_media_message_id_messages"
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_unfetched_media"),
    )
    op.create_index("ix_unfetched_media_due_at", "unfetched_media", ["due_at"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("unfetched_media")
    op.drop_column("deliveries", "uncopied")
