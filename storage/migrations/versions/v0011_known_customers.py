"""What came of asking those who know customers, and which customers are one and the same."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add what is known of whom, and who is one person."""
    op.add_column("customers", sa.Column("looks", sa.JSON, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("customers", sa.Column("person", sa.String(32), nullable=False, server_default=""))
    op.execute("UPDATE customers SET person = id")
    op.add_column("customers", sa.Column("apart", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_customers_person", "customers", ["person"])
    op.create_table(
        "customer_ids",
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("source", "external_id", "customer_id", name="pk_customer_ids"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name="fk_customer_ids_customer_id_customers"
        ),
    )


def downgrade() -> None:
    """Forget it; facts become lines of text again, as older versions read them."""
    _facts_as_lines()
    op.drop_table("customer_ids")
    op.drop_index("ix_customers_person", "customers")
    op.drop_column("customers", "apart")
    op.drop_column("customers", "person")
    op.drop_column("customers", "looks")


def _facts_as_lines() -> None:
    customers = sa.table("customers", sa.column("id", sa.String), sa.column("facts", sa.JSON))
    connection = op.get_bind()
    for row in connection.execute(sa.select(customers)).all():
        lines = [one["text"] if isinstance(one, dict) else one for one in row.facts or ()]
        connection.execute(customers.update().where(customers.c.id == row.id).values(facts=lines))
