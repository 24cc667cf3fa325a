"""What is offered as an answer, what it takes, and what is decided about it."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from bot.core.model import Action
from storage.bodies import Body, BodyJson
from storage.codec import decode_proposal, decode_reasons, encode_proposal, encode_reasons
from storage.columns import Prose, UtcDateTime, Word
from storage.tables.schema import conversation_id, metadata, partial_index, row_id

IN_EXPERIMENT = "variant <> ''"

drafts = Table(
    "drafts",
    metadata,
    row_id(),
    conversation_id(),
    Column("turn", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("proposal", BodyJson("drafts.proposal", encode_proposal, decode_proposal), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("conversation_id", "turn", "version"),
)

model_uses = Table(
    "model_uses",
    metadata,
    Column("draft_id", String(32), ForeignKey("drafts.id"), primary_key=True),
    Column("model", Prose, nullable=False),
    Column("prompt", Prose, nullable=False),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("cost", Float, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_model_uses_sums", *"at model tokens_in tokens_out seconds cost".split()),
)

decisions = Table(
    "decisions",
    metadata,
    row_id(),
    conversation_id(),
    Column("turn", Integer, nullable=False),
    Column("draft_id", String(32), ForeignKey("drafts.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("action", Word(Action), nullable=False),
    Column("reasons", BodyJson("decisions.reasons", encode_reasons, decode_reasons), nullable=False),
    Column("threshold", Float, nullable=False),
    Column("policy_version", Prose, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("actor", String(32)),
    Column("variant", String(40), nullable=False, server_default=text("''")),
    Index(None, "draft_id", "position"),
    partial_index("ix_decisions_variant", "variant", where=IN_EXPERIMENT),
    partial_index("uq_decisions_draft_sent", "draft_id", unique=True, where="action = 'send'"),
)

B_OF_AN_EXPERIMENT = decisions.c.variant.endswith(":b")

suggestions = Table(
    "suggestions",
    metadata,
    row_id(),
    conversation_id(),
    Column("question", Body("suggestions.question"), nullable=False),
    Column("answer", Body("suggestions.answer"), nullable=False),
    Column("author", String(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("decided_by", String(32)),
    Column("article", Prose, nullable=False),
    Index(None, "decided_by", "created_at"),
)
