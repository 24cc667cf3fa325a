"""Settings: the environment, read once, checked, and frozen. The only module that looks at the environment."""

import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.core.errors import Misconfigured
from bot.core.model import AskEmail, Channel, Mode, Status

# RFC 5321 allows 64 characters before the @; the signed part of a reply address takes 43.
_LONGEST_LOCAL_PART = 21
_SHORTEST_SECRET = 16
SLACK_API = "https://slack.com/api/"
TWILIO_API = "https://api.twilio.com"

_ZENDESK_WORDS = ("channel", "conversation", "confidence")
_TWILIO = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_NUMBER")
_SALESFORCE = (
    "SALESFORCE_URL",
    "SALESFORCE_CLIENT_ID",
    "SALESFORCE_CLIENT_SECRET",
    "SALESFORCE_USERNAME",
    "SALESFORCE_PRIVATE_KEY_FILE",
)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_POSTGRES = ("postgresql+psycopg://", "postgresql://", "postgres://")
_ENV_FILE = Path(".env")
_SHORTEST_IDENTITY_SECRET = 32
_SHORTEST_SECRET_KEY = 16
_LANGUAGE = re.compile(r"[a-z]{2,3}-[A-Z]{2}")
_SPOKEN = ("EN", "DE", "ES", "FR")
_SLACK_ID = re.compile(r"[A-Z][A-Z0-9]+")
_ORIGIN = re.compile(r"https?://[^\s/?#@;'\"]+/?")


@dataclass(frozen=True)
class SlackSettings:
    """How to reach Slack: Socket Mode with an app token, else signed HTTP with a signing secret."""

    bot_token: str
    app_token: str = ""
    signing_secret: str = ""
    api_url: str = SLACK_API
    channels: Mapping[str, str] = field(default_factory=dict)
    escalation_channel: str = ""
    audit_channel: str = ""
    managers: tuple[str, ...] = ()


@dataclass(frozen=True)
class OAuthSettings:
    """How mail servers are logged in to with tokens: a fixed one, or fresh ones from `token_url`."""

    token: str = field(default="", repr=False)
    token_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scope: str = ""
    refresh_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class MailSettings:
    """Sending by SMTP; receiving by the embedded listener and from mailboxes (URLs); each may be off."""

    support_address: str
    smtp_url: str = ""
    listen: str = ""
    mailboxes: tuple[str, ...] = field(default=(), repr=False)
    inbound_secret: str = field(default="", repr=False)
    authserv_id: str = ""
    template: Path | None = None
    signature: Path | None = None
    agents: tuple[str, ...] = ()
    named_subjects: str = "auto"
    oauth: OAuthSettings | None = None


