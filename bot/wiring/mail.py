"""Mail in and out: the mailboxes that are read, the relay, and how they are logged in to."""

import os
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from bot.core.errors import Misconfigured
from bot.core.model import Channel
from bot.core.ports.breakers import Breaker
from bot.core.ports.channels import OutboundChannel
from bot.core.ports.tracing import Tracer, untraced
from bot.process.parts import WELL, Check
from bot.services.intake import Intake
from bot.settings import Settings
from bot.settings.mail import MailSettings, OAuthSettings
from bot.wiring.backend import Backend
from handlers.mail.imap import ImapIntake
from handlers.mail.imap_session import ImapMailbox
from handlers.mail.keeping import MailDesk
from integrations.email.channel import EmailChannel
from integrations.email.compose import PLAIN, Letterhead, Mailbox, SubjectToken
from integrations.email.oauth import FixedToken, Grant, GrantedTokens, Tokens
from integrations.guarded import GuardedChannel
from storage.database import utc_now


def mailboxes_of(
    mail: MailSettings | None, desk: MailDesk, backend: Backend, tokens: Tokens | None
) -> Sequence[ImapIntake]:
    """Return a reader for each mailbox in the settings.

    Raises:
        Misconfigured: one of IMAP_URL is none.
    """
    if mail is None:
        return ()
    # Alone on the database, what an earlier process held is ours.
    holder = "alone" if backend.alone else f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    boxes = dict.fromkeys(map(ImapMailbox.from_url, mail.mailboxes))
    return [ImapIntake(box, desk, backend.database, utc_now, holder, tokens=tokens) for box in boxes]


def mail_desk_of(
    mail: MailSettings | None, intake: Intake, secret: str, trace: Tracer = untraced
) -> MailDesk:
    """Return what keeps mails that come in, by whatever way."""
    mail = mail or MailSettings("")
    return MailDesk(
        intake, mail.support_address, secret, authserv_id=mail.authserv_id, agents=mail.agents, trace=trace
    )


def tokens_of(oauth: OAuthSettings | None, session: aiohttp.ClientSession) -> Tokens | None:
    """Return where mail servers' access tokens come from; None where there are none."""
    if oauth is None:
        return None
    if oauth.token:
        return FixedToken(oauth.token)
    grant = Grant(oauth.token_url, oauth.client_id, oauth.client_secret, oauth.scope, oauth.refresh_token)
    return GrantedTokens(grant, session)


def mail_lines(
    settings: Settings, secret: str, breaker: Breaker, tokens: Tokens | None
) -> dict[Channel, OutboundChannel]:
    """Return the way to customers by mail, where mail is set up."""
    if settings.mail is None:
        return {}
    relay = EmailChannel(
        settings.mail.smtp_url,
        Mailbox(settings.brand, settings.mail.support_address),
        secret,
        letterhead=letterhead_of(settings.mail),
        tokens=tokens,
    )
    return {Channel.EMAIL: GuardedChannel(relay, breaker, can_be_asked=False)}


def letterhead_of(mail: MailSettings) -> Letterhead:
    """Return how mails look.

    Raises:
        Misconfigured: a file cannot be read, or has no place for the answer.
    """
    return Letterhead(
        page=_text_of("MAIL_TEMPLATE_FILE", mail.template) or PLAIN.page,
        signature=_text_of("MAIL_SIGNATURE_FILE", mail.signature),
        subject_token=SubjectToken(mail.named_subjects),
    )


def _text_of(name: str, path: Path | None) -> str:
    try:
        return path.read_text(encoding="utf-8") if path is not None else ""
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{name}={path} cannot be read as UTF-8 text: {error}.") from error


def mail_in(mail: MailSettings | None, mailboxes: Sequence[ImapIntake]) -> Check:
    """Return the check of what takes mail in."""

    async def state() -> str:
        if mail is None or not (mail.listen or mail.inbound_secret or mailboxes):
            return "off"
        troubles = [said for box in mailboxes if (said := await box.state()) not in WELL]
        return " ".join(troubles) or "ok"

    return state
