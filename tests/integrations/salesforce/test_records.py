"""Conversations put on record in Salesforce: cases, comments and tasks, once each, whatever happens between."""

from dataclasses import replace

import pytest

from bot.core.context import Look, Outcome
from bot.core.errors import OutcomeUnknown, Refused, Unavailable
from bot.core.model import Case, Channel, Inbound, Sender, Status
from bot.core.ports.records import AnswerSent, Began, CameIn, NoteTaken, StatusChanged, Written
from bot.services.intake import Intake
from bot.services.syncing import Syncing
from integrations.salesforce.client import refusal
from integrations.salesforce.records import SalesforceRecords
from sandbox.salesforce.schema import KINDS
from storage.database import open_database
from storage.signals import LocalSignals
from tests import builders as b
from tests.builders import AT
from tests.fakes import FakeClock
from tests.integrations.salesforce.conftest import Org

JONAS = "jonas.weber@posthaus.example"
ANSWER = b.message(seq=2, sender=Sender.AI, content="It arrives tomorrow.")


@pytest.fixture
def records(org: Org) -> SalesforceRecords:
    return SalesforceRecords(org.api)


@pytest.fixture(autouse=True)
def nothing_on_record(org: Org) -> None:
    for kind in ("Case", "Task"):
        for one in org.state.all(KINDS[kind]):
            org.state.forget(one["Id"])


@pytest.fixture
def case(org: Org) -> Case:
    """Jonas's case, who was found in Salesforce."""
    contact = next(one for one in org.state.all(KINDS["Contact"]) if one["Email"] == JONAS)
    look = Look("Salesforce", Outcome.FOUND, AT, ids=(contact["Id"],))
    return b.case(customer=b.customer(address=JONAS, name="Jonas Weber", looks=(look,)))


def kept(org: Org, kind: str):
    return org.state.all(KINDS[kind])


async def begin(records: SalesforceRecords, case: Case, *, doubtful: bool = False) -> Written:
    return await records.write(Began(case.conversation.id, case, "", case.messages[0]), doubtful=doubtful)


