"""`threadpilot doctor`: tries everything that is configured and says what to do about what does not work."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import aiohttp

from bot import settings as parts
from bot.answering.knowledge import load_articles
from bot.core.errors import Misconfigured, ThreadpilotError, Unreachable
from bot.core.topics import SHIPPED
from bot.settings import Settings, as_far_as_possible
from bot.settings.names import unknown
from bot.settings.phone import TwilioSettings
from bot.settings.placeholders import placeholders
from bot.verbs.doctor.mail import examine_mail, examine_mailbox
from bot.verbs.doctor.model import examine_model
from bot.verbs.doctor.salesforce import examine_salesforce
from bot.verbs.doctor.slack import examine_slack, examine_workspace
from bot.verbs.doctor.web import examine_web
from bot.verbs.doctor.zendesk import examine_zendesk
from bot.wiring.answers import rules_of
from bot.wiring.textvectors import IN_WORDS, vectors_of
from integrations.directory import CsvDirectory
from integrations.twilio.client import TwilioApi
from storage import migrate as schema
from storage.database import open_database
from storage.signals import LocalSignals
from storage.soundness import check_file
from storage.sqlite import file_of
from storage.urls import on_postgres, parse

log = logging.getLogger(__name__)

Check = Callable[[], Awaitable[str]]

_PATIENCE = 10.0
# What to do where nobody answers.
_NOBODY = "Look at {} and whether a firewall or proxy keeps this machine from it"
_WHERE = {
    parts.DATABASE: "DATABASE_URL",
    parts.SLACK: "SLACK_API_URL",
    parts.MAIL: "SMTP_URL",
    parts.PHONE: "TWILIO_API_URL",
    parts.SALESFORCE: "SALESFORCE_URL",
    parts.ZENDESK: "ZENDESK_URL",
    parts.MODEL: "OPENAI_BASE_URL",
}


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it is fine, and what was found or is to be done.

    What `warns` is fine as far as we can tell, and worth a look.
    """

    part: str
    ok: bool
    text: str
    warns: bool = False


async def examine(env: Mapping[str, str], patience: float = _PATIENCE) -> Sequence[Finding]:
    """Check the environment, and then at once whatever it configures and is not half set.

    Each thing that is wrong with the settings is a finding of its own.
    """
    settings, faults = as_far_as_possible(env)
    problems = dict.fromkeys(problem for found in faults.values() for problem in found)
    said = [Finding("settings", ok=False, text=problem) for problem in (*problems, *_not_filled_in(env))]
    checks = [_checked(part, patience, check) for part, check in _checks(settings) if part not in faults]
    whole = said or [Finding("settings", ok=True, text="complete")]
    return [*whole, *_misspelt(env), *await asyncio.gather(*checks)]


async def at_start(env: Mapping[str, str]) -> None:
    """Say in the log what is not well, while the app serves already; what is misspelt it has said itself."""
    try:
        findings = [finding for finding in await examine(env) if not finding.warns]
    except Exception:
        log.exception("doctor_failed")
        return
    bad = [finding for finding in findings if not finding.ok]
    for finding in bad:
        log.warning("doctor_found", extra={"part": finding.part, "finding": finding.text})
    log.info("doctor_looked", extra={"well": len(findings) - len(bad), "not_well": len(bad)})


def _not_filled_in(env: Mapping[str, str]) -> Iterator[str]:
    for name in placeholders(env):
        yield f"{name} is an example or a placeholder, and not the secret that belongs there"


def _misspelt(env: Mapping[str, str]) -> Iterator[Finding]:
    for name, near in unknown(env).items():
        meant = f": did you mean {near}?" if near else ", and is not read"
        yield Finding("names", ok=True, text=f"{name} is no setting of threadpilot's{meant}", warns=True)


