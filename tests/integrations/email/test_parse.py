"""Golden mails of our own, in the ways real ones are wrong."""

import os
import random
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from time import process_time

import pytest

from integrations.email.body import unflow
from integrations.email.parse import ParsedMail, parse

SHARED = (
    Path(os.environ.get("THREADPILOT_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data")) / "email"
)

PLAIN = b"""\
Return-Path: <ada@example.org>
Authentication-Results: mx.example.com; dmarc=pass
Message-ID: <m1@example.org>
In-Reply-To: <m0@example.com>
References: <first@example.com>
 <m0@example.com>
From: "Ada, Countess" <Ada@Example.org>
Reply-To: Ada at home <ada.home@example.org>
To: Support <support@northwind.example>, bob@example.org
Cc: support+tag@northwind.example
Subject: Where is
 my =?utf-8?q?pa?= =?utf-8?q?rcel=3F?=
Content-Type: text/plain; charset=utf-8

It has not arrived.

On Mon, 2 Nov 2026 at 10:00, Northwind Support <support@northwind.example> wrote:
> Is it there?
"""

ALTERNATIVE = """\
From: ada@example.org
Message-ID: <m2@example.org>
Subject: Two ways
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--inner
Content-Type: text/html; charset=utf-8

<p>Grüße aus <b>HTML</b></p>
--inner--
--outer
Content-Type: application/pdf; name="../bill?.pdf"
Content-Disposition: attachment; filename="../bill?.pdf"
Content-Transfer-Encoding: base64

JVBERi0=
--outer
Content-Type: text/plain
Content-Disposition: attachment; filename*=utf-8''%E2%82%AC.txt

not part of the text
--outer
Content-Type: message/rfc822

From: bob@example.org
Subject: inside

forwarded words
--outer--
""".encode()


def mail(headers: str, body: str | bytes = "Hello") -> ParsedMail:
    raw = body if isinstance(body, bytes) else body.encode()
    return parse(headers.strip().encode("latin-1") + b"\n\n" + raw)


def test_an_ordinary_reply():
    read = parse(PLAIN)
    assert read.message_id == "<m1@example.org>"
    assert (read.sender_name, read.sender_address) == ("Ada, Countess", "ada@example.org")
    assert read.reply_to == "ada.home@example.org"
    assert read.recipients == (
        "support@northwind.example",
        "bob@example.org",
        "support+tag@northwind.example",
    )
    assert read.subject == "Where is my parcel?"
    assert read.text == "It has not arrived."
    assert read.quoted.startswith("On Mon, 2 Nov 2026")
    assert read.in_reply_to == "<m0@example.com>"
    assert read.references == ("<m0@example.com>", "<first@example.com>")
    assert read.authentication == ("mx.example.com; dmarc=pass",)
    assert (read.automatic, read.bounce, read.warnings) == ("", False, ())


def test_alternatives_are_read_once_and_the_rest_is_attached():
    read = parse(ALTERNATIVE)
    assert read.text == "Grüße"
    assert "aus <b>HTML</b>" in read.html
    assert [(a.name, a.type) for a in read.attachments] == [
        ("_bill_.pdf", "application/pdf"),
        ("€.txt", "text/plain"),
        ("inside.eml", "message/rfc822"),
    ]
    assert read.attachments[0].size == 5
    assert all(a.size > 0 for a in read.attachments)


def test_only_html():
    read = mail("From: a@b.example\nContent-Type: text/html", "<div>Hello</div><div>there &amp; here</div>")
    assert read.text == "Hello\nthere & here"


def test_blank_plain_text_gives_way_to_html():
    read = mail(
        "From: a@b.example\nContent-Type: multipart/alternative; boundary=x",
        "--x\nContent-Type: text/plain\n\n  \n--x\nContent-Type: text/html\n\n<p>Hello</p>\n--x--\n",
    )
    assert read.text == "Hello"


