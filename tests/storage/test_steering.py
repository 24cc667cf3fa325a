"""What steering reads and keeps, on both databases: outcomes, scorecards, and the history of settings."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import sqlite

from bot.core.assessing import Assessed
from bot.core.model import Action, Channel, DeliveryState, Rating, Sender
from bot.core.ports.storage import Setting
from bot.core.steering.experiments import Arm, Share
from bot.core.steering.outcomes import Outcome
from bot.core.steering.reviews import Reviewable, Scorecard
from bot.services.insights import FactKeeper
from storage.outcomes import ARMS as OF_ARMS
from storage.outcomes import NEWEST, NO_ARM
from storage.tables import decisions
from tests.builders import AT, conversation, customer, decision, delivery, draft, message, stable_id

ARMS = {"plain": "", "a": "x1:a", "b": "x1:b", "other": "x2:b"}
MINUTE = timedelta(minutes=1)


def talk_id(name):
    return stable_id("talk", name)


def begun(name):
    return AT + MINUTE * (list(ARMS).index(name) if name in ARMS else int(name[1:]))


async def keep(tx, name, variant, *, action=Action.SEND, author=""):
    """Keep a conversation with one answer: by itself, or by an agent."""
    talk, at = talk_id(name), begun(name)
    who = customer(id=stable_id("who", name), address=f"{name}@customer.example", name=f"Customer {name}")
    await tx.customers.add(who)
    await tx.conversations.add(conversation(id=talk, customer_id=who.id, created_at=at, updated_at=at))
    asked = message(
        id=stable_id("m", name),
        conversation_id=talk,
        external_id=name,
        created_at=at,
        content=f"100% {name}?",
    )
    await tx.messages.add(asked, Channel.EMAIL)
    kept = draft(conversation_id=talk)
    await tx.drafts.add(kept)
    decided = decision(conversation_id=talk, action=action, variant=variant, actor=author or None)
    await tx.decisions.add(decided)
    await tx.deliveries.add(
        delivery(
            conversation_id=talk,
            decision_id=decided.id,
            draft_id=kept.id,
            state=DeliveryState.SENT,
            sender=Sender.AGENT if author else Sender.AI,
            author=author,
            updated_at=at,
        )
    )
    await tx.assessments.add(Assessed(kept.id, Channel.EMAIL, 0.7, action is Action.SEND, True, 1.0, at))
    return kept


@pytest.fixture
async def kept(database, clock):
    """A conversation outside of experiments, one in each arm of x1, and one in arm B of x2; all were sent."""
    async with database.transaction() as tx:
        drafts = {name: await keep(tx, name, variant) for name, variant in ARMS.items()}
        await tx.assessments.judge(drafts["b"].id, right=False, verdict="wrong", at=AT)
        await tx.assessments.judge(drafts["a"].id, right=True, verdict="good", at=AT + MINUTE)
        await tx.ratings.put(Rating(talk_id("a"), 5, "", AT))
        await tx.ratings.put(Rating(talk_id("plain"), 1, "", AT))
    await FactKeeper(database, clock).refresh()
    return drafts


async def test_what_b_sent_is_not_among_a_channels_own_outcomes(database, kept):
    async with database.snapshot() as tx:
        found = await tx.outcomes.automatic(Channel.EMAIL, None, 10)
        assert [one.conversation_id for one in found] == [talk_id("a"), talk_id("plain")]
        assert [(one.reopened, one.score) for one in found] == [(False, 5), (False, 1)]
        (newest,) = await tx.outcomes.automatic(Channel.EMAIL, begun("a"), 10)
        assert newest.conversation_id == talk_id("a")
        assert await tx.outcomes.automatic(Channel.CHAT, None, 10) == []
        assert len(await tx.outcomes.automatic(Channel.EMAIL, None, 1)) == 1


async def test_verdicts_on_what_b_decided_can_be_left_out(database, kept):
    async with database.snapshot() as tx:
        every = await tx.assessments.judged(Channel.EMAIL, 10)
        own = await tx.assessments.judged(Channel.EMAIL, 10, tried=False)
    assert [row.draft_id for row in every] == [kept["a"].id, kept["b"].id]
    assert [row.draft_id for row in own] == [kept["a"].id]


async def test_an_experiment_has_its_own_conversations_each_with_its_arm(database, kept):
    async with database.snapshot() as tx:
        a, b = await tx.outcomes.of_experiment("x1")
        assert await tx.outcomes.of_experiment("x") == (NO_ARM, NO_ARM)
        (newest,) = await tx.outcomes.newest_of_b("x1", 10)
    assert a == Arm(Share(1, 1), Share(0, 1), Share(0, 1), Share(0, 1))
    assert b == Arm(Share(1, 1), Share(1, 1), Share(0, 1), NO_ARM.unhappy)
    assert newest == Outcome(talk_id("b"), begun("b"), False, None, False)


async def decide_again(tx, name, turn, variant, random):
    """Keep one more draft of a conversation with a decision of its arm, and perhaps what a person made of it."""
    again = draft(conversation_id=talk_id(name), turn=turn)
    await tx.drafts.add(again)
    action = random.choice((Action.SEND, Action.REVIEW))
    place = {"conversation_id": talk_id(name), "turn": turn, "draft_id": again.id}
    await tx.decisions.add(decision(**place, action=action, variant=variant))
    seen, right = random.random() < 0.7, random.choice((True, False, None))
    sent = action is Action.SEND
    await tx.assessments.add(Assessed(again.id, Channel.EMAIL, 0.7, sent, seen, 1.0, AT))
    if right is not None:
        await tx.assessments.judge(again.id, right=right, verdict="x", at=AT)
    return sent, right if sent and seen else None


async def test_the_sums_of_an_experiment_are_what_counting_gives(database):
    """Conversations with several decisions, verdicts and ratings at random: the database adds up what Python does."""
    random, told = Random(3), {}
    names = [f"n{n}" for n in range(60)]
    async with database.transaction() as tx:
        for name in names:
            variant = random.choice(("x1:a", "x1:b"))
            await keep(tx, name, variant, action=random.choice((Action.SEND, Action.REVIEW)))
            first = await tx.connection.scalar(
                select(decisions.c.action).where(decisions.c.conversation_id == talk_id(name))
            )
            rows = [(first is Action.SEND, None)]
            rows += [
                await decide_again(tx, name, turn, variant, random) for turn in range(2, random.randint(2, 5))
            ]
            score = random.choice((None, 1, 4, 5))
            if score:
                await tx.ratings.put(Rating(talk_id(name), score, "", AT))
            told[name] = (variant, rows, score)
    await FactKeeper(database, lambda: AT).refresh()
    async with database.snapshot() as tx:
        arms = await tx.outcomes.of_experiment("x1")
        newest = await tx.outcomes.newest_of_b("x1", 7)
    for variant, arm in zip(("x1:a", "x1:b"), arms, strict=True):
        mine = [(rows, score) for of, rows, score in told.values() if of == variant]
        alone = [(rows, score) for rows, score in mine if any(sent for sent, _ in rows)]
        checked = [said for rows, _ in alone if (said := [r for _, r in rows if r is not None])]
        rated = [score for _, score in alone if score]
        assert arm.sent == Share(len(alone), len(mine))
        assert arm.wrong == Share(sum(not all(said) for said in checked), len(checked))
        assert arm.unhappy == Share(sum(score < 4 for score in rated), len(rated))
        assert 0 < arm.wrong.k < arm.wrong.n < arm.sent.n
    sent_by_b = [
        name for name, (of, rows, _) in told.items() if of == "x1:b" and any(sent for sent, _ in rows)
    ]
    assert [one.conversation_id for one in newest] == [talk_id(name) for name in reversed(sent_by_b)][:7]


async def test_the_sums_of_an_experiment_read_an_index(sqlite_database):
    for query in (OF_ARMS, NEWEST):
        given = {"variants": ["x1:a"], "most": 9}
        bound = query.params(**{key: value for key, value in given.items() if key in query.compile().params})
        sql = str(bound.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
        async with sqlite_database.snapshot() as tx:
            plan = [row.detail for row in await tx.connection.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
        assert any("INDEX ix_decisions_variant (variant=?)" in step for step in plan), plan


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("OTHER@customer", ["other"]),
        ("customer b", ["b"]),
        ("100% a?", ["a"]),
        ("10%a", []),
        ("_", []),
        ("100%", ["other", "b", "a", "plain"]),
    ],
)
async def test_conversations_are_found_by_what_was_typed_and_by_nothing_else(database, kept, typed, names):
    async with database.snapshot() as tx:
        found = await tx.outcomes.find(typed, 10)
    assert [one.conversation_id for one in found] == [talk_id(name) for name in names]


async def test_answers_to_review_say_who_sent_them(database, kept):
    async with database.transaction() as tx:
        by_hand = draft(conversation_id=talk_id("plain"), turn=2)
        await tx.drafts.add(by_hand)
        place = {"conversation_id": talk_id("plain"), "turn": 2}
        decided = decision(**place, action=Action.SEND, actor="UKIM")
        await tx.decisions.add(decided)
        sent = {"state": DeliveryState.SENT, "sender": Sender.AGENT, "author": "UKIM"}
        await tx.deliveries.add(delivery(**place, **sent, decision_id=decided.id, draft_id=by_hand.id))
    async with database.snapshot() as tx:
        automatic = await tx.scorecards.automatic(AT - MINUTE, 1.0, 0, 10)
        assert {one.draft_id for one in automatic} == {one.id for one in kept.values()}
        assert await tx.scorecards.automatic(AT - MINUTE, 1.0, 1, 10) == ()
        assert (automatic[0].confidence, automatic[0].picked, automatic[0].agent) == (0.7, True, "")
        (by_agent,) = await tx.scorecards.by_agents(10)
    assert by_agent == Reviewable(by_hand.id, talk_id("plain"), Channel.EMAIL, AT, 1.0, True, "UKIM")


async def test_a_reviewer_has_one_scorecard_for_an_answer_the_last(database, kept):
    first = Scorecard(kept["a"].id, "UKIM", True, True, True, None, True, "", AT)
    second = replace(first, right=False, tone=None, note="Too long.", at=AT + MINUTE)
    other = replace(first, reviewer="UBOSS", at=AT + 2 * MINUTE)
    async with database.transaction() as tx:
        for card in (first, second, other):
            await tx.scorecards.put(card)
    async with database.snapshot() as tx:
        assert {one.reviewer: one for one in await tx.scorecards.of([first.draft_id])} == {
            "UKIM": second,
            "UBOSS": other,
        }
        assert list(await tx.scorecards.since(AT + MINUTE)) == [other, second]
        assert list(await tx.scorecards.of([])) == []


@pytest.mark.parametrize("value", ["assist", 0.85, True, ["charge*back"], {"returns": 0.95}])
async def test_history_tells_what_was_set_before_as_it_was(database, value):
    async with database.transaction() as tx:
        for number, one in enumerate((value, None, value)):
            await tx.settings.set(Setting("some.key", one, "UBOSS", AT + number * MINUTE))
    async with database.snapshot() as tx:
        rows = await tx.settings.history(10)
    assert [(row.value, row.before) for row in rows] == [(value, None), (None, value), (value, None)]
