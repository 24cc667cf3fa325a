"""Who writes to us, and whom we do not answer."""

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, UniqueConstraint, false, text

from bot.core.model import Channel
from storage.codec import decode_facts, decode_looks, encode_facts, encode_looks
from storage.columns import Coded, Prose, UtcDateTime, Word
from storage.tables.schema import metadata, row_id

customers = Table(
    "customers",
    metadata,
    row_id(),
    Column("channel", Word(Channel), nullable=False),
    Column("address", Prose, nullable=False),
    Column("name", Prose, nullable=False),
    Column("company", Prose, nullable=False),
    Column("facts", Coded(encode_facts, decode_facts), nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("known", Boolean, nullable=False),
    Column("created_at", UtcDateTime),
    Column("email", Prose, nullable=False, server_default=text("''")),
    Column("looks", Coded(encode_looks, decode_looks), nullable=False, server_default=text("'[]'")),
    # Rows with the same `person` are one customer; one that stays `apart` is joined by hand only.
    Column("person", String(32), nullable=False, server_default=text("''"), index=True),
    Column("apart", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("channel", "address"),
)

customer_ids = Table(
    "customer_ids",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("external_id", String(64), primary_key=True),
    Column("customer_id", String(32), ForeignKey("customers.id"), primary_key=True),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("address", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

blocked_senders = Table(
    "blocked_senders",
    metadata,
    Column("address", Prose, primary_key=True),
    Column("channel", Word(Channel), primary_key=True),
    Column("actor", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