def test_a_footer_in_plain_text_does_not_hide_the_html():
    read = mail(
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=x",
        "--x\nContent-Type: text/html\n\n<p>My question</p>\n--x\nContent-Type: text/plain\n\nScanned\n--x--\n",
    )
    assert read.text == "My question\n\nScanned"


@pytest.mark.parametrize(
    ("charset", "data"),
    [
        ("x-unknown", "Füße".encode()),
        ("hex", "Füße".encode("cp1252")),
        ("iso-8859-1", "Füße".encode("cp1252")),
        ("unicode-escape", "Füße".encode()),
        ("us-ascii", "Füße".encode()),
        ("utf-8", "Füße".encode("cp1252")),
        ("\x00", "Füße".encode()),
        ("", "Füße".encode()),
    ],
)
def test_character_sets_that_are_wrong(charset, data):
    read = parse(b"From: a@b.example\nContent-Type: text/plain; charset=" + charset.encode() + b"\n\n" + data)
    assert read.text == "Füße"


def test_chinese_under_its_small_name():
    assert (
        parse(b"Content-Type: text/plain; charset=iso-gb2312\n\n" + "你好".encode("gb18030")).text == "你好"
    )


def test_one_broken_place_does_not_spoil_utf_8():
    read = parse(b"Content-Type: text/plain; charset=utf-8\n\n" + "Füße ÄÖÜ ".encode() + b"\xff!")
    assert read.text == "Füße ÄÖÜ \ufffd!"


def test_nothing_that_cannot_be_stored_comes_out():
    read = parse(
        b"From: \xff\x00<a\x00@b.example>\nSubject: a\x00\xfe\x07b\nMessage-ID: <\xff\x00@x>\n\na\x00b\x07\xffc"
    )
    for text in (read.subject, read.text, read.sender_name, read.sender_address, read.message_id):
        assert "\x00" not in text
        assert "\x07" not in text
        assert text.encode("utf-8").decode("utf-8") == text


def test_flowed_text_is_joined():
    read = mail(
        "From: a@b.example\nContent-Type: text/plain; format=flowed",
        "One long \nline.\n  indented\n> q \nend",
    )
    assert read.text.split("\n")[:2] == ["One long line.", " indented"]


def test_a_flowed_text_takes_time_by_its_length_alone():
    began = process_time()
    assert len(unflow("word \n" * 400_000)) == 2_000_000
    assert process_time() - began < 5  # Where every line is copied anew it takes minutes.


def test_flowed_text_with_deleted_blanks():
    read = mail("From: a@b.example\nContent-Type: text/plain; format=flowed; delsp=yes", "Donau \ndampfer")
    assert read.text == "Donaudampfer"


@pytest.mark.parametrize(
    ("sender", "name", "address"),
    [
        ("ada@example.org", "", "ada@example.org"),
        ("ada@example.org (Ada L)", "Ada L", "ada@example.org"),
        ("Ada | Sales [x] <ada@example.org>", "Ada | Sales [x]", "ada@example.org"),
        ('"boss@corp.example" <eve@example.org>', "boss@corp.example", "eve@example.org"),
        ('"<boss@corp.example>" <eve@example.org>', "<boss@corp.example>", "eve@example.org"),
        ('Unclosed "quote <ada@example.org>', 'Unclosed "quote', "ada@example.org"),
        ("=?utf-8?b?w4RkYQ==?= <ada@example.org>", "Äda", "ada@example.org"),
        ("=?utf-8?q?=C3=84da_=3Cada=40example=2Eorg=3E?=", "Äda", "ada@example.org"),
        ("\xc4da <ada@example.org>", "Äda", "ada@example.org"),
        ("'Ada' <mailto:ada@example.org>, bob@example.org", "Ada", "ada@example.org"),
        ("ada@example.org <ada@example.org>", "ada@example.org", "ada@example.org"),
        ("Nobody at all", "Nobody at all", ""),
    ],
)
def test_senders(sender, name, address):
    read = mail(f"From: {sender}\nMessage-ID: <a@b>")
    assert (read.sender_name, read.sender_address) == (name, address)