@dataclass(frozen=True)
class TwilioSettings:
    """An account and number of Twilio's, for text messages and calls. `phone_answer` is "sms" or "call".

    `languages` are those of single numbers; `consent` is by language what callers are told in place of our own words.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    number: str
    public_url: str
    api_url: str = TWILIO_API
    whatsapp_number: str = ""
    whatsapp_template: str = ""
    phone_answer: str = "sms"
    language: str = "en-US"
    languages: Mapping[str, str] = field(default_factory=dict)
    consent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SalesforceSettings:
    """An org, how we log in to it, and which of its fields appear on cards and may appear in answers."""

    url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    username: str = ""
    private_key_file: Path | None = None
    fields: tuple[str, ...] = ()
    answer_fields: tuple[str, ...] = ()
    daily_requests: int | None = None
    write_back: bool = False
    case_field: str = "Threadpilot_Id__c"
    case_statuses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ZendeskSettings:
    """An account of Zendesk's, used as an OAuth client or with one fixed token.

    With a `webhook_secret`, tickets that begin there become conversations; with `write_back`, conversations of all
    channels become tickets. `fields` are ids of custom fields, each for a word of ours.
    """

    url: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    oauth_token: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    write_back: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelSettings:
    """An OpenAI-compatible endpoint. `prices` are those of a million tokens that it reads, and that it writes."""

    api_key: str
    base_url: str
    name: str
    budget: float = 8.0
    prices: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class ChatSettings:
    """Which sites carry the widget, what it asks its visitors for, and the secret with which sites vouch for them."""

    origins: tuple[str, ...] = ()
    identity_secret: str = ""
    require_identity: bool = False
    ask_email: AskEmail = AskEmail.OFF


@dataclass(frozen=True)
class SurveySettings:
    """On which channels customers are asked for a rating, and so many minutes after a conversation was closed."""

    channels: tuple[Channel, ...] = ()
    after: int = 60


@dataclass(frozen=True)
class Settings:
    """Everything the app needs to know to start."""

    slack: SlackSettings
    mail: MailSettings | None = None
    twilio: TwilioSettings | None = None
    salesforce: SalesforceSettings | None = None
    zendesk: ZendeskSettings | None = None
    model: ModelSettings | None = None
    database_url: str = "sqlite+aiosqlite:///var/threadpilot.db"
    http: str = "127.0.0.1:8480"
    health: str = ""
    public_url: str = ""
    secret_key: str = ""
    brand: str = "Support"
    knowledge_dir: Path | None = None
    customers_file: Path | None = None
    chat: ChatSettings = field(default_factory=ChatSettings)
    survey: SurveySettings = field(default_factory=SurveySettings)
    default_mode: Mode = Mode.ASSIST
    escalation_rules: Path | None = None
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


def read_environment(environ: Mapping[str, str], env_file: Path = _ENV_FILE) -> dict[str, str]:
    """Return the environment on top of what a `.env` file says; only `.env` itself may be missing.

    Raises:
        Misconfigured: the file cannot be read.
    """
    try:
        if env_file != _ENV_FILE or env_file.exists():
            env_file.open("rb").close()
        from_file = {key: value for key, value in dotenv_values(env_file).items() if value is not None}
    except OSError as error:
        raise Misconfigured(f"The settings file {env_file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"The settings file {env_file} is not UTF-8 text.") from error
    return {**from_file, **environ}


def from_env(env: Mapping[str, str]) -> Settings:
    """Check the environment and return the settings.

    Raises:
        Misconfigured: something is missing, half set or malformed; one sentence that names the variable.
    """
    env = {name: value.strip() for name, value in env.items()}
    host_and_port("THREADPILOT_HTTP", env.get("THREADPILOT_HTTP") or Settings.http)
    if env.get("THREADPILOT_HEALTH"):
        host_and_port("THREADPILOT_HEALTH", env["THREADPILOT_HEALTH"])
    return Settings(
        slack=_slack(env),
        mail=_mail(env),
        twilio=_twilio(env),
        salesforce=salesforce_settings(env),
        zendesk=_zendesk(env),
        model=_model(env),
        database_url=database_url(env),
        http=env.get("THREADPILOT_HTTP") or Settings.http,
        health=env.get("THREADPILOT_HEALTH", ""),
        public_url=_web_address(env, "THREADPILOT_PUBLIC_URL").rstrip("/"),
        secret_key=_secret_key(env),
        brand=env.get("BRAND_NAME") or Settings.brand,
        knowledge_dir=_path(env, "KNOWLEDGE_DIR", "folder", Path.is_dir),
        customers_file=_path(env, "CUSTOMERS_FILE", "file", Path.is_file),
        chat=_chat(env),
        survey=_survey(env),
        default_mode=_mode(env),
        escalation_rules=_path(env, "ESCALATION_RULES", "file", Path.is_file),
        crash_at=env.get("THREADPILOT_CRASH_AT", ""),
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


def host_and_port(name: str, value: str) -> tuple[str, int]:
    """Split `host:port`; raises Misconfigured naming the variable."""
    host, separator, port = value.rpartition(":")
    if not separator or not host or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65_535:
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
    api_url = _web_address(env, "SLACK_API_URL") or SLACK_API
    return SlackSettings(
        bot_token=token,
        app_token=app_token,
        signing_secret=secret,
        api_url=api_url.rstrip("/") + "/",
        channels=_slack_channels(env.get("SLACK_CHANNELS", "")),
        escalation_channel=_one_channel(env, "SLACK_ESCALATION_CHANNEL"),
        audit_channel=_one_channel(env, "SLACK_AUDIT_CHANNEL"),
        managers=_slack_ids(env, "SLACK_MANAGERS", "U0123456,S0123456"),
    )


def _one_channel(env: Mapping[str, str], name: str) -> str:
    ids = _slack_ids(env, name, "C0123456")
    if len(ids) > 1:
        raise Misconfigured(f"{name} names {len(ids)} Slack channels; it takes one.")
    return "".join(ids)


def _slack_channels(value: str) -> dict[str, str]:
    channels = {}
    for part in _list(value):
        name, separator, slack_id = (piece.strip() for piece in part.partition("="))
        if not separator or not _SLACK_ID.fullmatch(slack_id) or name not in {*Channel, "*"}:
            raise Misconfigured(
                f"SLACK_CHANNELS has {part!r}; write email=C1,chat=C2,*=C0, with the ids that Slack gives its "
                "channels (* is all others)."
            )
        if name in channels:
            raise Misconfigured(f"SLACK_CHANNELS names {name} twice; give each channel one Slack channel.")
        channels[name] = slack_id
    if not channels:
        raise Misconfigured(
            "SLACK_CHANNELS is not set: say where conversations appear, for example *=C0123456."
        )
    if "*" not in channels and not set(Channel) <= set(channels):
        raise Misconfigured("SLACK_CHANNELS names no Slack channel for some channels: add *=C0123456.")
    return channels


def _slack_ids(env: Mapping[str, str], name: str, example: str) -> tuple[str, ...]:
    ids = tuple(_list(env.get(name, "")))
    for one in ids:
        if not _SLACK_ID.fullmatch(one):
            raise Misconfigured(f"{name} has {one!r}, which is not an id of Slack's: write {example}.")
    return ids


def _mail(env: Mapping[str, str]) -> MailSettings | None:
    support = env.get("SUPPORT_ADDRESS", "")
    smtp_url, listen, mailboxes = (env.get(name, "") for name in ("SMTP_URL", "SMTP_LISTEN", "IMAP_URL"))
    inbound_secret = env.get("INBOUND_EMAIL_SECRET", "")
    if not (smtp_url or listen or support or mailboxes or inbound_secret):
        return None
    if not support:
        raise Misconfigured(
            "SUPPORT_ADDRESS is not set; SMTP_URL and whatever takes mail in need it: the address customers write to."
        )
    if not re.fullmatch(r"[^@\s<>+]+@[^@\s<>]+", support):
        raise Misconfigured(
            f"SUPPORT_ADDRESS={support!r} is not a plain e-mail address; SMTP_URL and SMTP_LISTEN need one."
        )
    if len(support.partition("@")[0]) > _LONGEST_LOCAL_PART:
        raise Misconfigured(
            f"SUPPORT_ADDRESS={support!r} has more than {_LONGEST_LOCAL_PART} characters before the @: "
            "no room is left for the signature that keeps replies in their thread."
        )
    if not smtp_url:
        raise Misconfigured("SMTP_URL is not set, so answers could not be sent: for example smtp://relay:25.")
    if not _is_url(smtp_url, {"smtp", "smtps"}):
        raise Misconfigured(
            "SMTP_URL is not an address like smtp://user:password@relay:587 or smtps://relay."
        )
    if listen:
        host_and_port("SMTP_LISTEN", listen)
    if inbound_secret and len(inbound_secret) < _SHORTEST_SECRET:
        raise Misconfigured(
            f"INBOUND_EMAIL_SECRET has fewer than {_SHORTEST_SECRET} characters. Make it with: openssl rand -hex 32"
        )
    return MailSettings(
        support_address=support.lower(),
        smtp_url=smtp_url,
        listen=listen,
        mailboxes=tuple(_list(mailboxes)),
        inbound_secret=inbound_secret,
        authserv_id=_authserv_id(env),
        template=_path(env, "MAIL_TEMPLATE_FILE", "file", Path.is_file),
        signature=_path(env, "MAIL_SIGNATURE_FILE", "file", Path.is_file),
        agents=_agents(env),
        named_subjects=_like(env, "MAIL_SUBJECT_TOKEN", "auto|always|never", "auto, always or never")
        or "auto",
        oauth=_oauth(env),
    )


def _agents(env: Mapping[str, str]) -> tuple[str, ...]:
    """Read addresses and domains; a domain may be written with an @ before it."""
    agents = tuple(one.lower().removeprefix("@") for one in _list(env.get("SUPPORT_AGENTS", "")))
    for one in agents:
        if not re.fullmatch(r"(?:[^@\s<>]+@)?[^@\s<>]+\.[^@\s<>.]+", one):
            raise Misconfigured(
                f"SUPPORT_AGENTS has {one!r}; write addresses and domains such as kim@shop.example, shop.example."
            )
    if agents and not env.get("MAIL_AUTHSERV_ID"):
        raise Misconfigured(
            "SUPPORT_AGENTS is set, so MAIL_AUTHSERV_ID must be set: without it anybody could write as an agent."
        )
    return agents


def _authserv_id(env: Mapping[str, str]) -> str:
    name = env.get("MAIL_AUTHSERV_ID", "")
    if name and not re.fullmatch(r"[^\s;()\"]+", name):
        raise Misconfigured(
            f"MAIL_AUTHSERV_ID={name!r} is not the name with which a mail server begins its Authentication-Results."
        )
    return name


def _oauth(env: Mapping[str, str]) -> OAuthSettings | None:
    names = {field.name: f"MAIL_OAUTH_{field.name.upper()}" for field in fields(OAuthSettings)}
    given = {field: env[name] for field, name in names.items() if env.get(name)}
    if not given:
        return None
    _web_address(env, names["token_url"])
    if "token" not in given and not {"token_url", "client_id"} <= set(given):
        raise Misconfigured(
            "Set MAIL_OAUTH_TOKEN, or MAIL_OAUTH_TOKEN_URL and MAIL_OAUTH_CLIENT_ID with MAIL_OAUTH_CLIENT_SECRET."
        )
    if "token" in given and "token_url" in given:
        raise Misconfigured("Set either MAIL_OAUTH_TOKEN or MAIL_OAUTH_TOKEN_URL, not both.")
    return OAuthSettings(**given)


def _twilio(env: Mapping[str, str]) -> TwilioSettings | None:
    given = {name: env.get(name, "") for name in _TWILIO}
    missing = [name for name, value in given.items() if not value]
    if missing == list(_TWILIO):
        return None
    if missing:
        raise Misconfigured(
            f"Text messages and phone need all of {', '.join(_TWILIO)}: set {' and '.join(missing)}."
        )
    account, token, number = given.values()
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", account):
        raise Misconfigured("TWILIO_ACCOUNT_SID is not like AC and 32 hexadecimal digits.")
    api_url, public_url = _web_address(env, "TWILIO_API_URL"), _web_address(env, "THREADPILOT_PUBLIC_URL")
    if not (api_url or public_url):
        raise Misconfigured(
            "THREADPILOT_PUBLIC_URL is not set: Twilio signs the address it calls, such as https://support.example.com."
        )
    language, languages = _languages(env.get("TWILIO_LANGUAGE", ""))
    return TwilioSettings(
        account_sid=account,
        auth_token=token,
        number=_number("TWILIO_NUMBER", number),
        # A stand-in on this machine reaches us as we are.
        public_url=(public_url or f"http://{env.get('THREADPILOT_HTTP') or Settings.http}").rstrip("/"),
        api_url=(api_url or TWILIO_API).rstrip("/"),
        whatsapp_number=_number("TWILIO_WHATSAPP_NUMBER", env.get("TWILIO_WHATSAPP_NUMBER") or number),
        whatsapp_template=_like(
            env, "TWILIO_WHATSAPP_TEMPLATE", r"HX[0-9a-fA-F]{32}", "HX and 32 hexadecimal digits"
        ),
        phone_answer=_like(env, "TWILIO_PHONE_ANSWER", "sms|call", "sms or call") or "sms",
        language=language,
        languages=languages,
        consent={
            name.lower(): env[f"TWILIO_CONSENT_{name}"]
            for name in _SPOKEN
            if env.get(f"TWILIO_CONSENT_{name}")
        },
    )


def _languages(value: str) -> tuple[str, dict[str, str]]:
    """Read one language for all numbers and, with `number=language`, others for single ones."""
    usual, by_number = TwilioSettings.language, {}
    for one in _list(value):
        number, _, language = one.rpartition("=")
        if not _LANGUAGE.fullmatch(language):
            raise Misconfigured(f"TWILIO_LANGUAGE has {one!r}; write en-GB, or en-GB,+4930123456=de-DE.")
        if number:
            by_number[_number("TWILIO_LANGUAGE", number)] = language
        else:
            usual = language
    return usual, by_number


def _number(name: str, value: str) -> str:
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", value):
        raise Misconfigured(f"{name}={value!r} is not a number like +4930123456, with + and country code.")
    return value


def _like(env: Mapping[str, str], name: str, shape: str, example: str) -> str:
    value = env.get(name, "")
    if value and not re.fullmatch(shape, value):
        raise Misconfigured(f"{name}={value!r} is not like {example}.")
    return value


def salesforce_settings(env: Mapping[str, str]) -> SalesforceSettings | None:
    """Return how Salesforce is reached, None when nothing of it is set; raises Misconfigured for half of it."""
    given = {name: env[name] for name in _SALESFORCE if env.get(name)}
    if not given:
        return None
    _check_login(given)
    limit = _like(env, "SALESFORCE_DAILY_REQUESTS", r"[1-9][0-9]{0,8}", "20000")
    return SalesforceSettings(
        url=_org(env),
        client_id=given["SALESFORCE_CLIENT_ID"],
        client_secret=given.get("SALESFORCE_CLIENT_SECRET", ""),
        username=given.get("SALESFORCE_USERNAME", ""),
        private_key_file=_path(env, "SALESFORCE_PRIVATE_KEY_FILE", "file", Path.is_file),
        fields=tuple(_salesforce_fields(env, "SALESFORCE_FIELDS")),
        answer_fields=tuple(_salesforce_fields(env, "SALESFORCE_ANSWER_FIELDS")),
        daily_requests=int(limit) if limit else None,
        write_back=_yes_or_no(env, "SALESFORCE_WRITE_BACK"),
        case_field=_like(env, "SALESFORCE_CASE_FIELD", r"[A-Za-z]\w{0,74}__c", SalesforceSettings.case_field)
        or SalesforceSettings.case_field,
        case_statuses=dict(_case_statuses(env)),
    )


def _case_statuses(env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for pair in _list(env.get("SALESFORCE_CASE_STATUSES", "")):
        ours, separator, theirs = (piece.strip() for piece in pair.partition("="))
        if not separator or not theirs or ours not in set(Status):
            raise Misconfigured(
                f"SALESFORCE_CASE_STATUSES has {pair!r}; write answered=On Hold,resolved=Closed, with "
                f"{', '.join(Status)} on the left."
            )
        yield ours, theirs


def _check_login(given: Mapping[str, str]) -> None:
    by_key = {"SALESFORCE_USERNAME", "SALESFORCE_PRIVATE_KEY_FILE"} & set(given)
    if by_key and "SALESFORCE_CLIENT_SECRET" in given:
        raise Misconfigured(
            "Set either SALESFORCE_CLIENT_SECRET or SALESFORCE_USERNAME with SALESFORCE_PRIVATE_KEY_FILE, not both."
        )
    way = ("SALESFORCE_USERNAME", "SALESFORCE_PRIVATE_KEY_FILE") if by_key else ("SALESFORCE_CLIENT_SECRET",)
    needed = ("SALESFORCE_URL", "SALESFORCE_CLIENT_ID", *way)
    missing = [name for name in needed if name not in given]
    if missing:
        raise Misconfigured(f"Salesforce needs all of {', '.join(needed)}: set {' and '.join(missing)}.")


def _org(env: Mapping[str, str]) -> str:
    """Return the org's own address: the general login pages hand out no tokens to apps, Lightning takes none."""
    url = _web_address(env, "SALESFORCE_URL").rstrip("/")
    host, secure = urlsplit(url).hostname or "", url.startswith("https://")
    general = host in {"login.salesforce.com", "test.salesforce.com"} or host.endswith(".force.com")
    if general or not (secure or host in _LOOPBACK):
        raise Misconfigured(
            f"SALESFORCE_URL={url!r} is not your org's My Domain, such as https://acme.my.salesforce.com."
        )
    return url


