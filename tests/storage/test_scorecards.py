"""Which answers wait for a review, on both databases."""

from datetime import timedelta

import pytest

from bot.core.assessing import Assessed
from bot.core.model import Actor, Channel
from bot.core.policy import default_rules
from bot.core.recalibration import Recalibration
from bot.core.steering.reviews import Scorecard
from bot.services.controls import Controls
from bot.services.scoring import LOOKED_AT, PERIOD, Scoring
from tests.builders import AT, conversation, customer, draft

KIM = Actor("UKIM")
OLDEST = 2 * LOOKED_AT


async def nothing():
    return []


@pytest.fixture
def controls(database, clock):
    return Controls(database, clock, default_rules(), nothing)


@pytest.fixture
async def scoring(database, controls, clock):
    """Twice as many sure answers as are looked at, and before them one that was picked, one that was unsure."""
    clock.now = AT + timedelta(days=1)
    talk = conversation(customer_id=customer().id)
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(talk)
        for number in range(OLDEST + 2):
            one = draft(id=name(number), conversation_id=talk.id, turn=number, version=number)
            await tx.drafts.add(one)
            confidence = 0.75 if number == OLDEST + 1 else 0.95
            at = AT - timedelta(minutes=number)
            await tx.assessments.add(
                Assessed(one.id, Channel.EMAIL, confidence, True, number == OLDEST, 1.0, at)
            )
    return Scoring(database, controls, clock)


def name(number):
    return f"{number:032x}"


def card(number, reviewer="UKIM", right=False):
    return Scorecard(name(number), reviewer, right, None, None, None, None, "", AT)


async def test_what_waits_long_is_reviewed_first_however_much_came_since(scoring, database):
    found = []
    while sheet := await scoring.next(KIM):
        found.append(int(sheet.draft_id, 16))
        await scoring.score(card(found[-1]))
    assert found == [OLDEST + 1, OLDEST]
    async with database.snapshot() as tx:
        judged = await tx.assessments.judged(Channel.EMAIL, 10)
    assert {(one.draft_id, one.right) for one in judged} == {(name(n), False) for n in found}


async def test_who_reviews_a_second_time_is_asked_only_for_some(scoring):
    await scoring.score(card(OLDEST, "UJO"))
    await scoring.score(card(OLDEST + 1, "UJO"))
    sheet = await scoring.next(KIM)
    assert sheet is None or sheet.left <= 2
    for number in (OLDEST, OLDEST + 1):
        await scoring.score(card(number))
    assert await scoring.next(Actor("ULEE")) is None


async def test_what_is_a_month_old_waits_no_longer(scoring, clock):
    clock.now = AT + PERIOD
    assert await scoring.next(KIM) is None


async def test_how_sure_counts_as_it_is_shown(scoring, controls):
    surer = Recalibration(3.0, 1.0, 100)
    assert surer.before(surer(0.6)) == pytest.approx(0.6)
    await controls.set_recalibration(surer, Actor("UBOSS", is_manager=True))
    sheet = await scoring.next(KIM)
    assert (int(sheet.draft_id, 16), sheet.left) == (OLDEST, 1)
