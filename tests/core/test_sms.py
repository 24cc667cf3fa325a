"""Answers as text messages: what is left of Markdown, and what they cost."""

import time

import pytest

from bot.core.model import Source
from bot.core.sms import LONGEST, as_text_message, plain, segments

RETURNS = Source(1, "returns", "Return an item", "https://help.example/returns")
NOWHERE = Source(2, "x", "X", "")


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "count"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("[" * 81, "GSM-7", 162, 2),
        ("Grüße, Ünal @ Ñandú £5", "Unicode", 22, 1),  # ú is in no GSM alphabet
        ("Grüße, Ünal @ Ñandu £5", "GSM-7", 22, 1),
        ("ж" * 70, "Unicode", 70, 1),
        ("ж" * 71, "Unicode", 71, 2),
        ("👍" * 35, "Unicode", 70, 1),
        ("👍" * 36, "Unicode", 72, 2),
        ("\ud800", "Unicode", 1, 1),
    ],
)
def test_what_a_text_takes(text: str, alphabet: str, units: int, count: int) -> None:
    cost = segments(text)
    assert (cost.alphabet, cost.units, cost.count) == (alphabet, units, count)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("Return it **within 60 days** [1].", "Return it within 60 days."),
        ("# Returns\n\n* one\n* _two_", "Returns\n\n- one\n- two"),
        ("See [our page](https://help.example/x).", "See our page: https://help.example/x."),
        ("It’s “fine” – really… `yes`", 'It\'s "fine" - really... yes'),
        ("2 * 3 * 4 and snake_case_name and a__b", "2 * 3 * 4 and snake_case_name and a__b"),
        ("one\r\n\r\n\r\n\r\ntwo", "one\n\ntwo"),
        ("[ ] and [x] and [1](2)", "[ ] and [x] and [1](2)"),
    ],
)
def test_markdown_becomes_plain_text(answer: str, said: str) -> None:
    assert plain(answer) == said


def test_what_is_cited_is_linked_and_nothing_else() -> None:
    assert as_text_message("Within 60 days [1].", (RETURNS, NOWHERE), shorten=True) == (
        "Within 60 days.\nMore: https://help.example/returns"
    )
    assert as_text_message("Within 60 days.", (RETURNS,), shorten=True) == "Within 60 days."
    assert as_text_message("Within 60 days [2].", (RETURNS, NOWHERE), shorten=True) == "Within 60 days."


def test_a_long_answer_ends_after_a_sentence_and_still_says_where_to_read_on() -> None:
    said = as_text_message("This is one sentence. " * 200 + "[1]", (RETURNS,), shorten=True)
    assert len(said) <= LONGEST
    assert said.endswith("one sentence. ...\nMore: https://help.example/returns")


def test_a_long_answer_without_sentences_is_cut_anywhere() -> None:
    said = as_text_message("a" * 5_000, shorten=True)
    assert said == "a" * (LONGEST - 4) + "..."


def test_a_persons_words_are_not_cut_but_links_go_where_there_is_no_room() -> None:
    assert len(as_text_message("b" * 2_000, shorten=False)) == 2_000
    words = "b" * (LONGEST - 10) + " [1]"
    assert as_text_message(words, (RETURNS,), shorten=False) == "b" * (LONGEST - 10)


@pytest.mark.parametrize(
    "hostile", ["[" * 50_000, "*a" * 50_000, "**" * 50_000, "[a](" * 50_000, "\n#" * 50_000]
)
def test_hostile_text_takes_no_time(hostile: str) -> None:
    began = time.process_time()
    as_text_message(hostile, (RETURNS,), shorten=True)
    assert time.process_time() - began < 1.0
