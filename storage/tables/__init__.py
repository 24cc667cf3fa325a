"""The tables, in SQLAlchemy Core. Alembic migrations create them; a test holds the two against each other.

Names of columns are the names of the model's fields, so that a row becomes a value without further ado. `position`
orders rows of one conversation (or draft) that may share a moment. Import tables from here: only all modules inside
together make the whole schema.
"""

from storage.tables.chain import audit, audit_head
from storage.tables.conversation import (
    IS_ASLEEP,
    IS_RESOLVED,
    NOT_SHOWN,
    conversations,
    events,
    merges,
    notes,
)
from storage.tables.customer import blocked_senders, customer_ids, customers, opt_outs
from storage.tables.delivery import HAS_ARRIVED, ON_ITS_WAY, deliveries
from storage.tables.desk import desk_posts, desk_runs, left_posts, notices, practised, writings
from storage.tables.draft import B_OF_AN_EXPERIMENT, IN_EXPERIMENT, decisions, drafts, model_uses, suggestions
from storage.tables.insight import case_facts, day_sheets, turn_facts
from storage.tables.message import attachments, messages, raw_mails, unfetched_media
from storage.tables.record import external_refs
from storage.tables.review import rating_requests, ratings, reviews, scorecards, verdicts
from storage.tables.schema import metadata
from storage.tables.secret import access_tokens, data_keys, installation
from storage.tables.steering import settings
from storage.tables.teamwork import IS_BROKEN, IS_RUNNING, TO_TELL, acknowledgements, promises, watches
from storage.tables.visitor import NOT_TOLD, TO_MAIL, chat_events, chat_sessions, chat_unseen, chat_visitors
from storage.tables.work import jobs, mailboxes, periodic, processes, rate_gates, receipts

__all__ = [
    "B_OF_AN_EXPERIMENT",
    "HAS_ARRIVED",
    "IN_EXPERIMENT",
    "IS_ASLEEP",
    "IS_BROKEN",
    "IS_RESOLVED",
    "IS_RUNNING",
    "NOT_SHOWN",
    "NOT_TOLD",
    "ON_ITS_WAY",
    "TO_MAIL",
    "TO_TELL",
    "access_tokens",
    "acknowledgements",
    "attachments",
    "audit",
    "audit_head",
    "blocked_senders",
    "case_facts",
    "chat_events",
    "chat_sessions",
    "chat_unseen",
    "chat_visitors",
    "conversations",
    "customer_ids",
    "customers",
    "data_keys",
    "day_sheets",
    "decisions",
    "deliveries",
    "desk_posts",
    "desk_runs",
    "drafts",
    "events",
    "external_refs",
    "installation",
    "jobs",
    "left_posts",
    "mailboxes",
    "merges",
    "messages",
    "metadata",
    "model_uses",
    "notes",
    "notices",
    "opt_outs",
    "periodic",
    "practised",
    "processes",
    "promises",
    "rate_gates",
    "rating_requests",
    "ratings",
    "raw_mails",
    "receipts",
    "reviews",
    "scorecards",
    "settings",
    "suggestions",
    "turn_facts",
    "unfetched_media",
    "verdicts",
    "watches",
    "writings",
]
