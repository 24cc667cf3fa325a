"""`threadpilot doctor`: tries everything that is configured and says what to do about what does not work."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.answering.knowledge import load_articles
from bot.answers import rules_of
from bot.core.errors import Misconfigured, Refused, ThreadpilotError, Unavailable
from bot.core.topics import SHIPPED
from bot.doctor_salesforce import examine_salesforce
from bot.doctor_zendesk import examine_zendesk
from bot.mail import letterhead_of, tokens_of
from bot.settings import Settings, from_env
from bot.settings.answers import ModelSettings
from bot.settings.mail import MailSettings, OAuthSettings
from bot.settings.phone import TwilioSettings
from bot.settings.slack import SlackSettings
from handlers.mail.imap import secret_of
from handlers.mail.imap_session import ImapMailbox, ImapSession
from integrations.directory import CsvDirectory
from integrations.email.channel import EmailChannel, Server
from integrations.email.compose import Mailbox
from integrations.slack.client import SCOPES, SlackClient
from integrations.slack.gate import Gate
from integrations.slack.place import ask_for_a_place
from integrations.twilio.client import TwilioApi
from storage import migrate as schema
from storage.database import utc_now
from storage.sqlite import file_of
from storage.urls import on_postgres, parse

_PATIENCE = 10.0
_CLOCK_TOLERANCE = 60.0


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it is fine, and what was found or is to be done."""

    part: str
    ok: bool
    text: str


async def examine(env: Mapping[str, str], patience: float = _PATIENCE) -> Sequence[Finding]:
    """Check the environment, and then every integration it configures, at once."""
    try:
        settings = from_env(env)
    except Misconfigured as error:
        return [Finding("settings", ok=False, text=problem) for problem in error.problems]
    checks = [
        _checked("database", patience, lambda: _database(settings)),
        _checked("slack", patience, lambda: _slack(settings.slack)),
        _checked("articles", patience, lambda: _articles(settings)),
        _checked("escalation", patience, lambda: _escalation(settings)),
        _checked("customers", patience, lambda: _customers(settings)),
        _checked("mail", patience, lambda: _mail(settings.mail)),
        *_mailboxes(settings.mail, patience),
        _checked("sms and phone", patience, lambda: _twilio(settings.twilio)),
        _checked("salesforce", patience, lambda: examine_salesforce(settings.salesforce)),
        _checked("zendesk", patience, lambda: examine_zendesk(settings)),
        _checked("language model", patience, lambda: _model(settings.model)),
    ]
    return [Finding("settings", ok=True, text="complete"), *await asyncio.gather(*checks)]


def as_text(findings: Sequence[Finding]) -> str:
    """Write the findings for people, one per line."""
    return "\n".join(f"{'ok ' if f.ok else 'BAD'}  {f.part:<16} {f.text}" for f in findings)


def as_json(findings: Sequence[Finding]) -> str:
    """Write the findings for machines, on one line."""
    return json.dumps({"ok": all(f.ok for f in findings), "findings": [asdict(f) for f in findings]})


async def _checked(part: str, patience: float, check: Callable[[], Awaitable[str]]) -> Finding:
    try:
        async with asyncio.timeout(patience):
            return Finding(part, ok=True, text=await check())
    except TimeoutError:
        return Finding(part, ok=False, text=f"no answer within {patience:g} s")
    except (ThreadpilotError, aiohttp.ClientError, OSError, ValueError) as error:
        return Finding(part, ok=False, text=str(error) or type(error).__name__)


async def _database(settings: Settings) -> str:
    path = file_of(parse(settings.database_url))
    there = on_postgres(settings.database_url) or (
        path is not None and path.exists()
    )  # To look must not create it.
    revision = await schema.current(settings.database_url) if there else None
    if revision is None:
        return "empty; `threadpilot run` or `threadpilot migrate` creates it"
    schema.check_known(revision)
    return f"schema {revision}"


async def _slack(slack: SlackSettings) -> str:
    async with aiohttp.ClientSession() as session:
        client = SlackClient(slack.bot_token, slack.api_url, session, Gate(rested=True))
        we = await client.introduce()
        if slack.app_token:
            await ask_for_a_place(AsyncWebClient(slack.app_token, base_url=slack.api_url, session=session))
        _check_scopes(we.scopes)
        _check_clock(we.at)
        await _check_channels(slack, client)
    way = "Socket Mode" if slack.app_token else "signed HTTP"
    managers = "" if slack.managers else "; nobody may change settings: set SLACK_MANAGERS"
    return f"{we.user} in {we.team}, {way}{managers}"


async def _check_channels(slack: SlackSettings, client: SlackClient) -> None:
    """Read in each Slack channel that is named: where we are not let in, nothing could be posted."""
    others = (slack.escalation_channel, slack.audit_channel)
    named = dict.fromkeys(filter(None, (*slack.channels.values(), *others)))
    for channel in named:
        try:
            async for _ in client.history(channel, oldest=str(utc_now().timestamp())):
                break
        except Refused as error:
            raise Refused(f"{channel}: {error}") from error


