"""What customers receive."""

import random
from dataclasses import replace
from email import message_from_bytes
from email.policy import default as default_policy

import pytest

from bot.core.errors import Misconfigured, Refused
from bot.core.model import Sender
from bot.core.ports.channels import Outgoing
from integrations.email.address import conversation_in, conversation_of, subject_token
from integrations.email.compose import (
    Letterhead,
    Mailbox,
    SubjectToken,
    compose,
    deliverable,
    external_id,
    html_page,
    reply_subject,
    usable,
)
from integrations.email.headers import mailbox
from integrations.email.parse import parse
from tests import builders

NORTHWIND = Mailbox("Northwind Support", "support@northwind.example")
SECRET = "a secret"


def outgoing(**values):
    given = {
        "delivery": builders.delivery(text="It comes **today**. [1]\nBest"),
        "conversation": builders.conversation(),
        "customer_name": "Ada Quill",
        "subject": "Where is my parcel?",
        "thread": ("<first@customer.example>", "<second@customer.example>"),
    }
    return Outgoing(**given | values)


def received(out, sender=NORTHWIND):
    return message_from_bytes(compose(out, sender, SECRET).as_bytes(), policy=default_policy)


def test_an_answer_in_its_thread():
    mail = received(outgoing())
    assert mail["From"] == "Northwind Support <support@northwind.example>"
    assert mail["To"] == "Ada Quill <ada@customer.example>"
    assert mail["Subject"] == "Re: Where is my parcel?"
    assert mail["In-Reply-To"] == "<second@customer.example>"
    assert mail["References"] == "<first@customer.example> <second@customer.example>"
    assert mail["Message-ID"] == external_id(outgoing(), NORTHWIND)
    assert mail["Date"].datetime == builders.AT
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_the_text_stays_and_the_html_shows_it():
    mail = received(outgoing())
    assert mail.get_body(("plain",)).get_content().rstrip().splitlines() == [
        "It comes **today**. [1]",
        "Best",
    ]
    page = mail.get_body(("html",)).get_content().replace("\r\n", "\n")
    assert "<p>It comes <strong>today</strong>. [1]<br />\nBest</p>" in page


def test_the_same_delivery_is_always_the_same_mail():
    first, second = received(outgoing()), received(outgoing())
    for header in ("Message-ID", "Date", "Reply-To"):
        assert first[header] == second[header]


def test_a_reply_finds_its_conversation():
    address = received(outgoing())["Reply-To"].addresses[0].addr_spec
    found = conversation_of([address], NORTHWIND.address, SECRET)
    assert found == builders.conversation().id


def test_our_own_mail_is_recognised_when_it_comes_back():
    assert parse(compose(outgoing(), NORTHWIND, SECRET).as_bytes()).automatic == "our own mail (loop)"


def test_an_agents_answer_is_not_marked_automatic():
    by_agent = builders.delivery(sender=Sender.AGENT, author="U0AGENT")
    assert received(outgoing(delivery=by_agent))["Auto-Submitted"] is None


def test_html_is_escaped_and_nothing_remote_is_loaded():
    text = "<script>x</script> ![pixel](https://x.example/p.png) [a](javascript:alert(1))\n    code?\nHeading?\n---"
    page = received(outgoing(delivery=builders.delivery(text=text))).get_body(("html",)).get_content()
    for forbidden in ("<script", "<img", "src=", 'href="javascript', "<pre", "<h2"):
        assert forbidden not in page


@pytest.mark.parametrize(
    ("subject", "reply"),
    [
        ("Parcel", "Re: Parcel"),
        ("Re: Parcel", "Re: Parcel"),
        ("RE: AW: re[2]: Parcel", "Re: Parcel"),
        ("Fwd: Parcel", "Re: Fwd: Parcel"),
        ("Regarding: Parcel", "Re: Regarding: Parcel"),
        ("", "Re: your message"),
        ("Re:", "Re: your message"),
        ("a\r\nBcc: all@customer.example", "Re: a Bcc: all@customer.example"),
    ],
)
def test_subjects(subject, reply):
    assert reply_subject(subject) == reply


def test_headers_cannot_be_injected():
    evil = 'Ada"\r\nBcc: all@customer.example\u2028\x85X: y'
    mail = received(
        outgoing(customer_name=evil, subject=evil, thread=("<a@b>\r\nBcc: x", "<ok@customer.example>"))
    )
    assert mail["Bcc"] is None
    assert mail["X"] is None
    assert mail["References"] == "<ok@customer.example>"
    assert mail["To"].addresses[0].addr_spec == "ada@customer.example"


