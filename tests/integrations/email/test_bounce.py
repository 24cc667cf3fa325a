"""Delivery reports as mail servers write them: which mail, for good or not, and why."""

import pytest

from bot.core.model import Returned
from integrations.email.parse import parse

ADA = "ada@customer.example"
ID = "<threadpilot.0123456789abcdef0123456789abcdef@northwind.example>"

POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mx.customer.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: support@northwind.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"
Message-Id: <20261124100000.1@mx.customer.example>

--B
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example
X-Postfix-Queue-ID: 4ABC
Arrival-Date: Tue, 24 Nov 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; ada@customer.example
Original-Recipient: rfc822;ada@customer.example
Action: {action}
Status: {status}
Remote-MTA: dns; store.customer.example
Diagnostic-Code: smtp; {diagnosis}

--B
Content-Description: Undelivered Message
Content-Type: {copy_type}

{copy}
--B--
"""
COPY = f"From: Northwind <support@northwind.example>\nMessage-ID: {ID}\nSubject: Re: Parcel\n"
WHOLE = f"{COPY}\nHello Ada\n"
NO_USER = "550 5.1.1 <ada@customer.example>: Recipient address rejected: User unknown"


def postfix(**values: str) -> bytes:
    given = {
        "action": "failed",
        "status": "5.1.1",
        "diagnosis": NO_USER,
        "copy_type": "message/rfc822",
        "copy": WHOLE,
    }
    return POSTFIX.format(**given | values).encode()


EXIM = f"""\
Return-path: <>
X-Failed-Recipients: ada@customer.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@relay.example>
To: support@northwind.example
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1abc@relay.example>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@customer.example
    SMTP error from remote mail server after RCPT TO:<ada@customer.example>:
    host mx.customer.example [192.0.2.1]: 550 No such user here

------ This is a copy of the message, including all the headers. ------

Return-path: <support@northwind.example>
From: Northwind <support@northwind.example>
Message-ID: {ID}
Subject: Re: Parcel

Hello Ada
""".encode()

EXIM_LATE = f"""\
Return-path: <>
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@relay.example>
References: {ID}
Subject: Warning: message 1abc delayed 24 hours
Message-Id: <E2abc@relay.example>

A message that you sent has not yet been delivered to one or more of its recipients.
The address to which the message has not yet been delivered is:

  ada@customer.example
    host mx.customer.example [192.0.2.1]: 451 4.7.1 Greylisted

No action is required on your part. Delivery attempts will continue for some time.
""".encode()

QMAIL = f"""\
Return-Path: <>
From: MAILER-DAEMON@qmail.example
To: support@northwind.example
Subject: failure notice

Hi. This is the qmail-send program at qmail.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@customer.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <support@northwind.example>
From: Northwind <support@northwind.example>
Message-ID: {ID}

Hello Ada
""".encode()

NO_COPY = f"""\
Return-Path: <>
From: postmaster@customer.example
In-Reply-To: {ID}
Subject: Undeliverable: Re: Parcel

Your message did not reach ada@customer.example.
""".encode()


@pytest.mark.parametrize(
    ("raw", "returned"),
    [
        (postfix(), Returned((ID,), NO_USER, True, (ADA,))),
        (postfix(copy_type="text/rfc822-headers", copy=COPY), Returned((ID,), NO_USER, True, (ADA,))),
        (postfix(copy_type="message/rfc822-headers", copy=COPY), Returned((ID,), NO_USER, True, (ADA,))),
        (
            postfix(action="delayed", status="4.4.1", diagnosis="connect to mx: timed out"),
            Returned((ID,), "connect to mx: timed out", False, (ADA,)),
        ),
        (
            postfix(action="failed", status="4.4.7", diagnosis="550 4.4.7 Queue expired"),
            Returned((ID,), "550 4.4.7 Queue expired", True, (ADA,)),
        ),
        (
            postfix(action="", status="5.2.2", diagnosis="552 Mailbox full"),
            Returned((ID,), "552 Mailbox full", True, (ADA,)),
        ),
        (
            postfix(action="", status="4.2.2", diagnosis="452 Mailbox full"),
            Returned((ID,), "452 Mailbox full", False, (ADA,)),
        ),
        (postfix(diagnosis=""), Returned((ID,), "5.1.1", True, (ADA,))),
        (EXIM, Returned((ID,), "host mx.customer.example [192.0.2.1]: 550 No such user here", True, (ADA,))),
        (
            EXIM_LATE,
            Returned((ID,), "host mx.customer.example [192.0.2.1]: 451 4.7.1 Greylisted", False),
        ),
        (QMAIL, Returned((ID,), "Sorry, no mailbox here by that name. (#5.1.1)", True)),
        (NO_COPY, Returned((ID,), "Undeliverable: Re: Parcel", True)),
    ],
)
def test_a_report_names_the_mail_and_the_reason(raw: bytes, returned: Returned) -> None:
    assert parse(raw).returned == returned


def test_of_several_recipients_the_worst_news_counts() -> None:
    both = postfix().replace(
        b"Final-Recipient:",
        b"Final-Recipient: rfc822; ben@x.example\nAction: delayed\nStatus: 4.0.0\n\nFinal-Recipient:",
        1,
    )
    assert parse(both).returned == Returned((ID,), NO_USER, True, ("ben@x.example", ADA))


@pytest.mark.parametrize(
    "raw",
    [
        postfix(action="delivered", status="2.0.0"),
        postfix(action="relayed", status="2.0.0"),
        postfix(copy="From: x@y.example\n\nHello\n"),
        f"Return-Path: <>\nFrom: ada@customer.example\nIn-Reply-To: {ID}\nSubject: Out of office\n\n550".encode(),
        f"From: ada@customer.example\nIn-Reply-To: {ID}\nSubject: Re: Parcel\n\nUndeliverable, really?".encode(),
    ],
)
def test_what_reports_no_mail_that_failed_returns_nothing(raw: bytes) -> None:
    assert parse(raw).returned is None


@pytest.mark.parametrize("damage", [b"\xff\xfe", b"Action: \x00\n", b"--B\n" * 50])
def test_a_damaged_report_is_still_a_mail(damage: bytes) -> None:
    raw = postfix().replace(b"Final-Recipient", damage + b"Final-Recipient")
    assert parse(raw).bounce


def test_a_report_without_a_reason_says_that() -> None:
    raw = b"\n".join(
        line
        for line in postfix(status="").splitlines()
        if not line.startswith((b"Diagnostic-Code", b"Status"))
    )
    assert parse(raw).returned == Returned((ID,), "no reason was given", True, (ADA,))
