"""Figures of one topic and of one person: their turns are found by an index."""

from alembic import op

revision = "0033"
down_revision = "0030"


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("ix_turn_facts_by_article", "turn_facts", ["article", "quarter", "conversation_id"])
    op.create_index(
        "ix_turn_facts_by_agent",
        "turn_facts",
        ["agent", "quarter", "conversation_id", "first", "wait_s", "channel"],
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_turn_facts_by_agent", "turn_facts")
    op.drop_index("ix_turn_facts_by_article", "turn_facts")
