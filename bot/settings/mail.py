"""Mail in and out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from bot.core.errors import Misconfigured
from bot.settings.reading import Faults, existing, host_and_port, is_url, like, listed, web_address

# RFC 5321 allows 64 characters before the @; the signed part of a reply address takes 43.
_LONGEST_LOCAL_PART = 21
_SHORTEST_SECRET = 16


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
    smtp_url: str = field(default="", repr=False)
    listen: str = ""
    mailboxes: tuple[str, ...] = field(default=(), repr=False)
    inbound_secret: str = field(default="", repr=False)
    authserv_id: str = ""
    template: Path | None = None
    signature: Path | None = None
    agents: tuple[str, ...] = ()
    named_subjects: str = "auto"
    oauth: OAuthSettings | None = None


def mail_settings(env: Mapping[str, str]) -> MailSettings | None:
    """Return how mail goes in and out, None when nothing of it is set; raises Misconfigured for half of it."""
    support = env.get("SUPPORT_ADDRESS", "")
    smtp_url, listen, mailboxes = (env.get(name, "") for name in ("SMTP_URL", "SMTP_LISTEN", "IMAP_URL"))
    inbound_secret = env.get("INBOUND_EMAIL_SECRET", "")
    if not (smtp_url or listen or support or mailboxes or inbound_secret):
        return None
    faults = Faults()
    faults.read(lambda: _check_address(support), None)
    faults.read(lambda: _check_relay(smtp_url), None)
    if listen:
        faults.read(lambda: host_and_port("SMTP_LISTEN", listen), ("", 0))
    if inbound_secret and len(inbound_secret) < _SHORTEST_SECRET:
        faults.note(
            f"INBOUND_EMAIL_SECRET has fewer than {_SHORTEST_SECRET} characters. Make it with: openssl rand -hex 32"
        )
    settings = MailSettings(
        support_address=support.lower(),
        smtp_url=smtp_url,
        listen=listen,
        mailboxes=tuple(listed(mailboxes)),
        inbound_secret=inbound_secret,
        authserv_id=faults.read(lambda: _authserv_id(env), ""),
        template=faults.read(lambda: existing(env, "MAIL_TEMPLATE_FILE", "file", Path.is_file), None),
        signature=faults.read(lambda: existing(env, "MAIL_SIGNATURE_FILE", "file", Path.is_file), None),
        agents=faults.read(lambda: _agents(env), ()),
        named_subjects=faults.read(lambda: _named_subjects(env), ""),
        oauth=faults.read(lambda: _oauth(env), None),
    )
    faults.check()
    return settings


def _check_address(support: str) -> None:
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


def _check_relay(smtp_url: str) -> None:
    if not smtp_url:
        raise Misconfigured("SMTP_URL is not set, so answers could not be sent: for example smtp://relay:25.")
    if not is_url(smtp_url, {"smtp", "smtps"}):
        raise Misconfigured(
            "SMTP_URL is not an address like smtp://user:password@relay:587 or smtps://relay."
        )


def _named_subjects(env: Mapping[str, str]) -> str:
    return like(env, "MAIL_SUBJECT_TOKEN", "auto|always|never", "auto, always or never") or "auto"


def _agents(env: Mapping[str, str]) -> tuple[str, ...]:
    """Read addresses and domains; a domain may be written with an @ before it."""
    agents = tuple(one.lower().removeprefix("@") for one in listed(env.get("SUPPORT_AGENTS", "")))
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
    web_address(env, names["token_url"])
    if "token" not in given and not {"token_url", "client_id"} <= set(given):
        raise Misconfigured(
            "Set MAIL_OAUTH_TOKEN, or MAIL_OAUTH_TOKEN_URL and MAIL_OAUTH_CLIENT_ID with MAIL_OAUTH_CLIENT_SECRET."
        )
    if "token" in given and "token_url" in given:
        raise Misconfigured("Set either MAIL_OAUTH_TOKEN or MAIL_OAUTH_TOKEN_URL, not both.")
    return OAuthSettings(**given)
