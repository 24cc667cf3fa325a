"""What `threadpilot doctor` looks at in mail: the relay, and each mailbox."""

import asyncio

import aiohttp

from bot.settings.mail import MailSettings
from bot.wiring.mail import letterhead_of, tokens_of
from handlers.mail.imap import secret_of
from handlers.mail.imap_session import ImapMailbox, ImapSession
from integrations.email.channel import EmailChannel, Server
from integrations.email.compose import Mailbox


async def examine_mail(mail: MailSettings | None) -> str:
    """Return what was found at the relay. Raises an error of ours whose message says what to do."""
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


async def examine_mailbox(url: str, mail: MailSettings | None) -> str:
    """Look into one mailbox and leave it as it is; raises as above."""
    oauth = mail.oauth if mail is not None else None
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
