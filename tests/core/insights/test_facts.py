"""The rules of what counts, one by one; that they add up, tests/storage/insights shows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.insights.facts import History, Sent, case_facts, quarter_begins, turn_facts
from bot.core.model import Action, DeliveryState, Rating, Reason, Sender
from tests.builders import AT, conversation, decision, delivery, draft, message, verdict


def after(**span):
    return AT + timedelta(**span)


def answer(seq=2, at=None, author="", **values):
    sender = Sender.AGENT if author else Sender.AI
    given = {"sender": sender, "metadata": {"delivery": delivery().id}} | values
    return message(seq=seq, author=author, created_at=at or after(minutes=1), **given)


SENT = delivery(state=DeliveryState.SENT)
ALONE = History(
    conversation(),
    [message(), answer()],
    [draft()],
    [decision(action=Action.SEND, reasons=(Reason("sure", "Sure"),))],
    [SENT],
)


def with_message(history, **values):
    seq = len(history.messages) + 1
    return replace(history, messages=[*history.messages, message(seq=seq, **values)])


def automated(history):
    facts = case_facts(history)
    return facts.automated, facts.durable


def test_answered_alone_and_quiet_is_automated():
    facts = case_facts(ALONE)
    assert (facts.asked, facts.answered, facts.automated, facts.durable) == (True, True, True, True)
    assert (facts.resolution_s, facts.escalated, facts.reopened, facts.repeated) == (60, False, False, False)
    assert quarter_begins(facts.quarter) == AT


@pytest.mark.parametrize(
    ("back", "kept"),
    [
        ({"hours": 1}, (False, False)),
        ({"hours": 72}, (False, False)),
        ({"hours": 72, "seconds": 1}, (True, False)),
        ({"days": 7}, (True, False)),
        ({"days": 7, "seconds": 1}, (True, True)),
    ],
)
def test_who_comes_back_soon_was_not_helped(back, kept):
    again = replace(ALONE, next_contact_at=after(minutes=1) + timedelta(**back))
    assert automated(again) == kept
    assert case_facts(again).repeated is not kept[0]


@pytest.mark.parametrize(
    "changed",
    [
        replace(ALONE, conversation=conversation(assignee="UKIM")),
        replace(ALONE, conversation=conversation(escalated=True)),
        replace(ALONE, decisions=[*ALONE.decisions, decision(action=Action.ESCALATE)]),
        replace(ALONE, decisions=[*ALONE.decisions, decision(action=Action.REVIEW, actor="UKIM")]),
        replace(ALONE, messages=[message(), answer(author="UKIM")]),
        replace(ALONE, messages=[message(), answer(author="UKIM", sender=Sender.AI)]),
        replace(ALONE, deliveries=[replace(SENT, state=DeliveryState.BOUNCED)]),
        replace(ALONE, messages=[message()]),
        with_message(ALONE, turn=2, created_at=after(hours=1)),
    ],
    ids="taken escalated escalation stopped agent resent bounced unanswered waits".split(),
)
def test_whatever_a_person_did_or_is_still_to_do_makes_it_none(changed):
    assert automated(changed) == (False, False)


def test_thanks_machines_judging_and_closing_change_nothing():
    kept = with_message(ALONE, turn=2, content="Thank you!", created_at=after(hours=1))
    kept = with_message(
        kept, turn=2, content="I am away", metadata={"automatic": "away"}, created_at=after(hours=2)
    )
    kept = replace(kept, verdicts=[verdict()], resolved_at=[after(minutes=30)])
    assert automated(kept) == (True, True)
    assert case_facts(kept).reopened is False


def test_who_writes_after_it_was_closed_has_reopened_it():
    closed = replace(ALONE, resolved_at=[after(minutes=30)])
    again = with_message(closed, turn=2, created_at=after(hours=3))
    again = replace(again, messages=[*again.messages, answer(seq=4, turn=2, at=after(hours=3, minutes=1))])
    assert case_facts(again).reopened
    assert automated(again) == (False, False)


def test_a_conversation_into_which_older_messages_were_merged_began_with_those():
    younger = replace(conversation(), created_at=after(hours=3))
    facts = case_facts(replace(ALONE, conversation=younger))
    assert (facts.begun_at, quarter_begins(facts.quarter), facts.resolution_s) == (AT, AT, 60)


def test_machines_alone_are_nobodys_question():
    facts = case_facts(replace(ALONE, messages=[message(metadata={"automatic": "away"})], rating=None))
    assert (facts.asked, facts.automated, facts.resolution_s, facts.ended_quarter) == (
        False,
        False,
        None,
        None,
    )
    assert turn_facts(replace(ALONE, messages=[message(metadata={"automatic": "away"})])) == ()


def test_a_rating_is_kept():
    assert case_facts(replace(ALONE, rating=Rating(conversation().id, 4, "", AT))).score == 4


def test_a_turn_that_was_answered_alone():
    (turn,) = turn_facts(replace(ALONE, verdicts=[verdict(good=False)]))
    assert (turn.sent, turn.wait_s, turn.first, turn.agent) == (Sent.ALONE, 60, True, "")
    assert (turn.action, turn.reason, turn.confidence) == (Action.SEND, "sure", 930)
    assert (turn.article, turn.approval_s, turn.edit, turn.good) == ("delivery-times", None, None, False)


def by_hand(code, text=SENT.text, sender=Sender.AGENT, policy=Action.REVIEW):
    sent = decision(
        action=Action.SEND, actor="UKIM", reasons=(Reason(code, ""),), created_at=after(minutes=5)
    )
    row = replace(SENT, decision_id=sent.id, text=text)
    said = replace(
        answer(author="UKIM"), sender=sender, metadata={"delivery": row.id}, created_at=after(minutes=6)
    )
    return History(conversation(), [message(), said], [draft()], [decision(action=policy), sent], [row])


@pytest.mark.parametrize(
    ("history", "sent", "approval", "edit"),
    [
        (by_hand("approved"), Sent.APPROVED, 300, 0),
        (by_hand("edited", f"{SENT.text} Regards"), Sent.EDITED, 300, 71),
        (by_hand("edited", f"{draft().proposal.text}\n"), Sent.APPROVED, 300, 0),
        (by_hand("own", "No."), Sent.OWN, 300, None),
        (by_hand("approved", policy=Action.ESCALATE), Sent.APPROVED, None, 0),
        (by_hand("sure", sender=Sender.AI), Sent.APPROVED, 300, 0),
    ],
)
def test_a_turn_that_a_person_answered(history, sent, approval, edit):
    (turn,) = turn_facts(history)
    assert (turn.sent, turn.agent, turn.wait_s) == (sent, "UKIM", 360)
    assert (turn.approval_s, turn.edit) == (approval, edit)


def test_an_answer_ends_the_waiting_of_all_that_came_before_it():
    history = History(
        conversation(),
        [
            message(),
            message(seq=2, turn=2, created_at=after(hours=2)),
            answer(seq=3, turn=2, at=after(hours=2, minutes=1), author="UKIM", metadata={}),
            answer(seq=4, turn=2, at=after(hours=3), metadata={}),
            message(seq=5, turn=3, created_at=after(hours=5)),
            answer(seq=6, turn=3, at=after(hours=5, seconds=7), metadata={}),
        ],
    )
    first, second, third = turn_facts(history)
    assert (first.wait_s, first.sent, first.first) == (None, None, True)
    assert (second.wait_s, second.sent, second.first, second.quarter) == (
        7_260,
        Sent.OWN,
        True,
        first.quarter,
    )
    assert (third.wait_s, third.sent, third.first) == (7, Sent.ALONE, False)


def test_what_was_never_drafted_or_is_gone_has_no_confidence():
    lost = replace(ALONE, drafts=(), verdicts=[verdict()])
    (turn,) = turn_facts(lost)
    assert (turn.confidence, turn.article, turn.good) == (None, "", None)
    (turn,) = turn_facts(replace(ALONE, decisions=(), messages=[message()]))
    assert (turn.action, turn.reason, turn.sent) == (None, "", None)
    (turn,) = turn_facts(replace(by_hand("edited"), drafts=()))
    assert turn.edit is None


def turns_of(*decisions, verdicts=(), messages=ALONE.messages):
    history = replace(ALONE, messages=messages, verdicts=verdicts, decisions=[*ALONE.decisions, *decisions])
    return turn_facts(history)


ASKS_AGAIN = [*ALONE.messages, message(seq=3, turn=2, created_at=after(minutes=5))]
LATER = [*ASKS_AGAIN, message(seq=4, turn=3, created_at=after(minutes=9))]


@pytest.mark.parametrize(
    ("messages", "turn", "values", "missed"),
    [
        (ASKS_AGAIN, 1, {"actor": "UKIM"}, True),
        (ASKS_AGAIN, 2, {"actor": "UKIM"}, True),
        (ASKS_AGAIN, 2, {"reasons": (Reason("wants_human", "Asks for a person"),)}, True),
        (ASKS_AGAIN, 2, {"reasons": (Reason("vip", "A VIP"),)}, False),
        (LATER, 3, {"actor": "UKIM"}, False),
    ],
)
def test_what_was_soon_given_to_a_person_should_have_been_theirs(messages, turn, values, missed):
    escalated = decision(id="other", turn=turn, action=Action.ESCALATE, **values)
    assert turns_of(escalated, messages=messages)[0].missed is missed


def test_what_was_judged_wrong_should_have_been_a_persons():
    assert [one.missed for one in turns_of(verdicts=[verdict(good=False)])] == [True]
    assert [one.missed for one in turns_of(verdicts=[verdict(good=True)])] == [False]
