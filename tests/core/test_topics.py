"""Sensitive matters are found in many phrasings; ordinary questions with the same words are not."""

import re
import time

import pytest

from bot.core import topics
from bot.core.errors import Misconfigured
from bot.core.model import Topic


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


def codes(text: str, rules: tuple[Topic, ...] | None = None) -> list[str]:
    return [reason.code for reason in topics.sensitive(text, rules)]


@pytest.mark.parametrize("topic", topics.SHIPPED, ids=lambda topic: topic.code)
def test_every_shipped_rule_has_tests_of_both_kinds_and_passes_them(topic: Topic) -> None:
    assert len(topic.hits) >= 2
    assert len(topic.misses) >= 2
    assert all(topic.code in codes(text) for text in topic.hits)
    assert not any(codes(text) for text in topic.misses)


OWN = """
[[rule]]
code = "vip"
label = "Wholesale"
patterns = ['pallets?']
hits = ["two pallets please"]
misses = ["a pallette of colours"]

[[rule]]
code = "press"
enabled = false

[[rule]]
code = "legal"
label = "Law"
patterns = ["abogado"]
"""


def test_own_rules_replace_add_and_switch_off() -> None:
    rules = topics.read_rules(OWN, topics.SHIPPED)
    assert codes("two pallets please", rules) == ["vip"]
    assert codes("I am a journalist and will call my lawyer", rules) == []
    assert codes("mi abogado", rules) == ["legal"]
    assert "safety" in codes("it fell on my foot", rules)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[rule", "not valid TOML"),
        ("", "something else than"),
        ("rule = 7", "something else than"),
        ("[[rule]]\n[other]", "something else than"),
        ("rule = [7]", "has the code None"),
        ("[[rule]]\ncode = 'two words'", "write one word"),
        ("[[rule]]\ncode = 'x'", "'x' needs a label and patterns"),
        ("[[rule]]\ncode = 'x'\nlabel = 'X'\npatterns = ['(']", "'x' has a pattern that cannot be read"),
        ("[[rule]]\ncode = 'x'\nlabel = 'X'\npatterns = 'a'", "patterns that are not a list of texts"),
        ("[[rule]]\ncode = 'x'\nlabel = 'X'\npatterns = ['a']\nhits = ['b']", "does not find “b”"),
        ("[[rule]]\ncode = 'x'\nlabel = 'X'\npatterns = ['a']\nmisses = ['a b']", "finds “a b”"),
    ],
)
def test_rules_that_are_none_or_fail_their_own_tests_are_refused(text: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(says)):
        topics.read_rules(text)


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
        topics.is_courtesy([text])
    assert time.process_time() - started < 10.0
