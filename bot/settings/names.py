"""The names of all settings, and which names in the environment look like misspelt ones."""

import logging
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from bot.settings.secrets import SECRETS

log = logging.getLogger(__name__)

KNOWN = frozenset(
    """
    BRAND_NAME
    CHAT_EMAIL CHAT_IDENTITY_SECRET CHAT_ORIGINS CHAT_REQUIRE_IDENTITY
    CUSTOMERS_FILE DATABASE_URL ESCALATION_RULES IMAP_URL INBOUND_EMAIL_SECRET KNOWLEDGE_DIR MACROS_DIR
    MAIL_AUTHSERV_ID MAIL_SIGNATURE_FILE MAIL_SUBJECT_TOKEN MAIL_TEMPLATE_FILE
    MAIL_OAUTH_CLIENT_ID MAIL_OAUTH_CLIENT_SECRET MAIL_OAUTH_REFRESH_TOKEN MAIL_OAUTH_SCOPE MAIL_OAUTH_TOKEN
    MAIL_OAUTH_TOKEN_URL MINILM_DIR
    OPENAI_API_KEY OPENAI_BASE_URL OPENAI_MODEL OPENAI_PRICES
    OTEL_EXPORTER_OTLP_ENDPOINT OTEL_EXPORTER_OTLP_TRACES_ENDPOINT OTEL_SDK_DISABLED OTEL_TRACES_EXPORTER
    OTEL_EXPORTER_OTLP_HEADERS OTEL_SERVICE_NAME OTEL_TRACES_SAMPLER
    RATING_AFTER RATING_CHANNELS RETENTION_DAYS
    SALESFORCE_ANSWER_FIELDS SALESFORCE_CASE_FIELD SALESFORCE_CASE_STATUSES SALESFORCE_CLIENT_ID
    SALESFORCE_CLIENT_SECRET SALESFORCE_DAILY_REQUESTS SALESFORCE_FIELDS SALESFORCE_POLL_SECONDS
    SALESFORCE_PRIVATE_KEY_FILE SALESFORCE_URL SALESFORCE_USERNAME SALESFORCE_WRITE_BACK
    SLACK_AGENTS SLACK_API_URL SLACK_APP_TOKEN SLACK_AUDIT_CHANNEL SLACK_BOT_TOKEN SLACK_CHANNELS
    SLACK_ESCALATION_CHANNEL SLACK_MANAGERS SLACK_OWNERS SLACK_SIGNING_SECRET
    SMTP_LISTEN SMTP_URL SUPPORT_ADDRESS SUPPORT_AGENTS
    THREADPILOT_CRASH_AT THREADPILOT_HEALTH THREADPILOT_HTTP THREADPILOT_LOG THREADPILOT_MODE
    THREADPILOT_BUILD THREADPILOT_PROXIES
    THREADPILOT_PUBLIC_URL THREADPILOT_SECRET_KEY
    TWILIO_ACCOUNT_SID TWILIO_API_URL TWILIO_AUTH_TOKEN TWILIO_CONSENT_DE TWILIO_CONSENT_EN TWILIO_CONSENT_ES
    TWILIO_CONSENT_FR TWILIO_LANGUAGE TWILIO_NUMBER TWILIO_PHONE_ANSWER TWILIO_VOICE TWILIO_WHATSAPP_NUMBER
    TWILIO_WHATSAPP_TEMPLATE
    ZENDESK_CLIENT_ID ZENDESK_CLIENT_SECRET ZENDESK_FIELDS ZENDESK_OAUTH_TOKEN ZENDESK_URL ZENDESK_WEBHOOK_SECRET
    ZENDESK_WRITE_BACK
    """.split()
) | {f"{name}_FILE" for name in SECRETS}

# A name that begins otherwise is somebody else's, unless it is very near to one of ours.
_OURS = (
    *("CHAT_", "IMAP_", "MAIL_", "OPENAI_", "RATING_", "SALESFORCE_", "SLACK_", "SMTP_", "SUPPORT_"),
    *("THREADPILOT_", "TWILIO_", "ZENDESK_"),
)
_NEAR, _VERY_NEAR = 0.8, 0.93


def unknown(names: Iterable[str]) -> Mapping[str, str]:
    """Return the names that are no settings but look like some, each with the nearest setting, "" where none is near.

    That is worth a warning and never an error: other programs have variables that begin like ours.
    """
    found = {}
    for name in sorted(set(names) - KNOWN):
        ours = name.startswith(_OURS)
        near = get_close_matches(name, KNOWN, n=1, cutoff=_NEAR if ours else _VERY_NEAR)
        if ours or near:
            found[name] = "".join(near)
    return found


def warn(names: Iterable[str]) -> None:
    """Say in the log which names look like misspelt settings."""
    for name, near in unknown(names).items():
        log.warning("setting_unknown", extra={"setting": name, "nearest": near or "none"})
