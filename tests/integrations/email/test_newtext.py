"""The new text of mails: what programs quote is folded, what people write is kept, and every block says why."""

import os
from collections import Counter
from pathlib import Path
from time import process_time

import pytest

from benchmarks.new_text import Example, of_folder, of_programs, outcome
from integrations.email.newtext import split
from integrations.email.newtext.vocabulary import LANGUAGES, words
from integrations.email.parse import parse
from tests.integrations.email.texts import (
    ATTRIBUTIONS,
    CASES,
    DEVICES,
    HEADERS,
    NOTHING_QUOTED,
    WEAK_ATTRIBUTIONS,
)

MAILS = (
    Path(os.environ.get("THREADPILOT_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data")) / "email"
)

SAID = "Hello there,\n\nmy answer is yes.\nSee you at 10:30.\n\nThanks\nAda"
OLD = "Old line one\nold line two\n\nBye"
SIGNS = "> Old line one\n> old line two\n>\n> Bye"


def new_words(text: str, subject: str = "") -> list[str]:
    return split(text, subject).new.split()


@pytest.mark.parametrize(("text", "new", "subject"), CASES)
def test_whole_mails(text, new, subject):
    assert new_words(text, subject) == new.split()


@pytest.mark.parametrize("line", ATTRIBUTIONS)
def test_attributions(line):
    assert new_words(f"{SAID}\n\n{line}\n\n{SIGNS}\n") == SAID.split()
    assert new_words(f"{SAID}\n\n{line}\n\n{OLD}\n") == SAID.split()


@pytest.mark.parametrize("line", WEAK_ATTRIBUTIONS)
def test_attributions_that_people_might_write(line):
    assert new_words(f"{SAID}\n\n{line}\n\n{SIGNS}\n") == SAID.split()
    text = f"{SAID}\n\n{line}\n\n{OLD}\n"
    assert new_words(text) == text.split()


@pytest.mark.parametrize("line", DEVICES)
def test_devices(line):
    assert new_words(f"{SAID}\n\n{line}\n") == SAID.split()
    assert (
        new_words(f"{SAID}\n\n{line}\n\nOn Nov 2, 2026, at 10:05, X <s@x.example> wrote:\n\n{SIGNS}")
        == SAID.split()
    )


@pytest.mark.parametrize("headers", HEADERS)
def test_header_blocks(headers):
    assert new_words(f"{SAID}\n\n{headers}\n\n{OLD}\n") == SAID.split()


@pytest.mark.parametrize("text", NOTHING_QUOTED)
def test_nothing_is_quoted(text):
    found = split(text)
    assert found.new == text.strip()
    assert found.quoted == ""


def test_every_language_replies_as_its_programs_do():
    counts = Counter(outcome(one.found, one.expected) for one in of_programs())
    assert counts["lossy"] == counts["other"] == 0
    assert counts["exact"] >= 0.99 * counts.total()


@pytest.mark.shared
@pytest.mark.skipif(not MAILS.exists(), reason="the development data is not beside this checkout")
@pytest.mark.parametrize(
    ("source", "exact", "lossy"),
    # Talon and mail_parser_reply hold that signatures, or a line above headers, belong to the new text.
    [
        ("github", 10, 0),
        ("mail_parser_reply", 6, 2),
        ("quotequail", 5, 0),
        ("talon", 60, 2),
        ("zapier", 3, 0),
    ],
)
def test_development_mails_are_read_as_well_as_ever(source, exact, lossy):
    results = Counter(outcome(one.found, one.expected) for one in of_folder(MAILS) if one.source == source)
    assert results["exact"] >= exact
    assert results["lossy"] <= lossy


def test_every_block_says_why():
    text = "Yes.\n\nSent from my iPhone\n\nOn 2 Nov 2026, at 10:05, A <a@b.example> wrote:\n\n> Is it?\n\n-- \nAda"
    assert [str(one) for one in split(text).decisions] == [
        "lines 1–2 kept (text): what the writer says",
        "line 3 folded (device): says from what it was sent",
        "line 5 folded (introduction): attribution “On 2 Nov 2026, at 10:05, A <a@b.example> wrote:”",
        "line 7 folded (quoted): quotation signs",
        "lines 9–10 folded (signature): below the signature delimiter",
    ]