def _salesforce_fields(env: Mapping[str, str], name: str) -> Iterator[str]:
    for each in _list(env.get(name, "")):
        if not re.fullmatch(r"(?:Contact|Account)\.[A-Za-z]\w{0,79}", each, re.ASCII):
            raise Misconfigured(
                f"{name} has {each!r}; write fields such as Contact.Plan__c,Account.Health__c."
            )
        yield each


def _zendesk(env: Mapping[str, str]) -> ZendeskSettings | None:
    if not any(value for name, value in env.items() if name.startswith("ZENDESK_")):
        return None
    url, token = _web_address(env, "ZENDESK_URL").rstrip("/"), env.get("ZENDESK_OAUTH_TOKEN", "")
    client, secret = env.get("ZENDESK_CLIENT_ID", ""), env.get("ZENDESK_CLIENT_SECRET", "")
    if not url:
        raise Misconfigured("ZENDESK_URL is not set: for example https://acme.zendesk.com.")
    if token and (client or secret):
        raise Misconfigured("Set either ZENDESK_OAUTH_TOKEN or ZENDESK_CLIENT_ID, not both.")
    if not token and not (client and secret):
        raise Misconfigured(
            "Zendesk needs ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET, or ZENDESK_OAUTH_TOKEN."
        )
    return ZendeskSettings(
        url=url,
        client_id=client,
        client_secret=secret,
        oauth_token=token,
        webhook_secret=env.get("ZENDESK_WEBHOOK_SECRET", ""),
        write_back=_yes_or_no(env, "ZENDESK_WRITE_BACK"),
        fields=dict(_zendesk_fields(env.get("ZENDESK_FIELDS", ""))),
    )


