"""Conversations put on record in Salesforce: cases, comments and tasks, once each, whatever happens between."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.context import Look, Outcome
from bot.core.errors import Gone, OutcomeUnknown, Refused, Unavailable
from bot.core.model import Case, Channel, Inbound, Sender, Status
from bot.core.ports.records import (
    AnswerSent,
    Began,
    CameIn,
    Changes,
    NoteTaken,
    RemoteFile,
    StatusChanged,
    Voice,
    Written,
)
from bot.core.sealing import OPEN
from bot.services.intake import Intake
from bot.services.syncing import Syncing
from bot.services.tickets import Tickets
from integrations.salesforce.client import refusal
from integrations.salesforce.records import SalesforceRecords
from sandbox.salesforce.schema import KINDS
from storage.database import open_database, utc_now
from storage.signals import LocalSignals
from tests import builders as b
from tests.builders import AT
from tests.fakes import FakeClock, in_time
from tests.integrations.salesforce.conftest import Org

JONAS = "jonas.weber@posthaus.example"
ANSWER = b.message(seq=2, sender=Sender.AI, content="It arrives tomorrow.")


@pytest.fixture
def records(org: Org) -> SalesforceRecords:
    return SalesforceRecords(org.api, org.budget, utc_now)


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


def person(org: Org, **values: str) -> str:
    """Return the id of a new user of the org's."""
    return org.create("User", **({"Name": "Ines Falk", "UserType": "Standard"} | values))["Id"]


def comment(org: Org, record: str, text: str, by: str = "") -> str:
    said = {"ParentId": record, "CommentBody": text}
    return org.state.create(KINDS["CaseComment"], said, by)["Id"]


def kept(org: Org, kind: str):
    return org.state.all(KINDS[kind])


async def begin(records: SalesforceRecords, case: Case, *, doubtful: bool = False) -> Written:
    return await records.write(
        Began(case.conversation.id, case, "", case.messages[0]), in_time(), doubtful=doubtful
    )


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


async def test_a_visitor_without_a_name_is_called_as_on_the_card(
    org: Org, records: SalesforceRecords
) -> None:
    visitor = b.customer(channel=Channel.CHAT, address="8b67ff0b-885a", name="")
    await begin(records, b.case(customer=visitor))
    assert [made["SuppliedName"] for made in kept(org, "Case")] == ["Visitor 885a"]


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
        await records.write(entry, in_time(), doubtful=False)
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
    first = await records.write(sent, in_time(), doubtful=False)
    assert await records.write(sent, in_time(), doubtful=True) == first
    other = replace(sent, id="another")
    assert await records.write(other, in_time(), doubtful=True) != first
    assert (len(kept(org, "CaseComment")), len(kept(org, "Task"))) == (2, 2)


