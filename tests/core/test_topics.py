"""Sensitive matters are found in many phrasings; ordinary questions with the same words are not."""

import time

import pytest

from bot.core import topics


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I will call my lawyer", "legal"),
        ("Expect a letter from our solicitors.", "legal"),
        ("we are taking you to court", "legal"),
        ("See you at small claims.", "legal"),
        ("Ich gehe zum Anwalt", "legal"),
        ("I'll start a chargeback", "financial"),
        ("this looks like fraud to me", "financial"),
        ("I never made this order, someone used my card", "financial"),
        ("I've asked my bank to reverse the payment", "financial"),
        ("I want to file a formal complaint", "complaint"),
        ("This is UNACCEPTABLE", "complaint"),
        ("you are liars and thieves", "complaint"),
        ("The stove caught fire and burned my hand", "safety"),
        ("it fell on my foot", "safety"),
        ("Please delete all my personal data under the GDPR", "privacy"),
        ("I'm a journalist writing a story about returns", "press"),
    ],
)
def test_a_sensitive_matter_is_named_with_the_words_that_gave_it_away(text: str, code: str) -> None:
    found = topics.sensitive(text)
    assert code in {reason.code for reason in found}
    assert all("“" in reason.text for reason in found)


@pytest.mark.parametrize(
    "text",
    [
        "Do I get the delivery charge back as well?",
        "How do I return a gift?",
        "Can you ship to the courtyard behind the house?",
        "I was in hospital, may I still return the jacket?",
        "Does the lamp get hot?",
        "My parcel is late, where is it?",
        "",
        "🙂🙂🙂",
    ],
)
def test_ordinary_questions_are_not_sensitive(text: str) -> None:
    assert topics.sensitive(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Can I talk to a human please",
        "let me speak with your manager",
        "Please call me back",
        "REAL PERSON!!",
        "no bots",
    ],
)
def test_asking_for_a_person_is_heard(text: str) -> None:
    assert topics.asks_for_human(text)


@pytest.mark.parametrize(
    "text", ["Can the driver ring me before he comes?", "Is the tent for one person?", ""]
)
def test_other_calls_are_not_a_wish_for_a_person(text: str) -> None:
    assert not topics.asks_for_human(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "perfect, thank you so much",
        "Great, got it. Thanks, Maya",
        "thx 👍",
        "Thank you so much, you are great!",
    ],
)
def test_thanks_only_needs_no_answer(text: str) -> None:
    assert topics.is_courtesy([text])


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        ["Thanks, but where is my parcel?"],
        ["Thanks", "and when will it arrive"],
        ["thanks " * 60],
        ["Hello"],
        ["Thanks for nothing"],
        ["I got no help, thanks"],
        ["No answer has arrived, thanks"],
        ["Great, no reply and no response. Thanks a lot"],
    ],
)
def test_anything_more_than_thanks_is_answered(texts: list[str]) -> None:
    assert not topics.is_courtesy(texts)


def test_hostile_text_is_read_in_linear_time() -> None:
    hostile = [
        "thanks " * 30_000,
        "!" * 200_000,
        "never buy " + "a " * 100_000,
        "(" * 100_000,
        "call me " * 30_000,
    ]
    started = time.process_time()
    for text in hostile:
        topics.sensitive(text)
        topics.asks_for_human(text)
        topics.is_courtesy([text])
    assert time.process_time() - started < 10.0
