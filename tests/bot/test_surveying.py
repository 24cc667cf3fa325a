"""Who is asked for a rating, as the settings say."""

import re
from dataclasses import replace

import pytest

from bot.core.model import Channel
from bot.core.sealing import OPEN
from bot.core.sms import segments
from bot.services.survey_words import WORDS
from bot.settings import from_env
from bot.wiring.surveying import surveying
from bot.wiring.telephony import phone_surveys
from storage.database import open_database
from storage.signals import LocalSignals
from tests.blocks.states import STATES
from tests.fakes import FakeChannel

ENV = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_CHANNELS": "*=C1",
    "SUPPORT_ADDRESS": "help@shop.example",
    "SMTP_URL": "smtp://relay",
    "THREADPILOT_PUBLIC_URL": "https://desk.shop.example",
}


async def test_nobody_is_asked_unless_the_settings_say_so():
    async with open_database("sqlite+aiosqlite://", LocalSignals(), sealing=OPEN) as database:
        off = surveying(from_env(ENV), database, "a secret", {Channel.EMAIL: FakeChannel()})
        on = surveying(
            from_env(ENV | {"RATING_CHANNELS": "email"}), database, "a secret", {Channel.EMAIL: FakeChannel()}
        )
    assert (off.surveys, list(off.routes)) == (None, [])
    assert on.surveys is not None
    assert [route.path for route in on.routes] == ["/rate/{conversation}"] * 2


def test_the_question_by_text_is_in_the_customers_language_else_in_the_numbers():
    twilio = from_env(
        ENV
        | {
            "TWILIO_ACCOUNT_SID": f"AC{'0' * 32}",
            "TWILIO_AUTH_TOKEN": "t",
            "TWILIO_NUMBER": "+4930123456",
            "TWILIO_LANGUAGE": "de-DE",
        }
    ).twilio
    ask = phone_surveys(twilio, {Channel.SMS: FakeChannel()}, "Northwind")[Channel.PHONE]
    asked = STATES["waiting"]
    for said, question in (
        ("¿Cómo puedo devolver mi pedido, por favor? No está en la tienda.", "Northwind: ¿qué nota nos da?"),
        ("Ok", "Northwind: Wie waren wir?"),
    ):
        case = replace(asked, messages=tuple(replace(m, content=said) for m in asked.messages))
        assert ask.words(case).startswith(question)


@pytest.mark.parametrize("language", WORDS)
def test_the_question_by_text_is_one_text_message(language):
    said = WORDS[language].text
    assert "{brand}" in said
    assert re.findall(r"\d", WORDS[language].mail) == ["1", "5"]  # The page asks for one of these, too.
    assert segments(said.format(brand="Northwind")).count == 1
