"""The send ledger."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from bot.core.model import Channel, DeliveryState, Sender
from storage.bodies import Body
from storage.codec import decode_copies
from storage.columns import Coded, Prose, UtcDateTime, Word
from storage.tables.schema import conversation_id, metadata, partial_index, row_id

ON_ITS_WAY = "state IN ('pending', 'sending')"
HAS_ARRIVED = "delivered_at IS NOT NULL"

deliveries = Table(
    "deliveries",
    metadata,
    row_id(),
    conversation_id(),
    Column("turn", Integer, nullable=False),
    Column("decision_id", String(32), ForeignKey("decisions.id"), nullable=False),
    Column("draft_id", String(32), ForeignKey("drafts.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("channel", Word(Channel), nullable=False),
    Column("address", Prose, nullable=False),
    Column("text", Body("deliveries.text"), nullable=False),
    Column("sender", Word(Sender), nullable=False),
    Column("author", Prose, nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("error", Prose, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("external_id", Prose),
    Column("cc", Coded(list, decode_copies)),
    Column("attempt", Integer, nullable=False, server_default=text("1")),
    Column("delivered_at", UtcDateTime),
    Column("uncopied", Coded(list, decode_copies)),
    UniqueConstraint("decision_id"),
    Index(None, "channel", "external_id"),
    Index(None, "conversation_id", "position"),
    partial_index("ix_deliveries_has_arrived", "delivered_at", where=HAS_ARRIVED),
    partial_index("ix_deliveries_on_its_way", "conversation_id", where=ON_ITS_WAY),
)
