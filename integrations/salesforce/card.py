"""A customer in Salesforce as one composite request, and its answers as what the card shows. Pure functions.

Contact, its open cases, the account's opportunities and entitlements, and what was done last: five queries, which
Salesforce counts as one request. A later query names an answer of an earlier one (`@{contact.records[0].Id}`); where
that is empty it fails alone, and that part of the card is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from bot.core.context import CustomerRecord, Entry, Fact, Keys
from integrations.salesforce.client import PATH, Json, Part
from integrations.salesforce.escape import (
    among,
    is_id,
    phone_formats,
    query_url,
    referring_url,
    safe_emails,
    sosl,
)
from integrations.salesforce.fields import Readable

NAME = "Salesforce"
_CONTACTS, _CASES, _LATEST = 5, 20, 10
_LONGEST = 200


def requests_for(keys: Keys, readable: Readable) -> list[Json]:
    """Return the requests of a composite that finds a customer, nothing when there is nothing to look for."""
    who = _condition(keys, readable)
    if not who:
        return []
    contact = f"SELECT {', '.join(_contact_fields(readable))} FROM Contact WHERE {who}"  # noqa: S608 - escaped there.
    contact += f" ORDER BY LastModifiedDate DESC LIMIT {_CONTACTS}"
    return [_request("contact", query_url(PATH, contact)), *_around(readable)]


def search_for(keys: Keys) -> str:
    """Return the search for a phone number in whatever format, nothing without one."""
    digits = [phone_formats(number)[1] for number in keys.phones if phone_formats(number)]
    if not digits:
        return ""
    # Without country code, too: that is how numbers of one's own country are written.
    terms = " OR ".join(sosl(one) for number in digits for one in (number, number[-9:]))
    return f"FIND {{{terms}}} IN PHONE FIELDS RETURNING Contact(Id, Phone, MobilePhone) LIMIT {_LATEST}"


def record_of(
    answers: Mapping[str, Part], keys: Keys, readable: Readable, now: datetime, page: str
) -> CustomerRecord:
    """Read the answers of such a composite; `page` is where Salesforce's own pages begin."""
    contacts = _chosen(answers["contact"].records, keys.id_in(NAME))
    if len(contacts) != 1:
        return CustomerRecord(NAME, now, matches=len(contacts))
    contact = contacts[0]
    account = _mapping(contact.get("Account"))
    cases = _records(answers, "cases")
    return CustomerRecord(
        NAME,
        now,
        ids=(str(contact["Id"]),),
        name=_text(contact, "Name"),
        company=_text(account, "Name"),
        link=f"{page}/{contact['Id']}",
        facts=tuple(_facts(contact, account, answers, cases, readable, now)),
        entries=tuple(_entries(answers, cases, page)),
    )


def _chosen(contacts: Sequence[Json], known: str) -> Sequence[Json]:
    """Of several contacts take the one we knew before; one that was merged or deleted is not among them."""
    contacts = [one for one in contacts if is_id(_text(one, "Id"))]
    same = [one for one in contacts if known and _text(one, "Id")[:15] == known[:15]]
    return same or contacts


def _condition(keys: Keys, readable: Readable) -> str:
    known, emails = keys.id_in(NAME), safe_emails(keys.emails)
    phones = [form for number in keys.phones for form in phone_formats(number)]
    either = [among("Id", [known])] if is_id(known) else []
    either += [among("Email", emails)] if emails else []
    either += [
        among(name, phones) for name in ("Phone", "MobilePhone") if phones and readable.has("Contact", name)
    ]
    return " OR ".join(either)


def _contact_fields(readable: Readable) -> Iterator[str]:
    yield from readable.standard("Contact")
    yield from (field.name for field in readable.custom("Contact"))
    yield from (f"Account.{name}" for name in readable.standard("Account"))
    yield from (f"Account.{field.name}" for field in readable.custom("Account"))


def _around(readable: Readable) -> Iterator[Json]:
    contact, account = "'@{contact.records[0].Id}'", "'@{contact.records[0].AccountId}'"
    # Our own cases are conversations, which people see anyway.
    others = (
        f" AND {readable.our_id} = null" if readable.our_id and readable.has("Case", readable.our_id) else ""
    )
    queries = (
        ("cases", "Case", f"ContactId = {contact}{others} ORDER BY CreatedDate DESC LIMIT {_CASES}"),
        ("deals", "Opportunity", f"AccountId = {account} AND IsClosed = false ORDER BY CloseDate LIMIT 3"),
        (
            "cover",
            "Entitlement",
            f"AccountId = {account} AND Status = 'Active' ORDER BY EndDate DESC LIMIT 3",
        ),
        ("tasks", "Task", f"WhoId = {contact} ORDER BY CreatedDate DESC LIMIT {_LATEST}"),
    )
    for name, kind, rest in queries:
        if readable.has(kind):
            columns = ", ".join(readable.standard(kind))
            soql = f"SELECT {columns} FROM {kind} WHERE {rest}"  # noqa: S608 - nothing from outside.
            yield _request(name, referring_url(PATH, soql))


