"""Settings: the environment, read once, checked, and frozen. The only package that looks at the environment."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeVar

from bot.core.errors import Misconfigured
from bot.core.model import Mode
from bot.core.retention import Keep
from bot.core.sealing import OPEN, Sealing
from bot.settings.answers import ModelSettings, minilm_dir, model_settings
from bot.settings.chat import ChatSettings, SurveySettings, chat_settings, survey_settings
from bot.settings.crm import SalesforceSettings, ZendeskSettings, salesforce_settings, zendesk_settings
from bot.settings.mail import MailSettings, mail_settings
from bot.settings.phone import TwilioSettings, twilio_settings
from bot.settings.reading import HTTP, existing, host_and_port, like, listed, web_address
from bot.settings.retention import retention_settings
from bot.settings.sealing import sealing_settings
from bot.settings.slack import SlackSettings, slack_settings
from bot.settings.watching import WatchSettings, watch_settings

T = TypeVar("T")

# The parts of which settings are read, in the words of `threadpilot doctor`.
WEB, DATABASE, SLACK, ARTICLES, ESCALATION = ("web", "database", "slack", "articles", "escalation")
KEY = "secret key"
CUSTOMERS, MAIL, PHONE, CHAT, RETENTION = ("customers", "mail", "sms and phone", "chat", "retention")
SALESFORCE, ZENDESK, MODEL = ("salesforce", "zendesk", "language model")

SQLITE = "sqlite+aiosqlite:///var/threadpilot.db"
POSTGRES = "postgresql+psycopg://user:password@host/threadpilot"
# What databases' URLs begin with, as other programs write them too; the driver is always ours.
_SCHEME = re.compile(r"(sqlite|postgres(?:ql)?)(\+\w+)?:(?=//)")
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
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
    minilm_dir: Path | None = None
    customers_file: Path | None = None
    chat: ChatSettings = field(default_factory=ChatSettings)
    survey: SurveySettings = field(default_factory=SurveySettings)
    quality_every: float = 600.0
    default_mode: Mode = Mode.ASSIST
    escalation_rules: Path | None = None
    retention: tuple[Keep, ...] = ()
    sealing: Sealing = OPEN
    crash_at: str = ""
    watch: WatchSettings = field(default_factory=WatchSettings)
    build: str = "source"

    @property
    def record_systems(self) -> tuple[str, ...]:
        """The systems that are told of every change of a conversation."""
        zendesk = self.zendesk
        names = {
            "zendesk": zendesk and (zendesk.write_back or zendesk.webhook_secret),
            "salesforce": self.salesforce and self.salesforce.write_back,
        }
        return tuple(name for name, follows in names.items() if follows)


def from_env(env: Mapping[str, str], *parts: str) -> Settings:
    """Check the environment and return the settings; where `parts` are named, nothing but these matters.

    Raises:
        Misconfigured: something is missing, half set or malformed; for each a sentence that names the variable.
    """
    settings, faults = as_far_as_possible(env)
    problems = [problem for part, found in faults.items() if part in (parts or faults) for problem in found]
    if problems:
        raise Misconfigured(*dict.fromkeys(problems))  # Some look at the same variable.
    return settings


def as_far_as_possible(env: Mapping[str, str]) -> tuple[Settings, Mapping[str, Sequence[str]]]:
    """Return what can be read, and by part all that cannot; a part with a fault is as it is when nothing is set."""
    env = {name: value.strip() for name, value in env.items()}
    faults: dict[str, Sequence[str]] = {}

    def read(part: str, read: Callable[[Mapping[str, str]], T], otherwise: T) -> T:
        try:
            return read(env)
        except Misconfigured as error:
            faults[part] = tuple(dict.fromkeys((*faults.get(part, ()), *error.problems)))
            return otherwise

    settings = Settings(
        http=read(WEB, _http, Settings.http),
        health=read(WEB, _health, ""),
        slack=read(SLACK, slack_settings, SlackSettings("")),
        mail=read(MAIL, mail_settings, None),
        twilio=read(PHONE, twilio_settings, None),
        salesforce=read(SALESFORCE, salesforce_settings, None),
        zendesk=read(ZENDESK, zendesk_settings, None),
        model=read(MODEL, model_settings, None),
        database_url=read(DATABASE, database_url, Settings.database_url),
        proxies=read(WEB, lambda env: tuple(_proxies(env)), ()),
        public_url=read(WEB, _public_url, ""),
        secret_key=read(KEY, _secret_key, ""),
        brand=env.get("BRAND_NAME") or Settings.brand,
        knowledge_dir=read(ARTICLES, lambda env: existing(env, "KNOWLEDGE_DIR", "folder", Path.is_dir), None),
        macros_dir=read(ARTICLES, lambda env: existing(env, "MACROS_DIR", "folder", Path.is_dir), None),
        minilm_dir=read(ARTICLES, minilm_dir, None),
        customers_file=read(
            CUSTOMERS, lambda env: existing(env, "CUSTOMERS_FILE", "file", Path.is_file), None
        ),
        chat=read(CHAT, chat_settings, ChatSettings()),
        survey=read(CHAT, survey_settings, SurveySettings()),
        quality_every=read(ESCALATION, _quality_every, Settings.quality_every),
        default_mode=read(ESCALATION, _mode, Mode.ASSIST),
        escalation_rules=read(
            ESCALATION, lambda env: existing(env, "ESCALATION_RULES", "file", Path.is_file), None
        ),
        retention=read(RETENTION, retention_settings, ()),
        sealing=read(DATABASE, sealing_settings, OPEN),
        crash_at=env.get("THREADPILOT_CRASH_AT", ""),
        watch=read(WEB, watch_settings, WatchSettings()),
        build=env.get("THREADPILOT_BUILD") or Settings.build,
    )
    return settings, faults


def _http(env: Mapping[str, str]) -> str:
    http = env.get("THREADPILOT_HTTP") or Settings.http
    host_and_port("THREADPILOT_HTTP", http)
    return http


def _health(env: Mapping[str, str]) -> str:
    health = env.get("THREADPILOT_HEALTH", "")
    if health:
        host_and_port("THREADPILOT_HEALTH", health)
    return health


def _public_url(env: Mapping[str, str]) -> str:
    return web_address(env, "THREADPILOT_PUBLIC_URL").rstrip("/")


def database_url(env: Mapping[str, str]) -> str:
    """Return DATABASE_URL, checked, and with the driver that we use."""
    url = env.get("DATABASE_URL", "").strip() or Settings.database_url
    found = _SCHEME.match(url)
    if found is None:
        raise Misconfigured(
            f"DATABASE_URL names neither SQLite nor PostgreSQL: write {SQLITE} or {POSTGRES}."
        )
    named, driver = found.groups()
    ours = f"{_DRIVERS[named]}:{url[found.end() :]}"
    if driver and not _DRIVERS[named].endswith(driver):
        raise Misconfigured(
            f"DATABASE_URL begins with {found[0]}//, a driver that threadpilot does not use: "
            f"begin it with {_DRIVERS[named]}:// and leave the rest as it is."
        )
    if named == "sqlite" and not re.fullmatch(r"[\w+]+://(/.*)?", ours):
        raise Misconfigured(
            f"DATABASE_URL has two slashes before the path of the file; it takes three: {SQLITE}, and four before "
            "a path that begins with a slash."
        )
    return ours


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
    if not key and database_url(env).startswith("postgresql"):
        raise Misconfigured(
            "DATABASE_URL names PostgreSQL, so THREADPILOT_SECRET_KEY must be set, the same in every process: "
            "it signs reply addresses. Make it with: openssl rand -hex 32"
        )
    return key


def _quality_every(env: Mapping[str, str]) -> float:
    return float(like(env, "QUALITY_EVERY", r"[1-9][0-9]{0,4}", "600, in seconds") or Settings.quality_every)


def _mode(env: Mapping[str, str]) -> Mode:
    value = env.get("THREADPILOT_MODE") or Mode.ASSIST
    try:
        return Mode(value)
    except ValueError:
        raise Misconfigured(f"THREADPILOT_MODE={value!r} is none of {', '.join(Mode)}.") from None