async def test_a_conversation_is_a_case_of_the_contact_and_made_once(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    first = await begin(records, case)
    assert await begin(records, case, doubtful=True) == first
    (made,) = kept(org, "Case")
    assert (first.external_id, first.url) == (made["Id"], f"{org.sandbox.url}/{made['Id']}")
    assert (made["Subject"], made["Origin"], made["SuppliedEmail"]) == ("Where is my parcel?", "Email", JONAS)
    assert (made["ContactId"], made["Threadpilot_Id__c"]) == (
        case.customer.looks[0].ids[0],
        case.conversation.id,
    )


async def test_what_was_said_becomes_comments_and_an_answer_a_task_as_well(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    record = (await begin(records, case)).external_id
    more = b.message(seq=3, content="Thank you", author="Jonas Weber")
    for entry in (
        AnswerSent(ANSWER.id, case, record, ANSWER),
        CameIn(more.id, case, record, more),
        NoteTaken("n1", case, record, b.note(author="UKIM")),
        StatusChanged("s1", case, record, "Closed", ""),
    ):
        await records.write(entry, doubtful=False)
    said = [one["CommentBody"] for one in kept(org, "CaseComment")]
    assert [words.splitlines()[0] for words in said] == [
        "threadpilot answered by itself:",
        "Jonas Weber wrote:",
        "Note by UKIM in Slack:",
    ]
    assert not any(one["IsPublished"] for one in kept(org, "CaseComment"))
    (task,) = kept(org, "Task")
    assert (task["Subject"], task["Status"], task["Type"]) == (
        "Answer: Where is my parcel?",
        "Completed",
        "Email",
    )
    assert (task["WhatId"], task["WhoId"]) == (record, case.customer.looks[0].ids[0])
    assert kept(org, "Case")[0]["IsClosed"] is True


async def test_an_attempt_that_may_have_worked_is_looked_for_first(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    sent = AnswerSent(ANSWER.id, case, (await begin(records, case)).external_id, ANSWER)
    first = await records.write(sent, doubtful=False)
    assert await records.write(sent, doubtful=True) == first
    other = replace(sent, id="another")
    assert await records.write(other, doubtful=True) != first
    assert (len(kept(org, "CaseComment")), len(kept(org, "Task"))) == (2, 2)


async def test_a_contact_that_is_gone_keeps_nothing_from_being_on_record(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    org.state.delete(KINDS["Contact"], case.customer.looks[0].ids[0])
    made = await begin(records, case)
    await records.write(AnswerSent(ANSWER.id, case, made.external_id, ANSWER), doubtful=False)
    assert (kept(org, "Case")[0]["ContactId"], kept(org, "Task")[0]["WhoId"]) == (None, None)
    assert len(kept(org, "CaseComment")) == 1


@pytest.mark.parametrize("words", ["é" * 64_000, "<b>bold</b>" * 6_000, "short", ""])
async def test_a_long_text_is_cut_to_the_bytes_that_a_comment_takes(
    org: Org, records: SalesforceRecords, case: Case, words: str
) -> None:
    long = replace(ANSWER, content=words)
    await records.write(
        AnswerSent(long.id, case, (await begin(records, case)).external_id, long), doubtful=False
    )
    (comment,) = kept(org, "CaseComment")
    assert len(comment["CommentBody"].encode()) <= 4_000
    assert comment["CommentBody"].endswith(f"[threadpilot {ANSWER.id}]")


async def test_a_contact_who_was_found_later_comes_to_the_case_with_its_status(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    made = await begin(records, replace(case, customer=b.customer(address=JONAS)))
    assert kept(org, "Case")[0]["ContactId"] is None
    await records.write(StatusChanged("s", case, made.external_id, "Escalated", ""), doubtful=False)
    assert kept(org, "Case")[0]["ContactId"] == case.customer.looks[0].ids[0]
    org.state.delete(KINDS["Contact"], case.customer.looks[0].ids[0])
    await records.write(StatusChanged("s", case, made.external_id, "Closed", ""), doubtful=False)
    assert kept(org, "Case")[0]["Status"] == "Closed"


async def test_a_case_that_is_gone_is_refused_and_leaves_no_half(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    made = await begin(records, case)
    org.state.delete(KINDS["Case"], made.external_id)
    with pytest.raises(Refused, match="MALFORMED_ID"):
        await records.write(AnswerSent(ANSWER.id, case, made.external_id, ANSWER), doubtful=False)
    with pytest.raises(Refused):
        await records.write(StatusChanged("s", case, made.external_id, "Closed", ""), doubtful=True)
    with pytest.raises(Refused):
        await records.write(NoteTaken("n", case, "no id'", b.note()), doubtful=True)
    assert (kept(org, "CaseComment"), kept(org, "Task")) == ([], [])


async def test_two_cases_with_our_id_are_said_and_not_guessed(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    for _ in range(2):
        org.create("Case", Threadpilot_Id__c=case.conversation.id)
    with pytest.raises(Refused, match="300"):
        await begin(records, case)


@pytest.mark.parametrize(
    ("status", "word"),
    [(Status.RESOLVED, "Closed"), (Status.ESCALATED, "Escalated"), (Status.WAITING, "Working")],
)
def test_our_statuses_have_a_word_there(records: SalesforceRecords, status: Status, word: str) -> None:
    assert (records.word_for(status), records.wants(b.case())) == (word, True)


@pytest.mark.parametrize(("code", "kind"), [("UNABLE_TO_LOCK_ROW", Unavailable), ("INVALID_FIELD", Refused)])
def test_a_lock_passes_and_a_wrong_field_does_not(code: str, kind: type[Exception]) -> None:
    assert isinstance(refusal(code), kind)


async def test_what_waited_for_salesforce_is_written_in_order_once_it_is_back(org: Org) -> None:
    clock = FakeClock()
    async with open_database(
        "sqlite+aiosqlite://", LocalSignals(), clock, followers=("salesforce",)
    ) as database:
        syncing = Syncing(database, SalesforceRecords(org.api), clock)
        intake = Intake(database, clock)
        first = await intake.receive(Inbound(Channel.CHAT, "1", "visitor", "One", name="Jo"))
        org.weather(disconnect=True)
        with pytest.raises((Unavailable, OutcomeUnknown)):
            await syncing(first.conversation_id, retried=False)
        for number, text in enumerate(("Two", "Three"), 2):
            clock.move(seconds=1)
            await intake.receive(Inbound(Channel.CHAT, str(number), "visitor", text, name="Jo"))
        org.weather()
        for _ in range(2):
            await syncing(first.conversation_id, retried=False)
        async with database.snapshot() as tx:
            case = await tx.conversations.case(first.conversation_id)
    (made,) = kept(org, "Case")
    assert [one["CommentBody"].splitlines()[2] for one in kept(org, "CaseComment")] == ["Two", "Three"]
    assert (made["Description"], made["Origin"], made["Status"]) == ("One", "Web", "Working")
    assert [(ref.system, ref.external_id, ref.trouble) for ref in case.records] == [
        ("salesforce", made["Id"], "")
    ]