def _zendesk_fields(value: str) -> Iterator[tuple[str, str]]:
    for part in _list(value):
        number, equals, word = (piece.strip() for piece in part.partition("="))
        if not equals or not re.fullmatch(r"[0-9]{1,18}", number) or word not in _ZENDESK_WORDS:
            raise Misconfigured(
                f"ZENDESK_FIELDS has {part!r}; write 36000123=channel, with the id of a custom field and one of "
                f"{', '.join(_ZENDESK_WORDS)}."
            )
        yield number, word


def _model(env: Mapping[str, str]) -> ModelSettings | None:
    key, base_url = env.get("OPENAI_API_KEY", ""), _web_address(env, "OPENAI_BASE_URL")
    if not key and not base_url:
        if env.get("OPENAI_MODEL"):
            raise Misconfigured("OPENAI_MODEL is set, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is.")
        return None
    return ModelSettings(
        api_key=key or "none",
        base_url=base_url or "https://api.openai.com/v1",
        name=env.get("OPENAI_MODEL") or "gpt-4.1-mini",
        prices=_prices(env),
    )


def _prices(env: Mapping[str, str]) -> tuple[float, float]:
    told = env.get("OPENAI_PRICES", "")
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)\s*/\s*(\d{1,6}(?:\.\d{1,6})?)", told or "0/0")
    if found is None:
        raise Misconfigured(
            f"OPENAI_PRICES={told!r} is not two prices for a million tokens, read and written, for example 0.40/1.60."
        )
    return float(found[1]), float(found[2])