def test_a_mail_without_from_takes_the_return_path():
    read = mail("Return-Path: <ada@example.org>\nSubject: x")
    assert read.sender_address == "ada@example.org"
    assert "no address in From" in read.warnings


def test_a_mail_without_any_sender():
    assert mail("Subject: x").sender_address == ""


def test_a_missing_message_id_is_made_of_the_bytes():
    raw = b"From: a@b.example\n\nx"
    assert parse(raw).message_id == f"<{sha256(raw).hexdigest()}@no-id.threadpilot>"
    assert parse(raw).message_id == parse(raw).message_id


@pytest.mark.parametrize(("date", "same"), [("Date: Tue, 24 Nov 2026 10:00:00 +0000\n", True), ("", False)])
def test_a_mail_without_an_id_is_known_again_whatever_way_it_came(date, same):
    ways = [
        f"Return-Path: <a@b.example>\nReceived: from mx1\n\tby us; 10:00\n{date}From: a@b.example\n\nHello\n",
        f"Received: from mx2 by us; 10:05\n{date}From: a@b.example\n\nHello\n",
    ]
    assert (len({parse(way.encode()).message_id for way in ways}) == 1) is same


@pytest.mark.parametrize(
    ("header", "expected"),
    [("plain@id.example", "<plain@id.example>"), ("<folded\n part@id.example>", "<foldedpart@id.example>")],
)
def test_message_ids_are_mended(header, expected):
    assert mail(f"From: a@b.example\nMessage-ID: {header}").message_id == expected


def test_an_endless_message_id_is_not_used():
    assert mail(f"Message-ID: <{'x' * 599}>").message_id.endswith("@no-id.threadpilot>")


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        ("=?gb2312?b?" + b64encode("你好".encode("gb18030")[:3]).decode() + "?= =?gb2312?b?"
         + b64encode("你好".encode("gb18030")[3:]).decode() + "?=", "你好"),
        ("=?utf-8?b?SGVsbG8x?", "=?utf-8?b?SGVsbG8x?"),
        ("=?utf-8?b?SGVsbG8hA?= end", "Hello! end"),
        ("=?utf-8?b?A?=", ""),
        ("=?x-none?q?a=20b?= c =?us-ascii*en?q?d_e?=", "a b c d e"),
        ("a\tb", "a b"),
    ],
)  # fmt: skip
def test_subjects(header, subject):
    assert mail(f"From: a@b.example\nSubject: {header}").subject == subject


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("Auto-Submitted: auto-replied (vacation)", "automatic reply"),
        ("Auto-Submitted: auto-generated", "automatic mail"),
        ("Precedence: bulk", "bulk mail"),
        ("Precedence: junk", "bulk mail"),
        ("Precedence: list", "mailing list"),
        ("Precedence: auto_reply", "automatic reply"),
        ("X-Auto-Response-Suppress: OOF, AutoReply", "asks for no automatic answers"),
        ("X-Autoreply: yes", "automatic reply"),
        ("X-Autorespond: x", "automatic reply"),
        ("X-Loop: someone", "loop mark of another system"),
        ("List-Id: <news.example.org>", "mailing list"),
        ("List-Unsubscribe: <mailto:x@example.org>", "bulk mail"),
        ("Return-Path: <>", "no return address"),
        ("X-Threadpilot-Loop: support@northwind.example", "our own mail (loop)"),
        ("Subject: Out of office: back on Monday", "out-of-office reply"),
        ("Subject: Abwesenheitsnotiz", "out-of-office reply"),
        ("Subject: =?utf-8?q?R=C3=A9ponse?= automatique : merci", "out-of-office reply"),
        ("X-Failed-Recipients: bob@example.org", "delivery report"),
    ],
)
def test_mail_from_machines(header, reason):
    assert mail(f"From: ada@example.org\n{header}").automatic == reason


