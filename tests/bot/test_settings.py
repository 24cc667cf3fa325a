"""The environment as settings, and one clear sentence for each way in which it can be wrong."""

import os
import re
from pathlib import Path

import pytest

from bot.core.errors import Misconfigured
from bot.core.model import AskEmail, Channel, Mode
from bot.core.sealing import Sealing
from bot.settings import DATABASE, RETENTION, Settings, database_url, from_env
from bot.settings.answers import ModelSettings
from bot.settings.chat import ChatSettings, SurveySettings
from bot.settings.crm import SalesforceSettings, ZendeskSettings
from bot.settings.mail import OAuthSettings
from bot.settings.names import KNOWN, unknown
from bot.settings.phone import TwilioSettings
from bot.settings.reading import host_and_port, read_environment

LEAST = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_CHANNELS": "*=C0"}
ACCOUNT = f"AC{'5' * 32}"
TWILIO = {
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": "t0ken",
    "TWILIO_NUMBER": "+442079460100",
    "THREADPILOT_PUBLIC_URL": "https://desk.shop.example",
}
SALESFORCE = {
    "SALESFORCE_URL": "https://shop.my.salesforce.com",
    "SALESFORCE_CLIENT_ID": "3MVG9",
    "SALESFORCE_CLIENT_SECRET": "c0nsumer",
}
MAIL = {"SUPPORT_ADDRESS": "help@shop.example", "SMTP_URL": "smtp://relay:25"}

ROOT = Path(__file__).parent.parent.parent


def with_least(**changes: str) -> Settings:
    return from_env(LEAST | changes)


def test_the_least_that_works_has_sensible_defaults() -> None:
    settings = with_least()
    assert settings.slack.channels == {"*": "C0"}
    assert settings.slack.api_url == "https://slack.com/api/"
    assert (settings.slack.signing_secret, settings.slack.escalation_channel) == ("", "")
    assert settings.slack.managers == ()
    assert (settings.mail, settings.model) == (None, None)
    assert (settings.knowledge_dir, settings.customers_file) == (None, None)
    assert settings.database_url == "sqlite+aiosqlite:///var/threadpilot.db"
    assert host_and_port("THREADPILOT_HTTP", settings.http) == ("127.0.0.1", 8480)
    assert (settings.public_url, settings.secret_key, settings.brand) == ("", "", "Support")
    assert settings.default_mode is Mode.ASSIST
    assert settings.chat == ChatSettings()