def _request(name: str, url: str) -> Json:
    return {"method": "GET", "url": url, "referenceId": name}


# --- what is read of it ---------------------------------------------------------------------------------


def _facts(
    contact: Json,
    account: Json,
    answers: Mapping[str, Part],
    cases: Sequence[Json],
    readable: Readable,
    now: datetime,
) -> Iterator[Fact]:
    yield from _custom("Contact", contact, readable, now)
    if title := _text(contact, "Title"):
        yield Fact("title", title, NAME, now, "Title")
    if trade := ", ".join(filter(None, (_text(account, "Type"), _text(account, "Industry")))):
        yield Fact("account", trade, NAME, now, "Account", internal=True)
    yield from _custom("Account", account, readable, now)
    if open_cases := [case for case in cases if not case.get("IsClosed")]:
        yield Fact("open_cases", _counted(open_cases), NAME, now, "Open cases")
    for cover in _records(answers, "cover")[:1]:
        until = _text(cover, "EndDate")
        yield Fact("cover", f"{_text(cover, 'Name')}{until and f' until {until}'}", NAME, now, "Entitlement")
    for deal in _records(answers, "deals")[:1]:
        words = filter(None, (_text(deal, "Name"), _amount(deal), _text(deal, "StageName")))
        yield Fact("deal", ", ".join(words), NAME, now, "Opportunity", internal=True)
    for task in _records(answers, "tasks")[:1]:
        when = _text(task, "ActivityDate") or _text(task, "CreatedDate")[:10]
        said = f"last: {_text(task, 'Subject')} ({_day(when)})"
        yield Fact("last_activity", said, NAME, now, "Last activity", internal=True)


def _custom(kind: str, record: Json, readable: Readable, now: datetime) -> Iterator[Fact]:
    for field in readable.custom(kind):
        if value := _text(record, field.name):
            label = readable.labels[kind][field.name]
            yield Fact(field.name, f"{label}: {value}", NAME, now, label, internal=not field.told)


def _counted(cases: Sequence[Json]) -> str:
    first = cases[0]
    newest = " ".join(filter(None, (_text(first, "CaseNumber"), _text(first, "Subject"))))
    plural = "s" if len(cases) > 1 else ""
    return f"{len(cases)} open case{plural}: {newest} ({_text(first, 'Status')})"


def _entries(answers: Mapping[str, Part], cases: Sequence[Json], page: str) -> Iterator[Entry]:
    for case in cases:
        title = f"{_text(case, 'CaseNumber')} {_text(case, 'Subject')}".strip()
        yield _entry("case", title, case, "Status", "CreatedDate", page, is_open=not case.get("IsClosed"))
    for deal in _records(answers, "deals"):
        yield _entry("opportunity", _text(deal, "Name"), deal, "StageName", "CloseDate", page, is_open=True)
    for task in _records(answers, "tasks"):
        yield _entry("task", _text(task, "Subject"), task, "Status", "CreatedDate", page)


def _entry(
    kind: str, title: str, record: Json, state: str, when: str, page: str, *, is_open: bool = False
) -> Entry:
    return Entry(
        kind,
        title,
        moment(_text(record, when)),
        _text(record, state),
        f"{page}/{_text(record, 'Id')}",
        open=is_open,
    )


def moment(told: str) -> datetime | None:
    """Read a time or a day as the API writes it; None for what is neither."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _day(told: str) -> str:
    try:
        return f"{date.fromisoformat(told):%-d %b}"
    except ValueError:
        return told


def _amount(deal: Json) -> str:
    amount = deal.get("Amount")
    return f"{amount:,.0f}" if isinstance(amount, int | float) and not isinstance(amount, bool) else ""


def _records(answers: Mapping[str, Part], name: str) -> Sequence[Json]:
    return answers[name].records if name in answers else ()


def _text(record: Json, name: str) -> str:
    value: Any = record.get(name)
    return "" if value is None else " ".join(str(value).split())[:_LONGEST]


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}
