"""Settings that are secrets: told to nobody, and read from files where the environment names those instead."""

from collections.abc import Mapping
from pathlib import Path

from bot.core.errors import Misconfigured

# Those that end in _URL may have a password in them.
SECRETS = (
    "CHAT_IDENTITY_SECRET",
    "DATABASE_URL",
    "IMAP_URL",
    "INBOUND_EMAIL_SECRET",
    "MAIL_OAUTH_CLIENT_SECRET",
    "MAIL_OAUTH_REFRESH_TOKEN",
    "MAIL_OAUTH_TOKEN",
    "OPENAI_API_KEY",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "SALESFORCE_CLIENT_SECRET",
    "SLACK_APP_TOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_CLIENT_SECRET",
    "SLACK_SIGNING_SECRET",
    "SMTP_URL",
    "THREADPILOT_ENCRYPTION_KEY",
    "THREADPILOT_SECRET_KEY",
    "TWILIO_AUTH_TOKEN",
    "ZENDESK_CLIENT_SECRET",
    "ZENDESK_OAUTH_TOKEN",
    "ZENDESK_WEBHOOK_SECRET",
)


def with_files(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the content of what NAME_FILE names as NAME, for every secret.

    Raises:
        Misconfigured: both are set, or the file cannot be read.
    """
    read = dict(env)
    for name in SECRETS:
        path = env.get(f"{name}_FILE")
        if not path:
            continue
        if env.get(name):
            raise Misconfigured(f"Set either {name} or {name}_FILE, not both.")
        try:
            read[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(f"{name}_FILE={path} cannot be read: {error}.") from error
    return read