def test_every_variable_reaches_its_setting(tmp_path: Path) -> None:
    customers = tmp_path / "customers.csv"
    customers.touch()
    settings = with_least(
        SLACK_SIGNING_SECRET="s3cret",
        SLACK_API_URL="http://127.0.0.1:8481/slack/api",
        SLACK_CHANNELS=" email = C1, chat=C2 ,,*=C0,",
        SLACK_ESCALATION_CHANNEL="C9",
        SLACK_MANAGERS="U1, S2",
        DATABASE_URL="sqlite+aiosqlite:////srv/desk.db",
        THREADPILOT_HTTP="[::1]:9000",
        THREADPILOT_PUBLIC_URL="https://desk.shop.example/",
        THREADPILOT_SECRET_KEY="k" * 64,
        THREADPILOT_MODE="shadow",
        BRAND_NAME="Northwind",
        KNOWLEDGE_DIR=str(tmp_path),
        CUSTOMERS_FILE=str(customers),
        CHAT_ORIGINS="https://shop.example/, http://127.0.0.1:8481",
        SUPPORT_ADDRESS="Help@Shop.example",
        SMTP_URL="smtps://user:pass@relay",
        SMTP_LISTEN="0.0.0.0:25",
        INBOUND_EMAIL_SECRET="0123456789abcdef",
        MAIL_AUTHSERV_ID="mx.shop.example",
        SUPPORT_AGENTS="Kim@shop.example, @desk.shop.example",
        MAIL_SUBJECT_TOKEN="always",
        IMAP_URL="imaps://a:b@h, imaps://c@h?auth=xoauth2",
        MAIL_OAUTH_TOKEN_URL="https://login.example/token",
        MAIL_OAUTH_CLIENT_ID="id",
        MAIL_OAUTH_SCOPE="mail",
        OPENAI_API_KEY="sk-1",
        OPENAI_MODEL="small",
        OPENAI_PRICES="0.40 / 1.60",
        TWILIO_ACCOUNT_SID=ACCOUNT,
        TWILIO_AUTH_TOKEN="t0ken",
        TWILIO_NUMBER="+442079460100",
        TWILIO_WHATSAPP_NUMBER="+442079460101",
        TWILIO_WHATSAPP_TEMPLATE=f"HX{'0' * 32}",
        TWILIO_PHONE_ANSWER="call",
        TWILIO_LANGUAGE="de-DE,+33100000000=fr-FR",
        TWILIO_VOICE="de-DE=Polly.Vicki-Neural,fr-FR=Polly.Lea",
        TWILIO_CONSENT_DE="Wir schreiben mit.",
        CHAT_IDENTITY_SECRET="s" * 32,
        SALESFORCE_URL="https://shop.my.salesforce.com/",
        SALESFORCE_CLIENT_ID="3MVG9",
        SALESFORCE_USERNAME="us@shop.example",
        SALESFORCE_PRIVATE_KEY_FILE=str(customers),
        SALESFORCE_FIELDS="Contact.Plan__c, Account.Health__c",
        SALESFORCE_ANSWER_FIELDS="Contact.Plan__c",
        SALESFORCE_DAILY_REQUESTS="20000",
        CHAT_REQUIRE_IDENTITY="yes",
        CHAT_EMAIL="required",
        RATING_CHANNELS="email, sms",
        RATING_AFTER="5",
    )
    assert settings.slack.signing_secret == "s3cret"
    assert settings.slack.api_url == "http://127.0.0.1:8481/slack/api/"
    assert settings.slack.channels == {"email": "C1", "chat": "C2", "*": "C0"}
    assert (settings.slack.escalation_channel, settings.slack.managers) == ("C9", ("U1", "S2"))
    assert settings.database_url == "sqlite+aiosqlite:////srv/desk.db"
    assert host_and_port("THREADPILOT_HTTP", settings.http) == ("::1", 9000)
    assert settings.public_url == "https://desk.shop.example"
    assert settings.secret_key == "k" * 64
    assert (settings.default_mode, settings.brand) == (Mode.SHADOW, "Northwind")
    assert (settings.knowledge_dir, settings.customers_file) == (tmp_path, customers)
    assert settings.chat == ChatSettings(
        origins=("https://shop.example", "http://127.0.0.1:8481"),
        identity_secret="s" * 32,
        require_identity=True,
        ask_email=AskEmail.REQUIRED,
    )
    assert settings.survey == SurveySettings((Channel.EMAIL, Channel.SMS), 5)
    assert settings.mail is not None
    assert settings.mail.support_address == "help@shop.example"
    assert (settings.mail.smtp_url, settings.mail.listen) == ("smtps://user:pass@relay", "0.0.0.0:25")
    assert settings.mail.agents == ("kim@shop.example", "desk.shop.example")
    assert settings.mail.named_subjects == "always"
    assert settings.model == ModelSettings("sk-1", "https://api.openai.com/v1", "small", prices=(0.4, 1.6))
    assert settings.mail.mailboxes == ("imaps://a:b@h", "imaps://c@h?auth=xoauth2")
    assert settings.mail.authserv_id == "mx.shop.example"
    assert settings.mail.inbound_secret == "0123456789abcdef"
    oauth = OAuthSettings(token_url="https://login.example/token", client_id="id", scope="mail")
    assert settings.mail.oauth == oauth
    assert settings.twilio == TwilioSettings(
        ACCOUNT,
        "t0ken",
        "+442079460100",
        "https://desk.shop.example",
        whatsapp_number="+442079460101",
        whatsapp_template=f"HX{'0' * 32}",
        phone_answer="call",
        language="de-DE",
        languages={"+33100000000": "fr-FR"},
        voices={"de-DE": "Polly.Vicki-Neural", "fr-FR": "Polly.Lea"},
        consent={"de": "Wir schreiben mit."},
    )
    assert settings.salesforce == SalesforceSettings(
        "https://shop.my.salesforce.com",
        "3MVG9",
        username="us@shop.example",
        private_key_file=customers,
        fields=("Contact.Plan__c", "Account.Health__c"),
        answer_fields=("Contact.Plan__c",),
        daily_requests=20_000,
    )
    assert "t0ken" not in repr(settings)
    assert "c0nsumer" not in repr(with_least(**SALESFORCE))


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "postgres"])
def test_postgresql_needs_a_key_that_all_processes_share(scheme: str) -> None:
    settings = with_least(DATABASE_URL=f"{scheme}://host/desk", THREADPILOT_SECRET_KEY="k" * 16)
    assert (settings.database_url, settings.secret_key) == ("postgresql+psycopg://host/desk", "k" * 16)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("sqlite:///var/desk.db", "sqlite+aiosqlite:///var/desk.db"),
        ("sqlite:////srv/desk.db", "sqlite+aiosqlite:////srv/desk.db"),
        ("sqlite://", "sqlite+aiosqlite://"),
        (
            "postgres://u:p@host:5433/desk?sslmode=require",
            "postgresql+psycopg://u:p@host:5433/desk?sslmode=require",
        ),
    ],
)
def test_databases_are_named_as_other_programs_name_them_too(given: str, meant: str) -> None:
    assert database_url({"DATABASE_URL": given}) == meant


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("postgresql+asyncpg://u:hidden@host/desk", "begin it with postgresql+psycopg:// and leave the rest"),
        ("sqlite+pysqlite:///var/desk.db", "begin it with sqlite+aiosqlite:// and leave the rest"),
        ("sqlite://var/desk.db", "it takes three: sqlite+aiosqlite:///var/threadpilot.db"),
        (
            "mysql://root:hidden@host/desk",
            "write sqlite+aiosqlite:///var/threadpilot.db or postgresql+psycopg://",
        ),
        ("sqlite:var/desk.db", "names neither SQLite nor PostgreSQL"),
    ],
)
def test_a_database_url_that_is_wrong_is_told_in_its_right_form(given: str, told: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(told)) as error:
        database_url({"DATABASE_URL": given})
    assert "hidden" not in str(error.value)


