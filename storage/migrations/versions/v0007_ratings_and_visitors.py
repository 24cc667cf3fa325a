"""What customers think of a conversation, who chat visitors are, and which unseen answers go out by mail too."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables of ratings and visitors, and add what a session and an unseen answer know."""
    op.create_table(
        "ratings",
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_ratings"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_ratings_conversation_id_conversations"
        ),
    )
    op.create_index("ix_ratings_at", "ratings", ["at"])
    op.create_table(
        "chat_visitors",
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("visitor", name="pk_chat_visitors"),
        sa.UniqueConstraint("subject", name="uq_chat_visitors_subject"),
    )
    op.add_column("customers", sa.Column("email", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column(
        "chat_sessions", sa.Column("identified", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("chat_unseen", sa.Column("mail_state", sa.String(16), nullable=True))
    op.add_column("chat_unseen", sa.Column("mail_at", _MOMENT, nullable=True))
    op.create_index("ix_chat_unseen_since", "chat_unseen", ["since"])
    to_mail = sa.text("mail_state IN ('pending', 'sending')")
    op.create_index(
        "ix_chat_unseen_to_mail", "chat_unseen", ["mail_at"], sqlite_where=to_mail, postgresql_where=to_mail
    )


def downgrade() -> None:
    """Forget all of it."""
    op.drop_index("ix_chat_unseen_to_mail", "chat_unseen")
    op.drop_index("ix_chat_unseen_since", "chat_unseen")
    op.drop_column("chat_unseen", "mail_at")
    op.drop_column("chat_unseen", "mail_state")
    op.drop_column("chat_sessions", "identified")
    op.drop_column("customers", "email")
    op.drop_table("chat_visitors")
    op.drop_table("ratings")
