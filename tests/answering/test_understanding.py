"""What cannot be understood is named for what it is, and not taken for a gap in the articles."""

from dataclasses import replace

import pytest

from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.handover import handover
from bot.core.model import Action, Channel, Mode, Rules
from bot.core.policy import decide
from bot.core.ports.answering import Question
from tests import builders as make
from tests.answering.library import LIBRARY

GERMAN = "Guten Tag, ich habe vor zwei Wochen bestellt und die Torte ist noch nicht da. Wann kommt sie?"


async def decided(said, subject="", channel=Channel.EMAIL):
    answerer = EmbeddedAnswerer(LIBRARY, brand="Bakery")
    proposal = await answerer.answer(Question((said,), channel, subject))
    case = make.case(messages=(make.message(content=said),))
    draft = replace(make.draft(), proposal=proposal)
    outcome = decide(case, draft, Rules(mode=Mode.AUTO))
    decision = make.decision(draft_id=draft.id, action=outcome.action, reasons=outcome.reasons)
    return outcome, handover(replace(case, draft=draft, decisions=(decision,)))


@pytest.mark.parametrize(
    ("said", "code", "text"),
    [
        ("", "empty", "The mail is empty"),
        (" \n\t ", "empty", "The mail is empty"),
        (GERMAN, "other_language", "Written in German; the articles are in English"),
        (
            "Bonjour, où est le gâteau que j'ai commandé pour samedi ?",
            "other_language",
            "Written in French; the articles are in English",
        ),
        ("где мой заказ", "other_language", "Written in Cyrillic letters; the articles are in English"),
        ("🎉🎉 ?!", "unintelligible", "There are no words in it"),
        ("asdkjh qweoiu zmxnb", "unintelligible", "Not understood: gibberish, or a language we cannot tell"),
    ],
)
async def test_what_is_not_understood_says_why_and_asks_for_no_article(said, code, text):
    outcome, lines = await decided(said)
    assert outcome.action is Action.ESCALATE
    assert [(reason.code, reason.text) for reason in outcome.reasons] == [(code, text)]
    assert not any(line.about == "Mood" or "become an article" in line.text for line in lines)
    assert [line.origin for line in lines if line.about == "Next"] == [f"rule {code}"]


@pytest.mark.parametrize(
    "said", ["Which political party should I vote for?", "paddlebord repairs?", "NW318802"]
)
async def test_what_is_understood_and_not_answered_still_asks_for_an_article(said):
    outcome, lines = await decided(said)
    assert [reason.code for reason in outcome.reasons] == ["no_answer"]
    assert any("become an article" in line.text for line in lines)
    assert any("Calm" in line.text for line in lines)


async def test_an_empty_mail_with_a_subject_is_read_by_its_subject():
    outcome, _ = await decided("", subject="Is there gluten in the rye bread?")
    assert outcome.action is not Action.ESCALATE


async def test_what_is_empty_in_a_chat_is_called_a_message():
    outcome, _ = await decided(" ", channel=Channel.CHAT)
    assert outcome.reasons[0].text == "The message is empty"
