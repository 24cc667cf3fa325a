"""Facts by the quarter of an hour and by both clocks, sums of whole days, and indexes that hold what pages read."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

_WORD = sa.String(16)
_OLD = {
    "case_facts": {
        "sums": "channel hour asked answered automated durable escalated reopened repeated ended_hour score",
        "channel_hour_resolution_s": "channel hour resolution_s",
    },
    "turn_facts": {
        "sums": "channel hour sent action good confidence",
        "times": "channel hour first wait_s approval_s edit",
    },
    "promises": {"started_at": "started_at"},
    "model_uses": {"at": "at"},
}
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
    """Add what facts tell now. They are made anew by themselves: no hours are called "?"."""
    for column in ("ended_quarter", "resolution_open_s"):
        op.add_column("case_facts", sa.Column(column, sa.Integer, nullable=True))
    op.add_column("case_facts", sa.Column("hours", _WORD, nullable=False, server_default=sa.text("'?'")))
    for column in ("wait_open_s", "approval_open_s"):
        op.add_column("turn_facts", sa.Column(column, sa.Integer, nullable=True))
    op.add_column("turn_facts", sa.Column("missed", sa.Boolean, nullable=False, server_default=sa.false()))
    for table in ("case_facts", "turn_facts"):
        quarter = sa.Column("quarter", sa.Integer, nullable=False, server_default=sa.text("0"))
        op.add_column(table, quarter)
    _create_day_sheets()
    _drop_indexes(_OLD)
    _create_indexes(_INDEXES)
    _create_partial("broken", "started_at", "breached")
    _create_partial("running", "due_at", _RUNNING)


def downgrade() -> None:
    """Take it away again: the facts by the hour were kept up."""
    for name in ("running", "broken"):
        op.drop_index(f"ix_promises_{name}", "promises")
    _drop_indexes(_INDEXES)
    op.drop_table("day_sheets")
    for column in ("missed", "quarter", "wait_open_s", "approval_open_s"):
        op.drop_column("turn_facts", column)
    for column in ("hours", "quarter", "ended_quarter", "resolution_open_s"):
        op.drop_column("case_facts", column)
    _create_indexes(_OLD)


def _create_day_sheets() -> None:
    op.create_table(
        "day_sheets",
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("since", sa.Integer, nullable=False),
        sa.Column("until", sa.Integer, nullable=False),
        sa.Column("shape", sa.Integer, nullable=False),
        sa.Column("sheet", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("channel", "since", "until", name="pk_day_sheets"),
    )


def _drop_indexes(indexes: dict[str, dict[str, str]]) -> None:
    for table, names in indexes.items():
        for name in names:
            op.drop_index(f"ix_{table}_{name}", table)


def _create_indexes(indexes: dict[str, dict[str, str]]) -> None:
    for table, names in indexes.items():
        for name, columns in names.items():
            op.create_index(f"ix_{table}_{name}", table, columns.split())


def _create_partial(name: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(f"ix_promises_{name}", "promises", [column], sqlite_where=where, postgresql_where=where)
