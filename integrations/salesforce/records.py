"""Salesforce as a record system: a case per conversation, a comment per message, a completed task per answer.

A case is upserted by an external id of ours, so that it is made once. A comment can have none, so it carries a mark
in its text; when an attempt may have worked, the case's comments are looked through for it. A comment and its task
are written together or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.context import Outcome, Urgency
from bot.core.errors import Gone, Refused, Unavailable
from bot.core.model import Case, Channel, Message, Sender, Status
from bot.core.naming import called
from bot.core.ports.channels import Deadline
from bot.core.ports.engine import Clock
from bot.core.ports.records import (
    AnswerSent,
    Began,
    CameIn,
    Changes,
    Entry,
    NoteTaken,
    Reading,
    RemoteFile,
    StatusChanged,
    Written,
)
from bot.core.records import by_line
from integrations.salesforce.budget import Budget
from integrations.salesforce.card import NAME as SOURCE
from integrations.salesforce.card import moment
from integrations.salesforce.client import PATH, Json, SalesforceApi, refusal
from integrations.salesforce.escape import among, is_id
from integrations.salesforce.reading import (
    case_requests,
    changes_in,
    changes_requests,
    reading_in,
    status_in,
    status_request,
)

NAME = "salesforce"
EXTERNAL_ID = "Threadpilot_Id__c"
WORDS: Mapping[Status, str] = {Status.ESCALATED: "Escalated", Status.RESOLVED: "Closed"}
_OTHERWISE = "Working"
_ORIGINS = {Channel.EMAIL: "Email", Channel.PHONE: "Phone", Channel.SMS: "Phone"}
_TASKS = {Channel.EMAIL: "Email", Channel.PHONE: "Call"}
_COMMENT_BYTES, _TEXT_CHARACTERS, _SUBJECT_CHARACTERS = 4_000, 30_000, 250
_CUT = "\n[cut here: the whole text is in Slack]"
_LATEST = 200
_OVERLAP = timedelta(minutes=2)  # What is being committed over there while we look is found the next time.


@dataclass(frozen=True)
class _Words:
    """What a comment says, and the task that goes with it."""

    text: str
    task: Json | None = None


class SalesforceRecords:
    """`bot.core.ports.records`: both `RecordSystem` and `RecordReader`."""

    name = NAME
    carries = None

    def __init__(
        self,
        api: SalesforceApi,
        budget: Budget,
        clock: Clock,
        *,
        external_id: str = EXTERNAL_ID,
        words: Mapping[Status, str] = WORDS,
    ) -> None:
        """`external_id` is the unique field of Case that holds our id; `words` are the org's for our statuses."""
        self._api = api
        self._budget = budget
        self._clock = clock
        self._us = ""
        self._external_id = external_id
        self._words = words

    def wants(self, case: Case) -> bool:  # noqa: ARG002 - all of them, on whatever channel.
        return True

    def check(self) -> None:
        """Nothing is known before it is asked: what its quota allows is seen in its answers."""

    def word_for(self, status: Status) -> str:
        return self._words.get(status, _OTHERWISE)

    async def write(self, entry: Entry, deadline: Deadline, *, doubtful: bool) -> Written:
        match entry:
            case Began():
                return await self._begin(entry)
            case StatusChanged():
                return await self._change(entry)
            case CameIn() | AnswerSent():
                said = _Words(_titled(entry.message), _task(entry))
                return await self._say(entry, deadline, said, doubtful=doubtful)
            case NoteTaken(note=note):
                said = _Words(f"{by_line(note)}\n\n{note.content}")
                return await self._say(entry, deadline, said, doubtful=doubtful)
        raise TypeError(f"{type(entry).__name__} is no entry")

    def brings(self, channel: Channel) -> bool:  # noqa: ARG002
        """Comments on cases go to nobody but those who look at them."""
        return False

    async def content(self, file: RemoteFile) -> bytes:
        raise Refused(f"Comments on cases have no files: {file.name}")

    async def read(self, record: str, seen: str) -> Reading:
        if not is_id(record):
            raise Gone("This is no id of a case")
        us = await self._ourselves()
        return reading_in(
            await self._api.composite(case_requests(record, self._external_id)),
            record,
            seen,
            over=self.word_for(Status.RESOLVED),
            external_id=self._external_id,
            us=us,
            url=self._api.page_of(record),
        )

    async def changed(self, bookmark: str, since: datetime) -> Changes:
        """Look for what others did; not while the day's requests run out: each job reads its case anyway."""
        if not self._budget.allows(Urgency.REFRESH):
            return Changes((), bookmark, more=False)
        us = await self._ourselves()
        begin = moment(bookmark) or since - _OVERLAP
        answers = await self._api.composite(changes_requests(begin, self._external_id, us))
        now = self._clock() - self._api.clock_ahead - _OVERLAP
        return changes_in(answers, begin, max(begin, now))

    async def _ourselves(self) -> str:
        """Return the id of the user we are logged in as, asked once."""
        if not self._us:
            found = str((await self._api.who()).get("user_id") or "")
            if not is_id(found):
                raise Unavailable("Salesforce does not say who we are")
            self._us = found
        return self._us

    async def _check_untouched(self, changed: StatusChanged) -> None:
        """Raises Unavailable where somebody has given it another status since we looked."""
        over = self.word_for(Status.RESOLVED)
        theirs = status_in(await self._api.composite([status_request(changed.record)]), over)
        if theirs not in (changed.word, changed.seen):
            raise Unavailable("Somebody has just changed the case", retry_after=1.0)

    async def _change(self, changed: StatusChanged) -> Written:
        """Give the case our status, and the contact, who may not have been known yet when it began."""
        if changed.seen:
            await self._check_untouched(changed)
        status, contact = {"Status": changed.word}, _contact(changed.case)
        try:
            await self._api.update(
                "Case", changed.record, status | ({"ContactId": contact} if contact else {})
            )
        except Refused:
            if not contact:
                raise
            await self._api.update("Case", changed.record, status)
        return Written(changed.record)

    async def _begin(self, began: Began) -> Written:
        """Make the case; a contact that was deleted or merged meanwhile must not keep it from being there."""
        values, contact = _case(began), _contact(began.case)
        try:
            made = await self._upsert(began, values | ({"ContactId": contact} if contact else {}))
        except Refused:
            if not contact:
                raise
            made = await self._upsert(began, values)
        return Written(made, self._api.page_of(made))

    async def _upsert(self, began: Began, values: Json) -> str:
        return await self._api.upsert("Case", self._external_id, began.case.conversation.id, values)

    async def _say(self, entry: Entry, deadline: Deadline, words: _Words, *, doubtful: bool) -> Written:
        mark = f"[threadpilot {entry.id}]"
        if doubtful and (known := await self._said(entry.record, mark)):
            return Written(known)
        said = {"ParentId": entry.record, "CommentBody": _bounded(words.text, mark), "IsPublished": False}
        try:
            return await self._put(said, words.task, deadline)
        except Refused:
            if not words.task or "WhoId" not in words.task:
                raise
            task = {name: value for name, value in words.task.items() if name != "WhoId"}
            return await self._put(said, task, deadline)

    async def _put(self, comment: Json, task: Json | None, deadline: Deadline) -> Written:
        requests = [_create("comment", "CaseComment", comment)]
        if task is not None:
            requests.append(_create("task", "Task", task))
        done = await self._api.composite(requests, all_or_none=True, check=deadline.check)
        codes = [part.code for part in done.values() if part.status >= 300]
        if codes:
            raise refusal(next((code for code in codes if code != "PROCESSING_HALTED"), codes[0]))
        return Written(str(done["comment"].body.get("id") or ""))

    async def _said(self, record: str, mark: str) -> str:
        """Return the id of the comment that has this mark, or nothing."""
        if not is_id(record):
            return ""
        where = f"WHERE {among('ParentId', [record])} ORDER BY CreatedDate DESC LIMIT {_LATEST}"
        soql = f"SELECT Id, CommentBody FROM CaseComment {where}"  # noqa: S608 - an id.
        found = await self._api.query(soql)
        return next((str(one["Id"]) for one in found if mark in str(one.get("CommentBody"))), "")


