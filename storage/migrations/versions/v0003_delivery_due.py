"""The send ledger knows when an answer is due and its id on the channel; chats know what was not fetched."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.String(32)
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns, name the answers that went out before, and make the table of what chats did not fetch."""
    op.add_column("deliveries", sa.Column("due_at", _MOMENT, nullable=True))
    op.add_column("deliveries", sa.Column("external_id", sa.Text, nullable=True))
    _name_what_went_out()
    op.create_index("ix_deliveries_channel_external_id", "deliveries", ["channel", "external_id"])
    op.create_table(
        "chat_unseen",
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_chat_unseen"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_chat_unseen_conversation_id_conversations"
        ),
    )
    op.create_index("ix_chat_unseen_visitor_seq", "chat_unseen", ["visitor", "seq"])
    op.create_index("ix_chat_unseen_conversation_id", "chat_unseen", ["conversation_id"])
    not_told = sa.text("NOT told")
    op.create_index(
        "ix_chat_unseen_not_told",
        "chat_unseen",
        ["since"],
        sqlite_where=not_told,
        postgresql_where=not_told,
    )


def downgrade() -> None:
    """Forget all of it."""
    op.drop_table("chat_unseen")
    op.drop_index("ix_deliveries_channel_external_id", "deliveries")
    op.drop_column("deliveries", "external_id")
    op.drop_column("deliveries", "due_at")


def _name_what_went_out() -> None:
    """Take the ids of earlier answers from their messages: one of them may still come back."""
    deliveries = sa.table(
        "deliveries", sa.column("id"), sa.column("conversation_id"), sa.column("external_id")
    )
    messages = sa.table(
        "messages", sa.column("conversation_id"), sa.column("external_id"), sa.column("metadata", sa.JSON)
    )
    named = sa.select(messages.c.external_id).where(
        messages.c.conversation_id == deliveries.c.conversation_id,
        messages.c.metadata["delivery"].as_string() == deliveries.c.id,
    )
    op.execute(deliveries.update().values(external_id=named.limit(1).scalar_subquery()))
