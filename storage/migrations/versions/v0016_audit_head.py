"""Where the audit chain ends, so that rows cut off there are missed."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_GENESIS = "0" * 64
_BEGIN = "INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, :genesis)"
_GO_ON = (
    "UPDATE audit_head SET seq = last.seq, hash = last.hash "
    "FROM (SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1) AS last"
)


def upgrade() -> None:
    """Create the table with its one row, from the chain as it is."""
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.execute(sa.text(_BEGIN).bindparams(genesis=_GENESIS))
    op.execute(_GO_ON)


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("audit_head")
