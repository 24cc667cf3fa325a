"""Any bytes become a mail: real mails with bytes changed, cut, doubled and swapped, and nothing ever raised."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.email.newtext import split
from integrations.email.parse import ParsedMail, parse
from tests.integrations.email.test_body import EVENT, winmail
from tests.integrations.email.test_parse import ALTERNATIVE, PLAIN
from tests.integrations.email.texts import CASES

INVITATION = f"From: a@b.example\nContent-Type: text/calendar\n\n{EVENT}".encode()
REPORT = (
    b"From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nSubject: Undeliverable: x\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\nIt did not arrive.\n"
    b"--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; b@c.example\n"
    b"Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown\n\n"
    b"--x\nContent-Type: message/rfc822\n\nMessage-ID: <ours@x.example>\n\nHello\n--x--\n"
)
PACKED = b"From: a@b.example\nContent-Type: application/ms-tnef; name=winmail.dat\n\n" + winmail(b"a.txt\0")
SEEDS = [PLAIN, ALTERNATIVE, INVITATION, REPORT, PACKED]

SIGNS = [b"\x00", b"\xff\xfe", b"\r", b"\n\n", b"--x\n", b"=?utf-8?b?", b"?=", b";;", b'"', b"<", b"> ", b":"]
FIELDS = [b"charset*=", b"Content-Type: multipart/mixed; boundary=\n", b"Content-Transfer-Encoding: base64\n"]
SPICE = st.sampled_from([*SIGNS, *FIELDS, b"\xe2\x80\xae", b"From: "])
MUTATION = st.tuples(st.floats(0, 1), st.integers(0, 40), st.one_of(SPICE, st.binary(max_size=12)))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A seed in which some places are replaced by something else."""
    raw = bytearray(draw(st.sampled_from(SEEDS)))
    for place, length, instead in draw(st.lists(MUTATION, max_size=12)):
        at = int(place * len(raw))
        raw[at : at + length] = instead
    return bytes(raw)


def check(read: ParsedMail) -> None:
    """What came out can be stored and shown, and the parts fit together."""
    assert read.message_id.startswith("<")
    assert len(read.attachments) == len(read.contents)
    shown = repr(replace(read, contents=())).encode("utf-8")
    assert b"\x00" not in json.dumps([read.text, read.quoted, read.subject]).encode()
    assert b"\\x00" not in shown.replace(repr(read.html).encode("utf-8"), b"")


@contextmanager
def soon() -> Iterator[None]:
    """Hold the processor's time, which no busy machine makes longer, against a bound far above what is usual."""
    began = process_time()
    yield
    assert process_time() - began < 2


@settings(max_examples=250)
@given(mutated())
def test_a_damaged_mail_is_a_mail(raw):
    with soon():
        read = parse(raw)
    check(read)


@settings(max_examples=100)
@given(st.binary(max_size=600))
def test_any_bytes_are_a_mail(raw):
    with soon():
        read = parse(raw)
    check(read)


@settings(max_examples=150)
@given(
    st.sampled_from([text for text, _, _ in CASES]),
    st.lists(st.tuples(st.floats(0, 1), st.text(max_size=6)), max_size=8),
)
def test_no_word_of_a_text_is_lost(text, insertions):
    for place, words in insertions:
        at = int(place * len(text))
        text = text[:at] + words + text[at:]
    with soon():
        found = split(text)
    told = (found.new + found.quoted).translate({0xE006: "", 0xE007: ""})
    assert sorted("".join(told.split())) == sorted("".join(text.translate({0xE006: "", 0xE007: ""}).split()))
    assert bool(found.new) == bool(text.translate({0xE006: "", 0xE007: ""}).strip())
