"""The tables of teamwork: how far conversations are looked after, what was promised, and what customers were told."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from bot.core.model import Channel, DeliveryState
from bot.core.priority import Priority
from bot.core.teamwork.sla import Kind
from storage.bodies import Body
from storage.columns import Coded, Prose, UtcDateTime, Word
from storage.tables.schema import conversation_id, metadata, partial_index

TO_TELL = "state = 'pending'"
IS_BROKEN = "breached"
IS_RUNNING = "NOT breached AND ended_at IS NULL AND due_at IS NOT NULL"


def _names() -> Coded:
    return Coded(list, lambda names: tuple(names or ()))


watches = Table(
    "watches",
    metadata,
    conversation_id(primary_key=True),
    Column("version", Integer, nullable=False),
    Column("stamp", String(16), nullable=False),
    Column("next_at", UtcDateTime),
    Column("read_to", Integer, nullable=False),
    Column("given_to", String(32)),
    Column("given_at", UtcDateTime),
    Column("escalation", String(32), nullable=False),
    Column("called", _names(), nullable=False),
    Column("called_at", UtcDateTime),
    Column("all_called", Boolean, nullable=False),
    Column("priority", Word(Priority)),
    Column("followers", _names(), nullable=False),
    Index(None, "next_at"),
    Index(None, "given_to", "given_at"),
)

promises = Table(
    "promises",
    metadata,
    conversation_id(primary_key=True),
    Column("kind", Word(Kind), primary_key=True, nullable=False),
    Column("started_at", UtcDateTime, primary_key=True, nullable=False),
    Column("channel", Word(Channel), nullable=False),
    Column("priority", Word(Priority), nullable=False),
    Column("due_at", UtcDateTime),
    Column("warned_at", UtcDateTime),
    Column("breached", Boolean, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("assignee", String(32)),
    Index("ix_promises_sums", *"started_at channel priority kind breached ended_at".split()),
    partial_index("ix_promises_broken", "started_at", where=IS_BROKEN),
    partial_index("ix_promises_running", "due_at", where=IS_RUNNING),
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    conversation_id(primary_key=True),
    Column("channel", Word(Channel), nullable=False),
    Column("address", Prose, nullable=False),
    Column("text", Body("acknowledgements.text"), nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "channel", "address", "at"),
    partial_index("ix_acknowledgements_to_tell", "at", where=TO_TELL),
)
