"""Where sheets of a conversation stood in Slack before they were posted anew elsewhere: erasing has to find them."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0031"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "left_posts",
        sa.Column(
            "conversation_id",
            sa.String(32),
            sa.ForeignKey("conversations.id", name="fk_left_posts_conversation_id_conversations"),
            nullable=False,
        ),
        sa.Column("slack_channel", sa.String(32), nullable=False),
        sa.Column("ts", sa.String(32), nullable=False),
        sa.Column("thread_ts", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "slack_channel", "ts", name="pk_left_posts"),
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("left_posts")