def test_where_only_parts_are_used_the_others_do_not_matter() -> None:
    env = {"DATABASE_URL": "postgres://host/desk", "RETENTION_DAYS": "email=30", "SMTP_URL": "nonsense"}
    assert len(from_env(env, DATABASE, RETENTION).retention) == 1
    with pytest.raises(Misconfigured, match="RETENTION_DAYS"):
        from_env(env | {"RETENTION_DAYS": "for ever"}, DATABASE, RETENTION)


def test_slack_over_http_needs_no_app_token() -> None:
    settings = with_least(SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="s3cret")
    assert (settings.slack.app_token, settings.slack.signing_secret) == ("", "s3cret")


def test_all_channels_may_be_named_instead_of_a_star() -> None:
    settings = with_least(SLACK_CHANNELS="email=C1,chat=C2,sms=C3,phone=C4,zendesk=C5")
    assert set(settings.slack.channels) == {"email", "chat", "sms", "phone", "zendesk"}


def test_a_model_of_ones_own_needs_no_key() -> None:
    settings = with_least(OPENAI_BASE_URL="http://127.0.0.1:11434/v1")
    assert settings.model == ModelSettings("none", "http://127.0.0.1:11434/v1", "gpt-4.1-mini")


def test_mail_may_be_sent_only() -> None:
    settings = from_env(LEAST | MAIL)
    assert settings.mail is not None
    assert settings.mail.listen == ""


def test_all_that_is_wrong_is_said_at_once_and_once() -> None:
    wrong = {**TWILIO, "THREADPILOT_PUBLIC_URL": "support", "SLACK_MANAGERS": "@boss"}
    with pytest.raises(Misconfigured) as told:
        with_least(SLACK_CHANNELS="", **wrong)
    problems = told.value.problems
    assert sorted(problem.split("=")[0].split()[0] for problem in problems) == [
        "SLACK_CHANNELS",
        "SLACK_MANAGERS",
        "THREADPILOT_PUBLIC_URL",
    ]
    assert str(told.value) == " ".join(problems)