async def test_a_contact_that_is_gone_keeps_nothing_from_being_on_record(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    org.state.delete(KINDS["Contact"], case.customer.looks[0].ids[0])
    made = await begin(records, case)
    await records.write(AnswerSent(ANSWER.id, case, made.external_id, ANSWER), in_time(), doubtful=False)
    assert (kept(org, "Case")[0]["ContactId"], kept(org, "Task")[0]["WhoId"]) == (None, None)
    assert len(kept(org, "CaseComment")) == 1


@pytest.mark.parametrize("words", ["é" * 64_000, "<b>bold</b>" * 6_000, "short", ""])
async def test_a_long_text_is_cut_to_the_bytes_that_a_comment_takes(
    org: Org, records: SalesforceRecords, case: Case, words: str
) -> None:
    long = replace(ANSWER, content=words)
    await records.write(
        AnswerSent(long.id, case, (await begin(records, case)).external_id, long), in_time(), doubtful=False
    )
    (comment,) = kept(org, "CaseComment")
    assert len(comment["CommentBody"].encode()) <= 4_000
    assert comment["CommentBody"].endswith(f"[threadpilot {ANSWER.id}]")


async def test_a_contact_who_was_found_later_comes_to_the_case_with_its_status(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    made = await begin(records, replace(case, customer=b.customer(address=JONAS)))
    assert kept(org, "Case")[0]["ContactId"] is None
    await records.write(
        StatusChanged("s", case, made.external_id, "Escalated", ""), in_time(), doubtful=False
    )
    assert kept(org, "Case")[0]["ContactId"] == case.customer.looks[0].ids[0]
    org.state.delete(KINDS["Contact"], case.customer.looks[0].ids[0])
    await records.write(StatusChanged("s", case, made.external_id, "Closed", ""), in_time(), doubtful=False)
    assert kept(org, "Case")[0]["Status"] == "Closed"


async def test_a_case_that_is_gone_is_refused_and_leaves_no_half(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    made = await begin(records, case)
    org.state.delete(KINDS["Case"], made.external_id)
    with pytest.raises(Refused, match="MALFORMED_ID"):
        await records.write(AnswerSent(ANSWER.id, case, made.external_id, ANSWER), in_time(), doubtful=False)
    with pytest.raises(Refused):
        await records.write(
            StatusChanged("s", case, made.external_id, "Closed", ""), in_time(), doubtful=True
        )
    with pytest.raises(Refused):
        await records.write(NoteTaken("n", case, "no id'", b.note()), in_time(), doubtful=True)
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
        "sqlite+aiosqlite://", LocalSignals(), clock, followers=("salesforce",), sealing=OPEN
    ) as database:
        syncing = Syncing(database, SalesforceRecords(org.api, org.budget, utc_now), clock)
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


# --- read back ------------------------------------------------------------------------------------------


async def test_a_case_is_read_in_one_request_with_who_said_what(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    record = (await begin(records, case)).external_id
    await records.write(AnswerSent(ANSWER.id, case, record, ANSWER), in_time(), doubtful=False)
    comment(org, record, "She called, too.", person(org))
    comment(org, record, "Any news?", person(org, Name="Jonas Weber", UserType="CspLitePortal"))
    comment(org, record, f"copied\n\n[threadpilot {ANSWER.id}]", person(org))
    await records.read(record, "")  # Who we are is asked once.
    org.state.log.clear()
    reading = await records.read(record, "")
    assert len(org.asked("composite")) == len(org.state.log) == 1
    assert (reading.status, reading.conversation_id) == ("New", case.conversation.id)
    assert [(one.voice, one.author, one.text) for one in reading.remarks][1:3] == [
        (Voice.AGENT, "Ines Falk", "She called, too."),
        (Voice.CUSTOMER, "Jonas Weber", "Any news?"),
    ]
    assert [one.voice for one in reading.remarks][0::3] == [Voice.OURS, Voice.OURS]
    assert not any(one.public for one in reading.remarks)
    assert (await records.read(record, reading.stamp)).remarks is None
    org.state.update(KINDS["Case"], kept(org, "Case")[0], {"Status": "Closed"})
    assert (await records.read(record, reading.stamp)).status == "Closed"


async def test_what_an_org_calls_closed_is_our_word_for_it(org: Org, case: Case) -> None:
    records = SalesforceRecords(org.api, org.budget, utc_now, words={Status.RESOLVED: "Done"})
    record = (await begin(records, case)).external_id
    org.state.update(KINDS["Case"], kept(org, "Case")[0], {"Status": "Closed"})
    assert (await records.read(record, "")).status == "Done"


async def test_a_case_that_was_deleted_is_gone(org: Org, records: SalesforceRecords, case: Case) -> None:
    record = (await begin(records, case)).external_id
    org.state.delete(KINDS["Case"], record)
    for one in (record, "no id'"):
        with pytest.raises(Gone):
            await records.read(one, "")


async def test_what_others_did_is_found_and_our_own_doing_is_not(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    hour_ago = utc_now() - timedelta(hours=1)
    record = (await begin(records, case)).external_id
    assert (await records.changed("", hour_ago)).records == []
    org.create("Case", Subject="Not a conversation")
    comment(org, record, "She called, too.", person(org))
    found = await records.changed("", hour_ago)
    assert (found.records, found.more) == ([record], False)
    assert (await records.changed(found.bookmark, hour_ago)).records == [
        record
    ]  # A while back, for what was late.
    later = (utc_now() + timedelta(minutes=1)).isoformat()
    assert await records.changed(later, hour_ago) == Changes([], later[:19] + "+00:00", more=False)
    org.state.allowance = 1
    await org.api.describe("Case") if org.budget.usage is None else org.budget.note("api-usage=99/100")
    assert await records.changed(found.bookmark, hour_ago) == Changes((), found.bookmark, more=False)


async def test_a_status_that_somebody_has_just_given_is_not_overwritten(
    org: Org, records: SalesforceRecords, case: Case
) -> None:
    record = (await begin(records, case)).external_id
    org.state.update(KINDS["Case"], kept(org, "Case")[0], {"Status": "On Hold"})
    with pytest.raises(Unavailable, match="just changed"):
        await records.write(StatusChanged("s", case, record, "Working", "New"), in_time(), doubtful=False)
    assert kept(org, "Case")[0]["Status"] == "On Hold"
    await records.write(StatusChanged("s", case, record, "Closed", "On Hold"), in_time(), doubtful=False)
    assert kept(org, "Case")[0]["Status"] == "Closed"


async def test_comments_have_no_files_and_reach_no_customer(records: SalesforceRecords) -> None:
    assert not records.brings(Channel.EMAIL)
    with pytest.raises(Refused):
        await records.content(RemoteFile("a.pdf", "application/pdf", 1, "https://x"))


async def test_who_we_are_must_be_known(org: Org, records: SalesforceRecords, case: Case) -> None:
    record = (await begin(records, case)).external_id
    org.state.user = ""
    with pytest.raises(Unavailable):
        await records.read(record, "")


async def test_what_people_do_in_a_case_comes_to_its_conversation(org: Org) -> None:
    """Through the services, as in the app: a note, the end, and what a customer says after it."""
    clock = FakeClock(utc_now())
    async with open_database(
        "sqlite+aiosqlite://", LocalSignals(), clock, followers=("salesforce",), sealing=OPEN
    ) as database:
        intake = Intake(database, clock)
        records = SalesforceRecords(org.api, org.budget, clock)
        cases = Tickets(database, records, records, intake, clock, takes_in=False)

        async def now() -> Case:
            clock.move(seconds=5)
            await cases(talk, retried=False)
            async with database.snapshot() as tx:
                found = await tx.conversations.case(talk)
            assert found is not None
            return found

        hello = Inbound(Channel.CHAT, "1", "visitor", "One", name="Jo")
        talk = (await intake.receive(hello)).conversation_id
        await now()
        (made,) = kept(org, "Case")
        ines = person(org)
        comment(org, made["Id"], "She called, too.", ines)
        await cases.poll()
        assert [(note.author, note.content, note.system) for note in (await now()).notes] == [
            ("Ines Falk", "She called, too.", "salesforce")
        ]
        org.state.update(KINDS["Case"], kept(org, "Case")[0], {"Status": "Closed"}, ines)
        resolved = await now()
        assert resolved.conversation.status is Status.RESOLVED
        assert resolved.events[-1].text == "Resolved in Salesforce"
        await intake.receive(replace(hello, external_id="2", text="Two", conversation_hint=talk))
        assert (await now()).conversation.status is Status.WORKING
        assert (kept(org, "Case")[0]["Status"], len(kept(org, "CaseComment"))) == ("Working", 2)
        org.state.delete(KINDS["Case"], made["Id"])
        (ref,) = (await now()).records
        assert ref.trouble == "It was deleted there"
