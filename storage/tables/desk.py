"""What stands in Slack, and what people are doing there."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, false

from bot.core.ports.reporting import NoticeState
from storage.bodies import BodyJson
from storage.codec import decode_parts, encode_parts
from storage.columns import Prose, UtcDateTime, Word
from storage.tables.schema import conversation_id, metadata

desk_posts = Table(
    "desk_posts",
    metadata,
    conversation_id(primary_key=True),
    Column("sheet", String(64), primary_key=True),
    Column("slack_channel", String(32), nullable=False),
    Column("ts", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Index(None, "slack_channel", "ts"),
)

# Where sheets stood before they were posted anew elsewhere: there, nobody brings them in line any more.
left_posts = Table(
    "left_posts",
    metadata,
    conversation_id(primary_key=True),
    Column("slack_channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("thread_ts", String(32), nullable=False),
)

desk_runs = Table(
    "desk_runs",
    metadata,
    conversation_id(primary_key=True),
    Column("until", UtcDateTime, nullable=False),
    Column("running", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
)

# An answer that somebody has not sent yet, saved while they type; `view_id` is their window, "" once it is closed.
writings = Table(
    "writings",
    metadata,
    conversation_id(primary_key=True),
    Column("actor", String(32), primary_key=True),
    Column("turn", Integer, nullable=False),
    Column("draft_id", String(32)),
    Column("parts", BodyJson("writings.parts", encode_parts, decode_parts), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("view_id", String(64), nullable=False),
    Column("told", String(96), nullable=False),
    Column("noticed", Boolean, nullable=False, server_default=false()),
)

practised = Table(
    "practised",
    metadata,
    Column("actor", String(32), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("state", Word(NoticeState), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("said", Prose, nullable=False),
    Column("good_since", UtcDateTime),
    Column("tried_at", UtcDateTime),
    Column("slack_channel", String(32), nullable=False),
    Column("ts", String(32), nullable=False),
    Column("version", Integer, nullable=False),
)
