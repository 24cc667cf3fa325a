"""The keys that messages are encrypted with, themselves encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "data_keys",
        sa.Column("id", sa.String(8), nullable=False),
        sa.Column("wrapped", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_data_keys"),
    )


def downgrade() -> None:
    """Drop it again; what is encrypted with them has to be decrypted before."""
    op.drop_table("data_keys")
