"""Salesforce and Zendesk."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.core.errors import Misconfigured
from bot.core.model import Status
from bot.settings.names import KNOWN
from bot.settings.reading import Faults, existing, like, listed, web_address, yes_or_no

_ZENDESK_WORDS = ("channel", "conversation", "confidence")
_SALESFORCE = (
    "SALESFORCE_URL",
    "SALESFORCE_CLIENT_ID",
    "SALESFORCE_CLIENT_SECRET",
    "SALESFORCE_USERNAME",
    "SALESFORCE_PRIVATE_KEY_FILE",
)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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
    poll_seconds: int = 120


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


def salesforce_settings(env: Mapping[str, str]) -> SalesforceSettings | None:
    """Return how Salesforce is reached, None when nothing of it is set; raises Misconfigured for half of it."""
    given = {name: env[name] for name in _SALESFORCE if env.get(name)}
    if not given:
        return None
    faults = Faults()
    faults.read(lambda: _check_login(given), None)
    limit = faults.read(lambda: like(env, "SALESFORCE_DAILY_REQUESTS", r"[1-9][0-9]{0,8}", "20000"), "")
    settings = SalesforceSettings(
        url=faults.read(lambda: _org(env), "") if "SALESFORCE_URL" in given else "",
        client_id=given.get("SALESFORCE_CLIENT_ID", ""),
        client_secret=given.get("SALESFORCE_CLIENT_SECRET", ""),
        username=given.get("SALESFORCE_USERNAME", ""),
        private_key_file=faults.read(
            lambda: existing(env, "SALESFORCE_PRIVATE_KEY_FILE", "file", Path.is_file), None
        ),
        fields=faults.read(lambda: tuple(_salesforce_fields(env, "SALESFORCE_FIELDS")), ()),
        answer_fields=faults.read(lambda: tuple(_salesforce_fields(env, "SALESFORCE_ANSWER_FIELDS")), ()),
        daily_requests=int(limit) if limit else None,
        write_back=faults.read(lambda: yes_or_no(env, "SALESFORCE_WRITE_BACK"), otherwise=False),
        case_field=faults.read(lambda: _case_field(env), ""),
        case_statuses=faults.read(lambda: dict(_case_statuses(env)), {}),
        poll_seconds=faults.read(lambda: _poll_seconds(env), 0),
    )
    faults.check()
    return settings


def _case_field(env: Mapping[str, str]) -> str:
    usual = SalesforceSettings.case_field
    return like(env, "SALESFORCE_CASE_FIELD", r"[A-Za-z]\w{0,74}__c", usual) or usual


def _poll_seconds(env: Mapping[str, str]) -> int:
    told = like(env, "SALESFORCE_POLL_SECONDS", r"[1-9][0-9]{0,4}", "120, how often cases are looked at")
    return int(told) if told else SalesforceSettings.poll_seconds


def _case_statuses(env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for pair in listed(env.get("SALESFORCE_CASE_STATUSES", "")):
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
    url = web_address(env, "SALESFORCE_URL").rstrip("/")
    host, secure = urlsplit(url).hostname or "", url.startswith("https://")
    general = host in {"login.salesforce.com", "test.salesforce.com"} or host.endswith(".force.com")
    if general or not (secure or host in _LOOPBACK):
        raise Misconfigured(
            f"SALESFORCE_URL={url!r} is not your org's My Domain, such as https://acme.my.salesforce.com."
        )
    return url


def _salesforce_fields(env: Mapping[str, str], name: str) -> Iterator[str]:
    for each in listed(env.get(name, "")):
        if not re.fullmatch(r"(?:Contact|Account)\.[A-Za-z]\w{0,79}", each, re.ASCII):
            raise Misconfigured(
                f"{name} has {each!r}; write fields such as Contact.Plan__c,Account.Health__c."
            )
        yield each


def zendesk_settings(env: Mapping[str, str]) -> ZendeskSettings | None:
    """Return how Zendesk is reached, None when nothing of it is set; raises Misconfigured for half of it."""
    if not any(env.get(name) for name in KNOWN if name.startswith("ZENDESK_")):
        return None  # Others have variables that begin so, too.
    faults = Faults()
    url = faults.read(lambda: web_address(env, "ZENDESK_URL").rstrip("/"), "")
    if not env.get("ZENDESK_URL"):
        faults.note("ZENDESK_URL is not set: for example https://acme.zendesk.com.")
    client, secret, token = (
        env.get(name, "") for name in ("ZENDESK_CLIENT_ID", "ZENDESK_CLIENT_SECRET", "ZENDESK_OAUTH_TOKEN")
    )
    if token and (client or secret):
        faults.note("Set either ZENDESK_OAUTH_TOKEN or ZENDESK_CLIENT_ID, not both.")
    if not token and not (client and secret):
        faults.note("Zendesk needs ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET, or ZENDESK_OAUTH_TOKEN.")
    settings = ZendeskSettings(
        url=url,
        client_id=client,
        client_secret=secret,
        oauth_token=token,
        webhook_secret=env.get("ZENDESK_WEBHOOK_SECRET", ""),
        write_back=faults.read(lambda: yes_or_no(env, "ZENDESK_WRITE_BACK"), otherwise=False),
        fields=faults.read(lambda: dict(_zendesk_fields(env.get("ZENDESK_FIELDS", ""))), {}),
    )
    faults.check()
    return settings


def _zendesk_fields(value: str) -> Iterator[tuple[str, str]]:
    for part in listed(value):
        number, equals, word = (piece.strip() for piece in part.partition("="))
        if not equals or not re.fullmatch(r"[0-9]{1,18}", number) or word not in _ZENDESK_WORDS:
            raise Misconfigured(
                f"ZENDESK_FIELDS has {part!r}; write 36000123=channel, with the id of a custom field and one of "
                f"{', '.join(_ZENDESK_WORDS)}."
            )
        yield number, word
