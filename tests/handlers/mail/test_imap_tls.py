"""Mailboxes over TLS and STARTTLS at a real Dovecot: encrypted and checked, or not at all."""

import asyncio

import pytest

from bot.core.errors import Unreachable
from bot.core.sealing import OPEN
from bot.services.intake import Intake
from handlers.mail.imap import ImapIntake
from handlers.mail.imap_session import ImapMailbox, ImapSession, LoginRefused
from handlers.mail.keeping import MailDesk
from storage.database import open_database, utc_now
from storage.signals import LocalSignals
from tests.certificates import Authority
from tests.dovecot import PASSWORD, running_dovecot
from tests.handlers.mail.test_imap import HASTY, SUPPORT, have, kept, mail, running, well


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(authority):
    with running_dovecot(authority.certify("IP:127.0.0.1")) as dovecot:
        yield dovecot


def opened(url, context=None):
    session = ImapSession(ImapMailbox.from_url(url), tls_context=context)
    try:
        return session.open(PASSWORD)
    finally:
        session.close()


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_mail_is_read_over_an_encrypted_line(server, authority, tls):
    async with open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as database:
        desk = MailDesk(Intake(database, utc_now), SUPPORT, "a secret")
        box = ImapMailbox.from_url(server.url(tls=tls))
        reader = ImapIntake(box, desk, database, utc_now, "h1", tls_context=authority.context, habits=HASTY)
        number = {"tls": 31, "starttls": 32}[tls]
        async with running(reader) as one:
            await well(one)
            await asyncio.to_thread(server.deliver, mail(number))
            await have(database, 1)
            assert f"Where is parcel {number}?" in await kept(database)
    ours = [line for line in server.log.splitlines() if " Login: user=" in line and ", TLS" in line]
    assert ours, server.log


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_a_certificate_of_an_unknown_authority_is_not_trusted_and_no_password_is_said(server, tls):
    logins = server.log.count(" Login: user=")
    with pytest.raises(Unreachable, match="certificate is not trusted: unable to get local issuer") as told:
        opened(server.url(tls=tls))
    assert "SSL_CERT_FILE" in str(told.value)
    assert server.log.count(" Login: user=") == logins


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_a_certificate_for_another_host_is_not_trusted(server, authority, tls):
    with pytest.raises(Unreachable, match=r"certificate is not trusted: IP address mismatch.*127\.0\.0\.2"):
        opened(server.url(tls=tls, host="127.0.0.2"), authority.context)


def test_an_authority_of_ones_own_is_named_by_the_environment(server, authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority._folder / "ca.pem"))
    assert opened(server.url(tls="tls")).validity > 0


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
def test_where_only_encrypted_lines_are_taken_that_is_said(authority):
    # Dovecot takes a line from a host to itself for safe; from 127.0.0.1 to 127.0.0.2 is none.
    certificate = authority.certify("IP:127.0.0.2")
    with running_dovecot(certificate, ssl="required") as strict:
        with pytest.raises(LoginRefused, match="open line: write imaps://"):
            opened(strict.url(host="127.0.0.2"))
        assert opened(strict.url(tls="starttls", host="127.0.0.2"), authority.context).validity > 0


def test_a_server_without_starttls_gets_no_password(authority):
    with running_dovecot() as plain:
        with pytest.raises(Unreachable, match="STARTTLS"):
            opened(plain.url(tls="starttls"), authority.context)
        assert " Login: user=" not in plain.log
        assert opened(plain.url()).validity > 0
        assert " Login: user=" in plain.log
