"""What people make of answers: agents, reviewers, customers."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table

from bot.core.model import Channel, DeliveryState
from storage.bodies import Body
from storage.columns import Prose, UtcDateTime, Word
from storage.tables.schema import conversation_id, metadata

verdicts = Table(
    "verdicts",
    metadata,
    Column("draft_id", String(32), ForeignKey("drafts.id"), primary_key=True),
    Column("good", Boolean, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

reviews = Table(
    "reviews",
    metadata,
    Column("draft_id", String(32), ForeignKey("drafts.id"), primary_key=True),
    Column("channel", Word(Channel), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("sent", Boolean, nullable=False),
    Column("seen", Boolean, nullable=False),
    Column("propensity", Float, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
    Column("right", Boolean),
    Column("verdict", Prose, nullable=False),
    Column("judged_at", UtcDateTime),
    Index(None, "channel", "decided_at"),
    Index(None, "channel", "judged_at"),
)

scorecards = Table(
    "scorecards",
    metadata,
    Column("draft_id", String(32), ForeignKey("drafts.id"), primary_key=True),
    Column("reviewer", String(32), primary_key=True),
    Column("right", Boolean, nullable=False),
    Column("complete", Boolean),
    Column("tone", Boolean),
    Column("sources", Boolean),
    Column("context", Boolean),
    Column("note", Body("scorecards.note"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

ratings = Table(
    "ratings",
    metadata,
    conversation_id(primary_key=True),
    Column("score", Integer, nullable=False),
    Column("comment", Body("ratings.comment"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

rating_requests = Table(
    "rating_requests",
    metadata,
    conversation_id(primary_key=True),
    Column("channel", Word(Channel), nullable=False),
    Column("address", Prose, nullable=False),
    Column("state", Word(DeliveryState), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "channel", "address"),
)