def _chat(env: Mapping[str, str]) -> ChatSettings:
    secret, ask = env.get("CHAT_IDENTITY_SECRET", ""), env.get("CHAT_EMAIL") or AskEmail.OFF
    if secret and len(secret) < _SHORTEST_IDENTITY_SECRET:
        raise Misconfigured(
            f"CHAT_IDENTITY_SECRET has fewer than {_SHORTEST_IDENTITY_SECRET} characters. "
            "Make it with: openssl rand -hex 32"
        )
    require = _yes_or_no(env, "CHAT_REQUIRE_IDENTITY")
    if require and not secret:
        raise Misconfigured("CHAT_REQUIRE_IDENTITY is on, so CHAT_IDENTITY_SECRET must be set.")
    if ask not in set(AskEmail):
        raise Misconfigured(f"CHAT_EMAIL={ask!r} is none of {', '.join(AskEmail)}.")
    return ChatSettings(
        origins=tuple(_origins(env.get("CHAT_ORIGINS", ""))),
        identity_secret=secret,
        require_identity=require,
        ask_email=AskEmail(ask),
    )


def _survey(env: Mapping[str, str]) -> SurveySettings:
    needs = {
        Channel.EMAIL: ("SMTP_URL", "THREADPILOT_PUBLIC_URL"),
        Channel.SMS: _TWILIO,
        Channel.PHONE: _TWILIO,
    }
    channels = []
    for name in dict.fromkeys(_list(env.get("RATING_CHANNELS", ""))):
        if name not in needs:
            raise Misconfigured(
                f"RATING_CHANNELS has {name!r}; write some of email, sms, phone (the chat always asks)."
            )
        missing = [one for one in needs[Channel(name)] if not env.get(one)]
        if missing:
            raise Misconfigured(f"RATING_CHANNELS names {name}, so {' and '.join(missing)} must be set.")
        channels.append(Channel(name))
    after = _like(env, "RATING_AFTER", r"[0-9]{1,5}", "60, in minutes")
    return SurveySettings(tuple(channels), int(after) if after else SurveySettings.after)


