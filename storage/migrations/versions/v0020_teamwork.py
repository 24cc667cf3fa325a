"""Teamwork: how far conversations are looked after, what was promised to customers, and what they were told."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_ID = sa.String(32)
_WORD = sa.String(16)
_TIME = sa.DateTime(timezone=True)
_TO_TELL = sa.text("state = 'pending'")


def upgrade() -> None:
    """Create the tables."""
    _create_watches()
    _create_promises()
    _create_acknowledgements()


def downgrade() -> None:
    """Drop them again."""
    for table in ("acknowledgements", "promises", "watches"):
        op.drop_table(table)


def _create_watches() -> None:
    op.create_table(
        "watches",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("stamp", sa.String(16), nullable=False),
        sa.Column("next_at", _TIME, nullable=True),
        sa.Column("read_to", sa.Integer, nullable=False),
        sa.Column("given_to", _ID, nullable=True),
        sa.Column("given_at", _TIME, nullable=True),
        sa.Column("escalation", _ID, nullable=False),
        sa.Column("called", sa.JSON, nullable=False),
        sa.Column("called_at", _TIME, nullable=True),
        sa.Column("all_called", sa.Boolean, nullable=False),
        sa.Column("priority", _WORD, nullable=True),
        sa.Column("followers", sa.JSON, nullable=False),
        *_of_a_conversation("watches", "conversation_id"),
    )
    op.create_index("ix_watches_next_at", "watches", ["next_at"])
    op.create_index("ix_watches_given_to_given_at", "watches", ["given_to", "given_at"])


def _create_promises() -> None:
    op.create_table(
        "promises",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("priority", _WORD, nullable=False),
        sa.Column("due_at", _TIME, nullable=True),
        sa.Column("warned_at", _TIME, nullable=True),
        sa.Column("breached", sa.Boolean, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("assignee", _ID, nullable=True),
        *_of_a_conversation("promises", "conversation_id", "kind", "started_at"),
    )
    op.create_index("ix_promises_started_at", "promises", ["started_at"])


def _create_acknowledgements() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        *_of_a_conversation("acknowledgements", "conversation_id"),
    )
    op.create_index(
        "ix_acknowledgements_channel_address_at", "acknowledgements", ["channel", "address", "at"]
    )
    op.create_index(
        "ix_acknowledgements_to_tell",
        "acknowledgements",
        ["at"],
        sqlite_where=_TO_TELL,
        postgresql_where=_TO_TELL,
    )


def _of_a_conversation(table: str, *key: str) -> tuple[sa.Constraint, ...]:
    name = f"fk_{table}_conversation_id_conversations"
    return (
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=name),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
    )
