"""Reviewers' scorecards."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "scorecards",
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("reviewer", sa.String(32), nullable=False),
        sa.Column("right", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Boolean) for name in ("complete", "tone", "sources", "context")),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", "reviewer", name="pk_scorecards"),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_scorecards_draft_id_drafts"),
    )
    op.create_index("ix_scorecards_at", "scorecards", ["at"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("scorecards")
