"""The desk's own queue: state says what is to be shown, and a row here who shows it or when to try again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the table of runs, and let a rate gate know until when Slack has closed it.

    What is not shown is looked up by channel from now on.
    """
    op.create_table(
        "desk_runs",
        sa.Column(
            "conversation_id",
            sa.String(32),
            sa.ForeignKey("conversations.id", name="fk_desk_runs_conversation_id_conversations"),
            nullable=False,
        ),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("running", sa.Boolean, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_desk_runs"),
    )
    with op.batch_alter_table("rate_gates") as rate_gates:
        rate_gates.add_column(sa.Column("closed_until", _MOMENT, nullable=True))
        rate_gates.alter_column("next_at", existing_type=_MOMENT, nullable=True)
    op.drop_index("ix_conversations_not_shown", "conversations")
    _index_what_is_not_shown("channel", "updated_at")
    # What the engine showed until now, the desk finds by state.
    op.execute("DELETE FROM jobs WHERE lane = 'show'")


def downgrade() -> None:
    """Take all back."""
    op.drop_index("ix_conversations_not_shown", "conversations")
    _index_what_is_not_shown("updated_at")
    op.execute("DELETE FROM rate_gates")
    with op.batch_alter_table("rate_gates") as rate_gates:
        rate_gates.alter_column("next_at", existing_type=_MOMENT, nullable=False)
        rate_gates.drop_column("closed_until")
    op.drop_table("desk_runs")


def _index_what_is_not_shown(*columns: str) -> None:
    op.create_index(
        "ix_conversations_not_shown",
        "conversations",
        list(columns),
        sqlite_where=sa.text("shown_version < version"),
        postgresql_where=sa.text("shown_version < version"),
    )
