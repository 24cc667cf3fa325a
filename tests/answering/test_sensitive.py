"""The learned model for matters that a person must see: hits that no rule names, near misses, and its limits."""

from time import process_time

import pytest

from bot.answering import sensitive
from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.knowledge import Library
from bot.core import topics
from bot.core.model import Channel
from bot.core.ports.answering import Question
from bot.core.topics import SHIPPED

matters = pytest.importorskip("benchmarks.sensitive_matters")


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


LONG = [f"Item {number} of my order is a tent." for number in range(120)]
GRAVE = "I was cheated out of my money by you."


@pytest.mark.parametrize(
    "lines",
    [
        [GRAVE, *LONG],
        [*LONG[:30], GRAVE, *LONG[30:]],
        [*LONG, GRAVE],
        ["I ordered a tent. It came on Monday."] * 300 + [GRAVE],
        [
            f"Item {number} of my order is a tent, and the pegs are missing from every bag."
            for number in range(200)
        ]
        + [GRAVE],
    ],
    ids=["first", "among the first", "last", "behind repetitions", "at the end of a very long mail"],
)
def test_one_grave_sentence_in_a_long_mail_is_enough(lines: list[str]) -> None:
    found = sensitive.flag_of("\n".join(lines))
    assert found is not None
    assert "cheated out of my money" in found.text


async def test_what_is_learned_is_there_before_the_first_customer_writes() -> None:
    sensitive.shipped.cache_clear()
    answerer = await EmbeddedAnswerer.build(Library(()), brand="Northwind")
    assert sensitive.shipped.cache_info().currsize == 1
    proposal = await answerer.answer(Question((GRAVE,), Channel.CHAT))
    assert proposal.flags != ()
    assert sensitive.shipped.cache_info().misses == 1


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
    judged, harder = list(matters.cross_validated()), matters.written_for_alarms()
    hits = [one.learned for one in judged if one.code != sensitive.NONE]
    near = [one for one in judged if one.code == sensitive.NONE]
    others = [one.learned for one in near if one.text not in harder]
    alarms = [one.learned for one in near if one.text in harder]
    assert len(others) == 332
    assert sum(hits) / len(hits) >= 0.25
    assert sum(others) / len(others) <= 0.03
    assert sum(alarms) / len(alarms) <= 0.08  # Written having seen false alarms, so harder.


def test_a_word_and_a_number_are_no_matter():
    assert sensitive.flag_of("Kill 12\nHow do I reset my password?") is None


def test_what_is_quoted_of_a_customer_has_no_private_number_in_it() -> None:
    found = sensitive.flag_of("My attorney will be in touch with you, 536-90-4399")
    assert found is not None
    assert "My attorney will be in touch with you, ⟦social security number⟧" in found.text
