"""Settings: the environment, read once, checked, and frozen. The only module that looks at the environment."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.core.errors import Misconfigured
from bot.core.model import Channel, Mode

SLACK_API = "https://slack.com/api/"

# Variables of channels and CRMs that the design knows and this version does not use yet.
LATER = ("TWILIO_ACCOUNT_SID", "SALESFORCE_URL", "ZENDESK_URL", "IMAP_URL")


@dataclass(frozen=True)
class SlackSettings:
    """How to reach Slack: Socket Mode with an app token, else signed HTTP with a signing secret."""

    bot_token: str
    app_token: str = ""
    signing_secret: str = ""
    api_url: str = SLACK_API
    channels: Mapping[str, str] = field(default_factory=dict)
    escalation_channel: str = ""
    managers: tuple[str, ...] = ()


@dataclass(frozen=True)
class MailSettings:
    """Sending by SMTP, receiving by the embedded listener; either may be off."""

    support_address: str
    smtp_url: str = ""
    listen: str = ""


@dataclass(frozen=True)
class ModelSettings:
    """An OpenAI-compatible endpoint."""

    api_key: str
    base_url: str
    name: str
    budget: float = 8.0


@dataclass(frozen=True)
class Settings:
    """Everything the app needs to know to start. `unused` names variables set for what is not built yet."""

    slack: SlackSettings
    mail: MailSettings | None = None
    model: ModelSettings | None = None
    database_url: str = "sqlite+aiosqlite:///var/threadpilot.db"
    http: str = "127.0.0.1:8480"
    public_url: str = ""
    secret_key: str = ""
    brand: str = "Support"
    knowledge_dir: Path | None = None
    customers_file: Path | None = None
    chat_origins: tuple[str, ...] = ()
    default_mode: Mode = Mode.ASSIST
    unused: tuple[str, ...] = ()

    @property
    def http_address(self) -> tuple[str, int]:
        """Return host and port to listen on."""
        return host_and_port("THREADPILOT_HTTP", self.http)


def read_environment(environ: Mapping[str, str], env_file: Path = Path(".env")) -> dict[str, str]:
    """Return the environment on top of what a `.env` file says."""
    from_file = {key: value for key, value in dotenv_values(env_file).items() if value is not None}
    return {**from_file, **environ}


def from_env(env: Mapping[str, str]) -> Settings:
    """Check the environment and return the settings.

    Raises:
        Misconfigured: something is missing, half set or malformed; one sentence that names the variable.
    """
    host_and_port("THREADPILOT_HTTP", env.get("THREADPILOT_HTTP") or Settings.http)
    return Settings(
        slack=_slack(env),
        mail=_mail(env),
        model=_model(env),
        database_url=database_url(env),
        http=env.get("THREADPILOT_HTTP") or Settings.http,
        public_url=env.get("THREADPILOT_PUBLIC_URL", "").rstrip("/"),
        secret_key=env.get("THREADPILOT_SECRET_KEY", ""),
        brand=env.get("BRAND_NAME") or Settings.brand,
        knowledge_dir=_existing(env, "KNOWLEDGE_DIR"),
        customers_file=_existing(env, "CUSTOMERS_FILE"),
        chat_origins=tuple(_list(env.get("CHAT_ORIGINS", ""))),
        default_mode=_mode(env),
        unused=tuple(name for name in LATER if env.get(name)),
    )


def database_url(env: Mapping[str, str]) -> str:
    """Return DATABASE_URL, checked."""
    url = env.get("DATABASE_URL") or Settings.database_url
    if not url.startswith("sqlite+aiosqlite://"):
        scheme = url.split("://", 1)[0]
        raise Misconfigured(
            f"DATABASE_URL starts with {scheme}://, but this version supports sqlite+aiosqlite:/// only."
        )
    return url


def host_and_port(name: str, value: str) -> tuple[str, int]:
    """Split `host:port`; raises Misconfigured naming the variable."""
    host, separator, port = value.rpartition(":")
    if not separator or not host or not port.isdigit() or int(port) > 65_535:
        raise Misconfigured(f"{name}={value!r} is not host:port, for example 127.0.0.1:8480.")
    return host.strip("[]"), int(port)


def _slack(env: Mapping[str, str]) -> SlackSettings:
    token = env.get("SLACK_BOT_TOKEN", "")
    if not token:
        raise Misconfigured(
            "SLACK_BOT_TOKEN is not set. Create the Slack app from manifest.yml, or try `threadpilot demo`."
        )
    app_token, secret = env.get("SLACK_APP_TOKEN", ""), env.get("SLACK_SIGNING_SECRET", "")
    if not app_token and not secret:
        raise Misconfigured(
            "Set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) beside SLACK_BOT_TOKEN."
        )
    api_url = env.get("SLACK_API_URL") or SLACK_API
    if urlsplit(api_url).scheme not in {"http", "https"}:
        raise Misconfigured(f"SLACK_API_URL={api_url!r} is not an http(s) address.")
    return SlackSettings(
        bot_token=token,
        app_token=app_token,
        signing_secret=secret,
        api_url=api_url.rstrip("/") + "/",
        channels=_slack_channels(env.get("SLACK_CHANNELS", "")),
        escalation_channel=env.get("SLACK_ESCALATION_CHANNEL", ""),
        managers=tuple(_list(env.get("SLACK_MANAGERS", ""))),
    )


def _slack_channels(value: str) -> dict[str, str]:
    channels = {}
    for part in _list(value):
        name, separator, slack_id = (piece.strip() for piece in part.partition("="))
        if not separator or not slack_id or name not in {*Channel, "*"}:
            raise Misconfigured(
                f"SLACK_CHANNELS has {part!r}; write email=C1,chat=C2,*=C0 (* is all others)."
            )
        channels[name] = slack_id
    if not channels:
        raise Misconfigured(
            "SLACK_CHANNELS is not set: say where conversations appear, for example *=C0123456."
        )
    if "*" not in channels and not set(Channel) <= set(channels):
        raise Misconfigured("SLACK_CHANNELS names no Slack channel for some channels: add *=C0123456.")
    return channels


def _mail(env: Mapping[str, str]) -> MailSettings | None:
    support = env.get("SUPPORT_ADDRESS", "")
    smtp_url, listen = env.get("SMTP_URL", ""), env.get("SMTP_LISTEN", "")
    if not (smtp_url or listen or support):
        return None
    if not re.fullmatch(r"[^@\s<>+]+@[^@\s<>]+", support):
        raise Misconfigured(
            f"SUPPORT_ADDRESS={support!r} is not a plain e-mail address; SMTP_URL and SMTP_LISTEN need one."
        )
    if not smtp_url:
        raise Misconfigured("SMTP_URL is not set, so answers could not be sent: for example smtp://relay:25.")
    if urlsplit(smtp_url).scheme not in {"smtp", "smtps"} or not urlsplit(smtp_url).hostname:
        raise Misconfigured(
            "SMTP_URL is not an address like smtp://user:password@relay:587 or smtps://relay."
        )
    if listen:
        host_and_port("SMTP_LISTEN", listen)
    return MailSettings(support_address=support.lower(), smtp_url=smtp_url, listen=listen)


def _model(env: Mapping[str, str]) -> ModelSettings | None:
    key, base_url = env.get("OPENAI_API_KEY", ""), env.get("OPENAI_BASE_URL", "")
    if not key and not base_url:
        if env.get("OPENAI_MODEL"):
            raise Misconfigured("OPENAI_MODEL is set, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is.")
        return None
    return ModelSettings(
        api_key=key or "none",
        base_url=base_url or "https://api.openai.com/v1",
        name=env.get("OPENAI_MODEL") or "gpt-4.1-mini",
    )


def _mode(env: Mapping[str, str]) -> Mode:
    value = env.get("THREADPILOT_MODE") or Mode.ASSIST
    try:
        return Mode(value)
    except ValueError:
        raise Misconfigured(f"THREADPILOT_MODE={value!r} is none of {', '.join(Mode)}.") from None


def _existing(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name)
    if not value:
        return None
    path = Path(value).expanduser()
    if not path.exists():
        raise Misconfigured(f"{name}={value} does not exist.")
    return path


def _list(value: str) -> Iterator[str]:
    return (part.strip() for part in value.split(",") if part.strip())
