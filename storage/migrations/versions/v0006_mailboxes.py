"""How far the mailboxes on IMAP servers have been read, and by which process."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table of mailboxes."""
    op.create_table(
        "mailboxes",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.String(96), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("validity", sa.BigInteger, nullable=False),
        sa.Column("last_uid", sa.BigInteger, nullable=False),
        sa.Column("left", sa.JSON, nullable=False),
        sa.Column("caught_up_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("name", name="pk_mailboxes"),
    )


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("mailboxes")
