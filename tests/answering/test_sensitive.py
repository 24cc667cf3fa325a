"""The learned model for matters that a person must see: hits that no rule names, near misses, and its limits."""

from time import process_time

import pytest

from bot.answering import sensitive
from bot.core import topics
from bot.core.topics import SHIPPED


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("financial", "I do not recognise this payment to your shop, someone must have got my card details."),
        ("safety", "We had to take our son to the doctor, the stove shot out a flame."),
        ("privacy", "I withdraw my consent, stop using my personal data."),
        ("wants_human", "Hi\nI would rather continue with a person from your team, not a computer."),
    ],
)
def test_a_matter_is_heard_also_where_no_rule_names_it(code: str, said: str) -> None:
    assert topics.sensitive(said) == ()
    found = sensitive.flag_of(said)
    assert found is not None
    assert (found.name, found.hard) == (code, True)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "?!",
        "Where can I send a complaint, and how long does an answer take?",
        "How do I delete my account?",
        "My card was declined, what now?",
        "Can somebody else pick up my parcel?",
        "The mug arrived broken.",
        "Do I need a person to sign for the parcel?",
    ],
)
def test_near_misses_are_left_alone(said: str) -> None:
    assert sensitive.flag_of(said) is None


def test_one_grave_sentence_in_a_long_mail_is_enough() -> None:
    mail = "\n".join(
        ["I ordered a tent. It came on Monday."] * 30 + ["I was cheated out of my money by you."]
    )
    found = sensitive.flag_of(mail)
    assert found is not None
    assert "cheated out of my money" in found.text


def test_endless_text_is_read_in_a_moment_and_does_no_harm() -> None:
    assert sensitive.flag_of("My tent is torn.") is None  # What is learned once is ready.
    for endless in ("word " * 200_000, "a.\n" * 200_000, "I want to return my tent. " * 40_000):
        start = process_time()
        assert sensitive.flag_of(endless) is None
        assert process_time() - start < 1
    grave = sensitive.flag_of("I was cheated out of my money by you.\n" + "a.\n" * 200_000)
    assert grave is not None
    assert "cheated out of my money" in grave.text


def test_the_examples_have_codes_that_rules_have_too() -> None:
    codes = {code for code, _ in sensitive.examples()}
    assert codes - {sensitive.NONE} <= {topic.code for topic in SHIPPED}
    texts = [text.casefold() for _, text in sensitive.examples()]
    assert len(set(texts)) == len(texts)


def test_sentences_it_did_not_learn_keep_their_figures() -> None:
    """Floors below today's figures (docs/evaluation.md)."""
    judged = []
    examples = sensitive.examples()
    for part in range(4):
        matters = sensitive.Matters([one for i, one in enumerate(examples) if i % 4 != part])
        for code, text in examples[part::4]:
            hit = matters.best(text)
            judged.append((code, hit is not None and hit.margin >= sensitive.THRESHOLD))
    hits = [found for code, found in judged if code != sensitive.NONE]
    alarms = [found for code, found in judged if code == sensitive.NONE]
    assert sum(hits) / len(hits) >= 0.25
    assert sum(alarms) / len(alarms) <= 0.04
