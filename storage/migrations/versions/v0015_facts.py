"""What is true of each conversation and each turn, for figures; and an index that tells what has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_ID = sa.String(32)
_WORD = sa.String(16)


def upgrade() -> None:
    """Create the two tables of facts; they fill by themselves."""
    _create_case_facts()
    _create_turn_facts()
    op.create_index("ix_conversations_updated_at", "conversations", ["updated_at"])


def downgrade() -> None:
    """Drop them again: nothing is lost that could not be made anew."""
    op.drop_index("ix_conversations_updated_at", "conversations")
    op.drop_table("turn_facts")
    op.drop_table("case_facts")


def _create_case_facts() -> None:
    op.create_table(
        "case_facts",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked", sa.Boolean, nullable=False),
        sa.Column("answered", sa.Boolean, nullable=False),
        sa.Column("automated", sa.Boolean, nullable=False),
        sa.Column("durable", sa.Boolean, nullable=False),
        sa.Column("escalated", sa.Boolean, nullable=False),
        sa.Column("reopened", sa.Boolean, nullable=False),
        sa.Column("repeated", sa.Boolean, nullable=False),
        sa.Column("ended_hour", sa.Integer, nullable=True),
        sa.Column("resolution_s", sa.Integer, nullable=True),
        sa.Column("score", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_case_facts"),
    )
    op.create_index(
        "ix_case_facts_sums",
        "case_facts",
        "channel hour asked answered automated durable escalated reopened repeated ended_hour score".split(),
    )
    op.create_index(
        "ix_case_facts_channel_hour_resolution_s", "case_facts", ["channel", "hour", "resolution_s"]
    )


def _create_turn_facts() -> None:
    op.create_table(
        "turn_facts",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("first", sa.Boolean, nullable=False),
        sa.Column("action", _WORD, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("confidence", sa.Integer, nullable=True),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("sent", _WORD, nullable=True),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("wait_s", sa.Integer, nullable=True),
        sa.Column("approval_s", sa.Integer, nullable=True),
        sa.Column("edit", sa.Integer, nullable=True),
        sa.Column("good", sa.Boolean, nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", "turn", name="pk_turn_facts"),
    )
    op.create_index(
        "ix_turn_facts_sums", "turn_facts", ["channel", "hour", "sent", "action", "good", "confidence"]
    )
    op.create_index(
        "ix_turn_facts_times", "turn_facts", ["channel", "hour", "first", "wait_s", "approval_s", "edit"]
    )