def _check_scopes(granted: frozenset[str] | None) -> None:
    missing = sorted(SCOPES - granted) if granted is not None else []
    if missing:
        raise Refused(
            f"the app was not granted {', '.join(missing)}. Install it again with the current manifest.yml."
        )


def _check_clock(theirs: datetime | None) -> None:
    """Slack's requests are dated and its tokens expire: a clock that is minutes off refuses what is right."""
    off = (utc_now() - theirs).total_seconds() if theirs is not None else 0.0
    if abs(off) > _CLOCK_TOLERANCE:
        ahead = "ahead of" if off > 0 else "behind"
        raise Misconfigured(
            f"this machine's clock is {abs(off):.0f} s {ahead} Slack's. Let it follow a time server."
        )


async def _escalation(settings: Settings) -> str:
    rules = next(iter(rules_of(settings).values())).topics
    if not rules:
        return f"the {len(SHIPPED)} shipped rules"
    return f"{len(rules)} rules with those of {settings.escalation_rules}, which pass their own tests"


async def _articles(settings: Settings) -> str:
    if settings.knowledge_dir is None:
        return "off: set KNOWLEDGE_DIR to a folder of Markdown articles"
    library = await asyncio.to_thread(load_articles, settings.knowledge_dir)
    skipped = "".join(f"\n     {problem.path}: {problem.text}" for problem in library.problems)
    if not library.articles:
        raise Misconfigured(
            f"no article in {settings.knowledge_dir}: every question will be escalated.{skipped}"
        )
    return f"{len(library.articles)} articles, {len(library.problems)} skipped{skipped}"


async def _customers(settings: Settings) -> str:
    if settings.customers_file is None:
        return "off: set CUSTOMERS_FILE to a CSV file, and cards say who is asking"
    directory = await asyncio.to_thread(CsvDirectory.load, settings.customers_file)
    return f"{len(directory)} addresses"


async def _mail(mail: MailSettings | None) -> str:
    if mail is None:
        return "off: set SUPPORT_ADDRESS and SMTP_URL"
    relay = Server.from_url(mail.smtp_url)
    ourselves = Mailbox("doctor", mail.support_address)
    no_secret = ""  # Nothing is sent, so nothing is signed.
    letterhead = letterhead_of(mail)
    async with aiohttp.ClientSession() as session:
        tokens = tokens_of(mail.oauth, session)
        await EmailChannel(mail.smtp_url, ourselves, no_secret, letterhead=letterhead, tokens=tokens).check()
    done = "takes the login" if relay.user else "answers"
    return f"{relay.host} {done} on port {relay.port}; " + (
        f"listening on {mail.listen}" if mail.listen else "no SMTP_LISTEN"
    )


def _mailboxes(mail: MailSettings | None, patience: float) -> Sequence[Awaitable[Finding]]:
    """Look into each mailbox; one finding each."""
    if mail is None:
        return ()
    return [
        _checked(f"mailbox {number}", patience, partial(_mailbox, url, mail.oauth))
        for number, url in enumerate(mail.mailboxes, 1)
    ]


async def _mailbox(url: str, oauth: OAuthSettings | None) -> str:
    mailbox = ImapMailbox.from_url(url)
    async with aiohttp.ClientSession() as session:
        secret = await secret_of(mailbox, tokens_of(oauth, session))
    return await asyncio.to_thread(_look_into, mailbox, secret)


def _look_into(mailbox: ImapMailbox, secret: str) -> str:
    session = ImapSession(mailbox)
    try:
        opened = session.open(secret, look_only=True)
        how = "the server says when mail comes" if session.pushes() else "looked into every 30 s (no IDLE)"
        return f"{mailbox.name}: {opened.exists} mails; {how}"
    finally:
        session.close()


async def _twilio(twilio: TwilioSettings | None) -> str:
    if twilio is None:
        return "off: set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_NUMBER"
    api = TwilioApi(twilio.account_sid, twilio.auth_token, twilio.api_url)
    try:
        await api.check()
    finally:
        await api.aclose()
    hooks = f"{twilio.public_url}/twilio/sms and {twilio.public_url}/twilio/voice"
    return f"{twilio.number}, Twilio takes the login; in its console the number's webhooks must be {hooks}"


async def _model(model: ModelSettings | None) -> str:
    if model is None:
        return "off: the built-in answerer is used"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {model.api_key}"}) as session,
        session.get(f"{model.base_url.rstrip('/')}/models") as response,
    ):
        if response.status in {401, 403}:
            raise Refused(f"{model.base_url} does not accept OPENAI_API_KEY ({response.status})")
        if response.status >= 500:
            raise Unavailable(f"{model.base_url} is not well ({response.status})")
        return f"{model.name} at {model.base_url} answers {response.status}"
