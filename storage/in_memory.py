"""A database in memory starts with empty tables: no migration has made them, one script does."""

import sqlite3
from contextlib import closing
from functools import cache

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from storage.tables import metadata


@cache
def tables() -> str:
    """Return the SQL that makes all tables of a database on SQLite, in one go and in a tenth of the time."""
    with closing(sqlite3.connect(":memory:")) as made:
        with create_engine("sqlite://", creator=lambda: made, poolclass=StaticPool).begin() as connection:
            metadata.create_all(connection, checkfirst=False)
        return "\n".join(made.iterdump())