def _case(began: Began) -> dict[str, Any]:
    talk, customer = began.case.conversation, began.case.customer
    subject = talk.subject or " ".join(began.message.content.split()) or f"A message by {talk.channel}"
    email = customer.email or (customer.address if "@" in customer.address else "")
    return {
        "Subject": _few_bytes(subject, _SUBJECT_CHARACTERS),
        "Description": _few_bytes(began.message.content, _TEXT_CHARACTERS),
        "Origin": _ORIGINS.get(talk.channel, "Web"),
        "SuppliedName": called(customer)[:80],
        "SuppliedEmail": email or None,
    }


def _contact(case: Case) -> str:
    """Return the contact that was found for certain, or nothing."""
    found = (look for look in case.customer.looks if look.source == SOURCE and look.outcome is Outcome.FOUND)
    return next((look.ids[0] for look in found if look.ids and is_id(look.ids[0])), "")


def _task(entry: CameIn | AnswerSent) -> Json | None:
    """Return the task that an answer is; what customers write is none."""
    if not isinstance(entry, AnswerSent):
        return None
    talk, contact = entry.case.conversation, _contact(entry.case)
    task = {
        "Subject": _few_bytes(f"Answer: {talk.subject or talk.channel}", _SUBJECT_CHARACTERS),
        "Description": _few_bytes(entry.message.content, _TEXT_CHARACTERS),
        "Status": "Completed",
        "ActivityDate": entry.message.created_at.astimezone(UTC).date().isoformat(),
        "WhatId": entry.record,
        "Type": _TASKS.get(talk.channel, "Other"),
    }
    return task | ({"WhoId": contact} if contact else {})


def _titled(message: Message) -> str:
    by = {
        Sender.CUSTOMER: f"{message.author or 'The customer'} wrote:",
        Sender.AI: "threadpilot answered by itself:",
        Sender.AGENT: f"{message.author or 'An agent'} answered{_elsewhere(message)}:",
    }
    return f"{by[message.sender]}\n\n{message.content}"


def _elsewhere(message: Message) -> str:
    place = str(message.metadata.get("written_in") or "")
    return f" in {place.capitalize()}" if place else ""


def _create(name: str, kind: str, values: Json) -> Json:
    return {"method": "POST", "url": f"{PATH}/sobjects/{kind}", "referenceId": name, "body": dict(values)}


def _bounded(words: str, mark: str) -> str:
    """Return a comment with its mark, within the bytes that Salesforce takes."""
    room = _COMMENT_BYTES - len(mark) - 2
    if len(words.encode()) > room:
        words = _few_bytes(words, room - len(_CUT)) + _CUT
    return f"{words}\n\n{mark}"


def _few_bytes(words: str, most: int) -> str:
    return words.encode()[:most].decode(errors="ignore")
