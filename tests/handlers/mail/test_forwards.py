"""An agent's forward of a customer's mail is the customer's, if our mail server vouches for the agent."""

import pytest

from handlers.mail.inbound import Envelope, House, inbound_of
from integrations.email.address import reply_address

SUPPORT, SECRET, MX = "support@northwind.example", "a secret", "mx.northwind.example"
HOUSE = House(SUPPORT, SECRET, MX, frozenset({"kim@northwind.example", "desk.northwind.example"}))
PASSED = f"Authentication-Results: {MX}; dmarc=pass header.from=northwind.example\r\n"
BLOCK = (
    "---------- Forwarded message ---------\r\nFrom: Ada Quill <Ada@customer.example>\r\n"
    "Date: Mon, 23 Nov 2026 at 09:00\r\nSubject: Broken shoe\r\nTo: <kim@northwind.example>\r\n\r\n"
    "The sole came off.\r\n\r\nAda\r\n\r\nOn Fri, 20 Nov 2026 at 10:00, Shop <news@shop.example> wrote:\r\n> Buy!\r\n"
)


def mail(
    body="Can you help her?\r\n\r\n" + BLOCK, *, sender="kim@northwind.example", checked=PASSED, extra=""
):
    return (
        f"{checked}From: Kim <{sender}>\r\nTo: {SUPPORT}\r\nCc: boss@northwind.example\r\n"
        f"Subject: Fwd: Broken shoe\r\nMessage-ID: <f1@northwind.example>\r\n{extra}\r\n{body}"
    ).encode()


def read(raw, house=HOUSE):
    return inbound_of(raw, Envelope(), house)


def test_the_forwarded_customer_is_who_wrote():
    inbound = read(mail())
    assert (inbound.address, inbound.name) == ("ada@customer.example", "Ada Quill")
    assert (inbound.subject, inbound.text) == ("Broken shoe", "The sole came off.\n\nAda")
    assert "> Buy!" in inbound.metadata["quoted"]
    assert inbound.metadata["subject"] == "Broken shoe"
    assert inbound.metadata["forwarded_by"] == "kim@northwind.example"
    assert inbound.metadata["forwarded_with"] == "Can you help her?"
    assert inbound.metadata["forwarded_check"] == f"DMARC pass (says {MX})"
    assert not {"cc", "people", "sender_check", "warnings"} & set(inbound.metadata)
    assert inbound.automatic == ""


def test_a_whole_domain_may_be_our_agents():
    assert read(mail(sender="joe@desk.northwind.example")).address == "ada@customer.example"


@pytest.mark.parametrize(
    ("checked", "said"),
    [
        ("", "did not check this mail"),
        (f"Authentication-Results: {MX}; dmarc=fail\r\n", "DMARC fail"),
        (
            "Authentication-Results: evil.example; dmarc=pass header.from=northwind.example\r\n",
            "did not check",
        ),
    ],
)
def test_whoever_is_not_vouched_for_stays_the_author_and_it_is_said_why(checked, said):
    inbound = read(mail(checked=checked))
    assert inbound.address == "kim@northwind.example"
    assert "The sole came off." in inbound.text
    (why,) = inbound.metadata["warnings"]
    assert "not taken for the mail of Ada Quill" in why
    assert said in why


def test_strangers_forward_in_their_own_name():
    inbound = read(mail(sender="eve@northwind.example"))
    assert inbound.address == "eve@northwind.example"
    assert "warnings" not in inbound.metadata


def test_without_agents_nobody_forwards_for_customers():
    assert read(mail(), House(SUPPORT, SECRET, MX)).address == "kim@northwind.example"


def test_a_forward_that_does_not_say_from_whom_is_the_agents():
    body = BLOCK.replace(" <Ada@customer.example>", "")
    inbound = read(mail(body))
    assert inbound.address == "kim@northwind.example"
    assert "does not say from which address" in inbound.metadata["warnings"][0]


def test_a_colleagues_mail_that_is_forwarded_is_no_customers():
    inbound = read(mail(BLOCK.replace("Ada@customer.example", "joe@desk.northwind.example")))
    assert inbound.address == "kim@northwind.example"
    assert "warnings" not in inbound.metadata


def test_a_forward_into_a_conversation_stays_there():
    to_it = f"X-Original-To: {reply_address(SUPPORT, '0' * 32, SECRET)}\r\n"
    inbound = read(mail(extra=to_it))
    assert (inbound.conversation_hint, inbound.address) == ("0" * 32, "kim@northwind.example")


def test_a_machine_that_is_forwarded_gets_no_answer():
    inbound = read(mail(BLOCK.replace("Ada@customer.example", "no-reply@bank.example")))
    assert (inbound.address, inbound.automatic) == ("no-reply@bank.example", "no-reply address")


def test_a_mail_that_is_attached_is_the_customers_too():
    body = (
        "--b\r\n\r\nFor you.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: Ben <ben@customer.example>\r\n"
        "Subject: Late\r\nMessage-ID: <b1@customer.example>\r\n\r\nWhere is it?\r\n--b--\r\n"
    )
    inbound = read(mail(body, extra="Content-Type: multipart/mixed; boundary=b\r\n"))
    assert (inbound.address, inbound.text, inbound.subject) == (
        "ben@customer.example",
        "Where is it?",
        "Late",
    )
    assert inbound.metadata["forwarded_with"] == "For you."


def through_a_list(
    *, sender="Ada Quill <Ada@customer.example>", listed="List-Id: <support.northwind.example>\r\n"
):
    return (
        f"{PASSED}From: 'Ada Quill' via Support <{SUPPORT}>\r\nX-Original-From: {sender}\r\n{listed}"
        f"To: {SUPPORT}\r\nSubject: Broken shoe\r\n\r\nThe sole came off.\r\n"
    ).encode()


def test_who_wrote_through_a_list_that_rewrites_senders_is_known_but_not_vouched_for():
    inbound = read(through_a_list())
    assert (inbound.address, inbound.name) == ("ada@customer.example", "Ada Quill")
    assert inbound.automatic == "mailing list"
    assert "sender_check" not in inbound.metadata
    assert "not who wrote" in inbound.metadata["verdict"]


def test_an_agents_name_in_a_list_makes_nobody_an_agent():
    raw = through_a_list(sender="kim@northwind.example").replace(b"The sole", BLOCK.encode() + b"The sole")
    assert read(raw).address == "kim@northwind.example"


def test_without_a_list_that_header_is_anybodys():
    assert read(through_a_list(listed="")).automatic == "our own mail (loop)"
    assert read(through_a_list(sender="nobody")).automatic == "our own mail (loop)"


def test_it_is_told_whom_everybody_can_read_it_is_to_and_our_reply_addresses_are_ours() -> None:
    reply_to = reply_address(SUPPORT, "a" * 32, SECRET)
    extra = f"Cc: {reply_to}, support+south@northwind.example\r\nDelivered-To: x@y.example\r\n"
    inbound = read(mail(sender="ada@customer.example", extra=extra))
    assert inbound.metadata["addressed"] == [
        SUPPORT,
        "boss@northwind.example",
        SUPPORT,
        "support+south@northwind.example",
    ]
