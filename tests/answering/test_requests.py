"""Whoever asks for something that only a person can do is not put off with an article about something near it."""

from datetime import date

import pytest

from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.guardrails import Checked, check
from bot.answering.guardrails.requests import requests
from bot.answering.knowledge import Article, Library
from bot.core.model import Channel, Source
from bot.core.ports.answering import Question

PATCH = "Small holes in a tent are repaired with a patch on both sides. [1]"


def flags(said, text=PATCH):
    source = Source(1, "tents", "Tents", "")
    found = check(Checked(f"We are sorry. {text}", {1: text}, said, (source,), date(2026, 11, 26), "Shop"))
    return [flag.name for flag in found]


@pytest.mark.parametrize(
    "said",
    [
        "my tent pole broke, can you send me a new one or not",
        "My tent leaks. Could you please replace it?",
        "The tent has a hole. Please refund me.",
        "hole in my tent. send me another one",
        "The tent is torn, can I have a new one?",
        "there is a hole in the tent - any chance you could give me a discount?",
        "do you have a spare pole for me",
        "Could you change the colour of my tent for me?",
        "would you kindly cancel the tent",
        "I want a refund for this tent",
        "The tent came late. I'd like a voucher for the trouble",
        "tent broken, refund my money",
        "I expect you to send a new tent by Friday",
        "Is it possible for you to extend my warranty?",
    ],
)
def test_a_request_that_the_answer_does_not_grant_is_named(said):
    assert flags(said) == ["request"]


@pytest.mark.parametrize(
    "said",
    [
        "how do i repair a hole in my tent",
        "Can you tell me how a tent is repaired?",
        "Could you send me some information on tent repairs?",
        "please give me an idea how to patch it",
        "Can you repair a hole in a tent?",
        "How can I have it repaired?",
        "Do you have patches for tents?",
        "can i get it patched",
        "A pole snapped. How can I get through the weekend?",
        "Do I need a new zip for my tent, or can I mend it?",
        "Do you send tents to Norway?",
        "",
    ],
)
def test_a_question_is_no_request(said):
    assert flags(said) == []


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("could you cancel my order for me?", "You cancel an order in your account within an hour. [1]"),
        ("can I get a label to send it back", "Print the label at the page for returns. [1]"),
        ("Can I have my money back?", "A refund takes five days. [1]"),
        ("can you change the address for me", "The address cannot be changed after that. [1]"),
        ("please send me a new one", "We send a replacement or refund the item. [1]"),
    ],
)
def test_an_article_that_tells_that_very_thing_is_enough(said, text):
    assert flags(said, text) == []
    assert flags(said) == ["request"]


def test_a_request_says_what_is_to_be_done():
    (one,) = requests("Hello. It broke. Could you please send me a new pole by Friday? Thanks.")
    assert (one.text, one.verb) == ("Could you please send me a new pole by Friday", "send")
    assert one.things == {"pole"}


async def test_a_request_waits_for_a_person_however_sure_the_article_is():
    told = ("Small holes in a tent are repaired with a patch.", "A broken pole is held together with tape.")
    asked = ("my tent pole broke", "how do i repair a broken tent pole")
    library = Library((Article("tents", "Repair a tent", told, questions=asked, sections=("", "")),))
    answerer = EmbeddedAnswerer(library, brand="Shop")
    said = "my tent pole broke"
    sure = await answerer.answer(Question((said,), Channel.CHAT))
    wants = await answerer.answer(Question((f"{said}, can you send me a new one or not",), Channel.CHAT))
    assert "request" in [flag.name for flag in wants.flags]
    assert "request" not in [flag.name for flag in sure.flags]
    assert wants.confidence <= 0.75
    assert wants.evidence[0].text.startswith("Asks for what only a person can do")
