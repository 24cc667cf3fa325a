"""What happens to tickets: they are made and changed, by the app over the API or by people in Zendesk."""

import html
from collections.abc import Callable
from typing import Any

from sandbox.wire import Record
from sandbox.zendesk.state import AUDIT, RATING, TICKET, USER, State, epoch, now

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = (None, "low", "normal", "high", "urgent")
_BODY_MAX = 65_536
_EVENTS = {"status": "status_changed", "tags": "tags_changed", "priority": "priority_changed"}

# Hears of each change: the kind of event, the ticket, who did it, and the comment if there is one.
Listener = Callable[[str, Record, int, Record | None], None]


class RefusedError(Exception):
    """What Zendesk would not take: the status of the answer and its body."""

    def __init__(self, status: int, error: str, description: str, **details: Any) -> None:
        super().__init__(description)
        self.status = status
        self.body: Record = {"error": error, "description": description, **details}


def invalid(field: str, description: str) -> RefusedError:
    """Return the refusal of one field, as Zendesk words it."""
    problem = {"description": description, "error": "InvalidValue"}
    return RefusedError(422, "RecordInvalid", "Record validation errors", details={field: [problem]})


class Desk:
    def __init__(self, state: State, uploads: dict[str, Record], listener: Listener) -> None:
        self._state, self._uploads, self._tell = state, uploads, listener

    def create(self, given: Record, actor: int, via: str = "api") -> tuple[Record, Record]:
        """Make a ticket; return it with its audit."""
        comment = given.get("comment")
        if (
            not isinstance(comment, dict)
            or not str(comment.get("body") or comment.get("html_body") or "").strip()
        ):
            raise invalid("base", "Description: cannot be blank")
        requester = self._requester(given, actor)
        followed = self._followed(given)
        at, number = now(), self._state.new_id(TICKET)
        author = self._user(comment.get("author_id") or given.get("submitter_id") or actor)
        ticket: Record = {
            "id": number,
            "external_id": given.get("external_id"),
            "subject": given.get("subject") or str(comment.get("body"))[:80],
            "raw_subject": given.get("subject") or "",
            "description": str(comment.get("body") or ""),
            "status": "new",
            "priority": None,
            "type": None,
            "requester_id": requester,
            "submitter_id": actor,
            "assignee_id": None,
            "tags": [],
            "custom_fields": [],
            "is_public": comment.get("public", True) is not False,
            "satisfaction_rating": {"score": "unoffered"},
            "followup_ids": [],
            "created_at": at,
            "via": {"channel": via, "source": _source(followed)},
        }
        if followed is not None:
            self._state.put(TICKET, followed | {"followup_ids": [*followed["followup_ids"], number]})
        events = [self._said(comment, author)]
        events += self._change(
            ticket, {k: v for k, v in given.items() if k not in {"comment", "requester_id"}}
        )
        return self._keep(ticket, events, actor, given.get("metadata"), via, "created")

    def _followed(self, given: Record) -> Record | None:
        """Return the ticket that a new one follows, which only a closed one can be."""
        wanted = given.get("via_followup_source_id")
        if wanted is None:
            return None
        found = self._state.find(TICKET, wanted) if isinstance(wanted, int) else None
        if found is None or found["status"] != "closed":
            raise invalid("via_followup_source_id", "Follow-up source: is not a closed ticket")
        return found

    def update(self, number: int, given: Record, actor: int, via: str = "api") -> tuple[Record, Record]:
        """Change a ticket; return it with its audit."""
        known = self.ticket(number)
        if known["status"] == "closed":
            raise invalid("status", "Status: closed prevents ticket update")
        if given.get("safe_update") and given.get("updated_stamp") != known["updated_at"]:
            raise RefusedError(
                409, "UpdateConflict", "Safe Update prevented this update due to outdated ticket data."
            )
        ticket = dict(known)
        comment, events = given.get("comment"), []
        if isinstance(comment, dict):
            events.append(self._said(comment, self._user(comment.get("author_id") or actor)))
            if (
                via != "api"
                and self._user(actor)["role"] == "end-user"
                and ticket["status"] in {"pending", "solved"}
            ):
                ticket["status"] = "open"
        events += self._change(ticket, {key: value for key, value in given.items() if key != "comment"})
        return self._keep(ticket, events, actor, given.get("metadata"), via, "")

    def tag(self, number: int, tags: list[str], actor: int) -> Record:
        """Give a ticket other tags."""
        ticket, _ = self.update(number, {"tags": tags}, actor)
        return ticket

    def rate(self, number: int, score: str, comment: str) -> None:
        """Have the customer say what they think of a ticket."""
        ticket, at = dict(self.ticket(number)), now()
        rating: Record = {"id": self._state.new_id(RATING), "score": score, "comment": comment}
        beside = {
            "ticket_id": number,
            "requester_id": ticket["requester_id"],
            "assignee_id": 0,
            "group_id": 0,
        }
        self._state.put(RATING, {**rating, **beside, "created_at": at, "updated_at": at})
        ticket |= {"satisfaction_rating": rating}
        self._keep(ticket, [], ticket["requester_id"], None, "web", "")

    def ticket(self, number: int) -> Record:
        found = self._state.find(TICKET, number)
        if found is None:
            raise RefusedError(404, "RecordNotFound", "Not found")
        return found

    def _requester(self, given: Record, actor: int) -> int:
        wanted = given.get("requester")
        if given.get("requester_id"):
            return int(self._user(given["requester_id"])["id"])
        if not isinstance(wanted, dict):
            return actor
        known = self._state.by_email(str(wanted.get("email") or ""))
        if known is None:
            if not wanted.get("name"):
                raise invalid("requester", "Requester: Name: is too short (minimum is 1 characters)")
            known = self._state.put(USER, self._state.user(name=wanted["name"], email=wanted.get("email")))
        return int(known["id"])

    def _user(self, number: object) -> Record:
        found = self._state.find(USER, number) if isinstance(number, int) else None
        if found is None:
            raise invalid("author", "Author: is not a user")
        return found

    def _said(self, comment: Record, author: Record) -> Record:
        body = str(comment.get("body") or comment.get("html_body") or "")
        if not body.strip():
            raise invalid("comment", "Comment: cannot be blank")
        if len(body.encode()) > _BODY_MAX:
            raise invalid("comment", "Comment: is too long (maximum is 65536 characters)")
        files = []
        for token in comment.get("uploads") or []:
            upload = self._uploads.get(token)
            if upload is None:
                raise invalid("base", "Attachment: the upload token is not known")
            files.append(upload)
        return {
            "type": "Comment",
            "author_id": author["id"],
            "body": body,
            "html_body": f'<div class="zd-comment">{html.escape(body)}</div>',
            "public": comment.get("public", True) is not False,
            "attachments": files,
        }

    def _change(self, ticket: Record, given: Record) -> list[Record]:
        events = []
        for name in ("subject", "status", "priority", "assignee_id", "external_id", "custom_fields", "tags"):
            if name not in given or given[name] == ticket.get(name):
                continue
            self._check(name, given[name])
            value = _tags(given[name]) if name == "tags" else given[name]
            events.append(
                {"type": "Change", "field_name": name, "previous_value": ticket.get(name), "value": value}
            )
            ticket[name] = value
        return events

    def _check(self, name: str, value: Any) -> None:
        if name == "status" and value not in STATUSES:
            raise invalid("status", f"Status: {value} is not valid")
        if name == "priority" and value not in PRIORITIES:
            raise invalid("priority", f"Priority: {value} is not valid")
        if name == "custom_fields" and not all(isinstance(one, dict) and "id" in one for one in value):
            raise invalid("custom_fields", "Custom fields: each has an id and a value")

    def _keep(
        self, ticket: Record, events: list[Record], actor: int, metadata: Any, via: str, kind: str
    ) -> tuple[Record, Record]:
        number = self._state.new_id(AUDIT) + 1
        for place, event in enumerate(events):
            event["id"] = number + place
        audit: Record = {
            "id": number + len(events),
            "ticket_id": ticket["id"],
            "created_at": now(),
            "author_id": actor,
            "metadata": {"system": {}, "custom": metadata or {}},
            "via": {"channel": via, "source": {"from": {}, "to": {}, "rel": None}},
            "events": events,
        }
        ticket |= {"updated_at": now(), "generated_timestamp": int(epoch()), "changed": epoch()}
        self._state.put(AUDIT, audit)
        self._state.put(TICKET, ticket)
        self._announce(ticket, events, actor, kind)
        return ticket, audit

    def _announce(self, ticket: Record, events: list[Record], actor: int, kind: str) -> None:
        if kind:
            self._tell(kind, ticket, actor, None)
        for event in events:
            if event["type"] == "Comment" and not kind:
                self._tell("comment_added", ticket, actor, event)
            elif event.get("field_name") in _EVENTS and not kind:
                self._tell(_EVENTS[event["field_name"]], ticket, actor, None)


def _source(followed: Record | None) -> Record:
    if followed is None:
        return {"from": {}, "to": {}, "rel": None}
    from_ = {"ticket_id": followed["id"], "subject": followed["subject"]}
    return {"from": from_, "to": {}, "rel": "follow_up"}


def _tags(value: object) -> list[str]:
    found = value.split() if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(tag, str) for tag in found):
        raise invalid("tags", "Tags: must be a list of strings")
    return sorted({tag.lower().replace(" ", "_") for tag in found})