def test_white_space_around_a_value_is_not_part_of_it() -> None:
    assert with_least(SLACK_BOT_TOKEN=" xoxb-1\n").slack.bot_token == "xoxb-1"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "  "}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN does not begin with xoxb-"),
        ({"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN does not begin with xapp-"),
        ({"SLACK_APP_TOKEN": ""}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_API_URL": "slack.com/api"}, "SLACK_API_URL"),
        ({"SLACK_API_URL": "http://"}, "SLACK_API_URL"),
        ({"SLACK_API_URL": "http://[slack"}, "SLACK_API_URL"),
        ({"SLACK_CHANNELS": ""}, "SLACK_CHANNELS"),
        ({"SLACK_CHANNELS": " , ,"}, "SLACK_CHANNELS"),
        ({"SLACK_CHANNELS": "C0123456"}, "SLACK_CHANNELS"),
        ({"SLACK_CHANNELS": "email="}, "SLACK_CHANNELS"),
        ({"SLACK_CHANNELS": "fax=C1,*=C0"}, "SLACK_CHANNELS"),
        ({"SLACK_CHANNELS": "*=#support"}, "SLACK_CHANNELS"),
        ({"SLACK_CHANNELS": "email=C1"}, "SLACK_CHANNELS"),
        ({"SLACK_CHANNELS": "email=C1,email=C2,*=C0"}, "email twice"),
        ({"SLACK_ESCALATION_CHANNEL": "#escalations"}, "SLACK_ESCALATION_CHANNEL"),
        ({"SLACK_ESCALATION_CHANNEL": "C0123,C0456"}, "SLACK_ESCALATION_CHANNEL"),
        ({"SLACK_MANAGERS": "U1,@boss"}, "SLACK_MANAGERS"),
        ({"THREADPILOT_HTTP": "8480"}, "THREADPILOT_HTTP"),
        ({"THREADPILOT_HTTP": ":8480"}, "THREADPILOT_HTTP"),
        ({"THREADPILOT_HTTP": "localhost:"}, "THREADPILOT_HTTP"),
        ({"THREADPILOT_HTTP": "localhost:http"}, "THREADPILOT_HTTP"),
        ({"THREADPILOT_HTTP": "localhost:65536"}, "THREADPILOT_HTTP"),
        ({"THREADPILOT_HTTP": "localhost:²"}, "THREADPILOT_HTTP"),
        ({"THREADPILOT_HTTP": "localhost:" + "9" * 5_000}, "THREADPILOT_HTTP"),
        ({"THREADPILOT_PUBLIC_URL": "desk.example"}, "THREADPILOT_PUBLIC_URL"),
        ({"THREADPILOT_MODE": "automatic"}, "THREADPILOT_MODE"),
        ({"THREADPILOT_HEALTH": "9100"}, "THREADPILOT_HEALTH"),
        ({"THREADPILOT_PROXIES": "127.0.0.1, nginx"}, "THREADPILOT_PROXIES has 'nginx'"),
        ({"THREADPILOT_SECRET_KEY": "short"}, "THREADPILOT_SECRET_KEY has 5 characters"),
        ({"DATABASE_URL": "postgresql+psycopg://u:secret@db/desk"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite+aiosqlite://var/desk.db"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://host/desk"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql+psycopg://host/desk"}, "THREADPILOT_SECRET_KEY"),
        ({"DATABASE_URL": "desk.db"}, "DATABASE_URL"),
        ({"KNOWLEDGE_DIR": "/nowhere/at/all"}, "KNOWLEDGE_DIR"),
        ({"KNOWLEDGE_DIR": "~nobody-of-this-name/articles"}, "KNOWLEDGE_DIR"),
        ({"KNOWLEDGE_DIR": "x" * 5_000}, "KNOWLEDGE_DIR"),
        ({"KNOWLEDGE_DIR": __file__}, "KNOWLEDGE_DIR"),
        ({"CUSTOMERS_FILE": "/nowhere/customers.csv"}, "CUSTOMERS_FILE"),
        ({"CUSTOMERS_FILE": str(Path(__file__).parent)}, "CUSTOMERS_FILE"),
        ({"CHAT_ORIGINS": "shop.example"}, "CHAT_ORIGINS"),
        ({"CHAT_ORIGINS": "*"}, "CHAT_ORIGINS"),
        ({"CHAT_ORIGINS": "https://shop.example/chat"}, "CHAT_ORIGINS"),
        ({"CHAT_ORIGINS": "https://shop.example; script-src *"}, "CHAT_ORIGINS"),
        ({"CHAT_ORIGINS": "https://shop.example:port"}, "CHAT_ORIGINS"),
        ({"CHAT_IDENTITY_SECRET": "short"}, "CHAT_IDENTITY_SECRET"),
        ({"CHAT_REQUIRE_IDENTITY": "yes"}, "CHAT_IDENTITY_SECRET"),
        ({"CHAT_REQUIRE_IDENTITY": "perhaps"}, "CHAT_REQUIRE_IDENTITY"),
        ({"CHAT_EMAIL": "always"}, "CHAT_EMAIL"),
        ({"SUPPORT_ADDRESS": "help@shop.example"}, "SMTP_URL"),
        ({"SMTP_URL": "smtp://relay"}, "SUPPORT_ADDRESS"),
        ({"SMTP_LISTEN": "127.0.0.1:2525"}, "SUPPORT_ADDRESS"),
        ({"IMAP_URL": "imaps://a:b@h"}, "SUPPORT_ADDRESS"),
        ({"INBOUND_EMAIL_SECRET": "0123456789abcdef"}, "SUPPORT_ADDRESS"),
        (MAIL | {"MAIL_AUTHSERV_ID": "mx; dmarc=pass"}, "MAIL_AUTHSERV_ID"),
        (MAIL | {"SUPPORT_AGENTS": "kim@shop.example"}, "MAIL_AUTHSERV_ID"),
        (MAIL | {"SUPPORT_AGENTS": "Kim <kim@shop.example>", "MAIL_AUTHSERV_ID": "mx"}, "SUPPORT_AGENTS"),
        (MAIL | {"SUPPORT_AGENTS": "kim", "MAIL_AUTHSERV_ID": "mx"}, "SUPPORT_AGENTS"),
        (MAIL | {"MAIL_SUBJECT_TOKEN": "perhaps"}, "MAIL_SUBJECT_TOKEN"),
        (MAIL | {"RATING_CHANNELS": "email"}, "THREADPILOT_PUBLIC_URL"),
        ({"RATING_CHANNELS": "sms"}, "TWILIO_ACCOUNT_SID"),
        ({"RATING_CHANNELS": "chat"}, "the chat always asks"),
        ({"RATING_AFTER": "soon"}, "RATING_AFTER"),
        (MAIL | {"INBOUND_EMAIL_SECRET": "short"}, "INBOUND_EMAIL_SECRET"),
        (MAIL | {"MAIL_OAUTH_CLIENT_ID": "id"}, "MAIL_OAUTH_TOKEN_URL"),
        (MAIL | {"MAIL_OAUTH_TOKEN": "t", "MAIL_OAUTH_TOKEN_URL": "https://h/t"}, "not both"),
        (MAIL | {"MAIL_OAUTH_TOKEN_URL": "h", "MAIL_OAUTH_CLIENT_ID": "id"}, "MAIL_OAUTH_TOKEN_URL"),
        (MAIL | {"SUPPORT_ADDRESS": "help+desk@shop.example"}, "SUPPORT_ADDRESS"),
        (MAIL | {"SUPPORT_ADDRESS": "Help <help@shop.example>"}, "SUPPORT_ADDRESS"),
        (MAIL | {"SUPPORT_ADDRESS": "help"}, "SUPPORT_ADDRESS"),
        (MAIL | {"SMTP_URL": "http://relay"}, "SMTP_URL"),
        (MAIL | {"SMTP_URL": "relay:25"}, "SMTP_URL"),
        (MAIL | {"SMTP_URL": "smtp://relay:mail"}, "SMTP_URL"),
        (MAIL | {"SMTP_URL": "smtp://relay:99999"}, "SMTP_URL"),
        (MAIL | {"SMTP_LISTEN": "2525"}, "SMTP_LISTEN"),
        ({"OPENAI_MODEL": "small"}, "OPENAI_API_KEY"),
        ({"OPENAI_BASE_URL": "localhost:11434"}, "OPENAI_BASE_URL"),
        ({"OPENAI_API_KEY": "k", "OPENAI_PRICES": "cheap"}, "OPENAI_PRICES"),
        ({"OPENAI_API_KEY": "k", "OPENAI_PRICES": "-1/2"}, "OPENAI_PRICES"),
    ],
)
def test_what_is_half_set_or_garbage_is_named_in_one_sentence(changes: dict[str, str], named: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        with_least(**changes)
    said = str(caught.value)
    assert named in said
    assert "\n" not in said
    assert "secret" not in said


@pytest.mark.unprivileged
def test_a_place_one_may_not_look_at_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    if os.access(closed, os.R_OK):
        pytest.skip("this user may look everywhere")
    with pytest.raises(Misconfigured, match="KNOWLEDGE_DIR"):
        with_least(KNOWLEDGE_DIR=str(closed / "articles"))


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# ours\nBRAND_NAME='From file'\nSMTP_URL=smtp://file\nNO_VALUE\n\nexport OTHER=1\n=?garbage\n"
    )
    env = read_environment({"SMTP_URL": "smtp://environment"}, file)
    assert env == {"BRAND_NAME": "From file", "SMTP_URL": "smtp://environment", "OTHER": "1"}


def test_without_an_env_file_there_is_only_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_environment({"A": "1"}) == {"A": "1"}


@pytest.mark.parametrize("kind", ["missing", "folder", "binary"])
def test_an_env_file_that_cannot_be_read_is_named(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "prod.env"
    if kind == "folder":
        file.mkdir()
    elif kind == "binary":
        file.write_bytes(b"BRAND_NAME=\xff\xfe\n")
    with pytest.raises(Misconfigured, match=r"prod\.env"):
        read_environment({}, file)


def test_a_host_and_port() -> None:
    assert host_and_port("X", "[::1]:0") == ("::1", 0)
    assert host_and_port("X", "desk.example:65535") == ("desk.example", 65_535)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "set TWILIO_AUTH_TOKEN and TWILIO_NUMBER"),
        ({"TWILIO_NUMBER": "+442079460100"}, "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"),
        ({**TWILIO, "TWILIO_ACCOUNT_SID": "AC1"}, "32 hexadecimal digits"),
        ({**TWILIO, "TWILIO_NUMBER": "020 7946"}, "with \\+ and country code"),
        ({**TWILIO, "THREADPILOT_PUBLIC_URL": ""}, "THREADPILOT_PUBLIC_URL is not set"),
        ({**TWILIO, "TWILIO_PHONE_ANSWER": "fax"}, "is not like sms or call"),
        ({**TWILIO, "TWILIO_WHATSAPP_TEMPLATE": "hello"}, "TWILIO_WHATSAPP_TEMPLATE"),
        ({**TWILIO, "TWILIO_LANGUAGE": "English"}, "has 'English'; write en-GB"),
        ({**TWILIO, "TWILIO_VOICE": "Polly.Amy"}, "has 'Polly.Amy'; write de-DE=Polly.Vicki-Neural"),
        ({**TWILIO, "TWILIO_LANGUAGE": "en-GB,030=de-DE"}, "with \\+ and country code"),
    ],
)
def test_a_half_configured_phone_line_stops_the_start_in_one_sentence(
    variables: dict[str, str], words: str
) -> None:
    with pytest.raises(Misconfigured, match=words):
        with_least(**variables)


