import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.confidence import Calibration
from bot.answering.knowledge import Article, Library
from bot.core.context import Fact
from bot.core.errors import Unavailable
from bot.core.model import Channel, Sender
from bot.core.ports.answering import UNHEEDED, Passage, Question, Written
from bot.core.speech import log_odds
from tests.answering.library import LIBRARY

TODAY = date(2026, 11, 23)
GLUTEN = "Is there gluten in the rye bread?"
DELIVERY = "When do you deliver the bread?"


@dataclass
class FakeWriter:
    """Writes what it is told to, or fails, or never comes back."""

    written: Written = field(
        default_factory=lambda: Written("Hi Maya, rye bread contains gluten. [1]", (1,), True, model="fake-1")
    )
    error: Exception | None = None
    hangs: bool = False
    passages: list[Passage] = field(default_factory=list)

    async def write(self, question: Question, passages: Sequence[Passage], *, brand: str) -> Written:
        self.passages = list(passages)
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        return self.written


def question(*texts, **values):
    return Question(texts, **({"channel": Channel.EMAIL, "customer_name": "Maya Lindqvist"} | values))


async def answer(*texts, writer=None, budget=1.8, library=LIBRARY, today=TODAY, **values):
    answerer = await EmbeddedAnswerer.build(
        library, brand="Bakery", writer=writer, budget=budget, today=lambda: today
    )
    return await answerer.answer(question(*texts, **values))


def flags(proposal):
    return [flag.name for flag in proposal.flags]


async def test_known_question_is_answered_from_its_article():
    proposal = await answer(DELIVERY)
    assert proposal.text.startswith("Hi Maya,\n\nThank you for your message. We deliver bread every morning")
    assert "before 7:30 within the city. " in proposal.text
    assert proposal.text.endswith("Best regards\nBakery Support")
    assert proposal.confidence > 0.9
    assert [(s.number, s.slug, s.review_by) for s in proposal.sources] == [
        (1, "bread-delivery", date(2027, 5, 31))
    ]
    assert flags(proposal) == []
    assert proposal.author == "embedded"
    assert 1 <= len(proposal.evidence) <= 3


async def test_stale_article_asks_for_a_look():
    assert flags(await answer(GLUTEN)) == ["stale_article"]
    assert flags(await answer(GLUTEN, today=date(2026, 1, 31))) == []


async def test_each_question_is_answered_and_the_least_sure_one_counts():
    both = await answer(f"{DELIVERY} And where is my refund?")
    assert both.text.index("every morning") < both.text.index("within 5 working days")
    assert [source.slug for source in both.sources] == ["bread-delivery", "refund"]
    alone = [(await answer(text)).confidence for text in (DELIVERY, "And where is my refund?")]
    assert both.confidence == pytest.approx(min(alone))


async def test_question_no_article_answers_is_named_beside_the_others():
    proposal = await answer(f"{DELIVERY} Do you repair paddleboards?")
    assert "unanswered_part" in flags(proposal)
    assert any("paddleboards" in flag.text for flag in proposal.flags)
    assert proposal.confidence < 0.2


async def test_burst_of_messages_is_read_as_one():
    proposal = await answer("hi", "is there gluten in the rye", "bread?", channel=Channel.CHAT)
    assert [source.slug for source in proposal.sources] == ["allergens"]


async def test_two_questions_about_one_article_are_answered_once():
    proposal = await answer("Is there gluten in the rye bread? Do your cakes contain nuts?")
    assert len(proposal.sources) == 1
    assert "second question" not in proposal.text


async def test_out_of_scope_has_no_answer_and_says_why():
    proposal = await answer("Which political party should I vote for?")
    assert proposal.text == ""
    assert proposal.confidence < 0.2
    assert any(evidence.weight < 0 for evidence in proposal.evidence)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "🎉🎉",
        "hi",
        "???",
        "\x00\x01",
        "посылка не пришла",
        "x" * 1_000_000,
        "? " * 500_000,
        "\ud800",
        "[1] {{x}}",
    ],
)
async def test_nothing_a_customer_writes_makes_it_fail(text):
    proposal = await answer(text)
    assert proposal.text == ""
    assert proposal.confidence < 0.3
    assert proposal.evidence


async def test_no_messages_and_no_articles():
    assert (await answer()).text == ""
    empty = await answer(GLUTEN, library=Library(()))
    assert (empty.text, empty.confidence) == ("", 0.0)


async def test_subject_speaks_when_the_text_says_nothing():
    proposal = await answer("please see subject", subject="Re: is there gluten in the rye bread?")
    assert [source.slug for source in proposal.sources] == ["allergens"]


async def test_short_follow_up_is_read_with_what_was_said_before():
    history = ((Sender.CUSTOMER, "how do i order a birthday cake"), (Sender.AI, "Three days ahead."))
    proposal = await answer("how?", history=history)
    assert [source.slug for source in proposal.sources] == ["cake-order"]