@pytest.mark.parametrize(
    ("sender", "reason"),
    [("MAILER-DAEMON@example.org", "mail by a mail system"), ("no-reply@example.org", "no-reply address")],
)
def test_senders_that_are_machines(sender, reason):
    assert mail(f"From: {sender}").automatic == reason


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: no", "X-Auto-Response-Suppress: None", "Subject: Re: Out of office chairs", "X-A: b"],
)
def test_mail_from_people(header):
    assert mail(f"From: noreen@example.org\n{header}").automatic == ""


@pytest.mark.parametrize(
    ("kind", "reason", "bounce"),
    [
        ("multipart/report; report-type=delivery-status; boundary=x", "delivery report", True),
        ("message/delivery-status", "delivery report", True),
        ("multipart/report; report-type=disposition-notification; boundary=x", "read receipt", False),
        ("multipart/report; boundary=x", "report by a mail system", False),
    ],
)
def test_reports(kind, reason, bounce):
    read = mail(f"From: a@b.example\nContent-Type: {kind}", "--x\n\nIt did not arrive.\n--x--\n")
    assert (read.automatic, read.bounce) == (reason, bounce)


def test_an_old_bounce_has_only_its_sender_and_subject():
    read = mail("From: Mailer-Daemon@example.org\nSubject: Undelivered Mail Returned to Sender")
    assert read.bounce
    assert read.automatic == "delivery report"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0",
        b"\n\n\n",
        b"no headers at all",
        b"\xff\xfe" * 500,
        b":\n:\n\n",
        b"\xef\xbb\xbfFrom: a@b.example\n\nx",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b"Content-Type: multipart/mixed; boundary=\n\n--\n--\n",
        b"Content-Type: text/plain; charset*=x'y'%ff%00\n\nx",
        b"Content-Type: \xff\xfe/x; name*0*=utf-8''%\n\nx",
        b"Content-Type: image/png; name*=none'x'%e4\n\nx",
        b"Content-Type: multipart/report; report-type*=bad'%\n\nx",
        b"Content-Disposition: attachment; filename*=hex''%zz\n\nx",
        b"Content-Transfer-Encoding: base64\n\n\xff=====A",
        b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n\xff\n",
        b"Content-Type: message/rfc822\n\n" * 2000,
        b"Content-Type: multipart/digest; boundary=x\n\n--x\n\nFrom: a@b\n\nhi\n--x--",
    ],
)
def test_whatever_comes_becomes_a_mail(raw):
    read = parse(raw)
    assert read.message_id.startswith("<")
    assert repr(read).encode("utf-8")


def test_what_cannot_be_told_apart_is_shown_as_text():
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(2000))
    read = parse(b"From: a@b.example\n" + nested + b"\nThe bottom")
    assert read.sender_address == "a@b.example"
    assert any("told apart" in warning for warning in read.warnings)
    assert "Content-Type: multipart/mixed; boundary=b1" in read.text


def test_a_broken_part_costs_only_itself():
    read = mail(
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=x",
        b"--x\nContent-Type: text/plain; charset*=a'b\n\nfirst\n--x\nContent-Type: text/plain\n\nsecond\n--x--\n",
    )
    assert "second" in read.text


@pytest.mark.parametrize(
    "raw",
    [
        b"From: " + b'"\\' * 500_000 + b"\n\nx",
        b"Content-Type: text/plain" + b'; a="' * 300_000 + b"\n\nx",
        b"X: y\n" * 200_000 + b"\nx",
        b"From: a@b.example\nContent-Type: text/html\n\n" + b"<div>" * 20_000 + b"x" + b"</div>" * 20_000,
        b"From: a@b.example\n\n" + b"\n" * 2_000_000,
        b"From: a@b.example\n\n" + b"x " * 2_000_000,
    ],
    ids=["quotes", "parameters", "headers", "divs", "lines", "words"],
)
def test_hostile_mail_takes_a_moment_only(raw):
    start = process_time()
    parse(raw)
    assert process_time() - start < 10, "quadratic work would take minutes"


