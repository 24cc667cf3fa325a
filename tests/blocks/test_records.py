"""Where else a conversation stands, what is missing there, and what was noted there."""

from blocks.card import root_card
from blocks.thread import leaves
from bot.core.model import RefState
from tests.blocks import reading
from tests.builders import AT, case, note, ref


def card(*records):
    _, blocks = root_card(case(records=records), threshold=0.9, now=AT)
    return reading.said(blocks)


def test_the_card_links_the_record():
    record = ref(system="zendesk", external_id="35", url="https://acme.example/agent/tickets/35")
    assert "<https://acme.example/agent/tickets/35|Zendesk ticket 35>" in card(record)


def test_the_card_says_once_for_each_system_what_is_missing():
    late = ref(system="zendesk", entry_id="a", state=RefState.OPEN, trouble="It does not answer.")
    later = ref(system="zendesk", entry_id="b", state=RefState.OPEN, trouble="It is slow")
    parked = ref(system="salesforce", entry_id="c", state=RefState.PARKED, trouble="Too <long>")
    text = card(late, later, parked)
    assert "*Not in Zendesk yet:* It does not answer" in text
    assert "It is slow" not in text
    assert "*Not written to Salesforce:* Too &lt;long&gt;" in text


def test_a_card_without_records_says_nothing_of_them():
    assert "card_index" not in card(ref(external_id="", url=""))


def test_a_note_from_elsewhere_stands_in_the_thread_and_one_from_here_does_already():
    here, there = note(), note(desk_ref="zendesk:35/77", author="Robin *Park*", content="Look at <this>")
    assert [leaf.name for leaf in leaves(case(notes=(here,)))] == []
    message, added = leaves(case(notes=(here, there)))
    assert message.name.startswith("message:")
    assert added.name == f"note:{there.id}"
    text = reading.said(added.blocks)
    assert "*Robin ∗Park∗* noted in Zendesk" in text
    assert "Look at &lt;this&gt;" in text
    assert "_(empty note)_" in reading.said(
        leaves(case(notes=(note(desk_ref="zendesk:1", content=""),)))[1].blocks
    )
