"""What agents are in the middle of: answers they write, what they have put off, whom they block, what they learnt."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create the tables, and tell of a conversation until when it sleeps and as what it was closed."""
    op.add_column("conversations", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "conversations",
        sa.Column("closed_as", sa.String(16), nullable=False, server_default=sa.text("''")),
    )
    asleep = sa.text("snoozed_until IS NOT NULL")
    op.create_index(
        "ix_conversations_asleep",
        "conversations",
        ["snoozed_until"],
        sqlite_where=asleep,
        postgresql_where=asleep,
    )
    op.create_table(
        "writings",
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("draft_id", sa.String(32), nullable=True),
        sa.Column("parts", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("view_id", sa.String(64), nullable=False),
        sa.Column("told", sa.String(96), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "actor", name="pk_writings"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_writings_conversation_id_conversations"
        ),
    )
    op.create_table(
        "blocked_senders",
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", "channel", name="pk_blocked_senders"),
    )
    op.create_table(
        "practised",
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", name="pk_practised"),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("practised")
    op.drop_table("blocked_senders")
    op.drop_table("writings")
    op.drop_index("ix_conversations_asleep", "conversations")
    op.drop_column("conversations", "closed_as")
    op.drop_column("conversations", "snoozed_until")