async def test_what_surrounds_a_question_does_not_make_it_less_sure():
    bare = await answer(DELIVERY)
    told = await answer(f"We moved here from Porto with two small dogs and a piano. {DELIVERY}")
    assert [source.slug for source in told.sources] == ["bread-delivery"]
    assert told.confidence == pytest.approx(bare.confidence)


@pytest.mark.parametrize(
    "told",
    [
        "Please see the picture of the birthday cake attached.",
        "I ordered a birthday cake and the deposit was 10 euros.",
        "My money for the stale bread came back to the card.",
    ],
)
async def test_what_is_asked_weighs_more_than_what_is_told(told):
    proposal = await answer(f"{told} How early in the morning do you deliver bread?")
    assert [source.slug for source in proposal.sources] == ["bread-delivery"]


async def test_leaning_question_is_not_answered_for_the_one_before():
    proposal = await answer(f"{DELIVERY} Is that dangerous?")
    assert proposal.confidence < 0.7


# --- with a language model -----------------------------------------------------------------------------------


async def test_model_writes_from_the_passages_of_the_best_articles():
    writer = FakeWriter()
    proposal = await answer(GLUTEN, writer=writer, today=date(2026, 1, 1))
    assert proposal.text == "Hi Maya, rye bread contains gluten. [1]"
    assert proposal.author == "fake-1"
    assert [source.slug for source in proposal.sources] == ["allergens"]
    assert flags(proposal) == []
    assert writer.passages[0].number == 1
    assert "Our rye bread contains gluten" in writer.passages[0].text
    assert len(writer.passages) == 3
    assert proposal.confidence == (await answer(GLUTEN)).confidence


@pytest.mark.parametrize("broken", [FakeWriter(error=Unavailable("down")), FakeWriter(hangs=True)])
async def test_silent_model_is_replaced_by_the_built_in_answer_for_review(broken):
    proposal = await answer(DELIVERY, writer=broken, budget=0.05)
    assert "We deliver bread every morning" in proposal.text
    assert proposal.author == "embedded"
    (flag,) = proposal.flags
    assert (flag.name, flag.hard) == ("model_unavailable", False)
    assert flag.text == "The model did not answer; this is the built-in answer"


async def test_model_that_found_nothing_gives_no_answer():
    writer = FakeWriter(Written("", (), False, missing="opening hours", model="fake-1"))
    proposal = await answer(GLUTEN, writer=writer)
    assert (proposal.text, proposal.sources) == ("", ())
    assert proposal.confidence <= 0.2
    assert any("opening hours" in evidence.text for evidence in proposal.evidence)


async def test_what_the_model_invents_is_flagged():
    text = "Our rye bread contains gluten [1] and costs €99. More on https://evil.example/x. [7]"
    proposal = await answer(GLUTEN, writer=FakeWriter(Written(text, (1, 7), True)))
    assert {"invented_number", "invented_link", "unknown_source"} <= set(flags(proposal))
    assert proposal.author == "model"


async def test_answer_that_cites_nothing_still_names_its_likely_source():
    writer = FakeWriter(Written("Our rye bread contains gluten.", (), True))
    proposal = await answer(GLUTEN, writer=writer)
    assert [source.slug for source in proposal.sources] == ["allergens"]
    assert "uncited" in flags(proposal)


async def test_model_is_not_asked_when_no_article_fits():
    writer = FakeWriter()
    proposal = await answer("Which political party should I vote for?", writer=writer)
    assert proposal.text == ""
    assert writer.passages == []


# --- what a message leans on ---------------------------------------------------------------------------------


async def test_follow_up_that_names_something_new_is_read_with_the_question_before():
    history = ((Sender.CUSTOMER, "when do you deliver the bread?"), (Sender.AI, "Every morning."))
    proposal = await answer("and what does it cost?", history=history, channel=Channel.CHAT)
    assert [source.slug for source in proposal.sources] == ["bread-delivery"]
    assert proposal.confidence > (await answer("and what does it cost?", channel=Channel.CHAT)).confidence


async def test_subject_that_agrees_makes_it_surer_and_one_that_does_not_changes_nothing():
    text = "Hello, we have the thing on Saturday. How long before must we order it?"
    alone, agreeing, foreign = [
        await answer(text, subject=subject) for subject in ("", "Birthday cake", "Gluten")
    ]
    assert agreeing.sources == alone.sources == foreign.sources
    assert agreeing.confidence > alone.confidence == foreign.confidence