def _yes_or_no(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "").lower()
    if value not in {"", "yes", "no", "true", "false", "1", "0"}:
        raise Misconfigured(f"{name}={value!r} is neither yes nor no.")
    return value in {"yes", "true", "1"}


def _mode(env: Mapping[str, str]) -> Mode:
    value = env.get("THREADPILOT_MODE") or Mode.ASSIST
    try:
        return Mode(value)
    except ValueError:
        raise Misconfigured(f"THREADPILOT_MODE={value!r} is none of {', '.join(Mode)}.") from None


def _path(env: Mapping[str, str], name: str, kind: str, is_one: Callable[[Path], bool]) -> Path | None:
    value = env.get(name)
    if not value:
        return None
    try:
        path = Path(value).expanduser()
        there, fits = path.exists(), is_one(path)
    except (OSError, RuntimeError) as error:
        raise Misconfigured(f"{name}={value} cannot be looked at: {error}.") from error
    if not there:
        raise Misconfigured(f"{name}={value} does not exist.")
    if not fits:
        raise Misconfigured(f"{name}={value} is not a {kind}.")
    return path


def _web_address(env: Mapping[str, str], name: str) -> str:
    url = env.get(name, "")
    if url and not _is_url(url, {"http", "https"}):
        raise Misconfigured(f"{name}={url!r} is not an http(s) address.")
    return url


def _is_url(url: str, schemes: Container[str]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        return False


def _origins(value: str) -> Iterator[str]:
    for origin in _list(value):
        if not _ORIGIN.fullmatch(origin) or not _is_url(origin, {"http", "https"}):
            raise Misconfigured(f"CHAT_ORIGINS has {origin!r}; write origins such as https://shop.example.")
        yield origin.rstrip("/")


def _list(value: str) -> Iterator[str]:
    return (part.strip() for part in value.split(",") if part.strip())
