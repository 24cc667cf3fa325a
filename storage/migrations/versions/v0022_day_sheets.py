"""Facts by the quarter of an hour and by both clocks, sums of whole days, and indexes that hold what pages read."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_ID = sa.String(32)
_WORD = sa.String(16)
_TIME = sa.DateTime(timezone=True)
_INDEXES = {
    "case_facts": {
        "sums": "channel quarter asked answered automated durable escalated reopened repeated score resolution_s "
        "resolution_open_s",
        "lists": "begun_at channel asked answered automated durable escalated reopened repeated score "
        "conversation_id",
        "ended": "ended_quarter channel asked automated quarter resolution_s",
    },
    "turn_facts": {
        "sums": "channel quarter sent action good missed confidence reason",
        "articles": "channel quarter article sent good",
        "agents": "channel quarter agent sent good",
        "times": "channel quarter first wait_s wait_open_s approval_s approval_open_s edit",
    },
    "promises": {"sums": "started_at channel priority kind breached ended_at"},
    "model_uses": {"sums": "at model tokens_in tokens_out seconds cost"},
}
_RUNNING = "NOT breached AND ended_at IS NULL AND due_at IS NOT NULL"


def upgrade() -> None:
    """Create the facts anew: they fill by themselves."""
    _drop_facts()
    _create_case_facts()
    _create_turn_facts()
    op.create_table(
        "day_sheets",
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("since", sa.Integer, nullable=False),
        sa.Column("until", sa.Integer, nullable=False),
        sa.Column("shape", sa.Integer, nullable=False),
        sa.Column("sheet", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("channel", "since", "until", name="pk_day_sheets"),
    )
    op.drop_index("ix_promises_started_at", "promises")
    op.drop_index("ix_model_uses_at", "model_uses")
    for table, indexes in _INDEXES.items():
        for name, columns in indexes.items():
            op.create_index(f"ix_{table}_{name}", table, columns.split())
    _create_partial("broken", "started_at", "breached")
    _create_partial("running", "due_at", _RUNNING)


def downgrade() -> None:
    """Go back to facts by the hour, empty."""
    for name in ("running", "broken", "sums"):
        op.drop_index(f"ix_promises_{name}", "promises")
    op.drop_index("ix_model_uses_sums", "model_uses")
    op.create_index("ix_promises_started_at", "promises", ["started_at"])
    op.create_index("ix_model_uses_at", "model_uses", ["at"])
    op.drop_table("day_sheets")
    _drop_facts()
    _create_facts_by_the_hour()


def _drop_facts() -> None:
    for table in ("turn_facts", "case_facts"):
        op.drop_table(table)


def _create_partial(name: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(f"ix_promises_{name}", "promises", [column], sqlite_where=where, postgresql_where=where)


def _create_case_facts() -> None:
    flags = "asked answered automated durable escalated reopened repeated".split()
    op.create_table(
        "case_facts",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("quarter", sa.Integer, nullable=False),
        sa.Column("begun_at", _TIME, nullable=False),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in flags),
        *_numbers("ended_quarter resolution_s resolution_open_s score"),
        sa.Column("hours", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_case_facts"),
    )


def _create_turn_facts() -> None:
    op.create_table(
        "turn_facts",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("quarter", sa.Integer, nullable=False),
        *_decided(),
        *_numbers("wait_s wait_open_s approval_s approval_open_s edit"),
        sa.Column("good", sa.Boolean, nullable=True),
        sa.Column("missed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "turn", name="pk_turn_facts"),
    )


def _decided() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("first", sa.Boolean, nullable=False),
        sa.Column("action", _WORD, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("confidence", sa.Integer, nullable=True),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("sent", _WORD, nullable=True),
        sa.Column("agent", sa.Text, nullable=False),
    )


def _numbers(names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=True) for name in names.split()]


def _create_facts_by_the_hour() -> None:
    flags = "asked answered automated durable escalated reopened repeated".split()
    op.create_table(
        "case_facts",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("begun_at", _TIME, nullable=False),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in flags),
        *_numbers("ended_hour resolution_s score"),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_case_facts"),
    )
    op.create_table(
        "turn_facts",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        *_decided(),
        *_numbers("wait_s approval_s edit"),
        sa.Column("good", sa.Boolean, nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", "turn", name="pk_turn_facts"),
    )
    sums = f"channel hour {' '.join(flags)} ended_hour score"
    op.create_index("ix_case_facts_sums", "case_facts", sums.split())
    op.create_index(
        "ix_case_facts_channel_hour_resolution_s", "case_facts", ["channel", "hour", "resolution_s"]
    )
    op.create_index("ix_turn_facts_sums", "turn_facts", "channel hour sent action good confidence".split())
    op.create_index("ix_turn_facts_times", "turn_facts", "channel hour first wait_s approval_s edit".split())