def test_long_message_ids_are_written_as_they_are():
    long = f"<{'A1' * 60}@mail.customer.example>"
    raw = compose(outgoing(thread=(long,)), NORTHWIND, SECRET).as_bytes()
    assert f"In-Reply-To: {long}\r\n".encode() in raw
    assert f"References: {long}\r\n".encode() in raw
    assert long in compose(outgoing(thread=(long,)), NORTHWIND, SECRET).as_string()


def test_references_keep_the_first_and_the_newest():
    thread = tuple(f"<{n}@customer.example>" for n in range(100))
    kept = received(outgoing(thread=thread))["References"].split()
    assert len(kept) == 20
    assert (kept[0], kept[1], kept[-1]) == (thread[0], thread[-19], thread[-1])


@pytest.mark.parametrize("thread", [(), ("",), ("no id",), (f"<{'0' * 64}@no-id.threadpilot>",), ("<ü@x>",)])
def test_a_thread_without_real_ids_is_not_named(thread):
    mail = received(outgoing(thread=thread))
    assert mail["In-Reply-To"] is None
    assert mail["References"] is None


def test_names_and_words_of_any_language():
    out = outgoing(
        customer_name="Zoë Ångström, 你好",
        subject="Größe? " * 30,
        delivery=builders.delivery(text="Schöne Grüße 🌞\x00"),
    )
    mail = received(out)
    assert mail["To"].addresses[0].display_name == "Zoë Ångström, 你好"
    assert mail["Subject"].startswith("Re: Größe? Größe?")
    assert mail.get_body(("plain",)).get_content().strip() == "Schöne Grüße 🌞"
    assert max(len(line) for line in compose(out, NORTHWIND, SECRET).as_bytes().splitlines()) < 998


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@customer.example",
     "ada@customer.example\r\nRCPT TO:<x@y>", "unknown@invalid", "a b@c.example",
     "jürgen@customer.example", "a@b@c.example", "ada@" + "x" * 70 + "ü.example", "a\x00@b.example",
     "a@b..c", "a@x.", "a@.x", "a@INVALID", "a@deep.invalid", "a@" + "ü" * 300, "a@b.c\ud800", "\ud800@b.c",
     "a" * 65 + "@b.c", "a@" + "b" * 64 + ".c", '"a b"@c.example', "a@[127.0.0.1]", "a@ü..example"],
)  # fmt: skip
def test_addresses_no_mail_can_be_sent_to(address):
    with pytest.raises(Refused, match="“"):
        compose(outgoing(delivery=builders.delivery(address=address)), NORTHWIND, SECRET)


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("a..b@docomo.test", '"a..b"@docomo.test'),
        ("ab.@docomo.test", '"ab."@docomo.test'),
        (".ab@docomo.test", '".ab"@docomo.test'),
        ("o'neil+x=y@customer.example", "o'neil+x=y@customer.example"),
        ("ada@notinvalid", "ada@notinvalid"),
        (" ada.b.c@customer.example ", "ada.b.c@customer.example"),
    ],
)
def test_dots_may_be_anywhere_before_the_at(address, written):
    raw = compose(outgoing(delivery=builders.delivery(address=address)), NORTHWIND, SECRET).as_bytes()
    assert f"To: Ada Quill <{written}>\r\n".encode() in raw
    assert deliverable(address) == written
    to = message_from_bytes(raw, policy=default_policy)["To"]
    assert [f"{one.username}@{one.domain}" for one in to.addresses] == [address.strip()]


@pytest.mark.parametrize("address", ["", "support", "a@b..c", "a" * 30 + "@northwind.example"])
def test_our_own_address_has_to_be_one(address):
    with pytest.raises(Misconfigured, match="SUPPORT_ADDRESS"):
        compose(outgoing(), Mailbox("Us", address), SECRET)
    with pytest.raises(Misconfigured, match="SUPPORT_ADDRESS"):
        usable(Mailbox("Us", address), SECRET)


def test_garbage_is_a_mail_or_is_refused_but_never_anything_else():
    bits = [
        *"aA.@<>()[],;:\\\"' =?_-\t\r\n\x00\x7f\u2028\x85üß你🌞\ud800\udcff%*`#>|~!0",
        "=?utf-8?q?x=20?=",
        "?=",
    ]
    rng = random.Random(7)

    def garbage(most):
        return "".join(rng.choices(bits, k=rng.randrange(most)))

    mails = 0
    for _ in range(600):
        out = outgoing(
            customer_name=garbage(120),
            subject=garbage(300),
            thread=(garbage(20), f"<{garbage(20)}@x.example>"),
            delivery=builders.delivery(
                address=rng.choice([garbage(12), f"a{garbage(3)}@x.example"]), text=garbage(200)
            ),
        )
        try:
            mail = received(out)
        except Refused:
            continue
        mails += 1
        assert len(mail["To"].addresses) == 1
        assert mail["Bcc"] is None
        assert len(mail.keys()) <= 14
    assert mails > 100


