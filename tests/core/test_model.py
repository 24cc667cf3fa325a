"""What a case tells about itself."""

from bot.core.model import Action, Sender
from tests import builders as make


def test_unanswered_are_the_messages_since_the_last_answer() -> None:
    first, answer, second = (
        make.message(),
        make.message(seq=2, sender=Sender.AI),
        make.message(seq=3, turn=2, content="and?"),
    )
    case = make.case(messages=(first, answer, second))
    assert case.unanswered == (second,)
    assert case.newest_inbound == second


def test_a_draft_of_an_earlier_turn_is_not_current() -> None:
    case = make.case(conversation=make.conversation(turn=2), draft=make.draft(turn=1))
    assert case.current_draft is None
    assert case.decision is None


def test_the_newest_decision_on_the_current_draft_counts() -> None:
    draft = make.draft()
    review = make.decision(draft_id=draft.id, action=Action.REVIEW)
    send = make.decision(draft_id=draft.id, action=Action.SEND, actor="U1")
    case = make.case(draft=draft, decisions=(review, send))
    assert case.decision == send


def test_an_empty_case_has_nothing() -> None:
    case = make.case(messages=(), draft=None, decisions=(), deliveries=())
    assert (case.newest_inbound, case.delivery, case.unanswered) == (None, None, ())