def _checks(settings: Settings) -> Sequence[tuple[str, Check]]:
    mailboxes = settings.mail.mailboxes if settings.mail is not None else ()
    return [
        (parts.DATABASE, lambda: _database(settings)),
        (parts.WEB, lambda: examine_web(settings)),
        (parts.SLACK, lambda: examine_slack(settings.slack, settings.public_url)),
        *((f"slack {one}", partial(examine_workspace, settings, one)) for one in settings.slack.others),
        (parts.ARTICLES, lambda: _articles(settings)),
        (parts.ESCALATION, lambda: _escalation(settings)),
        (parts.CUSTOMERS, lambda: _customers(settings)),
        (parts.MAIL, lambda: examine_mail(settings.mail)),
        *(
            (f"mailbox {number}", partial(examine_mailbox, url, settings.mail))
            for number, url in enumerate(mailboxes, 1)
        ),
        (parts.PHONE, lambda: _twilio(settings.twilio)),
        (parts.SALESFORCE, lambda: examine_salesforce(settings.salesforce)),
        (parts.ZENDESK, lambda: examine_zendesk(settings)),
        (parts.MODEL, lambda: examine_model(settings.model)),
    ]


def as_text(findings: Sequence[Finding]) -> str:
    """Write the findings for people, one per line."""
    return "\n".join(f"{_mark(f)}  {f.part:<16} {f.text}" for f in findings)


def _mark(finding: Finding) -> str:
    if not finding.ok:
        return "BAD"
    return "?? " if finding.warns else "ok "


def as_json(findings: Sequence[Finding]) -> str:
    """Write the findings for machines, on one line."""
    return json.dumps({"ok": all(f.ok for f in findings), "findings": [asdict(f) for f in findings]})


async def _checked(part: str, patience: float, check: Check) -> Finding:
    try:
        async with asyncio.timeout(patience):
            return Finding(part, ok=True, text=await check())
    except TimeoutError:
        return Finding(part, ok=False, text=f"no answer within {patience:g} s{_remedy(part)}")
    except (Unreachable, aiohttp.ClientConnectionError, OSError) as error:
        said = str(error) or type(error).__name__
        return Finding(part, ok=False, text=said if _says_what_to_do(said) else f"{said}{_remedy(part)}")
    except (ThreadpilotError, aiohttp.ClientError, ValueError) as error:
        return Finding(part, ok=False, text=str(error) or type(error).__name__)


def _remedy(part: str) -> str:
    where = _WHERE.get(part, "IMAP_URL" if part.startswith("mailbox") else "")
    return f". {_NOBODY.format(where)}" if where else ""


def _says_what_to_do(said: str) -> bool:
    return any(name in said for name in (*_WHERE.values(), "_CLIENT_ID", "_TOKEN", "_SECRET", "IMAP_URL"))


async def _database(settings: Settings) -> str:
    path = file_of(parse(settings.database_url))
    there = on_postgres(settings.database_url) or (
        path is not None and path.exists()
    )  # To look must not create it.
    if there:
        await check_file(settings.database_url, largest=None)
    revision = await schema.current(settings.database_url) if there else None
    if revision is None:
        return "empty; `threadpilot run` or `threadpilot migrate` creates it"
    schema.check_known(revision)
    if revision != schema.newest():
        return f"schema {revision}; the next start brings it to {schema.newest()}"
    await schema.check_complete(settings.database_url)
    async with open_database(settings.database_url, LocalSignals(), sealing=settings.sealing) as database:
        encrypted = ", messages are encrypted" if database.keyring.closing else ""
    return f"schema {revision}{encrypted}"


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
    vectors = await asyncio.to_thread(vectors_of, settings.minilm_dir)
    return f"{len(library.articles)} articles, {IN_WORDS[vectors.kind]}, {len(library.problems)} skipped{skipped}"


async def _customers(settings: Settings) -> str:
    if settings.customers_file is None:
        return "off: set CUSTOMERS_FILE to a CSV file, and cards say who is asking"
    directory = await asyncio.to_thread(CsvDirectory.load, settings.customers_file)
    return f"{len(directory)} addresses"


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
