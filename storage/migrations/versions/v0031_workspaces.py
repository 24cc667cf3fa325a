"""The Slack workspace in which a conversation is looked after; "" is the main one, which was the only one."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0033"


def upgrade() -> None:
    """Add the column."""
    column = sa.Column("workspace", sa.String(32), nullable=False, server_default=sa.text("''"))
    op.add_column("conversations", column)


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("conversations", "workspace")
