"""Mail to customers and from them, over real SMTP."""

import asyncio
import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP

from sandbox.mail import read_mail
from tests.waiting import PATIENCE

from .conftest import FarSide, running


def answer_to(customer: str = "anna@mailbox.example") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Northwind <support@northwind.example>", customer, "Re: Größe"
    mail["In-Reply-To"] = mail["References"] = "<1@mailbox.example>"
    mail.set_content("Hällo Anna")
    mail.add_alternative("<p>Hällo Anna</p>", subtype="html")
    return mail


async def send(far_side: FarSide, mail: EmailMessage | None = None, *recipients: str) -> None:
    mail = mail or answer_to()
    to = list(recipients) or [mail["To"]]
    await aiosmtplib.send(
        mail, recipients=to, hostname="127.0.0.1", port=far_side.sandbox.smtp_port, timeout=5
    )


async def test_what_customers_receive(far_side: FarSide) -> None:
    await send(far_side)
    (mail,) = await far_side.get("/control/mail")
    assert (mail["to"], mail["from"]) == ("anna@mailbox.example", "Northwind <support@northwind.example>")
    assert (mail["subject"], mail["text"], mail["html"]) == (
        "Re: Größe",
        "Hällo Anna\n",
        "<p>Hällo Anna</p>\n",
    )
    assert mail["headers"]["In-Reply-To"] == "<1@mailbox.example>"
    assert "multipart/alternative" in mail["raw"]
    assert far_side.env["SMTP_URL"] == f"smtp://127.0.0.1:{far_side.sandbox.smtp_port}"


async def test_one_entry_for_each_recipient_in_order(far_side: FarSide) -> None:
    await send(far_side, answer_to(), "a@x.example", "b@x.example")
    await send(far_side, answer_to(), "c@x.example")
    assert [mail["to"] for mail in await far_side.get("/control/mail")] == [
        "a@x.example",
        "b@x.example",
        "c@x.example",
    ]


async def test_mail_survives_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as before:
        await send(before)
    async with running(tmp_path) as after:
        await send(after, answer_to(), "second@x.example")
        assert [mail["to"] for mail in await after.get("/control/mail")] == [
            "anna@mailbox.example",
            "second@x.example",
        ]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00garbage",
        b"Subject: =?utf-8?b?!!!?=\n\nx",
        b"Content-Type: text/plain; charset=klingon\n\n\xff",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>x\n",
        b"Content-Transfer-Encoding: base64\n\n%%%",
        b"From: \xe9\xe8\nTo: <<>>\nDate: never\n\nx",
    ],
)
def test_any_bytes_can_be_read(raw: bytes) -> None:
    mail = read_mail(raw)
    assert set(mail) == {"from", "subject", "text", "html", "headers", "raw"}
    assert all(isinstance(mail[part], str) for part in ("from", "subject", "text", "html", "raw"))


async def test_smtp_weather(far_side: FarSide) -> None:
    await far_side.weather(smtp={"status": 550})
    with pytest.raises(aiosmtplib.SMTPDataError) as hard:
        await send(far_side)
    assert hard.value.code == 550
    await far_side.weather(smtp={"error_rate": 1})
    with pytest.raises(aiosmtplib.SMTPDataError) as soft:
        await send(far_side)
    assert soft.value.code == 451
    await far_side.weather(smtp={"down": True})
    with pytest.raises(aiosmtplib.SMTPException):
        await send(far_side)
    assert await far_side.get("/control/mail") == []
    await far_side.weather(smtp={"disconnect": True})
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await send(far_side)
    # The sender cannot know it, but the mail has arrived.
    assert len(await far_side.get("/control/mail")) == 1
    await far_side.weather(smtp={"latency_ms": 60})
    started = asyncio.get_running_loop().time()
    await send(far_side)
    assert asyncio.get_running_loop().time() - started >= 0.06


class Inbox:
    """What the app's own SMTP listener would be."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.got: list[tuple[str, list[str], bytes]] = []

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address.startswith("other@"):
            return "550 Not here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.answer


async def test_customers_write_to_the_app() -> None:
    inbox = Inbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(inbox, hostname="app.example"), "127.0.0.1", 0
    )
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with running(smtp_listen=address) as far_side:
        letter = {
            "from": "anna@mailbox.example",
            "name": "Anna Visser",
            "subject": "Größe?",
            "text": "Passt das?",
        }
        status, first = await far_side.post("/control/mail/send", letter)
        assert (status, first["ok"]) == (200, True)
        follow_up = {
            "in_reply_to": "<2@northwind.example>",
            "references": "<1@mailbox.example> <2@northwind.example>",
        }
        await far_side.post(
            "/control/mail/send", {**letter, **follow_up, "to": "support+abc@northwind.example"}
        )
        status, refusal = await far_side.post("/control/mail/send", letter | {"to": "other@app.example"})
        assert (status, refusal["error"]) == (502, "The app refused the mail: 550 Not here")
        inbox.answer = "552 Too large"
        status, refusal = await far_side.post("/control/mail/send", letter)
        assert (status, refusal["error"]) == (502, "The app refused the mail: 552 Too large")
    server.close()
    sender, to, content = inbox.got[0]
    assert (sender, to) == ("anna@mailbox.example", ["support@northwind.example"])
    mail = read_mail(content)
    assert (mail["subject"], mail["text"].strip()) == ("Größe?", "Passt das?")
    assert (mail["from"], mail["headers"]["Message-ID"]) == (
        "Anna Visser <anna@mailbox.example>",
        first["message_id"],
    )
    answered = read_mail(inbox.got[1][2])["headers"]
    assert answered["In-Reply-To"] == "<2@northwind.example>"
    assert answered["References"] == "<1@mailbox.example> <2@northwind.example>"
    assert inbox.got[1][1] == ["support+abc@northwind.example"]


async def test_the_app_is_not_listening() -> None:
    async with running(smtp_listen="127.0.0.1:9") as far_side:
        letter = {"from": "anna@mailbox.example", "subject": "x", "text": "y"}
        status, answer = await far_side.post("/control/mail/send", letter)
    assert (status, answer) == (
        502,
        {"ok": False, "error": "The app takes no mail at 127.0.0.1:9. Is it running?"},
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"from": ""},
        {"subject": 7},
        {"text": None},
        {"references": 7},
        {"references": [7]},
        {"subject": "two\nlines"},
        {"in_reply_to": ["x"]},
        {"name": {}},
    ],
)
async def test_letters_that_cannot_be_written(far_side: FarSide, changes: dict[str, Any]) -> None:
    letter = {"from": "anna@mailbox.example", "subject": "x", "text": "y", **changes}
    status, answer = await far_side.post("/control/mail/send", letter)
    assert (status, answer["ok"]) == (400, False)
    assert answer["error"].endswith(".")


async def test_plain_smtplib_works_too(far_side: FarSide) -> None:
    def send_blocking() -> None:
        with smtplib.SMTP("127.0.0.1", far_side.sandbox.smtp_port, timeout=PATIENCE) as smtp:
            smtp.send_message(answer_to())

    await asyncio.to_thread(send_blocking)
    assert len(await far_side.get("/control/mail")) == 1
