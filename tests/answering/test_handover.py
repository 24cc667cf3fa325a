"""The handover says nothing that does not stand somewhere, and says where."""

from dataclasses import replace

from bot.answering.handover import Line, handover
from bot.core.model import Action, Reason, Sender
from tests import builders as make


def lines(case, about):
    return [(line.text, line.origin) for line in handover(case) if line.about == about]


def escalated(case, *codes):
    draft = make.draft()
    reasons = tuple(Reason(code, code) for code in codes)
    decision = make.decision(draft_id=draft.id, action=Action.ESCALATE, reasons=reasons)
    return replace(case, draft=draft, decisions=(decision,))


def test_first_message_of_an_upset_customer():
    said = "Hello,\n\nI am furious. The lamp arrived broken. When do I get a new one?\n\nRegards\nAda"
    case = escalated(make.case(messages=(make.message(content=said),), earlier=2, chasing=1), "complaint")
    assert lines(case, "Wants") == [("“When do I get a new one?”", "message 1")]
    assert lines(case, "Tried") == [("Nothing was answered yet", "the conversation")]
    assert lines(case, "Mood") == [("Unhappy or in trouble (“broken”)", "message 1")]
    assert lines(case, "Known") == [
        ("The article “Delivery times” comes closest", "article delivery-times"),
        ("2 earlier conversations, 1 open", "the desk"),
    ]
    ((step, origin),) = lines(case, "Next")
    assert (step[:9], origin) == ("Say sorry", "rule complaint")


def test_what_was_tried_is_the_last_answer():
    talk = (
        make.message(seq=1, content="How do I return it?"),
        make.message(seq=2, sender=Sender.AI, content="Hi Ada! You can return it within 60 days. [1]"),
        make.message(seq=3, turn=2, content="That is not what I asked. i need the label"),
    )
    case = escalated(make.case(messages=talk, conversation=make.conversation(turn=2)), "confidence")
    ((tried, origin),) = lines(case, "Tried")
    assert (tried, origin) == (
        "1 answer, the last by threadpilot: “You can return it within 60 days.”",
        "message 2",
    )
    assert lines(case, "Wants") == [("“That is not what I asked.”", "message 3")]
    assert lines(case, "Mood") == [("Calm, as far as words tell", "message 3")]


def test_unsure_answers_ask_for_an_article():
    case = escalated(make.case(), "no_answer")
    assert lines(case, "Next") == [
        ("Answer it, and let the answer become an article", "no article answers it surely")
    ]


def test_by_hand_and_without_anything_to_say():
    assert lines(escalated(make.case(), "by_hand"), "Next") == []
    assert handover(make.case(messages=())) == (
        Line("Tried", "Nothing was answered yet", "the conversation"),
    )


def test_endless_words_are_cut():
    case = make.case(messages=(make.message(content=f"How {'very ' * 500} long?"),))
    assert all(len(line.text) < 260 for line in handover(case))
