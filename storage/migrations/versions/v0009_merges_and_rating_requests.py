"""Which conversations go on in others, whose customers were asked for a rating, and who gets copies of answers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the two tables, the index by which closed conversations are found, and the column of copies."""
    op.create_table(
        "rating_requests",
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_rating_requests"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_rating_requests_conversation_id_conversations"
        ),
    )
    op.create_index("ix_rating_requests_channel_address", "rating_requests", ["channel", "address"])
    op.create_table(
        "merges",
        sa.Column("source_id", sa.String(32), nullable=False),
        sa.Column("target_id", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("moved", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("source_id", name="pk_merges"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["conversations.id"], name="fk_merges_source_id_conversations"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["conversations.id"], name="fk_merges_target_id_conversations"
        ),
    )
    op.create_index("ix_merges_target_id", "merges", ["target_id"])
    resolved = sa.text("status = 'resolved'")
    op.create_index(
        "ix_conversations_resolved",
        "conversations",
        ["channel", "updated_at"],
        sqlite_where=resolved,
        postgresql_where=resolved,
    )
    op.add_column("deliveries", sa.Column("cc", sa.JSON, nullable=True))


def downgrade() -> None:
    """Drop them again."""
    op.drop_column("deliveries", "cc")
    op.drop_index("ix_conversations_resolved", "conversations")
    op.drop_table("merges")
    op.drop_table("rating_requests")