def test_a_stand_in_for_twilio_reaches_us_as_we_are() -> None:
    settings = with_least(
        **{**TWILIO, "THREADPILOT_PUBLIC_URL": "", "TWILIO_API_URL": "http://127.0.0.1:8481/twilio"}
    )
    assert settings.twilio is not None
    assert (settings.twilio.public_url, settings.twilio.api_url) == (
        "http://127.0.0.1:8480",
        "http://127.0.0.1:8481/twilio",
    )


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (
            {"SALESFORCE_URL": "https://shop.my.salesforce.com"},
            "set SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_S",
        ),
        ({"SALESFORCE_CLIENT_ID": "3MVG9"}, "set SALESFORCE_URL and SALESFORCE_CLIENT_SECRET"),
        (
            {"SALESFORCE_USERNAME": "us@x"},
            "set SALESFORCE_URL and SALESFORCE_CLIENT_ID and SALESFORCE_PRIVATE",
        ),
        ({**SALESFORCE, "SALESFORCE_USERNAME": "us@x"}, "not both"),
        ({**SALESFORCE, "SALESFORCE_URL": "shop"}, "SALESFORCE_URL"),
        ({**SALESFORCE, "SALESFORCE_URL": "https://login.salesforce.com"}, "My Domain"),
        ({**SALESFORCE, "SALESFORCE_URL": "https://shop.lightning.force.com"}, "My Domain"),
        ({**SALESFORCE, "SALESFORCE_URL": "http://shop.my.salesforce.com"}, "My Domain"),
        ({**SALESFORCE, "SALESFORCE_FIELDS": "Plan__c"}, "Contact.Plan__c"),
        ({**SALESFORCE, "SALESFORCE_ANSWER_FIELDS": "Contact.A B"}, "SALESFORCE_ANSWER_FIELDS"),
        ({**SALESFORCE, "SALESFORCE_DAILY_REQUESTS": "many"}, "is not like 20000"),
    ],
)
def test_a_half_configured_salesforce_stops_the_start_in_one_sentence(
    variables: dict[str, str], words: str
) -> None:
    with pytest.raises(Misconfigured, match=words):
        with_least(**variables)


