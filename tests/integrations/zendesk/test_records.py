"""One ticket per conversation, in both directions, against the sandbox's Zendesk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.errors import Gone, Refused, Unavailable
from bot.core.model import Attachment, Channel, Sender, Status
from bot.core.ports.records import (
    AnswerSent,
    Began,
    CameIn,
    Entry,
    NoteTaken,
    StatusChanged,
    Voice,
)
from integrations.zendesk.records import ZendeskRecords
from sandbox.zendesk import AGENT
from tests.builders import case, conversation, customer, draft, message, note
from tests.fakes import FakeClock, in_time

FILES = {"a" * 64: b"a picture"}
FILE = Attachment("shoe.png", "image/png", 9, "a" * 64)


@pytest.fixture
def clock():
    return FakeClock(datetime.now(UTC))


@pytest.fixture
def records(api, clock):
    async def contents(sha256):
        return FILES.get(sha256)

    return ZendeskRecords(api, contents, clock, writes_back=True, fields={"1": "channel", "2": "confidence"})


def began(**values):
    whole = case(customer=customer(name="Ada Quill"), **values)
    return Began(whole.conversation.id, whole, "", whole.messages[0])


async def begun(records, **values):
    return (await records.write(began(**values), in_time(), doubtful=False)).external_id


def told(service, ticket):
    return [(one["body"], one["public"]) for one in service.state.comments(int(ticket))]


async def test_a_conversation_is_a_ticket_of_the_customer(records, service, api):
    written = await records.write(began(draft=draft()), in_time(), doubtful=False)
    ticket = service.desk.ticket(int(written.external_id))
    assert written.url == f"{api.url}/agent/tickets/{ticket['id']}"
    assert ticket["external_id"] == f"threadpilot:{conversation().id}"
    assert ticket["tags"] == ["threadpilot", "threadpilot_email"]
    assert ticket["custom_fields"] == [{"id": 1, "value": "email"}, {"id": 2, "value": "0.93"}]
    assert (await api.user(str(ticket["requester_id"]))).email == "ada@customer.example"
    assert told(service, ticket["id"]) == [(f"Ada Quill wrote by email:\n\n{message().content}", False)]
    assert (
        await records.write(began(draft=draft()), in_time(), doubtful=True)
    ).external_id == written.external_id
    assert len(service.state.all("zendesk-ticket")) == 1


async def test_a_customer_is_found_by_address_number_or_our_own_id(records, service):
    known = customer(address="anna.visser@mailbox.example", name="Anna")
    (ticket,) = [await begun_by(records, known)]
    assert service.desk.ticket(int(ticket))["requester_id"] == 20_001
    caller = customer(channel=Channel.SMS, address="+447700900101", name="")
    requester = service.desk.ticket(int(await begun_by(records, caller)))["requester_id"]
    assert service.state.find("zendesk-user", requester)["phone"] == "+447700900101"
    visitor = customer(channel=Channel.CHAT, address="visitor-1", name="")
    requester = service.desk.ticket(int(await begun_by(records, visitor)))["requester_id"]
    assert service.state.find("zendesk-user", requester)["name"] == "Visitor or-1"  # As on the card.


async def begun_by(records, who):
    talk = conversation(id=who.id, channel=who.channel, address=who.address, subject="")
    whole = case(conversation=talk, customer=who)
    return (
        await records.write(Began(talk.id, whole, "", whole.messages[0]), in_time(), doubtful=False)
    ).external_id


async def test_what_follows_is_internal_and_says_who_said_it(records, service):
    ticket, whole = await begun(records), case()
    answered_there = message(
        sender=Sender.AGENT,
        author="Robin Park",
        content="From another ticket.",
        metadata={"written_in": "zendesk"},
    )
    said = [
        CameIn("e1", whole, ticket, message(content="And the laces?")),
        AnswerSent("e2", whole, ticket, message(sender=Sender.AI, content="They too.")),
        AnswerSent("e3", whole, ticket, message(sender=Sender.AGENT, author="U1", content="Indeed.")),
        NoteTaken("e4", whole, ticket, note(author="U2", content="Nice.")),
        AnswerSent("e5", whole, ticket, answered_there),
    ]
    numbers = [(await records.write(entry, in_time(), doubtful=False)).external_id for entry in said]
    assert len(set(numbers)) == 5
    assert told(service, ticket)[1:] == [
        ("Ada Quill wrote by email:\n\nAnd the laces?", False),
        ("Answered by threadpilot by itself:\n\nThey too.", False),
        ("Answered by U1 in Slack:\n\nIndeed.", False),
        ("Note by U2 in Slack:\n\nNice.", False),
        ("Answered by Robin Park in Zendesk:\n\nFrom another ticket.", False),
    ]
    for entry in said:
        await records.write(entry, in_time(), doubtful=True)
    assert len(told(service, ticket)) == 6


async def test_files_come_along_and_what_is_too_long_is_cut(records, service):
    ticket = await begun(records)
    long = message(content="ä" * 64_000, metadata={"attachments": [vars(FILE)]})
    await records.write(CameIn("e1", case(), ticket, long), in_time(), doubtful=False)
    comment = list(service.state.comments(int(ticket)))[-1]
    assert [file["file_name"] for file in comment["attachments"]] == ["shoe.png"]
    assert comment["body"].endswith("[cut here: the whole text is in Slack]")


async def test_a_status_is_given_unless_somebody_was_quicker(records, service):
    ticket = await begun(records)
    await records.write(StatusChanged("s", case(), ticket, "pending", "open"), in_time(), doubtful=False)
    await records.write(StatusChanged("s", case(), ticket, "pending", "open"), in_time(), doubtful=True)
    assert service.desk.ticket(int(ticket))["status"] == "pending"
    service.desk.update(int(ticket), {"status": "solved"}, AGENT)
    with pytest.raises(Unavailable):
        await records.write(StatusChanged("s", case(), ticket, "open", "pending"), in_time(), doubtful=False)
    assert service.desk.ticket(int(ticket))["status"] == "solved"


async def test_a_ticket_is_read_with_who_said_what(records, service, clock):
    ticket = await begun(records)
    service.desk.update(int(ticket), {"comment": {"body": "For us", "public": False}}, AGENT, "web")
    requester = service.desk.ticket(int(ticket))["requester_id"]
    service.desk.update(int(ticket), {"comment": {"body": "For you"}}, requester, "web")
    reading = await records.read(ticket, "")
    assert (reading.status, reading.conversation_id) == ("open", conversation().id)
    assert (reading.address, reading.name) == ("ada@customer.example", "Ada Quill")
    heard = [(r.voice, r.author, r.text, r.public) for r in reading.remarks]
    assert heard[1:] == [
        (Voice.AGENT, "Robin Park", "For us", False),
        (Voice.CUSTOMER, "Ada Quill", "For you", True),
    ]
    assert heard[0][0] is Voice.OURS


async def test_what_is_said_after_a_ticket_was_closed_goes_on_in_another(records, service):
    closed, whole = await begun(records), case()
    service.desk.update(int(closed), {"status": "closed"}, AGENT)
    unchanged = await records.write(
        StatusChanged("s", whole, closed, "open", "solved"), in_time(), doubtful=False
    )
    assert unchanged.stays == "solved"
    asked = CameIn("e1", whole, closed, message(content="It broke again."))
    written = await records.write(asked, in_time(), doubtful=False)
    assert written.record not in ("", closed)
    assert told(service, written.record) == [("Ada Quill wrote by email:\n\nIt broke again.", False)]
    assert service.desk.ticket(int(written.record))["via"]["source"]["from"]["ticket_id"] == int(closed)
    assert (await records.write(asked, in_time(), doubtful=True)).record == written.record
    answered = AnswerSent("e2", whole, closed, message(sender=Sender.AI, content="Sorry."))
    assert (await records.write(answered, in_time(), doubtful=False)).record == written.record
    assert len(told(service, written.record)) == 2
    reading = await records.read(written.record, "")
    assert (reading.follows, reading.conversation_id) == (closed, whole.conversation.id)


async def test_another_refusal_makes_no_other_ticket(asked, scripted, clock):
    records = ZendeskRecords(asked, None, clock, writes_back=True)
    scripted.answers += [
        (422, {"error": "RecordInvalid"}, {}),
        (200, {"ticket": {"id": 7, "status": "open"}}, {}),
    ]
    with pytest.raises(Refused, match="RecordInvalid"):
        await records.write(CameIn("e1", case(), "7", message()), in_time(), doubtful=False)
    assert [method for method, _ in scripted.seen] == ["PUT", "GET"]


async def test_a_file_of_a_comment_is_read_with_it(records, service, far):
    ticket = await begun(records)
    token = service.files.keep("shoe.png", "image/png", b"a picture")
    service.desk.update(int(ticket), {"comment": {"body": "See", "uploads": [token]}}, AGENT, "web")
    (file,) = (await records.read(ticket, "")).remarks[-1].files
    assert (file.name, file.size, await records.content(file)) == ("shoe.png", 9, b"a picture")


async def test_how_the_customer_rates_it_is_read(records, service):
    ticket = await begun(records)
    assert (await records.read(ticket, "")).score == 0
    service.desk.rate(int(ticket), "bad", "Slow")
    reading = await records.read(ticket, "")
    assert (reading.score, reading.comment) == (1, "Slow")


async def test_a_stamp_counts_once_its_second_is_over(records, clock):
    ticket = await begun(records)
    assert (await records.read(ticket, "")).stamp == ""
    clock.now += timedelta(minutes=1)
    stamp = (await records.read(ticket, "")).stamp
    assert (await records.read(ticket, stamp)).remarks is None


async def test_changes_and_what_is_gone(records):
    ticket = await begun(records)
    changes = await records.changed("", datetime.now(UTC) - timedelta(hours=1))
    assert changes.records == [ticket]
    assert not changes.more
    with pytest.raises(Gone):
        await records.read("999", "")


def test_which_conversations_are_put_on_record(api, clock):
    only_theirs = ZendeskRecords(api, None, clock, writes_back=False)
    assert not only_theirs.wants(case())
    assert only_theirs.wants(case(conversation=conversation(channel=Channel.ZENDESK)))
    assert only_theirs.word_for(Status.RESOLVED) == "solved"


async def test_what_is_no_entry(records):
    with pytest.raises(TypeError):
        await records.write(Entry("e", case(), "1"), in_time(), doubtful=False)


async def test_who_is_remembered_is_forgotten_one_day(api, clock):
    records = ZendeskRecords(api, None, clock, writes_back=True, remembers=0)
    ticket = await begun(records)
    first, again = await records.read(ticket, ""), await records.read(ticket, "")
    assert replace(first, remarks=None) == replace(again, remarks=None)
