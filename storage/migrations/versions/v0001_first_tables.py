"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.String(32)
_WORD = sa.String(16)
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create all tables, those first that others refer to."""
    _create_customers()
    _create_conversations()
    _create_messages()
    _create_raw_mails()
    _create_notes()
    _create_events()
    _create_drafts()
    _create_decisions()
    _create_deliveries()
    _create_verdicts()
    _create_audit()
    _create_settings()
    _create_desk_posts()
    _create_chat_sessions()
    _create_chat_events()
    _create_jobs()
    _create_periodic()
    _create_rate_gates()


def downgrade() -> None:
    """Drop all tables with their indexes, those last that others refer to."""
    for table in reversed(_TABLES):
        op.drop_table(table)


_TABLES = """
    customers conversations messages raw_mails notes events
    drafts decisions deliveries verdicts
    audit settings
    desk_posts chat_sessions chat_events
    jobs periodic rate_gates
""".split()


def _create_customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("company", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("known", sa.Boolean, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
        sa.UniqueConstraint("channel", "address", name="uq_customers_channel_address"),
    )


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", _ID, nullable=False),
        sa.Column(
            "customer_id",
            _ID,
            sa.ForeignKey("customers.id", name="fk_conversations_customer_id_customers"),
            nullable=False,
        ),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("status", _WORD, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("identified", sa.Boolean, nullable=False),
        sa.Column("assignee", _ID, nullable=True),
        sa.Column("escalated", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("shown_version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index(
        "ix_conversations_channel_address_created_at", "conversations", ["channel", "address", "created_at"]
    )
    op.create_index("ix_conversations_customer_id_created_at", "conversations", ["customer_id", "created_at"])
    op.create_index(
        "ix_conversations_not_shown",
        "conversations",
        ["updated_at"],
        sqlite_where=sa.text("shown_version < version"),
        postgresql_where=sa.text("shown_version < version"),
    )
    op.create_index("ix_conversations_status_channel", "conversations", ["status", "channel"])


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", _ID, nullable=False),
        sa.Column(
            "conversation_id",
            _ID,
            sa.ForeignKey("conversations.id", name="fk_messages_conversation_id_conversations"),
            nullable=False,
        ),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("external_id", sa.Text, nullable=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("sender_type", _WORD, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("conversation_id", "seq", name="uq_messages_conversation_id_seq"),
        sa.UniqueConstraint("channel", "external_id", name="uq_messages_channel_external_id"),
    )


def _create_raw_mails() -> None:
    op.create_table(
        "raw_mails",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_raw_mails"),
    )


def _create_notes() -> None:
    op.create_table(
        "notes",
        sa.Column("id", _ID, nullable=False),
        sa.Column(
            "conversation_id",
            _ID,
            sa.ForeignKey("conversations.id", name="fk_notes_conversation_id_conversations"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("desk_ref", sa.String(64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
        sa.UniqueConstraint("desk_ref", name="uq_notes_desk_ref"),
    )
    op.create_index("ix_notes_conversation_id_position", "notes", ["conversation_id", "position"])


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", _ID, nullable=False),
        sa.Column(
            "conversation_id",
            _ID,
            sa.ForeignKey("conversations.id", name="fk_events_conversation_id_conversations"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_conversation_id_position", "events", ["conversation_id", "position"])


def _create_drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", _ID, nullable=False),
        sa.Column(
            "conversation_id",
            _ID,
            sa.ForeignKey("conversations.id", name="fk_drafts_conversation_id_conversations"),
            nullable=False,
        ),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("proposal", sa.JSON, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sa.UniqueConstraint(
            "conversation_id", "turn", "version", name="uq_drafts_conversation_id_turn_version"
        ),
    )


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", _ID, nullable=False),
        sa.Column(
            "conversation_id",
            _ID,
            sa.ForeignKey("conversations.id", name="fk_decisions_conversation_id_conversations"),
            nullable=False,
        ),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column(
            "draft_id", _ID, sa.ForeignKey("drafts.id", name="fk_decisions_draft_id_drafts"), nullable=False
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("action", _WORD, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("threshold", sa.Float, nullable=False),
        sa.Column("policy_version", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("actor", _ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_draft_id_position", "decisions", ["draft_id", "position"])
    op.create_index(
        "uq_decisions_draft_sent",
        "decisions",
        ["draft_id"],
        unique=True,
        sqlite_where=sa.text("action = 'send'"),
        postgresql_where=sa.text("action = 'send'"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, nullable=False),
        sa.Column(
            "conversation_id",
            _ID,
            sa.ForeignKey("conversations.id", name="fk_deliveries_conversation_id_conversations"),
            nullable=False,
        ),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column(
            "decision_id",
            _ID,
            sa.ForeignKey("decisions.id", name="fk_deliveries_decision_id_decisions"),
            nullable=False,
        ),
        sa.Column(
            "draft_id", _ID, sa.ForeignKey("drafts.id", name="fk_deliveries_draft_id_drafts"), nullable=False
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("channel", _WORD, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("sender", _WORD, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("decision_id", name="uq_deliveries_decision_id"),
    )
    op.create_index("ix_deliveries_conversation_id_position", "deliveries", ["conversation_id", "position"])
    op.create_index(
        "ix_deliveries_on_its_way",
        "deliveries",
        ["conversation_id"],
        sqlite_where=sa.text("state IN ('pending', 'sending')"),
        postgresql_where=sa.text("state IN ('pending', 'sending')"),
    )


def _create_verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column(
            "draft_id", _ID, sa.ForeignKey("drafts.id", name="fk_verdicts_draft_id_drafts"), nullable=False
        ),
        sa.Column("good", sa.Boolean, nullable=False),
        sa.Column("actor", _ID, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name="pk_verdicts"),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_subject_seq", "audit", ["subject", "seq"])


def _create_settings() -> None:
    op.create_table(
        "settings",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_settings"),
    )
    op.create_index("ix_settings_key_seq", "settings", ["key", "seq"])


def _create_desk_posts() -> None:
    op.create_table(
        "desk_posts",
        sa.Column(
            "conversation_id",
            _ID,
            sa.ForeignKey("conversations.id", name="fk_desk_posts_conversation_id_conversations"),
            nullable=False,
        ),
        sa.Column("sheet", sa.String(64), nullable=False),
        sa.Column("slack_channel", _ID, nullable=False),
        sa.Column("ts", _ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "sheet", name="pk_desk_posts"),
    )
    op.create_index("ix_desk_posts_slack_channel_ts", "desk_posts", ["slack_channel", "ts"])


def _create_chat_sessions() -> None:
    op.create_table(
        "chat_sessions",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_chat_sessions"),
    )


def _create_chat_events() -> None:
    op.create_table(
        "chat_events",
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("visitor", "seq", name="pk_chat_events"),
        sa.UniqueConstraint("visitor", "key", name="uq_chat_events_visitor_key"),
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("lane", _WORD, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("run_at", _MOMENT, nullable=False),
        sa.Column("again_at", _MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("lane", "key", name="pk_jobs"),
    )
    op.create_index("ix_jobs_lane_run_at_key", "jobs", ["lane", "run_at", "key"])


def _create_periodic() -> None:
    op.create_table(
        "periodic",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_periodic"),
    )


def _create_rate_gates() -> None:
    op.create_table(
        "rate_gates",
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("next_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rate_gates"),
    )