ZENDESK = {
    "ZENDESK_URL": "https://acme.zendesk.com/",
    "ZENDESK_CLIENT_ID": "c",
    "ZENDESK_CLIENT_SECRET": "s3cret",
}


def test_zendesk_is_whole_or_off() -> None:
    assert with_least().zendesk is None
    assert with_least().record_systems == ()
    zendesk = with_least(**ZENDESK).zendesk
    assert zendesk == ZendeskSettings("https://acme.zendesk.com", "c", "s3cret")
    assert "s3cret" not in repr(zendesk)
    assert with_least(**ZENDESK).record_systems == ()
    for name in ("ZENDESK_WEBHOOK_SECRET", "ZENDESK_WRITE_BACK"):
        assert with_least(**ZENDESK, **{name: "yes"}).record_systems == ("zendesk",)
    fields = with_least(**ZENDESK, ZENDESK_FIELDS="36001=channel, 36002=confidence").zendesk
    assert fields is not None
    assert fields.fields == {"36001": "channel", "36002": "confidence"}
    token = with_least(ZENDESK_URL="https://acme.zendesk.com", ZENDESK_OAUTH_TOKEN="t0ken").zendesk
    assert token is not None
    assert token.oauth_token == "t0ken"


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"ZENDESK_WRITE_BACK": "yes"}, "ZENDESK_URL is not set"),
        ({"ZENDESK_URL": "acme"}, "not an http"),
        ({"ZENDESK_URL": "https://acme.zendesk.com"}, "ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET"),
        ({**ZENDESK, "ZENDESK_CLIENT_SECRET": ""}, "ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET"),
        ({**ZENDESK, "ZENDESK_OAUTH_TOKEN": "t"}, "not both"),
        ({**ZENDESK, "ZENDESK_WRITE_BACK": "maybe"}, "neither yes nor no"),
        ({**ZENDESK, "ZENDESK_FIELDS": "channel"}, "36000123=channel"),
        ({**ZENDESK, "ZENDESK_FIELDS": "1=colour"}, "channel, conversation, confidence"),
    ],
)
def test_half_of_zendesk_is_said(env: dict[str, str], said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        with_least(**env)


def test_tokens_that_slack_renews_are_tokens() -> None:
    assert with_least(SLACK_BOT_TOKEN="xoxe.xoxb-1").slack.bot_token == "xoxe.xoxb-1"


def test_all_that_is_wrong_with_the_chat_is_said_at_once() -> None:
    with pytest.raises(Misconfigured) as told:
        with_least(CHAT_ORIGINS="shop.example", CHAT_IDENTITY_SECRET="short", CHAT_EMAIL="perhaps")
    assert len(told.value.problems) == 3


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("SLACK_MANGERS", "SLACK_MANAGERS"),
        ("CHAT_ORIGIN", "CHAT_ORIGINS"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("SALESFORCE_CLIENT_SECRET_FIL", "SALESFORCE_CLIENT_SECRET_FILE"),
        ("ZENDESK_SUBDOMAIN", ""),  # Another program's, maybe.
    ],
)
def test_a_name_that_looks_like_a_setting_is_told_with_the_nearest(name: str, nearest: str) -> None:
    assert unknown([*LEAST, name]) == {name: nearest}


