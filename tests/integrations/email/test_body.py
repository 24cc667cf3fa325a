"""What comes with a mail besides its words: invitations, attached mails, winmail.dat, seals, hidden text."""

import struct

import pytest

from integrations.email import invitation, tnef
from integrations.email.htmltext import html_to_text
from integrations.email.parse import ParsedMail, parse


def mixed(*parts: str) -> ParsedMail:
    joined = "".join(f"--x\n{part}\n" for part in parts)
    return parse(f"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n{joined}--x--\n".encode())


EVENT = """\
BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
SUMMARY:Repair\\, second
  try
DTSTART;TZID=Europe/Berlin:20261102T100500
DTEND:20261102T110000Z
RRULE:FREQ=WEEKLY
LOCATION:Main St
ORGANIZER;CN=Ada:mailto:Ada@c.example
DESCRIPTION:Bring the lamp.\\nThanks
END:VEVENT
END:VCALENDAR
"""


def test_an_invitation_is_told():
    read = mixed(f"Content-Type: text/calendar; method=REQUEST\n\n{EVENT}")
    assert read.text == (
        "Invitation: Repair, second try\nWhen: 2026-11-02 10:05 Europe/Berlin – 2026-11-02 11:00 UTC (repeats)\n"
        "Where: Main St\nFrom: ada@c.example\nBring the lamp.\nThanks"
    )


def test_an_answer_to_an_invitation():
    text = EVENT.replace("REQUEST", "REPLY").replace(
        "LOCATION:", "ATTENDEE;PARTSTAT=DECLINED:mailto:b@c.example\nX:"
    )
    assert "Answer: declined" in invitation.summary(text)


def test_an_invitation_that_the_text_tells_too_is_not_told_twice():
    read = parse(
        b"From: a@b.example\nContent-Type: multipart/alternative; boundary=x\n\n"
        + f"--x\nContent-Type: text/plain\n\nCome!\n--x\nContent-Type: text/calendar\n\n{EVENT}--x--\n".encode()
    )
    assert read.text == "Come!"


@pytest.mark.parametrize(
    "text", ["", "BEGIN:VEVENT", "END:VEVENT", "\x00:\n:;", "BEGIN:VEVENT\nDTSTART:soon\nEND:VEVENT"]
)
def test_half_a_calendar(text):
    assert "\x00" not in invitation.summary(text)


def winmail(*titles: bytes) -> bytes:
    attributes = b"".join(
        struct.pack("<BII", 2, 0x00018010, len(title)) + title + b"\0\0" for title in titles
    )
    return struct.pack("<IH", 0x223E9F78, 1) + attributes


def test_the_files_in_a_winmail_dat_are_named():
    assert tnef.file_names(winmail(b"bill.pdf\0", "Füße.doc\0".encode("cp1252"))) == ("bill.pdf", "Füße.doc")


@pytest.mark.parametrize(
    "data", [b"", b"x" * 99, winmail(b"a.txt\0")[:12], winmail()[:6] + b"\x02" + b"\xff" * 30]
)
def test_a_damaged_winmail_dat_names_nothing(data):
    assert tnef.file_names(data) == ()


def test_a_winmail_dat_says_what_is_in_it():
    (only,) = mixed("Content-Type: application/ms-tnef; name=winmail.dat\n\nnothing").attachments
    assert (only.name, only.note) == ("winmail.dat", "Outlook's own format")


def test_an_attached_mail_without_a_word_is_shown_with_its_author():
    inner = "From: Carl <carl@c.example>\nSubject: Broken: lamp\n\nMy lamp broke."
    read = mixed(f"Content-Type: message/rfc822\n\n{inner}")
    assert read.text == (
        "---------- Attached mail ----------\nFrom: Carl <carl@c.example>\nSubject: Broken: lamp\n\nMy lamp broke."
    )
    assert read.forwarded is not None
    assert read.forwarded.author == "Carl <carl@c.example>"
    assert read.attachments[0].name == "Broken_ lamp.eml"


def test_with_words_of_its_own_the_attached_mail_stays_attached():
    read = mixed(
        "Content-Type: text/plain\n\nSee there.", "Content-Type: message/rfc822\n\nFrom: c@c.example\n\nx"
    )
    assert read.text == "See there."
    assert read.forwarded is not None
    assert read.forwarded.address == "c@c.example"


@pytest.mark.parametrize(
    ("kind", "note"),
    [
        ("application/pgp-signature", "PGP signature"),
        ("application/pgp-encrypted", "marks a mail encrypted with PGP"),
        ("application/pkcs7-signature", "S/MIME signature"),
        ("application/pkcs7-mime", "signed or encrypted with S/MIME"),
    ],
)
def test_seals_are_named(kind, note):
    read = mixed("Content-Type: text/plain\n\nHello", f"Content-Type: {kind}\n\nxxx")
    assert read.attachments[0].note == note
    assert read.text == "Hello"


def test_what_is_encrypted_says_so():
    read = mixed("Content-Type: text/plain\n\n-----BEGIN PGP MESSAGE-----\nabc")
    assert any("encrypted" in warning for warning in read.warnings)


def test_a_picture_in_the_text_is_told_from_an_attached_one():
    read = mixed(
        "Content-Type: image/png\nContent-ID: <p1@x>\nContent-Transfer-Encoding: base64\n\niVBORw==",
        "Content-Type: image/png\nContent-ID: <p2@x>\nContent-Disposition: attachment; filename=b.png\n\nx",
    )
    assert [(one.name, one.content_id, one.inline) for one in read.attachments] == [
        ("unnamed.png", "p1@x", True),
        ("b.png", "p2@x", False),
    ]
    assert read.contents[0] == b"\x89PNG"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("filename*0*=utf-8''%E2%82%AC; filename*1=uro.txt", "€uro.txt"),
        ("filename=../../etc/passwd", "_.._etc_passwd"),
        ('filename="a\u202egnp.exe"', "agnp.exe"),
        (f"filename={'n' * 300}.txt", "n" * 200),
        ("filename=''", "''"),
    ],
)
def test_names_of_files(header, name):
    (only,) = mixed(f"Content-Type: text/plain\nContent-Disposition: attachment; {header}\n\nx").attachments
    assert only.name == name


