"""Drafts as statistics see them, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.assessing import Assessed, Beside
from bot.core.insights.facts import TurnFacts, quarter_of
from bot.core.model import Action, Channel
from bot.core.ports.answering import Lesson
from tests import builders
from tests.builders import AT, conversation, customer, draft


@pytest.fixture
async def rows(database):
    """Three assessed drafts of e-mails, a minute after each other."""
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())
        drafts = [draft(turn=turn) for turn in (1, 2, 3)]
        found = []
        for number, kept in enumerate(drafts):
            await tx.drafts.add(kept)
            at = AT + timedelta(minutes=number)
            found.append(Assessed(kept.id, Channel.EMAIL, 0.7 + number / 10, False, True, 0.1, at))
            await tx.assessments.add(found[-1])
    return found


async def test_judged_rows_come_back_the_newest_judgement_first(database, rows):
    async with database.transaction() as tx:
        for minutes, one in enumerate((rows[2], rows[0])):
            at = AT + timedelta(hours=1, minutes=minutes)
            assert await tx.assessments.judge(one.draft_id, right=minutes == 0, verdict="approved", at=at)
    async with database.snapshot() as tx:
        judged = await tx.assessments.judged(Channel.EMAIL, 10)
        assert await tx.assessments.judged(Channel.CHAT, 10) == ()
        assert len(await tx.assessments.judged(Channel.EMAIL, 1)) == 1
    at = AT + timedelta(hours=1, minutes=1)
    assert judged[0] == replace(rows[0], right=False, verdict="approved", judged_at=at)
    assert [row.right for row in judged] == [False, True]


async def test_a_draft_that_is_not_there_is_not_judged(database, rows):
    async with database.transaction() as tx:
        assert not await tx.assessments.judge("nobody", right=True, verdict="approved", at=AT)


@pytest.mark.parametrize(
    ("sent", "said", "now"),
    [
        (True, None, None),  # A pick that nobody has judged: it must not come in only because it was wrong.
        (True, True, False),
        (True, False, False),
        (False, True, False),
        (False, None, False),
    ],
)
async def test_doubt_falls_on_what_people_looked_at(database, rows, sent, said, now):
    kept = draft(turn=4)
    async with database.transaction() as tx:
        await tx.drafts.add(kept)
        await tx.assessments.add(Assessed(kept.id, Channel.EMAIL, 0.9, sent, True, 0.1, AT))
        if said is not None:
            await tx.assessments.judge(kept.id, right=said, verdict="person", at=AT)
        doubted = await tx.assessments.doubt(kept.id, verdict="reopened", at=AT)
    async with database.snapshot() as tx:
        judged = await tx.assessments.judged(Channel.EMAIL, 10)
    assert doubted is (now is False and said is not False)
    assert [row.right for row in judged] == ([] if now is None else [now])


async def test_confidences_come_judged_or_not_the_newest_first(database, rows):
    async with database.snapshot() as tx:
        assert await tx.assessments.confidences(Channel.EMAIL, 2) == pytest.approx([0.9, 0.8])
        assert await tx.assessments.confidences(Channel.SMS, 2) == []


def turn_of(turn, quarter, action, reason, confidence):
    """Return the facts of a turn that nobody has answered."""
    return TurnFacts(
        *(conversation().id, turn, Channel.EMAIL, quarter, True, action, reason, confidence, "", None, ""),
        *(None, None, None, None, None, None, False),
    )


async def test_beside_them_counts_since_the_oldest_of_them_and_tells_the_unsure_from_the_held(database, rows):
    earlier, later = quarter_of(AT) - 1, quarter_of(AT)
    told = [
        (earlier, Action.ESCALATE, "confidence", 300),
        (later, Action.ESCALATE, "confidence", 340),
        (later, Action.ESCALATE, "legal", 990),
        (later, Action.REVIEW, "attachments", 950),
        (later, Action.REVIEW, "confidence", 800),
        (later, Action.SEND, "sure", 900),
        (later, Action.ESCALATE, "no_answer", None),
    ]
    facts = [turn_of(n, *one) for n, one in enumerate(told)]
    async with database.transaction() as tx:
        await tx.facts.put([], facts)
    async with database.snapshot() as tx:
        assert await tx.assessments.beside(Channel.EMAIL, 3) == Beside([0.34], 2)
        assert sorted((await tx.assessments.beside(Channel.EMAIL, 4)).unsure) == [0.3, 0.34]
        assert await tx.assessments.beside(Channel.SMS, 3) == Beside([], 0)


async def test_lessons_are_single_messages_answered_from_one_article(database):
    one, two = builders.proposal().sources[0], replace(builders.proposal().sources[0], number=2, slug="other")
    async with database.transaction() as tx:
        await tx.customers.add(customer())
        await tx.conversations.add(conversation())
        for turn, sources in enumerate([(one,), (one,), (one, two), (one,)], start=1):
            await tx.messages.add(
                builders.message(seq=turn, turn=turn, content=f"question {turn}"), Channel.EMAIL
            )
            kept = draft(turn=turn, proposal=builders.proposal(sources=sources))
            await tx.drafts.add(kept)
            await tx.assessments.add(Assessed(kept.id, Channel.EMAIL, 0.9, False, True, 1.0, AT))
            at = AT + timedelta(minutes=turn)
            await tx.assessments.judge(kept.id, right=turn != 4, verdict="approved", at=at)
        burst = builders.message(seq=9, turn=2, content="and one more thing")
        await tx.messages.add(burst, Channel.EMAIL)
    async with database.snapshot() as tx:
        assert list(await tx.assessments.lessons(10)) == [Lesson("question 1", one.slug)]
        assert await tx.assessments.lessons(0) == []
