"""What figures are made of."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, false, text

from bot.core.insights.facts import Sent
from bot.core.model import Action, Channel
from storage.columns import Packed, Prose, UtcDateTime, Word
from storage.tables.schema import metadata, row_id

# No foreign keys: facts follow from the rest, and are made anew when it changes.
case_facts = Table(
    "case_facts",
    metadata,
    row_id("conversation_id"),
    Column("version", Integer, nullable=False),
    Column("channel", Word(Channel), nullable=False),
    Column("hour", Integer, nullable=False),  # For the version before, as `ended_hour`.
    Column("quarter", Integer, nullable=False, server_default=text("0")),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("automated", Boolean, nullable=False),
    Column("durable", Boolean, nullable=False),
    Column("escalated", Boolean, nullable=False),
    Column("reopened", Boolean, nullable=False),
    Column("repeated", Boolean, nullable=False),
    Column("ended_hour", Integer),
    Column("ended_quarter", Integer),
    Column("resolution_s", Integer),
    Column("resolution_open_s", Integer),
    Column("score", Integer),
    Column("hours", String(16), nullable=False, server_default=text("'?'")),
    Index(
        "ix_case_facts_sums",
        *"channel quarter asked answered automated durable escalated reopened repeated score".split(),
        *"resolution_s resolution_open_s".split(),
    ),
    Index(
        "ix_case_facts_lists",
        *"begun_at channel asked answered automated durable escalated reopened repeated score".split(),
        "conversation_id",
    ),
    Index("ix_case_facts_ended", *"ended_quarter channel asked automated quarter resolution_s".split()),
)

turn_facts = Table(
    "turn_facts",
    metadata,
    row_id("conversation_id"),
    Column("turn", Integer, primary_key=True, autoincrement=False),
    Column("channel", Word(Channel), nullable=False),
    Column("hour", Integer, nullable=False),  # For the version before, as `ended_hour`.
    Column("quarter", Integer, nullable=False, server_default=text("0")),
    Column("first", Boolean, nullable=False),
    Column("action", Word(Action)),
    Column("reason", Prose, nullable=False),
    Column("confidence", Integer),
    Column("article", Prose, nullable=False),
    Column("sent", Word(Sent)),
    Column("agent", Prose, nullable=False),
    Column("wait_s", Integer),
    Column("wait_open_s", Integer),
    Column("approval_s", Integer),
    Column("approval_open_s", Integer),
    Column("edit", Integer),
    Column("good", Boolean),
    Column("missed", Boolean, nullable=False, server_default=false()),
    Index("ix_turn_facts_sums", *"channel quarter sent action good missed confidence reason".split()),
    Index("ix_turn_facts_articles", *"channel quarter article sent good".split()),
    Index("ix_turn_facts_agents", *"channel quarter agent sent good".split()),
    Index("ix_turn_facts_by_article", *"article quarter conversation_id".split()),
    Index("ix_turn_facts_by_agent", *"agent quarter conversation_id first wait_s channel".split()),
    Index(
        "ix_turn_facts_times",
        *"channel quarter first wait_s wait_open_s approval_s approval_open_s edit".split(),
    ),
)

# Sums of whole days. A row goes when a fact of its day changes; whatever is missing is added up from the facts.
# `shape` says what `sheet` consists of: one of another shape is as good as none.
day_sheets = Table(
    "day_sheets",
    metadata,
    Column("channel", Word(Channel), primary_key=True),
    Column("since", Integer, primary_key=True, autoincrement=False),
    Column("until", Integer, primary_key=True, autoincrement=False),
    Column("shape", Integer, nullable=False),
    Column("sheet", Packed, nullable=False),
)
