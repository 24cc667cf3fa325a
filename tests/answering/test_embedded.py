import pytest

from bot.answering.embedded import (
    MAX_LENGTH,
    Part,
    ask_back,
    choose_sentences,
    compose,
    first_name,
    upset_by,
    which,
)
from bot.core.model import Channel, Source

SOURCES = (
    Source(1, "track", "Track your order", "https://help.example/track"),
    Source(2, "pay", "How to pay", ""),
)


TRACK = Part(("You can track it in your account.",), 1)


def written(parts=(TRACK,), **values):
    given = {
        "sources": SOURCES[: len(parts)],
        "channel": Channel.EMAIL,
        "customer_name": "Maya Lindqvist",
        "said": "where is it",
        "brand": "Northwind",
    } | values
    return compose(list(parts), **given)


def test_email_reads_like_a_letter():
    assert written() == (
        "Hi Maya,\n\n"
        "Thank you for your message. You can track it in your account. [1]\n\n"
        "You can read more here:\n[1] Track your order – https://help.example/track\n\n"
        "Best regards\nNorthwind Support"
    )


def test_chat_is_short_and_unsigned():
    text = written(channel=Channel.CHAT)
    assert text == "Hi Maya! You can track it in your account. [1]"


def test_several_questions_are_answered_in_order():
    text = written((Part(("In your account.",), 1), Part(("By card.",), 2)))
    assert "To your first question: In your account. [1]\n\nTo your second question: By card. [2]" in text
    assert "[2] How to pay\n" in text


def test_upset_customer_reads_that_we_are_sorry():
    assert "Hi Maya,\n\nWe are sorry for the trouble. You can" in written(said="It arrived BROKEN!!")
    assert "Hi Maya! We are sorry for the trouble. You can" in written(
        said="this is ridiculous", channel=Channel.CHAT
    )


def test_signature_says_support_once():
    assert written(brand="Acme Support").endswith("Best regards\nAcme Support")


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("Maya Lindqvist", "Maya"),
        ("Anne-Marie", "Anne-Marie"),
        ("O'Neil", "O'Neil"),
        ("Zoë", "Zoë"),
        ("", ""),
        ("   ", ""),
        ("maya@example.com", ""),
        ("Visitor42", ""),
        ("<script>", ""),
        ("{{name}}", ""),
        ("x" * 400, ""),
    ],
)
def test_only_what_looks_like_a_name_is_greeted(name, greeted):
    assert first_name(name) == greeted
    assert written(customer_name=name).startswith(f"Hi {greeted}," if greeted else "Hello,")


def test_too_long_answers_lose_their_last_sentences():
    parts = [Part(tuple(f"{'word ' * 60}{i}." for i in range(3)), 1), Part(("Short.",), 2)]
    text = written(parts)
    assert len(text) <= MAX_LENGTH
    assert "Short. [2]" in text
    assert len(written([Part(("x" * 5000,), 1)])) == MAX_LENGTH


@pytest.mark.parametrize(
    ("said", "upset"),
    [
        ("where is my order", False),
        ("still waiting!!", True),
        ("my vase is broken", True),
        ("I am so disapointed", True),
    ],
)
def test_upset_is_told_by_the_words(said, upset):
    assert bool(upset_by(said)) is upset


def test_best_sentences_come_in_reading_order():
    chosen = choose_sentences(["First.", "Second.", "Third.", "Fourth."], [0.9, 0.1, 1.0, 0.2])
    assert chosen == ("First.", "Third.")


def test_sentence_that_leans_brings_the_one_before():
    assert choose_sentences(["Boots go back free.", "They must be clean.", "Else."], [0.1, 1.0, 0.2]) == (
        "Boots go back free.",
        "They must be clean.",
    )


def test_at_most_three_sentences_and_not_too_long():
    assert len(choose_sentences([f"S{i}." for i in range(9)], [1.0] * 9)) == 3
    assert len(choose_sentences(["x" * 400, "y" * 400], [1.0, 1.0])) == 1
    assert choose_sentences(["only"], [0.0]) == ("only",)


@pytest.mark.parametrize(
    ("titles", "named"),
    [
        (("A", "B", "C"), "about “A”, “B” or “C”?"),
        (("A", "B"), "about “A” or “B”?"),
        (("A",), "about “A” or something else?"),
    ],
)
def test_a_question_back_names_what_may_be_meant(titles, named):
    asked = ask_back(which(titles), Channel.CHAT, "", "Northwind")
    assert asked == f"Hello! So that we answer what you mean: is your question {named}"


def test_a_question_back_by_mail_is_a_letter():
    asked = ask_back(which(("A", "B")), Channel.EMAIL, "Maya Lindqvist", "Northwind")
    assert asked.startswith("Hi Maya,\n\nThank you for your message. So that we")
    assert asked.endswith("“A” or “B”?\n\nBest regards\nNorthwind Support")
