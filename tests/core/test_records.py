"""What a record system is still to be told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.model import Channel, RefState, Sender, Status
from bot.core.ports.records import AnswerSent, Began, CameIn, NoteTaken, Remark, StatusChanged, Voice
from bot.core.records import began_with, by_line, outstanding, status_entry, too_many, unheard
from tests.builders import AT, case, conversation, message, note, ref
from tests.fakes import FakeRecords

TALK = conversation()
QUESTION = message()
ANSWER = message(seq=2, sender=Sender.AI, created_at=AT + timedelta(minutes=2))
THANKS = message(seq=3, created_at=AT + timedelta(minutes=3))
NOTE = note(created_at=AT + timedelta(minutes=1))
RECORD = ref()


def told(**values):
    refs = {each.entry_id: each for each in values.pop("refs", (RECORD,))}
    whole = case(messages=(QUESTION, ANSWER, THANKS), notes=(NOTE,), **values)
    return outstanding(whole, refs, FakeRecords(carries=Channel.ZENDESK))


def test_a_conversation_begins_with_its_first_message_and_nothing_else():
    (began,) = told(refs=())
    assert isinstance(began, Began)
    assert (began.id, began.message, began.record) == (TALK.id, QUESTION, "")


@pytest.mark.parametrize("machine", [{"automatic": "an automatic reply"}, {"keyword": "stop"}])
def test_what_only_machines_wrote_is_no_record_until_one_of_us_heeds_it(machine):
    def begins(*more, status=Status.HELD, **values):
        whole = case(
            messages=(message(metadata=machine), *more), conversation=conversation(status=status), **values
        )
        return [type(entry) for entry in outstanding(whole, {}, FakeRecords())] == [Began]

    assert not begins()
    assert not begins(status=Status.WORKING)
    assert begins(status=Status.ESCALATED)
    assert begins(notes=(NOTE,))
    assert begins(ANSWER)
    assert begins(message(seq=2))


def test_one_that_could_not_begin_begins_again():
    parked = ref(state=RefState.PARKED, external_id="", trouble="no")
    assert [type(entry) for entry in told(refs=(parked,))] == [Began]


def test_what_was_said_follows_in_order_of_time_and_the_status_last():
    entries = told()
    assert [type(entry) for entry in entries] == [NoteTaken, AnswerSent, CameIn, StatusChanged]
    assert {entry.record for entry in entries} == {"1"}


def test_what_is_written_or_parked_is_not_told_again_and_what_was_cut_short_is():
    done, parked = ref(entry_id=NOTE.id), ref(entry_id=ANSWER.id, state=RefState.PARKED)
    begun = ref(entry_id=THANKS.id, state=RefState.OPEN)
    assert [entry.id for entry in told(refs=(RECORD, done, parked, begun))] == [
        THANKS.id,
        status_entry(TALK.id),
    ]


def test_a_status_is_told_when_its_word_is_another():
    said = [ref(entry_id=one.id) for one in (NOTE, ANSWER, THANKS)]
    known = ref(entry_id=status_entry(TALK.id), external_id="open")
    assert told(refs=(RECORD, *said, known)) == []
    (again,) = told(refs=(RECORD, *said, replace(known, state=RefState.OPEN, trouble="slow")))
    assert isinstance(again, StatusChanged)
    resolved = conversation(status=Status.RESOLVED)
    (entry,) = told(refs=(RECORD, *said, known), conversation=resolved)
    assert isinstance(entry, StatusChanged)
    assert entry.word == "solved"


def test_a_conversation_that_the_system_carries_itself_is_told_notes_and_status_only():
    theirs = conversation(channel=Channel.ZENDESK)
    assert [type(entry) for entry in told(conversation=theirs)] == [NoteTaken, StatusChanged]


def test_what_was_merged_in_before_the_message_a_record_began_with_is_told_unless_it_was():
    moved = message(id="f" * 32, seq=1, created_at=AT - timedelta(minutes=5), content="Earlier")
    first, carried = ref(entry_id=QUESTION.id, mark=began_with(TALK.id)), ref(entry_id=moved.id)
    whole = case(messages=(moved, replace(QUESTION, seq=2)))

    def said(*refs):
        entries = outstanding(whole, {each.entry_id: each for each in refs}, FakeRecords())
        return [getattr(entry, "message", None) for entry in entries]

    assert said(RECORD, first) == [moved, None]
    assert said(RECORD, first, carried) == [None]


def test_a_note_says_where_it_was_typed():
    assert by_line(note(author="U1")) == "Note by U1 in Slack:"
    assert by_line(note(author="Robin", desk_ref="zendesk:35/9")) == "Note by Robin in Zendesk:"


def test_what_is_not_wanted_or_says_nothing_is_not_told():
    assert outstanding(case(), {}, FakeRecords(wanted=False)) == ()
    assert outstanding(case(messages=()), {}, FakeRecords()) == ()


def test_our_own_words_and_what_is_known_are_no_news():
    said = [
        Remark(str(n), voice, "Robin", "x", AT)
        for n, voice in enumerate((Voice.OURS, Voice.AGENT, Voice.CUSTOMER))
    ]
    assert [one.id for one in unheard(said, {"1"})] == ["2"]


def test_more_than_people_say_in_a_minute_is_too_many():
    crossed = [AT - timedelta(seconds=5 * n) for n in range(11)]
    assert too_many(crossed, AT)
    assert not too_many(crossed, AT + timedelta(seconds=15))
    assert not too_many(crossed[:10], AT)


def test_what_an_agent_wrote_first_waits_for_the_customers_word():
    ours = message(sender=Sender.AGENT)
    reply = message(seq=2, created_at=AT + timedelta(minutes=2))
    system = FakeRecords(carries=Channel.ZENDESK)
    assert outstanding(case(messages=(ours,)), {}, system) == ()
    (began,) = outstanding(case(messages=(ours, reply)), {}, system)
    assert began.message == reply
    after = outstanding(case(messages=(ours, reply)), {RECORD.entry_id: RECORD}, system)
    assert [type(entry) for entry in after] == [AnswerSent, StatusChanged]
