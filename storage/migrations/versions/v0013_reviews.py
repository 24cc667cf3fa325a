"""Drafts as statistics see them, for thresholds that are certified."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table of reviews."""
    op.create_table(
        "reviews",
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("sent", sa.Boolean, nullable=False),
        sa.Column("seen", sa.Boolean, nullable=False),
        sa.Column("propensity", sa.Float, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("right", sa.Boolean),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("draft_id", name="pk_reviews"),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_reviews_draft_id_drafts"),
    )
    op.create_index("ix_reviews_channel_decided_at", "reviews", ["channel", "decided_at"])
    op.create_index("ix_reviews_channel_judged_at", "reviews", ["channel", "judged_at"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("reviews")
