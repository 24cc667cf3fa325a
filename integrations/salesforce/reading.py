"""What people make of cases, read back: a case with its comments, and which cases have changed, one request each."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.core.errors import Gone
from bot.core.ports.records import Changes, Reading, Remark, Voice
from integrations.salesforce.card import moment
from integrations.salesforce.client import PATH, Json, Part, refusal
from integrations.salesforce.escape import among, query_url

# How a comment of ours ends, whoever is logged in.
_MARK = re.compile(r"\[threadpilot [^\s\[\]]+\]\s*$")
# Customers who write in a portal of the org's.
_CUSTOMERS = frozenset({"CspLitePortal", "CustomerSuccess", "PowerCustomerSuccess"})
_COMMENTS, _CHANGES = 200, 2_000
_SECOND = timedelta(seconds=1)  # By which their times differ at least.


def case_requests(record: str, external_id: str) -> Sequence[Json]:
    """Return the requests for a case and its newest comments."""
    author = "CreatedById, CreatedBy.Name, CreatedBy.UserType"
    newest = f"ORDER BY CreatedDate DESC, Id DESC LIMIT {_COMMENTS}"
    return [
        _query("case", "Case", f"Id, Status, IsClosed, Subject, {external_id}", among("Id", [record])),
        _query(
            "comments",
            "CaseComment",
            f"Id, CommentBody, CreatedDate, {author}",
            f"{among('ParentId', [record])} {newest}",
        ),
    ]


def status_request(record: str) -> Json:
    """Return the request for what stands on a case."""
    return _query("case", "Case", "Status, IsClosed", among("Id", [record]))


def changes_requests(since: datetime, external_id: str, us: str) -> Sequence[Json]:
    """Return the requests for cases of ours that others have changed or commented since a moment."""
    after = f"SystemModstamp >= {since:%Y-%m-%dT%H:%M:%SZ}"
    ends = f"ORDER BY SystemModstamp LIMIT {_CHANGES}"
    changed = f"{external_id} != null AND {after} AND LastModifiedById != '{us}' {ends}"
    said = f"Parent.{external_id} != null AND {after} AND CreatedById != '{us}' {ends}"
    return [
        _query("cases", "Case", "Id, SystemModstamp", changed),
        _query("comments", "CaseComment", "ParentId, SystemModstamp", said),
    ]


def _query(name: str, kind: str, fields: str, where: str) -> Json:
    """Return a query as a part of a composite; what comes from outside is ids, and the name of a field of ours."""
    soql = f"SELECT {fields} FROM {kind} WHERE {where}"  # noqa: S608
    return {"method": "GET", "url": query_url(PATH, soql), "referenceId": name}


def status_in(answers: Mapping[str, Part], over: str) -> str:
    """Return the status of a case; `over` for whatever the org calls one that is closed. Raises Gone."""
    (case,) = _records(answers, "case") or (None,)
    if case is None:
        raise Gone("Salesforce does not know this case (any more)")
    return over if case.get("IsClosed") is True else str(case.get("Status") or "")


def reading_in(
    answers: Mapping[str, Part], record: str, seen: str, *, over: str, external_id: str, us: str, url: str
) -> Reading:
    """Return a case as it stands; raises Gone. Its stamp follows from what was read, so no clock is asked."""
    status = status_in(answers, over)
    case, comments = _records(answers, "case")[0], list(reversed(_records(answers, "comments")))
    told = "|".join((status, *(str(one.get("Id")) for one in comments)))
    stamp = hashlib.sha256(told.encode()).hexdigest()[:32]
    remarks = [_remark(one, us) for one in comments]
    return Reading(
        record=record,
        stamp=stamp,
        status=status,
        url=url,
        remarks=None if stamp == seen else remarks,
        subject=str(case.get("Subject") or ""),
        conversation_id=str(case.get(external_id) or ""),
    )


def changes_in(answers: Mapping[str, Part], begin: datetime, now: datetime) -> Changes:
    """Return which cases have changed since `begin`; `now` is the bookmark where nothing was left over.

    Of more changes in one second than an answer holds the rest is passed over, and read with the case's next
    change: whoever asked for that second again and again would never hear of anything later.
    """
    lists = {name: _records(answers, name) for name in ("cases", "comments")}
    ids = [*(str(one["Id"]) for one in lists["cases"]), *(str(one["ParentId"]) for one in lists["comments"])]
    full = [_at(found[-1], "SystemModstamp") for found in lists.values() if len(found) >= _CHANGES]
    end = max(min(full), begin + _SECOND) if full else now
    bookmark = end.astimezone(UTC).isoformat(timespec="seconds")
    return Changes(list(dict.fromkeys(ids)), bookmark, more=bool(full))


def _records(answers: Mapping[str, Part], name: str) -> Sequence[Json]:
    part = answers[name]
    if part.status != 200:
        raise refusal(part.code or str(part.status))
    return part.records


def _remark(comment: Json, us: str) -> Remark:
    author, text = comment.get("CreatedBy") or {}, str(comment.get("CommentBody") or "")
    return Remark(
        id=str(comment["Id"]),
        voice=_voice(str(comment.get("CreatedById")), str(author.get("UserType")), text, us),
        author=str(author.get("Name") or "Somebody"),
        text=text,
        at=_at(comment, "CreatedDate"),
    )


def _voice(author: str, kind: str, text: str, us: str) -> Voice:
    if author[:15] == us[:15] or _MARK.search(text):
        return Voice.OURS
    return Voice.CUSTOMER if kind in _CUSTOMERS else Voice.AGENT


def _at(record: Json, name: str) -> datetime:
    at = moment(str(record.get(name)))
    if at is None:
        raise ValueError(f"a record without {name}")
    return at
