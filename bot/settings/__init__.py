"""Settings: the environment, read once, checked, and frozen. The only package that looks at the environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from bot.core.errors import Misconfigured
from bot.core.model import Mode
from bot.core.retention import Keep
from bot.settings.answers import ModelSettings, model_settings
from bot.settings.chat import ChatSettings, SurveySettings, chat_settings, survey_settings
from bot.settings.crm import SalesforceSettings, ZendeskSettings, salesforce_settings, zendesk_settings
from bot.settings.mail import MailSettings, mail_settings
from bot.settings.phone import TwilioSettings, twilio_settings
from bot.settings.reading import HTTP, existing, host_and_port, listed, web_address, whole
from bot.settings.retention import retention_settings
from bot.settings.slack import SlackSettings, slack_settings

_POSTGRES = ("postgresql+psycopg://", "postgresql://", "postgres://")
SQLITE = "sqlite+aiosqlite:///var/threadpilot.db"
_SHORTEST_SECRET_KEY = 16


@dataclass(frozen=True)
class Settings:
    """Everything the app needs to know to start."""

    slack: SlackSettings
    mail: MailSettings | None = None
    twilio: TwilioSettings | None = None
    salesforce: SalesforceSettings | None = None
    zendesk: ZendeskSettings | None = None
    model: ModelSettings | None = None
    database_url: str = field(default=SQLITE, repr=False)
    http: str = HTTP
    health: str = ""
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    public_url: str = ""
    secret_key: str = field(default="", repr=False)
    brand: str = "Support"
    knowledge_dir: Path | None = None
    macros_dir: Path | None = None
    customers_file: Path | None = None
    chat: ChatSettings = field(default_factory=ChatSettings)
    survey: SurveySettings = field(default_factory=SurveySettings)
    default_mode: Mode = Mode.ASSIST
    escalation_rules: Path | None = None
    retention: tuple[Keep, ...] = ()
    crash_at: str = ""

    @property
    def record_systems(self) -> tuple[str, ...]:
        """The systems that are told of every change of a conversation."""
        zendesk = self.zendesk
        names = {
            "zendesk": zendesk and (zendesk.write_back or zendesk.webhook_secret),
            "salesforce": self.salesforce and self.salesforce.write_back,
        }
        return tuple(name for name, follows in names.items() if follows)


def from_env(env: Mapping[str, str]) -> Settings:
    """Check the environment and return the settings.

    Raises:
        Misconfigured: something is missing, half set or malformed; for each a sentence that names the variable.
    """
    env = {name: value.strip() for name, value in env.items()}
    return whole(
        Settings,
        slack=lambda: slack_settings(env),
        mail=lambda: mail_settings(env),
        twilio=lambda: twilio_settings(env),
        salesforce=lambda: salesforce_settings(env),
        zendesk=lambda: zendesk_settings(env),
        model=lambda: model_settings(env),
        database_url=lambda: database_url(env),
        http=lambda: _address(env, "THREADPILOT_HTTP", Settings.http),
        health=lambda: _address(env, "THREADPILOT_HEALTH"),
        proxies=lambda: tuple(_proxies(env)),
        public_url=lambda: web_address(env, "THREADPILOT_PUBLIC_URL").rstrip("/"),
        secret_key=lambda: _secret_key(env),
        brand=lambda: env.get("BRAND_NAME") or Settings.brand,
        knowledge_dir=lambda: existing(env, "KNOWLEDGE_DIR", "folder", Path.is_dir),
        macros_dir=lambda: existing(env, "MACROS_DIR", "folder", Path.is_dir),
        customers_file=lambda: existing(env, "CUSTOMERS_FILE", "file", Path.is_file),
        chat=lambda: chat_settings(env),
        survey=lambda: survey_settings(env),
        default_mode=lambda: _mode(env),
        escalation_rules=lambda: existing(env, "ESCALATION_RULES", "file", Path.is_file),
        retention=lambda: retention_settings(env),
        crash_at=lambda: env.get("THREADPILOT_CRASH_AT", ""),
    )


def database_url(env: Mapping[str, str]) -> str:
    """Return DATABASE_URL, checked."""
    url = env.get("DATABASE_URL", "").strip() or Settings.database_url
    if url != "sqlite+aiosqlite://" and not url.startswith(("sqlite+aiosqlite:///", *_POSTGRES)):
        raise Misconfigured(
            "DATABASE_URL starts neither with sqlite+aiosqlite:/// nor with postgresql+psycopg://: "
            f"write for example {Settings.database_url}."
        )
    return url


def _address(env: Mapping[str, str], name: str, default: str = "") -> str:
    value = env.get(name) or default
    if value:
        host_and_port(name, value)
    return value


def _proxies(env: Mapping[str, str]) -> Iterator[IPv4Network | IPv6Network]:
    for network in listed(env.get("THREADPILOT_PROXIES", "")):
        try:
            yield ip_network(network)
        except ValueError:
            raise Misconfigured(
                f"THREADPILOT_PROXIES has {network!r}; write addresses or networks, such as 127.0.0.1,10.0.0.0/8."
            ) from None


def _secret_key(env: Mapping[str, str]) -> str:
    key = env.get("THREADPILOT_SECRET_KEY", "")
    if key and len(key) < _SHORTEST_SECRET_KEY:
        raise Misconfigured(
            f"THREADPILOT_SECRET_KEY has {len(key)} characters; it takes at least {_SHORTEST_SECRET_KEY}. "
            "Make one with: openssl rand -hex 32"
        )
    if not key and database_url(env).startswith(_POSTGRES):
        raise Misconfigured(
            "DATABASE_URL names PostgreSQL, so THREADPILOT_SECRET_KEY must be set, the same in every process: "
            "it signs reply addresses. Make it with: openssl rand -hex 32"
        )
    return key


def _mode(env: Mapping[str, str]) -> Mode:
    value = env.get("THREADPILOT_MODE") or Mode.ASSIST
    try:
        return Mode(value)
    except ValueError:
        raise Misconfigured(f"THREADPILOT_MODE={value!r} is none of {', '.join(Mode)}.") from None