def test_a_mail_of_quotations_says_that_it_is_kept_whole():
    (only,) = split("> one\n> two").decisions
    assert (only.kept, only.why) == (True, "nothing else was written, so the mail is kept whole")


@pytest.mark.parametrize(
    ("text", "author"),
    [
        (
            (
                "See below.\n\n---------- Forwarded message ---------\nFrom: Carl C <carl@c.example>\n"
                "Date: Mon, 2 Nov 2026\nSubject: Broken\nTo: us\n\nIt broke."
            ),
            ("Carl C", "carl@c.example", "Broken", "It broke."),
        ),
        (
            (
                "Begin forwarded message:\n\n> From: Carl C <carl@c.example>\n> Subject: Broken\n"
                "> Date: 2 Nov 2026\n>\n> It broke."
            ),
            ("Carl C", "carl@c.example", "Broken", "> It broke."),
        ),
        (
            '-------- Пересылаемое сообщение --------\n02.11.2026, 10:05, "Карл" <carl@c.example>:\n\nСломалось.',
            ("", "carl@c.example", "", "Сломалось."),
        ),
        (
            "FYI\n\nVon: Carl C\nGesendet: Montag\nAn: uns\nBetreff: Kaputt\n\nEs ist kaputt.",
            ("Carl C", "", "Kaputt", "Es ist kaputt."),
        ),
    ],
)
def test_whoever_wrote_a_forwarded_mail_is_known(text, author):
    found = split(text)
    assert found.new == text
    assert found.forwarded is not None
    known = found.forwarded
    assert (known.name, known.address, known.subject, known.text) == author


def test_the_subject_tells_a_forwarded_mail_from_an_answer():
    text = "Can you answer him?\n\nFrom: Carl <c@c.example>\nSent: Monday\nTo: us\nSubject: x\n\nIt broke."
    assert split(text, "Re: x").new == "Can you answer him?"
    assert split(text, "Fwd: x").new == text


def test_html_is_believed_where_the_plain_text_shows_no_quotation():
    plain = "Yes.\n\nUnknown tongue 10:05 wrat\n\nOld words\nand more"
    quoted = "<blockquote type=cite>Old words<br>and more</blockquote>"
    html = f"<div>Yes.</div><div>Unknown tongue 10:05 wrat</div>{quoted}"
    read = parse(
        b"From: a@b.example\nContent-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain\n\n"
        + f"{plain}\n--x\nContent-Type: text/html\n\n{html}\n--x--\n".encode()
    )
    assert "Old words" not in read.text
    assert read.text.startswith("Yes.")


def test_twelve_languages_and_more():
    assert len(LANGUAGES) >= 25
    with pytest.raises(ValueError, match="no language has"):
        words("weather")


@pytest.mark.parametrize(
    "line",
    [
        "On 1 <a@b>\n",
        "> x\ny\n",
        "a:\n> x\n",
        "From: a\n\n",
        "-- \nx\n",
        "Sent from my iPhone\n\n",
        "<\n",
        ">" * 400 + "\n",
    ],
)
def test_hostile_texts_take_time_in_proportion_to_their_length(line):
    def taken(length):
        start = process_time()
        split((line * (length // len(line) + 1))[:length])
        return process_time() - start

    short, long = taken(25_000), taken(100_000)
    assert long < 9 * short + 0.25, (
        "four times the text takes four times as long; quadratic work took sixteen times"
    )


def test_outcomes_of_the_measurement():
    assert outcome("a b", "a  b") == "exact"
    assert outcome("a", "a b") == "lossy"
    assert outcome("a b c", "a c") == "superset"
    assert outcome("a x", "a b") == "other"
    assert Example("s", "n", b"Yes\r\n\r\n> old\r\n> words", "Yes", is_mail=False).found == "Yes"
