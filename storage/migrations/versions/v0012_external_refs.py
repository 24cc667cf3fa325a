"""What our things are called in record systems."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the table of external references."""
    op.create_table(
        "external_refs",
        sa.Column("system", sa.String(16), nullable=False),
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("system", "entry_id", name="pk_external_refs"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_external_refs_conversation_id_conversations"
        ),
    )
    op.create_index("ix_external_refs_conversation_id_system", "external_refs", ["conversation_id", "system"])
    op.create_index("ix_external_refs_system_external_id", "external_refs", ["system", "external_id"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("external_refs")
