"""Wherever messages are moved: what was unanswered stays so, what was answered too, and the order is that of time."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Case, Sender, Status
from bot.core.moving import merged, places_of, split_off
from tests.builders import AT, case, conversation, message


@st.composite
def talks(draw: st.DrawFn, name: str = "a") -> Case:
    """Draw a conversation as intake and delivery make them: answers belong to a turn that there has been."""
    turn, messages = 0, []
    moments = sorted(draw(st.lists(st.integers(0, 50), min_size=1, max_size=8)))
    for seq, minute in enumerate(moments, 1):
        asks = turn == 0 or draw(st.booleans())
        turn += asks
        said: dict[str, Any] = {"turn": turn} if asks else {"turn": draw(st.integers(1, turn))}
        sender = Sender.CUSTOMER if asks else Sender.AGENT
        moment = AT + timedelta(minutes=minute)
        messages.append(message(conversation_id=name, seq=seq, sender=sender, created_at=moment, **said))
    status = draw(st.sampled_from([Status.WORKING, Status.RESOLVED]))
    return case(conversation=conversation(id=name, turn=turn, status=status), messages=tuple(messages))


def unanswered(talk: Case) -> set[str]:
    closed = talk.conversation.status is Status.RESOLVED
    return set() if closed else {m.id for m in talk.unanswered}


@given(talks("source"), talks("target"))
def test_a_merge_keeps_what_is_open_and_what_is_done(source: Case, target: Case) -> None:
    places, turn = merged(source, target)
    by_id = {m.id: m for m in (*source.messages, *target.messages)}
    assert [one.seq for one in places] == list(range(1, len(by_id) + 1))
    times = [by_id[one.id].created_at for one in places]
    assert times == sorted(times)
    messages = tuple(
        message(
            id=one.id,
            conversation_id="target",
            seq=one.seq,
            turn=one.turn,
            sender=by_id[one.id].sender,
            created_at=by_id[one.id].created_at,
        )
        for one in places
    )
    after = case(conversation=conversation(id="target", turn=turn), messages=messages)
    assert {m.id for m in after.unanswered} == unanswered(source) | {m.id for m in target.unanswered}
    assert turn == target.conversation.turn or unanswered(source)
    assert all(one.turn <= turn for one in places)


@given(talks(), st.data())
def test_a_split_takes_a_message_and_what_came_after_it(talk: Case, data: st.DataObject) -> None:
    asked = [m for m in talk.messages if m.sender is Sender.CUSTOMER]
    first = data.draw(st.sampled_from(asked))
    leaving, places = split_off(talk, first)
    assert leaving[0] is first
    assert places[0].turn == 1
    assert [one.id for one in places] == [m.id for m in leaving]
    stays = [m for m in talk.messages if m not in leaving]
    assert all(m.seq < first.seq or m.turn < first.turn for m in stays)
    assert not any(m.seq > first.seq for m in stays if m.sender is Sender.CUSTOMER)


def test_places_are_where_messages_stand() -> None:
    talk = case(messages=(message(), message(seq=2, turn=2)))
    assert [(one.seq, one.turn) for one in places_of(talk)] == [(1, 1), (2, 2)]