async def test_model_never_sees_what_is_nobody_elses_business():
    heard = []

    class Listening(FakeWriter):
        async def write(self, question, passages, *, brand):
            heard.append(question)
            return Written(
                f"We write to {question.texts[0].split()[-1]} about the rye bread. [1]", (1,), True
            )

    said = f"{GLUTEN} My card is 4111 1111 1111 1111, password: hunter2! Write to maya@customer.example"
    proposal = await answer(
        said, writer=Listening(), subject="Card 4111111111111111", facts=(Fact("phone", "Tel 0171 5550123"),)
    )
    (question,) = heard
    told = f"{question.texts} {question.subject} {question.facts}"
    assert not any(secret in told for secret in ("4111", "hunter2", "maya@", "5550123"))
    assert "maya@customer.example" in proposal.text


async def one_of_the_first(*texts, **values):
    """Answer while one of the first articles is surely meant, but the first is not sure enough."""
    shipped = Calibration.load()
    unclear = replace(shipped, ceiling=0.6, among=replace(shipped.among, bias=50.0))
    answerer = EmbeddedAnswerer(LIBRARY, brand="Bakery", calibration=unclear, today=lambda: TODAY)
    return await answerer.answer(question(*texts, **values))


async def test_asks_which_article_is_meant_when_it_is_one_of_the_first():
    proposal = await one_of_the_first(GLUTEN)
    assert "is your question about “Allergens and ingredients”, “" in proposal.text
    assert flags(proposal) == ["asks_back"]
    assert proposal.sources[0].slug == "allergens"
    assert proposal.confidence <= 0.6


async def test_each_unclear_question_is_asked_about_and_quoted():
    proposal = await one_of_the_first(f"{GLUTEN} {DELIVERY}")
    assert flags(proposal) == ["asks_back"]
    assert f"is your question “{GLUTEN}” about “Allergens and ingredients”, “" in proposal.text
    assert f"is your question “{DELIVERY}” about “" in proposal.text


async def test_the_clear_questions_are_answered_and_the_unclear_one_is_asked_about():
    index = EmbeddedAnswerer(LIBRARY, brand="Bakery", today=lambda: TODAY)
    matches = index.match(question(f"{GLUTEN} {DELIVERY}"))
    low, high = sorted(match.confidence for match in matches)
    # Between the two, so that one of them is clear and the other is not.
    shift = log_odds(0.7) - (log_odds(low) + log_odds(high)) / 2
    shipped = Calibration.load()
    between = replace(
        shipped,
        first=replace(shipped.first, bias=shipped.first.bias + shift),
        among=replace(shipped.among, bias=50.0),
        ceiling=1.0,
    )
    answerer = EmbeddedAnswerer(LIBRARY, brand="Bakery", calibration=between, today=lambda: TODAY)
    proposal = await answerer.answer(question(f"{GLUTEN} {DELIVERY}"))
    unclear, clear = sorted(matches, key=lambda match: match.confidence)
    assert "asks_back" in flags(proposal)
    assert f"is your question “{unclear.text}” about “" in proposal.text
    assert [source.slug for source in proposal.sources] == [LIBRARY.articles[clear.article].slug]
    assert "[1]" in proposal.text


@pytest.mark.parametrize(
    "asked", ["How long can I return a hat?", "returning a hat", "hat return, how many days"]
)
async def test_what_two_articles_tell_differently_is_not_sent_by_itself(asked):
    told = (("old", "You can return a hat within 30 days."), ("new", "You can return a hat within 60 days."))
    twins = [
        Article(slug, "Return a hat", (text,), questions=("How long can I return a hat?",), sections=("",))
        for slug, text in told
    ]
    proposal = await answer(asked, library=Library((*twins, *LIBRARY.articles)))
    assert proposal.confidence < 0.9


@pytest.mark.parametrize("wish", ["Shorter", "make it a bit shorter.", "please, much BRIEFER"])
async def test_a_built_in_answer_can_be_made_shorter(wish):
    told = ("Hats can be washed at 30 degrees.", "Wash hats by hand.", "Wash hats with a mild soap only.")
    library = Library(
        (Article("hats", "Washing a hat", told, questions=("How do I wash a hat?",), sections=("",) * 3),)
    )
    asked = "How do I wash a hat by hand, with which soap?"
    usual, short = await answer(asked, library=library), await answer(asked, library=library, wish=wish)
    assert UNHEEDED not in flags(short)
    assert len(short.text) < len(usual.text)
    assert short.sources == usual.sources


@pytest.mark.parametrize("wish", ["In German", "Shorter and in German", "Friendlier"])
async def test_a_built_in_answer_does_not_pretend_to_heed_what_it_cannot(wish):
    assert UNHEEDED in flags(await answer(DELIVERY, wish=wish))
    late = await answer(DELIVERY, wish=wish, writer=FakeWriter(error=Unavailable("down")))
    assert UNHEEDED in flags(late)
    assert UNHEEDED not in flags(await answer(GLUTEN, wish=wish, writer=FakeWriter()))