def test_a_cut_is_named():
    read = parse(b"From: a@b.example\n\n" + b"word " * 60_000)
    assert read.text.endswith("[… 99,999 more characters]")
    assert read.warnings[0].startswith("the text was cut")
    assert "too complex" in parse(b"X: boundary=\n" * 4_000).warnings[0]
    assert "headers are too long" in parse(b"X: y\n" * 100_000 + b"\nx").warnings[0]


@pytest.mark.shared
def test_mutations_of_real_mail_never_raise():
    files = sorted(path for path in SHARED.rglob("*") if path.is_file()) if SHARED.is_dir() else []
    if not files:
        pytest.skip("the development data is not beside this checkout")
    rng = random.Random(2026)
    for path in files:
        raw = path.read_bytes()[:50_000]
        for _ in range(3):
            assert repr(parse(raw)).encode("utf-8")
            raw = mutated(raw, rng)


def test_mutations_of_our_own_mail_never_raise():
    rng = random.Random(1)
    for _ in range(300):
        raw = mutated(rng.choice([PLAIN, ALTERNATIVE]), rng)
        assert "\x00" not in (read := parse(raw)).text + read.subject
        assert repr(read).encode("utf-8")


def mutated(raw: bytes, rng: random.Random) -> bytes:
    data = bytearray(raw or b"x")
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(data)) if data else 0
        match rng.randrange(4):
            case 0 if data:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + rng.randrange(1, 40)]
            case 2:
                data[at:at] = rng.choice(
                    [b"\0", b"\xff\xfe", b"=?", b"?=", b"\r\n", b'"', b"(", b"<", b";", b"--"]
                )
            case _:
                data[at:at] = data[: rng.randrange(200)]
    return bytes(data)


@pytest.mark.parametrize("raw", [b"\r\njust a body", b"just a body", b"\njust a body\r\n"])
def test_a_mail_without_any_header_keeps_its_text(raw: bytes) -> None:
    assert parse(raw).text == "just a body"


@pytest.mark.parametrize(
    ("label", "codec", "words"),
    [
        ("gb2312", "gb18030", "镕基"),
        ("iso-gb2312", "gb18030", "你好"),
        ("ks_c_5601-1987", "cp949", "안녕"),
        ("ks_c_5601", "cp949", "안녕"),
        ("unicode-1-1-utf-7", "utf-7", "Füße"),
        ("cp-1252", "cp1252", "10 € – “ok”"),
        ("iso-8859-1", "cp1252", "10 € – “ok”"),
        ("x-sjis", "cp932", "①髙橋"),
        ("big5", "big5", "您好"),
    ],
)
def test_names_of_character_sets_that_programs_use(label, codec, words):
    encoded = words.encode(codec)
    read = mail(f"From: a@b.example\nContent-Type: text/plain; charset={label}", encoded)
    assert read.text == words
    word = b64encode(encoded).decode()
    assert mail(f"From: a@b.example\nSubject: =?{label}?b?{word}?=").subject == words


def test_raw_bytes_and_nuls_in_headers_are_read():
    read = parse("From: Jürgen <j@b.example>\nSubject: Grüße\0 aus Köln\n\nHallo\0!".encode())
    assert (read.sender_name, read.subject, read.text) == ("Jürgen", "Grüße aus Köln", "Hallo!")


def test_mails_attached_to_mails_are_not_followed_for_ever():
    inside = b"".join(b"Content-Type: message/rfc822\n\nSubject: %d\n" % n for n in range(3_000))
    start = process_time()
    read = parse(b"From: a@b.example\n" + inside + b"\nThe bottom\n")
    assert process_time() - start < 10, "quadratic work would take minutes"
    assert read.sender_address == "a@b.example"
    assert read.text or read.attachments
