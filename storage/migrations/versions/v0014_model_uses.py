"""What a language model took for each draft."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the table of model uses."""
    op.create_table(
        "model_uses",
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("tokens_in", sa.Integer, nullable=False),
        sa.Column("tokens_out", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("cost", sa.Float, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name="pk_model_uses"),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name="fk_model_uses_draft_id_drafts"),
    )
    op.create_index("ix_model_uses_at", "model_uses", ["at"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("model_uses")
