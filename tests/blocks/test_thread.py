from dataclasses import replace
from datetime import timedelta

import pytest

from blocks.thread import leaves
from bot.core.model import Case, Sender, Status
from tests import builders as b
from tests.blocks.cases import AGAIN, ASKED, AUTO, WAITING, maya
from tests.blocks.reading import context
from tests.blocks.states import STATES
from tests.builders import AT


def heard(case: Case) -> list[str]:
    return [leaf.text for leaf in leaves(case)]


@pytest.mark.parametrize("state", ["drafting", "waiting", "sent_by_itself", "sent_as_drafted", "escalated"])
def test_thread_is_empty_while_the_card_shows_everything(state: str) -> None:
    assert leaves(STATES[state]) == []


def test_second_question_writes_out_the_whole_talk_in_order() -> None:
    again = b.message(seq=3, turn=2, content="And when exactly?", created_at=AT + timedelta(minutes=30))
    said = heard(replace(AUTO, messages=(*AUTO.messages, again)))
    assert [line.split(":")[0] for line in said] == ["Maya Ortiz", "Answered by itself", "Maya Ortiz"]
    assert said[2] == "Maya Ortiz: And when exactly?"


def test_a_rating_by_text_message_is_told_by_the_card_and_writes_nothing_out() -> None:
    five = b.message(
        seq=3,
        content="5",
        metadata={"rating": 5, "automatic": "a rating"},
        created_at=AT + timedelta(hours=1),
    )
    told = b.event(text="The customer rates this 5 of 5.", created_at=five.created_at)
    assert leaves(replace(AUTO, messages=(*AUTO.messages, five), events=(told,))) == []


def test_events_stand_between_the_messages_at_their_time() -> None:
    taken = b.event(text="Woken by <@U0KIM>", created_at=AT + timedelta(minutes=3))
    case = replace(STATES["sent_edited"], events=(taken,))
    first, event, answer = leaves(case)
    assert first.name == f"message:{ASKED.id}"
    assert event.name == f"event:{taken.id}"
    assert event.text.startswith("Woken by <@U0KIM>\xa0\xa0·  <!date^")
    assert context(answer.blocks, "title").startswith(":white_check_mark: <@U0KIM> *answered*")


@pytest.mark.parametrize(
    ("told", "written"),
    [
        (["Taken by <@U0KIM>"], []),
        (["Taken by <@U0KIM>", "Resolved by <@U0KIM>"], []),
        (["Taken by <@U0KIM>", "Taken by <@U0BEN>, <@U0KIM> had it before"], ["Taken", "Taken"]),
        (["The customer was asked for a rating.", "The customer rates this 4 of 5: “Thanks”"], []),
        (["The customer rates this 4 of 5.", "The customer rates this 1 of 5."], ["The", "The"]),
        (["The customer could not be asked for a rating."], ["The"]),
        (["Resolved by <@U0KIM>", "Resolved by <@U0BEN>"], ["Resolved", "Resolved"]),
        (["Taken by <@U0KIM>", "The draft is dead: Ada wrote again"], ["Taken", "The"]),
    ],
)
def test_what_the_state_line_shows_is_written_out_only_with_what_it_does_not(
    told: list[str], written: list[str]
) -> None:
    events = tuple(b.event(id=f"e{n}", text=text) for n, text in enumerate(told))
    found = leaves(replace(STATES["sent_edited"], events=events))
    assert [leaf.text.split()[0] for leaf in found if leaf.name.startswith("event")] == written
    assert bool(found) == bool(written)


def test_cut_question_stands_in_full_beneath_the_card() -> None:
    long = b.message(content="word " * 8_000)
    found = leaves(maya(WAITING.conversation.status, messages=(long,)))
    assert [leaf.name for leaf in found] == [
        f"message:{long.id}",
        *(f"message:{long.id}:{n}" for n in range(2, 5)),
    ]
    words = "".join(
        block["text"]["text"] for leaf in found for block in leaf.blocks if block["type"] == "section"
    )
    assert words.count("word") == 8_000
    assert context(found[1].blocks, "title").endswith("continued")


def test_cut_answer_stands_in_full_beneath_the_card() -> None:
    said = b.message(seq=2, sender=Sender.AI, content="step\n" * 5_000)
    found = leaves(replace(AUTO, messages=(ASKED, said)))
    assert "".join(str(leaf.blocks) for leaf in found).count("step") == 5_000


def test_empty_message_is_said_to_be_empty() -> None:
    taken = b.event(text="Woken by <@U0KIM>")
    case = maya(WAITING.conversation.status, messages=(b.message(content=""),), events=(taken,))
    assert "_(empty message)_" in str(leaves(case))


@pytest.mark.parametrize(
    "told",
    [
        "The draft is dead: <https://evil.test|Click here> <@U0ADMIN1> wrote again before it was sent.",
        "<https://evil.test|Click here> by <@U0ADMIN1>",
        "Not delivered: 550 <@U0ADMIN1> <!channel>",
    ],
)
def test_name_of_a_customer_does_not_come_alive_in_an_event(told: str) -> None:
    (event,) = leaves(replace(STATES["waiting"], messages=(), events=(b.event(text=told),)))
    for shown in (event.text, context(event.blocks, "event")):
        assert shown.startswith(told.replace("<", "&lt;").replace(">", "&gt;"))


def test_attached_files_stand_beneath_their_message() -> None:
    first, *_ = leaves(replace(STATES["waiting_with_files"], events=(b.event(text="Woken by <@U0KIM>"),)))
    assert context(first.blocks, "files").startswith(":paperclip: label.pdf")


def test_what_a_machine_wrote_is_not_put_into_the_customers_mouth() -> None:
    said = leaves(STATES["machine_since"])[-1]
    assert said.text == "Sent by a machine: I am away until Monday."
    assert context(said.blocks, "title").startswith(":robot_face: *Sent by a machine:* out-of-office reply")


def test_a_strangers_words_are_not_put_into_the_customers_mouth() -> None:
    stranger = replace(AGAIN, metadata={"from": "eve@elsewhere.example"})
    first, second = leaves(maya(Status.WAITING, messages=(ASKED, stranger)))
    assert first.text.startswith("Maya Ortiz: ")
    assert second.text.startswith("eve@elsewhere.example: ")
    assert context(second.blocks, "title").startswith(
        ":warning: *eve@elsewhere.example* wrote, not *Maya Ortiz*"
    )