@pytest.mark.parametrize("name", ["PATH", "DATABASE_USER", "MAILTO", "slack_managers", "BRAND", "KNOWLEDGE"])
def test_names_of_others_are_theirs(name: str) -> None:
    assert unknown([name]) == {}


def test_what_others_have_that_begins_like_ours_configures_nothing() -> None:
    settings = with_least(
        ZENDESK_SUBDOMAIN="acme", SALESFORCE_ORG="1", TWILIO_REGION="ie1", SMTP_HOST="relay"
    )
    assert (settings.zendesk, settings.salesforce, settings.twilio, settings.mail) == (None, None, None, None)


def read_names() -> set[str]:
    """Return the names of settings, found where they are read."""
    return {
        name
        for path in (ROOT / "bot" / "settings").glob("*.py")
        for name in re.findall(r'(?:get\(|env\[|\(env, )"([A-Z][A-Z0-9_]+)"', path.read_text())
    }


def test_every_setting_that_is_read_is_known() -> None:
    """What is known is what `docs/configuration.md` is made of."""
    read = read_names()
    assert len(read) > 30
    assert read - KNOWN == set()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"THREADPILOT_ENCRYPT": "yes"}, "is not messages"),
        ({"THREADPILOT_ENCRYPT": "messages"}, "takes a key that is not kept beside the database"),
        ({"THREADPILOT_ENCRYPTION_KEY": f"{'k' * 32},short"}, "has a key of 5 characters"),
    ],
)
def test_encryption_takes_a_key_that_is_one(given: dict[str, str], said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        with_least(**given)


def test_the_keys_of_encryption_are_its_own_or_the_secret() -> None:
    own, secret = ("a" * 32, "b" * 32), "s" * 32
    both = {"THREADPILOT_SECRET_KEY": secret, "THREADPILOT_ENCRYPT": "messages"}
    assert with_least(**both).sealing == Sealing((secret,), bodies=True)
    assert with_least(THREADPILOT_ENCRYPTION_KEY=",".join(own), **both).sealing == Sealing(own, bodies=True)
    assert secret not in repr(with_least(**both))


OAUTH = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "s3cret",
    "THREADPILOT_PUBLIC_URL": "https://desk.example",
    "SLACK_WORKSPACE": "T1,T2",
}