def test_too_many_attachments_are_counted_out_loud():
    read = mixed(*["Content-Type: image/png\n\nx"] * 300)
    assert len(read.attachments) == 200
    assert any("more than 200 attachments" in warning for warning in read.warnings)


def test_too_many_parts_are_counted_out_loud():
    read = mixed(*["Content-Type: text/plain\n\nx"] * 1200)
    assert any("more than 1000 parts" in warning for warning in read.warnings)


def test_ten_thousand_recipients_and_long_names_are_bounded():
    many = ",\n ".join(f"r{n}@b.example" for n in range(10_000))
    read = parse(f"From: {'N' * 300} <a@b.example>\nTo: {many}\n\nx".encode())
    assert len(read.recipients) <= 200
    assert len(read.sender_name) == 200


def test_a_zip_bomb_is_not_opened():
    read = mixed(
        "Content-Type: application/zip; name=bomb.zip\nContent-Transfer-Encoding: base64\n\nUEsDBA=="
    )
    assert (read.attachments[0].size, read.contents) == (4, (b"PK\x03\x04",))


def test_directions_and_left_over_signs():
    read = parse("From: a@b.example\nSubject: a\u202eb\n\nx\u202ey\x92s\u2028z".encode())
    assert (read.subject, read.text) == ("ab", "xy’s\nz")


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display: none">preview</div>',
        '<span style="FONT-SIZE:0px">preview</span>',
        "<div hidden>preview</div>",
        '<p style="mso-hide:all">preview</p>',
        '<div style="max-height:0;overflow:hidden">preview</div>',
        "<script>preview</script>",
        '<img src="https://track.example/p.gif">',
    ],
)
def test_what_no_reader_sees_is_not_read(hidden):
    assert html_to_text(f"{hidden}<p>Hello</p>") == "Hello"


def test_an_indented_text_is_not_a_quotation():
    read = parse(
        b"From: a@b.example\nContent-Type: text/html\n\n<div>My text:</div>"
        b'<blockquote style="margin:0 0 0 40px;border:none">one<br>two</blockquote><div>That is all.</div>'
    )
    assert read.text == "My text:\none\ntwo\nThat is all."


def test_a_signature_marked_in_html_is_folded():
    read = parse(
        b"From: a@b.example\nContent-Type: text/html\n\n<div>Yes</div>"
        b'<div class="gmail_signature">Ada Miller<br>Example Ltd</div>'
    )
    assert (read.text, read.quoted) == ("Yes", "Ada Miller\nExample Ltd")


@pytest.mark.parametrize(
    ("status", "action", "severity"),
    [("5.1.1", "failed", "hard"), ("4.2.2", "delayed", "soft"), ("", "failed", "")],
)
def test_a_bounce_says_whom_it_did_not_reach_and_how_bad_it_is(status, action, severity):
    read = parse(
        "From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
        "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        f"Final-Recipient: rfc822; Bob@c.example\nAction: {action}\nStatus: {status}\n\n--x--\n".encode()
    )
    assert (read.severity, read.failed_recipients) == (severity, ("bob@c.example",))


def test_a_person_who_attaches_a_report_is_a_person():
    parts = "--x\n\nWhat is this?\n--x\nContent-Type: message/delivery-status\n\nA: b\n\n--x--\n"
    kind = "Content-Type: multipart/mixed; boundary=x"
    assert parse(f"From: ada@c.example\n{kind}\n\n{parts}".encode()).automatic == ""
    assert parse(f"From: postmaster@c.example\n{kind}\n\n{parts}".encode()).bounce


OUT_OF_OFFICE = (
    "Automatic reply: Re: x|Automatische Antwort: x|Out of office until Monday|Réponse automatique : x|"
    "Absence du bureau|Respuesta automática: x|Risposta automatica: x|Resposta automática: x|"
    "Automatisch antwoord: x|Afwezig: x|Autosvar: x|Frånvaro: x|Automaattinen vastaus: x|"
    "Odpowiedź automatyczna: x|Automatická odpověď: x|Otomatik yanıt: x|Автоответ: x|自動応答: x|"
    "不在のお知らせ|自动回复: x|自动答复: x|자동 응답: x|رد تلقائي: x|תשובה אוטומטית: x|[Auto-Reply] x"
)
ORDINARY = (
    "Out of office chairs wanted|Re: Out of office|不在票について|Abwesend bei Lieferung|Afwezig bij levering|"
    "Ausência de resposta|Absence de réponse à mes mails|Poissa ollessani paketti tuli|Frånvaro av svar|"
    "Automatic reply feature broken in your app|Delivery failure of my parcel|Nicht zustellbar: mein Paket"
)


@pytest.mark.parametrize("subject", OUT_OF_OFFICE.split("|"))
def test_out_of_office_in_many_languages(subject):
    assert parse(f"From: a@b.example\nSubject: {subject}\n\nx".encode()).automatic == "out-of-office reply"


@pytest.mark.parametrize("subject", ORDINARY.split("|"))
def test_ordinary_subjects(subject):
    assert parse(f"From: a@b.example\nSubject: {subject}\n\nx".encode()).automatic == ""