def test_what_looks_like_an_encoded_word_is_shown_as_it_was_written():
    odd = "=?utf-8?q?=41da?="
    mail = received(outgoing(customer_name=odd, subject=odd))
    assert mail["To"].addresses[0].display_name == odd
    assert mail["Subject"] == f"Re: {odd}"


def test_long_names_and_addresses_are_folded():
    address = "a" * 60 + "@" + "b" * 60 + ".example"
    for name in ("Ada Quill", "Zoë " * 20, "Quill, " * 12, ""):
        out = outgoing(customer_name=name, delivery=builders.delivery(address=address))
        raw = compose(out, NORTHWIND, SECRET).as_bytes()
        assert mailbox(message_from_bytes(raw)["To"]) == (name.strip()[:80].strip(", "), address)
        assert max(len(line) for line in raw.splitlines()) <= 140


def test_international_hosts_are_written_for_smtp():
    assert deliverable("ada@bücher.example") == "ada@xn--bcher-kva.example"


def test_another_brand():
    mail = received(outgoing(), replace(NORTHWIND, name='Ship "&" Shop\r\nX: y', address="help@shop.example"))
    assert mail["From"].addresses[0].addr_spec == "help@shop.example"
    assert mail["Message-ID"].endswith("@shop.example>")
    assert mail["X"] is None


def test_what_looks_like_a_heading_or_an_entity_in_a_typed_answer_stays_as_typed():
    page = html_page("# 1 in our list\n\nWrite &copy; as it is", "Subject")
    assert "<h1>" not in page
    assert "# 1 in our list" in page
    assert "&amp;copy; as it is" in page


def test_a_letterhead_puts_its_page_around_and_its_signature_below():
    page = "<style>p{color:red}</style><h1>{{brand}} {{subject}} {{nothing}}</h1>{{content}}{{signature}}"
    letterhead = Letterhead(page, "**Northwind** GmbH, [Imprint](https://northwind.example/imprint)\n")
    out = outgoing(subject="{{content}} <b>")
    mail = message_from_bytes(compose(out, NORTHWIND, SECRET, letterhead).as_bytes(), policy=default_policy)
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert text.replace("\r", "").endswith(
        "Best\n\n-- \n**Northwind** GmbH, [Imprint](https://northwind.example/imprint)\n"
    )
    assert html.startswith(
        "<style>p{color:red}</style><h1>Northwind Support Re: {{content}} &lt;b&gt; </h1><p>It comes"
    )
    assert '<a href="https://northwind.example/imprint">Imprint</a>' in html


def test_a_page_without_a_place_for_the_answer_is_none():
    with pytest.raises(Misconfigured, match="MAIL_TEMPLATE_FILE"):
        Letterhead("<html></html>")


def test_what_stands_in_an_answer_is_no_place_of_the_page():
    assert "{{subject}}" in html_page("Write {{subject}} here", "s")


@pytest.mark.parametrize(
    ("wish", "headerless", "named"),
    [
        (SubjectToken.AUTO, False, False),
        (SubjectToken.AUTO, True, True),
        (SubjectToken.ALWAYS, False, True),
        (SubjectToken.NEVER, True, False),
    ],
)
def test_a_subject_names_its_conversation_where_a_reply_may_lose_everything_else(wish, headerless, named):
    answer = compose(outgoing(headerless=headerless), NORTHWIND, SECRET, Letterhead(subject_token=wish))
    subject = message_from_bytes(answer.as_bytes(), policy=default_policy)["Subject"]
    assert subject.startswith("Re: Where is my parcel?")
    assert conversation_in(f"AW: {subject}", SECRET) == (builders.conversation().id[:10] if named else "")


def test_the_token_of_an_earlier_conversation_is_not_said_again():
    stale = f"Re: Where is my parcel? {subject_token('0' * 32, SECRET)}"
    assert received(outgoing(subject=stale))["Subject"] == "Re: Where is my parcel?"


def test_copies_are_named_and_whom_no_mail_reaches_gets_none():
    copies = ("ben@customer.example", "jürgen@customer.example", "x@y.invalid", "dora@customer.example")
    mail = received(outgoing(delivery=builders.delivery(cc=copies)))
    assert [one.addr_spec for one in mail["Cc"].addresses] == [
        "ben@customer.example",
        "dora@customer.example",
    ]
    assert received(outgoing())["Cc"] is None


def test_what_an_agent_writes_first_is_no_reply():
    first = builders.delivery(turn=0, text="Your parcel is on hold.")
    assert received(outgoing(delivery=first, thread=()))["Subject"] == "Where is my parcel?"