def test_what_is_of_another_workspace_has_its_name_before_it() -> None:
    slack = with_least(
        **OAUTH,
        SLACK_CHANNELS="*=C0,email=T1/C1,help@South.example=T2/C2,chat=T2/C3,+442079460101=T2/C4",
        SLACK_ESCALATION_CHANNEL="C9,T2/C8",
        SLACK_MANAGERS="U1,T2/U2,S1",
        SLACK_AGENTS="T2/S3",
        SLACK_AUDIT_CHANNEL="C6",
        SLACK_ANNOUNCE_CHANNEL="C7",
    ).slack
    assert (slack.channels, slack.escalation_channel) == ({"*": "C0", "email": "C1"}, "C9")
    assert (slack.managers, slack.agents) == (("U1", "S1"), ())
    south = slack.others["T2"]
    assert south.channels == {"*": "C2", "email": "C2", "chat": "C3", "sms": "C4"}
    assert (south.escalation_channel, south.managers, south.agents) == ("C8", ("U2",), ("S3",))
    assert (south.bot_token, south.audit_channel, south.announce_channel) == ("", "", "")
    assert slack.routes.workspaces == {"help@south.example": "T2", "chat": "T2", "+442079460101": "T2"}


def test_the_support_address_is_of_whoever_has_mail() -> None:
    given = OAUTH | {"SUPPORT_ADDRESS": "Help@shop.example", "SMTP_URL": "smtp://mail.example"}
    named = with_least(**given, SLACK_CHANNELS="*=C0,help@south.example=T2/C2").slack.routes.workspaces
    assert named == {"help@shop.example": "", "help@south.example": "T2"}
    mail = with_least(**given, SLACK_CHANNELS="*=C0,email=T2/C2").slack.routes.workspaces
    assert mail == {"help@shop.example": "T2", "email": "T2"}


def test_where_all_channels_of_the_main_workspace_are_named_nothing_is_needed_for_the_rest() -> None:
    slack = with_least(
        **OAUTH, SLACK_CHANNELS="email=C1,chat=C2,sms=C3,phone=C4,zendesk=C5,b@x.example=T2/C6"
    ).slack
    assert "*" not in slack.channels
    assert slack.others["T2"].channels == {"*": "C6", "email": "C6"}


def test_with_one_workspace_nothing_is_routed() -> None:
    slack = with_least(**OAUTH | {"SLACK_WORKSPACE": "T1"}).slack
    assert (slack.others, slack.routes.workspaces) == ({}, {})


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"SLACK_WORKSPACE": "T1,shop"}, "SLACK_WORKSPACE='shop' is no id of a workspace"),
        ({}, "SLACK_WORKSPACE names T2, and SLACK_CHANNELS gives it nothing"),
        ({"SLACK_CHANNELS": "*=C0,email=T3/C1"}, "'email=T3/C1' belongs to a workspace that SLACK_WORKSPACE"),
        ({"SLACK_CHANNELS": "*=C0,email=T2/C1", "SLACK_MANAGERS": "T9/U1"}, "'T9/U1' belongs to a workspace"),
        (
            {"SLACK_CHANNELS": "*=C0,help@x.example=C1"},
            "an address is for another workspace, as in help@x.ex",
        ),
        ({"SLACK_CHANNELS": "*=T2/C0"}, "is the main workspace's"),
        ({"SLACK_CHANNELS": "*=C0,email=T2/C1,email=T2/C2"}, "names email twice"),
        ({"SLACK_CHANNELS": "chat=C0,email=T2/C1"}, "add \\*=C"),
        ({"SLACK_CHANNELS": "*=C0,fax=T2/C1"}, "SLACK_CHANNELS has 'fax=C1'"),
        (
            {"SLACK_CHANNELS": "*=C0,a@x.example=T2/C1,b@x.example=T2/C2"},
            "gives T2 two Slack channels for email, C1 and",
        ),
        (
            {"SLACK_CHANNELS": "*=C0,email=T2/C2,b@x.example=T2/C3"},
            "for email, C2 and C3; a workspace has one",
        ),
        ({"SLACK_CHANNELS": "*=C0,chat=C5,chat=T2/C2"}, "names chat twice; give it to one workspace"),
        (
            {"SLACK_CHANNELS": "email=C1,sms=C3,phone=C4,zendesk=C5,chat=T2/C2"},
            "main workspace for chat: add \\*=C",
        ),
        (
            {"SLACK_CHANNELS": "*=C0,chat=T2/C1", "SLACK_AUDIT_CHANNEL": "T2/C1"},
            "SLACK_AUDIT_CHANNEL has 'T2/C1'",
        ),
    ],
)
def test_a_workspace_that_has_nothing_or_is_not_named_stops_the_start(
    variables: dict[str, str], words: str
) -> None:
    with pytest.raises(Misconfigured, match=words):
        with_least(**OAUTH | variables)
