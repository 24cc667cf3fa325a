"""What all tables share: the collection they are in, columns, and partial indexes."""

from sqlalchemy import Column, ForeignKey, Index, MetaData, String, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def row_id(name: str = "id") -> Column[str]:
    """Return the column of an id that is the whole primary key."""
    return Column(name, String(32), primary_key=True, nullable=False)


def conversation_id(*, primary_key: bool = False) -> Column[str]:
    """Return the column that says to which conversation a row belongs."""
    return Column(
        "conversation_id",
        String(32),
        ForeignKey("conversations.id"),
        primary_key=primary_key,
        nullable=False,
    )


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """Return an index of the rows that meet a condition.

    SQLite uses it only for a query that says the same, letter by letter.
    """
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
