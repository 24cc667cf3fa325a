"""No regular expression of the product explodes: each is given texts that are made to keep it busy.

Quadratic is as far as it may go, because texts are cut before they are searched; what that comes to with a whole
message stands in the second half.
"""

import functools
import math
import re
import time
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from bot.answering.answerer import EmbeddedAnswerer
from bot.answering.knowledge import load_articles
from bot.answering.language import MAX_CHARACTERS
from bot.core.model import Channel
from bot.core.ports.answering import Question
from integrations.email.parse import parse
from tests.adversary.patterns import held, made_in_functions, written
from tests.adversary.pumping import attacks_on, growth, slowest

_MOST = 40.0  # Quadratic is 16 and cubic 64, and machines are busy.
_TRIES = 3
# Made while it runs, of words that are escaped or fixed, or by whoever owns the machine.
_MADE_OF = {
    "blocks/ids.py: _ID",  # Fixed.
    "bot/answering/guardrails/abroad.py: frame.format(**pieces).translate(_PLAIN)",  # Of words of its own, and held.
    "bot/answering/guardrails/grounding.py: called",  # A name, escaped.
    "bot/answering/guardrails/promises.py: '\\\\b(?:' + '|'.join(patterns) + ')\\\\b'",  # Held.
    "bot/core/topics.py: '\\\\b(?:' + '|'.join(patterns) + ')\\\\b'",  # Held; others are the owner's.
    "bot/settings/reading.py: shape",  # Of settings.
    "sandbox/salesforce/soql.py: ''.join(spelt)",  # LIKE, escaped; in the sandbox.
    "sandbox/slack/inputs.py: pattern",  # Fixed, in the sandbox.
}
COMPANY = Path(__file__).parents[2] / "sandbox" / "company" / "articles"


def explosion(match: Any, pattern: re.Pattern[str]) -> float:
    """Return how the time grows on the worst text, 0 where none takes noticeably long."""
    attack = slowest(match, attacks_on(pattern))
    if attack is None:
        return 0.0
    for _ in range(_TRIES):
        if (found := growth(match, attack)) <= _MOST or found == math.inf:
            break
    return found


@functools.cache
def of_text() -> dict[re.Pattern[str], str]:
    return {
        pattern: place for pattern, place in (written() | held()).items() if isinstance(pattern.pattern, str)
    }


@pytest.mark.parametrize(
    "bomb", ["(a+)+!", "(a|aa)+!", r"(\w+\s?)*:", r"#+\s+(.*?)\s*#*$", r"\s*\s*\s*x", r"(.*)(.*)(.*),"]
)
def test_a_pattern_that_explodes_is_found(bomb: str) -> None:
    assert (
        max(
            explosion(re.compile(bomb).search, re.compile(bomb)),
            explosion(re.compile(bomb).fullmatch, re.compile(bomb)),
        )
        > _MOST
    )


@pytest.mark.parametrize("harmless", [r"a+!", r"\s+$", r"[^@\s]+@[^@\s]+", r"(?:\w+ ){0,4}x"])
def test_a_pattern_that_does_not_is_left_alone(harmless: str) -> None:
    assert explosion(re.compile(harmless).search, re.compile(harmless)) <= _MOST


def test_all_patterns_are_known() -> None:
    assert made_in_functions() == _MADE_OF, "is what it is made of escaped, or fixed?"
    assert len(of_text()) > 250


@pytest.mark.parametrize("how", ["search", "fullmatch"])
def test_no_pattern_explodes(how: str) -> None:
    exploding = {
        place: pattern.pattern
        for pattern, place in of_text().items()
        if explosion(getattr(pattern, how), pattern) > _MOST
    }
    assert exploding == {}


def bombs() -> dict[str, str]:
    """Return a text for each pattern that takes noticeably long on it, as long as a message may be."""
    found = {}
    for pattern, place in of_text().items():
        if not place.startswith("sandbox") and (attack := slowest(pattern.search, attacks_on(pattern))):
            found[place] = attack.text(MAX_CHARACTERS // len(attack.pump))
    return found


async def test_no_message_keeps_the_answerer_or_the_reader_of_mails_busy() -> None:
    answerer = await EmbeddedAnswerer.build(load_articles(COMPANY), brand="Northwind")
    found = bombs()
    assert found  # How many is up to the machine: 9 where it is quick, 37 where it is busy.
    busy = {}
    for place, text in found.items():
        begun = time.process_time()
        await answerer.answer(Question((text,), Channel.EMAIL))
        parse(mail_of(text).as_bytes())
        if (spent := time.process_time() - begun) > 1.0:
            busy[place] = spent
    assert busy == {}


def mail_of(text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "ada@customer.example",
        "help@shop.example",
        text[:100].split("\n")[0],
    )
    mail.set_content(text * 10)
    return mail
