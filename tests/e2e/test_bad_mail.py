"""Broken mail through the real listener: kept with a card, or refused with a sentence; the app goes on."""

# ruff: noqa: E501 - broken mails, one a line.

import smtplib
from uuid import uuid4

import pytest

from tests.e2e.harness import Outside, said
from tests.waiting import until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("demo"),
]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("no From", b"Subject: MARK\r\nMessage-ID: <MARK@x>\r\n\r\nHow do I reset my password?"),
        ("no Message-ID", b"From: a@customer.example\r\nSubject: MARK\r\n\r\nHow do I reset my password?"),
        ("latin-1 in UTF-8", b"From: a@customer.example\r\nSubject: MARK\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGr\xfc\xdfe \xff\xfe"),
        ("unknown charset", b"From: a@customer.example\r\nSubject: MARK\r\nContent-Type: text/plain; charset=klingon\r\n\r\nHello"),
        ("broken MIME", b"From: a@customer.example\r\nSubject: MARK\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hi<b"),
        ("no body", b"From: a@customer.example\r\nSubject: MARK\r\n\r\n"),
    ],
)  # fmt: skip
async def test_a_broken_mail_is_kept_and_shown(demo: Outside, name: str, raw: bytes) -> None:
    mark = uuid4().hex
    await demo.raw_mail(raw.replace(b"MARK", mark.encode()), "a@customer.example")
    assert len(await until(lambda: demo.cards("email", mark))) == 1


async def test_a_mail_without_any_header_is_kept(demo: Outside) -> None:
    mark = uuid4().hex
    await demo.raw_mail(f"\r\n{mark} what is this".encode(), "a@customer.example")

    async def shown() -> object:
        history = await demo.slack.conversations_history(
            channel=demo.contract["channels"]["email"], limit=200
        )
        return [m for m in history["messages"] if mark in said(m)]

    await until(shown)


async def test_a_mail_of_30_mb_is_refused_with_a_sentence(demo: Outside) -> None:
    body = b"From: a@customer.example\r\nSubject: huge\r\n\r\n" + (b"0123456789" * 7 + b"\r\n") * 430_000
    with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) as refused:
        await demo.raw_mail(body, "a@customer.example")
    assert refused.value.smtp_code == 552
    await demo.mail("After the huge one", "How do I reset my password?", sender="ok@customer.example")
    await demo.received("ok@customer.example", "After the huge one")


async def test_an_out_of_office_reply_is_never_answered(demo: Outside) -> None:
    await demo.mail(
        "Automatic reply: away",
        "How do I reset my password?",
        sender="ooo@customer.example",
        Auto_Submitted="auto-replied",
    )
    await demo.card("email", "Automatic reply: away", "Sent by a machine")
    assert await demo.inbox("ooo@customer.example") == []
